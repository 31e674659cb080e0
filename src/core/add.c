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
static int check_guard(struct router *router, struct iface *iface,
		       const struct directive *directive, struct diag *diag)
{
	enum family family = addr_family(&directive->group.addr);
	bool single = prefix_is_full(&directive->source);
	struct guard_answer answer;

	if (!statement_names(directive, iface->name))
		return 0;
	hairpin_ask(router, iface, single ? &directive->source.addr : NULL,
		    family, &answer);
	ladder_forget(router);
	ladder_pick(router, iface, family, NULL, &answer);
	if (answer.state != HAIRPIN_SUSPENDED)
		return 0;
	return diag_set(diag, -EOPNOTSUPP, "%s: no hairpin guard: %s",
			iface->name, answer.reason);
}

static int check_guards(struct router *router,
			const struct directive *directive, struct diag *diag)
{
	struct iface *iface, *tmp;
	int err = 0;

	if (!ifname_is_wildcard(directive->ifname))
		return check_guard(router,
				   iface_find(router, directive->ifname),
				   directive, diag);
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
	uint8_t flags;			/* RULE_EXPLICIT, RULE_WILD */
};

static int added_apply(struct router *router, struct added *added,
		       const struct directive *directive)
{
	uint8_t flag = ifname_is_wildcard(directive->ifname) ?
		       RULE_WILD : RULE_EXPLICIT;
	struct rule *rule = rule_find(router, added->iif, &directive->source,
				      &directive->group);

	if (rule) {
		added->before = oifset_hold(rule->oifs);
		added->flags = rule->flags & (RULE_EXPLICIT | RULE_WILD);
	}
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
	if (!added->before) {
		rule_del(router, added->rule);
		return;
	}
	added->rule->flags &= (uint8_t)~(RULE_EXPLICIT | RULE_WILD);
	added->rule->flags |= added->flags;
	rule_set_oifs(router, added->rule, oifset_hold(added->before));
}

/* One directive on its way. */
struct add {
	const struct directive *directive;
	struct added *list;		/* NULL: refused by the checks */
	struct added one;		/* ->list without a wildcard */
	size_t n;
	int err;
};

/* The interfaces that the directive is about. */
static int add_list(struct router *router, struct add *add)
{
	const char *name = add->directive->ifname;
	struct iface *iface, *tmp;

	if (!ifname_is_wildcard(name)) {
		add->one.iif = iface_find(router, name);
		add->list = &add->one;
		add->n = 1;
		return 0;
	}
	add->list = calloc(HASH_COUNT(router->ifaces) + 1,
			   sizeof(*add->list));
	if (!add->list)
		return -ENOMEM;
	HASH_ITER(hh, router->ifaces, iface, tmp)
		if (iface->usable && ifname_matches(name, iface->name))
			add->list[add->n++].iif = iface;
	return 0;
}

static int add_check(struct router *router, const struct directive *directive,
		     struct diag *diag)
{
	int err = check_family(router, directive, diag);

	if (!err)
		err = statement_check_size(directive, diag);
	if (!err)
		err = iface_check(router, directive, diag);
	if (!err)
		err = statement_check_policy(router, directive, diag);
	if (!err)
		err = check_guards(router, directive, diag);
	return err;
}

static void add_apply(struct router *router, struct add *add,
		      struct diag *diag)
{
	add->err = add_check(router, add->directive, diag);
	if (add->err)
		return;
	add->err = add_list(router, add);
	for (size_t i = 0; i < add->n && !add->err; i++)
		add->err = added_apply(router, &add->list[i], add->directive);
	if (add->err)
		diag_set(diag, add->err, "out of memory");
}

static void add_verify(struct add *add, struct diag *diag)
{
	for (size_t i = 0; i < add->n && !add->err; i++)
		add->err = added_check(&add->list[i], diag);
}

static void add_undo(struct router *router, struct add *add)
{
	for (size_t i = add->n; i > 0; i--)
		added_undo(router, &add->list[i - 1]);
}

static void add_tell(struct router *router, struct add *add)
{
	for (size_t i = 0; i < add->n; i++)
		rule_note_hairpin(router, add->list[i].rule);
	if (ifname_is_wildcard(add->directive->ifname) &&
	    wild_keep(router, add->directive))
		router_note(router, NOTE_WARNING, NOTE_PENDING,
			    "%s: interfaces that come later get no route: "
			    "out of memory", add->directive->ifname);
}

static void add_fini(struct router *router, struct add *add)
{
	for (size_t i = 0; i < add->n; i++)
		oifset_put(router, add->list[i].before);
	if (add->list != &add->one)
		free(add->list);
}

int router_add(struct router *router, const struct directive *directive,
	       struct diag *diag)
{
	struct add add = { .directive = directive };

	add_apply(router, &add, diag);
	router_commit(router);
	add_verify(&add, diag);
	if (add.err)
		add_undo(router, &add);
	else
		add_tell(router, &add);
	router_commit(router);
	add_fini(router, &add);
	return add.err;
}

/* True when all that passed the checks is in effect as well. */
static bool adds_apply(struct router *router, struct add *adds, size_t n,
		       struct diag *diags)
{
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		add_apply(router, &adds[i], &diags[i]);
		/* not refused, but half done */
		good = good && (!adds[i].err || !adds[i].list);
	}
	router_commit(router);
	for (size_t i = 0; i < n; i++) {
		bool refused = adds[i].err;

		add_verify(&adds[i], &diags[i]);
		good = good && (refused || !adds[i].err);
	}
	return good;
}

static void adds_finish(struct router *router, struct add *adds, size_t n,
			bool good)
{
	for (size_t i = n; i > 0 && !good; i--)
		add_undo(router, &adds[i - 1]);
	for (size_t i = 0; i < n; i++) {
		if (good && !adds[i].err)
			add_tell(router, &adds[i]);
		add_fini(router, &adds[i]);
	}
	router_commit(router);
}

void router_add_many(struct router *router,
		     const struct directive *const *directives, size_t n,
		     int *ret_errs, struct diag *diags)
{
	struct add *adds = calloc(n, sizeof(*adds));
	bool good = false;

	if (adds) {
		for (size_t i = 0; i < n; i++)
			adds[i].directive = directives[i];
		good = adds_apply(router, adds, n, diags);
		adds_finish(router, adds, n, good);
	}
	for (size_t i = 0; i < n; i++)
		ret_errs[i] = good ? adds[i].err :
			      router_add(router, directives[i], &diags[i]);
	free(adds);
}
