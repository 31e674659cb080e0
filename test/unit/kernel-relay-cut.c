/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay cuts packets into several. */
#include "config.h"

#include <errno.h>

#include "kernel/relay-cut.h"
#include "test/unit/kernel-relay.h"
#include "test/unit/unit.h"

static uint8_t out[RELAY_PACKET_MAX];

/* The next one: valid, of that length, with payload from `first` on. */
static void expect_segment(struct relay_segments *segments, size_t header,
			   size_t payload, uint8_t first)
{
	struct relay_packet piece = {
		.data = out,
		.len = relay_segments_next(segments, out),
		.family = segments->packet->family,
	};
	size_t i;

	ck_assert_uint_eq(piece.len, header + 8 + payload);
	ck_assert_int_eq(relay_packet_check(&piece), 0);
	ck_assert_uint_eq(piece.len, header + 8 + payload);
	ck_assert_uint_eq(get16(out + header + 4), 8 + payload);
	ck_assert_uint_ne(get16(out + header + 6), 0);
	ck_assert_uint_eq(udp_sum(out, piece.len), 0);
	for (i = 0; i < payload; i++)
		ck_assert_uint_eq(out[header + 8 + i], (uint8_t)(first + i));
}

START_TEST(segments4)
{
	static const uint8_t alert[] = { 0x94, 4, 0, 0 };
	struct relay_packet packet = packet4(alert, sizeof(alert), 25);
	struct relay_segments segments;

	packet.gso_size = 10;
	ck_assert_int_eq(relay_segments_init(&segments, &packet), 0);
	expect_segment(&segments, 24, 10, 0);
	ck_assert_uint_eq(get16(out + IPV4_ID), 0x1234);
	ck_assert_mem_eq(out + IPV4_LEN, alert, sizeof(alert));
	expect_segment(&segments, 24, 10, 10);
	ck_assert_uint_eq(get16(out + IPV4_ID), 0x1235);
	expect_segment(&segments, 24, 5, 20);
	ck_assert_uint_eq(get16(out + IPV4_ID), 0x1236);
	ck_assert_uint_eq(relay_segments_next(&segments, out), 0);
}
END_TEST

START_TEST(segments6)
{
	static const uint8_t hop[8] = { 0, 0, 1, 4 };
	struct relay_packet packet = packet6(hop, sizeof(hop), 20);
	struct relay_segments segments;

	packet.gso_size = 10;
	ck_assert_int_eq(relay_segments_init(&segments, &packet), 0);
	expect_segment(&segments, 48, 10, 0);
	expect_segment(&segments, 48, 10, 10);
	ck_assert_uint_eq(relay_segments_next(&segments, out), 0);
}
END_TEST

START_TEST(segments_refused)
{
	static const uint8_t hop[8] = { 0, 0, 1, 4 };
	struct relay_packet packet = packet4(NULL, 0, 20);
	struct relay_segments segments;

	ck_assert_int_eq(relay_segments_init(&segments, &packet), -EBADMSG);
	packet.gso_size = 10;
	room[IPV4_PROTOCOL] = 6;
	ck_assert_int_eq(relay_segments_init(&segments, &packet),
			 -EPROTONOSUPPORT);
	packet = packet4(NULL, 0, 0);
	packet.gso_size = 10;
	ck_assert_int_eq(relay_segments_init(&segments, &packet), -EBADMSG);
	packet = packet6(hop, sizeof(hop), 20);
	packet.gso_size = 10;
	room[IPV6_LEN + 1] = 200;
	ck_assert_int_eq(relay_segments_init(&segments, &packet), -EBADMSG);
	room[IPV6_LEN] = 60;
	ck_assert_int_eq(relay_segments_init(&segments, &packet),
			 -EPROTONOSUPPORT);
}
END_TEST

static size_t expect_fragment(struct relay_fragments *fragments, size_t header,
			      size_t payload, unsigned int field)
{
	struct relay_packet piece = {
		.data = out,
		.len = relay_fragments_next(fragments, out),
	};

	ck_assert_uint_eq(piece.len, header + payload);
	ck_assert_int_eq(relay_packet_check(&piece), 0);
	ck_assert_uint_eq(piece.len, header + payload);
	ck_assert_uint_eq(get16(out + IPV4_ID), 0x1234);
	ck_assert_uint_eq(get16(out + IPV4_FRAGMENT), field);
	return payload;
}

