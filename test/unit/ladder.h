/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A story in which some of the guards work, break and are mended. */
#ifndef TEST_UNIT_LADDER_H
#define TEST_UNIT_LADDER_H

#include <errno.h>
#include <stdio.h>

#include "core/guard.h"
#include "test/unit/story.h"

#define HAIRPIN "route eth0 " S1 " " G1 " eth0 eth1\n"
#define PAIR "(198.18.1.1, 239.1.1.1)"
#define KEY PAIR " if 1"
#define WITHOUT "mfc_set " PAIR " parent 0 oifs 1:1\n"
#define WITH "mfc_set " PAIR " parent 0 oifs 0:1 1:1\n"
#define ADD(guard) "guard_add " guard " " KEY "\n"
#define DEL(guard) "guard_del " guard " " KEY "\n"
#define SETTLE "guard_settle\n"

static void break_guard(struct story *story, enum guard guard)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		fake_kernel_break(story->fake, guard, (enum family)family, 0,
				  EPERM, guard_name(guard));
}

/* Some of the guards work; the others say their name as the cause. */
static struct story *with_guards(const char *policy, unsigned int guards)
{
	struct story *story = story_new(NULL);
	char statements[256];

	for (int guard = GUARD_NONE + 1; guard < GUARD_COUNT; guard++) {
		fake_kernel_mend_all(story->fake, (enum guard)guard);
		if (!(guards & (1u << guard)))
			break_guard(story, (enum guard)guard);
	}
	story_links(story, 2);
	snprintf(statements, sizeof(statements), "hairpin %s\nphyint eth+\n",
		 policy);
	story_reload(story, statements);
	story_skip(story);
	return story;
}

#define NETFILTER (1u << GUARD_NETFILTER)
#define TABLE (1u << GUARD_TABLE)
#define RELAY (1u << GUARD_RELAY)
#define ALL (NETFILTER | TABLE | RELAY)

static enum guard guard_of(const struct story *story)
{
	return fake_kernel_guard(story->fake, S1, G1, 1);
}

static void lose(struct story *story, enum guard guard)
{
	break_guard(story, guard);
	fake_kernel_lose_guard(story->fake, guard, 0);
	router_guard_lost(story->router, guard, 0, "gone");
	fake_kernel_check_guards(story->fake);
}

static void mend(struct story *story, enum guard guard)
{
	fake_kernel_mend_all(story->fake, guard);
	router_guard_retry(story->router);
	fake_kernel_check_guards(story->fake);
}

#endif
