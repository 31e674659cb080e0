/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow table: its making, its VIFs, keys and own routes.  Must not know
 * policy rules, nor who is told of what.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/mroute.h"
#include "kernel/shadow-entry.h"
#include "lib/diag.h"

void shadow_table_init(struct shadow_table *table, double idle)
{
	*table = (struct shadow_table){ .fd = -1, .idle = idle };
}

/* VIFs */

static void vif_put(struct shadow_table *table, unsigned int vif)
{
	struct shadow_vif *slot = &table->vifs[vif];

	slot->err = mroute4_ops.vif_add(table->fd, vif, slot->ifindex);
}

void shadow_table_vif_add(struct shadow_table *table, unsigned int vif,
			  unsigned int ifindex)
{
	table->vifs[vif] = (struct shadow_vif){ .ifindex = ifindex };
	if (table->fd >= 0)
		vif_put(table, vif);
}

void shadow_table_vif_del(struct shadow_table *table, unsigned int vif)
{
	if (table->fd >= 0 && table->vifs[vif].ifindex)
		mroute4_ops.vif_del(table->fd, vif);
	table->vifs[vif] = (struct shadow_vif){ 0 };
}

int shadow_table_vif(struct shadow_table *table, unsigned int ifindex,
		     unsigned int *ret)
{
	unsigned int vif;

	for (vif = 0; vif < VIF_MAX; vif++) {
		if (!ifindex || table->vifs[vif].ifindex != ifindex)
			continue;
		if (table->vifs[vif].err && table->fd >= 0)
			vif_put(table, vif);
		if (table->vifs[vif].err)
			return table->vifs[vif].err;
		*ret = vif;
		return 0;
	}
	return -ENODEV;
}

/* The table */

static int no_table(int err, uint32_t first, struct diag *diag)
{
	if (err == -EADDRINUSE)
		return diag_set(diag, err,
				"multicast routing tables %u to %u "
				"are in use",
				first, first + SHADOW_ID_MORE);
	return err;
}

static int table_make(struct shadow_table *table, uint32_t main,
		      struct diag *diag)
{
	uint32_t first = SHADOW_ID_BASE + main;
	uint32_t id;
	int err = -EADDRINUSE;

	if (main >= SHADOW_ID_END - SHADOW_ID_BASE - SHADOW_ID_MORE)
		return diag_set(diag, -EINVAL,
				"no number for a second table "
				"beside %u",
				main);

	for (id = first; id <= first + SHADOW_ID_MORE; id++) {
		err = mroute_open(&mroute4_ops, 0, id, &table->fd, diag);
		if (err == -EADDRINUSE)
			continue;
		if (!err)
			table->id = id;
		break;
	}
	return no_table(err, first, diag);
}

static void table_close(struct shadow_table *table)
{
	if (table->fd < 0)
		return;
	mroute_close(&mroute4_ops, table->fd);
	table->fd = -1;
}

int shadow_table_open(struct shadow_table *table, uint32_t main,
		      struct diag *diag)
{
	struct shadow_entry *entry;
	unsigned int vif;
	int err;

	if (table->fd >= 0)
		return 0;
	err = table_make(table, main, diag);
	if (err)
		return err;

	for (vif = 0; vif < VIF_MAX; vif++) {
		if (table->vifs[vif].ifindex)
			vif_put(table, vif);
	}
	DL_FOREACH2(table->owns, entry, own_next) {
		err = shadow_entry_mirror(table, entry);
		if (err)
			goto err_close;
	}
	return 0;

err_close:
	DL_FOREACH2(table->owns, entry, own_next)
		entry->held = SHADOW_NOTHING;
	table_close(table);
	return diag_set(diag, err, "multicast routing table %u: %s", table->id,
			strerror(-err));
}

void shadow_table_fini(struct shadow_table *table)
{
	struct shadow_entry *entry, *tmp;
	struct shadow_key *key, *next;

	table_close(table);
	HASH_ITER(hh, table->entries, entry, tmp) {
		DL_FOREACH_SAFE(entry->keys, key, next)
			free(key);
		HASH_DEL(table->entries, entry);
		free(entry);
	}
	shadow_table_init(table, table->idle);
}

/* Keys */

