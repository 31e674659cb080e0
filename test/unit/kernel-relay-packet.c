/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay and the headers of a packet. */
#include "config.h"

#include <errno.h>

#include "test/unit/kernel-relay.h"
#include "test/unit/unit.h"

static int check(struct relay_packet packet)
{
	return relay_packet_check(&packet);
}

/* As a plain packet, but for one byte; the checksum is made right. */
static int check4_with(size_t at, uint8_t value)
{
	struct relay_packet packet = packet4(NULL, 0, 11);

	ck_assert_uint_ne(room[at], value);
	room[at] = value;
	header4_sum(room);
	return relay_packet_check(&packet);
}

static int check6_with(size_t at, uint8_t value)
{
	struct relay_packet packet = packet6(NULL, 0, 11);

	ck_assert_uint_ne(room[at], value);
	room[at] = value;
	return relay_packet_check(&packet);
}

START_TEST(addresses)
{
	struct relay_packet packet = packet4(NULL, 0, 11);
	char source[ADDR_STRLEN], group[ADDR_STRLEN];
	struct in6_addr s, g;

	ck_assert(relay_packet_addresses(&packet, &s, &g));
	ck_assert_str_eq(addr_format(&s, source), "198.18.1.1");
	ck_assert_str_eq(addr_format(&g, group), "239.1.1.1");
	packet.len = 19;
	ck_assert(!relay_packet_addresses(&packet, &s, &g));
	packet = packet6(NULL, 0, 11);
	ck_assert(relay_packet_addresses(&packet, &s, &g));
	ck_assert_str_eq(addr_format(&s, source), "fd00:1::1");
	ck_assert_str_eq(addr_format(&g, group), "ff0e::1");
	packet.len = 39;
	ck_assert(!relay_packet_addresses(&packet, &s, &g));
}
END_TEST

START_TEST(header4)
{
	struct relay_packet packet = packet4(NULL, 0, 11);

	/* Padding of a short frame is no part of the packet. */
	packet.len = 46;
	ck_assert_int_eq(relay_packet_check(&packet), 0);
	ck_assert_uint_eq(packet.len, 39);

	packet.len = 38;
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
	packet.len = 19;
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
	ck_assert_int_eq(check4_with(0, 0x55), -EBADMSG);
	ck_assert_int_eq(check4_with(0, 0x44), -EBADMSG);
	ck_assert_int_eq(check4_with(IPV4_TOTAL + 1, 19), -EBADMSG);
	ck_assert_int_eq(check4_with(IPV4_TOTAL + 1, 40), -EBADMSG);
	/* A header that would be longer than the packet. */
	packet = packet4(NULL, 0, 0);
	room[0] = 0x4f;
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
	packet = packet4(NULL, 0, 11);
	room[IPV4_CHECK] ^= 1;
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
}
END_TEST

START_TEST(addresses4)
{
	ck_assert_int_eq(check4_with(IPV4_SOURCE, 0), -EADDRNOTAVAIL);
	ck_assert_int_eq(check4_with(IPV4_SOURCE, 127), -EADDRNOTAVAIL);
	ck_assert_int_eq(check4_with(IPV4_SOURCE, 224), -EADDRNOTAVAIL);
	ck_assert_int_eq(check4_with(IPV4_SOURCE, 240), 0);
	ck_assert_int_eq(check4_with(IPV4_GROUP, 223), -EADDRNOTAVAIL);
	ck_assert_int_eq(check4_with(IPV4_GROUP, 224), 0);

	struct relay_packet packet = packet4(NULL, 0, 11);

	memset(room + IPV4_SOURCE, 255, 4);
	header4_sum(room);
	ck_assert_int_eq(relay_packet_check(&packet), -EADDRNOTAVAIL);
	packet = packet4(NULL, 0, 11);
	memcpy(room + IPV4_GROUP, "\xe0\0\0\xfb", 4);
	header4_sum(room);
	ck_assert_int_eq(relay_packet_check(&packet), -EADDRNOTAVAIL);
}
END_TEST

#define options4(...) \
	check(packet4((const uint8_t[]){ __VA_ARGS__ }, \
		      sizeof((const uint8_t[]){ __VA_ARGS__ }), 11))

