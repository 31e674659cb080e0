/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A router for tests of what is shown of it: on a kernel that agrees to all,
 * and counts the same for each entry and guard.
 */
#ifndef TEST_UNIT_CTL_ROUTER_H
#define TEST_UNIT_CTL_ROUTER_H

#include <check.h>
#include <errno.h>
#include <string.h>

#include "core/router.h"
#include "core/state.h"
#include "ctl/grammar.h"
#include "lib/diag.h"

#define UNUSED __attribute__((unused))

static int guard_err;
static const char *guard_remark = "";	/* of guard_ready() */
static size_t n_counted;	/* rows of `show -d` */

static bool k_family_ready(void *ctx UNUSED, enum family family UNUSED)
{
	return true;
}

static int k_vif_add(void *ctx UNUSED, enum family family UNUSED,
		     unsigned int vif UNUSED, unsigned int ifindex UNUSED)
{
	return 0;
}

static int k_vif_del(void *ctx UNUSED, enum family family UNUSED,
		     unsigned int vif UNUSED)
{
	return 0;
}

static int k_mfc_set(void *ctx UNUSED, const struct mfc_route *route UNUSED)
{
	return 0;
}

static int k_mfc_del(void *ctx UNUSED, const struct in6_addr *source UNUSED,
		     const struct in6_addr *group UNUSED)
{
	return 0;
}

static int k_mfc_count(void *ctx UNUSED, const struct in6_addr *source UNUSED,
		       const struct in6_addr *group UNUSED,
		       struct mfc_count *ret)
{
	n_counted++;
	ret->packets = 2;
	ret->bytes = UINT64_C(12345678901);
	ret->wrong_if = 0;
	return 0;
}

static int k_mfc_used(void *ctx UNUSED, const struct in6_addr *source UNUSED,
		      const struct in6_addr *group UNUSED,
		      struct mfc_used *ret UNUSED)
{
	return -EOPNOTSUPP;
}

static int k_join(void *ctx UNUSED, const struct join_key *key UNUSED,
		  uint32_t *ret_slot)
{
	*ret_slot = 0;
	return 0;
}

static int k_leave(void *ctx UNUSED, const struct join_key *key UNUSED,
		   uint32_t slot UNUSED)
{
	return 0;
}

static int k_block(void *ctx UNUSED, const struct join_key *key UNUSED,
		   uint32_t slot UNUSED, const struct in6_addr *source UNUSED)
{
	return 0;
}

static int k_pick_source(void *ctx UNUSED, unsigned int ifindex UNUSED,
			 const struct in6_addr *group UNUSED,
			 struct in6_addr *ret UNUSED)
{
	return -EADDRNOTAVAIL;
}

static int k_guard_ready(void *ctx UNUSED, enum guard guard UNUSED,
			 enum family family UNUSED,
			 unsigned int ifindex UNUSED, struct diag *diag)
{
	return guard_err ? diag_set(diag, guard_err, "no nf_tables_") :
			   diag_set(diag, 0, "%s", guard_remark);
}

static int k_guard_add(void *ctx UNUSED, enum guard guard UNUSED,
		       const struct guard_key *keys UNUSED, size_t n UNUSED)
{
	return 0;
}

static int k_guard_del(void *ctx UNUSED, enum guard guard UNUSED,
		       const struct guard_key *keys UNUSED, size_t n UNUSED)
{
	return 0;
}

static int k_guard_count(void *ctx UNUSED, enum guard guard,
			 const struct guard_key *keys, size_t n,
			 guard_count_fn *fn, void *arg)
{
	/* what tests count as suppressed copies of each */
	const struct guard_count stopped = { .suppressed = 7 };
	const struct guard_count relayed = { .relayed = 5, .dropped = 2 };
	const struct guard_count lost = { .dropped = 3 };

	for (size_t i = 0; i < n; i++) {
		if (addr_equal(&keys[i].group, &addr_any))
			fn(arg, &keys[i], &lost);
		else if (!addr_is_any(&keys[i].group))
			fn(arg, &keys[i],
			   guard == GUARD_RELAY ? &relayed : &stopped);
	}
	return 0;
}

static int k_guard_settle(void *ctx UNUSED)
{
	return 0;
}

static void k_own_changed(void *ctx UNUSED,
			  const struct in6_addr *addr UNUSED, bool own UNUSED)
{
}

static const struct kernel_ops k_ops = {
	.family_ready = k_family_ready,
	.vif_add = k_vif_add,
	.vif_del = k_vif_del,
	.mfc_set = k_mfc_set,
	.mfc_del = k_mfc_del,
	.mfc_count = k_mfc_count,
	.mfc_used = k_mfc_used,
	.join = k_join,
	.leave = k_leave,
	.block = k_block,
	.unblock = k_block,
	.pick_source = k_pick_source,
	.own_changed = k_own_changed,
	.guard_ready = k_guard_ready,
	.guard_add = k_guard_add,
	.guard_del = k_guard_del,
	.guard_count = k_guard_count,
	.guard_settle = k_guard_settle,
};

static void k_note(void *ctx UNUSED, enum note_level level UNUSED,
		   enum note_kind kind UNUSED, const char *text UNUSED)
{
}

static struct router *router;

static void router_setup(void)
{
	struct router_config config = {
		.ops = &k_ops,
		.note = k_note,
		.policy = POLICY_UNSET,
	};

	guard_err = 0;
	guard_remark = "";
	n_counted = 0;
	router = router_new(&config);
	ck_assert_ptr_nonnull(router);
}

static void router_teardown(void)
{
	router_free(router);
}

static void link_add(unsigned int ifindex, const char *name, bool multicast)
{
	struct link_info link = {
		.ifindex = ifindex,
		.name = name,
		.multicast = multicast,
		.up = true,
	};

	router_link(router, &link);
}

#endif
