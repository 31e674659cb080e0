/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wildcards, R-33 and R-34; the limit of 32 VIFs, R-68. */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

#define VIF(n, i) "vif_add ipv4 " n " if " i "\nvif_add ipv6 " n " if " i "\n"

/* a wildcard among the outbound names leaves the inbound out. */
START_TEST(wild_outbound)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_add(story, "route eth0 " S1 " " G1 " eth+");
	story_expect(story, VIF("0", "1") VIF("1", "2") VIF("2", "3")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 1:1 2:1\n");
	/* */
	story_link(story, 4, "eth3");
	story_expect(story, VIF("3", "4")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 1:1 2:1 3:1\n");
	router_unlink(story->router, 2);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 2:1 3:1\n"
		     "vif_del ipv4 1\nvif_del ipv6 1\n");
	story_link(story, 9, "lan0");
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* Named besides, the inbound stays. */
START_TEST(wild_outbound_and_inbound_by_name)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 " S1 " " G1 " eth+ eth0");
	story_expect(story, VIF("0", "1") VIF("1", "2")
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 0:1 1:1\n");
	story_end(story);
}
END_TEST

START_TEST(wild_inbound)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth+ * " G1 " eth+");
	story_skip(story);
	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n");
	story_nocache(story, 1, "198.18.1.2", G1);
	story_expect(story,
		     "mfc_set (198.18.1.2, 239.1.1.1) parent 1 oifs 0:1\n");
	story_link(story, 3, "eth2");
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
				     VIF("2", "3")));
	story_skip(story);
	story_nocache(story, 2, "198.18.1.3", G1);
	story_expect(story, "mfc_set (198.18.1.3, 239.1.1.1) parent 2 "
		     "oifs 0:1 1:1\n");
	ck_assert_int_eq(story_remove(story, "route eth+ * " G1), 0);
	ck_assert_uint_eq(story->fake->n_mfcs, 0);
	story_link(story, 4, "eth3");
	story_skip(story);
	story_end(story);
}
END_TEST

/* A name that the inbound wildcard matches is a hairpin there, only there. */
START_TEST(wild_inbound_hairpin)
{
	struct story *story = story_new(NULL);

	story_reload(story, "route eth+ * " G1 " eth1");
	story_links(story, 2);
	story_nocache(story, 0, S1, G1);
	story_nocache(story, 1, "198.18.1.2", G1);
	ck_assert_str_eq(story_state(story, S1, G1), "none");
	ck_assert_str_eq(story_state(story, "198.18.1.2", G1), "guarded");
	ck_assert_uint_eq(story_noted(story, "hairpin route ("), 1);
	router_unlink(story->router, 2);
	ck_assert_uint_eq(story->fake->n_keys, 0);
	ck_assert_uint_eq(story->fake->n_mfcs, 1);
	story_end(story);
}
END_TEST

/* The rule of a name stays when the wildcard that also gave it goes. */
START_TEST(wild_inbound_over_a_name)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "route eth0 * " G1 " eth1\n"
		     "route eth+ * " G1 " eth0");
	story_nocache(story, 0, S1, G1);
	ck_assert_ptr_nonnull(fake_kernel_mfc(story->fake, S1, G1));
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  1);
	story_reload(story, "route eth0 * " G1 " eth1");
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[1],
			  1);
	story_end(story);
}
END_TEST

/* How much there is of what an add would leave behind. */
static void check_left(const struct story *story, unsigned int rules,
		       unsigned int keys)
{
	ck_assert_uint_eq(story->router->rules.n, rules);
	ck_assert_uint_eq(story->router->wilds.n, 0);
	ck_assert_uint_eq(story->fake->n_keys, keys);
}

/* All or nothing: one of the interfaces cannot be guarded after all. */
START_TEST(wild_inbound_without_guard)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_reload(story, "phyint eth+");
	story->fake->refuse[FAKE_GUARD_ADD] = ENOSPC;
	ck_assert_int_eq(story_add(story, "route eth+ " S1 " " G1
				   " eth1 eth2"), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(story->diag.text, "no hairpin guard"));
	check_left(story, 0, 0);
	ck_assert_uint_eq(story->fake->n_mfcs, 0);
	/* nor is it for those that come later */
	story_link(story, 9, "eth9");
	check_left(story, 0, 0);
	/* and it works once it can be guarded */
	story->fake->refuse[FAKE_GUARD_ADD] = 0;
	ck_assert_int_eq(story_add(story, "route eth+ " S1 " " G1
				   " eth1 eth2"), 0);
	ck_assert_uint_eq(story->router->rules.n, 4);
	ck_assert_uint_gt(story->router->wilds.n, 0);
	story_end(story);
}
END_TEST

