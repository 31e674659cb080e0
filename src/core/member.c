/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships by interface and group, ours and those of others.  Knows how to
 * tell what is gone when all is told anew, and which membership an operator
 * wants to hear of; must not know where they are read.  Our own of any source,
 * which may be very many, are found among the joins and not counted here.
 *
 * Those of others are in the order in which they were last told: what is gone
 * is at the head, so that nothing has to be searched for it.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

/* What was told of a membership. */
enum {
	TOLD_NOTHING,
	TOLD_NOTICE,
	TOLD_WARNING,		/* nothing guards */
};

static struct member_link *link_find(const struct router *router,
				     unsigned int ifindex)
{
	uint32_t key = ifindex;
	struct member_link *link;

	HASH_FIND(hh, router->member_links, &key, sizeof(key), link);
	return link;
}

static struct member_link *link_get(struct router *router,
				    unsigned int ifindex)
{
	struct member_link *link = link_find(router, ifindex);

	if (link)
		return link;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->ifindex = ifindex;
	link->memberships = HTABLE_INIT(struct membership, group);
	HASH_ADD(hh, router->member_links, ifindex, sizeof(link->ifindex),
		 link);
	if (!link->hh.tbl) {
		free(link);
		return NULL;
	}
	return link;
}

static void link_put(struct router *router, struct member_link *link)
{
	if (link->memberships.n)
		return;
	HASH_DEL(router->member_links, link);
	htable_fini(&link->memberships);
	free(link);
}

static struct membership *membership_find(const struct router *router,
					  unsigned int ifindex,
					  const struct in6_addr *group)
{
	const struct member_link *link = link_find(router, ifindex);

	return link ? htable_find(&link->memberships, group) : NULL;
}

static struct membership *membership_get(struct router *router,
					 unsigned int ifindex,
					 const struct in6_addr *group)
{
	struct member_link *link = link_get(router, ifindex);
	struct membership *membership;
	uint32_t hash;

	if (!link)
		return NULL;
	hash = htable_hash(&link->memberships, group);
	membership = htable_find_hashed(&link->memberships, group, hash);
	if (membership)
		return membership;
	membership = calloc(1, sizeof(*membership));
	if (!membership)
		goto err_link;
	membership->group = *group;
	membership->link = link;
	if (htable_add_hashed(&link->memberships, membership, hash))
		goto err_free;
	return membership;

err_free:
	free(membership);
err_link:
	link_put(router, link);
	return NULL;
}

/* Frees it when nobody has joined. */
static void membership_put(struct router *router,
			   struct membership *membership)
{
	struct member_link *link = membership->link;

	if (membership->own || membership->other)
		return;
	htable_del(&link->memberships, membership);
	free(membership);
	link_put(router, link);
}

/* Tells, once, that others have joined what is routed back out. */
static void membership_check(struct router *router, const struct iface *iface,
			     struct membership *membership)
{
	uint8_t due = TOLD_NOTHING;
	char group[ADDR_STRLEN];

	if (membership->other && filter_covers(iface, &membership->group))
		due = router_policy(router, iface) == POLICY_OFF ?
		      TOLD_WARNING : TOLD_NOTICE;
	if (due > membership->told) {
		addr_format(&membership->group, group);
		if (due == TOLD_WARNING)
			router_note(router, NOTE_WARNING, NOTE_MEMBER,
				    "%s: another program has joined %s, which "
				    "is routed back out with hairpin off: each "
				    "packet may leave TTL - 1 times",
				    iface->name, group);
		else
			router_note(router, NOTE_NOTICE, NOTE_MEMBER,
				    "%s: another program has joined %s, which "
				    "is routed back out", iface->name, group);
	}
	membership->told = due;
}

static void other_clear(struct router *router, struct membership *membership)
{
	const struct iface *iface;
	char group[ADDR_STRLEN];

	DL_DELETE(router->others, membership);
	membership->other = false;
	iface = iface_find_index(router, membership->link->ifindex);
	if (iface && membership->told)
		router_note(router, NOTE_INFO, NOTE_MEMBER,
			    "%s: no other program has joined %s any more",
			    iface->name,
			    addr_format(&membership->group, group));
	membership->told = TOLD_NOTHING;
	membership_put(router, membership);
}

