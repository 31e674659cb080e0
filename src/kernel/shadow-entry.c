/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an entry of the shadow table is in the kernel.  Knows which of its
 * reasons comes first; must not know where the reasons come from.
 */
#include "config.h"

#include <stdlib.h>

#include "kernel/mroute.h"
#include "kernel/shadow-entry.h"

struct shadow_entry *shadow_entry_find(const struct shadow_table *table,
				       const struct in6_addr *source,
				       const struct in6_addr *group)
{
	const struct shadow_flow flow = { *source, *group };
	struct shadow_entry *entry;

	HASH_FIND(hh, table->entries, &flow, sizeof(flow), entry);
	return entry;
}

struct shadow_entry *shadow_entry_get(struct shadow_table *table,
				      const struct in6_addr *source,
				      const struct in6_addr *group)
{
	struct shadow_entry *entry = shadow_entry_find(table, source, group);

	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;

	entry->flow = (struct shadow_flow){ *source, *group };
	HASH_ADD(hh, table->entries, flow, sizeof(entry->flow), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	return entry;
}

int shadow_entry_stop(struct shadow_table *table, struct shadow_entry *entry,
		      unsigned int vif)
{
	struct mfc_route route = {
		.source = entry->flow.source,
		.group = entry->flow.group,
		.parent = vif,
	};
	int err;

	if (entry->held == SHADOW_STOP)
		return 0;
	err = mroute4_ops.mfc_set(table->fd, &route);
	if (!err)
		entry->held = SHADOW_STOP;
	return err;
}

int shadow_entry_mirror(struct shadow_table *table, struct shadow_entry *entry)
{
	int err;

	if (table->fd < 0)
		return 0;
	err = mroute4_ops.mfc_set(table->fd, &entry->route);
	if (!err)
		entry->held = SHADOW_OWN;
	return err;
}

int shadow_entry_repeat(struct shadow_table *table, struct shadow_entry *entry)
{
	if (entry->held == SHADOW_OWN)
		return shadow_entry_mirror(table, entry);
	entry->held = SHADOW_NOTHING;
	return shadow_entry_stop(table, entry, entry->route.parent);
}

uint64_t shadow_entry_packets(const struct shadow_table *table,
			      const struct shadow_entry *entry)
{
	struct mfc_count count;

	if (entry->held == SHADOW_NOTHING ||
	    mroute4_ops.mfc_count(table->fd, &entry->flow.source,
				  &entry->flow.group, &count))
		return 0;
	return count.packets;
}

void shadow_entry_forget_filter(struct shadow_table *table,
				struct shadow_entry *entry)
{
	if (!entry->filter)
		return;
	DL_DELETE(table->filters, entry);
	table->n_filters--;
	entry->filter = false;
}

void shadow_entry_forget_own(struct shadow_table *table,
			     struct shadow_entry *entry)
{
	if (!entry->own)
		return;
	DL_DELETE2(table->owns, entry, own_prev, own_next);
	entry->own = false;
}

int shadow_entry_settle(struct shadow_table *table, struct shadow_entry *entry)
{
	int err = 0;

	if (entry->own && entry->held == SHADOW_STOP)
		return shadow_entry_mirror(table, entry);
	if (entry->own)
		return 0;
	if (entry->keys)
		return shadow_entry_stop(table, entry, entry->route.parent);
	if (entry->filter)
		return 0;

	if (entry->held != SHADOW_NOTHING)
		err = mroute4_ops.mfc_del(table->fd, &entry->flow.source,
					  &entry->flow.group);
	HASH_DEL(table->entries, entry);
	free(entry);
	return err;
}
