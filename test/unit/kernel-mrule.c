/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Multicast policy rules: messages, and where looped copies are led. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "kernel/mrule.h"
#include "test/unit/unit.h"

#define MAIN 253
#define SHADOW 100000000
#define ETH0 7
#define ETH1 8

static _Alignas(struct nlmsghdr) char buf[1024];
static struct mrule rule;

/* Messages */

static struct nlmsghdr *message(uint8_t family, uint8_t action, uint32_t flags)
{
	struct fib_rule_hdr *frh;
	struct nlmsghdr *nlh;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_NEWRULE;
	frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
	frh->family = family;
	frh->action = action;
	frh->flags = flags;
	frh->table = 42;
	return nlh;
}

START_TEST(own_round_trip)
{
	struct mrule_own own = { 32766, SHADOW, "eth0" };
	struct nlmsghdr *nlh = mrule_put(buf, RTM_NEWRULE, &own);
	const struct fib_rule_hdr *frh = mnl_nlmsg_get_payload(nlh);

	ck_assert_uint_eq(nlh->nlmsg_type, RTM_NEWRULE);
	ck_assert_uint_eq(nlh->nlmsg_flags, NLM_F_CREATE | NLM_F_EXCL);
	ck_assert_uint_eq(frh->family, 128);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_uint_eq(rule.pref, 32766);
	ck_assert_uint_eq(rule.table, SHADOW);
	ck_assert_uint_eq(rule.action, FR_ACT_TO_TBL);
	ck_assert_uint_eq(rule.protocol, 17);
	ck_assert_str_eq(rule.iif_name, "lo");
	ck_assert_str_eq(rule.oif_name, "eth0");
	ck_assert(!rule.some && !rule.never && !rule.invert);

	/* a deletion must not say "create" */
	nlh = mrule_put(buf, RTM_DELRULE, &own);
	ck_assert_uint_eq(nlh->nlmsg_flags, 0);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_uint_eq(rule.pref, 32766);
}
END_TEST

START_TEST(longest_name_fits)
{
	struct mrule_own own = { UINT32_MAX, SHADOW, "abcdefghijklmno" };
	struct nlmsghdr *nlh = mrule_put(buf, RTM_NEWRULE, &own);

	ck_assert_uint_le(nlh->nlmsg_len, MRULE_MSG_MAX);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_str_eq(rule.oif_name, "abcdefghijklmno");
}
END_TEST

START_TEST(parse_conditions)
{
	struct nlmsghdr *nlh;

	/* the short form of the table */
	nlh = message(128, FR_ACT_TO_TBL, FIB_RULE_INVERT);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_uint_eq(rule.table, 42);
	ck_assert_uint_eq(rule.pref, 0);
	ck_assert(rule.invert);

	nlh = message(128, FR_ACT_TO_TBL, FIB_RULE_OIF_DETACHED);
	mnl_attr_put_strz(nlh, FRA_IIFNAME, "lo");
	mnl_attr_put_strz(nlh, FRA_OIFNAME, "gone");
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_uint_eq(rule.iif, 0);
	ck_assert_uint_eq(rule.oif, MRULE_DETACHED);

	nlh = message(128, FR_ACT_TO_TBL, FIB_RULE_IIF_DETACHED);
	mnl_attr_put_strz(nlh, FRA_IIFNAME, "gone");
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_uint_eq(rule.iif, MRULE_DETACHED);

	nlh = message(128, FR_ACT_TO_TBL, 0);
	mnl_attr_put_u32(nlh, FRA_FWMARK, 0);
	mnl_attr_put_u32(nlh, FRA_FWMASK, 1);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert(rule.some);
	nlh = message(128, FR_ACT_TO_TBL, 0);
	mnl_attr_put_u32(nlh, FRA_FWMARK, 1);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert(rule.some);

	nlh = message(128, FR_ACT_TO_TBL, 0);
	mnl_attr_put_u8(nlh, FRA_L3MDEV, 1);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert(rule.never);
	nlh = message(128, FR_ACT_TO_TBL, 0);
	mnl_attr_put_u64(nlh, FRA_TUN_ID, 5);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert(rule.never);

	nlh = message(128, FR_ACT_GOTO, FIB_RULE_UNRESOLVED);
	mnl_attr_put_u32(nlh, FRA_GOTO, 900);
	ck_assert_int_eq(mrule_parse(nlh, &rule), 0);
	ck_assert_uint_eq(rule.target, 900);
	ck_assert(rule.unresolved);
}
END_TEST

