/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Static routes: into the kernel, changed, out again; guard before route. */
#include "test/unit/unit.h"

#include <errno.h>

#include "test/unit/story.h"

#define VIFS "vif_add ipv4 0 if 1\nvif_add ipv6 0 if 1\n" \
	     "vif_add ipv4 1 if 2\nvif_add ipv6 1 if 2\n"

START_TEST(plain_ipv4)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_expect(story, "");
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth1"), 0);
	story_expect(story, VIFS
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n");
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1), 0);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n");
	story_end(story);
}
END_TEST

START_TEST(plain_ipv6)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	ck_assert_int_eq(story_add(story, "route eth1 " S6 " " G6 " eth0"), 0);
	story_expect(story, "vif_add ipv4 0 if 2\nvif_add ipv6 0 if 2\n"
		     "vif_add ipv4 1 if 1\nvif_add ipv6 1 if 1\n"
		     "mfc_set (fd00:1::1, ff0e::1) parent 0 oifs 1:1\n");
	story_end(story);
}
END_TEST

START_TEST(guard_before_route_and_after_it)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth1 " S1 " 239.9.9.9 eth0");
	story_skip(story);
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1
				   " eth0 eth1"), 0);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1 1:1\n");
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1
				      " eth0"), 0);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	ck_assert_str_eq(story_state(story, S1, G1), "none");
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth0"), 0);
	story_skip(story);
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1), 0);
	story_expect(story,
		     "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

START_TEST(guard_ipv6)
{
	struct story *story = story_new(NULL);

	story_links(story, 1);
	ck_assert_int_eq(story_add(story, "route eth0 " S6 " " G6 " eth0"), 0);
	story_expect(story, "vif_add ipv4 0 if 1\nvif_add ipv6 0 if 1\n"
		     "guard_add netfilter (fd00:1::1, ff0e::1) if 1\n"
		     "mfc_set (fd00:1::1, ff0e::1) parent 0 oifs 0:1\n");
	story_end(story);
}
END_TEST

/* At the end of the daemon, too, routes go before guards. */
START_TEST(end_takes_routes_first)
{
	struct story *story = story_new(NULL);
	struct fake_kernel *fake = story->fake;

	story_links(story, 1);
	story_add(story, "route eth0 " S1 " " G1 " eth0");
	story_join(story, "group eth0 * " G1);
	story_skip(story);
	router_free(story->router);
	ck_assert_str_eq(fake->transcript,
			 "mfc_del (198.18.1.1, 239.1.1.1)\n"
			 "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n"
			 "leave if 1 (*, 239.1.1.1) slot 0\n"
			 "vif_del ipv4 0\nvif_del ipv6 0\n");
	fake_kernel_check_empty(fake);
	free(fake);
	free(story);
}
END_TEST

START_TEST(add_unites)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_add(story, "route eth0 " S1 " " G1 " eth1");
	story_skip(story);
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth2"), 0);
	story_expect(story, "vif_add ipv4 2 if 3\nvif_add ipv6 2 if 3\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 1:1 2:1\n");
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth1"), 0);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* names of which none is known take nothing away. */
START_TEST(remove_unknown_names)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 " S1 " " G1 " eth1");
	story_skip(story);
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1
				      " nope nada"), -ENODEV);
	story_expect(story, "");
	/* one that is known, one that is not: the latter is skipped */
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1
				      " nope eth1"), 0);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n");
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1), 0);
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1),
			 -ENOENT);
	story_end(story);
}
END_TEST

START_TEST(remove_wants_the_very_rule)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 " S1 " " G1 " eth1");
	story_skip(story);
	ck_assert_int_eq(story_remove(story, "route eth0 * " G1), -ENOENT);
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 "/24 " G1),
			 -ENOENT);
	ck_assert_int_eq(story_remove(story, "route eth1 " S1 " " G1),
			 -ENOENT);
	ck_assert_int_eq(story_remove(story, "route nope " S1 " " G1),
			 -ENOENT);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* what waits for its interface can be removed. */
