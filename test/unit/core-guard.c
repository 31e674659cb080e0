/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy words, interface patterns, and the answers of the guard policy. */
#include "test/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "core/directive.h"
#include "core/guard.h"

START_TEST(words_of_policies)
{
	enum policy policy = POLICY_REFUSE;

	for (int i = POLICY_AUTO; i <= POLICY_OFF; i++) {
		ck_assert_int_eq(policy_parse(policy_name((enum policy)i),
					      &policy), 0);
		ck_assert_int_eq(policy, i);
		ck_assert_ptr_nonnull(strstr(policy_words(),
					     policy_name((enum policy)i)));
	}
	ck_assert_ptr_null(policy_name(POLICY_UNSET));
}
END_TEST

START_TEST(bad_word_leaves_policy_alone)
{
	static const char *const bad[] = { "", "Auto", "auto ", "on", "of" };
	enum policy policy = POLICY_REFUSE;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(policy_parse(bad[i], &policy), -EINVAL);
	ck_assert_int_eq(policy, POLICY_REFUSE);
}
END_TEST

START_TEST(names_and_patterns)
{
	ck_assert(ifname_is_wildcard("eth+"));
	ck_assert(ifname_is_wildcard("+"));
	ck_assert(!ifname_is_wildcard("eth0"));
	ck_assert(!ifname_is_wildcard(""));
	ck_assert(!ifname_is_wildcard("+eth"));
	ck_assert(ifname_matches("eth+", "eth0"));
	ck_assert(ifname_matches("eth+", "eth"));
	ck_assert(ifname_matches("+", "lo"));
	ck_assert(!ifname_matches("eth+", "et"));
	ck_assert(!ifname_matches("eth+", "veth0"));
	ck_assert(ifname_matches("eth0", "eth0"));
	ck_assert(!ifname_matches("eth0", "eth01"));
	ck_assert(!ifname_matches("eth01", "eth0"));
}
END_TEST

static struct guard_answer ask_family(enum policy policy, bool own,
				      bool metadata, enum family family)
{
	struct guard_question question = {
		policy, family, own, metadata, "metadata of vx0",
	};
	struct guard_answer answer = { .state = HAIRPIN_NEW };

	guard_plan(&question, &answer);
	ck_assert_int_eq(answer.guard, GUARD_NONE);
	return answer;
}

static struct guard_answer ask(enum policy policy, bool own, bool metadata)
{
	return ask_family(policy, own, metadata, FAMILY_IPV4);
}

static const struct {
	enum policy policy;
	bool metadata;
	enum family family;
	enum guard rungs[3];
	const char *skipped;
} ladders[] = {
	{ POLICY_AUTO, false, FAMILY_IPV4,
	  { GUARD_NETFILTER, GUARD_RELAY, GUARD_TABLE }, NULL },
	{ POLICY_AUTO, false, FAMILY_IPV6,
	  { GUARD_NETFILTER, GUARD_RELAY, GUARD_NONE }, NULL },
	{ POLICY_AUTO, true, FAMILY_IPV4,
	  { GUARD_RELAY, GUARD_TABLE, GUARD_NONE }, "metadata of vx0" },
	{ POLICY_AUTO, true, FAMILY_IPV6,
	  { GUARD_RELAY, GUARD_NONE, GUARD_NONE }, "metadata of vx0" },
	{ POLICY_NETFILTER, false, FAMILY_IPV6,
	  { GUARD_NETFILTER, GUARD_NONE, GUARD_NONE }, NULL },
	{ POLICY_TABLE, true, FAMILY_IPV4,
	  { GUARD_TABLE, GUARD_NONE, GUARD_NONE }, NULL },
	{ POLICY_RELAY, true, FAMILY_IPV6,
	  { GUARD_RELAY, GUARD_NONE, GUARD_NONE }, NULL },
};

