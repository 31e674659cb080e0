/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups to be joined, as configured: an interface or wildcard, a source or
 * range or none, a group or range.  A group has a member for each interface
 * that it is joined on while that is usable; large ranges are joined and left
 * in slices, group_work() being called between other events.
 *
 * What is left is no member of its group any more and lives in router->leaving
 * until its last join is given back.  It is left newest first, because the
 * kernel searches its list of memberships from the newest.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Joins asked for, and given back, by a command itself: 10 to 30 ms at most, see
 * JOINS_MAX_IPV4.
 */
#define JOIN_AT_ONCE_IPV4 1024
#define JOIN_AT_ONCE_IPV6 64
#define LEAVE_AT_ONCE 1024

/*
 * The same between other events.  Small: what lies below 65,536 newer ones takes
 * the kernel up to 5 ms to leave.  That counts as JOIN_COST_OTHERS.
 */
#define JOIN_SLICE_IPV4 128
#define JOIN_SLICE_IPV6 16
#define LEAVE_SLICE 32

struct group *group_find(const struct router *router, const char *name,
			 const struct prefix *source,
			 const struct prefix *group)
{
	struct statement_key key;

	statement_key_fill(name, source, group, &key);
	return htable_find(&router->groups, &key);
}

struct group *group_new(struct router *router, const char *name,
			const struct prefix *source,
			const struct prefix *group)
{
	struct group *new = calloc(1, sizeof(*new));

	if (!new)
		return NULL;
	new->source = *source;
	new->group = *group;
	statement_key_fill(name, source, group, &new->key);
	if (!ifname_is_wildcard(name)) {
		new->iface = iface_get(router, name);
		if (!new->iface)
			goto err_free;
	}
	if (htable_add(&router->groups, new))
		goto err_free;
	if (new->iface) {
		DL_APPEND2(new->iface->groups, new, if_prev, if_next);
		iface_ref(router, new->iface);
	} else {
		DL_APPEND2(router->wild_groups, new, if_prev, if_next);
	}
	return new;

err_free:
	free(new);
	return NULL;
}

/* The nth address pair of the ranges. */
static void member_pair(const struct member *member, uint64_t n,
			struct in6_addr *ret_source,
			struct in6_addr *ret_group)
{
	uint64_t groups = prefix_count(&member->group);

	*ret_source = member->source.addr;
	*ret_group = member->group.addr;
	addr_mask(ret_source, member->source.len);
	addr_mask(ret_group, member->group.len);
	if (!prefix_is_any(&member->source))
		addr_advance(ret_source, n / groups);
	addr_advance(ret_group, n % groups);
}

static uint64_t group_total(const struct group *group)
{
	uint64_t sources = prefix_count(&group->source);
	uint64_t groups = prefix_count(&group->group);

	return sources > UINT64_MAX / groups ? UINT64_MAX : sources * groups;
}

static void member_unqueue(struct router *router, struct member *member)
{
	if (member->queued)
		DL_DELETE2(router->work, member, work_prev, work_next);
	member->queued = false;
}

static void note_refused(struct router *router, const struct member *member)
{
	char group[PREFIX_STRLEN];

	if (member->refused)
		router_note(router, NOTE_WARNING, NOTE_JOIN,
			    "%s: %llu of %llu joins of %s failed: %s",
			    member->iface->name,
			    (unsigned long long)member->refused,
			    (unsigned long long)member->total,
			    prefix_format(&member->group, group),
			    strerror(-member->err));
}

static bool is_out_of_descriptors(int err)
{
	return err == -EMFILE || err == -ENFILE;
}

/* Sockets of what is being left come free before the next is refused. */
static int member_join(struct router *router, struct member *member,
		       const struct in6_addr *source,
		       const struct in6_addr *group)
{
	int err = join_get(router, member->iface, source, group);

	if (!is_out_of_descriptors(err) || !router->leaving)
		return err;
	join_put(router, member->iface, source, group);
	group_leave_finish(router, NULL);
	return join_get(router, member->iface, source, group);
}

/*
 * Makes up to `budget` joins.  When the descriptors are used up the rest would
 * fail as well: it is counted as refused.
 */
static void member_advance(struct router *router, struct member *member,
			   uint64_t budget)
{
	while (budget-- > 0 && member->done < member->total) {
		struct in6_addr source, group;
		bool counted;
		int err;

		member_pair(member, member->done, &source, &group);
		err = member_join(router, member, &source, &group);
		/* without memory there is nothing to be put back */
		counted = !err || join_find(router, member->iface, &source,
					    &group);
		member->done += counted;
		if (!err)
			continue;
		member->refused += counted;
		if (!member->err)
			member->err = err;
		if (is_out_of_descriptors(err) || err == -ENOMEM) {
			member->refused += member->total - member->done;
			member->stopped = true;
			break;
		}
	}
	if (member->done < member->total && !member->stopped) {
		if (!member->queued)
			DL_APPEND2(router->work, member, work_prev, work_next);
		member->queued = true;
		return;
	}
	member_unqueue(router, member);
}

static bool member_is_ipv4(const struct member *member)
{
	return addr_family(&member->group.addr) == FAMILY_IPV4;
}

/*
 * Gives back joins for `budget`; frees the member with the last of them.
 * Returns what is left of the budget.
 */
static uint64_t member_retreat(struct router *router, struct member *member,
			       uint64_t budget)
{
	while (budget > 0 && member->done > 0) {
		struct in6_addr source, group;
		unsigned int cost;

		member_pair(member, --member->done, &source, &group);
		cost = join_put(router, member->iface, &source, &group);
		budget -= cost < budget ? cost : budget;
	}
	if (member->done > 0)
		return 0;
	DL_DELETE2(router->leaving, member, work_prev, work_next);
	free(member);
	return budget;
}

