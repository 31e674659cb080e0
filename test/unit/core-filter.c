/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source filters of own joins: put on, taken off, following the address. */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

#define JOIN "join if 1 (*, 239.1.1.1) slot 0\n"
#define BLOCK(a) "block if 1 (*, 239.1.1.1) slot 0 source " a "\n"
#define UNBLOCK(a) "unblock if 1 (*, 239.1.1.1) slot 0 source " a "\n"
#define GUARDED \
	"guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n" \
	"mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1\n"

static struct story *addressed(void)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth+");
	fake_kernel_set_source(story->fake, 1, "192.0.2.1");
	story_skip(story);
	return story;
}

START_TEST(join_then_route)
{
	struct story *story = addressed();

	story_join(story, "group eth0 * " G1);
	story_expect(story, JOIN);
	story_add(story, "route eth0 " S1 " " G1 " eth0");
	story_expect(story, BLOCK("192.0.2.1") GUARDED);
	story_remove(story, "route eth0 " S1 " " G1 " eth0");
	story_expect(story, UNBLOCK("192.0.2.1")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

START_TEST(route_then_join)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * 239.0.0.0/8 eth0");
	story_join(story, "group eth0 * " G1);
	story_expect(story, JOIN BLOCK("192.0.2.1"));
	story_leave(story, "group eth0 * " G1);
	story_expect(story, "leave if 1 (*, 239.1.1.1) slot 0\n");
	story_end(story);
}
END_TEST

/* Not for other groups, interfaces, families, sources or plain routes. */
START_TEST(only_where_it_is_needed)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * " G1 " eth0");
	story_add(story, "route eth1 * 239.2.2.2 eth0");
	story_add(story, "route eth0 * 239.3.3.3 eth+");
	story_add(story, "route eth0 * " G6 " eth0");
	story_skip(story);
	story_join(story, "group eth1 * " G1);
	story_join(story, "group eth0 * 239.2.2.2");
	story_join(story, "group eth0 * 239.3.3.3");
	story_join(story, "group eth0 * " G6);
	story_join(story, "group eth0 " S1 " " G1);
	story_expect(story, "join if 2 (*, 239.1.1.1) slot 0\n"
		     "join if 1 (*, 239.2.2.2) slot 0\n"
		     "join if 1 (*, 239.3.3.3) slot 0\n"
		     "join if 1 (*, ff0e::1) slot 0\n"
		     "join if 1 (198.18.1.1, 239.1.1.1) slot 0\n");
	story_end(story);
}
END_TEST

/* Two rules cover the group: the filter goes with the last of them. */
START_TEST(last_rule_counts)
{
	struct story *story = addressed();

	story_join(story, "group eth0 * " G1);
	story_add(story, "route eth0 * 239.1.0.0/16 eth0");
	story_add(story, "route eth0 * " G1 " eth0");
	story_add(story, "route eth0 198.18.0.0/16 " G1 " eth0");
	story_expect(story, JOIN BLOCK("192.0.2.1"));
	story_remove(story, "route eth0 * " G1);
	story_remove(story, "route eth0 198.18.0.0/16 " G1);
	story_expect(story, "");
	story_remove(story, "route eth0 * 239.1.0.0/16");
	story_expect(story, UNBLOCK("192.0.2.1"));
	story_end(story);
}
END_TEST

START_TEST(follows_the_address)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * " G1 " eth0");
	story_join(story, "group eth0 * " G1);
	story_skip(story);
	fake_kernel_set_source(story->fake, 1, "192.0.2.7");
	story_addr_add(story, 1, "192.0.2.7");
	story_expect(story, BLOCK("192.0.2.7") UNBLOCK("192.0.2.1"));
	/* the choice may fall on an address of another interface */
	fake_kernel_set_source(story->fake, 1, "203.0.113.1");
	story_addr_add(story, 2, "203.0.113.1");
	story_expect(story, BLOCK("203.0.113.1") UNBLOCK("192.0.2.7"));
	/* none at all: the one excluded so far does no harm */
	fake_kernel_set_source(story->fake, 1, NULL);
	story_addr_del(story, 2, "203.0.113.1");
	story_expect(story, "");
	fake_kernel_set_source(story->fake, 1, "192.0.2.9");
	story_addr_add(story, 1, "192.0.2.9");
	story_expect(story, BLOCK("192.0.2.9") UNBLOCK("203.0.113.1"));
	/* IPv6 addresses have no say */
	fake_kernel_set_source(story->fake, 1, "192.0.2.1");
	story_addr_add(story, 1, S6);
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(no_address_yet)
{
	struct story *story = addressed();

	fake_kernel_set_source(story->fake, 1, NULL);
	story_add(story, "route eth0 * " G1 " eth0");
	story_join(story, "group eth0 * " G1);
	story_expect(story, JOIN);
	fake_kernel_set_source(story->fake, 1, "192.0.2.1");
	story_addr_add(story, 1, "192.0.2.1");
	story_expect(story, BLOCK("192.0.2.1"));
	story_end(story);
}
END_TEST

