/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table guard keeps in its books while there is no second table; the
 * rest takes a kernel: test/netns/hairpin*table*.sh.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "kernel/shadow-rule.h"
#include "kernel/shadow-table.h"
#include "lib/diag.h"
#include "test/unit/unit.h"

static struct shadow_table table;

static struct in6_addr addr(const char *text)
{
	struct in6_addr ret;

	ck_assert_int_eq(addr_parse(text, &ret), 0);
	return ret;
}

static struct mfc_route own_route(const char *source, const char *group)
{
	return (struct mfc_route){
		.source = addr(source), .group = addr(group), .own = true,
	};
}

START_TEST(vifs)
{
	unsigned int vif = 77;

	shadow_table_init(&table, 0);
	ck_assert_int_eq(shadow_table_vif(&table, 5, &vif), -ENODEV);
	/* a free number is no interface */
	ck_assert_int_eq(shadow_table_vif(&table, 0, &vif), -ENODEV);
	shadow_table_vif_add(&table, 31, 5);
	shadow_table_vif_add(&table, 0, 6);
	ck_assert_int_eq(shadow_table_vif(&table, 5, &vif), 0);
	ck_assert_uint_eq(vif, 31);
	shadow_table_vif_del(&table, 31);
	ck_assert_int_eq(shadow_table_vif(&table, 5, &vif), -ENODEV);
	ck_assert_int_eq(shadow_table_vif(&table, 6, &vif), 0);
	ck_assert_uint_eq(vif, 0);
	/* what the kernel refused */
	table.vifs[0].err = -ENOBUFS;
	ck_assert_int_eq(shadow_table_vif(&table, 6, &vif), -ENOBUFS);
	shadow_table_fini(&table);
}
END_TEST

START_TEST(own_routes_wait_for_the_table)
{
	struct mfc_route a = own_route("192.0.2.1", "239.1.1.1");
	struct mfc_route b = own_route("192.0.2.2", "239.1.1.1");
	struct mfc_route c = own_route("192.0.2.1", "239.1.1.2");
	struct mfc_count count;

	shadow_table_init(&table, 0);
	ck_assert_int_eq(shadow_table_own_set(&table, &a), 0);
	ck_assert_int_eq(shadow_table_own_set(&table, &a), 0);
	ck_assert_int_eq(shadow_table_own_set(&table, &b), 0);
	ck_assert_int_eq(shadow_table_own_set(&table, &c), 0);
	ck_assert_int_eq(shadow_table_own_repeat(&table, &a.source, &a.group),
			 0);
	/* nothing was counted by a table that is not there */
	ck_assert_int_eq(shadow_table_own_count(&table, &a.source, &a.group,
						&count), -ENOENT);

	/* an address is no longer ours: its routes, and no others */
	shadow_table_forget(&table, &a.source);
	ck_assert_int_eq(shadow_table_own_repeat(&table, &a.source, &a.group),
			 -ENOENT);
	ck_assert_int_eq(shadow_table_own_repeat(&table, &c.source, &c.group),
			 -ENOENT);
	ck_assert_int_eq(shadow_table_own_repeat(&table, &b.source, &b.group),
			 0);
	ck_assert_int_eq(shadow_table_own_del(&table, &b.source, &b.group), 0);
	ck_assert_int_eq(shadow_table_own_del(&table, &b.source, &b.group), 0);
	ck_assert_ptr_null(table.entries);
	ck_assert_ptr_null(table.owns);

	/* what is left is freed: the sanitizers look */
	ck_assert_int_eq(shadow_table_own_set(&table, &a), 0);
	shadow_table_fini(&table);
	ck_assert_ptr_null(table.entries);
}
END_TEST

START_TEST(no_key_without_table)
{
	struct guard_key key = {
		.source = addr("198.18.1.1"), .group = addr("239.1.1.1"),
		.ifindex = 5,
	};

	shadow_table_init(&table, 0);
	shadow_table_vif_add(&table, 0, 5);
	ck_assert_int_eq(shadow_table_key_add(&table, &key), -ENOENT);
	ck_assert_int_eq(shadow_table_key_del(&table, &key), 0);
	ck_assert_ptr_null(table.entries);
	shadow_table_fini(&table);
}
END_TEST

/* There is no number for it: nothing is opened. */
START_TEST(number_too_high)
{
	struct diag diag = { 0 };

	shadow_table_init(&table, 0);
	ck_assert_int_eq(shadow_table_open(&table, 899999984, &diag), -EINVAL);
	ck_assert_ptr_nonnull(strstr(diag.text, "899999984"));
	ck_assert_int_eq(table.fd, -1);
	shadow_table_fini(&table);
}
END_TEST

START_TEST(filters_without_idle_time_stay)
{
	shadow_table_init(&table, 0);
	ck_assert(shadow_table_expire(&table, 1e9) < 0);
	shadow_table_init(&table, 60);
	ck_assert(shadow_table_expire(&table, 1e9) < 0);
	shadow_table_fini(&table);
}
END_TEST

START_TEST(links_of_interest)
{
	struct shadow_iface iface = { .ifindex = 5, .name = "eth0" };
	struct shadow_rules rules = { .requests = NETLINK_CLOSED };
	struct link_info link = { .ifindex = 5, .name = "eth0" };

	ck_assert(!shadow_rules_link(&rules, &link));
	HASH_ADD(hh, rules.ifaces, ifindex, sizeof(iface.ifindex), &iface);
	ck_assert(!shadow_rules_link(&rules, &link));
	link.up = true;
	ck_assert(!shadow_rules_link(&rules, &link));
	link.name = "lan0";
	ck_assert(shadow_rules_link(&rules, &link));
	/* it may have joined a VRF */
	link.name = "eth0";
	link.master = 9;
	ck_assert(shadow_rules_link(&rules, &link));
	link.ifindex = 6;
	ck_assert(!shadow_rules_link(&rules, &link));
	HASH_CLEAR(hh, rules.ifaces);
}
END_TEST

int main(void)
{
	TCase *books = tcase_create("books");

	tcase_add_test(books, vifs);
	tcase_add_test(books, own_routes_wait_for_the_table);
	tcase_add_test(books, no_key_without_table);
	tcase_add_test(books, number_too_high);
	tcase_add_test(books, filters_without_idle_time_stay);
	tcase_add_test(books, links_of_interest);
	return unit_main("kernel-shadow", books, NULL);
}
