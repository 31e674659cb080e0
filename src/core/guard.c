/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hairpin guard policy.  Knows policies, families and guards; touches nothing.
 */
#include "core/guard.h"

#include <stddef.h>
#include <string.h>

static void answer_suspend(struct guard_answer *ret, const char *reason)
{
	ret->state = HAIRPIN_SUSPENDED;
	ret->reason = reason;
}

static void answer_rung(struct guard_answer *ret, enum guard guard)
{
	ret->state = HAIRPIN_GUARDED;
	ret->rungs[ret->n_rungs++] = guard;
}

/*
 * The relay before the table, which delivers two copies to a member on this
 * host.  Where packets carry a metadata dst, netfilter would drop them all.
 */
static void plan_auto(const struct guard_question *question,
		      struct guard_answer *ret)
{
	if (question->metadata)
		ret->skipped = question->metadata_reason;
	else
		answer_rung(ret, GUARD_NETFILTER);
	answer_rung(ret, GUARD_RELAY);
	if (question->family == FAMILY_IPV4)
		answer_rung(ret, GUARD_TABLE);
}

void guard_plan(const struct guard_question *question,
		struct guard_answer *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (question->policy == POLICY_OFF)
		ret->state = HAIRPIN_UNGUARDED;
	else if (question->policy == POLICY_REFUSE)
		answer_suspend(ret, "refused by policy");
	else if (question->own)
		ret->state = HAIRPIN_OWN;
	if (ret->state != HAIRPIN_NEW)
		return;
	switch (question->policy) {
	case POLICY_OFF:
	case POLICY_REFUSE:
	case POLICY_UNSET:
	case POLICY_AUTO:
		plan_auto(question, ret);
		return;
	case POLICY_NETFILTER:
		if (question->metadata)
			answer_suspend(ret, question->metadata_reason);
		else
			answer_rung(ret, GUARD_NETFILTER);
		return;
	case POLICY_TABLE:
		if (question->family == FAMILY_IPV4)
			answer_rung(ret, GUARD_TABLE);
		else
			answer_suspend(ret, "no second table for IPv6");
		return;
	case POLICY_RELAY:
		answer_rung(ret, GUARD_RELAY);
		return;
	}
}

bool guard_is_exact(enum guard guard)
{
	return guard != GUARD_TABLE;
}

const char *guard_name(enum guard guard)
{
	switch (guard) {
	case GUARD_NETFILTER:
		return "netfilter";
	case GUARD_TABLE:
		return "table";
	case GUARD_RELAY:
		return "relay";
	case GUARD_NONE:
		break;
	}
	return NULL;
}

const char *hairpin_state_name(enum hairpin_state state)
{
	switch (state) {
	case HAIRPIN_GUARDED:
		return "guarded";
	case HAIRPIN_SUSPENDED:
		return "suspended";
	case HAIRPIN_UNGUARDED:
		return "unguarded";
	case HAIRPIN_OWN:
		return "own";
	case HAIRPIN_NEW:
		break;
	}
	return NULL;
}
