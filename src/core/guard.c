/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hairpin guard policy.  Knows policies, families and guards; touches nothing.
 */
#include "core/guard.h"

#include <stddef.h>

static void answer_set(struct guard_answer *ret, enum hairpin_state state,
		       enum guard guard, const char *reason)
{
	ret->state = state;
	ret->guard = guard;
	ret->reason = reason;
}

void guard_plan(const struct guard_question *question,
		struct guard_answer *ret)
{
	switch (question->policy) {
	case POLICY_OFF:
		answer_set(ret, HAIRPIN_UNGUARDED, GUARD_NONE, NULL);
		return;
	case POLICY_REFUSE:
		answer_set(ret, HAIRPIN_SUSPENDED, GUARD_NONE,
			   "refused by policy");
		return;
	case POLICY_UNSET:
	case POLICY_AUTO:
	case POLICY_NETFILTER:
		break;
	}
	if (question->own)
		answer_set(ret, HAIRPIN_OWN, GUARD_NONE, NULL);
	else if (question->metadata)
		answer_set(ret, HAIRPIN_SUSPENDED, GUARD_NONE,
			   question->metadata_reason);
	else
		answer_set(ret, HAIRPIN_GUARDED, GUARD_NETFILTER, NULL);
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