START_TEST(policy_off_joins_plainly)
{
	struct story *story = addressed();
	const char *off = "phyint eth+\nphyint eth0 hairpin=off\n"
			  "route eth0 * " G1 " eth0\ngroup eth0 * " G1;
	const char *on = "phyint eth+\n"
			 "route eth0 * " G1 " eth0\ngroup eth0 * " G1;

	story_reload(story, off);
	story_expect(story, JOIN);
	ck_assert_uint_eq(story_noted(story, "joined and routed back out"), 1);
	story_reload(story, on);
	story_expect(story, BLOCK("192.0.2.1"));
	story_reload(story, off);
	story_expect(story, UNBLOCK("192.0.2.1"));
	story_end(story);
}
END_TEST

/* Those are not forwarded, and the kernel picks another source for them. */
START_TEST(not_on_local_groups)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * 224.0.0.0/16 eth0");
	story->fake->questions = true;
	story_skip(story);
	story_join(story, "group eth0 * 224.0.0.251");
	story_expect(story, "join if 1 (*, 224.0.0.251) slot 0\n");
	story_join(story, "group eth0 * 224.0.1.1");
	story_expect(story, "join if 1 (*, 224.0.1.1) slot 0\n"
		     "pick_source if 1 224.0.1.1\n"
		     "block if 1 (*, 224.0.1.1) slot 0 source 192.0.2.1\n");
	fake_kernel_set_source(story->fake, 1, "192.0.2.7");
	story_addr_add(story, 1, "192.0.2.7");
	story_expect(story, "own_changed 192.0.2.7 own\n"
		     "pick_source if 1 224.0.1.1\n"
		     "block if 1 (*, 224.0.1.1) slot 0 source 192.0.2.7\n"
		     "unblock if 1 (*, 224.0.1.1) slot 0 source 192.0.2.1\n");
	story_end(story);
}
END_TEST

/* Joins of a group that goes back out with hairpin off. */
static const struct {
	const char *group;		/* "SOURCE GROUP" */
	unsigned int warnings;
} looped_joins[] = {
	{ "* 232.1.1.1", 1 },
	{ S1 " 232.1.1.1", 0 },
	{ "192.0.2.1 232.1.1.1", 1 },	/* an own address */
	{ "* 224.0.0.251", 0 },
	{ "* ff3e::1", 1 },
	{ S6 " ff3e::1", 1 },
};

#define LOOPED_ROUTES \
	"route eth0 * 224.0.0.0/4 eth0\nroute eth0 * ff00::/8 eth0\n" \
	"route eth0 * 232.1.1.1 eth0\nroute eth0 * ff3e::1 eth0\n"

static struct story *unguarded(const char *statements)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_addr_add(story, 1, "192.0.2.1");
	ck_assert_uint_eq(story_reload(story, statements), 0);
	return story;
}

START_TEST(join_that_multiplies_is_told)
{
	struct story *story = unguarded("phyint eth0 hairpin=off\n"
					LOOPED_ROUTES);
	char join[64];

	snprintf(join, sizeof(join), "group eth0 %s", looped_joins[_i].group);
	ck_assert_int_eq(story_join(story, join), 0);
	ck_assert_uint_eq(story_noted(story, "is joined and routed back out"),
			  looped_joins[_i].warnings);
	story_end(story);
}
END_TEST

