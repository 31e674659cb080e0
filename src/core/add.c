/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client's `add`: all of it is in effect and guarded at return, or none of
 * it.  What cannot work is refused before anything is changed; what only the
 * kernel can tell is undone.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

static int check_family(const struct router *router,
			const struct directive *directive, struct diag *diag)
{
	enum family family = addr_family(&directive->group.addr);

	if (router->config.ops->family_ready(router->config.kernel, family))
		return 0;
	return diag_set(diag, -EAFNOSUPPORT, "no %s multicast routing",
			family == FAMILY_IPV4 ? "IPv4" : "IPv6");
}

/* A command is refused where the guard that it needs cannot be had. */
static int check_guard(struct router *router, const struct iface *iface,
		       const struct directive *directive, struct diag *diag)
{
	enum family family = addr_family(&directive->group.addr);
	bool single = prefix_is_full(&directive->source);
	struct guard_answer answer;

	if (!statement_names(directive, iface->name))
		return 0;
	hairpin_ask(router, iface, single ? &directive->source.addr : NULL,
		    &answer);
	if (answer.state == HAIRPIN_SUSPENDED)
		return diag_set(diag, -EOPNOTSUPP, "%s: no hairpin guard: %s",
				iface->name, answer.reason);
	if (answer.guard == GUARD_NONE)
		return 0;
	hairpin_health_forget(router);
	if (!hairpin_guard_ready(router, family))
		return diag_set(diag, -EOPNOTSUPP, "%s: no hairpin guard: %s",
				iface->name, router->health[family].cause);
	return 0;
}

static int check_guards(struct router *router,
			const struct directive *directive, struct diag *diag)
{
	struct iface *iface, *tmp;
	int err = 0;

	HASH_ITER(hh, router->ifaces, iface, tmp)
		if (!err && iface->usable &&
		    ifname_matches(directive->ifname, iface->name))
			err = check_guard(router, iface, directive, diag);
	return err;
}

/* What a rule was before the add. */
struct added {
	struct iface *iif;
	struct rule *rule;		/* NULL: not applied */
	struct oifset *before;		/* NULL: there was none */
};

/* The interfaces that the directive is about. */
static struct added *added_list(struct router *router,
				const struct directive *directive,
				size_t *ret_n)
{
	struct added *list = calloc(HASH_COUNT(router->ifaces) + 1,
				    sizeof(*list));
	struct iface *iface, *tmp;
	size_t n = 0;

	if (!list)
		return NULL;
	if (ifname_is_wildcard(directive->ifname)) {
		HASH_ITER(hh, router->ifaces, iface, tmp)
			if (iface->usable &&
			    ifname_matches(directive->ifname, iface->name))
				list[n++].iif = iface;
	} else {
		list[n++].iif = iface_find(router, directive->ifname);
	}
	*ret_n = n;
	return list;
}

static int added_apply(struct router *router, struct added *added,
		       const struct directive *directive)
{
	uint8_t flag = ifname_is_wildcard(directive->ifname) ?
		       RULE_WILD : RULE_EXPLICIT;
	struct rule *rule = rule_find(router, added->iif, &directive->source,
				      &directive->group);

	if (rule)
		added->before = oifset_hold(rule->oifs);
	return statement_apply(router, added->iif, directive, flag,
			       &added->rule);
}

/* The entry could not be guarded after all. */
static int added_check(const struct added *added, struct diag *diag)
{
	const struct rule *rule = added->rule;
	const struct hairpin *hairpin = rule->mfc ? rule->mfc->hairpin : NULL;

	if (!hairpin || hairpin->state != HAIRPIN_SUSPENDED ||
	    !rule_is_hairpin(rule) ||
	    (added->before && oifset_names(added->before, rule->iif)))
		return 0;
	return diag_set(diag, -EOPNOTSUPP, "%s: no hairpin guard: %s",
			rule->iif->name, hairpin->reason ? hairpin->reason :
			"out of memory");
}

static void added_undo(struct router *router, struct added *added)
{
	if (!added->rule)
		return;
	if (added->before)
		rule_set_oifs(router, added->rule,
			      oifset_hold(added->before));
	else
		rule_del(router, added->rule);
}

static int add_all(struct router *router, struct added *list, size_t n,
		   const struct directive *directive, struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = added_apply(router, &list[i], directive);
	if (err)
		diag_set(diag, err, "out of memory");
	router_commit(router);
	for (size_t i = 0; i < n && !err; i++)
		err = added_check(&list[i], diag);
	for (size_t i = 0; i < n; i++) {
		if (err)
			added_undo(router, &list[i]);
		else
			rule_note_hairpin(router, list[i].rule);
		oifset_put(router, list[i].before);
	}
	router_commit(router);
	return err;
}

int router_add(struct router *router, const struct directive *directive,
	       struct diag *diag)
{
	int err = check_family(router, directive, diag);
	struct added *list;
	size_t n;

	if (!err)
		err = iface_check(router, directive, diag);
	if (!err)
		err = statement_check_policy(router, directive, diag);
	if (!err)
		err = check_guards(router, directive, diag);
	if (err)
		return err;
	list = added_list(router, directive, &n);
	if (!list)
		return diag_set(diag, -ENOMEM, "out of memory");
	err = add_all(router, list, n, directive, diag);
	free(list);
	if (!err && ifname_is_wildcard(directive->ifname) &&
	    wild_keep(router, directive))
		router_note(router, NOTE_WARNING, NOTE_PENDING,
			    "%s: interfaces that come later get no route: "
			    "out of memory", directive->ifname);
	return err;
}
