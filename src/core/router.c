/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The router as a whole: life, client commands, guards that come and go.
 * Orchestrates the other files of core; each entry point ends with the kernel
 * and the mirror agreeing.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

struct router *router_new(const struct router_config *config)
{
	struct router *router = calloc(1, sizeof(*router));

	if (!router)
		return NULL;
	router->config = *config;
	router->dirty_end = &router->dirty;
	router->rules = HTABLE_INIT(struct rule, key);
	router->mfcs = HTABLE_INIT(struct mfc, key);
	router->sources = HTABLE_INIT(struct source, addr);
	router->joins = HTABLE_INIT(struct join, key);
	router->wilds = HTABLE_INIT(struct wild, key);
	router->groups = HTABLE_INIT(struct group, key);
	router->generation = 1;
	router->health_round = 1;
	router->max_learned = MAX_LEARNED_DEFAULT;
	if (commit_init(router)) {
		free(router);
		return NULL;
	}
	return router;
}

/* Routes before guards before everything else. */
void router_free(struct router *router)
{
	struct mfc *mfc, *mfc_tmp;
	struct rule *rule, *rule_tmp;
	struct group *group, *group_tmp;

	cursor_close_all(router);
	reload_free(router);
	member_free_all(router);
	HTABLE_FOREACH_SAFE(&router->rules, rule, rule_tmp)
		rule_del(router, rule);
	scan_finish(router);
	HTABLE_FOREACH_SAFE(&router->mfcs, mfc, mfc_tmp) {
		mfc->flags |= MFC_GONE;
		mfc_touch(router, mfc, false);
	}
	router_commit(router);
	HTABLE_FOREACH_SAFE(&router->groups, group, group_tmp)
		group_free(router, group);
	group_leave_finish(router, NULL);
	/* what the kernel would not let go of */
	HTABLE_FOREACH_SAFE(&router->mfcs, mfc, mfc_tmp)
		mfc_free(router, mfc);
	wild_free_all(router);
	own_free_all(router);
	iface_free_all(router);
	free(router->phyints);
	commit_fini(router);
	free(router);
}

void router_resync_end(struct router *router)
{
	struct iface *iface, *tmp;

	own_resync_end(router);
	HASH_ITER(hh, router->ifaces, iface, tmp)
		if (iface->ifindex && !iface->seen)
			router_unlink(router, iface->ifindex);
	router_commit(router);
	filter_follow_all(router);
}

static int remove_matching(struct router *router,
			   const struct directive *directive)
{
	int result = wild_del(router, directive);
	struct iface *iface, *tmp;

	HASH_ITER(hh, router->ifaces, iface, tmp) {
		struct rule *rule;

		if (!ifname_matches(directive->ifname, iface->name))
			continue;
		rule = rule_find(router, iface, &directive->source,
				 &directive->group);
		if (rule)
			result = statement_remove(router, rule, directive);
	}
	return result;
}

static int remove_one(struct router *router, const struct directive *directive,
		      struct diag *diag)
{
	struct iface *iface = iface_find(router, directive->ifname);
	struct rule *rule;
	int err = -ENOENT;

	if (ifname_is_wildcard(directive->ifname)) {
		err = remove_matching(router, directive);
	} else if (iface) {
		rule = rule_find(router, iface, &directive->source,
				 &directive->group);
		if (rule)
			err = statement_remove(router, rule, directive);
	}
	if (err == -ENOENT)
		return diag_set(diag, err, "%s: no such route",
				directive->ifname);
	if (err == -ENODEV)
		return diag_set(diag, err, "%s: no such outbound interface, "
				"nothing is removed", directive->oifs[0]);
	return err ? diag_set(diag, err, "out of memory") : 0;
}

/* A command wants the interface now: it does not wait as a file line does. */
int iface_check(const struct router *router,
		const struct directive *directive, struct diag *diag)
{
	const struct iface *iface;
	const char *trouble;

	if (ifname_is_wildcard(directive->ifname)) {
		for (iface = router->ifaces; iface; iface = iface->hh.next)
			if (iface->usable &&
			    ifname_matches(directive->ifname, iface->name))
				return 0;
		return diag_set(diag, -ENODEV, "%s: no interface matches",
				directive->ifname);
	}
	iface = iface_find(router, directive->ifname);
	trouble = iface ? iface_trouble(iface) : "no such interface";
	if (!trouble && !iface_can_claim(router, iface))
		trouble = "no free VIF";
	if (trouble)
		return diag_set(diag, -ENODEV, "%s: %s", directive->ifname,
				trouble);
	return 0;
}

int router_remove(struct router *router, const struct directive *directive,
		  struct diag *diag)
{
	int err = remove_one(router, directive, diag);

	router_commit(router);
	return err;
}

void router_remove_many(struct router *router,
			const struct directive *const *directives, size_t n,
			int *ret_errs, struct diag *diags)
{
	for (size_t i = 0; i < n; i++)
		ret_errs[i] = remove_one(router, directives[i], &diags[i]);
	router_commit(router);
}

int router_join(struct router *router, const struct directive *directive,
		struct diag *diag)
{
	int err = iface_check(router, directive, diag);
	struct group *group;

	if (err)
		return err;
	if (group_find(router, directive->ifname, &directive->source,
		       &directive->group))
		return diag_set(diag, -EEXIST, "%s: already joined",
				directive->ifname);
	group = group_new(router, directive->ifname, &directive->source,
			  &directive->group);
	if (!group)
		return diag_set(diag, -ENOMEM, "out of memory");
	group->generation = router->generation;
	err = group_start(router, group, diag);
	if (err) {
		group_free(router, group);
		group_leave_at_once(router);
	}
	router_commit(router);
	return err;
}

int router_leave(struct router *router, const struct directive *directive,
		 struct diag *diag)
{
	struct group *group = group_find(router, directive->ifname,
					 &directive->source,
					 &directive->group);

	if (!group)
		return diag_set(diag, -ENOENT, "%s: not joined",
				directive->ifname);
	group_free(router, group);
	group_leave_at_once(router);
	return 0;
}

void router_time(struct router *router, double now)
{
	router->now = now;
}

bool router_has_hairpins(const struct router *router)
{
	return router->n_hairpin_rules || router->hairpins;
}

bool router_has_work(const struct router *router)
{
	return (router->scans && !router->reload) || router->work ||
	       router->leaving || flush_is_due(router);
}

bool router_work(struct router *router)
{
	/* a reload looks at them itself, once, behind its last rule */
	if (!router->reload)
		scan_work(router);
	flush_work(router);
	router_commit(router);
	group_work(router);
	return router_has_work(router);
}

void router_size(const struct router *router, struct router_size *ret)
{
	ret->routes = router->rules.n;
	ret->groups = router->groups.n;
}

bool router_is_busy(const struct router *router)
{
	return router->reload || router->scans || flush_is_due(router);
}
