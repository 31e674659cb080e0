/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which socket holds which membership.  Knows the kernel's limits only by
 * running into them; must not know socket options (join-sock.c), nor why
 * something is joined.
 *
 * The memberships of one group on one interface are a `target`.  What one
 * socket holds of a target is a `share`: one membership of any source, or some
 * sources.  A full share is followed by another on another socket.  So that a
 * socket with room is found without a search, sockets are in levels: the n-th
 * share of any target is on a socket of level n.  A socket thus never holds two
 * shares of one target, and any socket of the level that has room will do.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/join-sock.h"
#include "kernel/join-target.h"
#include "kernel/join.h"
#include "lib/hash.h"
#include "lib/htable.h"

#define SLOT_NONE UINT32_MAX

struct join_socket {
	struct join_socket *prev, *next;	/* of its level, with room */
	int fd;
	enum family family;
	uint32_t slot;
	uint32_t level;
	uint32_t shares;		/* memberships in the kernel's count */
	bool room;			/* is in that list */
};

struct slot {
	struct join_socket *socket;	/* NULL: free */
	uint32_t next_free;
};

struct join_pool {
	struct htable targets;
	/* By level: the sockets that take another share. */
	struct join_socket **levels[FAMILY_COUNT];
	uint32_t n_levels[FAMILY_COUNT];
	struct slot *slots;
	uint32_t n_slots;
	uint32_t free;			/* SLOT_NONE: none */
	uint64_t left;			/* joins so far that were left */
	int pick_fd;			/* -1: no IPv4 */
};

/* Slots and levels */

