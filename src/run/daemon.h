/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Into the background, and what belongs to it: paths that stay right after
 * chdir("/"), the directory of run time files, the limit of descriptors.
 */
#ifndef RUN_DAEMON_H
#define RUN_DAEMON_H

#include <stdbool.h>

struct diag;

/* The daemon's end of the pipe to the process that was started. */
struct daemon {
	int fd;				/* -1: nobody waits */
};

#define DAEMON_INIT { -1 }

/*
 * Forks.  In the daemon, which has no terminal any more, sits in "/" and has
 * its standard streams on /dev/null, `ret_parent` is false.  The process that
 * was started waits until the daemon is ready or has ended; then `ret_parent`
 * is true and `ret_status` the status to exit with: 0, or that of the daemon
 * (128 + signal when one killed it).  Returns 0 or -errno.
 */
int daemon_detach(struct daemon *ret, bool *ret_parent, int *ret_status);

/* Lets the waiting process end with success; does nothing in foreground. */
void daemon_ready(struct daemon *daemon);

/*
 * `path` seen from the current directory as an absolute path, to be freed.
 * Nothing needs to exist.  Returns 0, -ENOMEM or the -errno of getcwd(3).
 */
int daemon_path_resolve(const char *path, char **ret);

/*
 * Creates the directory that `path` is to be a file of, with its parents, mode
 * 0755 less umask.  Returns 0, also when it exists, or -errno with `diag`
 * naming the directory.
 */
int daemon_dir_create(const char *path, struct diag *diag);

/* Raises the soft limit of open descriptors to the hard one: 0 or -errno. */
int daemon_raise_nofile(void);

#endif