START_TEST(options_of_ipv4)
{
	ck_assert_int_eq(options4(1, 1, 1, 0), 0);
	/* Behind the end may be anything. */
	ck_assert_int_eq(options4(0, 7, 1, 0), 0);
	/* Router Alert, and too short for one; a security label. */
	ck_assert_int_eq(options4(0x94, 4, 0, 0), 0);
	ck_assert_int_eq(options4(0x94, 3, 0, 0), -EBADMSG);
	ck_assert_int_eq(options4(0x82, 3, 9, 1), 0);
	/* Record Route, Timestamp, loose and strict source route */
	ck_assert_int_eq(options4(7, 7, 4, 0, 0, 0, 0, 0), -EOPNOTSUPP);
	ck_assert_int_eq(options4(68, 8, 5, 0, 0, 0, 0, 0), -EOPNOTSUPP);
	ck_assert_int_eq(options4(1, 0x83, 7, 4, 1, 2, 3, 4), -EOPNOTSUPP);
	ck_assert_int_eq(options4(0x89, 7, 4, 1, 2, 3, 4, 0), -EOPNOTSUPP);
	/* Lengths that lie. */
	ck_assert_int_eq(options4(0x94, 5, 0, 0), -EBADMSG);
	ck_assert_int_eq(options4(0x94, 1, 0, 0), -EBADMSG);
	ck_assert_int_eq(options4(0x94, 0, 0, 0), -EBADMSG);
	ck_assert_int_eq(options4(1, 1, 1, 0x94), -EBADMSG);
	ck_assert_int_eq(options4(7, 3, 4, 0x94), -EBADMSG);
}
END_TEST

START_TEST(header6)
{
	struct relay_packet packet = packet6(NULL, 0, 11);

	packet.len = 80;
	ck_assert_int_eq(relay_packet_check(&packet), 0);
	ck_assert_uint_eq(packet.len, 59);
	packet.len = 58;
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
	packet.len = 39;
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
	ck_assert_int_eq(check6_with(0, 0x40), -EBADMSG);
	ck_assert_int_eq(check6_with(IPV6_PAYLOAD, 1), -EBADMSG);
	/* Nothing behind the header, and all of it padding. */
	ck_assert_int_eq(check6_with(IPV6_PAYLOAD + 1, 0), 0);

	ck_assert_int_eq(check6_with(IPV6_SOURCE, 0xff), -EADDRNOTAVAIL);
	ck_assert_int_eq(check6_with(IPV6_GROUP, 0xfe), -EADDRNOTAVAIL);
	ck_assert_int_eq(check6_with(IPV6_GROUP + 1, 0x00), -EADDRNOTAVAIL);
	ck_assert_int_eq(check6_with(IPV6_GROUP + 1, 0x11), -EADDRNOTAVAIL);
	ck_assert_int_eq(check6_with(IPV6_GROUP + 1, 0x02), -EADDRNOTAVAIL);
	ck_assert_int_eq(check6_with(IPV6_GROUP + 1, 0x13), 0);
	packet = packet6(NULL, 0, 11);
	memset(room + IPV6_SOURCE, 0, 15);
	ck_assert_int_eq(relay_packet_check(&packet), -EADDRNOTAVAIL);
}
END_TEST

#define options6(...) \
	check(packet6((const uint8_t[]){ __VA_ARGS__ }, \
		      sizeof((const uint8_t[]){ __VA_ARGS__ }), 11))

START_TEST(options_of_ipv6)
{
	ck_assert_int_eq(options6(0, 0, 1, 4, 0, 0, 0, 0), 0);
	ck_assert_int_eq(options6(0, 0, 0, 0, 0, 0, 0, 0), 0);
	/* Padding that is too long, or has something in it. */
	ck_assert_int_eq(options6(0, 1, 1, 6, 0, 0, 0, 0, 0, 0,
				  1, 4, 0, 0, 0, 0), -EBADMSG);
	ck_assert_int_eq(options6(0, 0, 1, 4, 0, 0, 1, 0), -EBADMSG);
	/* Router Alert of MLD, of something else, and a wrong one. */
	ck_assert_int_eq(options6(0, 0, 5, 2, 0, 0, 1, 0), -EADDRNOTAVAIL);
	ck_assert_int_eq(options6(0, 0, 5, 2, 0, 1, 1, 0), 0);
	ck_assert_int_eq(options6(0, 0, 5, 3, 0, 1, 0, 0), -EBADMSG);
	/* Unknown: to be skipped, to be discarded. */
	ck_assert_int_eq(options6(0, 0, 0x1e, 4, 1, 2, 3, 4), 0);
	ck_assert_int_eq(options6(0, 0, 0x5e, 4, 1, 2, 3, 4), -EBADMSG);
	/* Jumbo payload */
	ck_assert_int_eq(options6(0, 0, 0xc2, 4, 0, 1, 0, 0), -EBADMSG);
	/* Lengths that lie. */
	ck_assert_int_eq(options6(0, 9, 1, 4, 0, 0, 0, 0), -EBADMSG);
	ck_assert_int_eq(options6(0, 0, 1, 5, 0, 0, 0, 0), -EBADMSG);
	ck_assert_int_eq(options6(0, 0, 1, 3, 0, 0, 0, 0x1e), -EBADMSG);
	/* More than eight. */
	ck_assert_int_eq(options6(0, 2, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0,
				  0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0,
				  1, 4, 0, 0, 0, 0), 0);
	ck_assert_int_eq(options6(0, 2, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0,
				  0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0,
				  0x1e, 0, 1, 2, 0, 0), -EBADMSG);

	struct relay_packet packet = packet6(NULL, 0, 0);

	room[IPV6_NEXT] = 0;
	put16(room + IPV6_PAYLOAD, 4);
	ck_assert_int_eq(relay_packet_check(&packet), -EBADMSG);
}
END_TEST

