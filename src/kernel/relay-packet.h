/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the relay knows of IP: which packets the kernel would forward, and what
 * they look like when they leave.  Pure: bytes in, bytes out.
 */
#ifndef KERNEL_RELAY_PACKET_H
#define KERNEL_RELAY_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* The longest IP packet: 16 bits of length, and 40 of IPv6 header. */
#define RELAY_PACKET_MAX (65535 + 40)

struct relay_packet {
	uint8_t *data;		/* from the IP header on; borrowed, changed */
	size_t len;
	enum family family;
	/*
	 * An unfinished transport checksum: it covers what lies behind `start`,
	 * and goes to `offset` behind `start` (struct virtio_net_hdr).
	 */
	bool csum_unfinished;
	size_t csum_start;	/* from the IP header on */
	size_t csum_offset;
	/* GSO: payload bytes of each datagram, 0: this is one packet */
	size_t gso_size;
};

/*
 * The addresses, whatever else the header says.  False when the packet is too
 * short to have them.
 */
bool relay_packet_addresses(const struct relay_packet *packet,
			    struct in6_addr *ret_source,
			    struct in6_addr *ret_group);

/*
 * Checks the packet as the kernel does on the way to forwarding it
 * (ip_rcv_core(), ip_rcv_options(), ip_mc_validate_source(); ip6_rcv_core(),
 * ipv6_parse_hopopts(), ip6_mc_input()), and cuts off what is behind its end.
 *	-EBADMSG	the kernel would discard it
 *	-EADDRNOTAVAIL	source or group are not forwarded: link-local and such
 *	-EOPNOTSUPP	Record Route, Timestamp, a source route: what would have
 *			to be changed on the way
 */
int relay_packet_check(struct relay_packet *packet);

/* The functions below want a packet that was checked. */

/* TTL or hop limit. */
unsigned int relay_packet_ttl(const struct relay_packet *packet);

/* One hop further: RFC 1141 for the IPv4 header checksum. */
void relay_packet_hop(struct relay_packet *packet);

/*
 * Writes an unfinished transport checksum.  -EBADMSG: it is said to be outside
 * of the payload; -EPROTONOSUPPORT: SCTP, which has another kind.
 */
int relay_packet_finish(struct relay_packet *packet);

/* IPv4: may not be fragmented; true for IPv6. */
bool relay_packet_is_whole(const struct relay_packet *packet);

/*
 * A raw socket would not send it as it is: IPv4 without an ID, which IP_HDRINCL
 * fills in; IPv6 fragments, which connection tracking puts together.
 */
bool relay_packet_would_change(const struct relay_packet *packet);

/* ICMPv6 with an error in it, or not the first fragment of what may be one. */
bool relay_packet_is_error(const struct relay_packet *packet);

#endif