static void leave_work(struct router *router, uint64_t budget)
{
	while (router->leaving && budget > 0)
		budget = member_retreat(router, router->leaving, budget);
}

void group_leave_at_once(struct router *router)
{
	leave_work(router, LEAVE_AT_ONCE);
}

void group_leave_finish(struct router *router, const struct iface *iface)
{
	struct member *member, *tmp;

	DL_FOREACH_SAFE2(router->leaving, member, tmp, work_next)
		if (!iface || member->iface == iface)
			member_retreat(router, member, UINT64_MAX);
}

void group_work(struct router *router)
{
	struct member *member = router->work;

	leave_work(router, LEAVE_SLICE);
	if (!member)
		return;
	member_advance(router, member, member_is_ipv4(member) ?
		       JOIN_SLICE_IPV4 : JOIN_SLICE_IPV6);
	if (!member->queued)
		note_refused(router, member);
}

static struct member *member_find(const struct group *group,
				  const struct iface *iface)
{
	struct member *member;

	DL_FOREACH(group->members, member)
		if (member->iface == iface)
			return member;
	return NULL;
}

static struct member *member_new(struct router *router, struct group *group,
				 struct iface *iface)
{
	struct member *member = member_find(group, iface);

	if (member)
		return member;
	member = calloc(1, sizeof(*member));
	if (!member)
		return NULL;
	member->source = group->source;
	member->group = group->group;
	member->iface = iface;
	member->total = group_total(group);
	DL_APPEND(group->members, member);
	iface_ref(router, iface);
	member_advance(router, member, member_is_ipv4(member) ?
		       JOIN_AT_ONCE_IPV4 : JOIN_AT_ONCE_IPV6);
	return member;
}

/*
 * What was joined last is left first: among members, too, if they are told in
 * the order they were joined in.
 */
static void member_leave(struct router *router, struct group *group,
			 struct member *member)
{
	member_unqueue(router, member);
	DL_DELETE(group->members, member);
	iface_unref(router, member->iface);
	DL_PREPEND2(router->leaving, member, work_prev, work_next);
}

static int member_start(struct router *router, struct group *group,
			struct iface *iface, struct diag *diag)
{
	struct member *member = member_new(router, group, iface);

	if (!member)
		return diag_set(diag, -ENOMEM, "%s: out of memory",
				iface->name);
	if (!member->refused)
		return 0;
	if (member->total == 1)
		return diag_set(diag, member->err, "%s: cannot join: %s",
				iface->name, strerror(-member->err));
	return diag_set(diag, member->err, "%s: %llu of %llu joins failed: %s",
			iface->name, (unsigned long long)member->refused,
			(unsigned long long)member->total,
			strerror(-member->err));
}

int group_start(struct router *router, struct group *group,
		struct diag *diag)
{
	struct iface *iface, *tmp;
	int err = 0;

	if (group->iface)
		return group->iface->usable ?
		       member_start(router, group, group->iface, diag) : 0;
	HASH_ITER(hh, router->ifaces, iface, tmp) {
		int one = 0;

		if (iface->usable &&
		    ifname_matches(group->key.name, iface->name))
			one = member_start(router, group, iface,
					   err ? NULL : diag);
		if (!err)
			err = one;
	}
	return err;
}

/* Those that were made stay: the new member counts them before they are left. */
int group_restart(struct router *router, struct group *group,
		  struct diag *diag)
{
	struct member *member, *tmp;
	bool refused = false;

	DL_FOREACH_SAFE(group->members, member, tmp) {
		if (!member->refused)
			continue;
		refused = true;
		member_leave(router, group, member);
	}
	return refused || !group->members ?
	       group_start(router, group, diag) : 0;
}

void group_free(struct router *router, struct group *group)
{
	struct member *member, *tmp;

	DL_FOREACH_SAFE(group->members, member, tmp)
		member_leave(router, group, member);
	cursor_forget(router, CURSOR_GROUP, group);
	htable_del(&router->groups, group);
	if (group->iface) {
		DL_DELETE2(group->iface->groups, group, if_prev, if_next);
		iface_unref(router, group->iface);
	} else {
		DL_DELETE2(router->wild_groups, group, if_prev, if_next);
	}
	free(group);
}

static void group_iface_start(struct router *router, struct group *group,
			      struct iface *iface)
{
	struct diag diag;

	if (member_start(router, group, iface, &diag))
		router_note(router, NOTE_WARNING, NOTE_JOIN, "%s", diag.text);
}

void group_iface_usable(struct router *router, struct iface *iface)
{
	struct group *group;

	DL_FOREACH2(iface->groups, group, if_next)
		group_iface_start(router, group, iface);
	DL_FOREACH2(router->wild_groups, group, if_next)
		if (ifname_matches(group->key.name, iface->name))
			group_iface_start(router, group, iface);
}

static void group_iface_stop(struct router *router, struct group *group,
			     struct iface *iface)
{
	struct member *member = member_find(group, iface);

	if (member)
		member_leave(router, group, member);
}

void group_iface_unusable(struct router *router, struct iface *iface)
{
	struct group *group;

	DL_FOREACH2(iface->groups, group, if_next)
		group_iface_stop(router, group, iface);
	DL_FOREACH2(router->wild_groups, group, if_next)
		if (ifname_matches(group->key.name, iface->name))
			group_iface_stop(router, group, iface);
	group_leave_at_once(router);
}
