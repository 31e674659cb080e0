/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of the relay that leave as several: datagrams that the sender's
 * kernel put together (GSO), and IPv4 fragments.  Pure, as relay-packet.h.
 */
#ifndef KERNEL_RELAY_CUT_H
#define KERNEL_RELAY_CUT_H

#include "kernel/relay-packet.h"

struct relay_segments {
	const struct relay_packet *packet;
	size_t transport;	/* offset of the UDP header */
	size_t at;		/* of the payload of the next datagram */
	unsigned int n;		/* cut so far */
};

/*
 * Prepares a checked packet with a gso_size; borrowed until the last piece.
 * -EPROTONOSUPPORT: not UDP, -EBADMSG: too short for it.
 */
int relay_segments_init(struct relay_segments *segments,
			const struct relay_packet *packet);

/*
 * Writes the next datagram, headers and all, into `out` of RELAY_PACKET_MAX
 * bytes; as inet_gso_segment() and __udp_gso_segment() do: the IPv4 ID counts.
 * Returns its length, or 0 after the last.
 */
size_t relay_segments_next(struct relay_segments *segments, uint8_t *out);

struct relay_fragments {
	const uint8_t *data;	/* a checked IPv4 packet without DF */
	size_t len;
	size_t mtu;
	size_t at;		/* payload bytes cut so far */
};

/* `data` is borrowed until the last piece. */
void relay_fragments_init(struct relay_fragments *fragments,
			  const uint8_t *data, size_t len, size_t mtu);

/*
 * Writes the next fragment into `out` of `mtu` bytes; as ip_do_fragment() does:
 * options that are not to be copied become padding in all but the first.
 * Returns its length, or 0 after the last, or when `mtu` has no room for any
 * or its offset none in 13 bits.
 */
size_t relay_fragments_next(struct relay_fragments *fragments, uint8_t *out);

/* Nothing is left that could not be cut. */
bool relay_fragments_are_done(const struct relay_fragments *fragments);

#endif