START_TEST(parse_others)
{
	struct nlmsghdr *nlh = message(AF_INET, FR_ACT_TO_TBL, 0);

	ck_assert_int_eq(mrule_parse(nlh, &rule), -ENOMSG);
	nlh = message(128, FR_ACT_TO_TBL, 0);
	nlh->nlmsg_type = RTM_NEWLINK;
	ck_assert_int_eq(mrule_parse(nlh, &rule), -ENOMSG);
}
END_TEST

START_TEST(parse_bad)
{
	struct nlmsghdr *nlh = message(128, FR_ACT_TO_TBL, 0);

	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + sizeof(struct fib_rule_hdr) - 1;
	ck_assert_int_eq(mrule_parse(nlh, &rule), -EBADMSG);

	nlh = message(128, FR_ACT_TO_TBL, 0);
	mnl_attr_put_strz(nlh, FRA_OIFNAME, "sixteencharacter");
	ck_assert_int_eq(mrule_parse(nlh, &rule), -EBADMSG);

	nlh = message(128, FR_ACT_TO_TBL, 0);
	mnl_attr_put_u8(nlh, FRA_TABLE, 1);
	ck_assert_int_eq(mrule_parse(nlh, &rule), -EBADMSG);
}
END_TEST

/* Judgement.  The tables 5 and 6 exist, 9 does not. */

static struct mrule list[16];
static uint32_t tables[] = { MAIN, SHADOW, 5, 6 };
static struct mrules all;
static struct mrule_verdict verdict;

static void begin(void)
{
	memset(list, 0, sizeof(list));
	all = (struct mrules){ list, 0, tables, 4 };
}

static struct mrule *put(uint32_t pref, uint8_t action, uint32_t where)
{
	struct mrule *last = &list[all.n++];

	*last = (struct mrule){ .pref = pref, .action = action };
	if (action == FR_ACT_GOTO)
		last->target = where;
	else
		last->table = where;
	return last;
}

static struct mrule *lookup(uint32_t pref, uint32_t table)
{
	return put(pref, FR_ACT_TO_TBL, table);
}

static struct mrule *ours(uint32_t pref, uint32_t oif)
{
	struct mrule *own = lookup(pref, SHADOW);

	own->protocol = MRULE_PROTOCOL;
	own->iif = 1;
	own->oif = oif;
	return own;
}

/* Ours is needed in front of the rule with that preference. */
static void expect_before(uint32_t pref)
{
	mrules_judge(&all, ETH0, MAIN, SHADOW, &verdict);
	ck_assert(verdict.needed);
	ck_assert_uint_eq(list[verdict.place].pref, pref);
}

static void expect_elsewhere(uint32_t table)
{
	mrules_judge(&all, ETH0, MAIN, SHADOW, &verdict);
	ck_assert(!verdict.needed);
	ck_assert_uint_eq(verdict.table, table);
}

START_TEST(judge_plain)
{
	begin();
	expect_elsewhere(0);
	lookup(32767, MAIN);
	expect_before(32767);

	/* that of another interface, by either name, and a dead one */
	begin();
	lookup(1, 5)->oif = ETH1;
	lookup(2, 5)->iif = ETH0;
	lookup(3, 5)->oif = MRULE_DETACHED;
	lookup(4, 5)->never = true;
	lookup(32767, MAIN);
	expect_before(32767);

	begin();
	lookup(0, MAIN);
	lookup(32767, MAIN);
	expect_before(0);
}
END_TEST

START_TEST(judge_elsewhere)
{
	begin();
	lookup(100, 5);
	lookup(32767, MAIN);
	expect_elsewhere(5);

	begin();
	lookup(100, 5)->oif = ETH0;
	lookup(32767, MAIN);
	expect_elsewhere(5);

	/* nobody has made it: passed over */
	begin();
	lookup(100, 9);
	lookup(32767, MAIN);
	expect_before(32767);

	begin();
	put(100, FR_ACT_UNREACHABLE, 0);
	lookup(32767, MAIN);
	expect_elsewhere(0);

	begin();
	put(100, FR_ACT_NOP, 0);
	lookup(32767, MAIN);
	expect_before(32767);
}
END_TEST

START_TEST(judge_marked)
{
	/* some copies go elsewhere, the rest does not */
	begin();
	lookup(100, 5)->some = true;
	lookup(32767, MAIN);
	expect_before(32767);

	/* some copies get to the main table past the others' rule */
	begin();
	lookup(100, MAIN)->some = true;
	lookup(200, 5);
	lookup(32767, MAIN);
	expect_before(100);
}
END_TEST

