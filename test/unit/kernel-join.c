/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships over sockets.  The join_sock_*() here stand in for those of
 * join-sock.c, with the kernel's limits and its traps.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "kernel/join-sock.h"
#include "kernel/join.h"
#include "test/unit/unit.h"

#define MAX_MEMBERSHIPS 20	/* net.ipv4.igmp_max_memberships */
#define MAX_SOURCES 10		/* net.ipv4.igmp_max_msf */
#define MAX_FD 512

struct membership {
	struct join_key key;	/* source: of no meaning */
	bool any;
	unsigned int sources;
};

static struct {
	bool open;
	unsigned int n;
	struct membership held[MAX_MEMBERSHIPS];
} socks[MAX_FD];

static unsigned int tries;	/* calls of join_sock_join() */
static int fail;		/* its answer, unless 0 */

static struct membership *find(int fd, const struct join_key *key)
{
	unsigned int i;

	for (i = 0; i < socks[fd].n; i++) {
		if (addr_equal(&socks[fd].held[i].key.group, &key->group) &&
		    socks[fd].held[i].key.ifindex == key->ifindex)
			return &socks[fd].held[i];
	}
	return NULL;
}

/* Sockets in use; close(2) is seen by their number being free. */
static unsigned int count_open(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < MAX_FD; fd++) {
		if (socks[fd].open && fcntl(fd, F_GETFD) >= 0)
			n++;
	}
	return n;
}

int join_sock_open(enum family family, int *ret)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)family;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(fd, MAX_FD);
	socks[fd].open = true;
	socks[fd].n = 0;
	*ret = fd;
	return 0;
}

int join_sock_join(int fd, const struct join_key *key)
{
	struct membership *held = find(fd, key);
	bool any = addr_is_any(&key->source);

	tries++;
	if (fail)
		return fail;
	if (held && (any || held->any)) {
		ck_abort_msg("one group twice on a socket");
	} else if (held) {
		if (held->sources == MAX_SOURCES)
			return -ENOBUFS;
		held->sources++;
		return 0;
	}

	if (socks[fd].n == MAX_MEMBERSHIPS)
		return -ENOBUFS;
	socks[fd].held[socks[fd].n++] = (struct membership) { *key, any, 1 };
	return 0;
}

int join_sock_leave_group(int fd, const struct join_key *key)
{
	struct membership *held = find(fd, key);

	if (held)
		*held = socks[fd].held[--socks[fd].n];
	return 0;
}

int join_sock_leave(int fd, const struct join_key *key)
{
	struct membership *held = find(fd, key);

	ck_assert_ptr_nonnull(held);
	ck_assert(held->any == addr_is_any(&key->source));
	if (!--held->sources)
		*held = socks[fd].held[--socks[fd].n];
	return 0;
}

int join_sock_block(int fd, const struct join_key *key,
		    const struct in6_addr *source)
{
	(void)source;
	return find(fd, key) ? 0 : -EINVAL;
}

int join_sock_unblock(int fd, const struct join_key *key,
		      const struct in6_addr *source)
{
	(void)source;
	return find(fd, key) ? 0 : -EINVAL;
}

int join_sock_pick_source(int fd, unsigned int ifindex,
			  const struct in6_addr *group, struct in6_addr *ret)
{
	(void)fd;
	(void)ifindex;
	*ret = *group;
	return 0;
}

static struct join_pool *pool;
static unsigned int idle;	/* sockets of an empty pool */

static void setup(void)
{
	tries = 0;
	fail = 0;
	ck_assert_int_eq(join_open(&pool), 0);
	idle = count_open();
}

static void teardown(void)
{
	join_close(pool);
	ck_assert_uint_eq(count_open(), 0);
}

/* The g-th group; of any source when s is 0. */
static struct join_key key_of(unsigned int g, unsigned int s)
{
	struct join_key key = { .ifindex = 2 };

	ck_assert_int_eq(addr_parse("239.1.0.0", &key.group), 0);
	addr_advance(&key.group, g);
	if (s) {
		ck_assert_int_eq(addr_parse("10.0.0.0", &key.source), 0);
		addr_advance(&key.source, s);
	}
	return key;
}

static uint32_t add(unsigned int g, unsigned int s)
{
	struct join_key key = key_of(g, s);
	uint32_t slot = UINT32_MAX;

	ck_assert_int_eq(join_add(pool, &key, &slot), 0);
	return slot;
}