START_TEST(the_best_rung_first)
{
	struct guard_answer answer = ask_family(ladders[_i].policy, false,
						ladders[_i].metadata,
						ladders[_i].family);
	unsigned int n = 0;

	ck_assert_int_eq(answer.state, HAIRPIN_GUARDED);
	while (n < 3 && ladders[_i].rungs[n] != GUARD_NONE) {
		ck_assert_int_eq(answer.rungs[n], ladders[_i].rungs[n]);
		n++;
	}
	ck_assert_uint_eq(answer.n_rungs, n);
	ck_assert_pstr_eq(answer.skipped, ladders[_i].skipped);
	ck_assert_ptr_null(answer.reason);
}
END_TEST

START_TEST(never_a_guard_that_drops_everything)
{
	struct guard_answer answer = ask(POLICY_NETFILTER, false, true);

	ck_assert_int_eq(answer.state, HAIRPIN_SUSPENDED);
	ck_assert_uint_eq(answer.n_rungs, 0);
	ck_assert_str_eq(answer.reason, "metadata of vx0");
}
END_TEST

START_TEST(no_second_table_for_ipv6)
{
	struct guard_answer answer = ask_family(POLICY_TABLE, false, false,
						FAMILY_IPV6);

	ck_assert_int_eq(answer.state, HAIRPIN_SUSPENDED);
	ck_assert_uint_eq(answer.n_rungs, 0);
	ck_assert_str_eq(answer.reason, "no second table for IPv6");
}
END_TEST

START_TEST(own_source_needs_no_guard)
{
	static const enum policy policies[] = {
		POLICY_AUTO, POLICY_NETFILTER, POLICY_TABLE, POLICY_RELAY,
	};

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct guard_answer answer = ask_family(policies[i], true,
							true, FAMILY_IPV6);

		ck_assert_int_eq(answer.state, HAIRPIN_OWN);
		ck_assert_uint_eq(answer.n_rungs, 0);
		ck_assert_ptr_null(answer.reason);
	}
}
END_TEST

START_TEST(refuse_and_off_come_first)
{
	ck_assert_int_eq(ask(POLICY_REFUSE, true, false).state,
			 HAIRPIN_SUSPENDED);
	ck_assert_ptr_nonnull(ask(POLICY_REFUSE, false, false).reason);
	ck_assert_int_eq(ask(POLICY_OFF, false, true).state,
			 HAIRPIN_UNGUARDED);
	ck_assert_uint_eq(ask(POLICY_OFF, false, true).n_rungs, 0);
}
END_TEST

START_TEST(names_of_guards_and_states)
{
	ck_assert_str_eq(guard_name(GUARD_NETFILTER), "netfilter");
	ck_assert_str_eq(guard_name(GUARD_TABLE), "table");
	ck_assert_str_eq(guard_name(GUARD_RELAY), "relay");
	ck_assert_ptr_null(guard_name(GUARD_NONE));
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_GUARDED), "guarded");
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_SUSPENDED), "suspended");
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_UNGUARDED), "unguarded");
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_OWN), "own");
	ck_assert_ptr_null(hairpin_state_name(HAIRPIN_NEW));
}
END_TEST

START_TEST(table_delivers_twice)
{
	ck_assert(guard_is_exact(GUARD_NETFILTER));
	ck_assert(guard_is_exact(GUARD_RELAY));
	ck_assert(!guard_is_exact(GUARD_TABLE));
}
END_TEST

int main(void)
{
	TCase *words = tcase_create("words");
	TCase *policy = tcase_create("policy");

	tcase_add_test(words, words_of_policies);
	tcase_add_test(words, bad_word_leaves_policy_alone);
	tcase_add_test(words, names_and_patterns);
	tcase_add_loop_test(policy, the_best_rung_first, 0,
			    sizeof(ladders) / sizeof(ladders[0]));
	tcase_add_test(policy, no_second_table_for_ipv6);
	tcase_add_test(policy, table_delivers_twice);
	tcase_add_test(policy, never_a_guard_that_drops_everything);
	tcase_add_test(policy, own_source_needs_no_guard);
	tcase_add_test(policy, refuse_and_off_come_first);
	tcase_add_test(policy, names_of_guards_and_states);
	return unit_main("core-guard", words, policy, NULL);
}
