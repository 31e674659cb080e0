/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a veth pair and gives it addresses, by rtnetlink.  Each call works in
 * the network namespace that its netlink socket was opened in.
 *
 * All return 0 or -errno; those of the kernel, unless said otherwise.
 */
#ifndef KERNEL_LAB_LINK_H
#define KERNEL_LAB_LINK_H

#include "lib/addr.h"

struct netlink;

/*
 * A veth pair, both ends with that name and that ifindex, the peer in the
 * namespace that the descriptor `peer_ns` stands for.  -EOPNOTSUPP: this kernel
 * has no veth.
 */
int lab_link_add(struct netlink *nl, const char *name, unsigned int ifindex,
		 int peer_ns);

int lab_link_up(struct netlink *nl, unsigned int ifindex);

/*
 * Waits until the link carries packets.  `events` is subscribed to RTNLGRP_LINK
 * since before lab_link_up().  -ETIMEDOUT when clock_steady() passes `end`.
 */
int lab_link_wait(struct netlink *requests, struct netlink *events,
		  unsigned int ifindex, double end);

/* `len` bits of prefix, as one of that family counts them; usable at once. */
int lab_addr_add(struct netlink *nl, unsigned int ifindex,
		 const struct in6_addr *addr, unsigned int len);

#endif
