/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else has joined which group on which interface, handed to the router
 * while it has hairpin rules, and not looked for while it has none.
 *
 * The first join and the last leave of a group on an interface are notified by
 * newer kernels.  What others do beside us is not: there, and on kernels
 * without notifications, the kernel's count of users, less our own sockets,
 * tells.  It is read every so often.
 */
#ifndef KERNEL_MEMBERS_H
#define KERNEL_MEMBERS_H

#include "kernel/join.h"

struct ev_loop;
struct members;
struct router;

/* linux/rtnetlink.h behind 6.12; that the kernel has them is found by trying. */
#define MEMBERS_GROUP_IPV4 37	/* RTNLGRP_IPV4_MCADDR */
#define MEMBERS_GROUP_IPV6 38	/* RTNLGRP_IPV6_MCADDR */

/*
 * `interval`: seconds, 0: nothing is read, then only what is notified is known.
 * Loop and pool are borrowed until members_close().  0 or -ENOMEM.
 */
int members_open(struct ev_loop *loop, const struct join_pool *joins,
		 unsigned int interval, struct members **ret);

/* NULL is fine; members_detach() comes first. */
void members_close(struct members *members);

/*
 * From now on `router`, borrowed until members_detach(), is told.  Troubles are
 * logged once, until they are over.
 */
void members_attach(struct members *members, struct router *router);
void members_detach(struct members *members);

#endif
