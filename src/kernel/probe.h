/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of one packet: how often it comes back to the host of a lab, and
 * how often a local program of the router receives it.
 */
#ifndef KERNEL_PROBE_H
#define KERNEL_PROBE_H

#include <stdbool.h>

#include "lib/addr.h"

struct ev_loop;
struct lab;
struct probe;

struct probe_count {
	unsigned int wire;		/* copies that came back to the host */
	unsigned int local;		/* copies that the program received */
	bool complete;			/* no more can come */
};

/*
 * A local program that receives the flow of `lab`: it joins its group if `join`
 * is set, else the membership of another has to do.  `loop` and `lab` are
 * borrowed.  0 or -errno.
 */
int probe_open(struct ev_loop *loop, struct lab *lab, enum family family,
	       bool join, struct probe **ret);

/* NULL is fine. */
void probe_close(struct probe *probe);

/*
 * Sends a packet with that TTL or hop limit and runs the loop, in which the
 * router works, until all copies of it are counted, or until `seconds` are
 * over: then ret->complete is false.  0, or -errno when it cannot be sent or
 * counted.
 */
int probe_run(struct probe *probe, int ttl, double seconds,
	      struct probe_count *ret);

#endif
