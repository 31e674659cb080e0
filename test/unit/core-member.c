/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has joined: ours, theirs, and what the operator is told of it. */
#include "test/unit/unit.h"

#include <errno.h>

#include "core/internal.h"
#include "test/unit/story.h"

static struct in6_addr addr(const char *text)
{
	struct in6_addr ret;

	ck_assert_int_eq(addr_parse(text, &ret), 0);
	return ret;
}

static void other(struct story *story, unsigned int ifindex,
		  const char *group, bool there)
{
	struct in6_addr key = addr(group);

	router_member(story->router, ifindex, &key, there);
}

static const char *joined(const struct story *story, unsigned int ifindex,
			  const char *group)
{
	struct in6_addr key = addr(group);

	return joined_name(router_joined(story->router, ifindex, &key));
}

static struct story *hairpins(const char *statements)
{
	struct story *story = story_new(NULL);

	/* policy off is wanted by some */
	story->fake->off = true;
	story_links(story, 2);
	ck_assert_uint_eq(story_reload(story, statements), 0);
	return story;
}

#define HAIRPINS "phyint eth+\n" \
	"route eth0 " S1 " " G1 " eth0\n" \
	"route eth0 " S6 " " G6 " eth0\n"

START_TEST(four_answers)
{
	struct story *story = hairpins(HAIRPINS);

	ck_assert_str_eq(joined(story, 1, G1), "none");
	other(story, 1, G1, true);
	ck_assert_str_eq(joined(story, 1, G1), "other");
	ck_assert_str_eq(joined(story, 2, G1), "none");
	ck_assert_str_eq(joined(story, 1, G6), "none");
	story_join(story, "group eth0 * " G1);
	ck_assert_str_eq(joined(story, 1, G1), "both");
	other(story, 1, G1, false);
	ck_assert_str_eq(joined(story, 1, G1), "smcroute");
	story_leave(story, "group eth0 * " G1);
	ck_assert_str_eq(joined(story, 1, G1), "none");

	story_join(story, "group eth0 * " G6);
	ck_assert_str_eq(joined(story, 1, G6), "smcroute");
	other(story, 1, G6, true);
	story_leave(story, "group eth0 * " G6);
	ck_assert_str_eq(joined(story, 1, G6), "other");
	/* said twice, and nobody there */
	other(story, 1, G6, true);
	other(story, 1, G6, false);
	other(story, 1, G6, false);
	ck_assert_str_eq(joined(story, 1, G6), "none");
	ck_assert_ptr_null(story->router->member_links);
	story_end(story);
}
END_TEST

START_TEST(sources_count_one_by_one)
{
	struct story *story = hairpins(HAIRPINS);

	story_join(story, "group eth0 198.18.1.0/30 " G1);
	story_join(story, "group eth0 * " G1);
	story_leave(story, "group eth0 198.18.1.0/30 " G1);
	ck_assert_str_eq(joined(story, 1, G1), "smcroute");
	story_leave(story, "group eth0 * " G1);
	ck_assert_str_eq(joined(story, 1, G1), "none");
	story_end(story);
}
END_TEST

START_TEST(refused_join_is_no_membership)
{
	struct story *story = hairpins(HAIRPINS);

	story->fake->refuse[FAKE_JOIN] = EPERM;
	ck_assert_int_eq(story_join(story, "group eth0 * " G1), -EPERM);
	ck_assert_str_eq(joined(story, 1, G1), "none");
	ck_assert_ptr_null(story->router->member_links);
	story_end(story);
}
END_TEST

START_TEST(told_once)
{
	struct story *story = hairpins(HAIRPINS);

	other(story, 1, G1, true);
	other(story, 1, G1, true);
	ck_assert_uint_eq(story_noted(story, "notice eth0: another program has "
				      "joined 239.1.1.1, which is routed back "
				      "out"), 1);
	/* not a hairpin here, nor that group */
	other(story, 2, G1, true);
	other(story, 1, "239.9.9.9", true);
	ck_assert_uint_eq(story_noted(story, "another program"), 1);
	other(story, 1, G1, false);
	ck_assert_uint_eq(story_noted(story, "info eth0: no other program has "
				      "joined 239.1.1.1 any more"), 1);
	other(story, 1, "239.9.9.9", false);
	ck_assert_uint_eq(story_noted(story, "any more"), 1);
	other(story, 1, G1, true);
	ck_assert_uint_eq(story_noted(story, "another program"), 2);
	/* ours is no news */
	story_join(story, "group eth0 * " G6);
	ck_assert_uint_eq(story_noted(story, "another program"), 2);
	story_end(story);
}
END_TEST

START_TEST(warned_when_off)
{
	struct story *story = hairpins("hairpin off\n" HAIRPINS);

	other(story, 1, G1, true);
	ck_assert_uint_eq(story_noted(story, "warning eth0: another program "
				      "has joined 239.1.1.1, which is routed "
				      "back out with hairpin off: each packet "
				      "may leave TTL - 1 times"), 1);
	/* guarded, and then no longer: another matter */
	ck_assert_uint_eq(story_reload(story, HAIRPINS), 0);
	ck_assert_uint_eq(story_noted(story, "another program"), 1);
	ck_assert_uint_eq(story_reload(story, "hairpin off\n" HAIRPINS), 0);
	ck_assert_uint_eq(story_noted(story, "another program"), 2);
	ck_assert_uint_eq(story_reload(story, "hairpin off\n" HAIRPINS), 0);
	ck_assert_uint_eq(story_noted(story, "another program"), 2);
	story_end(story);
}
END_TEST

