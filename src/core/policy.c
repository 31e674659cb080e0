/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hairpin policy is in force: that of the `phyint` lines, else -H, else
 * the file's, else auto.  What a policy means is guard.c's.
 */
#include "core/internal.h"

enum policy router_global_policy(const struct router *router)
{
	if (router->config.policy != POLICY_UNSET)
		return router->config.policy;
	return router->policy != POLICY_UNSET ? router->policy : POLICY_AUTO;
}

enum policy router_policy(const struct router *router,
			  const struct iface *iface)
{
	if (iface->phyint.policy != POLICY_UNSET)
		return iface->phyint.policy;
	return router_global_policy(router);
}

bool router_may_use(const struct router *router, enum guard guard)
{
	static const enum policy words[GUARD_COUNT] = {
		[GUARD_NETFILTER] = POLICY_NETFILTER,
		[GUARD_TABLE] = POLICY_TABLE,
		[GUARD_RELAY] = POLICY_RELAY,
	};
	enum policy policy = router_global_policy(router);

	if (policy == POLICY_AUTO || policy == words[guard])
		return true;
	for (size_t i = 0; i < router->n_phyints; i++) {
		policy = router->phyints[i].settings.policy;
		if (policy == POLICY_AUTO || policy == words[guard])
			return true;
	}
	return false;
}

bool router_wants_relay(struct router *router, enum family family,
			unsigned int ifindex)
{
	struct iface *iface = iface_find_index(router, ifindex);
	struct guard_answer answer;

	if (!iface || !iface->hairpin_groups.n)
		return false;
	hairpin_ask(router, iface, NULL, family, &answer);
	ladder_pick(router, iface, family, NULL, &answer);
	return answer.guard == GUARD_RELAY;
}

bool router_may_linger(const struct router *router,
		       const struct guard_key *key)
{
	const struct iface *iface = iface_find_index(router, key->ifindex);

	return iface && !iface->metadata && !own_has(router, &key->source) &&
	       router_policy(router, iface) != POLICY_OFF;
}
