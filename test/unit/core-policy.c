/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hairpin policy: which one counts, what a change does; own addresses. */
#include "test/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "test/unit/story.h"

#define HAIRPIN "route eth0 " S1 " " G1 " eth0 eth1\n"

static struct story *with_policy(enum policy policy)
{
	struct router_config config = { .policy = policy };
	struct story *story = story_new(&config);

	story_links(story, 2);
	return story;
}

static const struct {
	enum policy option;		/* -H */
	const char *conf;
	enum policy policy;
} precedence[] = {
	{ POLICY_UNSET, "", POLICY_AUTO },
	{ POLICY_UNSET, "hairpin off", POLICY_OFF },
	{ POLICY_REFUSE, "hairpin off", POLICY_REFUSE },
	{ POLICY_UNSET, "phyint eth0 hairpin=refuse\nhairpin off",
	  POLICY_REFUSE },
	{ POLICY_OFF, "hairpin off\nphyint eth0 hairpin=netfilter",
	  POLICY_NETFILTER },
	{ POLICY_OFF, "phyint eth1 hairpin=refuse", POLICY_OFF },
	{ POLICY_UNSET, "hairpin off\nhairpin refuse", POLICY_REFUSE },
	{ POLICY_UNSET, "phyint eth0 hairpin=off\nphyint eth+ hairpin=refuse",
	  POLICY_REFUSE },
	{ POLICY_UNSET, "phyint eth0 hairpin=refuse\nphyint eth0 ttl=3",
	  POLICY_REFUSE },
};

START_TEST(phyint_then_option_then_statement)
{
	struct story *story = with_policy(precedence[_i].option);
	struct iface *iface;

	story_reload(story, precedence[_i].conf);
	HASH_FIND_STR(story->router->ifaces, "eth0", iface);
	ck_assert_int_eq(router_policy(story->router, iface),
			 precedence[_i].policy);
	story_end(story);
}
END_TEST

START_TEST(last_of_several_with_a_warning)
{
	struct story *story = with_policy(POLICY_UNSET);

	story_reload(story, "hairpin off\nhairpin auto\n"
		     "phyint eth0 hairpin=off\nphyint eth0 hairpin=auto\n"
		     "phyint eth1 hairpin=off");
	ck_assert_uint_eq(story_reported(story, "warning line 2: hairpin is "
					 "set twice"), 1);
	ck_assert_uint_eq(story_reported(story, "warning line 4: eth0: "
					 "hairpin is set twice"), 1);
	ck_assert_uint_eq(story_reported(story, "set twice"), 2);
	story_end(story);
}
END_TEST

START_TEST(refuse)
{
	struct story *story = with_policy(POLICY_REFUSE);

	ck_assert_int_eq(story_add(story, HAIRPIN), -EPERM);
	ck_assert_str_eq(story->diag.text,
			 "hairpin route from eth0 to eth0 refused by policy");
	ck_assert_int_eq(story_add(story, "route eth+ * " G1 " eth0"), -EPERM);
	ck_assert_uint_eq(story_reload(story, HAIRPIN), 1);
	story_expect(story, "");
	ck_assert_int_eq(story_add(story, "route eth0 * " G1 " eth+"), 0);
	story_end(story);
}
END_TEST

/* What is refused stays refused: also for an interface that is not there. */
START_TEST(refuse_on_one_interface)
{
	struct story *story = with_policy(POLICY_UNSET);

	ck_assert_uint_eq(story_reload(story, "route far " S1 " " G1 " far\n"
				       "route eth0 " S1 " 239.2.2.2 eth0\n"
				       "phyint far hairpin=refuse"), 1);
	ck_assert_uint_eq(story_reported(story, "warning line 1:"), 1);
	ck_assert_str_eq(story_state(story, S1, "239.2.2.2"), "guarded");
	story_link(story, 9, "far");
	ck_assert_str_eq(story_state(story, S1, G1), "none");
	story_end(story);
}
END_TEST