/* Whatever the checksum was, it stays right, and nothing else changes. */
START_TEST(hops)
{
	uint8_t before[ROOM];
	unsigned int id;

	for (id = 0; id < 65536; id += 13) {
		struct relay_packet packet = packet4(NULL, 0, 11);

		put16(room + IPV4_ID, id);
		header4_sum(room);
		memcpy(before, room, ROOM);
		relay_packet_hop(&packet);
		ck_assert_uint_eq(relay_packet_ttl(&packet), 4);
		ck_assert_int_eq(relay_packet_check(&packet), 0);
		memcpy(before + IPV4_CHECK, room + IPV4_CHECK, 2);
		before[IPV4_TTL]--;
		ck_assert_mem_eq(before, room, ROOM);
	}

	struct relay_packet packet = packet6(NULL, 0, 11);

	memcpy(before, room, ROOM);
	relay_packet_hop(&packet);
	ck_assert_uint_eq(relay_packet_ttl(&packet), 4);
	before[IPV6_HOPS]--;
	ck_assert_mem_eq(before, room, ROOM);
}
END_TEST

/* As the sender's kernel leaves it: the sum of the pseudo header, in place. */
static void unfinish(struct relay_packet *packet, size_t transport)
{
	bool ipv4 = packet->family == FAMILY_IPV4;
	uint8_t rest[4] = { 0, 17 };
	uint64_t sum;
	uint16_t partial;

	put16(rest + 2, packet->len - transport);
	sum = sum_add(0, rest, sizeof(rest));
	sum = ipv4 ? sum_add(sum, room + IPV4_SOURCE, 8) :
		     sum_add(sum, room + IPV6_SOURCE, 32);
	partial = (uint16_t)~sum_fold(sum);
	memcpy(room + transport + 6, &partial, sizeof(partial));
	packet->csum_unfinished = true;
	packet->csum_start = transport;
	packet->csum_offset = 6;
}

START_TEST(checksums)
{
	size_t payload;

	for (payload = 0; payload < 9; payload++) {
		struct relay_packet packet = packet4(NULL, 0, payload);

		unfinish(&packet, IPV4_LEN);
		ck_assert_uint_ne(udp_sum(room, packet.len), 0);
		ck_assert_int_eq(relay_packet_finish(&packet), 0);
		ck_assert_uint_eq(udp_sum(room, packet.len), 0);
		packet = packet6(NULL, 0, payload);
		unfinish(&packet, IPV6_LEN);
		ck_assert_int_eq(relay_packet_finish(&packet), 0);
		ck_assert_uint_eq(udp_sum(room, packet.len), 0);
	}
}
END_TEST

/* What comes to zero is sent as all ones. */
START_TEST(checksum_zero)
{
	struct relay_packet packet = packet4(NULL, 0, 2);
	unsigned int value;

	for (value = 0; value < 65536; value++) {
		put16(room + IPV4_LEN + 8, value);
		unfinish(&packet, IPV4_LEN);
		ck_assert_int_eq(relay_packet_finish(&packet), 0);
		ck_assert_uint_ne(get16(room + IPV4_LEN + 6), 0);
		ck_assert_uint_eq(udp_sum(room, packet.len), 0);
	}
}
END_TEST

