/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The script of -e: told of each reload and of each route that was learned.
 * Calls are started in the order they were asked for and run side by side;
 * nobody waits for them.
 */
#ifndef RUN_SCRIPT_H
#define RUN_SCRIPT_H

#include <netinet/in.h>

struct ev_loop;
struct script;

/* Most scripts that run at a time; further calls wait for one to end. */
#define SCRIPT_RUNNING_MAX 16

/*
 * Most calls that wait.  Who floods with new flows gets no more of the memory:
 * calls beyond it are dropped, with a warning.
 */
#define SCRIPT_WAITING_MAX 65536

/* 0, or -errno when this process may not execute `path`. */
int script_check(const char *path);

/*
 * `path` is absolute and borrowed, `loop` the default loop of libev: only that
 * one sees children.  Nothing is started before the loop runs.  NULL: out of
 * memory.
 */
struct script *script_new(struct ev_loop *loop, const char *path);

/* Forgets what waits; scripts that run are left alone.  NULL is fine. */
void script_free(struct script *script);

/*
 * `PATH reload`, without `source` and `group` in the environment; and `PATH
 * install` with these.  Addresses may be IPv4-mapped.  A script that fails, or
 * that cannot be started, is logged as a warning.  NULL: does nothing.
 */
void script_reload(struct script *script);
void script_install(struct script *script, const struct in6_addr *source,
		    const struct in6_addr *group);

#endif
