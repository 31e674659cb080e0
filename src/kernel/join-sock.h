/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One socket that holds memberships and receives nothing, and the calls of
 * RFC 3678 on it, by interface index.
 */
#ifndef KERNEL_JOIN_SOCK_H
#define KERNEL_JOIN_SOCK_H

#include "core/kernel.h"

/* Descriptors below the limit that joins leave alone; a quarter at most. */
#define JOIN_SOCK_RESERVE 256

/*
 * 0 or -errno, -EMFILE when only the reserve is left; the descriptor in `ret`
 * is closed with close(2).
 */
int join_sock_open(enum family family, int *ret);

/*
 * Joins, or adds the source to those of a group that is joined.  -ENOBUFS: this
 * socket has no room for it.  A group that was not joined yet may be left with
 * no source by a failure: join_sock_leave_group() cleans up.
 *
 * One socket must not be asked for a group both of any and of a certain source:
 * the kernel would turn the former into the latter (ip_mc_source()).
 */
int join_sock_join(int fd, const struct join_key *key);

/* What is not joined, or went with its interface, is no error. */
int join_sock_leave(int fd, const struct join_key *key);

/* Leaves the group with all its sources, even if the interface is gone. */
int join_sock_leave_group(int fd, const struct join_key *key);

/*
 * Excludes a source from a group joined of any source, and back.  Doing it
 * twice is no error; unblocking where the interface is gone is none either.
 */
int join_sock_block(int fd, const struct join_key *key,
		    const struct in6_addr *source);
int join_sock_unblock(int fd, const struct join_key *key,
		      const struct in6_addr *source);

/*
 * As kernel_ops.pick_source().  `fd` is an IPv4 socket of join_sock_open()
 * used for nothing else.
 */
int join_sock_pick_source(int fd, unsigned int ifindex,
			  const struct in6_addr *group, struct in6_addr *ret);

#endif