/* The same when the route comes behind the join. */
START_TEST(route_that_multiplies_is_told)
{
	struct story *story = unguarded("phyint eth0 hairpin=off\n");
	bool v6 = strstr(looped_joins[_i].group, "ff3e") != NULL;
	char join[64];

	snprintf(join, sizeof(join), "group eth0 %s", looped_joins[_i].group);
	ck_assert_int_eq(story_join(story, join), 0);
	story_add(story, v6 ? "route eth0 * ff3e::1 eth0" :
			      "route eth0 * 232.1.1.1 eth0");
	ck_assert_uint_eq(story_noted(story, "is joined and routed back out"),
			  looped_joins[_i].warnings);
	story_end(story);
}
END_TEST

/* A block that fails is no reason not to join: the guard is there. */
START_TEST(block_fails)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * " G1 " eth0");
	story->fake->refuse[FAKE_BLOCK] = ENOBUFS;
	ck_assert_int_eq(story_join(story, "group eth0 * " G1), 0);
	ck_assert_uint_eq(story_noted(story, "no source filter for"), 1);
	story->fake->refuse[FAKE_BLOCK] = 0;
	story_skip(story);
	story_remove(story, "route eth0 * " G1);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* A failing move leaves no filter behind that nobody remembers. */
START_TEST(block_of_the_new_address_fails)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * " G1 " eth0");
	story_join(story, "group eth0 * " G1);
	story_skip(story);
	fake_kernel_fail_op(story->fake, FAKE_BLOCK, 1, ENOBUFS);
	fake_kernel_set_source(story->fake, 1, "192.0.2.7");
	story_addr_add(story, 1, "192.0.2.7");
	story_expect(story, "block if 1 (*, 239.1.1.1) slot 0 source "
		     "192.0.2.7: No buffer space available\n"
		     UNBLOCK("192.0.2.1"));
	/* and is made up for when there is occasion */
	fake_kernel_set_source(story->fake, 1, "192.0.2.8");
	story_addr_add(story, 1, "192.0.2.8");
	story_expect(story, BLOCK("192.0.2.8"));
	story_end(story);
}
END_TEST

/* Refused first, joined by another later: the filter comes with it. */
START_TEST(join_that_was_refused_first)
{
	struct story *story = addressed();

	story_reload(story, "phyint eth+\nroute eth0 * " G1 " eth0");
	fake_kernel_fail_op(story->fake, FAKE_JOIN, 1, ENOBUFS);
	ck_assert_uint_eq(story_reload(story, "phyint eth+\n"
				       "route eth0 * " G1 " eth0\n"
				       "group eth0 * " G1), 1);
	story_skip(story);
	ck_assert_int_eq(story_join(story, "group eth0 * 239.1.1.0/30"), 0);
	story_expect(story, "join if 1 (*, 239.1.1.0) slot 0\n"
		     JOIN BLOCK("192.0.2.1")
		     "join if 1 (*, 239.1.1.2) slot 0\n"
		     "join if 1 (*, 239.1.1.3) slot 0\n");
	story_end(story);
}
END_TEST

START_TEST(new_interface_index)
{
	struct story *story = addressed();

	story_add(story, "route eth0 * " G1 " eth0");
	story_join(story, "group eth0 * " G1);
	router_unlink(story->router, 1);
	story_skip(story);
	fake_kernel_set_source(story->fake, 9, "192.0.2.1");
	story_link(story, 9, "eth0");
	story_expect(story, "vif_add ipv4 0 if 9\nvif_add ipv6 0 if 9\n"
		     "join if 9 (*, 239.1.1.1) slot 0\n"
		     "block if 9 (*, 239.1.1.1) slot 0 source 192.0.2.1\n");
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *rules = tcase_create("rules");
	TCase *address = tcase_create("address");

	tcase_add_test(rules, join_then_route);
	tcase_add_test(rules, route_then_join);
	tcase_add_test(rules, only_where_it_is_needed);
	tcase_add_test(rules, last_rule_counts);
	tcase_add_test(rules, policy_off_joins_plainly);
	tcase_add_test(rules, join_that_was_refused_first);
	tcase_add_test(rules, not_on_local_groups);
	tcase_add_loop_test(rules, join_that_multiplies_is_told, 0, 6);
	tcase_add_loop_test(rules, route_that_multiplies_is_told, 0, 6);
	tcase_add_test(address, follows_the_address);
	tcase_add_test(address, no_address_yet);
	tcase_add_test(address, block_fails);
	tcase_add_test(address, block_of_the_new_address_fails);
	tcase_add_test(address, new_interface_index);
	return unit_main("core-filter", rules, address, NULL);
}
