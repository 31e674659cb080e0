/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many adds and removals at once: as one after the other, in fewer calls. */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

#define MANY 10

/* MANY hairpin routes on eth0; what a test wants otherwise it changes. */
struct adds {
	struct directive lines[MANY];
	const struct directive *order[MANY];
	int errs[MANY];
	struct diag diags[MANY];
};

static const char *const to_eth0[] = { "eth0" };
static const char *const to_eth1[] = { "eth1" };

static struct story *fresh(struct adds *adds)
{
	struct story *story = story_new(NULL);

	memset(adds, 0, sizeof(*adds));
	for (unsigned int i = 0; i < MANY; i++) {
		struct directive *line = &adds->lines[i];
		char group[ADDR_STRLEN];

		snprintf(group, sizeof(group), "239.1.1.%u", i + 1);
		line->kind = DIRECTIVE_MROUTE;
		line->ifname = "eth0";
		line->oifs = to_eth0;
		line->n_oifs = 1;
		prefix_parse(S1, &line->source, NULL, NULL);
		prefix_parse(group, &line->group, NULL, NULL);
		adds->order[i] = line;
	}
	story_links(story, 2);
	story_reload(story, "phyint eth0\nphyint eth1\n");
	story_skip(story);
	return story;
}

static void add_many(struct story *story, struct adds *adds)
{
	router_add_many(story->router, adds->order, MANY, adds->errs,
			adds->diags);
}

START_TEST(one_transaction)
{
	struct adds adds;
	struct story *story = fresh(&adds);

	add_many(story, &adds);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(adds.errs[i], 0);
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
				     "guard_add netfilter 10 keys"));
	ck_assert_uint_eq(story->fake->n_keys, MANY);
	story_skip(story);
	for (int i = 0; i < MANY; i++)
		adds.lines[i].n_oifs = 0;
	router_remove_many(story->router, adds.order, MANY, adds.errs,
			   adds.diags);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(adds.errs[i], 0);
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
				     "guard_del netfilter 10 keys"));
	ck_assert_uint_eq(story->router->mfcs.n, 0);
	router_remove_many(story->router, adds.order, MANY, adds.errs,
			   adds.diags);
	ck_assert_int_eq(adds.errs[0], -ENOENT);
	story_end(story);
}
END_TEST

/* One that is refused has its own result; the others do not suffer. */
START_TEST(one_is_refused)
{
	struct adds adds;
	struct story *story = fresh(&adds);

	adds.lines[3].ifname = "eth9";
	add_many(story, &adds);
	ck_assert_int_eq(adds.errs[3], -ENODEV);
	ck_assert_str_eq(adds.diags[3].text, "eth9: no such interface");
	for (int i = 0; i < MANY; i++)
		if (i != 3)
			ck_assert_int_eq(adds.errs[i], 0);
	ck_assert_uint_eq(story->fake->n_keys, MANY - 1);
	story_end(story);
}
END_TEST

/* The kernel has no room for one key: only that add fails, wholly. */
START_TEST(one_cannot_be_guarded)
{
	for (unsigned int at = 0; at < MANY; at++) {
		struct adds adds;
		struct story *story = fresh(&adds);

		/* all at once, each of the commit, then each add anew */
		fake_kernel_fail_op(story->fake, FAKE_GUARD_ADD, 1, ENOSPC);
		fake_kernel_fail_also(story->fake, 2 + at, ENOSPC);
		add_many(story, &adds);
		fake_kernel_check_guards(story->fake);
		for (unsigned int i = 0; i < MANY; i++) {
			char group[ADDR_STRLEN];
			bool there;

			snprintf(group, sizeof(group), "239.1.1.%u", i + 1);
			there = fake_kernel_mfc(story->fake, S1, group);
			ck_assert_int_eq(there, adds.errs[i] == 0);
		}
		story_end(story);
	}
}
END_TEST

/* Two adds to one rule: the first needs a guard that cannot be had. */
START_TEST(two_of_one_rule)
{
	struct adds adds;
	struct story *story = fresh(&adds);

	adds.lines[1] = adds.lines[0];
	adds.lines[1].oifs = to_eth1;
	story->fake->refuse[FAKE_GUARD_ADD] = ENOSPC;
	add_many(story, &adds);
	ck_assert_int_eq(adds.errs[0], -EOPNOTSUPP);
	ck_assert_int_eq(adds.errs[1], 0);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[1],
			  1);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	ck_assert_uint_eq(story->router->rules.n, 1);
	story->fake->refuse[FAKE_GUARD_ADD] = 0;
	story_end(story);
}
END_TEST

/* A rule of a wildcard stays one when an add to it fails. */
START_TEST(failed_add_to_a_wildcard)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_reload(story, "route eth1+ " S1 " " G1 " eth2");
	story->fake->refuse[FAKE_GUARD_ADD] = ENOSPC;
	ck_assert_int_eq(story_add(story, "route eth1 " S1 " " G1 " eth1"),
			 -EOPNOTSUPP);
	story->fake->refuse[FAKE_GUARD_ADD] = 0;
	router_unlink(story->router, 2);
	ck_assert_uint_eq(story->router->rules.n, 0);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *many = tcase_create("many");

	tcase_add_test(many, one_transaction);
	tcase_add_test(many, one_is_refused);
	tcase_add_test(many, one_cannot_be_guarded);
	tcase_add_test(many, two_of_one_rule);
	tcase_add_test(many, failed_add_to_a_wildcard);
	return unit_main("core-add", many, NULL);
}
