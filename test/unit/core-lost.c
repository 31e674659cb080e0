/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guards that cannot be had, are lost, and come back. */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

#define HAIRPIN "route eth0 " S1 " " G1 " eth0 eth1\n"
#define ADD "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1"
#define WITHOUT "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n"
#define WITH "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n"

static struct story *guarded(void)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth+\n" HAIRPIN);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_skip(story);
	return story;
}

/* What a fake kernel says of the other rungs. */
#define OTHERS "; relay: no CAP_NET_RAW; table: no second table"

START_TEST(restored_in_one_call)
{
	struct story *story = guarded();

	story_add(story, "route eth1 " S6 " " G6 " eth1");
	story_skip(story);
	fake_kernel_lose_guards(story->fake);
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	story_expect(story, "guard_add netfilter 2 keys "
		     "(198.18.1.1, 239.1.1.1) if 1, "
		     "(fd00:1::1, ff0e::1) if 2\n");
	ck_assert_uint_eq(story_noted(story, "netfilter guard lost: flushed"),
			  1);
	ck_assert_uint_eq(story_noted(story, "netfilter guard is back"), 1);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* The hairpin OIFs go before anything else is tried. */
START_TEST(stripped_when_not_restored)
{
	struct story *story = guarded();

	story_nocache(story, 1, S1, "239.9.9.9");
	story_add(story, "route eth1 " S6 " " G6 " eth1");
	story_skip(story);
	fake_kernel_lose_guards(story->fake);
	fake_kernel_set_guard(story->fake, EPERM, "no CAP_NET_ADMIN?");
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	story_expect(story, WITHOUT
		     "mfc_set (fd00:1::1, ff0e::1) parent 1 oifs -\n");
	ck_assert_str_eq(story_state(story, S1, G1), "suspended");
	ck_assert_uint_eq(story_noted(story, "warning hairpin (198.18.1.1, "
			"239.1.1.1) on eth0 suspended: netfilter: no "
			"CAP_NET_ADMIN?" OTHERS), 1);
	/* tried again, in vain: nothing is said again */
	story_skip(story);
	router_guard_retry(story->router);
	ck_assert_uint_eq(story->notes_len, 0);
	story_expect(story, "");
	fake_kernel_set_guard(story->fake, 0, NULL);
	story_skip(story);
	router_guard_retry(story->router);
	story_expect(story, "guard_add netfilter 2 keys "
		     "(198.18.1.1, 239.1.1.1) if 1, "
		     "(fd00:1::1, ff0e::1) if 2\n" WITH
		     "mfc_set (fd00:1::1, ff0e::1) parent 1 oifs 1:1\n");
	ck_assert_uint_eq(story_noted(story, "no longer suspended"), 2);
	story_end(story);
}
END_TEST

/* The guard can be had, its keys cannot be put back at once. */
START_TEST(restoring_the_keys_fails_once)
{
	struct story *story = guarded();

	fake_kernel_lose_guards(story->fake);
	fake_kernel_fail_op(story->fake, FAKE_GUARD_ADD, 1, ENOBUFS);
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	story_expect(story, ADD ": No buffer space available\n"
		     WITHOUT ADD "\n" WITH);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* The OIF cannot be taken out: then the entry goes as a whole. */
START_TEST(strip_fails)
{
	struct story *story = guarded();

	fake_kernel_lose_guards(story->fake);
	fake_kernel_set_guard(story->fake, EPERM, "why");
	fake_kernel_fail_op(story->fake, FAKE_MFC_SET, 1, ENOMEM);
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
			"oifs 1:1: Cannot allocate memory\n"));
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
				     "mfc_del (198.18.1.1, 239.1.1.1)\n"));
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	story_end(story);
}
END_TEST

/* More keys than one call may have. */
START_TEST(many_are_restored)
{
	struct story *story = guarded();

	story->router->config.note_level = NOTE_WARNING;
	story_add(story, "route eth0 * 239.2.0.0/16 eth0");
	for (unsigned int i = 0; i < GUARD_BATCH_MAX + 500; i++) {
		struct upcall call = { .kind = UPCALL_NOCACHE };
		char group[ADDR_STRLEN];

		snprintf(group, sizeof(group), "239.2.%u.%u", i >> 8,
			 i & 255);
		addr_parse(S1, &call.source);
		addr_parse(group, &call.group);
		router_upcall(story->router, &call, 0);
	}
	router_commit(story->router);
	ck_assert_uint_eq(story->fake->n_keys, GUARD_BATCH_MAX + 501);
	fake_kernel_lose_guards(story->fake);
	story_skip(story);
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	ck_assert_uint_eq(story->fake->n_keys, GUARD_BATCH_MAX + 501);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	for (size_t i = 0; i < story->fake->n_mfcs; i++)
		ck_assert_uint_eq(story->fake->mfcs[i].route.ttls[0], 1);
	story_end(story);
}
END_TEST

