/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The word that a learned route is in the kernel: when, and when not. */
#include <errno.h>
#include <string.h>

#include "test/unit/unit.h"

#include "test/unit/story.h"

static struct story *told_by;
static unsigned int n_told;

/* What the kernel has is part of the word. */
static void installed(void *ctx, const struct in6_addr *source,
		      const struct in6_addr *group)
{
	char s[ADDR_STRLEN], g[ADDR_STRLEN];

	ck_assert_ptr_eq(ctx, &n_told);
	ck_assert_ptr_nonnull(strstr(told_by->fake->transcript, "mfc_set"));
	ck_assert_str_eq(addr_format(source, s), S1);
	ck_assert_str_eq(addr_format(group, g), G1);
	n_told++;
}

static struct story *begin(const char *route)
{
	const struct router_config config = {
		.installed = installed,
		.installed_ctx = &n_told,
		.note_level = NOTE_DEBUG,
	};
	struct story *story = story_new(&config);

	told_by = story;
	n_told = 0;
	story_links(story, 3);
	ck_assert_uint_eq(story_reload(story, "phyint eth0\nphyint eth1\n"
				       "phyint eth2"), 0);
	if (route)
		ck_assert_int_eq(story_add(story, route), 0);
	story_skip(story);
	return story;
}

START_TEST(learned)
{
	struct story *story = begin("route eth0 * " G1 " eth1");

	story_nocache(story, 0, S1, G1);
	ck_assert_uint_eq(n_told, 1);

	/* changed by a rule, not learned again */
	ck_assert_int_eq(story_add(story, "route eth0 * " G1 " eth2"), 0);
	ck_assert_uint_eq(n_told, 1);
	story_end(story);
}
END_TEST

START_TEST(moved)
{
	struct story *story = begin("route eth0 * " G1 " eth2");

	ck_assert_int_eq(story_add(story, "route eth1 * " G1 " eth2"), 0);
	story_nocache(story, 0, S1, G1);
	story_skip(story);
	n_told = 0;
	story_wrongvif(story, 1, S1, G1);
	ck_assert_uint_eq(n_told, 1);

	/* nothing covers it there */
	story_wrongvif(story, 2, S1, G1);
	ck_assert_uint_eq(n_told, 1);
	story_end(story);
}
END_TEST

START_TEST(stop_filter)
{
	struct story *story = begin(NULL);

	story_nocache(story, 0, S1, G1);
	ck_assert_uint_eq(n_told, 0);

	/* that it becomes a route later is a client's doing */
	ck_assert_int_eq(story_add(story, "route eth0 * " G1 " eth1"), 0);
	ck_assert_uint_eq(n_told, 0);
	story_end(story);
}
END_TEST

START_TEST(static_route)
{
	struct story *story = begin("route eth0 " S1 " " G1 " eth1");

	story_nocache(story, 0, S1, G1);
	ck_assert_uint_eq(n_told, 0);
	story_end(story);
}
END_TEST

START_TEST(refused)
{
	struct story *story = begin("route eth0 * " G1 " eth1");

	fake_kernel_fail_op(story->fake, FAKE_MFC_SET, 1, -ENOBUFS);
	story_nocache(story, 0, S1, G1);
	ck_assert_uint_eq(n_told, 0);
	story_skip(story);

	/* a change that has nothing to do with a packet tells nothing */
	ck_assert_int_eq(story_add(story, "route eth0 * " G1 " eth2"), 0);
	ck_assert_uint_eq(n_told, 0);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("installed");

	tcase_add_test(tc, learned);
	tcase_add_test(tc, moved);
	tcase_add_test(tc, stop_filter);
	tcase_add_test(tc, static_route);
	tcase_add_test(tc, refused);

	return unit_main("core-installed", tc, NULL);
}
