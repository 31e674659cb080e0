/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of a client request to a directive.  Knows what each place means;
 * must not know which interfaces exist.
 */
#include "ctl/grammar.h"

#include <errno.h>

#include "ctl/flow.h"
#include "lib/diag.h"

/* IIF [SOURCE] GROUP [OIF ...]: a multicast address in second place is it. */
static int request_route(const char *const *args, size_t n,
			 struct directive *ret, struct diag *diag)
{
	struct flow flow = { .has_source = false };
	size_t used = 2;
	int err;

	ret->kind = DIRECTIVE_MROUTE;
	err = flow_set_source(&flow, args[1], NULL, diag);
	if (err)
		return err;

	if (addr_is_multicast(&flow.source.addr)) {
		flow.has_source = false;
		err = flow_set_group(&flow, args[1], NULL, diag);
		if (err)
			return err;
	} else if (n < 3) {
		return diag_set(diag, -EINVAL, "%s: not a multicast group",
				args[1]);
	} else {
		err = flow_set_group(&flow, args[2], NULL, diag);
		if (err)
			return err;
		used = 3;
	}

	ret->oifs = args + used;
	ret->n_oifs = n - used;
	err = ifnames_check(ret->oifs, ret->n_oifs, diag);

	return err ? err : flow_end(&flow, ret, diag);
}

/* IIF [SOURCE] GROUP: three words exactly have a source, as in SMCRoute. */
static int request_group(const char *const *args, size_t n,
			 struct directive *ret, struct diag *diag)
{
	struct flow flow = { .has_source = false };
	bool ssm = n == 3;
	int err = 0;

	ret->kind = DIRECTIVE_MGROUP;
	if (ssm)
		err = flow_set_source(&flow, args[1], NULL, diag);
	if (!err)
		err = flow_set_group(&flow, args[ssm ? 2 : 1], NULL, diag);

	return err ? err : flow_end(&flow, ret, diag);
}

int grammar_request(char cmd, const char *const *args, size_t n,
		    struct directive *ret, struct diag *diag)
{
	struct directive directive = { .file = NULL };
	int err;

	if (n < 2)
		return diag_set(diag, -EINVAL,
				"an interface and a group are needed");

	err = ifname_check(args[0], diag);
	if (err)
		return err;

	directive.ifname = args[0];
	if (cmd == 'a' || cmd == 'r')
		err = request_route(args, n, &directive, diag);
	else
		err = request_group(args, n, &directive, diag);
	if (err)
		return err;

	*ret = directive;
	return 0;
}
