/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets and their shares, found by interface and group.  Must not know
 * sockets.
 */
#include "kernel/join-target.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/hash.h"

struct target *target_find(const struct htable *targets, unsigned int ifindex,
			   const struct in6_addr *group)
{
	struct target_key wanted = { *group, ifindex };

	return htable_find(targets, &wanted);
}

struct target *target_get(struct htable *targets, unsigned int ifindex,
			  const struct in6_addr *group)
{
	const struct target_key key = { *group, ifindex };
	uint32_t hash = htable_hash(targets, &key);
	struct target *target = htable_find_hashed(targets, &key, hash);

	if (target)
		return target;

	target = calloc(1, sizeof(*target));
	if (!target)
		return NULL;

	target->key = key;
	if (htable_add_hashed(targets, target, hash)) {
		free(target);
		return NULL;
	}
	target->n_shares = 1;
	DL_APPEND(target->empty, &target->first);
	return target;
}

void target_put(struct htable *targets, struct target *target)
{
	uint32_t i;

	if (target->used)
		return;

	htable_del(targets, target);
	for (i = 0; i + 1 < target->n_shares; i++)
		free(target->more[i]);
	free(target->more);
	free(target);
}

struct share *target_share(struct target *target, uint32_t level)
{
	if (level >= target->n_shares)
		return NULL;
	return level ? target->more[level - 1] : &target->first;
}

/* The array doubles at powers of two. */
int target_add_share(struct target *target)
{
	uint32_t n = target->n_shares - 1;
	struct share **more;
	struct share *share;

	if (!(n & (n - 1))) {
		more = realloc(target->more,
			       (n ? n * 2 : 1) * sizeof(struct share *));
		if (!more)
			return -ENOMEM;
		target->more = more;
	}

	share = calloc(1, sizeof(*share));
	if (!share)
		return -ENOMEM;

	share->level = target->n_shares++;
	target->more[n] = share;
	DL_PREPEND(target->empty, share);
	return 0;
}
