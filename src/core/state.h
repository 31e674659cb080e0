/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of core.  Written by core alone; ctl/show.c reads them.
 *
 *   iface     a network interface by name, present or only spoken of
 *   oifset    an outbound interface list; rules with the same list share it
 *   rule      (IIF, S[/LEN], G[/LEN]) -> oifset
 *   mfc       (S, G) as the kernel has it; from static rules or learned
 *   hairpin   what an mfc has besides when its IIF is wanted as an OIF
 *   group     (IF, S[/LEN], G[/LEN]) to be joined
 *   join      one membership, shared by the groups that want it
 *   membership  who has joined a group on an interface, others included
 */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/diag.h"
#include "lib/hash.h"
#include "lib/htable.h"
#include "core/directive.h"
#include "core/guard.h"
#include "core/kernel.h"
#include "core/member.h"
#include "core/router.h"

/* Longest text of why an interface counts as in collect-metadata mode. */
#define METADATA_REASON_MAX 96

/* Settings of `phyint` lines. */
struct phyint {
	bool enable;		/* wants a VIF of its own accord */
	bool mrdisc;
	uint8_t threshold;
	enum policy policy;	/* POLICY_UNSET: the global one */
};

/* How many rules of an interface have prefixes of these lengths. */
struct rule_shape {
	uint8_t source_len;
	uint8_t group_len;
	uint32_t rules;
};

struct iface {
	UT_hash_handle hh;		/* router->ifaces, by name */
	UT_hash_handle hh_index;	/* router->ifaces_by_index */
	char name[IFACE_NAME_MAX];
	uint32_t id;			/* never used twice */

	unsigned int ifindex;		/* 0: absent */
	bool multicast;
	bool up;
	bool seen;			/* told since resync began */
	bool usable;			/* present and MULTICAST, not leaving */
	bool full;			/* wants a VIF, found none free; told */
	bool told_one_router;		/* NOTE_ONE_ROUTER went out */

	bool judged;			/* what follows is of ->ifindex */
	bool external;			/* itself in collect-metadata mode */
	bool metadata;			/* it is, or a device it receives by */
	unsigned int lower;		/* ifindex, 0: none */
	unsigned int master;
	unsigned int origin;		/* the one in that mode, 0: none */
	unsigned int new_origin;	/* while all are judged anew */
	char metadata_reason[METADATA_REASON_MAX];

	struct phyint phyint;
	enum policy policy;		/* that its entries are planned by */
	uint32_t refs;			/* rules, lists and groups that name it */
	uint32_t flows;			/* learned on it: expiry->iif */
	int8_t vif[FAMILY_COUNT];	/* -1: none */
	bool mrdisc[FAMILY_COUNT];	/* advertised */
	bool mrdisc_refused;		/* noted */

	struct rule *rules;		/* with this IIF (->if_next) */
	struct mfc *entries;		/* with this IIF (->if_next) */
	uint32_t n_entries;
	struct oifset_use *uses;	/* lists that name it */
	struct group *groups;		/* by this name (->if_next) */
	struct join *joins;		/* on it (->if_next) */

	struct rule_shape *shapes;	/* of ->rules */
	size_t n_shapes;

	struct htable hairpin_groups;	/* covered by hairpin rules */
	struct rule_shape *hairpin_shapes;	/* group lengths in use there */
	size_t n_hairpin_shapes;
	struct iface_health *health;	/* NULL: no guard was asked for */
	bool unsettled;			/* a hairpin OIF went: guard_settle() */
	bool told_relay;		/* that it passes OUTPUT alone */
	uint32_t filtered;		/* joins with a source filter */
	struct in6_addr filter;		/* the address that they exclude */
};

/* A group range that hairpin rules of an interface cover. */
struct hairpin_group_key {
	struct in6_addr group;		/* masked */
	uint32_t len;
};

struct hairpin_group {
	struct htable_node node;		/* iface->hairpin_groups */
	struct hairpin_group_key key;
	uint32_t rules;
};

/* One name of an outbound list, in the list of the interface's uses. */
struct oifset_use {
	struct iface *iface;
	struct oifset *set;
	struct oifset_use *prev, *next;
};

struct oifset {
	UT_hash_handle hh;		/* router->oifsets, by text */
	uint32_t refs;			/* rules and wild statements */
	struct rule *rules;		/* that use it (->set_next) */
	struct oifset *wild_prev, *wild_next;	/* router->wild_oifsets */

