/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From dirty entries to the kernel, in chunks:
 *
 *   1. plan each entry: parent, OIFs, guard;
 *   2. put all new guards in place, in one call;
 *   3. set or delete the entries;
 *   4. take away the guards that nothing needs any more.
 *
 * The order of 2, 3 and 4 is the promise of this project: a hairpin OIF is
 * never in the kernel without its guard.  What cannot be guarded goes in
 * without its hairpin OIF.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

struct plan {
	struct mfc *mfc;
	struct guard_answer answer;
	uint32_t oifs;
	int8_t parent;		/* -1: nothing usable to come in on */
	bool present;		/* to be in the kernel */
	bool gone;		/* to be forgotten */
	bool hairpin;		/* the IIF is wanted as an OIF */
	unsigned int old_ifindex;	/* of a key still in place, or 0 */
};

struct commit {
	struct plan plans[GUARD_BATCH_MAX];
	size_t n;
	struct guard_key keys[GUARD_BATCH_MAX];
	struct plan *owners[GUARD_BATCH_MAX];	/* of the keys */
	size_t n_keys;
};

int commit_init(struct router *router)
{
	router->commit = malloc(sizeof(*router->commit));
	return router->commit ? 0 : -ENOMEM;
}

void commit_fini(struct router *router)
{
	free(router->commit);
}

static uint32_t parent_bit(int8_t parent)
{
	return parent < 0 ? 0 : UINT32_C(1) << parent;
}

