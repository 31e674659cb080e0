/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own memberships, as many as there are descriptors for: each
 * socket holds what the kernel lets it (igmp_max_memberships, igmp_max_msf,
 * mld_max_msf, optmem_max), and the next takes what is over.
 */
#ifndef KERNEL_JOIN_H
#define KERNEL_JOIN_H

#include "core/kernel.h"

struct join_pool;

/* 0 or -errno. */
int join_open(struct join_pool **ret);

/* Leaves everything; NULL is fine. */
void join_close(struct join_pool *pool);

/*
 * kernel_ops.join and so on.  A key is joined once.  Among the errors of
 * join_add(): -EMFILE and -ENFILE no descriptor for another socket, -ENODEV no
 * such interface, -ENOBUFS not even an empty socket has room, -ENOMEM.
 * join_del() frees the place even when it returns an error; -ENOENT: no such
 * join in that slot.
 */
int join_add(struct join_pool *pool, const struct join_key *key,
	     uint32_t *ret_slot);
int join_del(struct join_pool *pool, const struct join_key *key,
	     uint32_t slot);
int join_block(struct join_pool *pool, const struct join_key *key,
	       uint32_t slot, const struct in6_addr *source);
int join_unblock(struct join_pool *pool, const struct join_key *key,
		 uint32_t slot, const struct in6_addr *source);
int join_pick_source(struct join_pool *pool, unsigned int ifindex,
		     const struct in6_addr *group, struct in6_addr *ret);

/*
 * How many of our sockets hold the group on that interface, of any source or of
 * some: what the users that the kernel counts there have of ours
 * (net/ipv4/igmp.c and net/ipv6/mcast.c count a socket once, whatever the
 * number of its sources).
 */
uint32_t join_users(const struct join_pool *pool, unsigned int ifindex,
		    const struct in6_addr *group);

/* True when anything is joined. */
bool join_any(const struct join_pool *pool);

/* How many joins were left so far: another number, and some were. */
uint64_t join_left(const struct join_pool *pool);

#endif