START_TEST(fragments)
{
	struct relay_packet packet = packet4(NULL, 0, 192);
	struct relay_fragments cut;
	size_t at = IPV4_LEN;

	/* 200 bytes to carry, 80 (not 83) in each. */
	relay_fragments_init(&cut, packet.data, packet.len, 103);
	at += expect_fragment(&cut, IPV4_LEN, 80, 0x2000);
	ck_assert_mem_eq(out + IPV4_LEN, room + IPV4_LEN, 80);
	ck_assert(!relay_fragments_are_done(&cut));
	expect_fragment(&cut, IPV4_LEN, 80, 0x200a);
	ck_assert_mem_eq(out + IPV4_LEN, room + at, 80);
	expect_fragment(&cut, IPV4_LEN, 40, 0x0014);
	ck_assert_mem_eq(out + IPV4_LEN, room + at + 80, 40);
	ck_assert(relay_fragments_are_done(&cut));
	ck_assert_uint_eq(relay_fragments_next(&cut, out), 0);
}
END_TEST

START_TEST(fragment_of_fragment)
{
	struct relay_packet packet = packet4(NULL, 0, 152);
	struct relay_fragments cut;

	/* In the middle: offset 1000, and more to come. */
	put16(room + IPV4_FRAGMENT, 0x2000 | 1000);
	header4_sum(room);
	relay_fragments_init(&cut, packet.data, packet.len, 100);
	expect_fragment(&cut, IPV4_LEN, 80, 0x2000 | 1000);
	expect_fragment(&cut, IPV4_LEN, 80, 0x2000 | 1010);
	ck_assert_uint_eq(relay_fragments_next(&cut, out), 0);
	ck_assert(relay_fragments_are_done(&cut));

	/* So far behind that the next has no offset. */
	put16(room + IPV4_FRAGMENT, 8185);
	header4_sum(room);
	relay_fragments_init(&cut, packet.data, packet.len, 100);
	expect_fragment(&cut, IPV4_LEN, 80, 0x2000 | 8185);
	ck_assert_uint_eq(relay_fragments_next(&cut, out), 0);
	ck_assert(!relay_fragments_are_done(&cut));
}
END_TEST

START_TEST(fragments_with_options)
{
	/* A stream ID is copied (RFC 791, 3.1), the other option is not. */
	static const uint8_t options[] = {
		0x88, 4, 1, 2, 0x1e, 3, 7, 1, 0x1e, 2, 0, 0,
	};
	static const uint8_t later[] = {
		0x88, 4, 1, 2, 1, 1, 1, 1, 1, 1, 0, 0,
	};
	struct relay_packet packet = packet4(options, sizeof(options), 92);
	struct relay_fragments cut;

	relay_fragments_init(&cut, packet.data, packet.len, 100);
	expect_fragment(&cut, 32, 64, 0x2000);
	ck_assert_mem_eq(out + IPV4_LEN, options, sizeof(options));
	expect_fragment(&cut, 32, 36, 0x0008);
	ck_assert_mem_eq(out + IPV4_LEN, later, sizeof(later));
	ck_assert_uint_eq(relay_fragments_next(&cut, out), 0);
}
END_TEST

START_TEST(no_room)
{
	struct relay_packet packet = packet4(NULL, 0, 92);
	struct relay_fragments cut;

	relay_fragments_init(&cut, packet.data, packet.len, 27);
	ck_assert_uint_eq(relay_fragments_next(&cut, out), 0);
	ck_assert(!relay_fragments_are_done(&cut));
}
END_TEST

int main(void)
{
	TCase *segments = tcase_create("segments");
	TCase *pieces = tcase_create("fragments");

	tcase_add_test(segments, segments4);
	tcase_add_test(segments, segments6);
	tcase_add_test(segments, segments_refused);
	tcase_add_test(pieces, fragments);
	tcase_add_test(pieces, fragment_of_fragment);
	tcase_add_test(pieces, fragments_with_options);
	tcase_add_test(pieces, no_room);
	return unit_main("kernel/relay-cut", segments, pieces, NULL);
}
