/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guard keys on their way into the kernel and out of it.  Each entry needs one
 * at most; while it changes from one guard to another it has two.
 */
#include "core/commit.h"

#include <string.h>

void guard_key_fill(const struct mfc *mfc, const struct iface *iface,
		    struct guard_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->source = mfc->key.source;
	ret->group = mfc->key.group;
	ret->ifindex = iface->ifindex;
	ret->threshold = iface->phyint.threshold;
}

static bool key_in_place(const struct mfc *mfc, enum guard guard)
{
	return mfc->hairpin && mfc->hairpin->guard == guard &&
	       mfc->hairpin->ifindex == mfc->iif->ifindex;
}

static bool plan_wants_key(const struct plan *plan, enum guard guard)
{
	const struct mfc *mfc = plan->mfc;

	if (plan->answer.guard != guard)
		return false;
	if (guard != GUARD_RELAY)
		return !key_in_place(mfc, guard);
	/* what the kernel holds decides: it may have refused */
	return (mfc->flags & MFC_IN_KERNEL) && !route_sends_back(mfc) &&
	       (!key_in_place(mfc, guard) || plan->rewrite);
}

static void note_relay(struct router *router, struct iface *iface)
{
	if (iface->told_relay)
		return;
	iface->told_relay = true;
	router_note(router, NOTE_NOTICE, NOTE_HAIRPIN,
		    "%s: what the relay sends back out of it passes OUTPUT, "
		    "not PREROUTING, FORWARD or rp_filter", iface->name);
}

static void plan_key_added(struct router *router, struct plan *plan,
			   enum guard guard)
{
	struct hairpin *hairpin = plan->mfc->hairpin;
	struct iface *iif = plan->mfc->iif;

	if (guard == GUARD_RELAY)
		note_relay(router, iif);
	if (key_in_place(plan->mfc, guard))
		return;
	plan->old.guard = hairpin->guard;
	plan->old.ifindex = hairpin->ifindex;
	hairpin->guard = guard;
	hairpin->ifindex = iif->ifindex;
}

static void plan_key_failed(struct router *router, struct plan *plan,
			    enum guard guard, int err)
{
	hairpin_guard_failed(plan->mfc->hairpin, guard, err);
	plan_suspend(plan, strerror(-err));
	mfc_touch(router, plan->mfc, false);
}

/* One by one: who cannot be guarded is suspended, the others are not. */
static void keys_add_singly(struct router *router, struct commit *commit,
			    enum guard guard)
{
	const struct kernel_ops *ops = router->config.ops;

	for (size_t i = 0; i < commit->n_keys; i++) {
		int err = ops->guard_add(router->config.kernel, guard,
					 &commit->keys[i], 1);

		if (err)
			plan_key_failed(router, commit->owners[i], guard, err);
		else
			plan_key_added(router, commit->owners[i], guard);
	}
}

/* True when an interface lost a hairpin OIF that the relay takes over. */
static bool keys_unsettled(const struct commit *commit)
{
	for (size_t i = 0; i < commit->n_keys; i++)
		if (commit->owners[i]->mfc->iif->unsettled)
			return true;
	return false;
}

static int keys_settle(struct router *router, struct commit *commit)
{
	int err;

	if (!keys_unsettled(commit))
		return 0;
	err = router->config.ops->guard_settle(router->config.kernel);
	for (size_t i = 0; i < commit->n_keys; i++) {
		if (err)
			plan_key_failed(router, commit->owners[i], GUARD_RELAY,
					err);
		else
			commit->owners[i]->mfc->iif->unsettled = false;
	}
	return err;
}

void guards_add(struct router *router, struct commit *commit,
		enum guard guard)
{
	const struct kernel_ops *ops = router->config.ops;

	commit->n_keys = 0;
	for (size_t i = 0; i < commit->n; i++) {
		struct plan *plan = &commit->plans[i];

		if (!plan_wants_key(plan, guard))
			continue;
		guard_key_fill(plan->mfc, plan->mfc->iif,
			       &commit->keys[commit->n_keys]);
		commit->owners[commit->n_keys++] = plan;
	}
	if (!commit->n_keys)
		return;
	if (guard == GUARD_RELAY && keys_settle(router, commit))
		return;
	if (ops->guard_add(router->config.kernel, guard, commit->keys,
			   commit->n_keys)) {
		ladder_forget(router);
		keys_add_singly(router, commit, guard);
		return;
	}
	for (size_t i = 0; i < commit->n_keys; i++)
		plan_key_added(router, commit->owners[i], guard);
}

