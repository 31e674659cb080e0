/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table guard, IPv4 only: looped copies are looked up in a second multicast
 * routing table, where hairpin entries have no OIF.  Facts and measurements:
 * HACKING.md, "The hairpin defect".
 *
 * Three parts: the table (shadow-table.h), the policy rule `iif lo oif IF` of
 * each interface that has hairpin entries (shadow-rule.h), and the answers to
 * upcalls of that table, here.
 *
 * Nothing here calls the router from inside a function below: it is told from
 * the event loop.
 */
#ifndef KERNEL_SHADOW_H
#define KERNEL_SHADOW_H

#include "core/kernel.h"

struct diag;
struct ev_loop;
struct router;
struct shadow;

/* Seconds until rules that cannot be read are read again. */
#define SHADOW_RETRY 1.0

/*
 * Seconds that a rule outlives its last key: longer than any looped copy that
 * was made before waits for its turn.
 */
#define SHADOW_LINGER 0.25

struct shadow_config {
	struct ev_loop *loop;		/* borrowed for the whole life */
	unsigned int table;		/* the main table's ID, 0: default */
	double idle;			/* -c, seconds; 0: for ever */
};

/*
 * Takes out the rules that dead daemons have left; else nothing is opened that
 * needs a privilege.  0 or -errno.
 */
int shadow_open(const struct shadow_config *config, struct shadow **ret);

/* Takes out our rules, then the table; NULL is fine. */
void shadow_close(struct shadow *shadow);

/*
 * guard_ready, guard_add, guard_del and guard_count of struct kernel_ops.  The
 * stop entries are in place before the rule.  When the last of an interface has
 * gone the rule stays for SHADOW_LINGER: what is looked up in the shadow table
 * goes nowhere, with a stop entry or without.
 */
int shadow_ready(struct shadow *shadow, unsigned int ifindex,
		 struct diag *diag);
int shadow_add(struct shadow *shadow, const struct guard_key *keys, size_t n);
int shadow_del(struct shadow *shadow, const struct guard_key *keys, size_t n);
int shadow_count(struct shadow *shadow, const struct guard_key *keys, size_t n,
		 guard_count_fn *fn, void *arg);

/* VIFs of the main table: after they come, before they go. */
void shadow_vif_add(struct shadow *shadow, unsigned int vif,
		    unsigned int ifindex);
void shadow_vif_del(struct shadow *shadow, unsigned int vif);

/*
 * Entries of the main table.  One that is not ->own is told before it is set,
 * so that what it was is not followed any more; one that is, after it: by then
 * it has no hairpin OIF.  Deleted ones after that.  0 or -errno.
 */
int shadow_mfc_set(struct shadow *shadow, const struct mfc_route *route);
void shadow_mfc_del(struct shadow *shadow, const struct in6_addr *source,
		    const struct in6_addr *group);

/*
 * An entry of an own source that is in the shadow table as well: what that
 * counted for it, or -ENOENT; and the table's ID, or 0.
 */
int shadow_mfc_count(const struct shadow *shadow,
		     const struct in6_addr *source,
		     const struct in6_addr *group, struct mfc_count *ret);
uint32_t shadow_mirror(const struct shadow *shadow,
		       const struct in6_addr *source,
		       const struct in6_addr *group);

/* What was known of that source is void. */
void shadow_own_changed(struct shadow *shadow, const struct in6_addr *addr);

/*
 * From now on, until shadow_unwatch(), upcalls are answered and `router`,
 * borrowed, is told: of upcalls of own sources, which are UPCALL_UNMIRRORED,
 * and of a guard that is lost or may be had.
 */
void shadow_watch(struct shadow *shadow, struct router *router);
void shadow_unwatch(struct shadow *shadow);

#endif