static int grow_slots(struct join_pool *pool)
{
	uint32_t i, n = pool->n_slots ? pool->n_slots * 2 : 16;
	struct slot *slots;

	slots = realloc(pool->slots, n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;

	for (i = pool->n_slots; i < n; i++) {
		slots[i].socket = NULL;
		slots[i].next_free = i + 1 < n ? i + 1 : pool->free;
	}
	pool->free = pool->n_slots;
	pool->slots = slots;
	pool->n_slots = n;
	return 0;
}

static int grow_levels(struct join_pool *pool, enum family family,
		       uint32_t level)
{
	uint32_t i, n = level < 8 ? 8 : level * 2;
	struct join_socket **levels;

	if (level < pool->n_levels[family])
		return 0;

	levels = realloc(pool->levels[family], n * sizeof(*levels));
	if (!levels)
		return -ENOMEM;

	for (i = pool->n_levels[family]; i < n; i++)
		levels[i] = NULL;
	pool->levels[family] = levels;
	pool->n_levels[family] = n;
	return 0;
}

/* Sockets */

static void set_room(struct join_pool *pool, struct join_socket *sock,
		     bool room)
{
	struct join_socket **level = &pool->levels[sock->family][sock->level];

	if (sock->room == room)
		return;

	sock->room = room;
	if (room)
		DL_PREPEND(*level, sock);
	else
		DL_DELETE(*level, sock);
}

static int open_socket(struct join_pool *pool, enum family family,
		       uint32_t level, struct join_socket **ret)
{
	struct join_socket *sock;
	int err;

	if (pool->free == SLOT_NONE) {
		err = grow_slots(pool);
		if (err)
			return err;
	}
	err = grow_levels(pool, family, level);
	if (err)
		return err;

	sock = calloc(1, sizeof(*sock));
	if (!sock)
		return -ENOMEM;
	err = join_sock_open(family, &sock->fd);
	if (err) {
		free(sock);
		return err;
	}

	sock->family = family;
	sock->level = level;
	sock->slot = pool->free;
	pool->free = pool->slots[sock->slot].next_free;
	pool->slots[sock->slot].socket = sock;
	set_room(pool, sock, true);
	*ret = sock;
	return 0;
}

static void close_socket(struct join_pool *pool, struct join_socket *sock)
{
	set_room(pool, sock, false);
	pool->slots[sock->slot].socket = NULL;
	pool->slots[sock->slot].next_free = pool->free;
	pool->free = sock->slot;
	close(sock->fd);
	free(sock);
}

/* Joining */

/* Adds the source to a share that takes more.  -ENOBUFS: none does. */
static int join_open_share(struct target *target, const struct join_key *key,
			   uint32_t *ret_slot)
{
	struct share *share;
	int err;

	while ((share = target->open)) {
		err = join_sock_join(share->socket->fd, key);
		if (!err) {
			share->joins++;
			*ret_slot = share->socket->slot;
			return 0;
		}
		if (err != -ENOBUFS)
			return err;
		share->full = true;
		DL_DELETE(target->open, share);
	}
	return -ENOBUFS;
}

static int try_socket(const struct join_socket *sock,
		      const struct join_key *key)
{
	int err = join_sock_join(sock->fd, key);

	/* of any source nothing is left behind */
	if (err && !addr_is_any(&key->source))
		join_sock_leave_group(sock->fd, key);
	return err;
}

/* Joins on some socket of the level, a new one at the last. */
static int join_level(struct join_pool *pool, const struct join_key *key,
		      uint32_t level, struct join_socket **ret)
{
	enum family family = addr_family(&key->group);
	struct join_socket *sock;
	int err;

	while (level < pool->n_levels[family] &&
	       (sock = pool->levels[family][level])) {
		err = try_socket(sock, key);
		if (!err)
			goto joined;
		if (err != -ENOBUFS)
			return err;
		set_room(pool, sock, false);
	}

	err = open_socket(pool, family, level, &sock);
	if (err)
		return err;
	err = try_socket(sock, key);
	if (err) {
		close_socket(pool, sock);
		return err;
	}
joined:
	*ret = sock;
	return 0;
}

/* Fills an empty share with its first join. */
static int join_empty_share(struct join_pool *pool, struct target *target,
			    const struct join_key *key, uint32_t *ret_slot)
{
	struct join_socket *sock;
	struct share *share;
	int err;

	if (!target->empty) {
		err = target_add_share(target);
		if (err)
			return err;
	}
	share = target->empty;

	err = join_level(pool, key, share->level, &sock);
	if (err)
		return err;

	sock->shares++;
	target->used++;
	share->socket = sock;
	share->joins = 1;
	share->full = addr_is_any(&key->source);
	DL_DELETE(target->empty, share);
	if (!share->full)
		DL_PREPEND(target->open, share);
	*ret_slot = sock->slot;
	return 0;
}

int join_add(struct join_pool *pool, const struct join_key *key,
	     uint32_t *ret_slot)
{
	struct target *target;
	int err = -ENOBUFS;

	target = target_get(&pool->targets, key->ifindex, &key->group);
	if (!target)
		return -ENOMEM;

	if (!addr_is_any(&key->source))
		err = join_open_share(target, key, ret_slot);
	if (err == -ENOBUFS)
		err = join_empty_share(pool, target, key, ret_slot);

	target_put(&pool->targets, target);
	return err;
}

/* Leaving */

static struct join_socket *socket_of(const struct join_pool *pool,
				     uint32_t slot)
{
	return slot < pool->n_slots ? pool->slots[slot].socket : NULL;
}

static void empty_share(struct join_pool *pool, struct target *target,
			struct share *share)
{
	struct join_socket *sock = share->socket;

	if (!share->full)
		DL_DELETE(target->open, share);
	DL_PREPEND(target->empty, share);
	share->socket = NULL;
	share->full = false;
	target->used--;

	set_room(pool, sock, true);
	if (!--sock->shares)
		close_socket(pool, sock);
}

int join_del(struct join_pool *pool, const struct join_key *key,
	     uint32_t slot)
{
	struct join_socket *sock = socket_of(pool, slot);
	struct target *target = target_find(&pool->targets, key->ifindex,
					    &key->group);
	struct share *share;
	int err;

	if (!sock || !target)
		return -ENOENT;
	share = target_share(target, sock->level);
	if (!share || share->socket != sock)
		return -ENOENT;

	err = join_sock_leave(sock->fd, key);
	pool->left++;

	if (!--share->joins) {
		empty_share(pool, target, share);
		target_put(&pool->targets, target);
	} else if (share->full) {
		share->full = false;
		DL_PREPEND(target->open, share);
	}
	return err;
}

int join_block(struct join_pool *pool, const struct join_key *key,
	       uint32_t slot, const struct in6_addr *source)
{
	const struct join_socket *sock = socket_of(pool, slot);

	return sock ? join_sock_block(sock->fd, key, source) : -ENOENT;
}

int join_unblock(struct join_pool *pool, const struct join_key *key,
		 uint32_t slot, const struct in6_addr *source)
{
	const struct join_socket *sock = socket_of(pool, slot);

	return sock ? join_sock_unblock(sock->fd, key, source) : -ENOENT;
}

uint32_t join_users(const struct join_pool *pool, unsigned int ifindex,
		    const struct in6_addr *group)
{
	const struct target *target = target_find(&pool->targets, ifindex,
						  group);

	return target ? target->used : 0;
}

bool join_any(const struct join_pool *pool)
{
	return pool->targets.n;
}

uint64_t join_left(const struct join_pool *pool)
{
	return pool->left;
}

int join_pick_source(struct join_pool *pool, unsigned int ifindex,
		     const struct in6_addr *group, struct in6_addr *ret)
{
	if (pool->pick_fd < 0)
		return -EADDRNOTAVAIL;
	return join_sock_pick_source(pool->pick_fd, ifindex, group, ret);
}

/* The pool */

int join_open(struct join_pool **ret)
{
	struct join_pool *pool;
	int err;

	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->free = SLOT_NONE;
	pool->targets = HTABLE_INIT(struct target, key);

	err = join_sock_open(FAMILY_IPV4, &pool->pick_fd);
	if (err == -EAFNOSUPPORT) {
		pool->pick_fd = -1;
	} else if (err) {
		free(pool);
		return err;
	}

	*ret = pool;
	return 0;
}

void join_close(struct join_pool *pool)
{
	struct target *target, *next;
	uint32_t i;

	if (!pool)
		return;

	HTABLE_FOREACH_SAFE(&pool->targets, target, next) {
		target->used = 0;
		target_put(&pool->targets, target);
	}
	for (i = 0; i < pool->n_slots; i++) {
		if (pool->slots[i].socket)
			close_socket(pool, pool->slots[i].socket);
	}
	for (i = 0; i < FAMILY_COUNT; i++)
		free(pool->levels[i]);
	free(pool->slots);
	if (pool->pick_fd >= 0)
		close(pool->pick_fd);
	free(pool);
}
