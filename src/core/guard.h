/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hairpin guard policy and nothing else: for one MFC entry whose IIF is also
 * wanted as an OIF, may that OIF go to the kernel, and behind which guard?
 * Facts and measurements: HACKING.md, "The hairpin defect".
 */
#ifndef CORE_GUARD_H
#define CORE_GUARD_H

#include <stdbool.h>

#include "lib/addr.h"
#include "core/directive.h"
#include "core/kernel.h"

enum hairpin_state {
	HAIRPIN_NEW,		/* not planned yet; never seen outside */
	HAIRPIN_GUARDED,	/* OIF behind a guard, or relayed */
	HAIRPIN_SUSPENDED,	/* OIF left out: no guard, or no interface */
	HAIRPIN_UNGUARDED,	/* OIF in the kernel, policy off */
	HAIRPIN_OWN,		/* OIF left out: the source is this host */
};

struct guard_question {
	enum policy policy;	/* in force on the IIF, never UNSET */
	enum family family;
	bool own;		/* the source is an address of this host */
	bool metadata;		/* the IIF is in collect-metadata mode */
	const char *metadata_reason;	/* if so: names the device */
};

struct guard_answer {
	enum hairpin_state state;
	/* GUARDED: what may guard it, the best first */
	enum guard rungs[GUARD_COUNT - 1];
	unsigned int n_rungs;
	enum guard guard;	/* picked from these: ladder_pick() */
	/*
	 * Why SUSPENDED; static, or the question's.  Picked: a remark on the
	 * guard, or NULL.
	 */
	const char *reason;
	const char *skipped;	/* why netfilter is no rung; or NULL */
};

/*
 * The plan as far as policy decides it: the ladder, without asking whether any
 * of its rungs can be had.
 */
void guard_plan(const struct guard_question *question,
		struct guard_answer *ret);

/* "netfilter", "table", "relay", or NULL for GUARD_NONE. */
const char *guard_name(enum guard guard);

/* False when packets are delivered twice to members on this host. */
bool guard_is_exact(enum guard guard);

/* "guarded", "suspended", "unguarded", "own"; NULL for HAIRPIN_NEW. */
const char *hairpin_state_name(enum hairpin_state state);

#endif
