/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which table the multicast policy rules lead a looped copy to, worked out as
 * fib_rules_lookup() and ipmr_rule_action() do.  Touches nothing.
 *
 * Where that hangs on the packet (its mark), each way counts: a looped copy
 * must not get to the main table by any.
 */
#include "config.h"

#include <errno.h>

#include <linux/fib_rules.h>

#include "kernel/mrule.h"

/* LOOPBACK_IFINDEX of net/flow.h: in each namespace. */
#define LOOPBACK 1

enum match {
	MATCH_NO,
	MATCH_SOME,
	MATCH_ALL,
};

/* What is to be found out, and by which rules. */
struct judgement {
	struct mrules *rules;
	uint32_t ifindex;
	uint32_t main;
	uint32_t own;
};

static bool is_own(const struct mrule *rule, uint32_t table)
{
	return rule->protocol == MRULE_PROTOCOL &&
	       rule->action == FR_ACT_TO_TBL && rule->table == table;
}

static enum match match_of(const struct judgement *judgement,
			   const struct mrule *rule)
{
	enum match match = rule->some ? MATCH_SOME : MATCH_ALL;

	if (is_own(rule, judgement->own))
		return MATCH_NO;
	if ((rule->iif && rule->iif != LOOPBACK) ||
	    (rule->oif && rule->oif != judgement->ifindex) || rule->never)
		match = MATCH_NO;
	if (rule->invert)
		match = MATCH_ALL - match;
	return match;
}

/* A rule to a table that nobody has made is passed over. */
static bool has_table(const struct mrules *rules, uint32_t table)
{
	size_t i;

	for (i = 0; i < rules->n_tables; i++) {
		if (rules->tables[i] == table)
			return true;
	}
	return false;
}

/* The rule that a goto leads to; the one behind it when there is none. */
static size_t goto_target(const struct mrules *rules, size_t i)
{
	size_t to;

	if (rules->rules[i].unresolved)
		return i + 1;
	for (to = i + 1; to < rules->n; to++) {
		if (rules->rules[to].pref == rules->rules[i].target)
			return to;
	}
	return i + 1;
}

static bool leads_at(const struct mrules *rules, size_t i)
{
	return i < rules->n && rules->rules[i].leads;
}

/* May a copy that matches rule `i` get to the main table? */
static bool action_leads(const struct judgement *judgement, size_t i)
{
	const struct mrules *rules = judgement->rules;
	const struct mrule *rule = &rules->rules[i];

	switch (rule->action) {
	case FR_ACT_TO_TBL:
		if (has_table(rules, rule->table))
			return rule->table == judgement->main;
		return leads_at(rules, i + 1);
	case FR_ACT_GOTO:
		return leads_at(rules, goto_target(rules, i));
	case FR_ACT_NOP:
		return leads_at(rules, i + 1);
	}
	/* unreachable and its like: the packet is dropped */
	return false;
}

/* For each rule, from the last: may a copy that comes to it get there? */
static void judge_leads(const struct judgement *judgement)
{
	const struct mrules *rules = judgement->rules;
	size_t i;

	for (i = rules->n; i-- > 0;) {
		struct mrule *rule = &rules->rules[i];

		switch (match_of(judgement, rule)) {
		case MATCH_NO:
			rule->leads = leads_at(rules, i + 1);
			break;
		case MATCH_SOME:
			rule->leads = leads_at(rules, i + 1) ||
				      action_leads(judgement, i);
			break;
		case MATCH_ALL:
			rule->leads = action_leads(judgement, i);
			break;
		}
	}
}

/* True when every copy that matches is looked up no further. */
static bool action_ends(const struct mrules *rules, const struct mrule *rule)
{
	switch (rule->action) {
	case FR_ACT_TO_TBL:
		return has_table(rules, rule->table);
	case FR_ACT_GOTO:
	case FR_ACT_NOP:
		return false;
	}
	return true;
}

/*
 * Down the way of the copies that no SOME took away.  Ours comes in front of
 * the first rule that leads to the main table, by itself or by a goto: a goto
 * in front of ours would pass it by.
 */
static void judge_place(const struct judgement *judgement,
			struct mrule_verdict *ret)
{
	const struct mrules *rules = judgement->rules;
	size_t i = 0;

	while (i < rules->n) {
		const struct mrule *rule = &rules->rules[i];
		enum match match = match_of(judgement, rule);
		bool decides = rule->action == FR_ACT_GOTO ||
			       action_ends(rules, rule);

		if (match != MATCH_NO && decides &&
		    action_leads(judgement, i)) {
			ret->needed = true;
			ret->place = i;
			return;
		}
		if (match == MATCH_ALL && action_ends(rules, rule)) {
			if (rule->action == FR_ACT_TO_TBL)
				ret->table = rule->table;
			return;
		}
		if (match == MATCH_ALL && rule->action == FR_ACT_GOTO)
			i = goto_target(rules, i);
		else
			i++;
	}
}

void mrules_judge(struct mrules *rules, uint32_t ifindex, uint32_t main,
		  uint32_t own, struct mrule_verdict *ret)
{
	const struct judgement judgement = { rules, ifindex, main, own };

	*ret = (struct mrule_verdict){ 0 };
	judge_leads(&judgement);
	judge_place(&judgement, ret);
}

int mrules_find(const struct mrules *rules, uint32_t table, uint32_t ifindex,
		size_t *ret)
{
	size_t i;

	for (i = 0; i < rules->n; i++) {
		const struct mrule *rule = &rules->rules[i];

		if (is_own(rule, table) && rule->iif == LOOPBACK &&
		    rule->oif == ifindex && !rule->invert && !rule->some &&
		    !rule->never) {
			*ret = i;
			return 0;
		}
	}
	return -ENOENT;
}
