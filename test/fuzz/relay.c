/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever the relay takes for a packet leaves as packets that it would take
 * as well.  The first bytes of the input say how it came: family, GSO size,
 * where the checksum is unfinished, MTU.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/relay-cut.h"
#include "kernel/relay-packet.h"

#define PREFIX 8

static uint8_t packet_data[RELAY_PACKET_MAX];
static uint8_t out[RELAY_PACKET_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_valid(enum family family, uint8_t *data, size_t len)
{
	struct relay_packet packet = {
		.data = data, .len = len, .family = family,
	};

	if (relay_packet_check(&packet) || packet.len != len)
		abort();
}

static void try_segments(const struct relay_packet *packet)
{
	struct relay_segments segments;
	size_t len, n = 0;

	if (relay_segments_init(&segments, packet))
		return;
	while ((len = relay_segments_next(&segments, out))) {
		expect_valid(packet->family, out, len);
		n += len;
	}
	if (n < packet->len)
		abort();
}

static void try_fragments(const struct relay_packet *packet, size_t mtu)
{
	struct relay_fragments fragments;
	size_t len;

	relay_fragments_init(&fragments, packet->data, packet->len, mtu);
	while ((len = relay_fragments_next(&fragments, out))) {
		if (len > mtu)
			abort();
		expect_valid(packet->family, out, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relay_packet packet = { .data = packet_data };
	struct in6_addr source, group;

	if (size < PREFIX || size - PREFIX > sizeof(packet_data))
		return 0;
	packet.family = data[0] & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
	packet.csum_unfinished = data[0] & 2;
	packet.gso_size = data[1];
	packet.csum_start = data[2] * 4u;
	packet.csum_offset = data[3];
	/* At the end of the buffer, so that a byte too far is seen. */
	packet.len = size - PREFIX;
	packet.data += sizeof(packet_data) - packet.len;
	memcpy(packet.data, data + PREFIX, packet.len);

	relay_packet_addresses(&packet, &source, &group);
	if (relay_packet_check(&packet))
		return 0;
	if (packet.family == FAMILY_IPV6)
		relay_packet_is_error(&packet);
	relay_packet_would_change(&packet);
	/* What is said to be a checksum may lie in an extension header. */
	if (relay_packet_finish(&packet) || relay_packet_check(&packet))
		return 0;
	if (relay_packet_ttl(&packet) > 1)
		relay_packet_hop(&packet);
	expect_valid(packet.family, packet.data, packet.len);
	try_segments(&packet);
	if (!relay_packet_is_whole(&packet))
		try_fragments(&packet, 68 + data[4] * 8u);
	return 0;
}
