/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel of the tests: operations, model and rules that no sequence of
 * calls may break; guards are in fake-guard.c, joins in fake-join.c.  Knows
 * core/kernel.h and nothing else of core.
 */
#include "test/fake-kernel.h"

#include <errno.h>
#include <string.h>

#include "test/fake-internal.h"

void fake_kernel_check_guards(struct fake_kernel *fake)
{
	for (size_t i = 0; i < fake->n_mfcs; i++) {
		const struct mfc_route *route = &fake->mfcs[i].route;
		enum family family = addr_family(&route->group);

		fake_check_guarded(fake, route,
				   fake->vifs[family][route->parent].ifindex);
	}
}

static bool fake_family_ready(void *ctx, enum family family)
{
	const struct fake_kernel *fake = ctx;

	return !fake->no_family[family];
}

static int fake_vif_add(void *ctx, enum family family, unsigned int vif,
			unsigned int ifindex)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	int err;

	fake_say(fake, "vif_add %s %u if %u", fake_family_word(family), vif,
		 ifindex);
	err = fake_call_end(fake, FAKE_VIF_ADD, start);
	if (vif >= VIF_MAX || !ifindex || fake->no_family[family])
		fake_kernel_abort(fake, "no such VIF, interface or family");
	if (fake->vifs[family][vif].stuck)
		return -EADDRINUSE;
	for (unsigned int i = 0; i < VIF_MAX; i++) {
		struct fake_vif *other = &fake->vifs[family][i];

		if (other->ifindex && !other->stuck &&
		    (i == vif || other->ifindex == ifindex))
			fake_kernel_abort(fake, "VIF or interface is in use");
	}
	if (err)
		return err;
	fake->vifs[family][vif].ifindex = ifindex;
	for (size_t i = 0; i < fake->n_mfcs; i++)
		if (addr_family(&fake->mfcs[i].route.group) == family &&
		    fake->mfcs[i].route.parent == vif)
			fake_check_guarded(fake, &fake->mfcs[i].route,
					   ifindex);
	return 0;
}

static int fake_vif_del(void *ctx, enum family family, unsigned int vif)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	int err;

	fake_say(fake, "vif_del %s %u", fake_family_word(family), vif);
	err = fake_call_end(fake, FAKE_VIF_DEL, start);
	if (vif >= VIF_MAX || !fake->vifs[family][vif].ifindex)
		fake_kernel_abort(fake, "no such VIF");
	if (fake->vifs[family][vif].mrdisc)
		fake_kernel_abort(fake, "this VIF is advertised");
	for (size_t i = 0; i < fake->n_mfcs; i++) {
		const struct fake_mfc *mfc = &fake->mfcs[i];

		if (addr_family(&mfc->route.group) == family && !mfc->stuck &&
		    (mfc->route.parent == vif || mfc->route.ttls[vif]))
			fake_kernel_abort(fake, "an MFC entry uses this VIF");
	}
	fake->vifs[family][vif].stuck = err != 0;
	fake->vifs[family][vif].table = false;
	if (!err)
		fake->vifs[family][vif].ifindex = 0;
	return err;
}

static struct fake_vif *find_vif(struct fake_kernel *fake, enum family family,
				 unsigned int ifindex)
{
	for (unsigned int i = 0; i < VIF_MAX; i++) {
		struct fake_vif *vif = &fake->vifs[family][i];

		if (vif->ifindex == ifindex && !vif->stuck)
			return vif;
	}
	return NULL;
}

static int fake_mrdisc_set(void *ctx, enum family family,
			   unsigned int ifindex, bool on)
{
	struct fake_kernel *fake = ctx;
	struct fake_vif *vif = find_vif(fake, family, ifindex);
	size_t start = fake->len;
	int err;

	fake_say(fake, "mrdisc %s if %u %s", fake_family_word(family), ifindex,
		 on ? "on" : "off");
	err = fake_call_end(fake, FAKE_MRDISC_SET, start);
	if (!ifindex || !vif)
		fake_kernel_abort(fake, "no VIF to advertise");
	if (vif->mrdisc == on)
		fake_kernel_abort(fake, "it is so already");
	/* there is nothing that could keep it on */
	vif->mrdisc = on && !err;
	return err;
}

static void say_route(struct fake_kernel *fake, const struct mfc_route *route)
{
	bool any = false;

	fake_say_pair(fake, &route->source, &route->group);
	fake_say(fake, " parent %u oifs", route->parent);
	for (unsigned int vif = 0; vif < VIF_MAX; vif++) {
		if (route->ttls[vif])
			fake_say(fake, " %u:%u", vif, route->ttls[vif]);
		any = any || route->ttls[vif];
	}
	if (!any)
		fake_say(fake, " -");
}

static bool forwards(const struct mfc_route *route)
{
	static const uint8_t nowhere[VIF_MAX];

	return memcmp(route->ttls, nowhere, VIF_MAX) != 0;
}

