/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of multicast router discovery. */
#include "config.h"

#include <string.h>

#include "kernel/mrdisc-msg.h"
#include "test/unit/unit.h"

static uint8_t message[MRDISC_MSG_MAX];

#define expect(len, ...) \
	do { \
		static const uint8_t want[] = { __VA_ARGS__ }; \
		ck_assert_uint_eq((len), sizeof(want)); \
		ck_assert_mem_eq(message, want, sizeof(want)); \
	} while (0)

START_TEST(ipv4_messages)
{
	/* as SMCRoute 2.6 sends them */
	expect(mrdisc_msg_advertise(FAMILY_IPV4, 30, message),
	       0x30, 0x1e, 0xcf, 0xe1, 0, 0, 0, 0);
	expect(mrdisc_msg_advertise(FAMILY_IPV4, 4, message),
	       0x30, 0x04, 0xcf, 0xfb, 0, 0, 0, 0);
	expect(mrdisc_msg_advertise(FAMILY_IPV4, 180, message),
	       0x30, 0xb4, 0xcf, 0x4b, 0, 0, 0, 0);
	expect(mrdisc_msg_terminate(FAMILY_IPV4, message),
	       0x32, 0x00, 0xcd, 0xff, 0, 0, 0, 0);
}
END_TEST

/* The kernel, which knows the source address, puts the checksum in. */
START_TEST(ipv6_messages)
{
	expect(mrdisc_msg_advertise(FAMILY_IPV6, 180, message),
	       151, 180, 0, 0, 0, 0, 0, 0);
	expect(mrdisc_msg_terminate(FAMILY_IPV6, message), 153, 0, 0, 0);
}
END_TEST

/* With Router Alert; the header checksum is the kernel's business. */
static const uint8_t solicitation[] = {
	0x46, 0, 0, 28, 0, 0, 0, 0, 1, 2, 0, 0,
	198, 18, 1, 1, 224, 0, 0, 2, 0x94, 4, 0, 0,
	0x31, 0, 0xce, 0xff,
};

static bool solicits_with(size_t at, uint8_t value)
{
	uint8_t packet[sizeof(solicitation)];

	memcpy(packet, solicitation, sizeof(packet));
	ck_assert_uint_ne(packet[at], value);
	packet[at] = value;
	return mrdisc_msg_solicits4(packet, sizeof(packet));
}

START_TEST(ipv4_solicitation)
{
	uint8_t longer[sizeof(solicitation) + 4] = { 0 };

	ck_assert(mrdisc_msg_solicits4(solicitation, sizeof(solicitation)));
	for (size_t len = 0; len < sizeof(solicitation); len++)
		ck_assert(!mrdisc_msg_solicits4(solicitation, len));

	/* what pads a short frame is no part of the packet, and not summed */
	memcpy(longer, solicitation, sizeof(solicitation));
	memset(longer + sizeof(solicitation), 0xaa, 4);
	ck_assert(mrdisc_msg_solicits4(longer, sizeof(longer)));
	/* eight bytes, as SMCRoute's messages have */
	memset(longer + sizeof(solicitation), 0, 4);
	longer[3] = sizeof(longer);
	ck_assert(mrdisc_msg_solicits4(longer, sizeof(longer)));
}
END_TEST

START_TEST(ipv4_no_solicitation)
{
	ck_assert(!solicits_with(0, 0x66));	/* version */
	ck_assert(!solicits_with(0, 0x44));	/* header too short */
	ck_assert(!solicits_with(0, 0x47));	/* header too long */
	ck_assert(!solicits_with(0, 0x4f));
	ck_assert(!solicits_with(2, 1));	/* longer than received */
	ck_assert(!solicits_with(3, 27));	/* no room for a message */
	ck_assert(!solicits_with(3, 0));
	ck_assert(!solicits_with(8, 2));	/* came over a router */
	ck_assert(!solicits_with(9, 17));	/* UDP */
	ck_assert(!solicits_with(19, 1));	/* 224.0.0.1 */
	ck_assert(!solicits_with(24, 0x30));	/* advertisement */
	ck_assert(!solicits_with(27, 0xfe));	/* checksum */
}
END_TEST

START_TEST(ipv6_solicitation)
{
	static const uint8_t ask[] = { 152, 0, 0, 0 };
	static const uint8_t query[] = { 130, 0, 0, 0 };
	struct in6_addr link_local, global;

	ck_assert_int_eq(addr_parse("fe80::1", &link_local), 0);
	ck_assert_int_eq(addr_parse("fd00:1::1", &global), 0);
	ck_assert(mrdisc_msg_solicits6(ask, 4, 1, &link_local));
	ck_assert(mrdisc_msg_solicits6(ask, 4, 1, &in6addr_any));
	ck_assert(!mrdisc_msg_solicits6(ask, 4, 1, &global));
	ck_assert(!mrdisc_msg_solicits6(ask, 4, 255, &link_local));
	ck_assert(!mrdisc_msg_solicits6(ask, 4, -1, &link_local));
	ck_assert(!mrdisc_msg_solicits6(ask, 3, 1, &link_local));
	ck_assert(!mrdisc_msg_solicits6(ask, 0, 1, &link_local));
	ck_assert(!mrdisc_msg_solicits6(query, 4, 1, &link_local));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("mrdisc");

	tcase_add_test(tcase, ipv4_messages);
	tcase_add_test(tcase, ipv6_messages);
	tcase_add_test(tcase, ipv4_solicitation);
	tcase_add_test(tcase, ipv4_no_solicitation);
	tcase_add_test(tcase, ipv6_solicitation);
	return unit_main("kernel-mrdisc", tcase, NULL);
}