static void key_fill(const struct mfc *mfc, unsigned int ifindex,
		     struct guard_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->source = mfc->key.source;
	ret->group = mfc->key.group;
	ret->ifindex = ifindex;
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

static void plan_suspend(struct plan *plan, const char *reason)
{
	plan->answer = (struct guard_answer){
		.state = HAIRPIN_SUSPENDED,
		.guard = GUARD_NONE,
		.reason = reason,
	};
	plan->oifs &= ~parent_bit(plan->parent);
}

static void plan_hairpin(struct router *router, struct plan *plan)
{
	struct mfc *mfc = plan->mfc;
	enum family family = addr_family(&mfc->key.group);
	struct hairpin *hairpin = hairpin_get(router, mfc);

	plan->hairpin = true;
	if (!hairpin) {
		plan_suspend(plan, "out of memory");
		return;
	}
	hairpin_ask(router, mfc->iif, &mfc->key.source, &plan->answer);
	if (plan->answer.state == HAIRPIN_SUSPENDED)
		plan_suspend(plan, plan->answer.reason);
	else if (plan->answer.state == HAIRPIN_OWN)
		plan->oifs &= ~parent_bit(plan->parent);
	else if (plan->answer.guard != GUARD_NONE &&
		 !hairpin_guard_ready(router, family, mfc->iif->ifindex))
		plan_suspend(plan, router->health[family].cause);
}

static void plan_make(struct router *router, struct mfc *mfc,
		      struct plan *plan)
{
	bool covered = false;

	memset(plan, 0, sizeof(*plan));
	plan->mfc = mfc;
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

static bool key_in_place(const struct mfc *mfc)
{
	return mfc->hairpin && mfc->hairpin->guard != GUARD_NONE &&
	       mfc->hairpin->ifindex == mfc->iif->ifindex;
}

static void commit_collect_keys(struct commit *commit)
{
	commit->n_keys = 0;
	for (size_t i = 0; i < commit->n; i++) {
		struct plan *plan = &commit->plans[i];
		struct mfc *mfc = plan->mfc;

		if (plan->answer.guard == GUARD_NONE || key_in_place(mfc))
			continue;
		key_fill(mfc, mfc->iif->ifindex,
			 &commit->keys[commit->n_keys]);
		commit->owners[commit->n_keys++] = plan;
	}
}

static void plan_key_added(struct plan *plan, const struct guard_key *key)
{
	struct hairpin *hairpin = plan->mfc->hairpin;

	if (hairpin->guard != GUARD_NONE)
		plan->old_ifindex = hairpin->ifindex;
	hairpin->guard = plan->answer.guard;
	hairpin->ifindex = key->ifindex;
	hairpin->suppressed = 0;
}

/* One by one: who cannot be guarded is suspended, the others are not. */
static void commit_add_singly(struct router *router, struct commit *commit)
{
	const struct kernel_ops *ops = router->config.ops;

	for (size_t i = 0; i < commit->n_keys; i++) {
		int err = ops->guard_add(router->config.kernel,
					 GUARD_NETFILTER, &commit->keys[i], 1);

		if (err)
			plan_suspend(commit->owners[i], strerror(-err));
		else
			plan_key_added(commit->owners[i], &commit->keys[i]);
	}
}

static void commit_add_guards(struct router *router, struct commit *commit)
{
	const struct kernel_ops *ops = router->config.ops;

	commit_collect_keys(commit);
	if (!commit->n_keys)
		return;
	if (ops->guard_add(router->config.kernel, GUARD_NETFILTER,
			   commit->keys, commit->n_keys)) {
		hairpin_health_forget(router);
		commit_add_singly(router, commit);
		return;
	}
	for (size_t i = 0; i < commit->n_keys; i++)
		plan_key_added(commit->owners[i], &commit->keys[i]);
}

static void route_fill(const struct router *router, const struct mfc *mfc,
		       int8_t parent, uint32_t oifs, struct mfc_route *ret)
{
	enum family family = addr_family(&mfc->key.group);

	memset(ret, 0, sizeof(*ret));
	ret->source = mfc->key.source;
	ret->group = mfc->key.group;
	ret->parent = (unsigned int)parent;
	ret->own = own_has(router, &mfc->key.source);
	for (unsigned int vif = 0; vif < VIF_MAX; vif++) {
		const struct iface *iface = router->vifs[family][vif];

		if (!(oifs & (UINT32_C(1) << vif)) || !iface)
			continue;
		/* the IPv6 MFC has no thresholds */
		ret->ttls[vif] = family == FAMILY_IPV4 ?
				 iface->phyint.threshold : 1;
	}
}

static void note_refused(struct router *router, struct mfc *mfc,
			 const char *what, int err)
{
	char text[FLOW_STRLEN];

	if (mfc->flags & MFC_REFUSED)
		return;
	mfc->flags |= MFC_REFUSED;
	router_note(router, NOTE_WARNING, NOTE_KERNEL, "cannot %s %s: %s",
		    what, flow_format(&mfc->key.source, &mfc->key.group, text),
		    strerror(-err));
}

static int mfc_put_in(struct router *router, struct mfc *mfc, int8_t parent,
		      uint32_t oifs)
{
	struct mfc_route route;
	int err;

	route_fill(router, mfc, parent, oifs, &route);
	expiry_look(router, mfc);
	err = router->config.ops->mfc_set(router->config.kernel, &route);
	if (err) {
		note_refused(router, mfc, "set", err);
		return err;
	}
	mfc->flags |= MFC_IN_KERNEL;
	mfc->flags &= (uint8_t)~(MFC_REWRITE | MFC_REFUSED);
	mfc->oifs = oifs;
	mfc->parent = parent;
	return 0;
}

/*
 * An entry that will not go is made to forward nothing.  Where that fails as
 * well, the numbers that it names must never mean another interface.
 */
static void mfc_defuse(struct router *router, struct mfc *mfc)
{
	if (!mfc->oifs || !mfc_put_in(router, mfc, mfc->parent, 0))
		return;
	router->stuck_vifs[addr_family(&mfc->key.group)] |=
		mfc->oifs | parent_bit(mfc->parent);
}

static void mfc_take_out(struct router *router, struct mfc *mfc)
{
	int err;

	if (!(mfc->flags & MFC_IN_KERNEL))
		return;
	err = router->config.ops->mfc_del(router->config.kernel,
					  &mfc->key.source, &mfc->key.group);
	if (err) {
		note_refused(router, mfc, "remove", err);
		mfc_defuse(router, mfc);
		return;
	}
	mfc->flags &= (uint8_t)~MFC_IN_KERNEL;
	mfc->oifs = 0;
	mfc->parent = -1;
}

static void plan_route(struct router *router, struct plan *plan)
{
	struct mfc *mfc = plan->mfc;
	int err;

	if (!plan->present) {
		mfc_take_out(router, mfc);
		return;
	}
	if ((mfc->flags & MFC_IN_KERNEL) && !(mfc->flags & MFC_REWRITE) &&
	    mfc->parent == plan->parent && mfc->oifs == plan->oifs)
		return;
	err = mfc_put_in(router, mfc, plan->parent, plan->oifs);
	if (!err)
		return;
	/* an old entry that is wrong now is worse than none */
	mfc_take_out(router, mfc);
	if (plan->hairpin)
		plan_suspend(plan, strerror(-err));
}

/* True while what the kernel holds may send back out of the IIF. */
static bool mfc_needs_guard(const struct mfc *mfc)
{
	return (mfc->flags & MFC_IN_KERNEL) &&
	       (mfc->oifs & parent_bit(mfc->parent));
}

/* Interface of which the entry in the kernel needs the guard; 0: none. */
static unsigned int mfc_guard_index(const struct router *router,
				    const struct mfc *mfc)
{
	enum family family = addr_family(&mfc->key.group);
	const struct iface *iif;

	if (!mfc_needs_guard(mfc))
		return 0;
	iif = router->vifs[family][mfc->parent];
	return iif ? iif->ifindex : mfc->hairpin->ifindex;
}

static void commit_del_keys(struct router *router, struct commit *commit)
{
	const struct kernel_ops *ops = router->config.ops;
	int err;

	if (!commit->n_keys)
		return;
	err = ops->guard_del(router->config.kernel, GUARD_NETFILTER,
			     commit->keys, commit->n_keys);
	if (err)
		router_note(router, NOTE_WARNING, NOTE_KERNEL,
			    "cannot remove %zu guards: %s", commit->n_keys,
			    strerror(-err));
	commit->n_keys = 0;
}

static void commit_stale_key(struct router *router, struct commit *commit,
			     const struct mfc *mfc, unsigned int ifindex)
{
	if (commit->n_keys == GUARD_BATCH_MAX)
		commit_del_keys(router, commit);
	key_fill(mfc, ifindex, &commit->keys[commit->n_keys++]);
}

/*
 * What the kernel holds decides, not what was planned: it may have refused to
 * take the new entry or to let go of the old one.
 */
static void plan_collect_stale(struct router *router, struct plan *plan,
			       struct commit *commit)
{
	struct mfc *mfc = plan->mfc;
	struct hairpin *hairpin = mfc->hairpin;
	unsigned int needed;

	if (!hairpin || hairpin->guard == GUARD_NONE)
		return;
	needed = plan->answer.state == HAIRPIN_UNGUARDED ? 0 :
		 mfc_guard_index(router, mfc);
	if (plan->old_ifindex && plan->old_ifindex != needed)
		commit_stale_key(router, commit, mfc, plan->old_ifindex);
	if (hairpin->ifindex != needed)
		commit_stale_key(router, commit, mfc, hairpin->ifindex);
	hairpin->ifindex = needed;
	if (!needed)
		hairpin->guard = GUARD_NONE;
}

static void commit_del_guards(struct router *router, struct commit *commit)
{
	commit->n_keys = 0;
	for (size_t i = 0; i < commit->n; i++)
		plan_collect_stale(router, &commit->plans[i], commit);
	commit_del_keys(router, commit);
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
	if (plan->hairpin && mfc->hairpin)
		hairpin_enter(router, mfc->hairpin, plan->answer.state,
			      plan->answer.reason);
	else if (mfc->hairpin && mfc->hairpin->guard == GUARD_NONE)
		hairpin_free(router, mfc->hairpin);
	if (plan->gone && !(mfc->flags & (MFC_IN_KERNEL | MFC_DIRTY)))
		mfc_free(router, mfc);
}

void router_commit(struct router *router)
{
	struct commit *commit = router->commit;

	while (router->dirty) {
		commit_plan(router, commit);
		commit_add_guards(router, commit);
		for (size_t i = 0; i < commit->n; i++)
			plan_route(router, &commit->plans[i]);
		commit_del_guards(router, commit);
		for (size_t i = 0; i < commit->n; i++)
			plan_finish(router, &commit->plans[i]);
	}
}

void commit_strip(struct router *router, struct mfc *mfc)
{
	if (!mfc_needs_guard(mfc))
		return;
	if (mfc_put_in(router, mfc, mfc->parent,
		       mfc->oifs & ~parent_bit(mfc->parent)))
		mfc_take_out(router, mfc);
}