static struct shadow_key *key_find(const struct shadow_table *table,
				   const struct guard_key *key)
{
	struct shadow_entry *entry =
		shadow_entry_find(table, &key->source, &key->group);
	struct shadow_key *found = NULL;

	if (entry)
		DL_SEARCH_SCALAR(entry->keys, found, ifindex, key->ifindex);
	return found;
}

static int key_put(struct shadow_table *table, struct shadow_entry *entry,
		   struct shadow_key *key)
{
	unsigned int vif;
	int err;

	err = shadow_table_vif(table, key->ifindex, &vif);
	if (!err)
		err = shadow_entry_stop(table, entry, vif);
	if (err)
		return err;

	/* It is one entry for all reasons: the kernel goes on counting. */
	key->base = shadow_entry_packets(table, entry);
	entry->route.parent = vif;
	shadow_entry_forget_own(table, entry);
	shadow_entry_forget_filter(table, entry);
	DL_APPEND(entry->keys, key);
	return 0;
}

int shadow_table_key_add(struct shadow_table *table,
			 const struct guard_key *guard_key)
{
	struct shadow_key *key = key_find(table, guard_key);
	struct shadow_entry *entry;
	int err;

	/* Not when an own route has the entry. */
	if (key && key->entry->held == SHADOW_STOP)
		return 0;
	if (table->fd < 0)
		return -ENOENT;
	if (key) {
		err = shadow_entry_stop(table, key->entry,
					key->entry->route.parent);
		if (!err)
			shadow_entry_forget_own(table, key->entry);
		return err;
	}

	entry = shadow_entry_get(table, &guard_key->source, &guard_key->group);
	key = calloc(1, sizeof(*key));
	if (!entry || !key) {
		err = -ENOMEM;
		goto err_free;
	}
	key->entry = entry;
	key->ifindex = guard_key->ifindex;
	err = key_put(table, entry, key);
	if (err)
		goto err_free;
	return 1;

err_free:
	free(key);
	if (entry)
		shadow_entry_settle(table, entry);
	return err;
}

int shadow_table_key_del(struct shadow_table *table,
			 const struct guard_key *guard_key)
{
	struct shadow_key *key = key_find(table, guard_key);
	struct shadow_entry *entry;
	int err;

	if (!key)
		return 0;
	entry = key->entry;
	DL_DELETE(entry->keys, key);
	free(key);
	err = shadow_entry_settle(table, entry);
	return err ? err : 1;
}

int shadow_table_key_count(const struct shadow_table *table,
			   const struct guard_key *guard_key, uint64_t *ret)
{
	const struct shadow_key *key = key_find(table, guard_key);

	if (!key)
		return -ENOENT;
	*ret = shadow_entry_packets(table, key->entry) - key->base;
	return 0;
}

/* Own routes */

int shadow_table_own_set(struct shadow_table *table,
			 const struct mfc_route *route)
{
	struct shadow_entry *entry =
		shadow_entry_get(table, &route->source, &route->group);

	if (!entry)
		return -ENOMEM;
	entry->route = *route;
	shadow_entry_forget_filter(table, entry);
	if (!entry->own)
		DL_APPEND2(table->owns, entry, own_prev, own_next);
	entry->own = true;
	return shadow_entry_mirror(table, entry);
}

int shadow_table_own_del(struct shadow_table *table,
			 const struct in6_addr *source,
			 const struct in6_addr *group)
{
	struct shadow_entry *entry = shadow_entry_find(table, source, group);

	if (!entry || !entry->own)
		return 0;
	shadow_entry_forget_own(table, entry);
	return shadow_entry_settle(table, entry);
}

int shadow_table_own_repeat(struct shadow_table *table,
			    const struct in6_addr *source,
			    const struct in6_addr *group)
{
	struct shadow_entry *entry = shadow_entry_find(table, source, group);

	if (!entry || !entry->own)
		return -ENOENT;
	return shadow_entry_mirror(table, entry);
}

int shadow_table_own_count(const struct shadow_table *table,
			   const struct in6_addr *source,
			   const struct in6_addr *group, struct mfc_count *ret)
{
	const struct shadow_entry *entry =
		shadow_entry_find(table, source, group);

	if (!entry || entry->held != SHADOW_OWN)
		return -ENOENT;
	return mroute4_ops.mfc_count(table->fd, source, group, ret);
}
