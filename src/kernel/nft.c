/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netfilter guard: when its table is made, kept, mended and given up, and
 * when the router hears of it.  Must not know messages or sockets, nor why a
 * key is wanted.
 *
 * State.  GONE: what is in the kernel, if anything, is to be replaced.  PLACED:
 * the table is as we made it.  DOUBTED: somebody did something to a table that
 * no owner flag protects; it is kept if table and rules are still the same
 * objects (a set cannot go while a rule looks into it), else replaced.
 *
 * A key that is deleted stays for NFT_LINGER: a looped copy that is under way
 * when its route goes would be forwarded again, to the other OIFs, or by the
 * route that comes next.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>

#include "core/router.h"
#include "kernel/nft.h"
#include "kernel/nft-late.h"
#include "kernel/nft-monitor.h"
#include "kernel/nft-table.h"
#include "lib/clock.h"
#include "lib/diag.h"
#include "run/log.h"

/* Seconds between looks at a table that vanishes without a notification. */
#define POLL_INTERVAL 2.0

/* Attempts at a setup that others, or the kernel's age, get in the way of. */
#define PLACE_TRIES 4

/* Keys that are deleted in one go, when their time has come. */
#define LATE_BATCH 512

enum nft_state {
	NFT_GONE,
	NFT_PLACED,
	NFT_DOUBTED,
};

struct nft_guard {
	struct ev_loop *loop;
	struct router *router;		/* NULL: not watched */
	int fd;
	struct nft_table table;
	struct nft_monitor monitor;
	enum nft_state state;
	bool warned;			/* about the missing owner flag */
	bool blocked;			/* by a table that is not ours */
	ev_timer poll;			/* is it still? */
	bool lost;			/* the router is to be told */
	char cause[NFT_CAUSE_SIZE];
	ev_timer later;			/* tells it */
	struct nft_late late;
	ev_timer due;			/* of these */
};

/* Starts what the state asks for, once there is somebody to tell. */
static void guard_arm(struct nft_guard *guard)
{
	if (!guard->router)
		return;
	nft_monitor_start(&guard->monitor);
	if (guard->lost)
		ev_timer_start(guard->loop, &guard->later);
	if (guard->blocked)
		ev_timer_again(guard->loop, &guard->poll);
	else
		ev_timer_stop(guard->loop, &guard->poll);
}

/* Found out within a call of the router, which hears of it from the loop. */
static void guard_lose(struct nft_guard *guard, const char *what)
{
	guard->state = NFT_GONE;
	nft_late_clear(&guard->late);
	guard->lost = true;
	snprintf(guard->cause, sizeof(guard->cause), "table %s %s",
		 guard->table.name, what);
	guard_arm(guard);
}

static void on_later(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct nft_guard *guard = timer->data;

	(void)loop;
	(void)revents;
	guard->lost = false;
	router_guard_lost(guard->router, GUARD_NETFILTER, 0, guard->cause);
}

static void on_monitor(void *arg, bool gone, const char *cause)
{
	struct nft_guard *guard = arg;

	if (guard->blocked) {
		if (gone)
			router_guard_retry(guard->router);
		return;
	}
	/* GONE: on_later() tells, or there is nothing to lose. */
	if (guard->state == NFT_GONE)
		return;
	guard->state = NFT_DOUBTED;
	/* Once is enough, should on_later() have been about to tell. */
	guard->lost = false;
	ev_timer_stop(guard->loop, &guard->later);
	router_guard_lost(guard->router, GUARD_NETFILTER, 0, cause);
}

/* A table goes with its owner without a word (nft_rcv_nl_event()). */
static void on_poll(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct nft_guard *guard = timer->data;
	struct nft_found found;
	int err = nft_table_look(&guard->table, &found);

	(void)loop;
	(void)revents;
	if (err == -ENOENT ||
	    (!err && nft_table_is_stale(&guard->table, &found)))
		router_guard_retry(guard->router);
}

static bool test_no_owner(void)
{
#ifdef ENABLE_TEST
	const char *value = getenv("SMCROUTE_TEST_NO_OWNER");

	return value && !strcmp(value, "1");
#else
	return false;
#endif
}

static int look_failed(int err, struct diag *diag)
{
	const char *missing = err == -EPERM ? "CAP_NET_ADMIN" :
					      "CONFIG_NF_TABLES";
	int errnum = -err;

	if (err == -EINVAL)
		err = -EOPNOTSUPP;
	else if (err != -EPERM && err != -EOPNOTSUPP)
		return diag_set(diag, err, "netfilter: %s", strerror(errnum));
	return diag_set(diag, err, "netfilter: %s, %s is likely missing",
			strerror(errnum), missing);
}

