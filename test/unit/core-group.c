/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups and ranges of groups: joined in slices, shared, left. */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

static struct story *two_links(void)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth+");
	story_skip(story);
	return story;
}

START_TEST(join_and_leave)
{
	struct story *story = two_links();

	ck_assert_int_eq(story_join(story, "group eth0 * " G1), 0);
	ck_assert_int_eq(story_join(story, "group eth0 " S1 " 232.1.1.1"), 0);
	ck_assert_int_eq(story_join(story, "group eth1 * " G6), 0);
	story_expect(story, "join if 1 (*, 239.1.1.1) slot 0\n"
		     "join if 1 (198.18.1.1, 232.1.1.1) slot 0\n"
		     "join if 2 (*, ff0e::1) slot 0\n");
	ck_assert_int_eq(story_join(story, "group eth0 * " G1), -EEXIST);
	ck_assert_int_eq(story_leave(story, "group eth1 * " G1), -ENOENT);
	ck_assert_int_eq(story_leave(story, "group eth0 " S1 " " G1), -ENOENT);
	ck_assert_int_eq(story_leave(story, "group nope * " G1), -ENOENT);
	ck_assert_int_eq(story_leave(story, "group eth0 * " G1), 0);
	ck_assert_int_eq(story_leave(story, "group eth0 * " G1), -ENOENT);
	story_expect(story, "leave if 1 (*, 239.1.1.1) slot 0\n");
	story_end(story);
}
END_TEST

/* */
START_TEST(refused_join_is_not_recorded)
{
	struct story *story = two_links();

	ck_assert_int_eq(story_join(story, "group nope * " G1), -ENODEV);
	story->fake->refuse[FAKE_JOIN] = EPERM;
	ck_assert_int_eq(story_join(story, "group eth0 * " G1), -EPERM);
	ck_assert_str_eq(story->diag.text,
			 "eth0: cannot join: Operation not permitted");
	story->fake->refuse[FAKE_JOIN] = 0;
	ck_assert_int_eq(story_join(story, "group eth0 * " G1), 0);
	story_end(story);
}
END_TEST

