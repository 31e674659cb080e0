/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ladder of guards: which is picked, how an entry goes from one to another,
 * and what is said of it.  The fake kernel aborts where a hairpin OIF would be
 * without its guard or a packet sent back twice.
 */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/ladder.h"

static const struct {
	const char *policy;
	unsigned int guards;
	enum guard ipv4, ipv6;
} picks[] = {
	{ "auto", ALL, GUARD_NETFILTER, GUARD_NETFILTER },
	{ "auto", TABLE | RELAY, GUARD_RELAY, GUARD_RELAY },
	{ "auto", TABLE, GUARD_TABLE, GUARD_NONE },
	{ "auto", 0, GUARD_NONE, GUARD_NONE },
	{ "netfilter", ALL, GUARD_NETFILTER, GUARD_NETFILTER },
	{ "netfilter", TABLE | RELAY, GUARD_NONE, GUARD_NONE },
	{ "table", ALL, GUARD_TABLE, GUARD_NONE },
	{ "table", NETFILTER | RELAY, GUARD_NONE, GUARD_NONE },
	{ "relay", ALL, GUARD_RELAY, GUARD_RELAY },
	{ "relay", NETFILTER | TABLE, GUARD_NONE, GUARD_NONE },
};

static void check_pick(struct story *story, const char *source,
		       const char *group, unsigned int ifindex,
		       enum guard guard)
{
	const struct fake_mfc *mfc = fake_kernel_mfc(story->fake, source,
						     group);
	bool kernel_sends = guard == GUARD_NETFILTER || guard == GUARD_TABLE;

	ck_assert_int_eq(fake_kernel_guard(story->fake, source, group,
					   ifindex), guard);
	ck_assert_str_eq(story_state(story, source, group),
			 guard ? "guarded" : "suspended");
	ck_assert_int_eq(mfc->route.ttls[mfc->route.parent] != 0,
			 kernel_sends);
}

START_TEST(picked_by_policy)
{
	struct story *story = with_guards(picks[_i].policy, picks[_i].guards);
	char lines[512];

	snprintf(lines, sizeof(lines), "hairpin %s\nphyint eth+\n" HAIRPIN
		 "route eth1 " S6 " " G6 " eth1\n", picks[_i].policy);
	story_reload(story, lines);
	check_pick(story, S1, G1, 1, picks[_i].ipv4);
	check_pick(story, S6, G6, 2, picks[_i].ipv6);
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " 239.9.9.9 eth0"),
			 picks[_i].ipv4 ? 0 : -EOPNOTSUPP);
	story_end(story);
}
END_TEST

