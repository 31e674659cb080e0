/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One (S,G) of the shadow table and its reasons: keys, an own route, or that it
 * is a stop filter.  For shadow-table.c and shadow-filter.c alone.
 */
#ifndef KERNEL_SHADOW_ENTRY_H
#define KERNEL_SHADOW_ENTRY_H

#include "kernel/shadow-table.h"

/* What the kernel's entry does. */
enum shadow_held {
	SHADOW_NOTHING,		/* there is none */
	SHADOW_STOP,
	SHADOW_OWN,
};

struct shadow_flow {
	struct in6_addr source;
	struct in6_addr group;
};

/* Of an entry, one for each interface that wants it to stop copies. */
struct shadow_key {
	struct shadow_key *prev, *next;		/* entry->keys */
	struct shadow_entry *entry;
	unsigned int ifindex;
	uint64_t base;		/* packets counted before it came */
};

struct shadow_entry {
	UT_hash_handle hh;
	struct shadow_flow flow;
	enum shadow_held held;

	struct shadow_key *keys;

	bool own;
	struct mfc_route route;			/* ->own; else its IIF */
	struct shadow_entry *own_prev, *own_next;

	bool filter;
	double due;				/* when to look at it */
	unsigned int idle_looks;
	uint64_t packets;			/* at the last look */
	struct shadow_entry *prev, *next;	/* table->filters */
};

/* NULL: none, or (get) out of memory. */
struct shadow_entry *shadow_entry_find(const struct shadow_table *table,
				       const struct in6_addr *source,
				       const struct in6_addr *group);
struct shadow_entry *shadow_entry_get(struct shadow_table *table,
				      const struct in6_addr *source,
				      const struct in6_addr *group);

/* Makes the kernel's entry one without OIFs; `vif` is its IIF. */
int shadow_entry_stop(struct shadow_table *table, struct shadow_entry *entry,
		      unsigned int vif);
/* Makes it entry->route; nothing, while there is no table. */
int shadow_entry_mirror(struct shadow_table *table,
			struct shadow_entry *entry);
/* Puts in once more what is there, should somebody have taken it away. */
int shadow_entry_repeat(struct shadow_table *table,
			struct shadow_entry *entry);

/* Packets that the kernel counted for it. */
uint64_t shadow_entry_packets(const struct shadow_table *table,
			      const struct shadow_entry *entry);

/* One reason less; shadow_entry_settle() comes next. */
void shadow_entry_forget_filter(struct shadow_table *table,
				struct shadow_entry *entry);
void shadow_entry_forget_own(struct shadow_table *table,
			     struct shadow_entry *entry);

/*
 * Makes the kernel's entry what the reasons that are left ask for; without any
 * the entry is freed.  -errno: what the kernel said, freed or not.
 */
int shadow_entry_settle(struct shadow_table *table,
			struct shadow_entry *entry);

#endif
