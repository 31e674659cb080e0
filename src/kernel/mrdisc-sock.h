/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One raw socket on one interface, for multicast router discovery of one
 * family.  Absent when built without mrdisc.
 */
#ifndef KERNEL_MRDISC_SOCK_H
#define KERNEL_MRDISC_SOCK_H

#include "core/kernel.h"

/*
 * Sends with TTL 1 and Router Alert, no copy to this host; receives nothing
 * but what looks like a solicitation.  0 or -errno, -EPERM: no CAP_NET_RAW;
 * `ret` is closed with close(2).
 */
int mrdisc_sock_open(enum family family, unsigned int ifindex, int *ret);

/*
 * Joins all-routers on that interface, to hear solicitations.  0 or -errno,
 * such as -ENODEV where IPv6 is switched off.
 */
int mrdisc_sock_join(int fd, enum family family, unsigned int ifindex);

/*
 * Sends to all-snoopers.  0 or -errno; that there is no way out (down, gone,
 * no address yet) is none.
 */
int mrdisc_sock_send(int fd, enum family family, unsigned int ifindex,
		     const void *message, size_t len);

/*
 * Takes what has come, at most MRDISC_DRAIN_MAX packets; true when a
 * solicitation was among it.
 */
#define MRDISC_DRAIN_MAX 64
bool mrdisc_sock_drain(int fd, enum family family);

#endif
