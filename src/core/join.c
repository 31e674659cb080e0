/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships of this daemon, one for each (interface, source, group), counted
 * because ranges overlap.  One that the kernel refuses is remembered as not
 * made and asked for again by the next who wants it.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

static void join_key_fill(unsigned int ifindex, const struct in6_addr *source,
			  const struct in6_addr *group, struct join_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->ifindex = ifindex;
	ret->source = *source;
	ret->group = *group;
}

struct join *join_find(const struct router *router, const struct iface *iface,
		       const struct in6_addr *source,
		       const struct in6_addr *group)
{
	struct join_key key;

	join_key_fill(iface->ifindex, source, group, &key);
	return htable_find(&router->joins, &key);
}

bool join_is_made(const struct router *router, unsigned int ifindex,
		  const struct in6_addr *group)
{
	struct join_key key;
	const struct join *join;

	join_key_fill(ifindex, &addr_any, group, &key);
	join = htable_find(&router->joins, &key);
	return join && join->made;
}

static struct join *join_find_or_new(struct router *router,
				     struct iface *iface,
				     const struct in6_addr *source,
				     const struct in6_addr *group)
{
	struct join_key key;
	struct join *join;
	uint32_t hash;

	join_key_fill(iface->ifindex, source, group, &key);
	hash = htable_hash(&router->joins, &key);
	join = htable_find_hashed(&router->joins, &key, hash);
	if (join)
		return join;
	join = calloc(1, sizeof(*join));
	if (!join)
		return NULL;
	join->key = key;
	join->iface = iface;
	if (htable_add_hashed(&router->joins, join, hash)) {
		free(join);
		return NULL;
	}
	/* newest first: the order in which leaving is cheap for the kernel */
	DL_PREPEND2(iface->joins, join, if_prev, if_next);
	return join;
}

int join_get(struct router *router, struct iface *iface,
	     const struct in6_addr *source, const struct in6_addr *group)
{
	struct join *join = join_find_or_new(router, iface, source, group);
	int err;

	if (!join)
		return -ENOMEM;
	join->refs++;
	if (join->made)
		return 0;
	err = member_own_get(router, join);
	if (err)
		return err;
	err = router->config.ops->join(router->config.kernel, &join->key,
				       &join->slot);
	if (err) {
		member_own_put(router, join);
		return err;
	}
	join->made = true;
	filter_check(router, join);
	return 0;
}

unsigned int join_put(struct router *router, struct iface *iface,
		      const struct in6_addr *source,
		      const struct in6_addr *group)
{
	struct join *join = join_find(router, iface, source, group);
	unsigned int cost = JOIN_COST_NEWEST;

	if (!join || --join->refs > 0)
		return cost;
	if (join->made) {
		if (join != iface->joins)
			cost = JOIN_COST_OTHERS;
		router->config.ops->leave(router->config.kernel, &join->key,
					  join->slot);
		member_own_put(router, join);
	}
	filter_drop(join);
	DL_DELETE2(iface->joins, join, if_prev, if_next);
	cursor_forget(router, CURSOR_JOIN, join);
	htable_del(&router->joins, join);
	free(join);
	return cost;
}