static void del(unsigned int g, unsigned int s, uint32_t slot)
{
	struct join_key key = key_of(g, s);

	ck_assert_int_eq(join_del(pool, &key, slot), 0);
}

static unsigned int used(void)
{
	return count_open() - idle;
}

START_TEST(spill_groups)
{
	uint32_t slots[1000];
	unsigned int i;

	for (i = 0; i < 1000; i++)
		slots[i] = add(i, 0);
	ck_assert_uint_eq(used(), 50);
	/* each full socket is run into once */
	ck_assert_uint_le(tries, 1050);

	/* room that leaves make is used before new sockets are */
	for (i = 0; i < 1000; i += 2)
		del(i, 0, slots[i]);
	for (i = 0; i < 1000; i += 2)
		slots[i] = add(i, 0);
	ck_assert_uint_eq(used(), 50);

	for (i = 0; i < 1000; i++)
		del(i, 0, slots[i]);
	ck_assert_uint_eq(used(), 0);
}
END_TEST

START_TEST(spill_sources)
{
	uint32_t slots[20][100];
	unsigned int g, s;

	for (g = 0; g < 20; g++) {
		for (s = 0; s < 100; s++)
			slots[g][s] = add(g, s + 1);
	}
	/* ten sources a group and twenty groups a socket */
	ck_assert_uint_eq(used(), 10);
	ck_assert_uint_le(tries, 2000 + 20 * 10 + 10);

	/* a hole in the middle is filled again */
	for (s = 30; s < 50; s++)
		del(7, s + 1, slots[7][s]);
	for (s = 30; s < 50; s++)
		slots[7][s] = add(7, s + 1);
	ck_assert_uint_eq(used(), 10);

	for (g = 0; g < 20; g++) {
		for (s = 0; s < 100; s++)
			del(g, s + 1, slots[g][s]);
	}
	ck_assert_uint_eq(used(), 0);
}
END_TEST

/* join_sock_join() above aborts when they meet on one socket. */
START_TEST(any_and_source)
{
	uint32_t any, one, two;

	any = add(1, 0);
	one = add(1, 1);
	ck_assert_uint_ne(any, one);
	del(1, 0, any);
	two = add(1, 2);
	ck_assert_uint_eq(one, two);
	any = add(1, 0);
	ck_assert_uint_ne(any, one);
	del(1, 1, one);
	del(1, 2, two);
	del(1, 0, any);
	ck_assert_uint_eq(used(), 0);
}
END_TEST

/* Errors are the caller's, and leave nothing behind. */
START_TEST(errors)
{
	struct join_key key = key_of(1, 0);
	uint32_t slot = 77;

	fail = -ENODEV;
	ck_assert_int_eq(join_add(pool, &key, &slot), -ENODEV);
	fail = -ENOBUFS;
	ck_assert_int_eq(join_add(pool, &key, &slot), -ENOBUFS);
	key = key_of(1, 1);
	ck_assert_int_eq(join_add(pool, &key, &slot), -ENOBUFS);
	ck_assert_uint_eq(slot, 77);
	ck_assert_uint_eq(used(), 0);

	ck_assert_int_eq(join_del(pool, &key, 0), -ENOENT);
	ck_assert_int_eq(join_del(pool, &key, 1000), -ENOENT);
	ck_assert_int_eq(join_block(pool, &key, 0, &key.source), -ENOENT);

	fail = 0;
	slot = add(1, 1);
	key = key_of(2, 1);
	ck_assert_int_eq(join_del(pool, &key, slot), -ENOENT);
	del(1, 1, slot);
}
END_TEST

START_TEST(block_finds_socket)
{
	struct join_key key;
	uint32_t slots[40];
	unsigned int i;

	for (i = 0; i < 40; i++)
		slots[i] = add(i, 0);
	for (i = 0; i < 40; i++) {
		key = key_of(i, 0);
		ck_assert_int_eq(join_block(pool, &key, slots[i],
					    &key.group), 0);
		ck_assert_int_eq(join_unblock(pool, &key, slots[i],
					      &key.group), 0);
	}
	/* teardown() closes what is still joined */
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("join");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, spill_groups);
	tcase_add_test(tcase, spill_sources);
	tcase_add_test(tcase, any_and_source);
	tcase_add_test(tcase, errors);
	tcase_add_test(tcase, block_finds_socket);
	return unit_main("kernel-join", tcase, NULL);
}