START_TEST(rule_comes_later)
{
	struct story *story = hairpins(HAIRPINS);

	other(story, 1, "239.5.5.5", true);
	other(story, 1, "239.6.6.6", true);
	ck_assert_uint_eq(story_noted(story, "another program"), 0);
	story_add(story, "route eth0 " S1 " 239.5.5.5 eth0");
	ck_assert_uint_eq(story_noted(story, "joined 239.5.5.5"), 1);
	story_add(story, "route eth0 * 239.0.0.0/8 eth0");
	ck_assert_uint_eq(story_noted(story, "joined 239.5.5.5"), 1);
	ck_assert_uint_eq(story_noted(story, "joined 239.6.6.6"), 1);
	story_end(story);
}
END_TEST

START_TEST(interface_goes_and_comes)
{
	struct story *story = hairpins(HAIRPINS "route late " S1 " " G1
				       " late\n");

	other(story, 1, G1, true);
	other(story, 1, G6, true);
	other(story, 2, G1, true);
	story_join(story, "group eth0 * " G1);
	router_unlink(story->router, 1);
	ck_assert_str_eq(joined(story, 1, G1), "none");
	ck_assert_str_eq(joined(story, 1, G6), "none");
	ck_assert_str_eq(joined(story, 2, G1), "other");
	/* told before the interface itself */
	ck_assert_uint_eq(story_noted(story, "late: another"), 0);
	other(story, 9, G1, true);
	story_link(story, 9, "late");
	ck_assert_uint_eq(story_noted(story, "late: another"), 1);
	/* the join comes with the interface, others' do not */
	story_link(story, 7, "eth0");
	ck_assert_str_eq(joined(story, 7, G1), "smcroute");
	story_end(story);
}
END_TEST

static bool round_of(struct story *story, const char *const *groups)
{
	router_members_begin(story->router);
	while (*groups)
		other(story, 1, *groups++, true);
	ck_assert(!router_members_sweep(story->router, 10));
	return router_members_missing(story->router);
}

START_TEST(missing_twice_is_gone)
{
	const char *const both[] = { G1, G6, NULL };
	const char *const one[] = { G6, NULL };
	struct story *story = hairpins(HAIRPINS);

	ck_assert(!round_of(story, both));
	ck_assert(round_of(story, one));
	ck_assert_str_eq(joined(story, 1, G1), "other");
	/* the list was changing */
	ck_assert(!round_of(story, both));
	ck_assert(round_of(story, one));
	ck_assert(!round_of(story, one));
	ck_assert_str_eq(joined(story, 1, G1), "none");
	ck_assert_str_eq(joined(story, 1, G6), "other");
	ck_assert_uint_eq(story_noted(story, "another program has joined " G1),
			  1);
	story_end(story);
}
END_TEST

START_TEST(sweep_in_slices)
{
	struct story *story = hairpins(HAIRPINS);

	other(story, 1, "239.1.1.1", true);
	other(story, 1, "239.1.1.2", true);
	other(story, 2, "239.1.1.3", true);
	router_members_begin(story->router);
	other(story, 1, "239.1.1.4", true);
	router_members_begin(story->router);
	ck_assert(router_members_sweep(story->router, 2));
	ck_assert(!router_members_sweep(story->router, 2));
	ck_assert(router_members_missing(story->router));
	ck_assert_str_eq(joined(story, 2, "239.1.1.3"), "none");
	ck_assert_str_eq(joined(story, 1, "239.1.1.4"), "other");
	story_end(story);
}
END_TEST

START_TEST(hairpin_rules_are_counted)
{
	struct story *story = hairpins("phyint eth+\n"
				       "route eth0 " S1 " " G1 " eth1\n");

	ck_assert(!router_has_hairpins(story->router));
	story_add(story, "route eth0 * 239.2.0.0/16 eth0");
	ck_assert(router_has_hairpins(story->router));
	story_add(story, "route eth0 " S1 " " G1 " eth0");
	story_remove(story, "route eth0 * 239.2.0.0/16 eth0");
	ck_assert(router_has_hairpins(story->router));
	story_remove(story, "route eth0 " S1 " " G1 " eth0");
	ck_assert(!router_has_hairpins(story->router));
	ck_assert_uint_eq(story_reload(story, HAIRPINS), 0);
	ck_assert(router_has_hairpins(story->router));
	ck_assert_uint_eq(story_reload(story, "phyint eth+\n"), 0);
	ck_assert(!router_has_hairpins(story->router));
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("member");

	tcase_add_test(tcase, four_answers);
	tcase_add_test(tcase, sources_count_one_by_one);
	tcase_add_test(tcase, refused_join_is_no_membership);
	tcase_add_test(tcase, told_once);
	tcase_add_test(tcase, warned_when_off);
	tcase_add_test(tcase, rule_comes_later);
	tcase_add_test(tcase, interface_goes_and_comes);
	tcase_add_test(tcase, missing_twice_is_gone);
	tcase_add_test(tcase, sweep_in_slices);
	tcase_add_test(tcase, hairpin_rules_are_counted);
	return unit_main("core-member", tcase, NULL);
}
