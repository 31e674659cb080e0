/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash tables with the nodes in the elements.  Knows keys as bytes; must not
 * know what they mean.
 */
#include "lib/htable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

/* Buckets of the first element: 1 << this. */
#define SHIFT_FIRST 5

static const void *element_key(const struct htable *table,
			       const struct htable_node *node)
{
	return (const char *)node + table->key_at;
}

static struct htable_node **htable_bucket(const struct htable *table,
					  uint32_t hash)
{
	return &table->buckets[hash & ((UINT32_C(1) << table->shift) - 1)];
}

static uint32_t htable_node_hash(const struct htable *table,
				 const struct htable_node *node)
{
	return htable_hash(table, element_key(table, node));
}

static void htable_chain(struct htable *table, struct htable_node *node,
			 uint32_t hash)
{
	struct htable_node **bucket = htable_bucket(table, hash);

	node->chain = *bucket;
	*bucket = node;
}

static int htable_resize(struct htable *table, unsigned int shift)
{
	struct htable_node **buckets, *node;

	buckets = calloc((size_t)1 << shift, sizeof(struct htable_node *));
	if (!buckets)
		return -ENOMEM;
	free(table->buckets);
	table->buckets = buckets;
	table->shift = shift;
	for (node = table->first; node; node = node->next)
		htable_chain(table, node, htable_node_hash(table, node));
	return 0;
}

/* A table that cannot grow goes on with longer chains. */
static int htable_make_room(struct htable *table)
{
	if (!table->buckets)
		return htable_resize(table, SHIFT_FIRST);
	if (table->n >> table->shift && table->shift < 31)
		htable_resize(table, table->shift + 1);
	return 0;
}

void htable_fini(struct htable *table)
{
	free(table->buckets);
	table->buckets = NULL;
	table->first = table->last = NULL;
	table->n = 0;
}

uint32_t htable_hash(const struct htable *table, const void *key)
{
	return hash_bytes(key, table->key_len);
}

void *htable_find_hashed(const struct htable *table, const void *key,
			 uint32_t hash)
{
	struct htable_node *node;

	if (!table->buckets)
		return NULL;
	for (node = *htable_bucket(table, hash); node; node = node->chain)
		if (memcmp(element_key(table, node), key, table->key_len) == 0)
			return node;
	return NULL;
}

void *htable_find(const struct htable *table, const void *key)
{
	if (!table->buckets)
		return NULL;
	return htable_find_hashed(table, key, htable_hash(table, key));
}

int htable_add_hashed(struct htable *table, void *element, uint32_t hash)
{
	struct htable_node *node = element;

	if (htable_make_room(table))
		return -ENOMEM;
	htable_chain(table, node, hash);
	node->prev = table->last;
	node->next = NULL;
	if (table->last)
		table->last->next = node;
	else
		table->first = node;
	table->last = node;
	table->n++;
	return 0;
}

int htable_add(struct htable *table, void *element)
{
	return htable_add_hashed(table, element,
				 htable_node_hash(table, element));
}

static void htable_unchain(struct htable *table, struct htable_node *node)
{
	struct htable_node **at = htable_bucket(table,
						htable_node_hash(table, node));

	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
}

void htable_del(struct htable *table, void *element)
{
	struct htable_node *node = element;

	htable_unchain(table, node);
	if (node->prev)
		node->prev->next = node->next;
	else
		table->first = node->next;
	if (node->next)
		node->next->prev = node->prev;
	else
		table->last = node->prev;
	if (--table->n == 0)
		htable_fini(table);
}