	/* VIFs and MIFs of the names, and of what the wildcards match. */
	uint32_t bits[FAMILY_COUNT];
	uint32_t wild_bits[FAMILY_COUNT];

	size_t n_uses;
	struct oifset_use *uses;	/* explicit names */
	size_t n_patterns;
	const char **patterns;		/* wildcards, into ->text */

	size_t text_len;
	char text[];			/* names as typed, each with its NUL */
};

struct rule_key {
	struct in6_addr source;		/* masked */
	struct in6_addr group;		/* masked */
	uint32_t iif;			/* iface->id */
	uint8_t source_len;
	uint8_t group_len;
	uint8_t zero[2];
};

#define RULE_EXPLICIT 0x01	/* named with this very interface */
#define RULE_WILD     0x02	/* follows from a wildcard IIF */
#define RULE_HAIRPIN  0x04	/* counted in iface->hairpin_groups */
#define RULE_NOTED    0x10	/* NOTE_HAIRPIN went out */

struct rule {
	struct htable_node node;		/* router->rules */
	struct rule_key key;
	struct prefix *typed;		/* source and group, unless as in key */
	struct iface *iif;
	struct oifset *oifs;
	struct oifset *staged;		/* of the reload under way; else NULL */
	struct rule *if_prev, *if_next;
	struct rule *set_prev, *set_next;
	struct mfc *mfc;		/* of a static rule */
	struct rule *older;		/* other static rule of the same (S,G) */
	uint32_t generation;		/* of the reload that wanted it */
	uint32_t line;			/* its last line in that reload */
	uint8_t flags;
	uint16_t shown;			/* see cursor_mark() */
};

/* What a statement is about. */
struct statement_key {
	struct in6_addr source;		/* masked */
	struct in6_addr group;		/* masked */
	uint8_t source_len;
	uint8_t group_len;
	char name[IFACE_NAME_MAX];	/* name or pattern, NULs behind it */
	uint8_t zero[2];
};

/* A statement with a wildcard IIF: applied to each interface that comes. */
struct wild {
	struct htable_node node;	/* router->wilds */
	struct statement_key key;
	struct prefix source;
	struct prefix group;
	struct oifset *oifs;
	uint32_t generation;
	bool split;		/* names in ->oifs stand for a wildcard */
};

struct mfc_key {
	struct in6_addr source;
	struct in6_addr group;
};

#define MFC_IN_KERNEL 0x01
#define MFC_COVERED   0x02	/* a rule covered it when last planned */
#define MFC_DIRTY     0x04	/* in router->dirty */
#define MFC_GONE      0x08	/* to be freed by the next commit */
#define MFC_REWRITE   0x10	/* set again though the VIFs are the same */
#define MFC_REFUSED   0x20	/* the kernel refused it; noted */
#define MFC_TELL      0x40	/* config.installed() is due */

struct mfc {
	struct htable_node node;		/* router->mfcs */
	struct mfc_key key;
	struct iface *iif;
	struct rule *owner;		/* newest static rule; NULL: learned */
	struct hairpin *hairpin;	/* NULL: not a hairpin */
	struct mfc *if_prev, *if_next;
	struct mfc *dirty_next;

	/* As the kernel has it. */
	uint32_t oifs;			/* VIF bits */
	int8_t parent;
	uint8_t flags;
	uint16_t shown;			/* see cursor_mark() */

	struct expiry *expiry;		/* of a learned entry */
};

/*
 * The entries of an interface that a template covers, being marked for the
 * next commit in slices.
 */
struct scan {
	struct scan *prev, *next;	/* router->scans */
	struct iface *iif;
	struct prefix source;
	struct prefix group;
	struct mfc *cursor;		/* to be looked at next; NULL: done */
};

/* Idle time of a learned entry, see expiry.c. */
struct expiry {
	struct mfc *mfc;
	struct iface *iif;		/* that it was learned on */
	double due;			/* when to look next */
	double changed;			/* not later than this it forwarded */
	double unsure;			/* when the age last was in doubt */
	uint64_t count;			/* packets less wrong_if */
	uint64_t wrong_if;
	uint64_t wrong;			/* count at the last wrong VIF */
	struct expiry *prev, *next;	/* router->learned */
	uint32_t place;			/* in router->expiries */
	uint32_t round;			/* router->flush_round when learned */
};

