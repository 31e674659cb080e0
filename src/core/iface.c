/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces: what is known of them by name, when they come and go, and their
 * VIFs and MIFs.  Knows who is to be told of a change (lists, rules, groups),
 * not what these make of it.
 */
#include "core/internal.h"
#include "core/metadata.h"

#include <errno.h>
#include <stdlib.h>

struct iface *iface_find(const struct router *router, const char *name)
{
	struct iface *iface;

	HASH_FIND_STR(router->ifaces, name, iface);
	return iface;
}

struct iface *iface_find_index(const struct router *router,
			       unsigned int ifindex)
{
	struct iface *iface;

	HASH_FIND(hh_index, router->ifaces_by_index, &ifindex,
		  sizeof(ifindex), iface);
	return iface;
}

static void iface_settings_find(const struct router *router, const char *name,
				struct phyint *ret)
{
	enum policy policy = POLICY_UNSET;

	*ret = (struct phyint){ .threshold = 1 };
	for (size_t i = 0; i < router->n_phyints; i++) {
		const struct phyint_rule *line = &router->phyints[i];

		if (!ifname_matches(line->pattern, name))
			continue;
		*ret = line->settings;
		if (line->settings.policy != POLICY_UNSET)
			policy = line->settings.policy;
	}
	ret->policy = policy;
}

struct iface *iface_get(struct router *router, const char *name)
{
	struct iface *iface = iface_find(router, name);

	if (iface)
		return iface;
	iface = calloc(1, sizeof(*iface));
	if (!iface)
		return NULL;
	memcpy(iface->name, name, strnlen(name, IFACE_NAME_MAX - 1));
	iface->id = ++router->next_iface_id;
	for (int f = 0; f < FAMILY_COUNT; f++)
		iface->vif[f] = -1;
	iface->hairpin_groups = HTABLE_INIT(struct hairpin_group, key);
	iface_settings_find(router, name, &iface->phyint);
	HASH_ADD_STR(router->ifaces, name, iface);
	if (!iface->hh.tbl) {
		free(iface);
		return NULL;
	}
	return iface;
}

static void iface_free(struct router *router, struct iface *iface)
{
	HASH_DEL(router->ifaces, iface);
	htable_fini(&iface->hairpin_groups);
	ladder_forget_iface(router, iface);
	free(iface->shapes);
	free(iface->hairpin_shapes);
	free(iface);
}

uint32_t iface_bit(const struct iface *iface, enum family family)
{
	if (!iface->usable || iface->vif[family] < 0)
		return 0;
	return UINT32_C(1) << iface->vif[family];
}

const char *iface_trouble(const struct iface *iface)
{
	if (!iface->ifindex)
		return "no such interface";
	if (!iface->multicast)
		return "no MULTICAST flag";
	if (iface->full)
		return "no free VIF";
	return NULL;
}

enum policy iface_policy_of_name(const struct router *router,
				 const char *name)
{
	struct phyint phyint;

	iface_settings_find(router, name, &phyint);
	if (phyint.policy != POLICY_UNSET)
		return phyint.policy;
	return router_global_policy(router);
}

const struct iface *router_vif(const struct router *router,
			       enum family family, unsigned int vif)
{
	return vif < VIF_MAX ? router->vifs[family][vif] : NULL;
}

static bool iface_wanted(const struct router *router,
			 const struct iface *iface)
{
	return iface->refs > 0 || iface->phyint.enable ||
	       oifset_wants(router, iface->name);
}

static int vif_find_free(const struct router *router, enum family family)
{
	for (int i = 0; i < VIF_MAX; i++)
		if (!router->vifs[family][i] &&
		    !(router->stuck_vifs[family] & (UINT32_C(1) << i)))
			return i;
	return -1;
}

bool iface_can_claim(const struct router *router, const struct iface *iface)
{
	const struct kernel_ops *ops = router->config.ops;

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (iface->vif[f] < 0 &&
		    ops->family_ready(router->config.kernel,
				      (enum family)f) &&
		    vif_find_free(router, (enum family)f) < 0)
			return false;
	return true;
}

/* 0, -ENFILE when all numbers are taken, or what the kernel said. */
static int vif_claim(struct router *router, struct iface *iface,
		     enum family family)
{
	const struct kernel_ops *ops = router->config.ops;
	int vif = vif_find_free(router, family);
	int err;

	if (vif < 0)
		return -ENFILE;
	err = ops->vif_add(router->config.kernel, family, (unsigned int)vif,
			   iface->ifindex);
	if (err)
		return err;
	router->vifs[family][vif] = iface;
	iface->vif[family] = (int8_t)vif;
	return 0;
}

static void vif_release(struct router *router, struct iface *iface,
			enum family family)
{
	int vif = iface->vif[family];
	int err;

