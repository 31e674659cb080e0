/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Source filters of the daemon's own joins.
 *
 * An IPv4 membership that excludes the one address which the kernel picks as
 * source when it forwards out of the interface receives everything else, yet
 * makes the kernel loop nothing back.  It is put on own joins of groups that a
 * hairpin rule in force covers; the guard stays in place all the same, for
 * the joins of others.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

static struct hairpin_group *cover_find(const struct iface *iface,
					const struct in6_addr *group,
					uint8_t len)
{
	struct hairpin_group_key key;

	memset(&key, 0, sizeof(key));
	key.group = *group;
	addr_mask(&key.group, len);
	key.len = len;
	return htable_find(&iface->hairpin_groups, &key);
}

bool filter_covers(const struct iface *iface, const struct in6_addr *group)
{
	for (size_t i = 0; i < iface->n_hairpin_shapes; i++)
		if (cover_find(iface, group,
			       iface->hairpin_shapes[i].group_len))
			return true;
	return false;
}

static bool filter_wanted(const struct router *router,
			  const struct join *join)
{
	return join->made && addr_family(&join->key.group) == FAMILY_IPV4 &&
	       !addr_is_local_group(&join->key.group) &&
	       addr_is_any(&join->key.source) &&
	       router_policy(router, join->iface) != POLICY_OFF &&
	       filter_covers(join->iface, &join->key.group);
}

static void filter_block(struct router *router, struct join *join)
{
	const struct kernel_ops *ops = router->config.ops;
	char group[ADDR_STRLEN];
	int err;

	if (addr_is_any(&join->iface->filter) || !join->made)
		return;
	err = ops->block(router->config.kernel, &join->key, join->slot,
			 &join->iface->filter);
	join->blocked = err == 0;
	if (err)
		router_note(router, NOTE_INFO, NOTE_JOIN,
			    "%s: no source filter for %s: %s",
			    join->iface->name,
			    addr_format(&join->key.group, group),
			    strerror(-err));
}

static void filter_unblock(struct router *router, struct join *join,
			   const struct in6_addr *addr)
{
	const struct kernel_ops *ops = router->config.ops;

	if (join->blocked && join->made)
		ops->unblock(router->config.kernel, &join->key, join->slot,
			     addr);
	join->blocked = false;
}

static int filter_pick(struct router *router, struct iface *iface,
		       const struct in6_addr *group, struct in6_addr *ret)
{
	return router->config.ops->pick_source(router->config.kernel,
					       iface->ifindex, group, ret);
}

static void filter_set(struct router *router, struct join *join)
{
	struct iface *iface = join->iface;
	bool wanted = filter_wanted(router, join);

	if (wanted == join->filtered)
		return;
	join->filtered = wanted;
	if (!wanted) {
		filter_unblock(router, join, &iface->filter);
		iface->filtered--;
		return;
	}
	if (iface->filtered++ == 0) {
		iface->filter = addr_any;
		filter_pick(router, iface, &join->key.group, &iface->filter);
	}
	filter_block(router, join);
}

/* An IPv4 join of one source loops nothing, unless that is an own address. */
static bool join_loops(const struct router *router, const struct join *join)
{
	if (addr_is_local_group(&join->key.group))
		return false;
	return addr_family(&join->key.group) == FAMILY_IPV6 ||
	       addr_is_any(&join->key.source) ||
	       own_has(router, &join->key.source);
}

/* A membership that makes the kernel multiply packets is told once. */
static void note_looped(struct router *router, struct join *join)
{
	bool looped = join->made && join_loops(router, join) &&
		      router_policy(router, join->iface) == POLICY_OFF &&
		      filter_covers(join->iface, &join->key.group);
	char group[ADDR_STRLEN];

	if (looped && !join->looped)
		router_note(router, NOTE_WARNING, NOTE_UNGUARDED,
			    "%s: %s is joined and routed back out with "
			    "hairpin off: each packet leaves TTL - 1 times",
			    join->iface->name,
			    addr_format(&join->key.group, group));
	join->looped = looped;
}