START_TEST(reload_joins_what_was_refused)
{
	static const char lines[] = "phyint eth+\ngroup eth0 * 239.1.1.0/30\n";
	struct story *story = two_links();

	fake_kernel_fail_op(story->fake, FAKE_JOIN, 2, ENOMEM);
	story_reload(story, lines);
	ck_assert_uint_lt(story->fake->n_joins, 4);
	story_reload(story, lines);
	ck_assert_uint_eq(story->fake->n_joins, 4);
	story_skip(story);
	story_reload(story, lines);
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(ranges_are_whole_networks)
{
	struct story *story = two_links();

	story_join(story, "group eth0 198.18.1.77/31 232.1.1.3/31");
	story_expect(story, "join if 1 (198.18.1.76, 232.1.1.2) slot 0\n"
		     "join if 1 (198.18.1.76, 232.1.1.3) slot 0\n"
		     "join if 1 (198.18.1.77, 232.1.1.2) slot 0\n"
		     "join if 1 (198.18.1.77, 232.1.1.3) slot 0\n");
	/* the same range in other words */
	ck_assert_int_eq(story_join(story,
				    "group eth0 198.18.1.76/31 232.1.1.2/31"),
			 -EEXIST);
	ck_assert_int_eq(story_leave(story,
				     "group eth0 198.18.1.76/31 232.1.1.2/31"),
			 0);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_join(story, "group eth0 * ff0e::7/126");
	ck_assert_uint_eq(story->fake->n_joins, 4);
	story_end(story);
}
END_TEST

START_TEST(overlapping_ranges_share)
{
	struct story *story = two_links();

	story_join(story, "group eth0 * 239.1.1.0/30");
	story_join(story, "group eth0 * 239.1.1.2/31");
	ck_assert_uint_eq(story->fake->op_calls[FAKE_JOIN], 4);
	story_leave(story, "group eth0 * 239.1.1.0/30");
	ck_assert_uint_eq(story->fake->n_joins, 2);
	story_leave(story, "group eth0 * 239.1.1.2/31");
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

/* the rest of a large range is done between other events. */
START_TEST(large_range_in_slices)
{
	struct story *story = two_links();
	unsigned int slices = 1;

	ck_assert(!router_has_work(story->router));
	ck_assert_int_eq(story_join(story, "group eth0 * 239.1.0.0/20"), 0);
	ck_assert_uint_lt(story->fake->n_joins, 4096);
	ck_assert(router_has_work(story->router));
	for (slices = 1; router_work(story->router); slices++)
		;
	ck_assert_uint_gt(slices, 1);
	ck_assert_uint_eq(story->fake->n_joins, 4096);
	ck_assert(!router_has_work(story->router));
	story_leave(story, "group eth0 * 239.1.0.0/20");
	ck_assert_uint_gt(story->fake->n_joins, 0);
	ck_assert(router_has_work(story->router));
	for (slices = 1; router_work(story->router); slices++)
		;
	ck_assert_uint_gt(slices, 1);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

/* All slices; story_end() would do it in one go. */
static void work_all(struct story *story)
{
	while (router_work(story->router))
		;
}

static struct story *large_range(void)
{
	struct story *story = two_links();

	story_join(story, "group eth0 * 239.1.0.0/20");
	work_all(story);
	ck_assert_uint_eq(story->fake->n_joins, 4096);
	story_skip(story);
	return story;
}

/* The kernel searches from the newest. */
START_TEST(left_newest_first)
{
	struct story *story = large_range();
	const char *order = story->fake->transcript;
	unsigned int at, last = 4096;

	story_join(story, "group eth0 * 239.9.9.9");
	story_skip(story);
	story_reload(story, "phyint eth+");
	work_all(story);
	ck_assert(strncmp(order, "leave if 1 (*, 239.9.9.9)", 25) == 0);
	while ((order = strstr(order, "239.1."))) {
		unsigned int high, low;

		ck_assert_int_eq(sscanf(order, "239.1.%u.%u)", &high, &low),
				 2);
		at = high * 256 + low;
		ck_assert_uint_lt(at, last);
		last = at;
		order++;
	}
	ck_assert_uint_eq(last, 0);
	story_end(story);
}
END_TEST

/* A group that is not in the new file; what is in both is not touched. */
START_TEST(left_by_reload)
{
	struct story *story = large_range();

	story_reload(story, "phyint eth+\ngroup eth0 * 239.1.0.0/29");
	ck_assert_uint_gt(story->fake->n_joins, 8);
	ck_assert(!router_is_busy(story->router));
	ck_assert_ptr_null(strstr(story->fake->transcript, "join"));
	/* events are served meanwhile */
	story_add(story, "route eth0 * 239.2.0.0/16 eth1");
	story_nocache(story, 0, S1, "239.2.1.1");
	ck_assert_ptr_nonnull(fake_kernel_mfc(story->fake, S1, "239.2.1.1"));
	ck_assert(router_has_work(story->router));
	work_all(story);
	ck_assert_uint_eq(story->fake->n_joins, 8);
	ck_assert_ptr_null(strstr(story->fake->transcript,
				  "leave if 1 (*, 239.1.0.7)"));
	story_end(story);
}
END_TEST

/* The same range again, and one that overlaps, while it is being left. */
START_TEST(joined_again_while_left)
{
	static const char *const again[] = {
		"group eth0 * 239.1.0.0/20", "group eth+ * 239.1.0.0/20",
		"group eth0 * 239.1.8.0/21", "group eth0 * 239.1.0.0/19",
	};
	static const unsigned int joins[] = { 4096, 8192, 2048, 8192 };
	struct story *story = large_range();

	story_leave(story, "group eth0 * 239.1.0.0/20");
	router_work(story->router);
	ck_assert_int_eq(story_join(story, again[_i]), 0);
	work_all(story);
	ck_assert_uint_eq(story->fake->n_joins, joins[_i]);
	ck_assert_int_eq(story_leave(story, again[_i]), 0);
	work_all(story);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	ck_assert_ptr_null(story->router->leaving);
	story_end(story);
}
END_TEST

/*
 * What the interface does while it is left: its index may be another one's the
 * next moment, so nothing of it may be left over when it goes.
 */
START_TEST(interface_goes_while_left)
{
	struct story *story = large_range();

	story_leave(story, "group eth0 * 239.1.0.0/20");
	ck_assert_uint_gt(story->fake->n_joins, 0);
	router_unlink(story->router, 1);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_link(story, 1, "eth9");
	story_join(story, "group eth9 * 239.1.0.0/30");
	ck_assert_uint_eq(story->fake->n_joins, 4);
	ck_assert(!router_has_work(story->router));
	story_end(story);
}
END_TEST

START_TEST(interface_renamed_while_left)
{
	struct story *story = large_range();

	story_leave(story, "group eth0 * 239.1.0.0/20");
	story_link(story, 1, "eth9");
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

/* Off and on again before all is left: all is joined in the end. */
START_TEST(multicast_off_and_on)
{
	struct link_info link = { .ifindex = 1, .name = "eth0", .up = true };
	struct story *story = large_range();

	router_link(story->router, &link);
	ck_assert(router_has_work(story->router));
	ck_assert_uint_gt(story->fake->n_joins, 0);
	router_work(story->router);
	story_link(story, 1, "eth0");
	router_work(story->router);
	router_link(story->router, &link);
	story_link(story, 1, "eth0");
	work_all(story);
	ck_assert_uint_eq(story->fake->n_joins, 4096);
	router_link(story->router, &link);
	work_all(story);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

/* At the end nothing is left; the interface of a wildcard may be gone. */
START_TEST(daemon_ends_while_left)
{
	struct story *story = two_links();

	story_join(story, "group eth+ * 239.1.0.0/20");
	work_all(story);
	story_leave(story, "group eth+ * 239.1.0.0/20");
	router_unlink(story->router, 2);
	ck_assert_uint_gt(story->fake->n_joins, 0);
	story_join(story, "group eth0 * 239.2.0.0/20");
	story_end(story);
}
END_TEST

/* The sockets of what is being left are free for what is joined. */
START_TEST(descriptors_are_those_being_left)
{
	struct story *story = large_range();

	story_leave(story, "group eth0 * 239.1.0.0/20");
	fake_kernel_fail_op(story->fake, FAKE_JOIN, 1, EMFILE);
	ck_assert_int_eq(story_join(story, "group eth1 * " G1), 0);
	ck_assert_uint_eq(story->fake->n_joins, 1);
	story_end(story);
}
END_TEST

START_TEST(left_before_it_is_done)
{
	struct story *story = two_links();

	story_join(story, "group eth0 * 239.1.0.0/16");
	story_join(story, "group eth1 * 239.1.0.0/16");
	router_work(story->router);
	story_leave(story, "group eth0 * 239.1.0.0/16");
	ck_assert(router_has_work(story->router));
	router_unlink(story->router, 2);
	work_all(story);
	ck_assert(!router_has_work(story->router));
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

/* More addresses than can be counted: cut short, not wrapped around. */
START_TEST(endless_range)
{
	struct story *story = two_links();

	ck_assert_int_eq(story_join(story, "group eth0 fd00::/16 ff0e::/16"),
			 0);
	ck_assert(router_has_work(story->router));
	ck_assert_int_eq(story_leave(story, "group eth0 fd00::/16 ff0e::/16"),
			 0);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

/* Out of descriptors: no use in trying the rest, and said once. */
START_TEST(out_of_descriptors)
{
	struct story *story = two_links();

	fake_kernel_fail_op(story->fake, FAKE_JOIN, 3, EMFILE);
	ck_assert_int_eq(story_join(story, "group eth0 * 239.1.1.0/29"),
			 -EMFILE);
	ck_assert_str_eq(story->diag.text, "eth0: 6 of 8 joins failed: "
			 "Too many open files");
	ck_assert_uint_eq(story->fake->op_calls[FAKE_JOIN], 3);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

START_TEST(out_of_descriptors_in_a_later_slice)
{
	struct story *story = two_links();

	fake_kernel_fail_op(story->fake, FAKE_JOIN, 2000, EMFILE);
	ck_assert_int_eq(story_join(story, "group eth0 * 239.1.0.0/20"), 0);
	while (router_work(story->router))
		;
	ck_assert_uint_eq(story_noted(story, "eth0: 2097 of 4096 joins of "
				      "239.1.0.0/20 failed: Too many open"),
			  1);
	ck_assert_uint_eq(story->fake->n_joins, 1999);
	story_end(story);
}
END_TEST

/* A join that fails in the middle of a range is not the end of it. */
START_TEST(one_of_a_range_fails)
{
	struct story *story = two_links();

	fake_kernel_fail_op(story->fake, FAKE_JOIN, 2, ENOBUFS);
	ck_assert_uint_eq(story_reload(story, "phyint eth+\n"
				       "group eth0 * 239.1.1.0/30"), 1);
	ck_assert_uint_eq(story_reported(story, "warning line 2: eth0: 1 of 4 "
					 "joins failed: No buffer space"), 1);
	ck_assert_uint_eq(story->fake->n_joins, 3);
	story_end(story);
}
END_TEST

/* Joins are on the interface, whatever names it. */
START_TEST(name_and_wildcard_share)
{
	struct story *story = two_links();

	story_join(story, "group eth0 * " G1);
	story_join(story, "group eth+ * " G1);
	story_expect(story, "join if 1 (*, 239.1.1.1) slot 0\n"
		     "join if 2 (*, 239.1.1.1) slot 0\n");
	story_leave(story, "group eth0 * " G1);
	story_expect(story, "");
	story_leave(story, "group eth+ * " G1);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *groups = tcase_create("groups");
	TCase *ranges = tcase_create("ranges");
	TCase *limits = tcase_create("limits");

	tcase_add_test(groups, join_and_leave);
	tcase_add_test(groups, refused_join_is_not_recorded);
	tcase_add_test(groups, reload_joins_what_was_refused);
	tcase_add_test(groups, name_and_wildcard_share);
	tcase_add_test(ranges, ranges_are_whole_networks);
	tcase_add_test(ranges, overlapping_ranges_share);
	tcase_add_test(ranges, large_range_in_slices);
	tcase_add_test(ranges, left_newest_first);
	tcase_add_test(ranges, left_by_reload);
	tcase_add_loop_test(ranges, joined_again_while_left, 0, 4);
	tcase_add_test(ranges, interface_goes_while_left);
	tcase_add_test(ranges, interface_renamed_while_left);
	tcase_add_test(ranges, multicast_off_and_on);
	tcase_add_test(ranges, daemon_ends_while_left);
	tcase_add_test(ranges, left_before_it_is_done);
	tcase_add_test(ranges, endless_range);
	tcase_add_test(limits, out_of_descriptors);
	tcase_add_test(limits, out_of_descriptors_in_a_later_slice);
	tcase_add_test(limits, one_of_a_range_fails);
	tcase_add_test(limits, descriptors_are_those_being_left);
	return unit_main("core-group", groups, ranges, limits, NULL);
}
