/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client requests.  Knows which call of the router each letter stands for and
 * what a reply looks like; must not know sockets, nor keep any state.
 */
#include "ctl/command.h"

#include <errno.h>
#include <string.h>

#include "core/router.h"
#include "ctl/grammar.h"
#include "ctl/show.h"
#include "ctl/wire.h"
#include "lib/buf.h"
#include "lib/diag.h"

typedef int router_fn(struct router *router, const struct directive *directive,
		      struct diag *diag);

static int do_directive(const struct command_ctx *ctx,
			const struct wire_request *request, router_fn *fn,
			struct diag *diag)
{
	struct directive directive;
	int err;

	err = grammar_request(request->cmd, request->args, request->n_args,
			      &directive, diag);
	if (err)
		return err;

	return fn(ctx->router, &directive, diag);
}

static int do_change(const struct command_ctx *ctx,
		     const struct wire_request *request, struct diag *diag)
{
	switch (request->cmd) {
	case WIRE_ADD:
		return do_directive(ctx, request, router_add, diag);
	case WIRE_REMOVE:
		return do_directive(ctx, request, router_remove, diag);
	case WIRE_JOIN:
		return do_directive(ctx, request, router_join, diag);
	case WIRE_LEAVE:
		return do_directive(ctx, request, router_leave, diag);
	case WIRE_FLUSH:
		router_flush(ctx->router);
		return 0;
	case WIRE_RELOAD:
		return ctx->reload(ctx->daemon, diag);
	case WIRE_KILL:
		ctx->kill(ctx->daemon);
		return 0;
	default:
		return diag_set(diag, -EOPNOTSUPP, "unknown request");
	}
}

static int do_show(const struct command_ctx *ctx,
		   const struct wire_request *request, enum show_form form,
		   struct show **ret)
{
	const char *word = request->n_args > 0 ? request->args[0] : "";
	struct show *show = show_open(ctx->router, word, form);

	if (!show)
		return -ENOMEM;

	*ret = show;
	return 0;
}

/* A client takes an empty text for success: there always is a reason. */
static int reply_result(struct buf *reply, int err, const struct diag *diag)
{
	if (err)
		buf_puts(reply, *diag->text ? diag->text : strerror(-err));
	buf_putc(reply, '\0');

	return buf_error(reply);
}

int command_execute(void *ctx, const struct wire_request *request,
		    struct buf *reply, struct show **ret_show)
{
	const struct command_ctx *command = ctx;
	struct diag diag = { .file = NULL };
	int err;

	switch (request->cmd) {
	case WIRE_SHOW:
		return do_show(command, request, SHOW_TABLE, ret_show);
	case WIRE_SHOW_DETAIL:
		return do_show(command, request, SHOW_DETAIL, ret_show);
	case WIRE_SHOW_JSON:
		return do_show(command, request, SHOW_JSON, ret_show);
	default:
		break;
	}

	err = do_change(command, request, &diag);
	if (command->changed)
		command->changed(command->daemon);

	return reply_result(reply, err, &diag);
}
