/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executes client requests on a router. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "ctl/server.h"

struct diag;
struct router;
struct show;

struct command_ctx {
	struct router *router;
	void *daemon;			/* argument of the three */

	/* Ends the daemon, after the reply has left. */
	void (*kill)(void *daemon);

	/*
	 * Reads the configuration again, before it returns.  -errno with the
	 * reason in `diag` when it cannot be read.
	 */
	int (*reload)(void *daemon, struct diag *diag);

	/* May be NULL: something changed, see router_tick(), router_work(). */
	void (*changed)(void *daemon);
};

/*
 * A server_handle_fn with a struct command_ctx as its context.  Returns 0, also
 * for a request that failed: the reply has the reason.
 */
int command_execute(void *ctx, const struct wire_request *request,
		    struct buf *reply, struct show **ret_show);

#endif
