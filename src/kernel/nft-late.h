/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of the netfilter guard that are to be deleted later, in order of when:
 * looped copies may still be under way when the last route that made them is
 * gone, and would be forwarded once more by what takes its place.
 */
#ifndef KERNEL_NFT_LATE_H
#define KERNEL_NFT_LATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kernel.h"
#include "lib/htable.h"

struct nft_late {
	struct htable keys;
};

void nft_late_init(struct nft_late *late);

/* Forgets all keys; as good as new. */
void nft_late_clear(struct nft_late *late);

/*
 * The key is to go at `due`, also when it was to go earlier, but not before
 * those that were put in before it.  0 or -ENOMEM.
 */
int nft_late_put(struct nft_late *late, const struct guard_key *key,
		 double due);

/* Is it to go? */
bool nft_late_has(const struct nft_late *late, const struct guard_key *key);

/* The key stays, if it was to go. */
void nft_late_drop(struct nft_late *late, const struct guard_key *key);

/* Up to `max` keys that are due, which stay in here; returns how many. */
size_t nft_late_due(const struct nft_late *late, double now,
		    struct guard_key *ret, size_t max);

/* When the next is due; false: there is none. */
bool nft_late_next(const struct nft_late *late, double *ret);

#endif