	if (vif < 0)
		return;
	mrdisc_stop(router, iface, family);
	err = router->config.ops->vif_del(router->config.kernel, family,
					  (unsigned int)vif);
	if (err) {
		router_note(router, NOTE_WARNING, NOTE_KERNEL,
			    "%s: cannot remove VIF %d: %s", iface->name, vif,
			    strerror(-err));
		router->stuck_vifs[family] |= UINT32_C(1) << vif;
	}
	router->vifs[family][vif] = NULL;
	iface->vif[family] = -1;
}

static void iface_note_unclaimed(struct router *router, struct iface *iface,
				 enum family family, int err)
{
	if (err == -ENFILE) {
		if (!iface->full && !reload_holds_vifs(router))
			router_note(router, NOTE_WARNING, NOTE_IFACE,
				    "%s: no free VIF, all %d are in use",
				    iface->name, VIF_MAX);
		iface->full = true;
		router->full = true;
		return;
	}
	router_note(router, NOTE_WARNING, NOTE_IFACE, "%s: cannot add %s: %s",
		    iface->name, family == FAMILY_IPV4 ? "VIF" : "MIF",
		    strerror(-err));
}

/* Everything that names the interface, or comes in on it, is planned anew. */
static void iface_touch(struct router *router, struct iface *iface)
{
	struct rule *rule;
	struct mfc *mfc;

	oifset_iface_changed(router, iface, false);
	DL_FOREACH2(iface->rules, rule, if_next)
		if (rule->mfc)
			mfc_touch(router, rule->mfc, false);
	DL_FOREACH2(iface->entries, mfc, if_next)
		mfc_touch(router, mfc, false);
}

void iface_claim(struct router *router, struct iface *iface)
{
	const struct kernel_ops *ops = router->config.ops;
	bool changed = false;

	if (!iface->usable || !iface_wanted(router, iface))
		return;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		int err;

		if (iface->vif[f] >= 0 ||
		    !ops->family_ready(router->config.kernel, family))
			continue;
		err = vif_claim(router, iface, family);
		if (err)
			iface_note_unclaimed(router, iface, family, err);
		else
			changed = true;
	}
	if (changed) {
		iface->full = false;
		iface_touch(router, iface);
		mrdisc_follow(router, iface);
	}
}

/* A number is free: for those that found none. */
static void iface_claim_full(struct router *router)
{
	struct iface *iface, *tmp;
	bool full = router->full;

	router->full = false;
	if (!full)
		return;
	HASH_ITER(hh, router->ifaces, iface, tmp) {
		if (iface->full && iface->usable)
			iface_claim(router, iface);
		router->full = router->full || iface->full;
	}
}

void iface_ref(struct router *router, struct iface *iface)
{
	if (iface->refs++ == 0)
		iface_claim(router, iface);
}

void iface_unref(struct router *router, struct iface *iface)
{
	(void)router;
	iface->refs--;
}

/* It can be used no longer, or is not to be: nothing may point at its VIFs. */
static void iface_withdraw_vifs(struct router *router, struct iface *iface)
{
	bool usable = iface->usable;

	iface->usable = false;
	scan_finish(router);
	iface_touch(router, iface);
	router_commit(router);
	for (int f = 0; f < FAMILY_COUNT; f++)
		vif_release(router, iface, (enum family)f);
	iface->usable = usable;
}

static void iface_set_unusable(struct router *router, struct iface *iface,
			       const char *cause)
{
	if (!iface->usable)
		return;
	iface->usable = false;
	wild_iface_unusable(router, iface);
	group_iface_unusable(router, iface);
	iface_withdraw_vifs(router, iface);
	iface->full = false;
	iface_claim_full(router);
	if (iface->refs || iface->phyint.enable)
		router_note(router, NOTE_NOTICE, NOTE_PENDING,
			    "%s: %s, its routes and groups wait", iface->name,
			    cause);
}

static void iface_set_usable(struct router *router, struct iface *iface)
{
	bool waited = iface->refs > 0;

	iface->usable = true;
	iface_claim(router, iface);
	wild_iface_usable(router, iface);
	iface_touch(router, iface);
	router_commit(router);
	group_iface_usable(router, iface);
	if (waited)
		router_note(router, NOTE_NOTICE, NOTE_PENDING,
			    "%s: here, its routes and groups are active",
			    iface->name);
}

/* The name is no longer that of an interface. */
static void iface_detach(struct router *router, struct iface *iface)
{
	iface_set_unusable(router, iface, "gone");
	/* its number may be that of another one soon */
	group_leave_finish(router, iface);
	HASH_DELETE(hh_index, router->ifaces_by_index, iface);
	ladder_forget_iface(router, iface);
	iface->ifindex = 0;
	iface->multicast = false;
	iface->up = false;
	metadata_unlink(router, iface);
}

