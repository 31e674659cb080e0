/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows who has joined.  Knows when to listen, when to read, and whose a
 * membership is; must not know how the kernel words one (members-parse.c), nor
 * what the router makes of it.
 *
 * Reading is in slices between other events: the kernel finds its place in the
 * list anew for each page, so a long one takes time.  A reading is a round of
 * router_members_begin(); what it missed is looked for once more at once, in
 * case the list was changing.
 *
 * A first join is told when no other event waits: when it was ours, and is over
 * again, the notification of its end is among those.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ev.h>
#include <linux/netlink.h>

#include "core/router.h"
#include "kernel/members-list.h"
#include "kernel/members-parse.h"
#include "kernel/members.h"
#include "kernel/netlink.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "run/log.h"

/* Wanted receive buffer; when it is too small all is read anew. */
#define MEMBERS_RCVBUF (4 * 1024 * 1024)

/* Notifications of one wakeup, and first joins told in one go. */
#define DRAIN_MAX 1024
#define SETTLE_MAX 256

/*
 * Seconds that a slice of reading takes, less its last page, and between two:
 * a tenth of a processor, however long the list.
 */
#define SLICE_TIME  0.002
#define SLICE_PAUSE 0.02

/* Memberships taken back between two looks at the clock. */
#define SWEEP_MAX 128

enum stage {
	STAGE_IDLE,
	STAGE_IPV4,
	STAGE_IPV6,
	STAGE_SWEEP,
};

/* A first join that is not told yet. */
struct first {
	UT_hash_handle hh;		/* members->firsts; app order = came */
	struct members_key key;
};

struct members {
	struct ev_loop *loop;
	struct router *router;		/* NULL: detached */
	const struct join_pool *joins;
	unsigned int interval;

	bool active;			/* there are hairpin rules */
	ev_prepare prepare;

	struct netlink events;		/* closed: no notifications */
	ev_io io;
	struct first *firsts;
	ev_timer settle;

	ev_timer poll;
	ev_timer slice;
	enum stage stage;
	bool again;			/* read anew behind this reading */
	bool second;			/* this one is for what was missing */
	uint64_t left;			/* join_left() when it began */
	unsigned int absent;		/* lists that are not there */
	struct members_list list;

	bool told;			/* that reading fails */
	bool told_blind;		/* that nothing is known of others */
};

/* Reading */

static void reading_complain(struct members *members, enum family family,
			     int err)
{
	if (!members->told)
		log_warn("%s: %s: who else has joined is not known",
			 members_list_path(family), strerror(-err));
	members->told = true;
}

static void begin_reading(struct members *members, bool second)
{
	router_members_begin(members->router);
	members->again = false;
	members->second = second;
	members->left = join_left(members->joins);
	members->absent = 0;
	members->stage = STAGE_IPV4;
	ev_timer_set(&members->slice, 0., 0.);
	ev_timer_start(members->loop, &members->slice);
}

/* All of it soon, whatever is being read now. */
static void read_anew(struct members *members)
{
	if (!members->interval)
		return;
	if (members->stage == STAGE_IDLE)
		begin_reading(members, false);
	else
		members->again = true;
}

static void take_users(void *arg, const struct members_key *key,
		       uint32_t users)
{
	const struct members *members = arg;

	if (!members_is_forwarded(&key->group))
		return;
	if (users > join_users(members->joins, key->ifindex, &key->group))
		router_member(members->router, key->ifindex, &key->group,
			      true);
}

/*
 * A family that the kernel does not have is no trouble.  What cannot be read
 * ends the reading: nobody is taken for gone.
 */
static void step_list(struct members *members, enum family family)
{
	int ret = members_list_page(&members->list, family, take_users,
				    members);

	if (ret == 1)
		return;
	members_list_close(&members->list);
	if (ret == -ENOENT)
		members->absent++;
	if ((ret < 0 && ret != -ENOENT) || members->absent == FAMILY_COUNT) {
		reading_complain(members, family, ret);
		members->stage = STAGE_IDLE;
		return;
	}
	members->stage++;
	if (members->stage != STAGE_SWEEP)
		return;
	members->told = false;
	log_debug("read who has joined");
}

