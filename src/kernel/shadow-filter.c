/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stop filters of the shadow table, and when they have been idle for too long.
 * The list stays in order of due time by appending alone.
 */
#include "config.h"

#include <errno.h>

#include "kernel/mroute.h"
#include "kernel/shadow-entry.h"

static void filter_append(struct shadow_table *table,
			  struct shadow_entry *entry, double now)
{
	entry->due = now + table->idle / SHADOW_LOOKS;
	DL_APPEND(table->filters, entry);
}

static void filter_drop(struct shadow_table *table, struct shadow_entry *entry)
{
	shadow_entry_forget_filter(table, entry);
	shadow_entry_settle(table, entry);
}

int shadow_table_filter(struct shadow_table *table, const struct upcall *upcall,
			double now)
{
	struct shadow_entry *entry =
		shadow_entry_get(table, &upcall->source, &upcall->group);
	int err;

	if (!entry)
		return -ENOMEM;
	/* The packet overtook the entry, or somebody took that away. */
	if (entry->held != SHADOW_NOTHING)
		return shadow_entry_repeat(table, entry);

	if (table->n_filters >= SHADOW_FILTER_MAX)
		filter_drop(table, table->filters);
	err = shadow_entry_stop(table, entry, upcall->vif);
	if (err) {
		shadow_entry_settle(table, entry);
		return err;
	}
	entry->route.parent = upcall->vif;
	entry->filter = true;
	entry->idle_looks = 0;
	entry->packets = shadow_entry_packets(table, entry);
	filter_append(table, entry, now);
	table->n_filters++;
	return 0;
}

void shadow_table_forget(struct shadow_table *table,
			 const struct in6_addr *source)
{
	struct shadow_entry *entry, *tmp;

	DL_FOREACH_SAFE(table->filters, entry, tmp) {
		if (addr_equal(&entry->flow.source, source))
			filter_drop(table, entry);
	}
	DL_FOREACH_SAFE2(table->owns, entry, tmp, own_next) {
		if (addr_equal(&entry->flow.source, source)) {
			shadow_entry_forget_own(table, entry);
			shadow_entry_settle(table, entry);
		}
	}
}

static void filter_look(struct shadow_table *table, struct shadow_entry *entry,
			double now)
{
	uint64_t packets = shadow_entry_packets(table, entry);

	entry->idle_looks = packets == entry->packets ? entry->idle_looks + 1 :
							0;
	entry->packets = packets;
	if (entry->idle_looks >= SHADOW_LOOKS) {
		filter_drop(table, entry);
		return;
	}
	DL_DELETE(table->filters, entry);
	filter_append(table, entry, now);
}

double shadow_table_expire(struct shadow_table *table, double now)
{
	unsigned int i;

	if (table->idle <= 0)
		return -1;
	for (i = 0;
	     i < SHADOW_SLICE && table->filters && table->filters->due <= now;
	     i++)
		filter_look(table, table->filters, now);
	return table->filters ? table->filters->due : -1;
}