void filter_check(struct router *router, struct join *join)
{
	filter_set(router, join);
	note_looped(router, join);
}

void filter_check_all(struct router *router)
{
	struct iface *iface;
	struct join *join;

	for (iface = router->ifaces; iface; iface = iface->hh.next)
		DL_FOREACH2(iface->joins, join, if_next)
			filter_check(router, join);
}

static void cover_changed(struct router *router, struct iface *iface,
			  const struct prefix *group)
{
	struct join *join;

	/* rules come and go; see filter_check_all() */
	if (router->reload)
		return;
	member_check_iface(router, iface, group);
	/* unguarded, joins of one source may loop as well: note_looped() */
	if (prefix_is_full(group) &&
	    router_policy(router, iface) != POLICY_OFF) {
		join = join_find(router, iface, &addr_any, &group->addr);
		if (join)
			filter_check(router, join);
		return;
	}
	DL_FOREACH2(iface->joins, join, if_next)
		if (prefix_covers(group, &join->key.group))
			filter_check(router, join);
}

int filter_cover(struct router *router, struct iface *iface,
		 const struct prefix *group)
{
	struct hairpin_group *cover = cover_find(iface, &group->addr,
						 group->len);

	if (cover) {
		cover->rules++;
		return 0;
	}
	cover = calloc(1, sizeof(*cover));
	if (!cover)
		return -ENOMEM;
	cover->key.group = group->addr;
	addr_mask(&cover->key.group, group->len);
	cover->key.len = group->len;
	cover->rules = 1;
	if (htable_add(&iface->hairpin_groups, cover))
		goto err_free;
	if (shape_add(&iface->hairpin_shapes, &iface->n_hairpin_shapes, 0,
		      group->len))
		goto err_unhash;
	cover_changed(router, iface, group);
	return 0;

err_unhash:
	htable_del(&iface->hairpin_groups, cover);
err_free:
	free(cover);
	return -ENOMEM;
}

void filter_uncover(struct router *router, struct iface *iface,
		    const struct prefix *group)
{
	struct hairpin_group *cover = cover_find(iface, &group->addr,
						 group->len);

	if (!cover || --cover->rules > 0)
		return;
	htable_del(&iface->hairpin_groups, cover);
	free(cover);
	shape_del(iface->hairpin_shapes, &iface->n_hairpin_shapes, 0,
		  group->len);
	cover_changed(router, iface, group);
}

/* The new address is excluded before the old one is let in again. */
static void filter_move(struct router *router, struct iface *iface,
			const struct in6_addr *addr)
{
	struct in6_addr old = iface->filter;
	struct join *join;

	iface->filter = *addr;
	DL_FOREACH2(iface->joins, join, if_next) {
		bool had = join->blocked;

		if (!join->filtered)
			continue;
		filter_block(router, join);
		if (had)
			router->config.ops->unblock(router->config.kernel,
						    &join->key, join->slot,
						    &old);
	}
}

void filter_follow(struct router *router, struct iface *iface)
{
	struct in6_addr addr;
	struct join *join;

	if (!iface->filtered || !iface->ifindex)
		return;
	DL_FOREACH2(iface->joins, join, if_next)
		if (join->filtered)
			break;
	if (!join || filter_pick(router, iface, &join->key.group, &addr))
		return;
	if (!addr_equal(&addr, &iface->filter))
		filter_move(router, iface, &addr);
}

void filter_follow_all(struct router *router)
{
	for (int vif = 0; vif < VIF_MAX; vif++)
		if (router->vifs[FAMILY_IPV4][vif])
			filter_follow(router,
				      router->vifs[FAMILY_IPV4][vif]);
}

void filter_drop(struct join *join)
{
	if (join->filtered)
		join->iface->filtered--;
	join->filtered = false;
	join->blocked = false;
}