START_TEST(relay_from_the_start)
{
	struct story *story = with_guards("relay", ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_expect(story, WITHOUT ADD("relay"));
	story_remove(story, "route eth0 " S1 " " G1);
	story_expect(story, "mfc_del " PAIR "\n" DEL("relay"));
	story_end(story);
}
END_TEST

START_TEST(table_from_the_start)
{
	struct story *story = with_guards("table", ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_expect(story, ADD("table") WITH);
	story_remove(story, "route eth0 " S1 " " G1);
	story_expect(story, "mfc_del " PAIR "\n" DEL("table"));
	story_end(story);
}
END_TEST

/* Every change from one policy to another, in the order that is safe. */
static const struct {
	const char *from, *to, *calls;
} changes[] = {
	{ "netfilter", "table", ADD("table") DEL("netfilter") },
	{ "table", "netfilter", ADD("netfilter") DEL("table") },
	{ "netfilter", "relay",
	  WITHOUT SETTLE ADD("relay") DEL("netfilter") },
	{ "table", "relay", WITHOUT SETTLE ADD("relay") DEL("table") },
	{ "relay", "netfilter", ADD("netfilter") DEL("relay") WITH },
	{ "relay", "table", ADD("table") DEL("relay") WITH },
	{ "netfilter", "auto", "" },
	{ "auto", "relay", WITHOUT SETTLE ADD("relay") DEL("netfilter") },
};

START_TEST(changed_by_policy)
{
	struct story *story = with_guards(changes[_i].from, ALL);
	char lines[256];

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	snprintf(lines, sizeof(lines), "hairpin %s\nphyint eth+\n" HAIRPIN,
		 changes[_i].to);
	story_reload(story, lines);
	story_expect(story, changes[_i].calls);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* Off: the kernel sends, unguarded; the relay must have ended. */
START_TEST(relay_ends_before_off)
{
	struct story *story = with_guards("relay", ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	story->fake->off = true;
	story_reload(story, "hairpin off\nphyint eth+\n" HAIRPIN);
	story_expect(story, DEL("relay") WITH);
	story_reload(story, "hairpin relay\nphyint eth+\n" HAIRPIN);
	story->fake->off = false;
	story_expect(story, WITHOUT SETTLE ADD("relay"));
	story_end(story);
}
END_TEST

START_TEST(down_and_up)
{
	struct story *story = with_guards("auto", ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	lose(story, GUARD_NETFILTER);
	story_expect(story, WITHOUT SETTLE ADD("relay"));
	ck_assert_uint_eq(story_noted(story, "warning netfilter guard lost: "
				      "gone"), 1);
	ck_assert_uint_eq(story_noted(story, "warning no netfilter guard for "
				      "IPv4 on eth0: netfilter"), 1);
	ck_assert_uint_eq(story_noted(story, "is guarded by relay"), 1);
	ck_assert_uint_eq(story_noted(story, "suspended"), 0);
	lose(story, GUARD_RELAY);
	story_expect(story, DEL("relay") ADD("table") WITH);
	story_skip(story);
	lose(story, GUARD_TABLE);
	story_expect(story, WITHOUT DEL("table"));
	ck_assert_str_eq(story_state(story, S1, G1), "suspended");
	ck_assert_uint_eq(story_noted(story, "suspended: netfilter"), 1);
	mend(story, GUARD_TABLE);
	story_expect(story, ADD("table") WITH);
	mend(story, GUARD_RELAY);
	story_expect(story, WITHOUT SETTLE ADD("relay") DEL("table"));
	mend(story, GUARD_NETFILTER);
	story_expect(story, ADD("netfilter") DEL("relay") WITH);
	ck_assert_uint_eq(story_noted(story, "works again"), 3);
	/* all is well: nobody asks */
	router_guard_retry(story->router);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* Whoever finds out that a guard works again, all move that wait for it. */
START_TEST(found_to_be_back)
{
	struct story *story = with_guards("auto", RELAY);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	ck_assert_int_eq(guard_of(story), GUARD_RELAY);
	fake_kernel_mend_all(story->fake, GUARD_NETFILTER);
	story_skip(story);
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " 239.2.2.2 eth0"),
			 0);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.2.2.2) if 1\n"
		     "mfc_set (198.18.1.1, 239.2.2.2) parent 0 oifs 0:1\n"
		     ADD("netfilter") DEL("relay") WITH);
	story_end(story);

	/* the command that asks for it may have no entry */
	story = with_guards("table", 0);
	story_reload(story, "hairpin table\nphyint eth+\n" HAIRPIN);
	ck_assert_str_eq(story_state(story, S1, G1), "suspended");
	fake_kernel_mend_all(story->fake, GUARD_TABLE);
	ck_assert_int_eq(story_add(story, "route eth0 * 239.2.0.0/16 eth0"),
			 0);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* Two rungs down in one event, and up again in one. */
START_TEST(over_a_rung)
{
	struct story *story = with_guards("auto", NETFILTER | TABLE);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	lose(story, GUARD_NETFILTER);
	story_expect(story, WITHOUT ADD("table") WITH);
	mend(story, GUARD_NETFILTER);
	story_expect(story, ADD("netfilter") DEL("table"));
	story_end(story);
}
END_TEST

/* Only the entries of one interface move. */
START_TEST(lost_on_one_interface)
{
	struct story *story = with_guards("auto", TABLE | RELAY);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	ck_assert_int_eq(story_add(story, "route eth1 " S1 " 239.2.2.2 eth1"),
			 0);
	story_skip(story);
	fake_kernel_break(story->fake, GUARD_RELAY, FAMILY_IPV4, 1, ENETDOWN,
			  "down");
	fake_kernel_lose_guard(story->fake, GUARD_RELAY, 1);
	router_guard_lost(story->router, GUARD_RELAY, 1, "socket error");
	story_expect(story, DEL("relay") ADD("table") WITH);
	ck_assert_uint_eq(story_noted(story, "relay guard lost on eth0: "
				      "socket error"), 1);
	ck_assert_int_eq(fake_kernel_guard(story->fake, S1, "239.2.2.2", 2),
			 GUARD_RELAY);
	story_end(story);
}
END_TEST

/* It can be had again at once: the kernel's entry stays as it is. */
START_TEST(restored)
{
	static const char *const policies[] = { "netfilter", "table", "relay" };
	static const enum guard guards[] = {
		GUARD_NETFILTER, GUARD_TABLE, GUARD_RELAY,
	};
	struct story *story = with_guards(policies[_i], ALL);
	char text[128];

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	fake_kernel_lose_guard(story->fake, guards[_i], 0);
	router_guard_lost(story->router, guards[_i], 1, "flushed");
	snprintf(text, sizeof(text), "guard_add %s " KEY "\n", policies[_i]);
	story_expect(story, text);
	ck_assert_uint_eq(story_noted(story, "guard is back on eth0"), 1);
	story_end(story);
}
END_TEST

START_TEST(threshold_of_the_relay)
{
	struct story *story = with_guards("relay", ALL);

	story_reload(story, "hairpin relay\nphyint eth+\nphyint eth0 ttl=5\n"
		     HAIRPIN);
	story_expect(story, WITHOUT "guard_add relay " KEY " ttl 5\n");
	story_reload(story, "hairpin relay\nphyint eth+\nphyint eth0 ttl=9\n"
		     HAIRPIN);
	story_expect(story, WITHOUT "guard_add relay " KEY " ttl 9\n");
	/* of another interface: no concern of the relay */
	story_reload(story, "hairpin relay\nphyint eth+\nphyint eth0 ttl=9\n"
		     "phyint eth1 ttl=3\n" HAIRPIN);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[1],
			  3);
	story_end(story);
}
END_TEST

/* A flow that moves takes its guard along. */
START_TEST(flow_moves)
{
	struct story *story = with_guards("relay", ALL);

	story_add(story, "route eth0 * " G1 " eth0");
	story_add(story, "route eth1 * " G1 " eth1");
	story_nocache(story, 0, S1, G1);
	ck_assert_int_eq(guard_of(story), GUARD_RELAY);
	story_skip(story);
	story_wrongvif(story, 1, S1, G1);
	story_expect(story, "mfc_set " PAIR " parent 1 oifs -\n"
		     "guard_add relay " PAIR " if 2\n" DEL("relay"));
	story_end(story);
}
END_TEST

/* Where netfilter would drop everything, the next rung takes over. */
START_TEST(collect_metadata)
{
	struct story *story = with_guards("auto", ALL);
	struct link_info link = {
		.ifindex = 1, .name = "eth0", .multicast = true, .up = true,
		.metadata = true,
	};

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	router_link(story->router, &link);
	story_expect(story, WITHOUT SETTLE ADD("relay") DEL("netfilter"));
	link.metadata = false;
	router_link(story->router, &link);
	story_expect(story, ADD("netfilter") DEL("relay") WITH);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *picked = tcase_create("picked");
	TCase *moved = tcase_create("moved");

	tcase_add_loop_test(picked, picked_by_policy, 0,
			    sizeof(picks) / sizeof(picks[0]));
	tcase_add_test(picked, relay_from_the_start);
	tcase_add_test(picked, table_from_the_start);
	tcase_add_loop_test(moved, changed_by_policy, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(moved, relay_ends_before_off);
	tcase_add_test(moved, down_and_up);
	tcase_add_test(moved, found_to_be_back);
	tcase_add_test(moved, over_a_rung);
	tcase_add_test(moved, lost_on_one_interface);
	tcase_add_loop_test(moved, restored, 0, 3);
	tcase_add_test(moved, threshold_of_the_relay);
	tcase_add_test(moved, flow_moves);
	tcase_add_test(moved, collect_metadata);
	return unit_main("core-ladder", picked, moved, NULL);
}