START_TEST(judge_inverted)
{
	/* not oif eth1: eth0 is meant */
	begin();
	lookup(100, 5);
	list[0].oif = ETH1;
	list[0].invert = true;
	lookup(32767, MAIN);
	expect_elsewhere(5);

	/* not oif eth0 */
	list[0].oif = ETH0;
	expect_before(32767);

	/* not oif NAME that nobody has */
	list[0].oif = MRULE_DETACHED;
	expect_elsewhere(5);

	/* not fwmark 1 */
	list[0].oif = 0;
	list[0].some = true;
	expect_before(32767);
	/* what no copy has, inverted, all have */
	list[0].some = false;
	list[0].never = true;
	expect_elsewhere(5);
}
END_TEST

START_TEST(judge_goto)
{
	/* ours in front of the goto, not behind what it jumps over */
	begin();
	put(100, FR_ACT_GOTO, 300);
	lookup(200, 5);
	lookup(300, MAIN);
	expect_before(100);

	/* the target leads elsewhere */
	begin();
	put(100, FR_ACT_GOTO, 300);
	lookup(200, MAIN);
	lookup(300, 6);
	lookup(400, MAIN);
	expect_elsewhere(6);

	/* for some: then those that go on count */
	begin();
	put(100, FR_ACT_GOTO, 300)->some = true;
	lookup(200, MAIN);
	lookup(300, 6);
	expect_before(200);
	list[1].table = 5;
	list[2].table = MAIN;
	expect_before(100);

	/* without a target it is passed over, to be sure with ours in front */
	begin();
	put(100, FR_ACT_GOTO, 300)->unresolved = true;
	lookup(32767, MAIN);
	expect_before(100);

	/* a target of which there are two: the first */
	begin();
	put(100, FR_ACT_GOTO, 300);
	lookup(300, 5);
	lookup(300, MAIN);
	expect_elsewhere(5);
}
END_TEST

/* Ours do not count, whichever interface they are for. */
START_TEST(judge_ours)
{
	size_t at;

	begin();
	ours(50, ETH1);
	ours(99, ETH0);
	lookup(100, MAIN);
	expect_before(100);
	ck_assert_int_eq(mrules_find(&all, SHADOW, ETH0, &at), 0);
	ck_assert_uint_eq(at, 1);
	ck_assert_uint_lt(at, verdict.place);

	/* behind */
	begin();
	lookup(98, MAIN);
	ours(99, ETH0);
	expect_before(98);
	ck_assert_int_eq(mrules_find(&all, SHADOW, ETH0, &at), 0);
	ck_assert_uint_gt(at, verdict.place);

	/* those of another daemon do */
	begin();
	ours(99, ETH0)->table = 5;
	lookup(100, MAIN);
	expect_elsewhere(5);
}
END_TEST

START_TEST(find_in_effect)
{
	size_t at = 77;

	begin();
	ours(99, ETH1);
	ck_assert_int_eq(mrules_find(&all, SHADOW, ETH0, &at), -ENOENT);
	ours(99, MRULE_DETACHED);
	ours(99, ETH0)->iif = MRULE_DETACHED;
	ours(99, ETH0)->some = true;
	ours(99, ETH0)->invert = true;
	ours(99, ETH0)->protocol = 0;
	ours(99, ETH0)->table = 5;
	ck_assert_int_eq(mrules_find(&all, SHADOW, ETH0, &at), -ENOENT);
	ck_assert_uint_eq(at, 77);
}
END_TEST

START_TEST(describe)
{
	char text[MRULE_TEXT_MAX];

	begin();
	ck_assert_str_eq(mrule_describe(lookup(0, MAIN), text),
			 "rule 0 (lookup 253)");
	ck_assert_str_eq(mrule_describe(put(4294967295u, FR_ACT_GOTO,
					    4294967295u), text),
			 "rule 4294967295 (goto 4294967295)");
}
END_TEST

int main(void)
{
	TCase *messages = tcase_create("messages");
	TCase *judge = tcase_create("judge");

	tcase_add_test(messages, own_round_trip);
	tcase_add_test(messages, longest_name_fits);
	tcase_add_test(messages, parse_conditions);
	tcase_add_test(messages, parse_others);
	tcase_add_test(messages, parse_bad);
	tcase_add_test(messages, describe);
	tcase_add_test(judge, judge_plain);
	tcase_add_test(judge, judge_elsewhere);
	tcase_add_test(judge, judge_marked);
	tcase_add_test(judge, judge_inverted);
	tcase_add_test(judge, judge_goto);
	tcase_add_test(judge, judge_ours);
	tcase_add_test(judge, find_in_effect);
	return unit_main("kernel-mrule", messages, judge, NULL);
}
