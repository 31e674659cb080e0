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
	HAIRPIN_GUARDED,	/* OIF in the kernel, guard before it */
	HAIRPIN_SUSPENDED,	/* OIF left out: no guard, or no interface */
	HAIRPIN_UNGUARDED,	/* OIF in the kernel, policy off */
	HAIRPIN_OWN,		/* OIF left out: the source is this host */
};

struct guard_question {
	enum policy policy;	/* in force on the IIF, never UNSET */
	bool own;		/* the source is an address of this host */
	bool metadata;		/* the IIF is in collect-metadata mode */
	const char *metadata_reason;	/* if so: names the device */
};

struct guard_answer {
	enum hairpin_state state;
	enum guard guard;	/* to be in place first; else GUARD_NONE */
	const char *reason;	/* why SUSPENDED: static, or the question's */
};

/*
 * The plan as far as policy decides it; a guard that then cannot be put in
 * place turns GUARDED into SUSPENDED.
 */
void guard_plan(const struct guard_question *question,
		struct guard_answer *ret);

/* "netfilter", "table", "relay", or NULL for GUARD_NONE. */
const char *guard_name(enum guard guard);

/* "guarded", "suspended", "unguarded", "own"; NULL for HAIRPIN_NEW. */
const char *hairpin_state_name(enum hairpin_state state);

#endif
