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

int statement_apply(struct router *router, struct iface *iif,
		    const struct directive *directive, uint8_t flag,
		    struct rule **ret)
{
	struct rule *rule = rule_get(router, iif, &directive->source,
				     &directive->group);
	struct oifset *oifs;
	bool fresh;

	if (!rule)
		return -ENOMEM;
	fresh = rule->generation != router->generation || !rule->oifs;
	if (fresh)
		oifs = oifset_get(router, directive->oifs, directive->n_oifs);
	else
		oifs = oifset_unite(router, rule->oifs, directive->oifs,
				    directive->n_oifs);
	if (!oifs) {
		if (!rule->oifs)
			rule_del(router, rule);
		return -ENOMEM;
	}
	if (fresh) {
		rule->flags &= (uint8_t)~(RULE_EXPLICIT | RULE_WILD);
		/* the last line of a file owns the entry, as at a start */
		rule_claim(router, rule);
	}
	rule->generation = router->generation;
	rule->flags |= flag;
	rule_set_oifs(router, rule, oifs);
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