static int iface_attach(struct router *router, struct iface *iface,
			unsigned int ifindex)
{
	iface->ifindex = ifindex;
	HASH_ADD(hh_index, router->ifaces_by_index, ifindex, sizeof(ifindex),
		 iface);
	if (iface->hh_index.tbl) {
		member_follow_iface(router, iface);
		return 0;
	}
	iface->ifindex = 0;
	return -ENOMEM;
}

static void iface_link_flags(struct router *router, struct iface *iface,
			     const struct link_info *link)
{
	bool up_changed = iface->up != link->up;

	iface->seen = true;
	iface->up = link->up;
	iface->multicast = link->multicast;
	metadata_link(router, iface, link);
	if (!link->multicast)
		iface_set_unusable(router, iface, "no MULTICAST flag");
	else if (!iface->usable)
		iface_set_usable(router, iface);
	if (up_changed) {
		filter_follow(router, iface);
		mrdisc_follow(router, iface);
	}
	router_commit(router);
}

/* Names come and go; only what something is about is kept. */
static void iface_forget(struct router *router, struct iface *iface)
{
	if (iface->ifindex || iface->refs || iface->rules || iface->entries ||
	    iface->flows || iface->uses || iface->groups || iface->joins)
		return;
	iface_free(router, iface);
}

int router_link(struct router *router, const struct link_info *link)
{
	struct iface *iface = iface_find_index(router, link->ifindex);

	if (iface && strcmp(iface->name, link->name) != 0) {
		iface_detach(router, iface);
		iface_forget(router, iface);
	}
	iface = iface_get(router, link->name);
	if (!iface)
		goto err_oom;
	if (iface->ifindex && iface->ifindex != link->ifindex)
		iface_detach(router, iface);
	if (!iface->ifindex && iface_attach(router, iface, link->ifindex))
		goto err_oom;
	iface_link_flags(router, iface, link);
	return 0;

err_oom:
	router_note(router, NOTE_WARNING, NOTE_IFACE, "%s: out of memory",
		    link->name);
	return -ENOMEM;
}

void router_unlink(struct router *router, unsigned int ifindex)
{
	struct iface *iface = iface_find_index(router, ifindex);

	own_forget_iface(router, ifindex);
	if (iface) {
		iface_detach(router, iface);
		iface_forget(router, iface);
	}
	member_forget_iface(router, ifindex);
	router_commit(router);
	filter_follow_all(router);
}

void iface_release(struct router *router)
{
	struct iface *iface, *tmp;

	HASH_ITER(hh, router->ifaces, iface, tmp) {
		if (!iface_wanted(router, iface)) {
			if (iface->vif[FAMILY_IPV4] >= 0 ||
			    iface->vif[FAMILY_IPV6] >= 0)
				iface_withdraw_vifs(router, iface);
			if (!iface->ifindex && !iface->entries &&
			    !iface->flows)
				iface_free(router, iface);
		}
	}
}

void iface_claim_all(struct router *router)
{
	struct iface *iface, *tmp;

	HASH_ITER(hh, router->ifaces, iface, tmp) {
		iface->full = false;
		iface_claim(router, iface);
	}
}

static void iface_settings_change(struct router *router, struct iface *iface,
				  const struct phyint *new)
{
	struct phyint old = iface->phyint;

	iface->phyint = *new;
	if (new->threshold != old.threshold)
		oifset_iface_changed(router, iface, true);
	mrdisc_follow(router, iface);
}

static void iface_claim_enabled(struct router *router, const char *pattern)
{
	struct iface *iface, *tmp;

	HASH_ITER(hh, router->ifaces, iface, tmp)
		if (iface->phyint.enable &&
		    ifname_matches(pattern, iface->name))
			iface_claim(router, iface);
}

void iface_settings_apply(struct router *router)
{
	struct iface *iface, *tmp;

	HASH_ITER(hh, router->ifaces, iface, tmp) {
		struct phyint new;

		iface_settings_find(router, iface->name, &new);
		iface_settings_change(router, iface, &new);
		if (iface->policy != router_policy(router, iface))
			hairpin_touch_iface(router, iface);
		iface->policy = router_policy(router, iface);
	}
	for (size_t i = 0; i < router->n_phyints; i++)
		iface_claim_enabled(router, router->phyints[i].pattern);
}

void iface_free_all(struct router *router)
{
	struct iface *iface, *tmp;

	for (int f = 0; f < FAMILY_COUNT; f++)
		for (int i = 0; i < VIF_MAX; i++)
			if (router->vifs[f][i])
				vif_release(router, router->vifs[f][i],
					    (enum family)f);
	HASH_CLEAR(hh_index, router->ifaces_by_index);
	HASH_ITER(hh, router->ifaces, iface, tmp)
		iface_free(router, iface);
}