static void keys_del(struct router *router, struct commit *commit,
		     enum guard guard)
{
	const struct kernel_ops *ops = router->config.ops;
	int err;

	if (!commit->n_keys)
		return;
	err = ops->guard_del(router->config.kernel, guard, commit->keys,
			     commit->n_keys);
	if (err)
		router_note(router, NOTE_WARNING, NOTE_KERNEL,
			    "cannot remove %zu guards: %s", commit->n_keys,
			    strerror(-err));
	commit->n_keys = 0;
}

/* The one of that guard leaves its place, to be deleted. */
static void keys_take(struct router *router, struct commit *commit,
		      const struct mfc *mfc, struct key_place *place,
		      enum guard guard)
{
	struct guard_key *key;

	if (place->guard != guard)
		return;
	if (commit->n_keys == GUARD_BATCH_MAX)
		keys_del(router, commit, guard);
	key = &commit->keys[commit->n_keys++];
	memset(key, 0, sizeof(*key));
	key->source = mfc->key.source;
	key->group = mfc->key.group;
	key->ifindex = place->ifindex;
	place->guard = GUARD_NONE;
}

void guards_end_relay(struct router *router, struct commit *commit)
{
	commit->n_keys = 0;
	for (size_t i = 0; i < commit->n; i++) {
		struct plan *plan = &commit->plans[i];
		struct hairpin *hairpin = plan->mfc->hairpin;

		if (!hairpin || !plan->present ||
		    !(plan->oifs & parent_bit(plan->parent)))
			continue;
		keys_take(router, commit, plan->mfc, &plan->old, GUARD_RELAY);
		if (hairpin->guard == GUARD_RELAY) {
			plan->old.guard = hairpin->guard;
			plan->old.ifindex = hairpin->ifindex;
			hairpin->guard = GUARD_NONE;
			keys_take(router, commit, plan->mfc, &plan->old,
				  GUARD_RELAY);
		}
	}
	keys_del(router, commit, GUARD_RELAY);
}

/* Interface of which the entry in the kernel needs the guard. */
static unsigned int mfc_guard_index(const struct router *router,
				    const struct mfc *mfc)
{
	enum family family = addr_family(&mfc->key.group);
	const struct iface *iif = router->vifs[family][mfc->parent];

	return iif ? iif->ifindex : mfc->hairpin->ifindex;
}

/*
 * What the kernel holds decides, not what was planned: it may have refused to
 * take the new entry or to let go of the old one.
 */
static bool key_needed(const struct router *router, const struct plan *plan,
		       const struct key_place *place)
{
	const struct mfc *mfc = plan->mfc;

	if (place->guard == GUARD_RELAY)
		return plan->answer.guard == GUARD_RELAY &&
		       (mfc->flags & MFC_IN_KERNEL) &&
		       !route_sends_back(mfc) &&
		       place->ifindex == mfc->iif->ifindex;
	return place->guard != GUARD_NONE && route_sends_back(mfc) &&
	       plan->answer.state != HAIRPIN_UNGUARDED &&
	       place->ifindex == mfc_guard_index(router, mfc);
}

/* Of the two keys that are in place one stays, if any: the newer. */
static void plan_pick_stale(struct router *router, struct plan *plan)
{
	struct hairpin *hairpin = plan->mfc->hairpin;
	struct key_place new, none = { GUARD_NONE, 0 };

	if (!hairpin)
		return;
	new = (struct key_place){ hairpin->guard, hairpin->ifindex };
	plan->stale[0] = plan->old;
	plan->stale[1] = none;
	if (key_needed(router, plan, &new))
		return;
	plan->stale[1] = new;
	if (key_needed(router, plan, &plan->old)) {
		new = plan->old;
		plan->stale[0] = none;
	} else {
		new = none;
	}
	hairpin->guard = new.guard;
	hairpin->ifindex = new.ifindex;
}

void guards_del_stale(struct router *router, struct commit *commit)
{
	commit->n_keys = 0;
	for (size_t i = 0; i < commit->n; i++)
		plan_pick_stale(router, &commit->plans[i]);
	for (int guard = GUARD_NONE + 1; guard < GUARD_COUNT; guard++) {
		for (size_t i = 0; i < commit->n; i++) {
			struct plan *plan = &commit->plans[i];

			for (int slot = 0; slot < 2; slot++)
				keys_take(router, commit, plan->mfc,
					  &plan->stale[slot],
					  (enum guard)guard);
		}
		keys_del(router, commit, (enum guard)guard);
	}
}
