/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our multicast policy rules, one for each interface that has hairpin entries
 * behind the shadow table: which are in place, and whether they are where they
 * have to be.
 */
#ifndef KERNEL_SHADOW_RULE_H
#define KERNEL_SHADOW_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel.h"
#include "kernel/mrule.h"
#include "kernel/netlink.h"
#include "lib/diag.h"
#include "lib/hash.h"

struct shadow_iface {
	UT_hash_handle hh;
	unsigned int ifindex;
	char name[IFACE_NAME_MAX];
	unsigned int master;		/* the device whose port it is */
	size_t n_keys;
	bool safe;			/* no copies get to the main table */
	bool placed;			/* ->rule is in the kernel */
	struct mrule_own rule;
	int answer;			/* what shadow_rules_ready() said */
	char text[DIAG_TEXT_MAX];	/* why not, or a remark */
	bool lost;			/* router_guard_lost() is due */
	bool deleted;			/* ->rule, by another program */
};

struct shadow_rules {
	struct netlink requests;
	uint32_t main;			/* main table ID of the kernel */
	uint32_t table;			/* the shadow table, 0: not made */
	struct shadow_iface *ifaces;
};

/* `main`: 0 is the default table.  0 or -errno. */
int shadow_rules_open(struct shadow_rules *rules, uint32_t main);

/* Takes our rules out. */
void shadow_rules_close(struct shadow_rules *rules);

/*
 * Takes out the rules of daemons that are dead.  `held` tells whether somebody
 * holds the multicast routing table.  Returns how many, or -errno.
 */
int shadow_rules_sweep(struct shadow_rules *rules,
		       bool (*held)(uint32_t table));

/*
 * 0 when looped copies of the interface can be led to ->table, or do not get to
 * the main table anyway: `diag` then says where they go.  Else -errno and why.
 */
int shadow_rules_ready(struct shadow_rules *rules, unsigned int ifindex,
		       struct diag *diag);

/*
 * The interface has a key: a `new` one, or one that it had.  Puts its rule in
 * place, if it is not and has to be.  -errno, and the key does not count.
 */
int shadow_rules_hold(struct shadow_rules *rules, unsigned int ifindex,
		      bool new);

/*
 * One key less.  True: it was the last, and the rule is to go by
 * shadow_rules_tidy(), but not at once.  Copies that are under way would get to
 * the main table, and if that has no entry by now, they pass for a new flow.
 */
bool shadow_rules_release(struct shadow_rules *rules, unsigned int ifindex);

/* Takes out the rules of interfaces without keys.  0 or -errno. */
int shadow_rules_tidy(struct shadow_rules *rules);

/* The interface has no VIF any more. */
void shadow_rules_forget(struct shadow_rules *rules, unsigned int ifindex);

/*
 * Rules have changed, or may have: ours are put in, moved and taken out where
 * that is called for.  Interfaces whose guard is gone are marked ->lost.
 * Returns 1 when an answer of shadow_rules_ready() is another one now, else 0,
 * or -errno: they cannot be read, and all are lost.
 *
 * A rule of ours that somebody deleted is not put back: until
 * shadow_rules_reviewed() that is the answer of shadow_rules_ready().
 */
int shadow_rules_review(struct shadow_rules *rules);
void shadow_rules_reviewed(struct shadow_rules *rules);

/* An interface that is marked ->lost, or NULL. */
struct shadow_iface *shadow_rules_lost(struct shadow_rules *rules);

/* True when such news of a link calls for a review. */
bool shadow_rules_link(const struct shadow_rules *rules,
		       const struct link_info *link);

#endif
