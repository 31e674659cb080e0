/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The router: rules and memberships as configured, interfaces as they are, and
 * the kernel entries that follow from both.  This is the whole of core as the
 * daemon sees it; each call is one event and leaves kernel and mirror agreeing.
 *
 * Addresses are IPv4-mapped, times are seconds of any steady clock.
 */
#ifndef CORE_ROUTER_H
#define CORE_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "core/directive.h"
#include "core/kernel.h"
#include "core/note.h"

struct diag;
struct router;

/*
 * A learned entry that a rule covers is in the kernel, or was moved to another
 * IIF there.  Must not call the router.
 */
typedef void installed_fn(void *ctx, const struct in6_addr *source,
			  const struct in6_addr *group);

struct router_config {
	const struct kernel_ops *ops;
	void *kernel;			/* context of `ops` */
	note_fn *note;
	void *note_ctx;
	installed_fn *installed;	/* may be NULL */
	void *installed_ctx;
	enum note_level note_level;	/* notes above it are not made */
	enum policy policy;		/* -H, else POLICY_UNSET */
	double idle;			/* -c: seconds, 0: never expire */
	bool verify;			/* -F: report as for a check */
};

/* NULL: out of memory.  `config` is copied. */
struct router *router_new(const struct router_config *config);

/* Takes everything out of the kernel, routes before guards, and frees. */
void router_free(struct router *router);

/*
 * Interfaces.  router_link() for every new or changed one, router_unlink() for
 * one that is gone.  Between router_resync_begin() and _end() all existing
 * interfaces and addresses are told anew; what was not told is gone.  -ENOMEM:
 * this one is not known, all have to be told anew.
 */
int router_link(struct router *router, const struct link_info *link);
void router_unlink(struct router *router, unsigned int ifindex);
int router_addr_add(struct router *router, unsigned int ifindex,
		    const struct in6_addr *addr);
void router_addr_del(struct router *router, unsigned int ifindex,
		     const struct in6_addr *addr);
void router_resync_begin(struct router *router);
void router_resync_end(struct router *router);

/*
 * A packet without, or against, its entry.  Upcalls of one burst share guard
 * transactions: call router_commit() behind the last.
 */
void router_upcall(struct router *router, const struct upcall *upcall,
		   double now);
void router_commit(struct router *router);

/*
 * Client commands.  -errno with the reason in `diag`; on failure nothing is
 * changed.  add and join: -ENODEV unknown interface, -EEXIST (join) already
 * joined, -EPERM refused by policy, -EOPNOTSUPP no guard; remove and leave:
 * -ENOENT no such rule.
 */
int router_add(struct router *router, const struct directive *directive,
	       struct diag *diag);
/*
 * The same for `n` directives, with `ret_errs` and `diags` of `n` each: as one
 * after the other, but guards share their transactions.
 */
void router_add_many(struct router *router,
		     const struct directive *const *directives, size_t n,
		     int *ret_errs, struct diag *diags);

int router_remove(struct router *router, const struct directive *directive,
		  struct diag *diag);
void router_remove_many(struct router *router,
			const struct directive *const *directives, size_t n,
			int *ret_errs, struct diag *diags);
int router_join(struct router *router, const struct directive *directive,
		struct diag *diag);
int router_leave(struct router *router, const struct directive *directive,
		 struct diag *diag);

/*
 * Drops all learned entries and stop filters; many in slices, see
 * router_work().  What is learned from now on stays.
 */
void router_flush(struct router *router);

/*
 * Replaces the configuration by `directives`, changing only what differs; also
 * the first configuration.  Each finding goes to `report`.  Returns the number
 * of directives that were in error (their good parts are in effect).
 */
size_t router_reload(struct router *router,
		     const struct directive *const *directives, size_t n,
		     report_fn *report, void *arg);

/*
 * The same in slices, other events being served between them: begin, then step
 * while it returns true; then `ret_errors` is the number of directives that
 * were in error.  `directives` are borrowed until then; no client command may
 * be given meanwhile, see router_is_busy().  router_free() may come at any
 * time.  0, or -ENOMEM and nothing is changed.
 */
int router_reload_begin(struct router *router,
			const struct directive *const *directives, size_t n,
			report_fn *report, void *arg);
bool router_reload_step(struct router *router, size_t *ret_errors);

/*
 * A guard works no longer on an interface (0: on all): its keys there may be
 * gone from the kernel.  Or some guard may be had that could not be so far.
 */
void router_guard_lost(struct router *router, enum guard guard,
		       unsigned int ifindex, const char *cause);
void router_guard_retry(struct router *router);

/*
 * True when a policy in force, of all or of a `phyint` line, allows the guard:
 * what it needs of the system must not be given up.
 */
bool router_may_use(const struct router *router, enum guard guard);

/*
 * A key of netfilter that is given up does no harm for a moment: it drops looped
 * copies alone, and nobody wants these.
 */
bool router_may_linger(const struct router *router,
		       const struct guard_key *key);

/*
 * True when flows that come in on that interface may still be relayed: there
 * are hairpin rules, and the relay is what guards them.
 */
bool router_wants_relay(struct router *router, enum family family,
			unsigned int ifindex);

/* True for an address of this host. */
bool router_owns(const struct router *router, const struct in6_addr *addr);

/*
 * Time passes.  Of calls that have no `now` the last one told holds, so tell it
 * before each round of events.
 */
void router_time(struct router *router, double now);

/*
 * Who else has joined.  Memberships of others (programs, the kernel) on groups
 * that are forwarded, as they come and go; what is told again is no news.  They
 * matter only while there are hairpin rules: router_has_hairpins().
 *
 * To read all anew, in slices: router_members_begin(), then each is told, then
 * router_members_sweep() while it returns true.  Each call of that drops at
 * most `max` of those that were told neither since that begin nor since the one
 * before it: a list that changes while it is read may hide one once.
 * router_members_missing(): some were not told this time.
 */
void router_member(struct router *router, unsigned int ifindex,
		   const struct in6_addr *group, bool other);
void router_members_begin(struct router *router);
bool router_members_sweep(struct router *router, unsigned int max);
bool router_members_missing(const struct router *router);
bool router_has_hairpins(const struct router *router);

/* Expires a slice of the idle entries that are due. */
void router_tick(struct router *router, double now);

/* When the next router_tick() is needed; a negative number: never. */
double router_due(const struct router *router);

/*
 * Work that is done in slices: large joins, flushes, and what a template covers.
 * router_work() does one and returns true while there is more.
 */
bool router_work(struct router *router);
bool router_has_work(const struct router *router);

/* How many there are, those that wait for their interface included. */
struct router_size {
	size_t routes;			/* rules, not what they become */
	size_t groups;
};

void router_size(const struct router *router, struct router_size *ret);

/*
 * True while a reload or the effect of a command is under way: the client is
 * to wait for its reply, and commands of others for their turn.
 */
bool router_is_busy(const struct router *router);

#endif