#define NO_GUARD(i) \
	"guard_add netfilter (198.18.1.1, 239.1.1.1) if " i \
	": No space left on device\n"

/* What was there before is what is there again. */
START_TEST(wild_inbound_over_what_there_is)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_reload(story, "phyint eth+\n"
		     "route eth0 " S1 " " G1 " eth0 eth1\n"
		     "route eth1 " S1 " 239.2.2.2 eth1");
	story_skip(story);
	/* guard_ready() works; guard_add() does not, nor when tried alone */
	fake_kernel_fail(story->fake, 2, ENOSPC);
	fake_kernel_fail_also(story->fake, 3, ENOSPC);
	ck_assert_int_eq(story_add(story, "route eth+ " S1 " " G1 " eth2"),
			 -EOPNOTSUPP);
	story_expect(story, NO_GUARD("3") NO_GUARD("3")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 2 oifs -\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n");
	check_left(story, 2, 2);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	ck_assert(fake_kernel_has_key(story->fake, S1, G1, 1));
	ck_assert_str_eq(story_state(story, S1, "239.2.2.2"), "guarded");
	/* said again, it is no change */
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth0"), 0);
	story_expect(story, "");
	/* the wildcard left no mark: the rule stays with its name */
	router_unlink(story->router, 1);
	ck_assert_uint_eq(story->router->rules.n, 2);
	story_end(story);
}
END_TEST

START_TEST(one_name_off_a_wildcard)
{
	struct story *story = story_new(NULL);

	story_links(story, 4);
	story_add(story, "route eth0 " S1 " " G1 " eth+");
	story_skip(story);
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1
				      " eth2"), 0);
	story_expect(story, "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 1:1 3:1\n");
	ck_assert_int_eq(story_remove(story, "route eth0 " S1 " " G1
				      " eth+"), 0);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n");
	story_end(story);
}
END_TEST

START_TEST(one_name_off_two_wildcards)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_add(story, "route eth+ " S1 " " G1 " eth+");
	ck_assert_int_eq(story_remove(story, "route eth+ " S1 " " G1
				      " eth2"), 0);
	router_unlink(story->router, 1);
	router_unlink(story->router, 2);
	router_unlink(story->router, 3);
	story_skip(story);
	story_link(story, 4, "eth0");
	story_link(story, 5, "eth1");
	story_expect(story, VIF("0", "4")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n"
		     VIF("1", "5")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	story_end(story);
}
END_TEST

START_TEST(wild_group)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	ck_assert_int_eq(story_join(story, "group eth+ * " G1), 0);
	story_expect(story, VIF("0", "1") "join if 1 (*, 239.1.1.1) slot 0\n"
		     VIF("1", "2") "join if 2 (*, 239.1.1.1) slot 0\n");
	story_link(story, 3, "eth2");
	story_expect(story, VIF("2", "3") "join if 3 (*, 239.1.1.1) slot 0\n");
	router_unlink(story->router, 1);
	story_expect(story, "leave if 1 (*, 239.1.1.1) slot 0\n"
		     "vif_del ipv4 0\nvif_del ipv6 0\n");
	ck_assert_int_eq(story_leave(story, "group eth1 * " G1), -ENOENT);
	ck_assert_int_eq(story_leave(story, "group eth+ * " G1), 0);
	story_expect(story, "leave if 3 (*, 239.1.1.1) slot 0\n"
		     "leave if 2 (*, 239.1.1.1) slot 0\n");
	story_end(story);
}
END_TEST

/* "phyint a0" to "phyint a31", then what is added by `more`. */
static const char *many(const char *prefix, int n, const char *more)
{
	static char text[8192];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"route %s%d * " G1 "\n", prefix, i);
	snprintf(text + len, sizeof(text) - len, "%s", more);
	return text;
}

static void many_links(struct story *story, const char *prefix,
		       unsigned int first)
{
	for (unsigned int i = 0; i < VIF_MAX; i++) {
		char name[IFACE_NAME_MAX];

		snprintf(name, sizeof(name), "%s%u", prefix, i);
		story_link(story, first + i, name);
	}
}