static void other_set(struct router *router, struct membership *membership)
{
	const struct iface *iface;

	if (membership->other)
		DL_DELETE(router->others, membership);
	membership->round = router->member_round;
	DL_APPEND(router->others, membership);
	if (membership->other)
		return;
	membership->other = true;
	iface = iface_find_index(router, membership->link->ifindex);
	/* rules come and go; see member_check_all() */
	if (iface && !router->reload)
		membership_check(router, iface, membership);
}

void router_member(struct router *router, unsigned int ifindex,
		   const struct in6_addr *group, bool other)
{
	struct membership *membership;

	if (!other) {
		membership = membership_find(router, ifindex, group);
		if (membership && membership->other)
			other_clear(router, membership);
		return;
	}
	membership = membership_get(router, ifindex, group);
	if (membership)
		other_set(router, membership);
	else
		router_note(router, NOTE_WARNING, NOTE_MEMBER,
			    "out of memory for who has joined");
}

void router_members_begin(struct router *router)
{
	router->member_round++;
}

bool router_members_missing(const struct router *router)
{
	return router->others && router->others->round != router->member_round;
}

bool router_members_sweep(struct router *router, unsigned int max)
{
	while (router->others &&
	       router->member_round - router->others->round > 1) {
		if (max-- == 0)
			return true;
		other_clear(router, router->others);
	}
	return false;
}

int member_own_get(struct router *router, const struct join *join)
{
	struct membership *membership;

	if (addr_is_any(&join->key.source))
		return 0;
	membership = membership_get(router, join->key.ifindex,
				    &join->key.group);
	if (!membership)
		return -ENOMEM;
	membership->own++;
	return 0;
}

void member_own_put(struct router *router, const struct join *join)
{
	struct membership *membership;

	if (addr_is_any(&join->key.source))
		return;
	membership = membership_find(router, join->key.ifindex,
				     &join->key.group);
	if (!membership)
		return;
	membership->own--;
	membership_put(router, membership);
}

void member_forget_iface(struct router *router, unsigned int ifindex)
{
	struct member_link *link = link_find(router, ifindex);
	struct membership *membership, *tmp;

	if (!link)
		return;
	/* the link may go with the last of them */
	HTABLE_FOREACH_SAFE(&link->memberships, membership, tmp)
		if (membership->other)
			other_clear(router, membership);
}

void member_check_iface(struct router *router, const struct iface *iface,
			const struct prefix *groups)
{
	const struct member_link *link = link_find(router, iface->ifindex);
	struct membership *membership;

	if (!link)
		return;
	if (groups && prefix_is_full(groups)) {
		membership = htable_find(&link->memberships, &groups->addr);
		if (membership)
			membership_check(router, iface, membership);
		return;
	}
	for (membership = htable_first(&link->memberships); membership;
	     membership = htable_next(membership))
		if (!groups || prefix_covers(groups, &membership->group))
			membership_check(router, iface, membership);
}

void member_follow_iface(struct router *router, const struct iface *iface)
{
	/* rules come and go; see member_check_all() */
	if (!router->reload)
		member_check_iface(router, iface, NULL);
}

void member_check_all(struct router *router)
{
	const struct iface *iface;

	for (iface = router->ifaces; iface; iface = iface->hh.next)
		if (iface->ifindex)
			member_check_iface(router, iface, NULL);
}

void member_free_all(struct router *router)
{
	struct member_link *link, *link_tmp;
	struct membership *membership, *tmp;

	HASH_ITER(hh, router->member_links, link, link_tmp) {
		HTABLE_FOREACH_SAFE(&link->memberships, membership, tmp)
			free(membership);
		htable_fini(&link->memberships);
		HASH_DEL(router->member_links, link);
		free(link);
	}
	router->others = NULL;
}

enum joined router_joined(const struct router *router, unsigned int ifindex,
			  const struct in6_addr *group)
{
	const struct membership *found = membership_find(router, ifindex,
							 group);
	bool own = (found && found->own) ||
		   join_is_made(router, ifindex, group);

	if (found && found->other)
		return own ? JOINED_BOTH : JOINED_OTHER;
	return own ? JOINED_SMCROUTE : JOINED_NONE;
}

const char *joined_name(enum joined joined)
{
	switch (joined) {
	case JOINED_NONE:
		return "none";
	case JOINED_SMCROUTE:
		return "smcroute";
	case JOINED_OTHER:
		return "other";
	case JOINED_BOTH:
		return "both";
	}
	return NULL;
}
