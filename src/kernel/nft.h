/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netfilter guard: an nftables table that drops the copies of forwarded
 * hairpin packets which the kernel loops back, before they are forwarded again.
 * Facts and measurements: HACKING.md, "The hairpin defect".
 *
 * The table is "smcrouted-IDENT-TABLE" of family inet.  Where the kernel has
 * NFT_TABLE_F_OWNER (Linux 5.12) nobody else can touch it and it goes with our
 * socket; elsewhere changes by others are noticed and told to the router.
 *
 * Nothing here calls the router from inside nft_ready(), nft_add(), nft_del()
 * or nft_count(): what these find out is told from the event loop.
 */
#ifndef KERNEL_NFT_H
#define KERNEL_NFT_H

#include <stddef.h>

#include "core/kernel.h"

struct diag;
struct ev_loop;
struct nft_guard;
struct router;

/*
 * Seconds that a deleted key stays in the kernel, in which it does nothing but
 * drop looped copies, and between attempts to delete one that will not go.
 */
#define NFT_LINGER 0.25
#define NFT_RETRY 5.

struct nft_config {
	struct ev_loop *loop;		/* borrowed for the whole life */
	const char *ident;		/* copied; names the table */
	unsigned int table;		/* multicast routing table; likewise */
	/*
	 * An open descriptor, a place-holder whose number the socket that owns
	 * the table takes.  It must be lower than that of every mroute socket:
	 * a dead process's descriptors are closed from the highest down, so
	 * the routes are gone before their guards.  nft_open() takes it over.
	 */
	int fd;
};

/*
 * 0, -ENOMEM, or -EBADF when `fd` is none.  A kernel without nf_tables is no
 * failure here: nft_ready() tells.  On failure `fd` stays the caller's.
 */
int nft_open(const struct nft_config *config, struct nft_guard **ret);

/* Removes our table and closes `fd`; NULL is fine. */
void nft_close(struct nft_guard *guard);

/*
 * Makes the table, unless it is there.  One table serves both families.
 * -errno with the cause in `diag`, among them:
 *	-EPERM		CAP_NET_ADMIN is missing
 *	-EOPNOTSUPP	the kernel lacks what diag says
 *	-EEXIST		a table of that name is not ours
 *	-EBUSY		it is ours, and owned by another live process
 * After the last two router_guard_retry() is called when that table is gone.
 */
int nft_ready(struct nft_guard *guard, enum family family, struct diag *diag);

/*
 * guard_add, guard_del and guard_count of struct kernel_ops.  nft_add() gives
 * -ENOENT while the table is not ready, -EINVAL above GUARD_BATCH_MAX.  When
 * one of them finds the table gone, or a key that it was asked for,
 * router_guard_lost() follows from the loop.
 */
int nft_add(struct nft_guard *guard, const struct guard_key *keys, size_t n);
int nft_del(struct nft_guard *guard, const struct guard_key *keys, size_t n);
int nft_count(struct nft_guard *guard, const struct guard_key *keys, size_t n,
	      guard_count_fn *fn, void *arg);

/* From now on, until nft_unwatch(), `router` is told; it is borrowed. */
void nft_watch(struct nft_guard *guard, struct router *router);
void nft_unwatch(struct nft_guard *guard);

#endif