/* auto, refuse, off, auto; entries are planned anew by each reload. */
START_TEST(policy_changes)
{
	struct story *story = with_policy(POLICY_UNSET);

	story_reload(story, "phyint eth+\n" HAIRPIN);
	story_skip(story);
	ck_assert_uint_eq(story_reload(story, "phyint eth+\nhairpin refuse\n"
				       HAIRPIN), 1);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story->fake->off = true;
	story_reload(story, "phyint eth+\nhairpin off\n" HAIRPIN);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n");
	ck_assert_str_eq(story_state(story, S1, G1), "unguarded");
	ck_assert_uint_eq(story_noted(story, "TTL - 1 times"), 1);
	story_reload(story, "phyint eth+\n" HAIRPIN);
	story->fake->off = false;
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story->fake->off = true;
	story_reload(story, "phyint eth+\nhairpin off\n" HAIRPIN);
	story_expect(story,
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_end(story);
}
END_TEST

/* Learned entries as well, and those of one interface alone. */
START_TEST(policy_changes_of_one_interface)
{
	struct story *story = with_policy(POLICY_UNSET);

	story_reload(story, "phyint eth+\nroute eth0 * " G1 " eth0\n"
		     "route eth1 * " G1 " eth1");
	story_nocache(story, 0, S1, G1);
	story_nocache(story, 1, "198.18.1.2", G1);
	story_skip(story);
	story_reload(story, "phyint eth+\nphyint eth1 hairpin=refuse\n"
		     "route eth0 * " G1 " eth0\nroute eth1 * " G1 " eth1");
	story_expect(story, "mfc_del (198.18.1.2, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.2, 239.1.1.1) if 2\n");
	story_end(story);
}
END_TEST

/* -F: what is absent is an error; a guard is not asked for. */
START_TEST(check_of_a_file)
{
	struct router_config config = { .verify = true };
	struct story *story = story_new(&config);

	story_links(story, 1);
	ck_assert_uint_eq(story_reload(story, HAIRPIN), 1);
	ck_assert_uint_eq(story_reported(story, "warning line 1: eth1: no "
					 "such interface"), 1);
	ck_assert_uint_eq(story_reload(story, "phyint eth7"), 1);
	/* an inbound interface may come later, in a check too */
	ck_assert_uint_eq(story_reload(story, "route eth7 * " G1 " eth0\n"
				       "group eth7 * " G1), 0);
	ck_assert_uint_eq(story_reported(story, "info line"), 2);
	ck_assert_uint_eq(story_reload(story, "hairpin refuse\n"
				       "route eth0 * " G1 " eth0"), 1);
	story_end(story);
}
END_TEST

START_TEST(running_daemon_only_tells_what_is_absent)
{
	struct story *story = with_policy(POLICY_UNSET);

	ck_assert_uint_eq(story_reload(story, "route eth0 * " G1 " eth9\n"
				       "phyint eth7"), 0);
	ck_assert_uint_eq(story_reported(story, "notice line 1: eth9: no such "
					 "interface"), 1);
	ck_assert_uint_eq(story_reported(story, "notice line 2: eth7: no such "
					 "interface"), 1);
	story_end(story);
}
END_TEST

START_TEST(own_source_has_no_hairpin)
{
	struct story *story = with_policy(POLICY_UNSET);

	story_addr_add(story, 2, S1);
	story_add(story, HAIRPIN);
	ck_assert_str_eq(story_state(story, S1, G1), "own");
	ck_assert_uint_eq(story->fake->n_keys, 0);
	ck_assert_uint_eq(fake_kernel_mfc(story->fake, S1, G1)->route.ttls[0],
			  0);
	story_end(story);
}
END_TEST

START_TEST(own_addresses_come_and_go)
{
	struct story *story = with_policy(POLICY_UNSET);

	story_add(story, HAIRPIN);
	story_add(story, "route eth0 198.18.1.9 " G1 " eth0");
	story_skip(story);
	story_addr_add(story, 1, S1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	/* on a second interface: it is ours until both are gone */
	story_addr_add(story, 2, S1);
	story_addr_add(story, 2, S1);
	story_addr_del(story, 1, S1);
	story_addr_del(story, 1, S1);
	story_expect(story, "");
	story_addr_del(story, 2, S1);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n");
	story_end(story);
}
END_TEST

START_TEST(own_address_goes_with_its_interface)
{
	struct story *story = with_policy(POLICY_UNSET);

	story_addr_add(story, 2, S6);
	story_add(story, "route eth0 " S6 " " G6 " eth0");
	story_skip(story);
	router_unlink(story->router, 2);
	story_expect(story,
		     "guard_add netfilter (fd00:1::1, ff0e::1) if 1\n"
		     "mfc_set (fd00:1::1, ff0e::1) parent 0 oifs 0:1\n");
	/* learned: own from the start */
	story_addr_add(story, 1, "198.18.1.7");
	story_add(story, "route eth0 * 239.5.5.5 eth0");
	story_nocache(story, 0, "198.18.1.7", "239.5.5.5");
	story_expect(story,
		     "mfc_set (198.18.1.7, 239.5.5.5) parent 0 oifs -\n");
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *policy = tcase_create("policy");
	TCase *check = tcase_create("check");
	TCase *own = tcase_create("own");

	tcase_add_loop_test(policy, phyint_then_option_then_statement, 0,
			    sizeof(precedence) / sizeof(precedence[0]));
	tcase_add_test(policy, last_of_several_with_a_warning);
	tcase_add_test(policy, refuse);
	tcase_add_test(policy, refuse_on_one_interface);
	tcase_add_test(policy, policy_changes);
	tcase_add_test(policy, policy_changes_of_one_interface);
	tcase_add_test(check, check_of_a_file);
	tcase_add_test(check, running_daemon_only_tells_what_is_absent);
	tcase_add_test(own, own_source_has_no_hairpin);
	tcase_add_test(own, own_addresses_come_and_go);
	tcase_add_test(own, own_address_goes_with_its_interface);
	return unit_main("core-policy", policy, check, own, NULL);
}