static void step_sweep(struct members *members)
{
	bool second = members->second;

	if (router_members_sweep(members->router, SWEEP_MAX))
		return;
	members->stage = STAGE_IDLE;
	if (!members->active)
		return;
	if (members->again)
		begin_reading(members, false);
	else if (!second && router_members_missing(members->router))
		begin_reading(members, true);
}

static void step(struct members *members)
{
	switch (members->stage) {
	case STAGE_IDLE:
		break;
	case STAGE_IPV4:
		step_list(members, FAMILY_IPV4);
		break;
	case STAGE_IPV6:
		step_list(members, FAMILY_IPV6);
		break;
	case STAGE_SWEEP:
		step_sweep(members);
		break;
	}
}

static void on_slice(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct members *members = timer->data;
	double end = clock_steady() + SLICE_TIME;

	(void)revents;

	do {
		step(members);
	} while (members->stage != STAGE_IDLE && clock_steady() < end);

	ev_timer_stop(loop, timer);
	if (members->stage == STAGE_IDLE)
		return;
	ev_timer_set(timer, SLICE_PAUSE, 0.);
	ev_timer_start(loop, timer);
}

/*
 * Notifications tell all there is to know while nothing is ours.  After we left
 * a group it has to be read once more: another may have come meanwhile.
 */
static bool reading_is_due(const struct members *members)
{
	return members->events.fd < 0 || join_any(members->joins) ||
	       join_left(members->joins) != members->left;
}

static void on_poll(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct members *members = timer->data;

	(void)loop, (void)revents;

	if (members->stage == STAGE_IDLE && reading_is_due(members))
		begin_reading(members, false);
}

/* Notifications */

static void forget_first(struct members *members, struct first *first)
{
	HASH_DEL(members->firsts, first);
	free(first);
}

static void forget_firsts(struct members *members)
{
	while (members->firsts)
		forget_first(members, members->firsts);
}

static void add_first(struct members *members, const struct members_key *key)
{
	struct first *first;

	HASH_FIND(hh, members->firsts, key, sizeof(*key), first);
	if (first)
		return;
	first = calloc(1, sizeof(*first));
	if (!first)
		goto err_tell;
	first->key = *key;
	HASH_ADD(hh, members->firsts, key, sizeof(first->key), first);
	if (!first->hh.tbl)
		goto err_tell;
	return;

err_tell:
	free(first);
	router_member(members->router, key->ifindex, &key->group, true);
}

/*
 * The first join of a group that we have joined, too, is most likely ours; if
 * it was not, the next reading tells.
 */
static int take_event(void *arg, const struct nlmsghdr *nlh)
{
	struct members *members = arg;
	struct members_key key;
	enum members_kind kind;
	struct first *first;

	if (members_parse_msg(nlh, &kind, &key)) {
		log_warn("rtnetlink: malformed message of type %u ignored",
			 nlh->nlmsg_type);
		return 0;
	}
	if (kind == MEMBERS_NOTHING || !members_is_forwarded(&key.group))
		return 0;

	if (kind == MEMBERS_FIRST) {
		if (!join_users(members->joins, key.ifindex, &key.group))
			add_first(members, &key);
		return 0;
	}
	HASH_FIND(hh, members->firsts, &key, sizeof(key), first);
	if (first)
		forget_first(members, first);
	router_member(members->router, key.ifindex, &key.group, false);
	return 0;
}

/* Tells a slice of the first joins. */
static void settle(struct members *members)
{
	unsigned int max = SETTLE_MAX;
	struct first *first;

	while ((first = members->firsts) && max--) {
		if (!join_users(members->joins, first->key.ifindex,
				&first->key.group))
			router_member(members->router, first->key.ifindex,
				      &first->key.group, true);
		forget_first(members, first);
	}
	if (members->firsts)
		ev_timer_start(members->loop, &members->settle);
}

static void on_settle(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop, (void)revents;
	settle(timer->data);
}

static int discard(void *arg, const struct nlmsghdr *nlh)
{
	return (void)arg, (void)nlh, 0;
}

static void events_lost(struct members *members)
{
	int ret;

	log_info("rtnetlink: events lost, reading anew who has joined");

	/* What waits is older than what will be read. */
	do {
		ret = netlink_drain(&members->events, DRAIN_MAX, discard,
				    NULL);
	} while (ret > 0 || ret == -ENOBUFS);
	forget_firsts(members);
	read_anew(members);
}

