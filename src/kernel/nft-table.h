/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of the netfilter guard in the kernel, and the socket that owns it.
 * Every call is done, or refused, at return.
 */
#ifndef KERNEL_NFT_TABLE_H
#define KERNEL_NFT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel.h"
#include "kernel/netlink.h"
#include "kernel/nft-msg.h"

struct diag;

/*
 * Bytes of send buffer that are asked for; the kernel doubles them.  2048 keys
 * of IPv6, added and deleted in one batch, take 200 kB.
 */
#define NFT_SEND_BUFFER (512 * 1024)

/* Least size of a batch to go down to when memory is short. */
#define NFT_BATCH_MIN 16384

/* How a table of ours is known again; only an unowned one needs it. */
struct nft_trace {
	uint64_t table;			/* handles */
	uint64_t rules[FAMILY_COUNT];
	size_t rule_count;
};

struct nft_table {
	struct netlink nl;
	char name[NFT_NAME_SIZE];
	size_t limit;			/* most bytes of one batch */
	bool no_owner;			/* the kernel refuses the flag */
	bool no_counter;		/* likewise */
	bool made;			/* at least once */
	struct nft_trace trace;
};

void nft_table_init(struct nft_table *table, const char *ident,
		    unsigned int number);

/*
 * Opens the socket, if it is not, in place of the open descriptor `fd`, which
 * keeps what it is on failure.  -EPROTONOSUPPORT: no nfnetlink in this kernel.
 */
int nft_table_open(struct nft_table *table, int fd);

/* What is there under our name; -ENOENT nothing. */
int nft_table_look(struct nft_table *table, struct nft_found *ret);

/* True when we may replace it: it says we made it, and nobody else owns it. */
bool nft_table_is_stale(const struct nft_table *table,
			const struct nft_found *found);

/*
 * Makes the table in one transaction, in place of the one with the handle
 * `stale`, if not 0.  -EAGAIN: look again, the world or our idea of the kernel
 * (no_owner, no_counter) changed; else -errno with the reason in `diag`.
 */
int nft_table_make(struct nft_table *table, uint64_t stale, struct diag *diag);

/* Remembers how the table looks; -ENOENT: not like ours. */
int nft_table_trace(struct nft_table *table);

/* True when it still looks so. */
bool nft_table_is_intact(struct nft_table *table);

/*
 * Removes what nft_table_make() made, if it did and it is still there.  The
 * kernel does so itself for a table that the socket owns.  0 when it is gone or
 * not ours, or -errno: it may be there.
 */
int nft_table_remove(struct nft_table *table);

/*
 * As guard_add, guard_del and guard_count of struct kernel_ops.  -ENOENT: the
 * table is not there.  nft_table_add(): -ENOTRECOVERABLE some keys may have
 * stayed; `renew`: counters of keys that are there begin anew, with no
 * moment without the key.  nft_table_count(): -ENOENT also for a key that is
 * not there.
 */
int nft_table_add(struct nft_table *table, const struct guard_key *keys,
		  size_t n, bool renew);
int nft_table_del(struct nft_table *table, const struct guard_key *keys,
		  size_t n);
int nft_table_count(struct nft_table *table, const struct guard_key *keys,
		    size_t n, guard_count_fn *fn, void *arg);

#endif
