/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys in order of when they are to go.  Must not know time, nor how a key
 * goes.  The order is that of adding, which the table keeps.
 */
#include "kernel/nft-late.h"

#include <errno.h>
#include <stdlib.h>

struct late_id {
	struct in6_addr source;
	struct in6_addr group;
	unsigned int ifindex;
};

struct late_key {
	struct htable_node node;
	struct late_id id;
	double due;
};

static struct late_key *late_find(const struct nft_late *late,
				  const struct guard_key *key)
{
	const struct late_id id = { key->source, key->group, key->ifindex };

	if (!late->keys.n)
		return NULL;
	return htable_find(&late->keys, &id);
}

static void late_free(struct nft_late *late, struct late_key *key)
{
	htable_del(&late->keys, key);
	free(key);
}

void nft_late_init(struct nft_late *late)
{
	late->keys = HTABLE_INIT(struct late_key, id);
}

void nft_late_clear(struct nft_late *late)
{
	struct late_key *key, *tmp;

	HTABLE_FOREACH_SAFE(&late->keys, key, tmp)
		late_free(late, key);
	htable_fini(&late->keys);
	nft_late_init(late);
}

int nft_late_put(struct nft_late *late, const struct guard_key *key,
		 double due)
{
	struct late_key *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	nft_late_drop(late, key);
	new->id = (struct late_id){ key->source, key->group, key->ifindex };
	new->due = due;
	if (htable_add(&late->keys, new)) {
		free(new);
		return -ENOMEM;
	}
	return 0;
}

bool nft_late_has(const struct nft_late *late, const struct guard_key *key)
{
	return late_find(late, key);
}

void nft_late_drop(struct nft_late *late, const struct guard_key *key)
{
	struct late_key *found = late_find(late, key);

	if (found)
		late_free(late, found);
}

size_t nft_late_due(const struct nft_late *late, double now,
		    struct guard_key *ret, size_t max)
{
	const struct late_key *key = htable_first(&late->keys);
	size_t n = 0;

	for (; key && key->due <= now && n < max; key = htable_next(key))
		ret[n++] = (struct guard_key){
			.source = key->id.source,
			.group = key->id.group,
			.ifindex = key->id.ifindex,
		};
	return n;
}

bool nft_late_next(const struct nft_late *late, double *ret)
{
	const struct late_key *key = htable_first(&late->keys);

	if (key)
		*ret = key->due;
	return key;
}
