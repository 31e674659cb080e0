/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux as core sees it: hands each operation to the file that knows it.  Must
 * not know how any of them is done.
 */
#include "config.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "kernel/join.h"
#include "kernel/linux.h"
#include "kernel/linux-internal.h"
#include "kernel/mrdisc.h"
#include "kernel/mroute.h"
#include "kernel/nft.h"
#include "kernel/relay.h"
#include "kernel/rtnl-mfc.h"
#include "kernel/rtnl.h"
#include "kernel/shadow.h"
#include "lib/diag.h"

static struct linux_mroute *mroute_of(void *ctx, enum family family)
{
	struct linux_kernel *kernel = ctx;

	return &kernel->mroute[family];
}

static bool op_family_ready(void *ctx, enum family family)
{
	return mroute_of(ctx, family)->fd >= 0;
}

static int op_vif_add(void *ctx, enum family family, unsigned int vif,
		      unsigned int ifindex)
{
	const struct linux_mroute *mroute = mroute_of(ctx, family);
	int err;

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	err = mroute->ops->vif_add(mroute->fd, vif, ifindex);
	if (!err && family == FAMILY_IPV4)
		shadow_vif_add(mroute->kernel->shadow, vif, ifindex);
	return err;
}

static int op_vif_del(void *ctx, enum family family, unsigned int vif)
{
	const struct linux_mroute *mroute = mroute_of(ctx, family);

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	if (family == FAMILY_IPV4)
		shadow_vif_del(mroute->kernel->shadow, vif);
	return mroute->ops->vif_del(mroute->fd, vif);
}

static int op_mrdisc_set(void *ctx, enum family family, unsigned int ifindex,
			 bool on)
{
	struct linux_kernel *kernel = ctx;

	return mrdisc_set(kernel->mrdisc, family, ifindex, on);
}

static int op_mfc_set(void *ctx, const struct mfc_route *route)
{
	const struct linux_mroute *mroute =
		mroute_of(ctx, addr_family(&route->group));
	struct shadow *shadow = mroute->kernel->shadow;
	int err;

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	err = route->own ? 0 : shadow_mfc_set(shadow, route);
	if (!err)
		err = mroute->ops->mfc_set(mroute->fd, route);
	if (!err && route->own)
		err = shadow_mfc_set(shadow, route);
	return err;
}

static int op_mfc_del(void *ctx, const struct in6_addr *source,
		      const struct in6_addr *group)
{
	const struct linux_mroute *mroute =
		mroute_of(ctx, addr_family(group));
	int err;

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	err = mroute->ops->mfc_del(mroute->fd, source, group);
	shadow_mfc_del(mroute->kernel->shadow, source, group);
	return err;
}

/* Both tables forward what comes from an own source. */
static void mfc_count_add(struct mfc_count *count,
			  const struct mfc_count *more)
{
	count->packets += more->packets;
	count->bytes += more->bytes;
	count->wrong_if += more->wrong_if;
}

static int op_mfc_count(void *ctx, const struct in6_addr *source,
			const struct in6_addr *group, struct mfc_count *ret)
{
	const struct linux_mroute *mroute =
		mroute_of(ctx, addr_family(group));
	struct mfc_count count, more;
	int err;

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	err = mroute->ops->mfc_count(mroute->fd, source, group, &count);
	if (err)
		return err;
	if (!shadow_mfc_count(mroute->kernel->shadow, source, group, &more))
		mfc_count_add(&count, &more);
	*ret = count;
	return 0;
}

static int op_mfc_used(void *ctx, const struct in6_addr *source,
		       const struct in6_addr *group, struct mfc_used *ret)
{
	const struct linux_kernel *kernel = ctx;
	struct netlink *routes = rtnl_routes(kernel->rtnl);
	uint32_t mirror = shadow_mirror(kernel->shadow, source, group);
	struct mfc_used used, more;
	int err;

	err = rtnl_mfc_used(routes, kernel->table, source, group, &used);
	if (!err && mirror)
		err = rtnl_mfc_used(routes, mirror, source, group, &more);
	if (err)
		return err;
	if (mirror) {
		mfc_count_add(&used.count, &more.count);
		if (more.age < used.age)
			used.age = more.age;
	}
	*ret = used;
	return 0;
}

static int op_join(void *ctx, const struct join_key *key, uint32_t *ret_slot)
{
	struct linux_kernel *kernel = ctx;

	return join_add(kernel->joins, key, ret_slot);
}

