/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reload by difference. */
#include "test/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "test/unit/story.h"

#define CONF \
	"phyint eth2 ttl=3\n" \
	"route eth0 " S1 " " G1 " eth0 eth1\n" \
	"route eth0 * 239.2.2.0/24 eth0 eth+\n" \
	"route eth+ " S1 "/24 239.3.3.3 eth1\n" \
	"route eth1 " S6 " " G6 " eth1\n" \
	"group eth0 * " G1 "\n" \
	"group eth+ " S1 " 232.1.1.0/30\n"

static struct story *running(const char *conf)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	fake_kernel_set_source(story->fake, 1, "192.0.2.1");
	ck_assert_uint_eq(story_reload(story, conf), 0);
	story_nocache(story, 0, S1, "239.2.2.9");
	story_nocache(story, 1, S1, "239.3.3.3");
	story_nocache(story, 2, S1, "239.4.4.4");
	story_skip(story);
	return story;
}

START_TEST(unchanged_is_untouched)
{
	struct story *story = running(CONF);

	ck_assert_uint_eq(story_reload(story, CONF), 0);
	story_expect(story, "");
	ck_assert_uint_eq(story_noted(story, "warning"), 0);
	story_end(story);
}
END_TEST

/* Another order, another spelling, and lines twice are no change. */
START_TEST(same_in_other_words)
{
	struct story *story = running(CONF);

	ck_assert_uint_eq(story_reload(story,
		"group eth+ " S1 " 232.1.1.3/30\n"
		"group eth0 * " G1 "\n"
		"group eth0 * " G1 "\n"
		"route eth1 " S6 " " G6 " eth1 eth1\n"
		"route eth0 * 239.2.2.7/24 eth+\n"
		"route eth+ 198.18.1.77/24 239.3.3.3 eth1\n"
		"route eth0 * 239.2.2.0/24 eth0\n"
		"route eth0 " S1 " " G1 " eth1\n"
		"route eth0 " S1 " " G1 " eth0\n"
		"phyint eth2 ttl=3\n"), 0);
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(outbound_added_and_removed)
{
	struct story *story = running("route eth0 " S1 " " G1 " eth1\n"
				      "phyint eth2\nphyint eth0\n"
				      "phyint eth1");

	story_reload(story, "route eth0 " S1 " " G1 " eth2 eth0\n"
		     "phyint eth2\nphyint eth0\nphyint eth1");
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1 1:1\n");
	story_reload(story, "route eth0 " S1 " " G1 " eth2\n"
		     "phyint eth2\nphyint eth0\nphyint eth1");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

/* learned entries follow their template, too. */
START_TEST(learned_outbound_removed)
{
	struct story *story = running("route eth0 * 239.2.2.0/24 eth1 eth2\n");

	story_reload(story, "route eth0 * 239.2.2.0/24 eth2\nphyint eth1");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.2.2.9) parent 0 oifs 2:1\n");
	story_end(story);
}
END_TEST

/* an entry that another template still wants is changed in place. */
START_TEST(overlapping_template_removed)
{
	struct story *story = running("phyint eth+\n"
				      "route eth0 * 239.2.2.0/24 eth1\n"
				      "route eth0 * 239.2.2.9 eth2\n");

	story_reload(story, "phyint eth+\nroute eth0 * 239.2.2.0/24 eth1");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.2.2.9) parent 0 oifs 1:1\n");
	story_reload(story, "phyint eth+");
	story_expect(story, "mfc_del (198.18.1.1, 239.2.2.9)\n");
	story_end(story);
}
END_TEST

START_TEST(inbound_changed)
{
	struct story *story = running("phyint eth+\n"
				      "route eth0 " S1 " " G1 " eth0\n");

	story_reload(story, "phyint eth+\nroute eth1 " S1 " " G1 " eth1\n");
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 2\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 1:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

START_TEST(all_of_it_removed)
{
	struct story *story = running(CONF);

	story_reload(story, "");
	ck_assert_uint_eq(story->fake->n_mfcs, 0);
	ck_assert_uint_eq(story->fake->n_keys, 0);
	ck_assert_uint_eq(story->fake->n_joins, 0);
	fake_kernel_check_empty(story->fake);
	story_end(story);
}
END_TEST

START_TEST(stop_filter_wakes_up)
{
	struct story *story = running("phyint eth+");

	story_reload(story, "phyint eth+\nroute eth2 * 239.4.0.0/16 eth0");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.4.4.4) parent 2 oifs 0:1\n");
	story_end(story);
}
END_TEST