START_TEST(checksum_elsewhere)
{
	struct relay_packet packet = packet4(NULL, 0, 11);

	ck_assert_int_eq(relay_packet_finish(&packet), 0);
	packet.csum_unfinished = true;
	packet.csum_start = 0;
	packet.csum_offset = 6;
	ck_assert_int_eq(relay_packet_finish(&packet), -EBADMSG);
	packet.csum_start = IPV4_LEN;
	packet.csum_offset = packet.len - IPV4_LEN - 1;
	ck_assert_int_eq(relay_packet_finish(&packet), -EBADMSG);
	packet.csum_start = 65000;
	ck_assert_int_eq(relay_packet_finish(&packet), -EBADMSG);
	packet.csum_start = IPV4_LEN;
	packet.csum_offset = 8;
	room[IPV4_PROTOCOL] = 132;
	ck_assert_int_eq(relay_packet_finish(&packet), -EPROTONOSUPPORT);
}
END_TEST

START_TEST(identification)
{
	struct relay_packet packet = packet4(NULL, 0, 11);

	ck_assert(!relay_packet_would_change(&packet));
	ck_assert(!relay_packet_is_whole(&packet));
	put16(room + IPV4_ID, 0);
	ck_assert(relay_packet_would_change(&packet));
	put16(room + IPV4_FRAGMENT, 0x4000);
	ck_assert(!relay_packet_would_change(&packet));
	ck_assert(relay_packet_is_whole(&packet));
	packet = packet6(NULL, 0, 11);
	ck_assert(!relay_packet_would_change(&packet));
	ck_assert(relay_packet_is_whole(&packet));
}
END_TEST

START_TEST(fragments6)
{
	static const uint8_t hop[16] = { 0, 0, 1, 4, [8] = 17 };
	struct relay_packet packet = packet6(hop, sizeof(hop), 11);

	ck_assert(!relay_packet_would_change(&packet));
	room[IPV6_NEXT] = 44;
	ck_assert(relay_packet_would_change(&packet));
	/* Behind a hop-by-hop header, a routing header, destination options. */
	room[IPV6_NEXT] = 0;
	room[IPV6_LEN] = 44;
	ck_assert(relay_packet_would_change(&packet));
	room[IPV6_NEXT] = 43;
	ck_assert(relay_packet_would_change(&packet));
	room[IPV6_NEXT] = 60;
	ck_assert(relay_packet_would_change(&packet));
	/* Headers that end nowhere. */
	room[IPV6_LEN] = 60;
	room[IPV6_LEN + 9] = 200;
	ck_assert(!relay_packet_would_change(&packet));
	packet.len = IPV6_LEN + 7;
	ck_assert(!relay_packet_would_change(&packet));
}
END_TEST

START_TEST(errors)
{
	static const uint8_t hop[8] = { 0, 0, 1, 4 };
	struct relay_packet packet = packet6(hop, sizeof(hop), 11);

	ck_assert(!relay_packet_is_error(&packet));
	room[IPV6_LEN] = 58;
	room[IPV6_LEN + 8] = 128;
	ck_assert(!relay_packet_is_error(&packet));
	room[IPV6_LEN + 8] = 2;
	ck_assert(relay_packet_is_error(&packet));
	/* A fragment: the first of one, and a later. */
	packet = packet6(hop, sizeof(hop), 11);
	room[IPV6_NEXT] = 44;
	put16(room + IPV6_LEN + 2, 1);
	ck_assert(!relay_packet_is_error(&packet));
	put16(room + IPV6_LEN + 2, 8);
	ck_assert(relay_packet_is_error(&packet));
	/* Headers that end nowhere. */
	packet = packet6(hop, sizeof(hop), 11);
	room[IPV6_LEN + 1] = 200;
	ck_assert(relay_packet_is_error(&packet));
}
END_TEST

int main(void)
{
	TCase *checks = tcase_create("check");
	TCase *changes = tcase_create("change");

	tcase_add_test(checks, addresses);
	tcase_add_test(checks, header4);
	tcase_add_test(checks, addresses4);
	tcase_add_test(checks, options_of_ipv4);
	tcase_add_test(checks, header6);
	tcase_add_test(checks, options_of_ipv6);
	tcase_add_test(checks, identification);
	tcase_add_test(checks, fragments6);
	tcase_add_test(checks, errors);
	tcase_add_test(changes, hops);
	tcase_add_test(changes, checksums);
	tcase_add_test(changes, checksum_zero);
	tcase_add_test(changes, checksum_elsewhere);
	return unit_main("kernel/relay-packet", checks, changes, NULL);
}
