/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is joined, as join.c keeps it: the memberships of one group on one
 * interface are a `target`, what one socket holds of them is a `share`.  Which
 * sockets there are is join.c's; here a socket is but a pointer.
 */
#ifndef KERNEL_JOIN_TARGET_H
#define KERNEL_JOIN_TARGET_H

#include "core/kernel.h"
#include "lib/htable.h"

struct join_socket;

struct share {
	struct share *prev, *next;	/* target->open or ->empty */
	struct join_socket *socket;	/* NULL: empty */
	uint32_t level;
	uint32_t joins;			/* sources, or 1 of any source */
	bool full;			/* not in target->open */
};

/* Without padding: it is hashed. */
struct target_key {
	struct in6_addr group;
	uint32_t ifindex;
};

struct target {
	struct htable_node node;	/* pool->targets */
	struct target_key key;
	struct share first;		/* of level 0 */
	struct share **more;		/* of level 1 and up */
	uint32_t n_shares;		/* levels 0 .. n_shares - 1 */
	uint32_t used;			/* shares that have a socket */
	struct share *open;		/* hold sources, and take more */
	struct share *empty;
};

/* NULL: nothing of that is joined. */
struct target *target_find(const struct htable *targets, unsigned int ifindex,
			   const struct in6_addr *group);

/* Finds or adds it, with an empty share.  NULL: out of memory. */
struct target *target_get(struct htable *targets, unsigned int ifindex,
			  const struct in6_addr *group);

/* Frees the target when it holds nothing. */
void target_put(struct htable *targets, struct target *target);

/* The share of that level, or NULL. */
struct share *target_share(struct target *target, uint32_t level);

/* One more share, empty.  0 or -ENOMEM. */
int target_add_share(struct target *target);

#endif
