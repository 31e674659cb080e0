/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries on their way into the kernel and out of it, and what becomes of those
 * that it refuses.  Must not know why an entry has the OIFs that it has.
 */
#include "core/commit.h"

#include <string.h>

bool route_sends_back(const struct mfc *mfc)
{
	return (mfc->flags & MFC_IN_KERNEL) &&
	       (mfc->oifs & parent_bit(mfc->parent));
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

/*
 * Packets that were on their way to the hairpin OIF still leave by it.  Until
 * the next guard_settle() the relay must not begin here.
 */
static void route_unsettle(struct router *router, const struct mfc *mfc)
{
	enum family family = addr_family(&mfc->key.group);
	struct iface *iif = router->vifs[family][mfc->parent];

	if (iif)
		iif->unsettled = true;
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
		/* a second table may have refused what the first has taken */
		mfc->flags |= MFC_REWRITE;
		note_refused(router, mfc, "set", err);
		return err;
	}
	if (route_sends_back(mfc) &&
	    (parent != mfc->parent || !(oifs & parent_bit(parent))))
		route_unsettle(router, mfc);
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
	if (route_sends_back(mfc))
		route_unsettle(router, mfc);
	mfc->flags &= (uint8_t)~MFC_IN_KERNEL;
	mfc->oifs = 0;
	mfc->parent = -1;
}

void route_follow(struct router *router, struct plan *plan)
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

void route_strip(struct router *router, struct mfc *mfc)
{
	if (!route_sends_back(mfc))
		return;
	if (mfc_put_in(router, mfc, mfc->parent,
		       mfc->oifs & ~parent_bit(mfc->parent)))
		mfc_take_out(router, mfc);
}

int route_repeat_own(struct router *router, const struct iface *iface)
{
	struct mfc *mfc;
	int err = 0;

	DL_FOREACH2(iface->entries, mfc, if_next)
		if (!err && (mfc->flags & MFC_IN_KERNEL) &&
		    addr_family(&mfc->key.group) == FAMILY_IPV4 &&
		    own_has(router, &mfc->key.source))
			err = mfc_put_in(router, mfc, mfc->parent, mfc->oifs);
	return err;
}
