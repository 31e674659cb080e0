/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client requests.  Knows which call of the router each letter stands for and
 * what a reply looks like; must not know sockets, nor keep any state.
 */
#include "ctl/command.h"

#include <errno.h>
#include <stdbool.h>
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
static void reply_result(struct buf *reply, int err, const struct diag *diag)
{
	if (err)
		buf_puts(reply, *diag->text ? diag->text : strerror(-err));
	buf_putc(reply, '\0');
}

typedef void many_fn(struct router *router,
		     const struct directive *const *directives, size_t n,
		     int *ret_errs, struct diag *diags);

/*
 * Adds or removals in one go: guards share their transactions.  A request that
 * is malformed ends the run; it is for the next call to refuse.
 */
static size_t do_many(const struct command_ctx *ctx,
		      const struct wire_request *requests, size_t n,
		      many_fn *fn, struct buf *reply)
{
	struct directive directives[SERVER_RUN_MAX];
	const struct directive *order[SERVER_RUN_MAX];
	struct diag diags[SERVER_RUN_MAX];
	int errs[SERVER_RUN_MAX];
	size_t good;

	memset(diags, 0, n * sizeof(*diags));
	for (good = 0; good < n; good++) {
		if (grammar_request(requests[good].cmd, requests[good].args,
				    requests[good].n_args, &directives[good],
				    &diags[good]))
			break;
		order[good] = &directives[good];
	}
	if (good < 2)
		return 0;

	fn(ctx->router, order, good, errs, diags);
	for (size_t i = 0; i < good; i++)
		reply_result(reply, errs[i], &diags[i]);
	return good;
}

static size_t do_run(const struct command_ctx *ctx,
		     const struct wire_request *requests, size_t n,
		     struct buf *reply)
{
	struct diag diag = { .file = NULL };
	size_t served = 0;

	if (requests->cmd == WIRE_ADD)
		served = do_many(ctx, requests, n, router_add_many, reply);
	else if (requests->cmd == WIRE_REMOVE)
		served = do_many(ctx, requests, n, router_remove_many, reply);
	if (served)
		return served;

	reply_result(reply, do_change(ctx, requests, &diag), &diag);
	return 1;
}

static bool is_join(const struct wire_request *request)
{
	return request->cmd == WIRE_JOIN || request->cmd == WIRE_LEAVE;
}

int command_execute(void *ctx, const struct wire_request *requests, size_t n,
		    struct buf *reply, struct show **ret_show)
{
	const struct command_ctx *command = ctx;
	size_t served;
	int err;

	switch (requests->cmd) {
	case WIRE_SHOW:
		err = do_show(command, requests, SHOW_TABLE, ret_show);
		return err ? err : 1;
	case WIRE_SHOW_DETAIL:
		err = do_show(command, requests, SHOW_DETAIL, ret_show);
		return err ? err : 1;
	case WIRE_SHOW_JSON:
		err = do_show(command, requests, SHOW_JSON, ret_show);
		return err ? err : 1;
	default:
		break;
	}

	served = do_run(command, requests, n, reply);
	while (served < n && is_join(requests))
		served += do_run(command, requests + served, n - served,
				 reply);
	err = buf_error(reply);
	return err ? err : (int)served;
}