/* Whether a table of our name is in the way; the handle of a stale one. */
static int check_way(struct nft_guard *guard, uint64_t *ret_stale,
		     struct diag *diag)
{
	const char *name = guard->table.name;
	struct nft_found found;
	int err = nft_table_look(&guard->table, &found);

	*ret_stale = 0;
	if (err)
		return err == -ENOENT ? 0 : look_failed(err, diag);
	if (nft_table_is_stale(&guard->table, &found)) {
		*ret_stale = found.handle;
		return 0;
	}
	guard->blocked = true;
	/* Should this fail, the poll has to do. */
	nft_monitor_open(&guard->monitor, guard->table.nl.portid);
	if (!found.marked)
		return diag_set(diag, -EEXIST, "netfilter: %s: table inet %s "
				"of another program is in the way",
				strerror(EEXIST), name);
	return diag_set(diag, -EBUSY, "netfilter: %s: table inet %s is owned "
			"by another process (netlink port %u)",
			strerror(EBUSY), name, found.owner);
}

/* An unowned table has to be watched, from before it is there. */
static int watch_need(struct nft_guard *guard, struct diag *diag)
{
	int err;

	if (!guard->table.no_owner)
		return 0;
	err = nft_monitor_open(&guard->monitor, guard->table.nl.portid);
	if (err)
		return diag_set(diag, err,
				"netfilter: table %s cannot be watched: %s",
				guard->table.name, strerror(-err));
	return 0;
}

static int place_once(struct nft_guard *guard, struct diag *diag)
{
	uint64_t stale;
	int err;

	guard->blocked = false;
	err = check_way(guard, &stale, diag);
	if (!err)
		err = watch_need(guard, diag);
	if (!err)
		err = nft_table_make(&guard->table, stale, diag);
	if (err || !guard->table.no_owner)
		return err;
	err = nft_table_trace(&guard->table);
	if (err == -ENOENT || err == -EINTR)
		return -EAGAIN;
	if (err)
		return diag_set(diag, err,
				"netfilter: table %s cannot be read: %s",
				guard->table.name, strerror(-err));
	return 0;
}

static void placed(struct nft_guard *guard)
{
	guard->state = NFT_PLACED;
	if (!guard->table.no_owner) {
		nft_monitor_close(&guard->monitor);
		return;
	}
	if (guard->warned)
		return;
	guard->warned = true;
	log_warn("netfilter: table %s has no owner flag in this kernel: when "
		 "another program removes it, hairpin routes are unguarded "
		 "until that is noticed", guard->table.name);
}

static int socket_need(struct nft_guard *guard, struct diag *diag)
{
	int err = nft_table_open(&guard->table, guard->fd);

	if (err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT)
		return diag_set(diag, -EOPNOTSUPP, "netfilter: %s, "
				"CONFIG_NETFILTER_NETLINK is likely missing",
				strerror(-err));
	if (err)
		return diag_set(diag, err, "netfilter: netlink socket: %s",
				strerror(-err));
	return 0;
}

int nft_ready(struct nft_guard *guard, enum family family, struct diag *diag)
{
	int err, i;

	(void)family;
	if (guard->state == NFT_PLACED)
		return 0;
	err = socket_need(guard, diag);
	if (err)
		return err;
	if (guard->state == NFT_DOUBTED && nft_table_is_intact(&guard->table)) {
		guard->state = NFT_PLACED;
		return 0;
	}
	guard->state = NFT_GONE;
	nft_late_clear(&guard->late);
	for (i = 0; i < PLACE_TRIES; i++) {
		err = place_once(guard, diag);
		if (err != -EAGAIN)
			break;
	}
	if (err == -EAGAIN)
		diag_set(diag, err, "netfilter: another program keeps "
			 "changing table %s", guard->table.name);
	if (!err)
		placed(guard);
	guard_arm(guard);
	return err;
}

int nft_add(struct nft_guard *guard, const struct guard_key *keys, size_t n)
{
	bool renew = false;
	size_t i;
	int err;

	if (n > GUARD_BATCH_MAX)
		return -EINVAL;
	if (guard->state != NFT_PLACED)
		return -ENOENT;
	for (i = 0; i < n && !renew; i++)
		renew = nft_late_has(&guard->late, &keys[i]);
	err = nft_table_add(&guard->table, keys, n, renew);
	if (err == -ENOENT)
		guard_lose(guard, "is not there any more");
	else if (err == -ENOTRECOVERABLE)
		guard_lose(guard, "holds keys that cannot be taken back");
	for (i = 0; i < n && !err; i++)
		nft_late_drop(&guard->late, &keys[i]);
	return err;
}

