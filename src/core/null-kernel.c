/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel of a configuration check: every request is granted.
 */
#include "core/null-kernel.h"

#include <errno.h>
#include <string.h>

#include "lib/diag.h"

static bool null_family_ready(void *ctx, enum family family)
{
	(void)ctx, (void)family;
	return true;
}

static int null_vif_add(void *ctx, enum family family, unsigned int vif,
			unsigned int ifindex)
{
	(void)ctx, (void)family, (void)vif, (void)ifindex;
	return 0;
}

static int null_vif_del(void *ctx, enum family family, unsigned int vif)
{
	(void)ctx, (void)family, (void)vif;
	return 0;
}

static int null_mrdisc_set(void *ctx, enum family family,
			   unsigned int ifindex, bool on)
{
	(void)ctx, (void)family, (void)ifindex, (void)on;
	return 0;
}

static int null_mfc_set(void *ctx, const struct mfc_route *route)
{
	(void)ctx, (void)route;
	return 0;
}

static int null_mfc_del(void *ctx, const struct in6_addr *source,
			const struct in6_addr *group)
{
	(void)ctx, (void)source, (void)group;
	return 0;
}

static int null_mfc_count(void *ctx, const struct in6_addr *source,
			  const struct in6_addr *group, struct mfc_count *ret)
{
	(void)ctx, (void)source, (void)group;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

static int null_mfc_used(void *ctx, const struct in6_addr *source,
			 const struct in6_addr *group, struct mfc_used *ret)
{
	(void)ctx, (void)source, (void)group, (void)ret;
	return -EOPNOTSUPP;
}

static int null_join(void *ctx, const struct join_key *key,
		     uint32_t *ret_slot)
{
	(void)ctx, (void)key;
	*ret_slot = 0;
	return 0;
}

static int null_leave(void *ctx, const struct join_key *key, uint32_t slot)
{
	(void)ctx, (void)key, (void)slot;
	return 0;
}

static int null_block(void *ctx, const struct join_key *key, uint32_t slot,
		      const struct in6_addr *source)
{
	(void)ctx, (void)key, (void)slot, (void)source;
	return 0;
}

static int null_pick_source(void *ctx, unsigned int ifindex,
			    const struct in6_addr *group,
			    struct in6_addr *ret)
{
	(void)ctx, (void)ifindex, (void)group, (void)ret;
	return -EADDRNOTAVAIL;
}

static void null_own_changed(void *ctx, const struct in6_addr *addr, bool own)
{
	(void)ctx, (void)addr, (void)own;
}

static int null_guard_ready(void *ctx, enum guard guard, enum family family,
			    unsigned int ifindex, struct diag *diag)
{
	(void)ctx, (void)guard, (void)family, (void)ifindex;
	return diag_set(diag, 0, "%s", "");
}

static int null_guard_change(void *ctx, enum guard guard,
			     const struct guard_key *keys, size_t n)
{
	(void)ctx, (void)guard, (void)keys, (void)n;
	return 0;
}

static int null_guard_count(void *ctx, enum guard guard,
			    const struct guard_key *keys, size_t n,
			    guard_count_fn *fn, void *arg)
{
	(void)keys, (void)n, (void)ctx, (void)guard, (void)fn, (void)arg;
	return 0;
}

static int null_guard_settle(void *ctx)
{
	(void)ctx;
	return 0;
}

const struct kernel_ops null_kernel_ops = {
	.family_ready = null_family_ready,
	.vif_add = null_vif_add,
	.vif_del = null_vif_del,
	.mrdisc_set = null_mrdisc_set,
	.mfc_set = null_mfc_set,
	.mfc_del = null_mfc_del,
	.mfc_count = null_mfc_count,
	.mfc_used = null_mfc_used,
	.join = null_join,
	.leave = null_leave,
	.block = null_block,
	.unblock = null_block,
	.pick_source = null_pick_source,
	.own_changed = null_own_changed,
	.guard_ready = null_guard_ready,
	.guard_add = null_guard_change,
	.guard_del = null_guard_change,
	.guard_count = null_guard_count,
	.guard_settle = null_guard_settle,
};
