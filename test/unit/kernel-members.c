/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has joined, in the kernel's words: text, messages, and the real thing. */
#include "config.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "kernel/members-list.h"
#include "kernel/members.h"
#include "lib/hash.h"
#include "test/unit/unit.h"

/* RTM_NEWMULTICAST and RTM_DELMULTICAST of newer headers. */
#define FIRST 56
#define LAST 57

static struct members_key key;

static struct in6_addr addr(const char *text)
{
	struct in6_addr ret;

	ck_assert_int_eq(addr_parse(text, &ret), 0);
	return ret;
}

static uint32_t take(enum family family, const char *text)
{
	char line[256];

	ck_assert_uint_lt(strlen(text), sizeof(line));
	memcpy(line, text, strlen(text) + 1);
	return members_parse_line(family, line, &key);
}

static void group_is(const char *text, unsigned int ifindex)
{
	char buf[ADDR_STRLEN];

	ck_assert_str_eq(addr_format(&key.group, buf), text);
	ck_assert_uint_eq(key.ifindex, ifindex);
}

/* As the kernel prints it: %08X of the address as it lies in memory. */
static const char *igmp_line(const char *group, unsigned int users)
{
	static char line[64];
	struct in6_addr a = addr(group);

	snprintf(line, sizeof(line), "\t\t\t\t%08X %5u 0:00000000\t\t0",
		 addr_to_ipv4(&a).s_addr, users);
	return line;
}

START_TEST(igmp_lines)
{
	key.ifindex = 0;
	ck_assert_uint_eq(take(FAMILY_IPV4, "Idx\tDevice    : Count Querier\t"
			       "Group    Users Timer\tReporter"), 0);
	/* a group without a device */
	ck_assert_uint_eq(take(FAMILY_IPV4, igmp_line("239.1.1.1", 1)), 0);
	ck_assert_uint_eq(take(FAMILY_IPV4, "3\teth0      :     2      V3"), 0);
	ck_assert_uint_eq(take(FAMILY_IPV4, igmp_line("239.1.2.3", 2)), 2);
	group_is("239.1.2.3", 3);
	ck_assert_uint_eq(take(FAMILY_IPV4, "17\tlong-device-name:     1      "
			       "V2"), 0);
	ck_assert_uint_eq(take(FAMILY_IPV4, igmp_line("224.0.0.1", 1)), 1);
	group_is("224.0.0.1", 17);
}
END_TEST

START_TEST(igmp_byte_order)
{
	uint16_t one = 1;
	bool little = *(const uint8_t *)&one == 1;

	key.ifindex = 3;
	ck_assert_uint_eq(take(FAMILY_IPV4, little ?
			       "\t\t\t\t030201EF     1 0:00000000\t\t0" :
			       "\t\t\t\tEF010203     1 0:00000000\t\t0"), 1);
	group_is("239.1.2.3", 3);
}
END_TEST

START_TEST(igmp6_lines)
{
	ck_assert_uint_eq(take(FAMILY_IPV6, "3    eth0            "
			       "ff3e0000000000000000000000000001     "
			       "2 00000004 0"), 2);
	group_is("ff3e::1", 3);
	ck_assert_uint_eq(take(FAMILY_IPV6, "12   a-name-of-15-ch "
			       "ff020000000000000000000000000001     "
			       "1 0000000C 0"), 1);
	group_is("ff02::1", 12);
}
END_TEST

START_TEST(malformed_lines)
{
	static const char *const igmp[] = {
		"", "\t", "\t\t\t\t030201EF", "\t\t\t\t030201E     1 0:0",
		"\t\t\t\t030201EFF     1 0:0", "\t\t\t\t030201EG     1 0:0",
		"\t\t\t\t030201EF     x 0:0", "\t\t\t\t030201EF    -1 0:0",
		"\t\t\t\t030201EF     0 0:0", "\t\t\t\t01010101     1 0:0",
	};
	static const char *const igmp6[] = {
		"", "x    eth0 ff3e0000000000000000000000000001 1 0 0",
		"0    eth0 ff3e0000000000000000000000000001 1 0 0",
		"3    eth0", "3    eth0 ff3e000000000000000000000000000 1 0 0",
		"3    eth0 ff3e0000000000000000000000000001",
		"3    eth0 fd3e0000000000000000000000000001 1 0 0",
		"3    eth0 ff3e0000000000000000000000000001 99999999999 0 0",
	};
	size_t i;

	for (i = 0; i < sizeof(igmp) / sizeof(*igmp); i++) {
		key.ifindex = 3;
		ck_assert_uint_eq(take(FAMILY_IPV4, igmp[i]), 0);
	}
	for (i = 0; i < sizeof(igmp6) / sizeof(*igmp6); i++)
		ck_assert_uint_eq(take(FAMILY_IPV6, igmp6[i]), 0);
	/* a device that cannot be read is not the one before */
	key.ifindex = 3;
	ck_assert_uint_eq(take(FAMILY_IPV4, "x\teth0      :     2      V3"), 0);
	ck_assert_uint_eq(take(FAMILY_IPV4, igmp_line("239.1.1.1", 1)), 0);
}
END_TEST

static _Alignas(struct nlmsghdr) char buf[256];

static struct nlmsghdr *message(uint16_t type, uint8_t family,
				const void *group, size_t len)
{
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = family;
	ifa->ifa_index = 5;
	if (group)
		mnl_attr_put(nlh, IFA_MULTICAST, len, group);
	return nlh;
}