/* auto without a guard: a line is accepted and its entry suspended. */
START_TEST(file_without_a_guard)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	fake_kernel_set_guard(story->fake, EOPNOTSUPP,
			      "Operation not supported (CONFIG_NF_TABLES?)");
	ck_assert_uint_eq(story_reload(story, "phyint eth+\n" HAIRPIN
				       "route eth1 * " G1 " eth1"), 0);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	ck_assert_uint_eq(story_noted(story, "CONFIG_NF_TABLES?"), 2);
	ck_assert_uint_eq(story->fake->n_keys, 0);
	story_skip(story);
	fake_kernel_set_guard(story->fake, 0, NULL);
	story_reload(story, "phyint eth+\n" HAIRPIN "route eth1 * " G1 " eth1");
	story_expect(story, ADD "\n" WITH);
	ck_assert_uint_eq(story_noted(story, "notice netfilter guard for IPv4 "
				      "works again"), 1);
	story_end(story);
}
END_TEST

START_TEST(command_without_a_guard)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth+");
	story_skip(story);
	fake_kernel_set_guard(story->fake, EPERM, "no CAP_NET_ADMIN?");
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_str_eq(story->diag.text,
			 "eth0: no hairpin guard: netfilter: no CAP_NET_ADMIN?"
			 OTHERS);
	ck_assert_int_eq(story_add(story, "route eth+ * " G1 " eth1"),
			 -EOPNOTSUPP);
	ck_assert_uint_eq(story->fake->n_mfcs, 0);
	ck_assert_uint_eq(story->router->rules.n, 0);
	/* asked anew each time: it may work by now */
	fake_kernel_set_guard(story->fake, 0, NULL);
	ck_assert_int_eq(story_add(story, HAIRPIN), 0);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* The guard itself works, this key does not go in: nothing is installed. */
START_TEST(command_is_rolled_back)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth+");
	story_skip(story);
	story->fake->refuse[FAKE_GUARD_ADD] = ENOSPC;
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_str_eq(story->diag.text, "eth0: no hairpin guard: "
			 "netfilter: No space left on device" OTHERS);
	ck_assert_uint_eq(story->fake->n_mfcs, 0);
	ck_assert_uint_eq(story->router->rules.n, 0);
	/* a route that was there stays as it was */
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth1"), 0);
	ck_assert_int_eq(story_add(story, HAIRPIN), -EOPNOTSUPP);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[1],
			  1);
	ck_assert_str_eq(story_state(story, S1, G1), "none");
	story_end(story);
}
END_TEST

/* One key of a batch is refused: the others do not suffer. */
START_TEST(one_key_of_many)
{
	struct story *story = story_new(NULL);

	story_links(story, 1);
	fake_kernel_fail_op(story->fake, FAKE_GUARD_ADD, 1, ENOSPC);
	fake_kernel_fail(story->fake, 5, ENOSPC);
	story_reload(story, "route eth0 " S1 " " G1 " eth0\n"
		     "route eth0 " S1 " 239.2.2.2 eth0\n");
	ck_assert_str_eq(story_state(story, S1, G1), "suspended");
	ck_assert_str_eq(story_state(story, S1, "239.2.2.2"), "guarded");
	router_guard_retry(story->router);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	ck_assert_uint_eq(story->fake->n_keys, 2);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *lost = tcase_create("lost");
	TCase *missing = tcase_create("missing");

	tcase_add_test(lost, restored_in_one_call);
	tcase_add_test(lost, stripped_when_not_restored);
	tcase_add_test(lost, restoring_the_keys_fails_once);
	tcase_add_test(lost, strip_fails);
	tcase_add_test(lost, many_are_restored);
	tcase_add_test(missing, file_without_a_guard);
	tcase_add_test(missing, command_without_a_guard);
	tcase_add_test(missing, command_is_rolled_back);
	tcase_add_test(missing, one_key_of_many);
	return unit_main("core-lost", lost, missing, NULL);
}
