/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relay guard: the hairpin leg in this process.  The kernel's entry has no
 * hairpin OIF, so nothing is looped back to be forwarded again; what comes in
 * on the interface is heard by a packet socket and sent out again, one hop
 * further, by a raw socket that does not loop.  Both families.  Facts and
 * measurements: HACKING.md, "The hairpin defect".
 *
 * That leg passes the netfilter hook OUTPUT, but not PREROUTING and FORWARD,
 * nor rp_filter.
 */
#ifndef KERNEL_RELAY_H
#define KERNEL_RELAY_H

#include <stddef.h>

#include "core/kernel.h"

struct diag;
struct ev_loop;
struct relay;

/*
 * There are packets of flows that are not relayed: upcalls for them that wait
 * are to be served now, so that the first packet of a flow that is learned is
 * relayed too.  May call anything of this header but relay_close().
 */
typedef void relay_miss_fn(void *arg, enum family family);

/* True when keys of that interface and family may be added before long. */
typedef bool relay_wanted_fn(void *arg, enum family family,
			     unsigned int ifindex);

struct relay_config {
	struct ev_loop *loop;		/* borrowed for the whole life */
	relay_miss_fn *miss;
	relay_wanted_fn *wanted;
	void *arg;
};

/* Opens nothing yet.  0 or -ENOMEM. */
int relay_open(const struct relay_config *config, struct relay **ret);

/* NULL is fine. */
void relay_close(struct relay *relay);

/*
 * Opens the sockets of that interface and family, if they are not open; they
 * stay while there are keys for them, or are wanted.
 * -errno with the cause in `diag`: -EPERM CAP_NET_RAW is missing,
 * -EAFNOSUPPORT a kernel option.
 */
int relay_ready(struct relay *relay, enum family family, unsigned int ifindex,
		struct diag *diag);

/*
 * guard_add, guard_del and guard_count of struct kernel_ops.  relay_add()
 * opens sockets as relay_ready() does.
 *
 * What the kernel could not hand over for want of room belongs to no flow:
 * relay_count() tells it as `dropped` of the key of any source and any group,
 * that is 0.0.0.0 or ::, of each interface and family.
 */
int relay_add(struct relay *relay, const struct guard_key *keys, size_t n);
int relay_del(struct relay *relay, const struct guard_key *keys, size_t n);
int relay_count(struct relay *relay, const struct guard_key *keys, size_t n,
		guard_count_fn *fn, void *arg);

/*
 * Deals with all that was captured before the call, under the keys as they
 * are: what is of none is gone, without a relay_miss_fn.
 */
void relay_drain(struct relay *relay);

#endif