START_TEST(remove_pending)
{
	struct story *story = story_new(NULL);

	ck_assert_uint_eq(story_reload(story, "route eth0 " S1 " " G1
				       " eth1\n" "group eth0 * " G1), 0);
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1), 0);
	ck_assert_int_eq(story_leave(story, "group eth0 * " G1), 0);
	story_links(story, 2);
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(client_errors)
{
	struct story *story = story_new(NULL);
	struct link_info dumb = { .ifindex = 2, .name = "eth1", .up = true };

	story_links(story, 1);
	router_link(story->router, &dumb);
	ck_assert_int_eq(story_add(story, "route eth7 " S1 " " G1 " eth0"),
			 -ENODEV);
	ck_assert_str_eq(story->diag.text, "eth7: no such interface");
	ck_assert_int_eq(story_add(story, "route eth1 " S1 " " G1 " eth0"),
			 -ENODEV);
	ck_assert_str_eq(story->diag.text, "eth1: no MULTICAST flag");
	ck_assert_int_eq(story_add(story, "route x+ " S1 " " G1 " eth0"),
			 -ENODEV);
	story->fake->no_family[FAMILY_IPV6] = true;
	ck_assert_int_eq(story_add(story, "route eth0 " S6 " " G6 " eth0"),
			 -EAFNOSUPPORT);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* each family works without the other. */
START_TEST(one_family_only)
{
	struct story *story = story_new(NULL);

	story->fake->no_family[FAMILY_IPV4] = true;
	story_links(story, 1);
	ck_assert_int_eq(story_add(story, "route eth0 " S6 " " G6), 0);
	story_expect(story, "vif_add ipv6 0 if 1\n"
		     "mfc_set (fd00:1::1, ff0e::1) parent 0 oifs -\n");
	ck_assert_uint_eq(story_reload(story, "route eth0 " S1 " " G1 "\n"
				       "route eth0 " S6 " " G6), 1);
	story_end(story);
}
END_TEST

/* */
START_TEST(newest_claim_owns_the_entry)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 " S1 " " G1 " eth1");
	story_skip(story);
	story_add(story, "route eth1 " S1 " " G1 " eth1");
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 2\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 1:1\n");
	story_remove(story, "route eth1 " S1 " " G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 2\n");
	story_remove(story, "route eth0 " S1 " " G1);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n");
	story_end(story);
}
END_TEST

/* The guard follows when the hairpin moves to another interface. */
START_TEST(claim_moves_a_hairpin)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 " S1 " " G1 " eth0");
	story_add(story, "route eth1 " S1 " 239.9.9.9 eth0");
	story_skip(story);
	story_add(story, "route eth1 " S1 " " G1 " eth1");
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 2\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 1:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

START_TEST(older_claim_steps_in)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 " S1 " " G1 " eth1");
	story_add(story, "route eth1 " S1 " " G1 " eth0");
	story_skip(story);
	router_unlink(story->router, 2);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n"
		     "vif_del ipv4 1\nvif_del ipv6 1\n");
	story_link(story, 3, "eth1");
	story_expect(story, "vif_add ipv4 1 if 3\nvif_add ipv6 1 if 3\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	story_end(story);
}
END_TEST

START_TEST(counters_of_a_hairpin)
{
	struct story *story = story_new(NULL);
	struct mfc_key key;
	struct guard_count counts[GUARD_COUNT_MAX];
	struct mfc_count count;
	struct mfc *mfc;

	story_links(story, 1);
	story_add(story, "route eth0 " S1 " " G1 " eth0");
	memset(&key, 0, sizeof(key));
	addr_parse(S1, &key.source);
	addr_parse(G1, &key.group);
	mfc = htable_find(&story->router->mfcs, &key);
	fake_kernel_set_count(story->fake, S1, G1, 7, 2);
	fake_kernel_set_suppressed(story->fake, S1, G1, 1, 5);
	ck_assert_int_eq(router_mfc_count(story->router, mfc, &count), 0);
	ck_assert_uint_eq(count.packets, 7);
	ck_assert_uint_eq(count.wrong_if, 2);
	ck_assert_int_eq(story_count(story, counts), 0);
	ck_assert_uint_eq(counts[0].suppressed, 5);
	story->fake->refuse[FAKE_GUARD_COUNT] = ENOBUFS;
	ck_assert_int_eq(story_count(story, counts), -ENOBUFS);
	ck_assert_uint_eq(counts[0].suppressed, 0);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *routes = tcase_create("routes");
	TCase *commands = tcase_create("commands");
	TCase *claims = tcase_create("claims");

	tcase_add_test(routes, plain_ipv4);
	tcase_add_test(routes, plain_ipv6);
	tcase_add_test(routes, guard_before_route_and_after_it);
	tcase_add_test(routes, guard_ipv6);
	tcase_add_test(routes, end_takes_routes_first);
	tcase_add_test(routes, one_family_only);
	tcase_add_test(routes, counters_of_a_hairpin);
	tcase_add_test(commands, add_unites);
	tcase_add_test(commands, remove_unknown_names);
	tcase_add_test(commands, remove_wants_the_very_rule);
	tcase_add_test(commands, remove_pending);
	tcase_add_test(commands, client_errors);
	tcase_add_test(claims, newest_claim_owns_the_entry);
	tcase_add_test(claims, claim_moves_a_hairpin);
	tcase_add_test(claims, older_claim_steps_in);
	return unit_main("core-static", routes, commands, claims, NULL);
}
