/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow table: a second IPv4 multicast routing table for looped copies.
 * It has the VIFs of the main table under the same numbers, and
 *
 *   stop entries	of hairpin entries: no OIF
 *   own routes		entries of own sources, as the main table has them
 *   stop filters	of what else leaves an interface where it is joined
 *
 * All of it is kept here as well: before the table is made, only VIFs and own
 * routes come, and they are put into it when it is.
 */
#ifndef KERNEL_SHADOW_TABLE_H
#define KERNEL_SHADOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel.h"
#include "lib/hash.h"

struct diag;

/* The shadow table of main table N (0: the default one) is N more than this. */
#define SHADOW_ID_BASE 100000000u

/* How many numbers behind that are tried when it is in use. */
#define SHADOW_ID_MORE 16

/* Kernel: table IDs are below this (ipmr_new_table()). */
#define SHADOW_ID_END 1000000000u

/*
 * Most stop filters.  One that is looked at next gives way to a new one; should
 * its flow go on, it costs an upcall.
 */
#define SHADOW_FILTER_MAX 65536

/* Looks at a stop filter in its idle time: how late its end may be. */
#define SHADOW_LOOKS 4

/* Stop filters looked at in one shadow_table_expire(). */
#define SHADOW_SLICE 256

struct shadow_entry;
struct shadow_key;

struct shadow_vif {
	unsigned int ifindex;	/* 0: none */
	int err;		/* -errno: the kernel refused it */
};

struct shadow_table {
	int fd;				/* -1: not made */
	uint32_t id;			/* in the kernel */
	double idle;			/* -c, seconds; 0: for ever */
	struct shadow_vif vifs[VIF_MAX];
	struct shadow_entry *entries;
	struct shadow_entry *owns;	/* own routes */
	struct shadow_entry *filters;	/* stop filters, by due time */
	size_t n_filters;
};

/* Nothing of it is in the kernel.  `idle` in seconds, 0: filters stay. */
void shadow_table_init(struct shadow_table *table, double idle);

/* Closes it and forgets all. */
void shadow_table_fini(struct shadow_table *table);

/*
 * Makes the table of `main` in the kernel, if it is not there, and puts in what
 * is kept here.  -errno with the reason in `diag`: -EPERM, -EADDRINUSE all
 * numbers are taken, -EPROTONOSUPPORT not in this kernel.
 */
int shadow_table_open(struct shadow_table *table, uint32_t main,
		      struct diag *diag);

/*
 * VIFs of the main table.  That one is refused is no error of the call, but of
 * shadow_table_vif() for its interface, which asks for it once more; as is
 * -ENODEV: it has no VIF.
 */
void shadow_table_vif_add(struct shadow_table *table, unsigned int vif,
			  unsigned int ifindex);
void shadow_table_vif_del(struct shadow_table *table, unsigned int vif);
int shadow_table_vif(struct shadow_table *table, unsigned int ifindex,
		     unsigned int *ret);

/*
 * The stop entry of a key.  add: 1 it is in place now, 0 it was before; del:
 * 1 it was there, 0 it was not.  Else -errno and nothing has changed (add), or
 * -errno and the key is forgotten (del).
 */
int shadow_table_key_add(struct shadow_table *table,
			 const struct guard_key *key);
int shadow_table_key_del(struct shadow_table *table,
			 const struct guard_key *key);

/* The copies that it stopped; -ENOENT: it is not there. */
int shadow_table_key_count(const struct shadow_table *table,
			   const struct guard_key *key, uint64_t *ret);

/*
 * An entry of an own source, as the main table has it.  A stop entry of the
 * same source and group gives way to it: the source is no stranger any more.
 * shadow_table_key_add() is the way back.
 */
int shadow_table_own_set(struct shadow_table *table,
			 const struct mfc_route *route);
/* What is not there is no error. */
int shadow_table_own_del(struct shadow_table *table,
			 const struct in6_addr *source,
			 const struct in6_addr *group);
/* Puts an own route in once more; -ENOENT: there is none. */
int shadow_table_own_repeat(struct shadow_table *table,
			    const struct in6_addr *source,
			    const struct in6_addr *group);
/* What the kernel counted for an own route; -ENOENT: it has none of that. */
int shadow_table_own_count(const struct shadow_table *table,
			   const struct in6_addr *source,
			   const struct in6_addr *group,
			   struct mfc_count *ret);

/* A stop filter for looped copies on that VIF; `now` in seconds. */
int shadow_table_filter(struct shadow_table *table,
			const struct upcall *upcall, double now);

/* Drops stop filters and own routes of that source. */
void shadow_table_forget(struct shadow_table *table,
			 const struct in6_addr *source);

/*
 * Drops a slice of the stop filters that are idle.  Returns when to call again,
 * or a negative number: not before the next shadow_table_filter().
 */
double shadow_table_expire(struct shadow_table *table, double now);

#endif