START_TEST(the_33rd)
{
	struct story *story = story_new(NULL);

	many_links(story, "a", 1);
	many_links(story, "b", 101);
	ck_assert_uint_eq(story_reload(story, many("a", 32, "")), 0);
	story_skip(story);
	ck_assert_int_eq(story_add(story, "route b0 * " G1), -ENODEV);
	ck_assert_str_eq(story->diag.text, "b0: no free VIF");
	/* known but unusable outbound names are accepted */
	ck_assert_int_eq(story_add(story, "route a0 " S1 " " G1 " a1 b0"), 0);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n");
	ck_assert_uint_eq(story_noted(story, "b0: no free VIF"), 1);
	story_end(story);
}
END_TEST

/* an error of the file when more than 32 interfaces result. */
START_TEST(the_33rd_of_a_file)
{
	struct story *story = story_new(NULL);

	many_links(story, "a", 1);
	many_links(story, "b", 101);
	ck_assert_uint_eq(story_reload(story, many("a", 32,
				       "route b0 " S1 " " G1 " a0\n"
				       "route b0 " S1 " 239.2.2.2 a0\n"
				       "route a0 " S1 " 239.3.3.3 b0\n")), 3);
	ck_assert_uint_eq(story_reported(story, "b0: no free VIF"), 3);
	ck_assert_uint_eq(story_reported(story, "warning line 34:"), 1);
	ck_assert_uint_eq(story_noted(story, "b0: no free VIF"), 1);
	ck_assert_ptr_null(fake_kernel_mfc(story->fake, S1, G1));
	/* a number is free again: at once, without being asked */
	story_skip(story);
	story_reload(story, many("a", 31, "route b0 " S1 " " G1 " a0\n"));
	story_expect(story, "mfc_del (198.18.1.1, 239.3.3.3)\n"
		     "vif_del ipv4 31\nvif_del ipv6 31\n"
		     VIF("31", "101")
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 31 oifs 0:1\n");
	story_end(story);
}
END_TEST

/* from one set of 32 to another, none of it an error. */
START_TEST(from_one_set_to_another)
{
	struct story *story = story_new(NULL);

	many_links(story, "a", 1);
	many_links(story, "b", 101);
	story_reload(story, many("a", 32, "route a0 " S1 " " G1 " a1\n"));
	story_skip(story);
	ck_assert_uint_eq(story_reload(story, many("b", 32,
				       "route b0 " S1 " " G1 " b0\n"
				       "phyint b1 ttl=3\n")), 0);
	ck_assert_uint_eq(story_noted(story, "no free VIF"), 0);
	ck_assert_uint_eq(story_reported(story, "no free VIF"), 0);
	for (unsigned int vif = 0; vif < VIF_MAX; vif++)
		ck_assert_uint_gt(story->fake->vifs[0][vif].ifindex, 100);
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* A VIF that a departure frees goes to who waits for one. */
START_TEST(departure_frees_a_number)
{
	struct story *story = story_new(NULL);

	many_links(story, "a", 1);
	story_reload(story, many("a", 32, "route b0 * " G1));
	story_link(story, 101, "b0");
	ck_assert_uint_eq(story_noted(story, "b0: no free VIF"), 1);
	story_skip(story);
	router_unlink(story->router, 3);
	story_expect(story, "vif_del ipv4 2\nvif_del ipv6 2\n"
		     VIF("2", "101"));
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *wild = tcase_create("wildcards");
	TCase *full = tcase_create("32 VIFs");

	tcase_add_test(wild, wild_outbound);
	tcase_add_test(wild, wild_outbound_and_inbound_by_name);
	tcase_add_test(wild, wild_inbound);
	tcase_add_test(wild, wild_inbound_hairpin);
	tcase_add_test(wild, wild_inbound_over_a_name);
	tcase_add_test(wild, wild_inbound_without_guard);
	tcase_add_test(wild, wild_inbound_over_what_there_is);
	tcase_add_test(wild, one_name_off_a_wildcard);
	tcase_add_test(wild, one_name_off_two_wildcards);
	tcase_add_test(wild, wild_group);
	tcase_add_test(full, the_33rd);
	tcase_add_test(full, the_33rd_of_a_file);
	tcase_add_test(full, from_one_set_to_another);
	tcase_add_test(full, departure_frees_a_number);
	return unit_main("core-wild", wild, full, NULL);
}