/* Does the kernel say when an entry was last used? */
enum ages {
	AGES_UNASKED,
	AGES_TOLD,
	AGES_UNKNOWN,
};

struct hairpin {
	struct mfc *mfc;
	struct hairpin *prev, *next;	/* router->hairpins */
	struct hairpin *src_prev, *src_next;	/* same source */

	enum hairpin_state state:8;
	enum guard guard:8;		/* in place; GUARD_NONE: none */
	enum guard told:8;		/* that it was when entering ->state */
	/* -errno of the guards that refused its key, else 0 */
	int16_t failed[GUARD_COUNT];
	unsigned int ifindex;		/* of the guard key in place */
	char *reason;			/* why suspended, or a remark; or NULL */
};

/* Hairpin entries by source, for addresses of the host that come and go. */
struct source {
	struct htable_node node;		/* router->sources */
	struct in6_addr addr;
	struct hairpin *hairpins;
};

/* An address of the host. */
struct own_addr_key {
	struct in6_addr addr;
	uint32_t ifindex;
};

struct own_addr {
	UT_hash_handle hh;		/* router->own, by key */
	struct own_addr_key key;
	bool seen;			/* told since resync began */
};

/* How many interfaces have it. */
struct own_count {
	UT_hash_handle hh;		/* router->own_counts, by addr */
	struct in6_addr addr;
	uint32_t interfaces;
};

struct group {
	struct htable_node node;	/* router->groups */
	struct statement_key key;
	struct group *if_prev, *if_next;	/* iface->groups or wild ones */
	struct iface *iface;		/* NULL: wildcard */
	struct prefix source;
	struct prefix group;
	struct member *members;		/* interfaces it is joined on */
	uint32_t generation;
};

/*
 * A group on one interface; its joins are made in slices, in order, and given
 * back in slices, backwards, after the group has forgotten it.
 */
struct member {
	struct member *prev, *next;	/* group->members */
	struct member *work_prev, *work_next;	/* router->work, ->leaving */
	struct prefix source;
	struct prefix group;
	struct iface *iface;
	uint64_t done;			/* joins asked for */
	uint64_t total;
	bool queued;			/* in router->work */
	bool stopped;			/* out of descriptors: not the rest */
	uint64_t refused;		/* joins the kernel refused */
	int err;			/* of the first of these */
};

struct join {
	struct htable_node node;		/* router->joins */
	struct join_key key;
	struct iface *iface;
	struct join *if_prev, *if_next;
	uint32_t refs;			/* members that want it */
	bool made;			/* the kernel has it */
	uint32_t slot;			/* kernel_ops.join() */
	bool filtered;			/* counted in iface->filtered */
	bool blocked;			/* excludes iface->filter by now */
	bool looped;			/* hairpin is off: it multiplies; told */
};

/* A group joined on an interface, by others, by us for a source, or both. */
struct membership {
	struct htable_node node;	/* link->memberships */
	struct in6_addr group;
	struct member_link *link;
	struct membership *prev, *next;	/* router->others, by ->round */
	uint32_t own;			/* joins of ours of one source */
	uint32_t round;			/* when others' was last told */
	bool other;			/* others have joined: in that list */
	uint8_t told;			/* to the operator; see member.c */
};

/* Memberships of one interface; core may not know it yet. */
struct member_link {
	UT_hash_handle hh;		/* router->member_links */
	uint32_t ifindex;
	struct htable memberships;	/* by group */
};

/* What guard_ready() said last, of one guard and family on an interface. */
struct guard_health {
	uint32_t asked;			/* router->health_round then; 0: never */
	bool ready;
	bool told;			/* counted in router->broken */
	char *text;			/* why not, or a remark; NULL: none */
};

struct iface_health {
	struct guard_health of[GUARD_COUNT][FAMILY_COUNT];
};

/* A guard that does not work, as told to the operator. */
struct guard_broken {
	uint32_t interfaces;		/* where it does not */
	char cause[DIAG_TEXT_MAX];	/* told last */
};

/* A `phyint` line, for the interfaces that match it now or later. */
struct phyint_rule {
	char pattern[IFACE_NAME_MAX];
	struct phyint settings;
};

struct router {
	struct router_config config;
	enum policy policy;		/* of the file; POLICY_UNSET: none */
	uint32_t generation;		/* of the configuration in force */
	uint32_t next_iface_id;
	struct reload *reload;		/* under way; else NULL */
	bool full;			/* some iface->full may be set */

