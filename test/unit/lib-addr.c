/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes of both families. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/diag.h"
#include "unit.h"

static struct in6_addr addr(const char *text)
{
	struct in6_addr ret;

	ck_assert_msg(!addr_parse(text, &ret), "%s is no address", text);
	return ret;
}

static struct prefix prefix(const char *text)
{
	struct prefix ret;

	ck_assert_msg(!prefix_parse(text, &ret, NULL, NULL),
		      "%s is no prefix", text);
	return ret;
}

static const char *const round_trips[] = {
	"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "ff0e::1",
	"fd00:1::1", "2001:db8:1:2:3:4:5:6",
	"1111:2222:3333:4444:5555:6666:7777:8888",
};

START_TEST(parse_and_format)
{
	struct in6_addr a = addr(round_trips[_i]);
	char buf[ADDR_STRLEN];

	ck_assert_str_eq(addr_format(&a, buf), round_trips[_i]);
	ck_assert_int_eq(addr_family(&a), strchr(round_trips[_i], ':') ?
			 FAMILY_IPV6 : FAMILY_IPV4);
}
END_TEST

static const char *const no_addresses[] = {
	"", "*", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", " 1.2.3.4",
	"0x1.2.3.4", "1.2.3.4/24", "eth0", ":", "1:2", ":::", "fe80::1%eth0",
	"::ffff:192.0.2.1", "::FFFF:c000:201", "12345::",
};

/* Words that are often zero, so that runs of all lengths come everywhere. */
START_TEST(format_as_inet_ntop)
{
	char want[INET6_ADDRSTRLEN], got[ADDR_STRLEN];
	struct in6_addr any;

	srand(1);
	for (int n = 0; n < 200000; n++) {
		for (size_t i = 0; i < sizeof(any.s6_addr); i++)
			any.s6_addr[i] = rand() % 3 ? 0 :
					 (uint8_t)(rand() % 4 ? rand() % 32 :
						   rand());
		if (addr_family(&any) == FAMILY_IPV4)
			continue;
		inet_ntop(AF_INET6, &any, want, sizeof(want));
		ck_assert_str_eq(addr_format(&any, got), want);
	}
}
END_TEST

START_TEST(parse_refuses)
{
	struct in6_addr a = addr("::5"), before = a;

	ck_assert_int_eq(addr_parse(no_addresses[_i], &a), -EINVAL);
	ck_assert(addr_equal(&a, &before));
}
END_TEST

START_TEST(ipv4_is_mapped)
{
	struct in_addr ipv4 = { htonl(0xc0000201) };
	struct in6_addr a = addr_from_ipv4(ipv4);
	struct in6_addr mapped;

	inet_pton(AF_INET6, "::ffff:192.0.2.1", &mapped);
	ck_assert(addr_equal(&a, &mapped));
	ck_assert_uint_eq(addr_to_ipv4(&a).s_addr, ipv4.s_addr);
}
END_TEST

static const struct {
	const char *text;
	bool multicast;
	bool any;
} kinds[] = {
	{ "223.255.255.255", false, false },
	{ "224.0.0.0", true, false },
	{ "239.255.255.255", true, false },
	{ "240.0.0.0", false, false },
	{ "0.0.0.0", false, true },
	{ "0.0.0.1", false, false },
	{ "feff::1", false, false },
	{ "ff00::", true, false },
	{ "ffff::1", true, false },
	{ "::", false, true },
	{ "::1", false, false },
	/* Mapped but for one bit: an IPv6 address, no multicast. */
	{ "::fffe:224.0.0.1", false, false },
};

START_TEST(kind)
{
	struct in6_addr a = addr(kinds[_i].text);

	ck_assert_int_eq(addr_is_multicast(&a), kinds[_i].multicast);
	ck_assert_int_eq(addr_is_any(&a), kinds[_i].any);
}
END_TEST

