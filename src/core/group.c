/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups to be joined, as configured: an interface or wildcard, a source or
 * range or none, a group or range.  A group has a member for each interface
 * that it is joined on while that is usable; large ranges are joined in
 * slices, group_work() being called between other events.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

/* Joins asked for in one go: 10 to 30 ms at most, see JOINS_MAX_IPV4. */
#define JOIN_SLICE_IPV4 1024
#define JOIN_SLICE_IPV6 64

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

/* The nth address pair of a group's ranges. */
static void member_pair(const struct member *member, uint64_t n,
			struct in6_addr *ret_source,
			struct in6_addr *ret_group)
{
	const struct group *group = member->group;
	uint64_t groups = prefix_count(&group->group);

	*ret_source = group->source.addr;
	*ret_group = group->group.addr;
	addr_mask(ret_source, group->source.len);
	addr_mask(ret_group, group->group.len);
	if (!prefix_is_any(&group->source))
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
			    prefix_format(&member->group->group, group),
			    strerror(-member->err));
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
		err = join_get(router, member->iface, &source, &group);
		/* without memory there is nothing to be put back */
		counted = !err || join_find(router, member->iface, &source,
					    &group);
		member->done += counted;
		if (!err)
			continue;
		member->refused += counted;
		if (!member->err)
			member->err = err;
		if (err == -EMFILE || err == -ENFILE || err == -ENOMEM) {
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

static uint64_t member_slice(const struct member *member)
{
	return addr_family(&member->group->group.addr) == FAMILY_IPV4 ?
	       JOIN_SLICE_IPV4 : JOIN_SLICE_IPV6;
}

void group_work(struct router *router)
{
	struct member *member = router->work;

	if (!member)
		return;
	member_advance(router, member, member_slice(member));
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
	member->group = group;
	member->iface = iface;
	member->total = group_total(group);
	DL_APPEND(group->members, member);
	iface_ref(router, iface);
	member_advance(router, member, member_slice(member));
	return member;
}

static void member_free(struct router *router, struct member *member)
{
	member_unqueue(router, member);
	while (member->done > 0) {
		struct in6_addr source, group;

		member_pair(member, --member->done, &source, &group);
		join_put(router, member->iface, &source, &group);
	}
	DL_DELETE(member->group->members, member);
	iface_unref(router, member->iface);
	free(member);
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

void group_free(struct router *router, struct group *group)
{
	struct member *member, *tmp;

	DL_FOREACH_SAFE(group->members, member, tmp)
		member_free(router, member);
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
		member_free(router, member);
}

void group_iface_unusable(struct router *router, struct iface *iface)
{
	struct group *group;

	DL_FOREACH2(iface->groups, group, if_next)
		group_iface_stop(router, group, iface);
	DL_FOREACH2(router->wild_groups, group, if_next)
		if (ifname_matches(group->key.name, iface->name))
			group_iface_stop(router, group, iface);
}
