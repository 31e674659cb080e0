/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mirror of the kernel's MFC: one entry for each (S,G) of each family,
 * owned by the newest static rule of a usable interface, else learned.  What
 * goes to the kernel is worked out and sent by commit.c; here entries are
 * found, marked and freed.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

struct mfc *mfc_find(const struct router *router,
		     const struct in6_addr *source,
		     const struct in6_addr *group)
{
	struct mfc_key key = { *source, *group };

	return htable_find(&router->mfcs, &key);
}

struct mfc *mfc_get(struct router *router, const struct in6_addr *source,
		    const struct in6_addr *group, struct iface *iif)
{
	struct mfc *mfc = mfc_find(router, source, group);

	if (mfc) {
		mfc->flags &= (uint8_t)~MFC_GONE;
		return mfc;
	}
	mfc = calloc(1, sizeof(*mfc));
	if (!mfc)
		return NULL;
	mfc->key = (struct mfc_key){ *source, *group };
	mfc->parent = -1;
	if (htable_add(&router->mfcs, mfc)) {
		free(mfc);
		return NULL;
	}
	mfc->iif = iif;
	DL_APPEND2(iif->entries, mfc, if_prev, if_next);
	iif->n_entries++;
	return mfc;
}

void mfc_touch(struct router *router, struct mfc *mfc, bool rewrite)
{
	if (rewrite)
		mfc->flags |= MFC_REWRITE;
	if (mfc->flags & MFC_DIRTY)
		return;
	mfc->flags |= MFC_DIRTY;
	mfc->dirty_next = NULL;
	*router->dirty_end = mfc;
	router->dirty_end = &mfc->dirty_next;
}

void mfc_touch_first(struct router *router, struct mfc *mfc)
{
	mfc->flags |= MFC_REWRITE;
	if (mfc->flags & MFC_DIRTY)
		return;
	mfc->flags |= MFC_DIRTY;
	mfc->dirty_next = router->dirty;
	router->dirty = mfc;
	if (!mfc->dirty_next)
		router->dirty_end = &mfc->dirty_next;
}

static void mfc_leave_iif(struct router *router, struct mfc *mfc)
{
	scan_forget(router, mfc);
	DL_DELETE2(mfc->iif->entries, mfc, if_prev, if_next);
	mfc->iif->n_entries--;
}

static void mfc_set_iif(struct router *router, struct mfc *mfc,
			struct iface *iif)
{
	if (mfc->iif == iif)
		return;
	mfc_leave_iif(router, mfc);
	mfc->iif = iif;
	/* who refused its key did so on the other interface */
	if (mfc->hairpin)
		hairpin_forgive(mfc->hairpin);
	DL_APPEND2(iif->entries, mfc, if_prev, if_next);
	iif->n_entries++;
}

int mfc_select_iif(struct router *router, struct mfc *mfc)
{
	enum family family = addr_family(&mfc->key.group);
	struct iface *learned = mfc->expiry ? mfc->expiry->iif : NULL;
	const struct rule *rule;

	for (rule = mfc->owner; rule; rule = rule->older) {
		if (iface_bit(rule->iif, family)) {
			mfc_set_iif(router, mfc, rule->iif);
			return rule->iif->vif[family];
		}
	}
	if (learned && iface_bit(learned, family)) {
		mfc_set_iif(router, mfc, learned);
		return learned->vif[family];
	}
	if (mfc->owner)
		mfc_set_iif(router, mfc, mfc->owner->iif);
	return -1;
}

void mfc_free(struct router *router, struct mfc *mfc)
{
	if (mfc->hairpin)
		hairpin_free(router, mfc->hairpin);
	expiry_stop(router, mfc);
	mfc_leave_iif(router, mfc);
	cursor_forget(router, CURSOR_MFC, mfc);
	htable_del(&router->mfcs, mfc);
	free(mfc);
}

int router_mfc_count(const struct router *router, const struct mfc *mfc,
		     struct mfc_count *ret)
{
	return router->config.ops->mfc_count(router->config.kernel,
					     &mfc->key.source,
					     &mfc->key.group, ret);
}
