/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's parts, shared by smcrouted.c (start, end) and events.c. */
#ifndef SMCROUTED_H
#define SMCROUTED_H

#include <stdbool.h>

#include <ev.h>

#include "ctl/command.h"
#include "options.h"
#include "run/pidfile.h"

struct linux_kernel;
struct load;
struct script;

struct smcrouted {
	struct options options;
	struct ev_loop *loop;
	struct linux_kernel *kernel;
	struct router *router;
	struct server *server;
	struct command_ctx command;
	struct pidfile pidfile;
	struct script *script;		/* NULL: none */
	struct load *load;		/* a reload under way, or NULL */
	bool again;			/* another one behind it */

	ev_signal on_hup, on_term, on_int;
	ev_timer tick, work, lifetime, watchdog;
	ev_prepare prepare;
	ev_check check;
	ev_idle ending;
};

/* Loads the configuration, all at once. */
void events_load(struct smcrouted *daemon);

/* Tells the service manager that all is loaded, and how much it is. */
void events_tell_ready(const struct smcrouted *daemon);

/* Signals, timers and slices of work; needs no router before the loop runs. */
void events_start(struct smcrouted *daemon);
void events_stop(struct smcrouted *daemon);

/* The server_handle_fn of the daemon; its context is the struct smcrouted. */
int events_request(void *ctx, const struct wire_request *requests, size_t n,
		   struct buf *reply, struct show **ret_show);

/* For struct command_ctx. */
void events_kill(void *ctx);
int events_reload(void *ctx, struct diag *diag);

#endif
