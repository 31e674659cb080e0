/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upcalls: packets without, or against, their entry.  Marks entries; what they
 * become is worked out by the commit behind the burst.
 */
#include "core/internal.h"

/* Seconds between two warnings that the limit of learned entries is reached. */
#define REFUSED_PERIOD 60

static void note_learned(const struct router *router, const struct mfc *mfc,
			 const struct iface *iface, bool covered)
{
	char text[FLOW_STRLEN];

	if (NOTE_INFO > router->config.note_level)
		return;
	flow_format(&mfc->key.source, &mfc->key.group, text);
	if (covered)
		router_note(router, NOTE_DEBUG, NOTE_FLOW,
			    "%s on %s is a new flow", text, iface->name);
	else
		router_note(router, NOTE_INFO, NOTE_FLOW,
			    "%s on %s does not match any rule", text,
			    iface->name);
}

/* True when the flow would be one learned entry too many. */
static bool upcall_refused(struct router *router, const struct upcall *upcall)
{
	if (!router->max_learned || router->n_learned < router->max_learned ||
	    mfc_find(router, &upcall->source, &upcall->group))
		return false;
	router->n_refused++;
	if (router->refused_told > 0 &&
	    router->now - router->refused_told < REFUSED_PERIOD)
		return true;
	router_note(router, NOTE_WARNING, NOTE_FLOW,
		    "%llu new flows not learned: max-learned %lu is reached",
		    (unsigned long long)router->n_refused,
		    (unsigned long)router->max_learned);
	router->refused_told = router->now;
	router->n_refused = 0;
	return true;
}

static void upcall_nocache(struct router *router, const struct upcall *upcall,
			   struct iface *iface)
{
	bool known, covered;
	struct mfc *mfc;

	if (upcall_refused(router, upcall))
		return;
	mfc = mfc_get(router, &upcall->source, &upcall->group, iface);
	if (!mfc)
		goto err_oom;
	known = (mfc->flags & MFC_IN_KERNEL) && mfc->expiry;
	/* the kernel would not ask if it had the entry */
	mfc_touch_first(router, mfc);
	if (mfc_select_iif(router, mfc) >= 0 && mfc->owner)
		return;
	if (expiry_start(router, mfc, iface))
		goto err_oom;
	rule_union(router, iface, mfc, &covered);
	/* the packet overtook the entry: it is no new flow */
	if (known)
		return;
	if (covered)
		mfc->flags |= MFC_TELL;
	note_learned(router, mfc, iface, covered);
	return;

err_oom:
	router_note(router, NOTE_WARNING, NOTE_FLOW,
		    "%s: a flow is not learned: out of memory", iface->name);
}

static bool mfc_is_static(const struct mfc *mfc)
{
	const struct rule *rule;

	for (rule = mfc->owner; rule; rule = rule->older)
		if (rule->iif == mfc->iif)
			return true;
	return false;
}

/*
 * IPv6 also reports the copies that it loops back itself, where the group is
 * joined on an outbound interface (ip6_mr_forward(), unlike ip_mr_forward()).
 * While the flow goes on where it should come in, it has not moved.
 */
static bool upcall_is_looped(const struct router *router,
			     const struct upcall *upcall,
			     const struct mfc *mfc)
{
	uint64_t before, packets;
	struct mfc_count count;

	if (upcall->family != FAMILY_IPV6 || !mfc->expiry ||
	    !(mfc->oifs & (UINT32_C(1) << upcall->vif)) ||
	    router_mfc_count(router, mfc, &count))
		return false;
	before = mfc->expiry->wrong;
	packets = count.packets - count.wrong_if;
	mfc->expiry->wrong = packets;
	return packets != before;
}

/* The flow moves to where a template expects it; static rules stay. */
static void upcall_wrongvif(struct router *router, const struct upcall *upcall,
			    struct iface *iface)
{
	struct mfc *mfc = mfc_find(router, &upcall->source, &upcall->group);
	char text[FLOW_STRLEN];
	bool covered;

	if (!mfc)
		return;
	expiry_look(router, mfc);
	if (upcall_is_looped(router, upcall, mfc))
		return;
	flow_format(&mfc->key.source, &mfc->key.group, text);
	rule_union(router, iface, mfc, &covered);
	if (!covered || !mfc->expiry || mfc_is_static(mfc)) {
		router_note(router, NOTE_INFO, NOTE_FLOW,
			    "%s came in on %s instead of %s", text,
			    iface->name, mfc->iif->name);
		return;
	}
	router_note(router, NOTE_NOTICE, NOTE_FLOW, "%s moves from %s to %s",
		    text, mfc->iif->name, iface->name);
	mfc->flags |= MFC_TELL;
	/* it has its expiry: this cannot fail */
	expiry_start(router, mfc, iface);
	mfc_touch(router, mfc, false);
}

/*
 * An entry that the main table has is only repeated: the looped copy may have
 * been made on an outbound interface, and its flow has not moved there.
 */
static void upcall_unmirrored(struct router *router,
			      const struct upcall *upcall,
			      struct iface *iface)
{
	struct mfc *mfc = mfc_find(router, &upcall->source, &upcall->group);

	if (mfc && (mfc->flags & MFC_IN_KERNEL))
		mfc_touch(router, mfc, true);
	else
		upcall_nocache(router, upcall, iface);
}

/*
 * The interface went between the packet and its upcall.  The kernel keeps such
 * a packet for ten seconds, and says nothing of its flow meanwhile, also when
 * the interface is back (ipmr_cache_unresolved(), ip6mr_cache_unresolved()).
 * An entry that comes and goes is the end of that.
 */
static void upcall_late(struct router *router, const struct upcall *upcall)
{
	const struct kernel_ops *ops = router->config.ops;
	const struct mfc *mfc = mfc_find(router, &upcall->source,
					 &upcall->group);
	const struct mfc_route nowhere = {
		.source = upcall->source,
		.group = upcall->group,
		.parent = upcall->vif,
		.own = own_has(router, &upcall->source),
	};

	router_note(router, NOTE_DEBUG, NOTE_FLOW,
		    "an upcall names VIF %u, which is not in use",
		    upcall->vif);
	if (upcall->vif >= VIF_MAX || upcall->kind == UPCALL_WRONGVIF ||
	    (router->stuck_vifs[upcall->family] & UINT32_C(1) << upcall->vif) ||
	    (mfc && (mfc->flags & MFC_IN_KERNEL)))
		return;
	if (!ops->mfc_set(router->config.kernel, &nowhere))
		ops->mfc_del(router->config.kernel, &upcall->source,
			     &upcall->group);
}

void router_upcall(struct router *router, const struct upcall *upcall,
		   double now)
{
	struct iface *iface = NULL;

	router->now = now;
	if (upcall->vif < VIF_MAX)
		iface = router->vifs[upcall->family][upcall->vif];
	if (!iface || !iface->usable) {
		upcall_late(router, upcall);
		return;
	}
	switch (upcall->kind) {
	case UPCALL_NOCACHE:
		upcall_nocache(router, upcall, iface);
		break;
	case UPCALL_WRONGVIF:
		upcall_wrongvif(router, upcall, iface);
		break;
	case UPCALL_UNMIRRORED:
		upcall_unmirrored(router, upcall, iface);
		break;
	}
}
