/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of core say to each other and to nobody else.
 */
#ifndef CORE_INTERNAL_H
#define CORE_INTERNAL_H

#include "core/cursor.h"
#include "core/iface.h"
#include "core/state.h"
#include "lib/diag.h"

/* Room for "(SOURCE/LEN, GROUP/LEN)" with the final NUL. */
#define FLOW_STRLEN (2 * PREFIX_STRLEN + 5)

/* note.c */
void router_note(const struct router *router, enum note_level level,
		 enum note_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
const char *flow_format(const struct in6_addr *source,
			const struct in6_addr *group, char buf[FLOW_STRLEN]);
const char *rule_format(const struct rule *rule, char buf[FLOW_STRLEN]);

/*
 * oifset.c: outbound lists, shared by all rules that have the same.
 * oifset_get() takes names with repeats and keeps their order, which is shown;
 * NULL: out of memory.
 * Each returned list is one reference of the caller.
 */
struct oifset *oifset_get(struct router *router, const char *const *names,
			  size_t n);
struct oifset *oifset_unite(struct router *router, struct oifset *set,
			    const char *const *names, size_t n);
/* `iif`, which may be NULL, is no part of what wildcards stand for. */
struct oifset *oifset_subtract(struct router *router, struct oifset *set,
			       const char *const *names, size_t n,
			       const struct iface *iif);
/* True when oifset_subtract() replaces a wildcard by names. */
bool oifset_is_split(const struct router *router, const struct oifset *set,
		     const char *const *names, size_t n);
struct oifset *oifset_merge(struct router *router, struct oifset *a,
			    const struct oifset *b);
struct oifset *oifset_hold(struct oifset *set);
void oifset_put(struct router *router, struct oifset *set);
bool oifset_names(const struct oifset *set, const struct iface *iface);

/* The interface got or lost its VIF, or its threshold changed (`rewrite`). */
void oifset_iface_changed(struct router *router, struct iface *iface,
			  bool rewrite);
/* True when a wildcard of any list matches the name. */
bool oifset_wants(const struct router *router, const char *name);

/*
 * rule.c.  rule_get() finds or adds a rule without OIFs.  rule_set_oifs()
 * takes over the caller's reference.
 */
struct rule *rule_find(const struct router *router, const struct iface *iif,
		       const struct prefix *source,
		       const struct prefix *group);
struct rule *rule_get(struct router *router, struct iface *iif,
		      const struct prefix *source, const struct prefix *group);
void rule_set_oifs(struct router *router, struct rule *rule,
		   struct oifset *oifs);
void rule_del(struct router *router, struct rule *rule);
/*
 * Makes a static rule the owner of its (S,G) if its line comes behind that of
 * the present one.
 */
void rule_claim_by_line(struct router *router, struct rule *rule);
/* Marks the kernel entries that the rule covers for the next commit. */
void rule_touch(struct router *router, struct rule *rule, bool rewrite);
/* Warns, once, that it is a hairpin. */
void rule_note_hairpin(struct router *router, struct rule *rule);
/*
 * Union of the OIFs of all rules on `iif` that cover the entry.  `ret_covered`
 * tells whether there was one.
 */
uint32_t rule_union(const struct router *router, const struct iface *iif,
		    const struct mfc *mfc, bool *ret_covered);
/* Calls `fn` for each rule on `iif` that covers the entry. */
typedef void rule_fn(void *arg, struct rule *rule);
void rule_each_covering(const struct router *router, const struct iface *iif,
			const struct mfc *mfc, rule_fn *fn, void *arg);

/*
 * mrdisc.c: advertises the VIFs of an interface, or no longer, as settings and
 * state of the interface have it.  A VIF is no longer advertised before it is
 * released: mrdisc_stop().
 */
void mrdisc_follow(struct router *router, struct iface *iface);
void mrdisc_stop(struct router *router, struct iface *iface,
		 enum family family);

/* mfc.c */
struct mfc *mfc_find(const struct router *router,
		     const struct in6_addr *source,
		     const struct in6_addr *group);
/* Finds or adds an entry, for the caller to touch. */
struct mfc *mfc_get(struct router *router, const struct in6_addr *source,
		    const struct in6_addr *group, struct iface *iif);
void mfc_touch(struct router *router, struct mfc *mfc, bool rewrite);
/*
 * The same, to be set again before all others: the kernel keeps the flows that
 * wait for their entry in a list, newest first, and walks it for each entry
 * that is set (ipmr_mfc_add(), ip6mr_mfc_add()).
 */
void mfc_touch_first(struct router *router, struct mfc *mfc);
/* The VIF to be its parent now, or -1: none of its interfaces is usable. */
int mfc_select_iif(struct router *router, struct mfc *mfc);
/* Frees an entry that the kernel does not have. */
void mfc_free(struct router *router, struct mfc *mfc);

/*
 * scan.c: marks the entries of an interface that are covered, at once when it
 * has few, else in slices.  scan_finish() ends all that is under way: before a
 * VIF number is given up, nothing may be left that points at it.
 */
void scan_start(struct router *router, struct iface *iif,
		const struct prefix *source, const struct prefix *group);
bool scan_work(struct router *router);
void scan_finish(struct router *router);
/* The entry leaves the list of its interface. */
void scan_forget(struct router *router, const struct mfc *mfc);

/*
 * expiry.c: idle time of learned entries.  expiry_look() reads the counters now:
 * before the entry is set anew, which the kernel takes for use, and when a
 * packet came in wrong.  Entries that were not learned are none of its concern.
 */
int expiry_start(struct router *router, struct mfc *mfc, struct iface *iif);
void expiry_stop(struct router *router, struct mfc *mfc);
void expiry_look(struct router *router, struct mfc *mfc);
/* A flush has more to drop; a slice of that, for the caller to commit. */
bool flush_is_due(const struct router *router);
void flush_work(struct router *router);

/* expiry-heap.c: router->expiries in order of ->due.  0 or -ENOMEM. */
int expiry_heap_add(struct router *router, struct expiry *expiry);
void expiry_heap_del(struct router *router, struct expiry *expiry);
/* ->due was changed. */
void expiry_heap_move(struct router *router, struct expiry *expiry);

/*
 * hairpin.c.  hairpin_ask() answers by policy what an entry of `source` (NULL:
 * of no particular one) coming in on `iif` would get.
 */
struct hairpin *hairpin_get(struct router *router, struct mfc *mfc);
void hairpin_free(struct router *router, struct hairpin *hairpin);
void hairpin_ask(const struct router *router, const struct iface *iif,
		 const struct in6_addr *source, enum family family,
		 struct guard_answer *ret);
/* Moves to a state, with a note when it or the guard is another one. */
void hairpin_enter(struct router *router, struct hairpin *hairpin,
		   enum hairpin_state state, const char *reason);
/* A guard refused its key: the entry goes without that one for now. */
void hairpin_guard_failed(struct hairpin *hairpin, enum guard guard, int err);
/* All may be tried again. */
void hairpin_forgive(struct hairpin *hairpin);
/* Marks hairpin entries for the next commit. */
void hairpin_touch_iface(struct router *router, struct iface *iface);
/* Those that are suspended, or might have a better guard; failures forgotten. */
void hairpin_touch_candidates(struct router *router);
void hairpin_touch_source(struct router *router,
			  const struct in6_addr *source);

/*
 * ladder.c: picks the best rung that can be had, asking the kernel once for
 * each until ladder_forget(); none: SUSPENDED.  `hairpin`, which may be NULL,
 * knows who refused its key.  The reason is good until the next question.
 * ladder_explain() says again why there is none, as it was answered: each
 * rung's cause, in router->why.
 */
void ladder_pick(struct router *router, struct iface *iface,
		 enum family family, const struct hairpin *hairpin,
		 struct guard_answer *answer);
const char *ladder_explain(struct router *router, const struct iface *iface,
			   enum family family, const struct hairpin *hairpin,
			   const struct guard_answer *answer);
void ladder_forget(struct router *router);
/* The interface is gone, or another. */
void ladder_forget_iface(struct router *router, struct iface *iface);

/* commit.c: like router_commit(), and takes out what is MFC_GONE. */
int commit_init(struct router *router);
void commit_fini(struct router *router);

/*
 * commit-route.c: takes the hairpin OIF out of the kernel at once, guard or
 * not; sets the entries of own sources that come in on the interface again, as
 * they are (0 or -errno).
 */
void route_strip(struct router *router, struct mfc *mfc);
int route_repeat_own(struct router *router, const struct iface *iface);

/* commit-guard.c */
void guard_key_fill(const struct mfc *mfc, const struct iface *iface,
		    struct guard_key *ret);

/* cursor.c: the element is about to leave its table and be freed. */
void cursor_forget(struct router *router, enum cursor_kind kind,
		   const void *element);
void cursor_close_all(struct router *router);

/* own.c */
bool own_has(const struct router *router, const struct in6_addr *addr);
void own_forget_iface(struct router *router, unsigned int ifindex);
void own_resync_end(struct router *router);
void own_free_all(struct router *router);

/*
 * router.c: a command wants the interface now, it does not wait for it as a
 * line of the file does.  -ENODEV with the cause.
 */
int iface_check(const struct router *router,
		const struct directive *directive, struct diag *diag);

/* filter.c: source filters of own joins. */
int filter_cover(struct router *router, struct iface *iface,
		 const struct prefix *group);
void filter_uncover(struct router *router, struct iface *iface,
		    const struct prefix *group);
/* True when a hairpin rule in force on the interface covers the group. */
bool filter_covers(const struct iface *iface, const struct in6_addr *group);
/* Puts the filter that policy and rules want on one join. */
void filter_check(struct router *router, struct join *join);
/* The same for all joins: behind a reload. */
void filter_check_all(struct router *router);
/* The join is about to be left. */
void filter_drop(struct join *join);
/* Asks anew which address to exclude: addresses or links changed. */
void filter_follow(struct router *router, struct iface *iface);
void filter_follow_all(struct router *router);
/* group.c: `name` may be a wildcard. */
struct group *group_find(const struct router *router, const char *name,
			 const struct prefix *source,
			 const struct prefix *group);
struct group *group_new(struct router *router, const char *name,
			const struct prefix *source,
			const struct prefix *group);
/*
 * Forgets the group.  Its joins are left in slices, newest first; a good number
 * at once by group_leave_at_once(), all of an interface (NULL: of all) by
 * group_leave_finish().
 */
void group_free(struct router *router, struct group *group);
void group_leave_at_once(struct router *router);
void group_leave_finish(struct router *router, const struct iface *iface);
/*
 * Joins it on all interfaces it names that are usable, the first slice of
 * each at once.  0, or -errno of the first join that the kernel refused with
 * their number in `diag`.
 */
int group_start(struct router *router, struct group *group,
		struct diag *diag);
/* The same again where joins were refused, or there was no memory for any. */
int group_restart(struct router *router, struct group *group,
		  struct diag *diag);
/* A slice of the joins, and one of the leaves, that are under way. */
void group_work(struct router *router);
void group_iface_usable(struct router *router, struct iface *iface);
void group_iface_unusable(struct router *router, struct iface *iface);

/* join.c: memberships, counted. */
int join_get(struct router *router, struct iface *iface,
	     const struct in6_addr *source, const struct in6_addr *group);
/*
 * What giving back has cost the kernel at most, which searches from the newest:
 * JOIN_COST_OTHERS is for some ten thousand newer ones.
 */
#define JOIN_COST_NEWEST 1
#define JOIN_COST_OTHERS 32
unsigned int join_put(struct router *router, struct iface *iface,
		      const struct in6_addr *source,
		      const struct in6_addr *group);
struct join *join_find(const struct router *router, const struct iface *iface,
		       const struct in6_addr *source,
		       const struct in6_addr *group);
/* True when the kernel has our join of any source. */
bool join_is_made(const struct router *router, unsigned int ifindex,
		  const struct in6_addr *group);

/*
 * member.c: counts our own memberships of one source, 0 or -ENOMEM; forgets
 * those of others on an interface that is gone; tells of them where rules or
 * policy changed: in a range (NULL: all) or everywhere.
 */
int member_own_get(struct router *router, const struct join *join);
void member_own_put(struct router *router, const struct join *join);
void member_forget_iface(struct router *router, unsigned int ifindex);
/* The interface is there; who joined on it may have been told before. */
void member_follow_iface(struct router *router, const struct iface *iface);
void member_check_iface(struct router *router, const struct iface *iface,
			const struct prefix *groups);
void member_check_all(struct router *router);
void member_free_all(struct router *router);

/*
 * wild.c: statements with a wildcard IIF.  They become a rule of their own for
 * each interface that matches, now or later.  0 or -errno.
 */
int wild_add(struct router *router, const struct directive *directive);
/* The same for interfaces that come later only. */
int wild_keep(struct router *router, const struct directive *directive);
/* Takes the OIFs off it, or all of it when none are named.  0 or -ENOENT. */
int wild_del(struct router *router, const struct directive *directive);
void wild_iface_usable(struct router *router, struct iface *iface);
void wild_iface_unusable(struct router *router, struct iface *iface);
/* Drops what the reload of this generation did not name. */
void wild_sweep(struct router *router);
void wild_free_all(struct router *router);

/* statement.c: an mroute directive on one interface. */

/*
 * Finds or adds the rule and unites its OIFs with the directive's; the first
 * time in a reload it replaces them.  `flag` is RULE_EXPLICIT or RULE_WILD.
 */
int statement_apply(struct router *router, struct iface *iif,
		    const struct directive *directive, uint8_t flag,
		    struct rule **ret);

/*
 * reload.c.  reload_forget(): the rule is about to be deleted.
 * reload_holds_vifs(): VIFs of the old file are not yet released, that there
 * is no free one says nothing.  reload_is_staging(): what is staged for a rule
 * now will come into effect.
 */
bool reload_is_staging(const struct router *router);
bool reload_holds_vifs(const struct router *router);
void reload_forget(struct router *router, const struct rule *rule);
/* The place of the line at hand among all lines. */
uint32_t reload_line(const struct router *router);
void reload_free(struct router *router);

/* Takes the OIFs off the rule, or deletes it when none are named. */
int statement_remove(struct router *router, struct rule *rule,
		     const struct directive *directive);
/* -EPERM with the reason when policy refuses the directive as a hairpin. */
int statement_check_policy(const struct router *router,
			   const struct directive *directive,
			   struct diag *diag);
/* -E2BIG when it names more OIFs than there can be VIFs. */
int statement_check_size(const struct directive *directive, struct diag *diag);
/* True when it names `name` as an OIF in so many letters. */
bool statement_names(const struct directive *directive, const char *name);
/* Prefixes are the same when they mean the same range. */
void statement_key_fill(const char *name, const struct prefix *source,
			const struct prefix *group,
			struct statement_key *ret);

#endif
