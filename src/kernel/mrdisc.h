/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicast router discovery (RFC 4286): tells snooping switches by which
 * interfaces they reach a multicast router.
 */
#ifndef KERNEL_MRDISC_H
#define KERNEL_MRDISC_H

#include "config.h"

#include <errno.h>

#include "core/kernel.h"

struct ev_loop;
struct mrdisc;

#ifdef ENABLE_MRDISC

static inline bool mrdisc_available(void)
{
	return true;
}

/*
 * `interval`: 4..180 seconds between two advertisements.  0 or -ENOMEM.  The
 * loop is borrowed until mrdisc_close().
 */
int mrdisc_open(struct ev_loop *loop, unsigned int interval,
		struct mrdisc **ret);

/*
 * As kernel_ops.mrdisc_set().  On: advertises at once, three times in quick
 * succession, then every interval, and to who asks.  Off: says so at once.
 * Needs CAP_NET_RAW to go on, none to go off.
 */
int mrdisc_set(struct mrdisc *mrdisc, enum family family,
	       unsigned int ifindex, bool on);

/* Says so on all interfaces that are still on; NULL is fine. */
void mrdisc_close(struct mrdisc *mrdisc);

#else

static inline bool mrdisc_available(void)
{
	return false;
}

static inline int mrdisc_open(struct ev_loop *loop, unsigned int interval,
			      struct mrdisc **ret)
{
	(void)loop, (void)interval;
	*ret = NULL;
	return 0;
}

static inline int mrdisc_set(struct mrdisc *mrdisc, enum family family,
			     unsigned int ifindex, bool on)
{
	(void)mrdisc, (void)family, (void)ifindex, (void)on;
	return -EOPNOTSUPP;
}

static inline void mrdisc_close(struct mrdisc *mrdisc)
{
	(void)mrdisc;
}

#endif

#endif
