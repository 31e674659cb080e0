/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rungs that do not hold: keys, routes and mirrors that are refused; and what
 * is told of guards, to the operator and to those who ask.
 */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/ladder.h"

/* The key of one entry is refused: this one takes the next rung. */
START_TEST(key_refused)
{
	struct story *story = with_guards("auto", ALL);

	fake_kernel_fail_op(story->fake, FAKE_GUARD_ADD, 1, ENOSPC);
	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	/* all at once, then one by one */
	story_expect(story, "guard_add netfilter " KEY ": No space left on "
		     "device\n" ADD("netfilter") WITH);
	story_end(story);

	story = with_guards("auto", ALL);
	story->fake->refuse[FAKE_GUARD_ADD] = ENOSPC;
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(story->diag.text, "No space left"));
	story->fake->refuse[FAKE_GUARD_ADD] = 0;
	story_end(story);
}
END_TEST

/* Who mends a guard wants to know what each of them lacks. */
START_TEST(each_cause_is_told)
{
	struct story *story = with_guards("auto", ALL);
	const struct hairpin *hairpin;

	fake_kernel_break(story->fake, GUARD_RELAY, FAMILY_IPV4, 0, EPERM,
			  "relay: no right");
	fake_kernel_break(story->fake, GUARD_TABLE, FAMILY_IPV4, 0, EPERM,
			  "no table");
	story->fake->refuse[FAKE_GUARD_ADD] = ENOSPC;
	/* two, so that the first is told when the second has been asked */
	story_reload(story, "phyint eth+\n" HAIRPIN
		     "route eth1 " S1 " 239.2.2.2 eth1\n");
	DL_FOREACH(story->router->hairpins, hairpin)
		ck_assert_str_eq(hairpin->reason, "netfilter: No space left on "
				 "device; relay: no right; table: no table");
	ck_assert_ptr_nonnull(story->router->hairpins);
	story->fake->refuse[FAKE_GUARD_ADD] = 0;
	story_end(story);
}
END_TEST

/* The same where netfilter would drop everything; one cause is told plainly. */
START_TEST(causes_of_fewer_rungs)
{
	struct story *story = with_guards("auto", 0);
	static const struct link_info external = {
		.ifindex = 1, .name = "eth0", .multicast = true, .up = true,
		.metadata = true,
	};

	router_link(story->router, &external);
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(story->diag.text, "metadata"));
	ck_assert_ptr_nonnull(strstr(story->diag.text, "; relay; table"));
	story_end(story);

	story = with_guards("table", 0);
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_ptr_null(strchr(story->diag.text, ';'));
	story_end(story);
}
END_TEST

/* It has room for no more than one key; retried, it has for both. */
START_TEST(refused_until_retried)
{
	struct story *story = with_guards("auto", NETFILTER | RELAY);

	fake_kernel_fail_op(story->fake, FAKE_GUARD_ADD, 1, ENOSPC);
	fake_kernel_fail(story->fake, 3, ENOSPC);
	story_reload(story, "phyint eth+\n" HAIRPIN
		     "route eth0 " S1 " 239.2.2.2 eth0\n");
	ck_assert_int_eq(guard_of(story), GUARD_RELAY);
	ck_assert_int_eq(fake_kernel_guard(story->fake, S1, "239.2.2.2", 1),
			 GUARD_NETFILTER);
	/* planned again for another reason: it is not tried again */
	story_skip(story);
	story_add(story, "route eth0 " S1 " " G1 " eth0 eth1");
	story_expect(story, "");
	router_guard_retry(story->router);
	story_expect(story, ADD("netfilter") DEL("relay") WITH);
	story_end(story);
}
END_TEST

/* Without a settled kernel the relay does not begin. */
START_TEST(cannot_settle)
{
	struct story *story = with_guards("auto", ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	story->fake->refuse[FAKE_GUARD_SETTLE] = ENOSYS;
	lose(story, GUARD_NETFILTER);
	story_expect(story, WITHOUT "guard_settle: Function not implemented\n"
		     ADD("table") WITH);
	story->fake->refuse[FAKE_GUARD_SETTLE] = 0;
	router_guard_retry(story->router);
	story_expect(story, WITHOUT SETTLE ADD("relay") DEL("table"));
	story_end(story);
}
END_TEST

/* The kernel has no such entry, so there is nothing to relay. */
START_TEST(route_refused)
{
	struct story *story = with_guards("relay", ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	fake_kernel_fail_op(story->fake, FAKE_MFC_SET, 1, ENOMEM);
	story_add(story, "route eth0 " S1 " " G1 " eth1 late");
	story_link(story, 3, "late");
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
				     "mfc_del " PAIR "\n" DEL("relay")));
	ck_assert_int_eq(guard_of(story), GUARD_NONE);
	story_end(story);
}
END_TEST

/* The second table has an own source's route before a rule leads there. */
START_TEST(own_routes_before_the_table)
{
	struct story *story = with_guards("auto", NETFILTER | TABLE);

	story_addr_add(story, 1, "192.0.2.1");
	story_add(story, "route eth0 192.0.2.1 239.2.2.2 eth1");
	story_add(story, "route eth1 192.0.2.1 239.2.2.3 eth0");
	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_skip(story);
	lose(story, GUARD_NETFILTER);
	story_expect(story, WITHOUT
		     "mfc_set (192.0.2.1, 239.2.2.2) parent 0 oifs 1:1\n"
		     ADD("table") WITH);
	/* once */
	story_add(story, "route eth0 " S1 " 239.3.3.3 eth0");
	story_expect(story, "guard_add table (198.18.1.1, 239.3.3.3) if 1\n"
		     "mfc_set (198.18.1.1, 239.3.3.3) parent 0 oifs 0:1\n");
	story_end(story);
}
END_TEST

