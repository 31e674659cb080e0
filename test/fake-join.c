/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships of the fake kernel: which socket holds one, and what it excludes.
 * Knows nothing of routes.
 */
#include "test/fake-internal.h"

#include <errno.h>
#include <string.h>

static struct fake_join *join_find(struct fake_kernel *fake,
				   const struct join_key *key)
{
	for (size_t i = 0; i < fake->n_joins; i++) {
		const struct join_key *k = &fake->joins[i].key;

		if (k->ifindex == key->ifindex &&
		    addr_equal(&k->source, &key->source) &&
		    addr_equal(&k->group, &key->group))
			return &fake->joins[i];
	}
	return NULL;
}

static void say_join(struct fake_kernel *fake, const char *word,
		     const struct join_key *key, uint32_t slot)
{
	fake_say(fake, "%s if %u ", word, key->ifindex);
	fake_say_pair(fake, &key->source, &key->group);
	fake_say(fake, " slot %u", slot);
}

static uint32_t slot_find(const struct fake_kernel *fake)
{
	for (uint32_t slot = 0; slot < FAKE_SLOT_MAX; slot++)
		if (fake->slots[slot] < FAKE_SLOT_JOINS)
			return slot;
	fake_kernel_abort(fake, "no free slot");
}

int fake_join(void *ctx, const struct join_key *key,
		     uint32_t *ret_slot)
{
	struct fake_kernel *fake = ctx;
	struct fake_join *join = join_find(fake, key);
	uint32_t slot = join ? join->slot : slot_find(fake);
	size_t start = fake->len;
	int err;

	say_join(fake, "join", key, slot);
	err = fake_call_end(fake, FAKE_JOIN, start);
	if (join && !join->stuck)
		fake_kernel_abort(fake, "joined twice");
	if (err)
		return err;
	if (!join) {
		if (fake->n_joins == FAKE_JOIN_MAX)
			return -ENOBUFS;
		join = &fake->joins[fake->n_joins++];
		memset(join, 0, sizeof(*join));
		join->key = *key;
		join->slot = slot;
		fake->slots[slot]++;
	}
	join->stuck = false;
	*ret_slot = slot;
	return 0;
}

static struct fake_join *join_check(struct fake_kernel *fake,
				    const struct join_key *key, uint32_t slot)
{
	struct fake_join *join = join_find(fake, key);

	if (!join || join->slot != slot)
		fake_kernel_abort(fake, "not joined in this slot");
	return join;
}

int fake_leave(void *ctx, const struct join_key *key, uint32_t slot)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	struct fake_join *join;
	int err;

	say_join(fake, "leave", key, slot);
	err = fake_call_end(fake, FAKE_LEAVE, start);
	join = join_check(fake, key, slot);
	join->stuck = err != 0;
	if (err)
		return err;
	fake->slots[slot]--;
	*join = fake->joins[--fake->n_joins];
	return 0;
}

static size_t block_find(const struct fake_join *join,
			 const struct in6_addr *source)
{
	size_t i;

	for (i = 0; i < join->n_blocked; i++)
		if (addr_equal(&join->blocked[i], source))
			break;
	return i;
}

int fake_block(void *ctx, const struct join_key *key, uint32_t slot,
		      const struct in6_addr *source)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	struct fake_join *join;
	char addr[ADDR_STRLEN];
	int err;

	say_join(fake, "block", key, slot);
	fake_say(fake, " source %s", addr_format(source, addr));
	err = fake_call_end(fake, FAKE_BLOCK, start);
	join = join_check(fake, key, slot);
	if (addr_family(&key->group) != FAMILY_IPV4 ||
	    !addr_is_any(&key->source) ||
	    addr_family(source) != FAMILY_IPV4)
		fake_kernel_abort(fake, "only IPv4 ASM joins can block");
	if (block_find(join, source) < join->n_blocked)
		return err ? err : -EADDRNOTAVAIL;
	if (err || join->n_blocked == FAKE_BLOCK_MAX)
		return err ? err : -ENOBUFS;
	join->blocked[join->n_blocked++] = *source;
	return 0;
}

int fake_unblock(void *ctx, const struct join_key *key, uint32_t slot,
			const struct in6_addr *source)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	struct fake_join *join;
	char addr[ADDR_STRLEN];
	size_t i;
	int err;

	say_join(fake, "unblock", key, slot);
	fake_say(fake, " source %s", addr_format(source, addr));
	err = fake_call_end(fake, FAKE_UNBLOCK, start);
	join = join_check(fake, key, slot);
	i = block_find(join, source);
	if (i == join->n_blocked)
		fake_kernel_abort(fake, "this source is not blocked");
	if (err)
		return err;
	join->blocked[i] = join->blocked[--join->n_blocked];
	return 0;
}

int fake_pick_source(void *ctx, unsigned int ifindex,
			    const struct in6_addr *group,
			    struct in6_addr *ret)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	char addr[ADDR_STRLEN];
	int err;

	fake_say(fake, "pick_source if %u %s", ifindex,
		 addr_format(group, addr));
	err = fake_call_end(fake, FAKE_PICK_SOURCE, start);
	if (err)
		return err;
	for (size_t i = 0; i < fake->n_sources; i++) {
		if (fake->sources[i].ifindex == ifindex) {
			*ret = fake->sources[i].addr;
			return 0;
		}
	}
	return -EADDRNOTAVAIL;
}