static const struct {
	const char *text;
	unsigned int len;
	const char *masked;
} masks[] = {
	{ "1.2.3.255", 128, "1.2.3.255" },
	{ "1.2.3.255", 127, "1.2.3.254" },
	{ "1.2.3.255", 121, "1.2.3.128" },
	{ "1.2.3.255", 120, "1.2.3.0" },
	{ "1.2.3.255", 97, "0.0.0.0" },
	{ "129.2.3.255", 97, "128.0.0.0" },
	{ "ff0e:1:2:3:4:5:6:7", 64, "ff0e:1:2:3::" },
	{ "ff0e:1:2:3:4:5:6:7", 9, "ff00::" },
	{ "ff0e:1:2:3:4:5:6:7", 0, "::" },
};

START_TEST(mask)
{
	struct in6_addr a = addr(masks[_i].text);
	char buf[ADDR_STRLEN];

	addr_mask(&a, masks[_i].len);
	ck_assert_str_eq(addr_format(&a, buf), masks[_i].masked);
}
END_TEST

static const struct {
	const char *text;
	uint64_t n;
	const char *sum;
} sums[] = {
	{ "239.0.0.1", 0, "239.0.0.1" },
	{ "239.0.0.255", 1, "239.0.1.0" },
	{ "239.0.0.1", 0x010203, "239.1.2.4" },
	{ "ff0e::ffff:ffff:ffff:ffff", 1, "ff0e:0:0:1::" },
	{ "ff0e::1", UINT64_MAX, "ff0e:0:0:1::" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::" },
};

START_TEST(advance)
{
	struct in6_addr a = addr(sums[_i].text);
	char buf[ADDR_STRLEN];

	addr_advance(&a, sums[_i].n);
	ck_assert_str_eq(addr_format(&a, buf), sums[_i].sum);
}
END_TEST

static const struct {
	const char *text;
	const char *out;
	uint8_t len;
	bool zero;
	uint64_t count;
} prefixes[] = {
	{ "239.1.1.1", "239.1.1.1", 128, false, 1 },
	{ "239.1.1.1/32", "239.1.1.1", 128, false, 1 },
	{ "239.1.1.1/0", "239.1.1.1", 128, true, 1 },
	{ "239.1.1.1/24", "239.1.1.1/24", 120, false, 256 },
	{ "239.1.1.1/8", "239.1.1.1/8", 104, false, 1 << 24 },
	{ "239.1.1.1/1", "239.1.1.1/1", 97, false, 1U << 31 },
	{ "ff0e::1", "ff0e::1", 128, false, 1 },
	{ "ff0e::1/0", "ff0e::1", 128, true, 1 },
	{ "ff0e::1/128", "ff0e::1", 128, false, 1 },
	{ "ff0e::1/120", "ff0e::1/120", 120, false, 256 },
	{ "ff0e::1/65", "ff0e::1/65", 65, false, (uint64_t)1 << 63 },
	{ "ff0e::1/64", "ff0e::1/64", 64, false, UINT64_MAX },
	{ "ff0e::1/1", "ff0e::1/1", 1, false, UINT64_MAX },
	{ "1111:2222:3333:4444:5555:6666:7777:8888/127",
	  "1111:2222:3333:4444:5555:6666:7777:8888/127", 127, false, 2 },
};

START_TEST(prefix_parse_and_format)
{
	struct prefix p;
	bool zero = !prefixes[_i].zero;
	char buf[PREFIX_STRLEN];

	ck_assert_int_eq(prefix_parse(prefixes[_i].text, &p, &zero, NULL), 0);
	ck_assert_uint_eq(p.len, prefixes[_i].len);
	ck_assert_int_eq(zero, prefixes[_i].zero);
	ck_assert_str_eq(prefix_format(&p, buf), prefixes[_i].out);
	ck_assert_int_eq(prefix_is_full(&p), prefixes[_i].len == 128);
	ck_assert(!prefix_is_any(&p));
	ck_assert_uint_eq(prefix_count(&p), prefixes[_i].count);
}
END_TEST

static const struct {
	const char *text;
	const char *message;
} no_prefixes[] = {
	{ "", "invalid address ''" },
	{ "/24", "invalid address ''" },
	{ "eth0", "invalid address 'eth0'" },
	{ "1.2.3/24", "invalid address '1.2.3'" },
	{ "1.2.3.4/", "invalid prefix length '', expected 1..32" },
	{ "1.2.3.4/33", "invalid prefix length '33', expected 1..32" },
	{ "1.2.3.4/-1", "invalid prefix length '-1', expected 1..32" },
	{ "1.2.3.4/8/8", "invalid prefix length '8/8', expected 1..32" },
	{ "1.2.3.4/2x", "invalid prefix length '2x', expected 1..32" },
	{ "ff0e::1/129", "invalid prefix length '129', expected 1..128" },
	{ "ff0e::1%lo/64", "invalid address 'ff0e::1%lo'" },
	/* Longer than any address. */
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
	  "invalid address '1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa'"
	},
};