START_TEST(own_routes_do_not_fit)
{
	struct story *story = with_guards("table", TABLE);

	story_addr_add(story, 1, "192.0.2.1");
	story_add(story, "route eth0 192.0.2.1 239.2.2.2 eth1");
	fake_kernel_fail_op(story->fake, FAKE_MFC_SET, 1, ENOMEM);
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(story->diag.text, strerror(ENOMEM)));
	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_end(story);
}
END_TEST

START_TEST(own_source)
{
	static const char *const policies[] = { "netfilter", "table", "relay" };
	struct story *story = with_guards(policies[_i], ALL);

	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	story_addr_add(story, 2, S1);
	ck_assert_str_eq(story_state(story, S1, G1), "own");
	ck_assert_uint_eq(story->fake->n_keys, 0);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	ck_assert(router_owns(story->router,
			      &fake_kernel_mfc(story->fake, S1,
					       G1)->route.source));
	story_addr_del(story, 2, S1);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	ck_assert_int_ne(guard_of(story), GUARD_NONE);
	story_end(story);
}
END_TEST

/* What a working guard has to say is no trouble. */
START_TEST(remark)
{
	struct story *story = with_guards("table", ALL);
	const struct hairpin *hairpin;

	story->fake->remark = "looped copies go to table 7";
	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	hairpin = story->router->hairpins;
	ck_assert_str_eq(hairpin->reason, "looped copies go to table 7");
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story->fake->remark = NULL;
	story_reload(story, "hairpin table\nphyint eth+\n" HAIRPIN);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* One note for each change, however many routes and interfaces. */
START_TEST(notes_are_few)
{
	struct story *story = with_guards("auto", ALL);

	for (int i = 1; i < 9; i++) {
		char line[64];

		snprintf(line, sizeof(line), "route eth%d %s 239.1.1.%d eth%d",
			 i % 2, S1, i, i % 2);
		ck_assert_int_eq(story_add(story, line), 0);
	}
	story_skip(story);
	lose(story, GUARD_NETFILTER);
	ck_assert_uint_eq(story_noted(story, "warning"), 2);
	ck_assert_uint_eq(story_noted(story, "notice"), 2);
	ck_assert_uint_eq(story_noted(story, "not PREROUTING"), 2);
	story_skip(story);
	for (int i = 0; i < 3; i++)
		router_guard_retry(story->router);
	ck_assert_uint_eq(story->notes_len, 0);
	mend(story, GUARD_NETFILTER);
	ck_assert_uint_eq(story_noted(story, "notice netfilter guard for IPv4 "
				      "works again"), 1);
	lose(story, GUARD_NETFILTER);
	ck_assert_uint_eq(story_noted(story, "not PREROUTING"), 0);
	story_end(story);
}
END_TEST

START_TEST(counts_of_all_guards)
{
	struct story *story = with_guards("auto", ALL);
	struct guard_count counts[GUARD_COUNT_MAX];

	story_reload(story, "phyint eth+\nphyint eth1 hairpin=relay\n" HAIRPIN
		     "route eth1 " S1 " 239.2.2.2 eth1\n");
	for (size_t i = 0; i < story->fake->n_keys; i++)
		story->fake->keys[i].count = (struct guard_count){
			.suppressed = 7 + i, .relayed = 17 + i,
			.dropped = 27 + i,
		};
	ck_assert_int_eq(story_count(story, counts), 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(counts[i].suppressed, 7 + i);
		ck_assert_uint_eq(counts[i].relayed, 17 + i);
		ck_assert_uint_eq(counts[i].dropped, 27 + i);
	}
	story_end(story);
}
END_TEST

START_TEST(what_may_be_used)
{
	struct story *story = with_guards("netfilter", ALL);

	ck_assert(router_may_use(story->router, GUARD_NETFILTER));
	ck_assert(!router_may_use(story->router, GUARD_TABLE));
	ck_assert(!router_may_use(story->router, GUARD_RELAY));
	story_reload(story, "hairpin refuse\nphyint far+ hairpin=relay\n");
	ck_assert(!router_may_use(story->router, GUARD_NETFILTER));
	ck_assert(!router_may_use(story->router, GUARD_TABLE));
	ck_assert(router_may_use(story->router, GUARD_RELAY));
	story_reload(story, "hairpin off\nphyint far hairpin=auto\n");
	ck_assert(router_may_use(story->router, GUARD_TABLE));
	story_reload(story, "");
	ck_assert(router_may_use(story->router, GUARD_RELAY));
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *refused = tcase_create("refused");
	TCase *own = tcase_create("own");
	TCase *told = tcase_create("told");

	tcase_add_test(refused, key_refused);
	tcase_add_test(refused, refused_until_retried);
	tcase_add_test(refused, cannot_settle);
	tcase_add_test(refused, route_refused);
	tcase_add_test(own, own_routes_before_the_table);
	tcase_add_test(own, own_routes_do_not_fit);
	tcase_add_loop_test(own, own_source, 0, 3);
	tcase_add_test(told, remark);
	tcase_add_test(told, each_cause_is_told);
	tcase_add_test(told, causes_of_fewer_rungs);
	tcase_add_test(told, notes_are_few);
	tcase_add_test(told, counts_of_all_guards);
	tcase_add_test(told, what_may_be_used);
	return unit_main("core-rung", refused, own, told, NULL);
}
