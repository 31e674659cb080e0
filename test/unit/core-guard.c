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

static struct guard_answer ask(enum policy policy, bool own, bool metadata)
{
	struct guard_question question = { policy, own, metadata,
					   "metadata of vx0" };
	struct guard_answer answer = { HAIRPIN_NEW, GUARD_NONE, NULL };

	guard_plan(&question, &answer);
	return answer;
}

START_TEST(guarded_by_netfilter)
{
	static const enum policy policies[] = { POLICY_AUTO,
						POLICY_NETFILTER };

	for (int i = 0; i < 2; i++) {
		struct guard_answer answer = ask(policies[i], false, false);

		ck_assert_int_eq(answer.state, HAIRPIN_GUARDED);
		ck_assert_int_eq(answer.guard, GUARD_NETFILTER);
		ck_assert_ptr_null(answer.reason);
	}
}
END_TEST

START_TEST(never_a_guard_that_drops_everything)
{
	struct guard_answer answer = ask(POLICY_NETFILTER, false, true);

	ck_assert_int_eq(answer.state, HAIRPIN_SUSPENDED);
	ck_assert_int_eq(answer.guard, GUARD_NONE);
	ck_assert_str_eq(answer.reason, "metadata of vx0");
}
END_TEST

START_TEST(own_source_needs_no_guard)
{
	struct guard_answer answer = ask(POLICY_AUTO, true, true);

	ck_assert_int_eq(answer.state, HAIRPIN_OWN);
	ck_assert_int_eq(answer.guard, GUARD_NONE);
	ck_assert_ptr_null(answer.reason);
}
END_TEST

START_TEST(refuse_and_off_come_first)
{
	ck_assert_int_eq(ask(POLICY_REFUSE, true, false).state,
			 HAIRPIN_SUSPENDED);
	ck_assert_ptr_nonnull(ask(POLICY_REFUSE, false, false).reason);
	ck_assert_int_eq(ask(POLICY_OFF, false, true).state,
			 HAIRPIN_UNGUARDED);
	ck_assert_int_eq(ask(POLICY_OFF, false, true).guard, GUARD_NONE);
}
END_TEST

START_TEST(names_of_guards_and_states)
{
	ck_assert_str_eq(guard_name(GUARD_NETFILTER), "netfilter");
	ck_assert_ptr_null(guard_name(GUARD_NONE));
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_GUARDED), "guarded");
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_SUSPENDED), "suspended");
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_UNGUARDED), "unguarded");
	ck_assert_str_eq(hairpin_state_name(HAIRPIN_OWN), "own");
	ck_assert_ptr_null(hairpin_state_name(HAIRPIN_NEW));
}
END_TEST

int main(void)
{
	TCase *words = tcase_create("words");
	TCase *policy = tcase_create("policy");

	tcase_add_test(words, words_of_policies);
	tcase_add_test(words, bad_word_leaves_policy_alone);
	tcase_add_test(words, names_and_patterns);
	tcase_add_test(policy, guarded_by_netfilter);
	tcase_add_test(policy, never_a_guard_that_drops_everything);
	tcase_add_test(policy, own_source_needs_no_guard);
	tcase_add_test(policy, refuse_and_off_come_first);
	tcase_add_test(policy, names_of_guards_and_states);
	return unit_main("core-guard", words, policy, NULL);
}
