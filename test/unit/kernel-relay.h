/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets for the unit tests of the relay. */
#ifndef TEST_UNIT_KERNEL_RELAY_H
#define TEST_UNIT_KERNEL_RELAY_H

#include <string.h>

#include "kernel/relay-bytes.h"
#include "kernel/relay-packet.h"

#define ROOM 4096

static uint8_t room[ROOM];

static inline void header4_sum(uint8_t *ip)
{
	uint16_t check;

	put16(ip + IPV4_CHECK, 0);
	check = sum_fold(sum_add(0, ip, ipv4_header(ip)));
	memcpy(ip + IPV4_CHECK, &check, sizeof(check));
}

/* IPv4 in `room`, UDP with a payload of 0, 1, 2...; options in fours. */
static inline struct relay_packet packet4(const uint8_t *options, size_t len,
					  size_t payload)
{
	static const uint8_t start[] = {
		0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 5, 17, 0, 0,
		198, 18, 1, 1, 239, 1, 1, 1,
	};
	size_t header = sizeof(start) + len, i;

	memset(room, 0xee, sizeof(room));
	memcpy(room, start, sizeof(start));
	if (len)
		memcpy(room + sizeof(start), options, len);
	room[0] = (uint8_t)(0x40 | header / 4);
	put16(room + IPV4_TOTAL, header + 8 + payload);
	header4_sum(room);
	put16(room + header, 1);
	put16(room + header + 2, 2);
	put16(room + header + 4, 8 + payload);
	put16(room + header + 6, 0);
	for (i = 0; i < payload; i++)
		room[header + 8 + i] = (uint8_t)i;
	return (struct relay_packet){ .data = room,
				      .len = header + 8 + payload };
}

/* IPv6; `hop` is a hop-by-hop header in eights, its first byte is replaced. */
static inline struct relay_packet packet6(const uint8_t *hop, size_t len,
					  size_t payload)
{
	static const uint8_t start[] = {
		0x60, 0, 0, 0, 0, 0, 17, 5,
		0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	};
	size_t header = sizeof(start) + len, i;

	memset(room, 0xee, sizeof(room));
	memcpy(room, start, sizeof(start));
	put16(room + IPV6_PAYLOAD, len + 8 + payload);
	if (len) {
		memcpy(room + sizeof(start), hop, len);
		room[IPV6_NEXT] = 0;
		room[sizeof(start)] = 17;
	}
	put16(room + header, 1);
	put16(room + header + 2, 2);
	put16(room + header + 4, 8 + payload);
	put16(room + header + 6, 0);
	for (i = 0; i < payload; i++)
		room[header + 8 + i] = (uint8_t)i;
	return (struct relay_packet){ .data = room, .family = FAMILY_IPV6,
				      .len = header + 8 + payload };
}

/* The sum of pseudo header, UDP header and payload; 0 when it is right. */
static inline uint16_t udp_sum(const uint8_t *ip, size_t len)
{
	bool ipv4 = ip[0] >> 4 == 4;
	size_t at = ipv4 ? ipv4_header(ip) : IPV6_LEN;
	uint8_t rest[4] = { 0, 17 };
	uint64_t sum;

	if (!ipv4 && ip[IPV6_NEXT] == 0)
		at += (ip[at + 1] + 1u) * 8;
	put16(rest + 2, len - at);
	sum = sum_add(0, rest, sizeof(rest));
	sum = ipv4 ? sum_add(sum, ip + IPV4_SOURCE, 8) :
		     sum_add(sum, ip + IPV6_SOURCE, 32);
	return sum_fold(sum_add(sum, ip + at, len - at));
}

#endif