static void on_events(struct ev_loop *loop, ev_io *io, int revents)
{
	struct members *members = io->data;
	int ret;

	(void)loop, (void)revents;

	ret = netlink_drain(&members->events, DRAIN_MAX, take_event, members);
	if (ret == 0)
		settle(members);
	else if (ret == -ENOBUFS || ret == -EMSGSIZE)
		events_lost(members);
	else if (ret < 0)
		log_err("rtnetlink: cannot read events: %s", strerror(-ret));
}

static bool test_no_mcaddr(void)
{
#ifdef ENABLE_TEST
	const char *value = getenv("SMCROUTE_TEST_NO_MCADDR");

	return value && !strcmp(value, "1");
#else
	return false;
#endif
}

static int open_events(struct netlink *ret)
{
	int err;

	if (test_no_mcaddr())
		return -EOPNOTSUPP;
	err = netlink_open(ret, NETLINK_ROUTE);
	if (err)
		return err;

	netlink_set_rcvbuf(ret->fd, MEMBERS_RCVBUF);
	err = netlink_subscribe(ret, MEMBERS_GROUP_IPV4);
	if (!err)
		err = netlink_subscribe(ret, MEMBERS_GROUP_IPV6);
	if (err)
		netlink_close(ret);
	return err;
}

/* Life */

/* Listens before it reads, so that nothing falls between. */
static void activate(struct members *members)
{
	int err = open_events(&members->events);

	members->active = true;
	if (!err) {
		ev_io_set(&members->io, members->events.fd, EV_READ);
		ev_io_start(members->loop, &members->io);
	}
	if (err && !members->interval && !members->told_blind) {
		log_notice("who else has joined is not known: no "
			   "notifications (%s), and no reading by -M 0",
			   strerror(-err));
		members->told_blind = true;
	}
	log_debug("following who else has joined, %s notifications",
		  err ? "without" : "by");
	if (members->interval)
		ev_timer_again(members->loop, &members->poll);
	read_anew(members);
}

static void stop_watchers(struct members *members)
{
	ev_timer_stop(members->loop, &members->poll);
	ev_timer_stop(members->loop, &members->slice);
	ev_timer_stop(members->loop, &members->settle);
	if (members->events.fd >= 0)
		ev_io_stop(members->loop, &members->io);
	netlink_close(&members->events);
	forget_firsts(members);
	members_list_close(&members->list);
	members->active = false;
	members->stage = STAGE_IDLE;
}

/* What is known of others grows stale: it is forgotten, in slices. */
static void deactivate(struct members *members)
{
	log_debug("no longer following who else has joined");
	stop_watchers(members);
	router_members_begin(members->router);
	router_members_begin(members->router);
	members->stage = STAGE_SWEEP;
	ev_timer_set(&members->slice, 0., 0.);
	ev_timer_start(members->loop, &members->slice);
}

/* In each turn of the loop.  What a reload has half done means nothing. */
static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct members *members = prepare->data;

	(void)loop, (void)revents;

	if (members->active == router_has_hairpins(members->router) ||
	    router_is_busy(members->router))
		return;
	if (members->active)
		deactivate(members);
	else
		activate(members);
}

int members_open(struct ev_loop *loop, const struct join_pool *joins,
		 unsigned int interval, struct members **ret)
{
	struct members *members = calloc(1, sizeof(*members));

	if (!members)
		return -ENOMEM;
	members->loop = loop;
	members->joins = joins;
	members->interval = interval;
	members->events = (struct netlink)NETLINK_CLOSED;
	members->list.fd = -1;

	ev_prepare_init(&members->prepare, on_prepare);
	ev_io_init(&members->io, on_events, -1, EV_READ);
	ev_timer_init(&members->settle, on_settle, 0., 0.);
	ev_timer_init(&members->poll, on_poll, 0., (double)interval);
	ev_timer_init(&members->slice, on_slice, 0., 0.);
	members->prepare.data = members;
	members->io.data = members;
	members->settle.data = members;
	members->poll.data = members;
	members->slice.data = members;

	*ret = members;
	return 0;
}

void members_close(struct members *members)
{
	free(members);
}

void members_attach(struct members *members, struct router *router)
{
	members->router = router;
	ev_prepare_start(members->loop, &members->prepare);
}

void members_detach(struct members *members)
{
	ev_prepare_stop(members->loop, &members->prepare);
	stop_watchers(members);
	members->router = NULL;
}