static int del_now(struct nft_guard *guard, const struct guard_key *keys,
		   size_t n)
{
	int err = nft_table_del(&guard->table, keys, n);

	if (err != -ENOENT)
		return err;
	guard_lose(guard, "is not there any more");
	return 0;
}

static void due_arm(struct nft_guard *guard)
{
	double due, wait;

	if (ev_is_active(&guard->due) || !nft_late_next(&guard->late, &due))
		return;
	wait = due - clock_steady();
	ev_timer_set(&guard->due, wait > 0 ? wait : 0, 0);
	ev_timer_start(guard->loop, &guard->due);
}

/* What cannot be deleted is tried again. */
static void on_due(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct nft_guard *guard = timer->data;
	struct guard_key keys[LATE_BATCH];
	size_t n = nft_late_due(&guard->late, clock_steady(), keys, LATE_BATCH);
	int err = n ? del_now(guard, keys, n) : 0;
	size_t i;

	(void)loop;
	(void)revents;
	if (err)
		log_warn("netfilter: cannot remove %zu keys: %s", n,
			 strerror(-err));
	for (i = 0; i < n; i++) {
		nft_late_drop(&guard->late, &keys[i]);
		if (err)
			nft_late_put(&guard->late, &keys[i],
				     clock_steady() + NFT_RETRY);
	}
	due_arm(guard);
}

static int del_late(struct nft_guard *guard, const struct guard_key *key)
{
	if (!guard->router || !router_may_linger(guard->router, key) ||
	    nft_late_put(&guard->late, key, clock_steady() + NFT_LINGER))
		return del_now(guard, key, 1);
	return 0;
}

int nft_del(struct nft_guard *guard, const struct guard_key *keys, size_t n)
{
	int err, result = 0;
	size_t i;

	if (n > GUARD_BATCH_MAX)
		return -EINVAL;
	for (i = 0; i < n && guard->state != NFT_GONE; i++) {
		err = del_late(guard, &keys[i]);
		if (err)
			result = err;
	}
	due_arm(guard);
	return result;
}

int nft_count(struct nft_guard *guard, const struct guard_key *keys, size_t n,
	      guard_count_fn *fn, void *arg)
{
	int err;

	if (guard->state == NFT_GONE)
		return 0;
	err = nft_table_count(&guard->table, keys, n, fn, arg);
	if (err == -ENOENT)
		guard_lose(guard, "is not there any more");
	return err;
}

void nft_watch(struct nft_guard *guard, struct router *router)
{
	guard->router = router;
	guard_arm(guard);
}

void nft_unwatch(struct nft_guard *guard)
{
	nft_monitor_stop(&guard->monitor);
	ev_timer_stop(guard->loop, &guard->later);
	ev_timer_stop(guard->loop, &guard->poll);
	ev_timer_stop(guard->loop, &guard->due);
	guard->router = NULL;
}

int nft_open(const struct nft_config *config, struct nft_guard **ret)
{
	struct nft_guard *guard;

	if (fcntl(config->fd, F_GETFD) < 0)
		return -errno;
	guard = calloc(1, sizeof(*guard));
	if (!guard)
		return -ENOMEM;
	guard->loop = config->loop;
	guard->fd = config->fd;
	nft_table_init(&guard->table, config->ident, config->table);
	guard->table.no_owner = test_no_owner();
	nft_monitor_init(&guard->monitor, guard->loop, guard->table.name,
			 on_monitor, guard);
	ev_timer_init(&guard->later, on_later, 0., 0.);
	guard->later.data = guard;
	nft_late_init(&guard->late);
	ev_timer_init(&guard->due, on_due, 0., 0.);
	guard->due.data = guard;
	ev_timer_init(&guard->poll, on_poll, 0., POLL_INTERVAL);
	guard->poll.data = guard;
	/* While there are privileges; if it fails, nft_ready() tries again. */
	nft_table_open(&guard->table, guard->fd);
	*ret = guard;
	return 0;
}

void nft_close(struct nft_guard *guard)
{
	int i;

	if (!guard)
		return;
	nft_unwatch(guard);
	/* Nobody else does. */
	for (i = 0; guard->table.no_owner && i < PLACE_TRIES; i++) {
		if (!nft_table_remove(&guard->table))
			break;
	}
	nft_late_clear(&guard->late);
	nft_monitor_close(&guard->monitor);
	/* With the owner flag the table goes with this. */
	close(guard->fd);
	free(guard);
}
