/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet Too Big for what the relay cannot send (RFC 4443, 3.2; RFC 8201). */
#ifndef KERNEL_RELAY_ICMP_H
#define KERNEL_RELAY_ICMP_H

#include "kernel/relay-packet.h"

/* Most messages at once, and a second. */
#define RELAY_ICMP_BURST 10
#define RELAY_ICMP_RATE 10

struct relay_icmp {
	int fd;			/* -1: not open yet */
	double tokens;
	double last;		/* seconds of the steady clock */
};

void relay_icmp_init(struct relay_icmp *icmp);
void relay_icmp_fini(struct relay_icmp *icmp);

/*
 * Tells the source of a checked IPv6 packet that came in on that interface the
 * MTU, unless the packet is an error itself (RFC 4443, 2.4 (e)) or more than
 * RELAY_ICMP_RATE a second were told.  `now` is in seconds.  What cannot be
 * sent is no error.
 */
void relay_icmp_too_big(struct relay_icmp *icmp,
			const struct relay_packet *packet, unsigned int ifindex,
			size_t mtu, double now);

#endif