START_TEST(prefix_parse_refuses)
{
	struct prefix p = { addr_any, 99 };
	struct diag diag = { 0 };
	bool zero = true;

	ck_assert_int_eq(prefix_parse(no_prefixes[_i].text, &p, &zero, &diag),
			 -EINVAL);
	ck_assert_str_eq(diag.text, no_prefixes[_i].message);
	ck_assert_uint_eq(p.len, 99);
	ck_assert(zero);
}
END_TEST

START_TEST(any_source)
{
	struct prefix any = { addr_any, 0 };
	struct in6_addr a = addr("192.0.2.1"), b = addr("fd00::1");
	char buf[PREFIX_STRLEN];

	ck_assert(prefix_is_any(&any));
	ck_assert(!prefix_is_full(&any));
	ck_assert(prefix_covers(&any, &a));
	ck_assert(prefix_covers(&any, &b));
	ck_assert_uint_eq(prefix_count(&any), 1);
	ck_assert_str_eq(prefix_format(&any, buf), "*");
}
END_TEST

static const struct {
	const char *prefix;
	const char *addr;
	bool covers;
} covers[] = {
	{ "239.1.1.1", "239.1.1.1", true },
	{ "239.1.1.1", "239.1.1.2", false },
	{ "239.1.1.77/24", "239.1.1.0", true },
	{ "239.1.1.77/24", "239.1.1.255", true },
	{ "239.1.1.77/24", "239.1.2.0", false },
	{ "239.1.1.77/24", "239.1.0.255", false },
	{ "239.1.1.0/25", "239.1.1.127", true },
	{ "239.1.1.0/25", "239.1.1.128", false },
	{ "ff0e::/16", "ff0e:ffff::1", true },
	{ "ff0e::/16", "ff0f::1", false },
	/* Families never cover each other. */
	{ "1::/1", "192.0.2.1", false },
	{ "128.0.0.0/1", "8000::1", false },
};

START_TEST(prefix_cover)
{
	struct prefix p = prefix(covers[_i].prefix);
	struct in6_addr a = addr(covers[_i].addr);

	ck_assert_int_eq(prefix_covers(&p, &a), covers[_i].covers);
}
END_TEST

START_TEST(prefix_same)
{
	struct prefix a = prefix("239.1.1.1/24");
	struct prefix b = prefix("239.1.1.200/24");
	struct prefix c = prefix("239.1.1.1/25");
	struct prefix d = prefix("239.1.2.1/24");

	ck_assert(prefix_equal(&a, &b));
	ck_assert(!prefix_equal(&a, &c));
	ck_assert(!prefix_equal(&a, &d));
}
END_TEST

#define LOOP(tcase, test, table) \
	tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof(*(table)))

int main(void)
{
	TCase *address = tcase_create("address");
	TCase *range = tcase_create("prefix");

	LOOP(address, parse_and_format, round_trips);
	LOOP(address, parse_refuses, no_addresses);
	tcase_add_test(address, format_as_inet_ntop);
	tcase_add_test(address, ipv4_is_mapped);
	LOOP(address, kind, kinds);
	LOOP(address, mask, masks);
	LOOP(address, advance, sums);

	LOOP(range, prefix_parse_and_format, prefixes);
	LOOP(range, prefix_parse_refuses, no_prefixes);
	tcase_add_test(range, any_source);
	LOOP(range, prefix_cover, covers);
	tcase_add_test(range, prefix_same);
	return unit_main("lib/addr", address, range, NULL);
}
