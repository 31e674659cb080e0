/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash tables for what there may be very many of: less than half the memory a
 * handle that uthash takes, and chains of one element on average instead of up
 * to ten, each of which is a cache miss.
 *
 * An element is a struct with its node as the first member, and a key of the
 * table's length at the table's offset, which must not change while it is in.
 * It belongs to the caller.  A walk sees the elements in the order in which
 * they were added.
 */
#ifndef LIB_HTABLE_H
#define LIB_HTABLE_H

#include <stddef.h>
#include <stdint.h>

struct htable_node {
	struct htable_node *chain;	/* same bucket */
	struct htable_node *prev, *next;	/* as added */
};

struct htable {
	struct htable_node **buckets;	/* 1 << shift; NULL: none yet */
	unsigned int shift;
	uint32_t n;			/* elements */
	struct htable_node *first, *last;
	uint16_t key_at;		/* offset in an element */
	uint16_t key_len;
};

/* A table of elements of `type` by that member. */
#define HTABLE_INIT(type, member) \
	((struct htable){ .key_at = offsetof(type, member), \
			 .key_len = sizeof(((type *)NULL)->member) })

/* Frees what the table took, not the elements that are still in it. */
void htable_fini(struct htable *table);

/* The element with that key, or NULL. */
void *htable_find(const struct htable *table, const void *key);

/*
 * Adds an element whose key is set, and which no other one in the table has.
 * 0 or -ENOMEM.
 */
int htable_add(struct htable *table, void *element);

/*
 * The same with the hash of the key, for who looks first and adds what is not
 * there: the hash is most of the cost of either.
 */
uint32_t htable_hash(const struct htable *table, const void *key);
void *htable_find_hashed(const struct htable *table, const void *key,
			 uint32_t hash);
int htable_add_hashed(struct htable *table, void *element, uint32_t hash);

/* Takes out an element that is in the table. */
void htable_del(struct htable *table, void *element);

static inline void *htable_first(const struct htable *table)
{
	return table->first;
}

/* The element that was added behind this one, or NULL. */
static inline void *htable_next(const void *element)
{
	return ((const struct htable_node *)element)->next;
}

/* `element` may be taken out on the way, the one behind it not. */
#define HTABLE_FOREACH_SAFE(table, element, tmp) \
	for ((element) = htable_first(table); \
	     (element) && ((tmp) = htable_next(element), 1); (element) = (tmp))

#endif
