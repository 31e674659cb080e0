/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From dirty entries to the kernel, in chunks:
 *
 *   1. plan each entry: parent, OIFs, guard;
 *   2. put new keys of netfilter and the second table in place;
 *   3. end the relay of entries that get their hairpin OIF back;
 *   4. set or delete the entries;
 *   5. relay what lost its hairpin OIF, once the kernel is done with the
 *      packets that it had in hand;
 *   6. take away the keys that nothing needs any more.
 *
 * This order is the promise of this project: a hairpin OIF is never in the
 * kernel without its guard, and no packet is sent back both by the kernel and
 * by the relay.  An entry that is refused its guard goes in without its hairpin
 * OIF and is planned again, for the next rung of the ladder.
 */
#include "core/commit.h"

#include <errno.h>
#include <stdlib.h>

int commit_init(struct router *router)
{
	router->commit = malloc(sizeof(*router->commit));
	return router->commit ? 0 : -ENOMEM;
}

void commit_fini(struct router *router)
{
	free(router->commit);
}

/*
 * An entry whose last static rule went, but which a template covers, goes on
 * as a learned one.
 */
static void plan_adopt(struct router *router, struct mfc *mfc)
{
	bool covered;

	if (mfc->owner || mfc->expiry || (mfc->flags & MFC_GONE))
		return;
	rule_union(router, mfc->iif, mfc, &covered);
	if (!covered || expiry_start(router, mfc, mfc->iif))
		mfc->flags |= MFC_GONE;
}

static bool plan_is_gone(const struct plan *plan, bool covered)
{
	const struct mfc *mfc = plan->mfc;

	if (mfc->owner)
		return false;
	return (mfc->flags & MFC_GONE) || plan->parent < 0 ||
	       (!covered && (mfc->flags & MFC_COVERED));
}

void plan_suspend(struct plan *plan, const char *reason)
{
	plan->answer.state = HAIRPIN_SUSPENDED;
	plan->answer.guard = GUARD_NONE;
	plan->answer.reason = reason;
	plan->oifs &= ~parent_bit(plan->parent);
}

static void plan_hairpin(struct router *router, struct plan *plan)
{
	struct mfc *mfc = plan->mfc;
	enum family family = addr_family(&mfc->key.group);
	struct hairpin *hairpin = hairpin_get(router, mfc);

	plan->hairpin = true;
	if (!hairpin) {
		router->starved = true;
		plan_suspend(plan, "out of memory");
		return;
	}
	hairpin_ask(router, mfc->iif, &mfc->key.source, family, &plan->answer);
	ladder_pick(router, mfc->iif, family, hairpin, &plan->answer);
	/* the relay takes the place of that OIF */
	if (plan->answer.state != HAIRPIN_UNGUARDED &&
	    plan->answer.guard != GUARD_NETFILTER &&
	    plan->answer.guard != GUARD_TABLE)
		plan->oifs &= ~parent_bit(plan->parent);
}

static void plan_make(struct router *router, struct mfc *mfc,
		      struct plan *plan)
{
	bool covered = false;

	memset(plan, 0, sizeof(*plan));
	plan->mfc = mfc;
	plan->rewrite = mfc->flags & MFC_REWRITE;
	plan_adopt(router, mfc);
	plan->parent = (int8_t)mfc_select_iif(router, mfc);
	if (plan->parent >= 0)
		plan->oifs = rule_union(router, mfc->iif, mfc, &covered);
	plan->gone = plan_is_gone(plan, covered);
	plan->present = !plan->gone && plan->parent >= 0;
	if (covered)
		mfc->flags |= MFC_COVERED;
	if (plan->present && (plan->oifs & parent_bit(plan->parent)))
		plan_hairpin(router, plan);
}

static void commit_plan(struct router *router, struct commit *commit)
{
	commit->n = 0;
	while (router->dirty && commit->n < GUARD_BATCH_MAX) {
		struct mfc *mfc = router->dirty;

		router->dirty = mfc->dirty_next;
		if (!router->dirty)
			router->dirty_end = &router->dirty;
		mfc->flags &= (uint8_t)~MFC_DIRTY;
		plan_make(router, mfc, &commit->plans[commit->n++]);
	}
}

/* What was learned or moved, and has made it into the kernel. */
static void plan_tell(const struct router *router, const struct plan *plan)
{
	const struct router_config *config = &router->config;
	struct mfc *mfc = plan->mfc;
	bool due = mfc->flags & MFC_TELL;

	mfc->flags &= (uint8_t)~MFC_TELL;
	if (due && plan->present && (mfc->flags & MFC_IN_KERNEL) &&
	    config->installed)
		config->installed(config->installed_ctx, &mfc->key.source,
				  &mfc->key.group);
}

static void plan_finish(struct router *router, struct plan *plan)
{
	struct mfc *mfc = plan->mfc;

	plan_tell(router, plan);
	/* refused its guard: what it becomes is not known yet */
	if (mfc->hairpin && (mfc->flags & MFC_DIRTY))
		return;
	/* what the ladder said was good until it was asked again */
	if (plan->hairpin && mfc->hairpin && plan->answer.reason == router->why)
		ladder_explain(router, mfc->iif, addr_family(&mfc->key.group),
			       mfc->hairpin, &plan->answer);
	if (plan->hairpin && mfc->hairpin)
		hairpin_enter(router, mfc->hairpin, plan->answer.state,
			      plan->answer.reason);
	else if (mfc->hairpin && mfc->hairpin->guard == GUARD_NONE)
		hairpin_free(router, mfc->hairpin);
	if (plan->gone && !(mfc->flags & (MFC_IN_KERNEL | MFC_DIRTY)))
		mfc_free(router, mfc);
}

static void commit_dirty(struct router *router)
{
	struct commit *commit = router->commit;

	while (router->dirty) {
		commit_plan(router, commit);
		guards_add(router, commit, GUARD_NETFILTER);
		guards_add(router, commit, GUARD_TABLE);
		guards_end_relay(router, commit);
		for (size_t i = 0; i < commit->n; i++)
			route_follow(router, &commit->plans[i]);
		guards_add(router, commit, GUARD_RELAY);
		guards_del_stale(router, commit);
		for (size_t i = 0; i < commit->n; i++)
			plan_finish(router, &commit->plans[i]);
	}
}

/*
 * Who found out that a guard works again is not the only one that waits for it.
 * Once: it may be lost and found again meanwhile.
 */
void router_commit(struct router *router)
{
	commit_dirty(router);
	if (!router->guard_back)
		return;
	hairpin_touch_candidates(router);
	commit_dirty(router);
	router->guard_back = false;
}
