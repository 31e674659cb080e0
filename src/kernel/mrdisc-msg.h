/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of multicast router discovery, RFC 4286: of IGMP for IPv4, of
 * ICMPv6 for IPv6.
 */
#ifndef KERNEL_MRDISC_MSG_H
#define KERNEL_MRDISC_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* Longest message of ours. */
#define MRDISC_MSG_MAX 8

/* Bytes of a received packet that are looked at; longer ones are cut. */
#define MRDISC_PACKET_MAX 256

/* RFC 4286, sections 3 to 5. */
#define MRDISC4_ADVERTISEMENT 0x30
#define MRDISC4_SOLICITATION  0x31
#define MRDISC4_TERMINATION   0x32
#define MRDISC6_ADVERTISEMENT 151
#define MRDISC6_SOLICITATION  152
#define MRDISC6_TERMINATION   153

/*
 * Writes an advertisement, to be sent every `interval` seconds (4..180), or a
 * termination, and returns its length.  The checksum of ICMPv6 covers the
 * source address and is left to the kernel, as 0.
 */
size_t mrdisc_msg_advertise(enum family family, unsigned int interval,
			    uint8_t ret[MRDISC_MSG_MAX]);
size_t mrdisc_msg_terminate(enum family family, uint8_t ret[MRDISC_MSG_MAX]);

/*
 * Whether what a raw socket gave us is a solicitation from this link.  IPv4:
 * a packet with its header; the checksum is verified.  IPv6: the message
 * alone, of which the kernel has verified the checksum, with the hop limit and
 * source address that it came with.
 */
bool mrdisc_msg_solicits4(const uint8_t *packet, size_t len);
bool mrdisc_msg_solicits6(const uint8_t *message, size_t len, int hop_limit,
			  const struct in6_addr *source);

#endif