START_TEST(messages)
{
	struct in6_addr mapped = addr("239.1.2.3"), ipv6 = addr("ff3e::1");
	struct in_addr ipv4 = addr_to_ipv4(&mapped);
	enum members_kind kind;

	ck_assert_int_eq(members_parse_msg(message(FIRST, AF_INET, &ipv4, 4),
					   &kind, &key), 0);
	ck_assert_int_eq(kind, MEMBERS_FIRST);
	group_is("239.1.2.3", 5);
	ck_assert_int_eq(members_parse_msg(message(LAST, AF_INET6, &ipv6, 16),
					   &kind, &key), 0);
	ck_assert_int_eq(kind, MEMBERS_LAST);
	group_is("ff3e::1", 5);

	ck_assert_int_eq(members_parse_msg(message(RTM_NEWADDR, AF_INET, &ipv4,
						   4), &kind, &key), 0);
	ck_assert_int_eq(kind, MEMBERS_NOTHING);
	ck_assert_int_eq(members_parse_msg(message(FIRST, AF_PACKET, &ipv4, 4),
					   &kind, &key), 0);
	ck_assert_int_eq(kind, MEMBERS_NOTHING);

	ck_assert_int_eq(members_parse_msg(message(FIRST, AF_INET, NULL, 0),
					   &kind, &key), -EBADMSG);
	ck_assert_int_eq(members_parse_msg(message(FIRST, AF_INET, &ipv4, 3),
					   &kind, &key), -EBADMSG);
	ck_assert_int_eq(members_parse_msg(message(FIRST, AF_INET6, &ipv6, 15),
					   &kind, &key), -EBADMSG);
}
END_TEST

START_TEST(forwarded)
{
	static const char *const no[] = { "224.0.0.1", "224.0.0.251",
					  "ff02::1", "ff12::1", "ff01::1" };
	static const char *const yes[] = { "224.0.1.1", "239.1.1.1",
					   "ff03::1", "ff05::2", "ff3e::1" };
	struct in6_addr a;
	size_t i;

	for (i = 0; i < 5; i++) {
		a = addr(no[i]);
		ck_assert(!members_is_forwarded(&a));
		a = addr(yes[i]);
		ck_assert(members_is_forwarded(&a));
	}
}
END_TEST

/* What the kernel itself says of a group on lo. */
struct wanted {
	struct members_key key;
	uint32_t users;
};

static void look(void *arg, const struct members_key *found, uint32_t users)
{
	struct wanted *wanted = arg;

	if (!memcmp(found, &wanted->key, sizeof(*found)))
		wanted->users = users;
}

static uint32_t kernel_users(unsigned int ifindex, const char *group)
{
	static struct members_list list = { .fd = -1 };
	struct wanted wanted = { { addr(group), ifindex }, 0 };
	enum family family = addr_family(&wanted.key.group);
	int ret;

	while ((ret = members_list_page(&list, family, look, &wanted)) == 1)
		;
	members_list_close(&list);
	ck_assert(ret == 0 || (family == FAMILY_IPV6 && ret == -ENOENT));
	return wanted.users;
}

/* The kernel counts a socket once, whatever the number of its sources. */
static void count_as_the_kernel(const char *group, const char *const *sources)
{
	unsigned int lo = if_nametoindex("lo");
	struct join_key join = { .ifindex = lo, .group = addr(group) };
	struct join_key any = join;
	uint32_t before = kernel_users(lo, group), slots[16], slot;
	struct join_pool *pool;
	size_t i, n = 0;

	ck_assert_int_eq(join_open(&pool), 0);
	ck_assert(!join_any(pool));
	for (; sources[n]; n++) {
		join.source = addr(sources[n]);
		ck_assert_int_eq(join_add(pool, &join, &slots[n]), 0);
		ck_assert_uint_eq(kernel_users(lo, group) - before,
				  join_users(pool, lo, &join.group));
	}
	/* igmp_max_msf is 10: these are two sockets */
	ck_assert_uint_lt(join_users(pool, lo, &join.group), n);
	ck_assert_int_eq(join_add(pool, &any, &slot), 0);
	ck_assert_uint_eq(kernel_users(lo, group) - before,
			  join_users(pool, lo, &join.group));
	ck_assert_uint_eq(join_users(pool, lo + 1, &join.group), 0);
	ck_assert(join_any(pool));
	ck_assert_uint_eq(join_left(pool), 0);
	for (i = 0; i < n; i++) {
		join.source = addr(sources[i]);
		ck_assert_int_eq(join_del(pool, &join, slots[i]), 0);
		ck_assert_uint_eq(kernel_users(lo, group) - before,
				  join_users(pool, lo, &join.group));
	}
	ck_assert_int_eq(join_del(pool, &any, slot), 0);
	ck_assert_uint_eq(join_users(pool, lo, &join.group), 0);
	ck_assert_uint_eq(join_left(pool), n + 1);
	ck_assert(!join_any(pool));
	join_close(pool);
}

START_TEST(own_users)
{
	static const char *const sources4[] = {
		"198.18.1.1", "198.18.1.2", "198.18.1.3", "198.18.1.4",
		"198.18.1.5", "198.18.1.6", "198.18.1.7", "198.18.1.8",
		"198.18.1.9", "198.18.1.10", "198.18.1.11", "198.18.1.12",
		NULL };
	static const char *const sources6[] = {
		"fd00::1", "fd00::2", "fd00::3", NULL };

	count_as_the_kernel("232.77.1.2", sources4);
	if (!access("/proc/net/igmp6", R_OK))
		count_as_the_kernel("ff3e::77:1", sources6);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("members");

	tcase_add_test(tcase, igmp_lines);
	tcase_add_test(tcase, igmp_byte_order);
	tcase_add_test(tcase, igmp6_lines);
	tcase_add_test(tcase, malformed_lines);
	tcase_add_test(tcase, messages);
	tcase_add_test(tcase, forwarded);
	tcase_add_test(tcase, own_users);
	return unit_main("kernel-members", tcase, NULL);
}