	struct iface *ifaces;
	struct iface *ifaces_by_index;
	bool any_metadata;		/* some iface->metadata is set */
	struct iface *vifs[FAMILY_COUNT][VIF_MAX];
	uint32_t stuck_vifs[FAMILY_COUNT];	/* not to be used again */

	struct phyint_rule *phyints;	/* `phyint` lines in order */
	size_t n_phyints;

	struct oifset *oifsets;
	struct oifset *wild_oifsets;
	struct htable rules;		/* as added */
	struct htable wilds;		/* as added */

	struct htable mfcs;		/* as added */
	struct mfc *dirty;		/* ->dirty_next, in order */
	struct mfc **dirty_end;
	struct scan *scans;
	struct expiry **expiries;	/* heap: none is due before the first */
	uint32_t n_learned;		/* length of that heap */
	struct expiry *learned;		/* the same, as they were learned */
	uint32_t flush_round;		/* flushes so far */
	uint32_t expiries_room;
	enum ages ages[FAMILY_COUNT];
	uint32_t max_learned;		/* 0: no limit */
	uint64_t n_refused;		/* upcalls beyond it since last told */
	double refused_told;		/* when that was */
	double now;			/* as told last */

	struct hairpin *hairpins;
	struct htable sources;
	struct own_addr *own;
	struct own_count *own_counts;

	struct htable groups;		/* as added */
	struct group *wild_groups;	/* ->if_next */
	struct htable joins;		/* as made */
	struct member *work;		/* joins to be made */
	struct member *leaving;		/* and given back, the first first */

	struct member_link *member_links;
	struct membership *others;	/* ->other, in the order of ->round */
	uint32_t member_round;		/* router_members_begin() */
	uint32_t n_hairpin_rules;	/* with RULE_HAIRPIN */

	struct cursor *cursors;		/* open ones, see cursor.h */
	uint16_t marks;			/* cursor_mark() given out */

	uint32_t health_round;		/* from 1; older answers are void */
	char why[2 * DIAG_TEXT_MAX];	/* ladder_explain() */
	struct guard_broken broken[GUARD_COUNT][FAMILY_COUNT];
	bool guard_back;		/* one was found to work again */
	bool starved;			/* a hairpin found no memory */
	struct commit *commit;		/* scratch of router_commit() */
};

/* The policy in force on an interface, never POLICY_UNSET. */
enum policy router_policy(const struct router *router,
			  const struct iface *iface);

/* The global policy in force: -H, else the file's, else auto. */
enum policy router_global_policy(const struct router *router);

/* Source and group of a rule as they were first typed. */
struct prefix rule_source(const struct rule *rule);
struct prefix rule_group(const struct rule *rule);

/* True for a full (S,G): it owns an MFC entry. */
bool rule_is_static(const struct rule *rule);

/* VIF bits of the outbound interfaces of a rule, of the group's family. */
uint32_t rule_oif_bits(const struct rule *rule);

/* True when the rule's own list names its IIF. */
bool rule_is_hairpin(const struct rule *rule);

/* Interface of a VIF or MIF number, or NULL. */
const struct iface *router_vif(const struct router *router,
			       enum family family, unsigned int vif);

/*
 * Counters of the guards of `first` and of those behind it in
 * router->hairpins, `n` (at most GUARD_COUNT_MAX) in all; 0 where there is no
 * guard.  0, or -errno of the first guard without an answer.
 */
int router_guard_count(const struct router *router,
		       const struct hairpin *first, size_t n,
		       struct guard_count *ret);

/* Packets that the relay was not handed, of flows that nobody can tell. */
uint64_t router_relay_lost(const struct router *router,
			   const struct iface *iface, enum family family);

/* Counters of one entry, as the kernel has them now. */
int router_mfc_count(const struct router *router, const struct mfc *mfc,
		     struct mfc_count *ret);

/*
 * Hairpin rules that have no hairpin entry (yet): templates that nothing was
 * learned from, and static rules without their interface.  router_hairpin_seen()
 * marks those that do have this one; behind all of them router_hairpin_waits()
 * is true for a hairpin rule that was not marked.  `ret` is what an entry would
 * get; its reason is good until the next call of the router.
 */
void router_hairpin_seen(struct router *router, const struct hairpin *hairpin,
			 uint16_t mark);
bool router_hairpin_waits(struct router *router, const struct rule *rule,
			  uint16_t mark, struct guard_answer *ret);

#endif
