/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One chunk of router_commit(), as its three files share it: commit.c plans and
 * says in which order, commit-guard.c moves guard keys, commit-route.c entries.
 */
#ifndef CORE_COMMIT_H
#define CORE_COMMIT_H

#include "core/internal.h"

/* A guard key in the kernel, of some entry. */
struct key_place {
	enum guard guard;		/* GUARD_NONE: none */
	unsigned int ifindex;
};

struct plan {
	struct mfc *mfc;
	struct guard_answer answer;
	uint32_t oifs;
	int8_t parent;		/* -1: nothing usable to come in on */
	bool present;		/* to be in the kernel */
	bool gone;		/* to be forgotten */
	bool hairpin;		/* the IIF is wanted as an OIF */
	bool rewrite;		/* thresholds changed */
	/* in place besides the hairpin's own, which is the newer */
	struct key_place old;
	struct key_place stale[2];	/* to be taken away */
};

struct commit {
	struct plan plans[GUARD_BATCH_MAX];
	size_t n;
	struct guard_key keys[GUARD_BATCH_MAX];
	struct plan *owners[GUARD_BATCH_MAX];	/* of the keys */
	size_t n_keys;
};

/* commit.c: leaves the hairpin OIF out. */
void plan_suspend(struct plan *plan, const char *reason);

static inline uint32_t parent_bit(int8_t parent)
{
	return parent < 0 ? 0 : UINT32_C(1) << parent;
}

/* commit-route.c: True while what the kernel holds sends out of the IIF. */
bool route_sends_back(const struct mfc *mfc);
/* The entry as planned, or none. */
void route_follow(struct router *router, struct plan *plan);

/*
 * commit-guard.c.  Keys that the plans need and lack; who does not get one is
 * left without its hairpin OIF, and planned again.  For GUARD_RELAY, behind the
 * routes.
 */
void guards_add(struct router *router, struct commit *commit,
		enum guard guard);
/* Ends the relay of entries that are to get their hairpin OIF. */
void guards_end_relay(struct router *router, struct commit *commit);
/* Takes away what nothing needs any more. */
void guards_del_stale(struct router *router, struct commit *commit);

#endif