static int op_leave(void *ctx, const struct join_key *key, uint32_t slot)
{
	struct linux_kernel *kernel = ctx;

	return join_del(kernel->joins, key, slot);
}

static int op_block(void *ctx, const struct join_key *key, uint32_t slot,
		    const struct in6_addr *source)
{
	struct linux_kernel *kernel = ctx;

	return join_block(kernel->joins, key, slot, source);
}

static int op_unblock(void *ctx, const struct join_key *key, uint32_t slot,
		      const struct in6_addr *source)
{
	struct linux_kernel *kernel = ctx;

	return join_unblock(kernel->joins, key, slot, source);
}

static int op_pick_source(void *ctx, unsigned int ifindex,
			  const struct in6_addr *group, struct in6_addr *ret)
{
	struct linux_kernel *kernel = ctx;

	return join_pick_source(kernel->joins, ifindex, group, ret);
}

static int op_guard_ready(void *ctx, enum guard guard, enum family family,
			  unsigned int ifindex, struct diag *diag)
{
	struct linux_kernel *kernel = ctx;

	diag_set(diag, 0, "%s", "");
	switch (guard) {
	case GUARD_NETFILTER:
		return nft_ready(kernel->nft, family, diag);
	case GUARD_TABLE:
		if (family != FAMILY_IPV4)
			return diag_set(diag, -EAFNOSUPPORT,
					"no second table for IPv6");
		return shadow_ready(kernel->shadow, ifindex, diag);
	case GUARD_RELAY:
		return relay_ready(kernel->relay, family, ifindex, diag);
	case GUARD_NONE:
		break;
	}
	return diag_set(diag, -EINVAL, "no guard");
}

static int op_guard_add(void *ctx, enum guard guard,
			const struct guard_key *keys, size_t n)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_add(kernel->nft, keys, n);
	case GUARD_TABLE:
		return shadow_add(kernel->shadow, keys, n);
	case GUARD_RELAY:
		return relay_add(kernel->relay, keys, n);
	case GUARD_NONE:
		break;
	}
	return -EINVAL;
}

static int op_guard_del(void *ctx, enum guard guard,
			const struct guard_key *keys, size_t n)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_del(kernel->nft, keys, n);
	case GUARD_TABLE:
		return shadow_del(kernel->shadow, keys, n);
	case GUARD_RELAY:
		return relay_del(kernel->relay, keys, n);
	case GUARD_NONE:
		break;
	}
	return -EINVAL;
}

static int op_guard_count(void *ctx, enum guard guard,
			  const struct guard_key *keys, size_t n,
			  guard_count_fn *fn, void *arg)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_count(kernel->nft, keys, n, fn, arg);
	case GUARD_TABLE:
		return shadow_count(kernel->shadow, keys, n, fn, arg);
	case GUARD_RELAY:
		return relay_count(kernel->relay, keys, n, fn, arg);
	case GUARD_NONE:
		break;
	}
	return -EINVAL;
}

/*
 * MEMBARRIER_CMD_GLOBAL waits for an RCU grace period (membarrier(2)), and the
 * receive path is an RCU reader from taking a packet to forwarding it.
 */
static int op_guard_settle(void *ctx)
{
	struct linux_kernel *kernel = ctx;

	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return -errno;
	relay_drain(kernel->relay);
	return 0;
}

static void op_own_changed(void *ctx, const struct in6_addr *addr, bool own)
{
	struct linux_kernel *kernel = ctx;

	(void)own;
	shadow_own_changed(kernel->shadow, addr);
}

const struct kernel_ops linux_ops = {
	.family_ready = op_family_ready,
	.vif_add = op_vif_add,
	.vif_del = op_vif_del,
	.mrdisc_set = op_mrdisc_set,
	.mfc_set = op_mfc_set,
	.mfc_del = op_mfc_del,
	.mfc_count = op_mfc_count,
	.mfc_used = op_mfc_used,
	.join = op_join,
	.leave = op_leave,
	.block = op_block,
	.unblock = op_unblock,
	.pick_source = op_pick_source,
	.own_changed = op_own_changed,
	.guard_ready = op_guard_ready,
	.guard_add = op_guard_add,
	.guard_del = op_guard_del,
	.guard_count = op_guard_count,
	.guard_settle = op_guard_settle,
};
