/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mroute directive on one interface: to its rule, and off it again.  Used
 * by the client's commands, by a reload and for wildcards alike.
 */
#include "core/internal.h"

#include <errno.h>

bool statement_names(const struct directive *directive, const char *name)
{
	for (size_t i = 0; i < directive->n_oifs; i++)
		if (strcmp(directive->oifs[i], name) == 0)
			return true;
	return false;
}

void statement_key_fill(const char *name, const struct prefix *source,
			const struct prefix *group, struct statement_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->source = source->addr;
	ret->group = group->addr;
	addr_mask(&ret->source, source->len);
	addr_mask(&ret->group, group->len);
	ret->source_len = source->len;
	ret->group_len = group->len;
	memcpy(ret->name, name, strnlen(name, IFACE_NAME_MAX - 1));
}

/*
 * By name alone, so that the answer is the same whether the interface is there
 * or not.  An IIF wildcard is a hairpin on each OIF that it matches.
 */
int statement_check_policy(const struct router *router,
			   const struct directive *directive,
			   struct diag *diag)
{
	for (size_t i = 0; i < directive->n_oifs; i++) {
		const char *name = directive->oifs[i];

		if (ifname_is_wildcard(name) ||
		    !ifname_matches(directive->ifname, name) ||
		    iface_policy_of_name(router, name) != POLICY_REFUSE)
			continue;
		return diag_set(diag, -EPERM, "hairpin route from %s to %s "
				"refused by policy", directive->ifname, name);
	}
	return 0;
}

int statement_check_size(const struct directive *directive, struct diag *diag)
{
	const char *names[VIF_MAX];
	size_t n = 0, known;

	for (size_t i = 0; i < directive->n_oifs; i++) {
		const char *name = directive->oifs[i];

		for (known = 0; known < n; known++)
			if (strcmp(names[known], name) == 0)
				break;
		if (known < n || ifname_is_wildcard(name))
			continue;
		if (n == VIF_MAX)
			return diag_set(diag, -E2BIG, "%s: more than %d "
					"outbound interfaces",
					directive->ifname, VIF_MAX);
		names[n++] = name;
	}
	return 0;
}

/* The list with the directive's names in it; a NULL list: these alone. */
static struct oifset *statement_oifs(struct router *router,
				     struct oifset *before,
				     const struct directive *directive)
{
	if (!before)
		return oifset_get(router, directive->oifs, directive->n_oifs);
	return oifset_unite(router, before, directive->oifs,
			    directive->n_oifs);
}

/* For a reload: nothing is in effect yet. */
static int statement_stage(struct router *router, struct rule *rule,
			   const struct directive *directive, uint8_t flag)
{
	bool fresh = rule->generation != router->generation;
	struct oifset *oifs = statement_oifs(router,
					     fresh ? NULL : rule->staged,
					     directive);

	if (!oifs)
		return -ENOMEM;
	oifset_put(router, rule->staged);
	rule->staged = oifs;
	if (fresh)
		rule->flags &= (uint8_t)~(RULE_EXPLICIT | RULE_WILD);
	rule->generation = router->generation;
	rule->line = reload_line(router);
	rule->flags |= flag;
	return 0;
}

static int statement_unite(struct router *router, struct rule *rule,
			   const struct directive *directive, uint8_t flag)
{
	struct oifset *oifs = statement_oifs(router, rule->oifs, directive);

	if (!oifs)
		return -ENOMEM;
	rule->generation = router->generation;
	rule->flags |= flag;
	rule_set_oifs(router, rule, oifs);
	return 0;
}

/*
 * An interface may come when rules are being changed to what was staged: what
 * is not to be visited any more is put into effect on the spot.
 */
static bool statement_waits(const struct router *router,
			    const struct rule *rule)
{
	if (!router->reload || reload_is_staging(router))
		return router->reload != NULL;
	return rule->staged ||
	       (rule->oifs && rule->generation != router->generation);
}

int statement_apply(struct router *router, struct iface *iif,
		    const struct directive *directive, uint8_t flag,
		    struct rule **ret)
{
	struct rule *rule = rule_get(router, iif, &directive->source,
				     &directive->group);
	int err;

	if (!rule)
		return -ENOMEM;
	if (statement_waits(router, rule))
		err = statement_stage(router, rule, directive, flag);
	else
		err = statement_unite(router, rule, directive, flag);
	if (err) {
		if (!rule->oifs && !rule->staged)
			rule_del(router, rule);
		return err;
	}
	*ret = rule;
	return 0;
}

/* True when one of the names is that of an interface, or matches one. */
static bool statement_knows_oif(struct router *router,
				const struct directive *directive)
{
	for (size_t i = 0; i < directive->n_oifs; i++) {
		struct iface *iface, *tmp;

		HASH_ITER(hh, router->ifaces, iface, tmp)
			if (ifname_matches(directive->oifs[i], iface->name))
				return true;
	}
	return false;
}

int statement_remove(struct router *router, struct rule *rule,
		     const struct directive *directive)
{
	struct oifset *oifs;

	if (!directive->n_oifs) {
		rule_del(router, rule);
		return 0;
	}
	if (!statement_knows_oif(router, directive))
		return -ENODEV;
	oifs = oifset_subtract(router, rule->oifs, directive->oifs,
			       directive->n_oifs, rule->iif);
	if (!oifs)
		return -ENOMEM;
	rule_set_oifs(router, rule, oifs);
	return 0;
}