START_TEST(what_the_client_added_goes)
{
	struct story *story = running("phyint eth+");

	story_add(story, "route eth0 " S1 " " G1 " eth0");
	story_join(story, "group eth0 * " G1);
	story_skip(story);
	story_reload(story, "phyint eth+");
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "leave if 1 (*, 239.1.1.1) slot 0\n");
	story_end(story);
}
END_TEST

/* What is only added by the client as well is not taken from the file. */
START_TEST(client_and_file)
{
	struct story *story = running("phyint eth+\n"
				      "route eth0 " S1 " " G1 " eth1\n");

	story_add(story, "route eth0 " S1 " " G1 " eth0");
	story_skip(story);
	story_reload(story, "phyint eth+\nroute eth0 " S1 " " G1 " eth1\n");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

/* As after a fresh start: the line that comes last owns the entry, R-40. */
START_TEST(claims_in_another_order)
{
	struct story *story = running("phyint eth+\n"
				      "route eth0 " S1 " " G1 " eth2\n"
				      "route eth1 " S1 " " G1 " eth2\n");

	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.parent,
			  1);
	story_reload(story, "phyint eth+\n"
		     "route eth1 " S1 " " G1 " eth2\n"
		     "route eth0 " S1 " " G1 " eth2\n");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 2:1\n");
	/* the client's claim is gone, and that of the file was there before */
	story_add(story, "route eth1 " S1 " " G1 " eth0");
	story_skip(story);
	story_reload(story, "phyint eth+\n"
		     "route eth1 " S1 " " G1 " eth2\n"
		     "route eth0 " S1 " " G1 " eth2\n");
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(good_parts_of_a_bad_file)
{
	struct story *story = running("phyint eth+");

	story->fake->no_family[FAMILY_IPV6] = true;
	ck_assert_uint_eq(story_reload(story, "phyint eth+\n"
		"route eth0 " S6 " " G6 " eth1\n"
		"hairpin refuse\n"
		"route eth0 " S1 " 239.6.6.6 eth0 eth1\n"
		"route eth0 " S1 " " G1 " eth1\n"), 2);
	ck_assert_uint_eq(story_reported(story, "warning line 2: no IPv6 "
					 "multicast routing"), 1);
	ck_assert_uint_eq(story_reported(story, "warning line 4: hairpin route"
					 " from eth0 to eth0 refused by "
					 "policy"), 1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n");
	story->fake->no_family[FAMILY_IPV6] = false;
	story_end(story);
}
END_TEST

/* A learned flow that a static rule took, and both interfaces forgotten. */
START_TEST(forgotten_interface_of_a_learned_flow)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth1\nroute eth0 * " G1 " eth1\n");
	story_nocache(story, 1, S1, G1);
	story_add(story, "route eth1 " S1 " " G1 " eth0");
	story_reload(story, "route eth1 " S1 " " G1 " eth1\n"
		     "route eth0 * " G1 " eth1");
	router_unlink(story->router, 1);
	story_reload(story, "route eth1 " S1 " " G1 " eth1\n");
	router_unlink(story->router, 2);
	story_reload(story, "");
	story_end(story);
}
END_TEST

/* The same, and the static rule is elsewhere. */
START_TEST(forgotten_interface_under_a_static_rule)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth1\nroute eth0 * " G1 " eth1\n");
	story_nocache(story, 1, S1, G1);	/* eth0 */
	story_reload(story, "route eth1 " S1 " " G1 " eth1\n"
		     "route eth0 * " G1 " eth1");
	router_unlink(story->router, 1);
	story_reload(story, "route eth1 " S1 " " G1 " eth1\n");
	story_skip(story);
	router_unlink(story->router, 2);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 2\n"
		     "vif_del ipv4 0\nvif_del ipv6 0\n");
	router_flush(story->router);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *same = tcase_create("unchanged");
	TCase *change = tcase_create("changes");
	TCase *claims = tcase_create("claims");

	tcase_add_test(same, unchanged_is_untouched);
	tcase_add_test(same, same_in_other_words);
	tcase_add_test(change, outbound_added_and_removed);
	tcase_add_test(change, learned_outbound_removed);
	tcase_add_test(change, overlapping_template_removed);
	tcase_add_test(change, inbound_changed);
	tcase_add_test(change, all_of_it_removed);
	tcase_add_test(change, stop_filter_wakes_up);
	tcase_add_test(change, what_the_client_added_goes);
	tcase_add_test(change, client_and_file);
	tcase_add_test(change, good_parts_of_a_bad_file);
	tcase_add_test(claims, claims_in_another_order);
	tcase_add_test(claims, forgotten_interface_of_a_learned_flow);
	tcase_add_test(claims, forgotten_interface_under_a_static_rule);
	return unit_main("core-reload", same, change, claims, NULL);
}
