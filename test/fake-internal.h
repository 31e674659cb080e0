/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the fake kernel say to each other and to nobody else. */
#ifndef TEST_FAKE_INTERNAL_H
#define TEST_FAKE_INTERNAL_H

#include "test/fake-kernel.h"

/* fake-control.c: adds to the transcript. */
void fake_say(struct fake_kernel *fake, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void fake_say_pair(struct fake_kernel *fake, const struct in6_addr *source,
		   const struct in6_addr *group);

/*
 * Counts the call, the line of which began at `start`, and ends that line.
 * What the call is to fail with, -errno, or 0.
 */
int fake_call_end(struct fake_kernel *fake, enum fake_op op, size_t start);

struct fake_mfc *fake_find_mfc(struct fake_kernel *fake,
			       const struct in6_addr *source,
			       const struct in6_addr *group);
/* GUARD_NONE: of any guard. */
struct fake_key *fake_find_key(struct fake_kernel *fake, enum guard guard,
			       const struct in6_addr *source,
			       const struct in6_addr *group,
			       unsigned int ifindex);

/* fake-guard.c: operations of kernel_ops. */
void fake_own_changed(void *ctx, const struct in6_addr *addr, bool own);
int fake_guard_ready(void *ctx, enum guard guard, enum family family,
		     unsigned int ifindex, struct diag *diag);
int fake_guard_add(void *ctx, enum guard guard, const struct guard_key *keys,
		   size_t n);
int fake_guard_del(void *ctx, enum guard guard, const struct guard_key *keys,
		   size_t n);
int fake_guard_count(void *ctx, enum guard guard,
		     const struct guard_key *keys, size_t n,
		     guard_count_fn *fn, void *arg);
int fake_guard_settle(void *ctx);

/* The promises of this project: an entry, and one that takes its place. */
void fake_check_guarded(struct fake_kernel *fake,
			const struct mfc_route *route, unsigned int ifindex);
void fake_entry_changes(struct fake_kernel *fake, const struct fake_mfc *mfc,
			const struct mfc_route *route);
bool fake_owns(const struct fake_kernel *fake, const struct in6_addr *addr);
const char *fake_family_word(enum family family);

/* fake-join.c: operations of kernel_ops. */
int fake_join(void *ctx, const struct join_key *key, uint32_t *ret_slot);
int fake_leave(void *ctx, const struct join_key *key, uint32_t slot);
int fake_block(void *ctx, const struct join_key *key, uint32_t slot,
	       const struct in6_addr *source);
int fake_unblock(void *ctx, const struct join_key *key, uint32_t slot,
		 const struct in6_addr *source);
int fake_pick_source(void *ctx, unsigned int ifindex,
		     const struct in6_addr *group, struct in6_addr *ret);

#endif
