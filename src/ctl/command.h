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
	void *daemon;			/* argument of the two */

	/* Ends the daemon, after the reply has left. */
	void (*kill)(void *daemon);

	/*
	 * Reads the configuration again, before it returns.  -errno with the
	 * reason in `diag` when it cannot be read.
	 */
	int (*reload)(void *daemon, struct diag *diag);
};

/*
 * A server_handle_fn with a struct command_ctx as its context.  A request that
 * failed counts as executed: the reply has the reason.
 */
int command_execute(void *ctx, const struct wire_request *requests, size_t n,
		    struct buf *reply, struct show **ret_show);

#endif