static void check_route(struct fake_kernel *fake,
			const struct mfc_route *route)
{
	enum family family = addr_family(&route->group);
	const struct fake_vif *vifs = fake->vifs[family];

	if (addr_family(&route->source) != family ||
	    addr_is_any(&route->source) || !addr_is_multicast(&route->group))
		fake_kernel_abort(fake, "no such source or group");
	if (route->parent >= VIF_MAX)
		fake_kernel_abort(fake, "no such parent");
	/* what forwards nothing may have any: see router_upcall() */
	if ((!vifs[route->parent].ifindex || vifs[route->parent].stuck) &&
	    forwards(route))
		fake_kernel_abort(fake, "parent is no VIF");
	for (unsigned int vif = 0; vif < VIF_MAX; vif++)
		if (route->ttls[vif] && (!vifs[vif].ifindex ||
					 vifs[vif].stuck))
			fake_kernel_abort(fake, "OIF %u is no VIF", vif);
	fake_check_guarded(fake, route, vifs[route->parent].ifindex);
}

static int fake_mfc_set(void *ctx, const struct mfc_route *route)
{
	struct fake_kernel *fake = ctx;
	struct fake_mfc *mfc = fake_find_mfc(fake, &route->source,
					     &route->group);
	size_t start = fake->len;
	int err;

	fake_say(fake, "mfc_set ");
	say_route(fake, route);
	err = fake_call_end(fake, FAKE_MFC_SET, start);
	check_route(fake, route);
	if (route->own != fake_owns(fake, &route->source))
		fake_kernel_abort(fake, "that is not so of the source");
	if (err)
		return err;
	if (mfc)
		fake_entry_changes(fake, mfc, route);
	if (!mfc) {
		if (fake->n_mfcs == FAKE_MFC_MAX)
			return -ENOBUFS;
		mfc = &fake->mfcs[fake->n_mfcs++];
		memset(mfc, 0, sizeof(*mfc));
	}
	mfc->route = *route;
	mfc->mirrored = route->own;
	mfc->stuck = mfc->stuck && !forwards(route);
	return 0;
}

static int fake_mfc_del(void *ctx, const struct in6_addr *source,
			const struct in6_addr *group)
{
	struct fake_kernel *fake = ctx;
	struct fake_mfc *mfc = fake_find_mfc(fake, source, group);
	size_t start = fake->len;
	int err;

	fake_say(fake, "mfc_del ");
	fake_say_pair(fake, source, group);
	err = fake_call_end(fake, FAKE_MFC_DEL, start);
	if (!mfc)
		fake_kernel_abort(fake, "core thinks this entry exists");
	mfc->stuck = err != 0;
	if (!err)
		fake_entry_changes(fake, mfc, NULL);
	if (!err)
		*mfc = fake->mfcs[--fake->n_mfcs];
	return err;
}

static int fake_mfc_count(void *ctx, const struct in6_addr *source,
			  const struct in6_addr *group, struct mfc_count *ret)
{
	struct fake_kernel *fake = ctx;
	struct fake_mfc *mfc = fake_find_mfc(fake, source, group);
	size_t start = fake->len;
	int err;

	fake_say(fake, "mfc_count ");
	fake_say_pair(fake, source, group);
	err = fake_call_end(fake, FAKE_MFC_COUNT, start);
	if (!err && !mfc)
		err = -EADDRNOTAVAIL;
	if (err)
		return err;
	*ret = mfc->count;
	ret->packets += fake->elsewhere;
	mfc->count.wrong_if += fake->settle_wrong;
	fake->settle_wrong = false;
	return 0;
}

static int fake_mfc_used(void *ctx, const struct in6_addr *source,
			 const struct in6_addr *group, struct mfc_used *ret)
{
	struct fake_kernel *fake = ctx;
	const struct fake_mfc *mfc = fake_find_mfc(fake, source, group);
	size_t start = fake->len;
	int err;

	fake_say(fake, "mfc_used ");
	fake_say_pair(fake, source, group);
	err = fake_call_end(fake, FAKE_MFC_USED, start);
	if (!err && !mfc)
		err = -ENOENT;
	if (!err)
		*ret = (struct mfc_used){ mfc->count, mfc->age };
	return err;
}

const struct kernel_ops fake_kernel_ops = {
	.family_ready = fake_family_ready,
	.vif_add = fake_vif_add,
	.vif_del = fake_vif_del,
	.mrdisc_set = fake_mrdisc_set,
	.mfc_set = fake_mfc_set,
	.mfc_del = fake_mfc_del,
	.mfc_count = fake_mfc_count,
	.mfc_used = fake_mfc_used,
	.join = fake_join,
	.leave = fake_leave,
	.block = fake_block,
	.unblock = fake_unblock,
	.pick_source = fake_pick_source,
	.own_changed = fake_own_changed,
	.guard_ready = fake_guard_ready,
	.guard_add = fake_guard_add,
	.guard_del = fake_guard_del,
	.guard_count = fake_guard_count,
	.guard_settle = fake_guard_settle,
};
