/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table guard: puts its table and its rules in and out in the right order,
 * answers the table's upcalls, and follows what others do to the rules.  Must
 * not know entries, nor which rule leads where.
 *
 * The order of descriptors is of no matter to this guard: its rules outlive the
 * process, and the table they lead to is then an empty one, into which looped
 * copies go until the next start.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ev.h>
#include <linux/rtnetlink.h>

#include "core/router.h"
#include "kernel/log-kind.h"
#include "kernel/mroute.h"
#include "kernel/rtnl-msg.h"
#include "kernel/rtnl.h"
#include "kernel/shadow-rule.h"
#include "kernel/shadow-table.h"
#include "kernel/shadow.h"
#include "lib/clock.h"
#include "lib/diag.h"
#include "run/log.h"

/* Datagrams of one wakeup, so that others get their turn. */
#define DRAIN_MAX 1024

struct shadow {
	struct ev_loop *loop;
	struct router *router;		/* NULL: not watched */
	uint32_t main;
	struct shadow_table table;
	struct shadow_rules rules;
	struct netlink events;		/* closed until the table is made */
	ev_io on_upcalls;
	ev_io on_events;
	ev_timer expire;
	ev_timer retry;			/* rules could not be read */
	ev_timer linger;		/* rules without keys are to go */
};

/* Upcalls */

static void complain(const char *what, int err)
{
	char text[128];

	snprintf(text, sizeof(text), "second IPv4 table: %s: %s", what,
		 strerror(-err));
	log_kind(LOG_ERR, LOG_KIND_UPCALL, text);
}

static void expire_at(struct shadow *shadow, double when)
{
	double wait = when - clock_steady();

	ev_timer_stop(shadow->loop, &shadow->expire);
	if (when < 0)
		return;
	ev_timer_set(&shadow->expire, wait > 0 ? wait : 0, 0);
	ev_timer_start(shadow->loop, &shadow->expire);
}

static void on_expire(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct shadow *shadow = timer->data;

	(void)loop;
	(void)revents;
	expire_at(shadow, shadow_table_expire(&shadow->table, clock_steady()));
}

/* A looped copy that is not one of ours goes nowhere, this and the next. */
static void answer_foreign(struct shadow *shadow, const struct upcall *upcall)
{
	int err = shadow_table_filter(&shadow->table, upcall, clock_steady());

	if (err)
		complain("no stop filter", err);
	else if (shadow->table.idle > 0 && !ev_is_active(&shadow->expire))
		expire_at(shadow, clock_steady() +
			  shadow->table.idle / SHADOW_LOOKS);
}

static void answer(void *arg, const struct upcall *upcall)
{
	struct shadow *shadow = arg;
	struct upcall copy = *upcall;

	/* The kernel makes no other for what comes with an output route. */
	if (upcall->kind != UPCALL_NOCACHE)
		return;
	if (!router_owns(shadow->router, &upcall->source)) {
		answer_foreign(shadow, upcall);
		return;
	}
	if (!shadow_table_own_repeat(&shadow->table, &upcall->source,
				     &upcall->group))
		return;
	copy.kind = UPCALL_UNMIRRORED;
	router_upcall(shadow->router, &copy, clock_steady());
}

static void on_upcalls(struct ev_loop *loop, ev_io *io, int revents)
{
	struct shadow *shadow = io->data;
	int n;

	(void)loop;
	(void)revents;
	n = mroute_drain(&mroute4_ops, shadow->table.fd, answer, shadow);
	if (n < 0)
		complain("cannot read upcalls", n);
	router_commit(shadow->router);
}

/* Changes of rules */

struct news {
	const struct shadow *shadow;
	bool review;
};

/* Rules of ours have been seen to.  One that cannot be read is a change. */
static bool calls_for_review(const struct shadow *shadow,
			     const struct nlmsghdr *nlh)
{
	struct rtnl_msg msg;
	struct mrule rule;

	if (nlh->nlmsg_type == RTM_NEWRULE || nlh->nlmsg_type == RTM_DELRULE)
		return nlh->nlmsg_pid != shadow->rules.requests.portid &&
		       mrule_parse(nlh, &rule) != -ENOMSG;
	return !rtnl_msg_parse(nlh, &msg) && msg.kind == RTNL_LINK &&
	       shadow_rules_link(&shadow->rules, &msg.link);
}

static int hear(void *arg, const struct nlmsghdr *nlh)
{
	struct news *news = arg;

	news->review = news->review || calls_for_review(news->shadow, nlh);
	return 0;
}

static void tell_lost(struct shadow *shadow, struct shadow_iface *iface)
{
	char cause[DIAG_TEXT_MAX];

	iface->lost = false;
	snprintf(cause, sizeof(cause), "%s", iface->text);
	router_guard_lost(shadow->router, GUARD_TABLE, iface->ifindex, cause);
}

static void follow(struct shadow *shadow)
{
	struct shadow_iface *iface;
	int changed;

	changed = shadow_rules_review(&shadow->rules);
	if (changed < 0)
		ev_timer_again(shadow->loop, &shadow->retry);
	else
		ev_timer_stop(shadow->loop, &shadow->retry);

	while ((iface = shadow_rules_lost(&shadow->rules)))
		tell_lost(shadow, iface);
	if (changed > 0)
		router_guard_retry(shadow->router);
	shadow_rules_reviewed(&shadow->rules);
}

static void on_events(struct ev_loop *loop, ev_io *io, int revents)
{
	struct shadow *shadow = io->data;
	struct news news = { .shadow = shadow };
	int ret;

	(void)loop;
	(void)revents;
	/* Most likely -ENOBUFS: some did not fit. */
	ret = netlink_drain(&shadow->events, DRAIN_MAX, hear, &news);
	if (ret < 0 || news.review)
		follow(shadow);
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	follow(timer->data);
}

static void on_linger(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct shadow *shadow = timer->data;
	int err = shadow_rules_tidy(&shadow->rules);

	(void)revents;
	timer->repeat = err ? SHADOW_RETRY : SHADOW_LINGER;
	if (err)
		complain("cannot remove a multicast rule", err);
	else
		ev_timer_stop(loop, timer);
}

/* Opening */

/* By becoming its multicast router for a moment. */
static bool is_held(uint32_t table)
{
	struct diag diag;
	int fd;

	/* Without permission that cannot be told, and the rule stays. */
	if (mroute_open(&mroute4_ops, 0, table, &fd, &diag))
		return true;
	mroute_close(&mroute4_ops, fd);
	return false;
}

static void sweep(struct shadow *shadow)
{
	int n = shadow_rules_sweep(&shadow->rules, is_held);

	if (n > 0)
		log_notice("removed %d multicast rules of a dead daemon", n);
	else if (n < 0 && n != -EAFNOSUPPORT)
		log_warn("cannot remove multicast rules of a dead daemon: %s",
			 strerror(-n));
}

static void timers_init(struct shadow *shadow)
{
	ev_timer_init(&shadow->expire, on_expire, 0., 0.);
	ev_timer_init(&shadow->retry, on_retry, 0., SHADOW_RETRY);
	ev_timer_init(&shadow->linger, on_linger, 0., SHADOW_LINGER);
	shadow->expire.data = shadow;
	shadow->retry.data = shadow;
	shadow->linger.data = shadow;
}

int shadow_open(const struct shadow_config *config, struct shadow **ret)
{
	struct shadow *shadow;
	int err;

	shadow = calloc(1, sizeof(*shadow));
	if (!shadow)
		return -ENOMEM;
	shadow->loop = config->loop;
	shadow->main = config->table;
	shadow->events = (struct netlink)NETLINK_CLOSED;
	timers_init(shadow);
	shadow_table_init(&shadow->table, config->idle);

	err = shadow_rules_open(&shadow->rules, config->table);
	if (err) {
		free(shadow);
		return err;
	}
	sweep(shadow);
	*ret = shadow;
	return 0;
}

void shadow_close(struct shadow *shadow)
{
	if (!shadow)
		return;

	shadow_unwatch(shadow);
	netlink_close(&shadow->events);
	shadow_rules_close(&shadow->rules);
	shadow_table_fini(&shadow->table);
	free(shadow);
}

static void listen_start(struct shadow *shadow)
{
	if (!shadow->router || shadow->events.fd < 0)
		return;
	ev_io_init(&shadow->on_upcalls, on_upcalls, shadow->table.fd, EV_READ);
	ev_io_init(&shadow->on_events, on_events, shadow->events.fd, EV_READ);
	/* Routes may be unguarded: before anything else that is pending. */
	ev_set_priority(&shadow->on_events, EV_MAXPRI);
	shadow->on_upcalls.data = shadow;
	shadow->on_events.data = shadow;
	ev_io_start(shadow->loop, &shadow->on_upcalls);
	ev_io_start(shadow->loop, &shadow->on_events);
}

void shadow_watch(struct shadow *shadow, struct router *router)
{
	shadow->router = router;
	listen_start(shadow);
}

void shadow_unwatch(struct shadow *shadow)
{
	if (!shadow->router)
		return;
	ev_timer_stop(shadow->loop, &shadow->expire);
	ev_timer_stop(shadow->loop, &shadow->retry);
	ev_timer_stop(shadow->loop, &shadow->linger);
	if (shadow->events.fd >= 0) {
		ev_io_stop(shadow->loop, &shadow->on_upcalls);
		ev_io_stop(shadow->loop, &shadow->on_events);
	}
	shadow->router = NULL;
}

static int open_events(struct netlink *ret)
{
	struct netlink events;
	int err;

	err = netlink_open(&events, NETLINK_ROUTE);
	if (err)
		return err;
	netlink_set_rcvbuf(events.fd, RTNL_RCVBUF);
	err = netlink_subscribe(&events, RTNLGRP_IPV4_RULE);
	if (!err)
		err = netlink_subscribe(&events, RTNLGRP_LINK);
	if (err) {
		netlink_close(&events);
		return err;
	}
	*ret = events;
	return 0;
}

/* Table and events, once and for all. */
static int shadow_start(struct shadow *shadow, struct diag *diag)
{
	int err;

	if (shadow->events.fd >= 0)
		return 0;
	err = shadow_table_open(&shadow->table, shadow->main, diag);
	if (err)
		return err;
	err = open_events(&shadow->events);
	if (err)
		return diag_set(diag, err, "no events of multicast rules: %s",
				strerror(-err));
	shadow->rules.table = shadow->table.id;
	listen_start(shadow);
	return 0;
}

/* Operations */

int shadow_ready(struct shadow *shadow, unsigned int ifindex,
		 struct diag *diag)
{
	unsigned int vif;
	int err;

	err = shadow_start(shadow, diag);
	if (err || !ifindex)
		return err;
	/* It may have none yet; that is seen when a key comes. */
	err = shadow_table_vif(&shadow->table, ifindex, &vif);
	if (err && err != -ENODEV)
		return diag_set(diag, err, "no VIF in the second table: %s",
				strerror(-err));
	return shadow_rules_ready(&shadow->rules, ifindex, diag);
}

static void key_release(struct shadow *shadow, unsigned int ifindex)
{
	if (shadow_rules_release(&shadow->rules, ifindex) && shadow->router)
		ev_timer_again(shadow->loop, &shadow->linger);
}

int shadow_add(struct shadow *shadow, const struct guard_key *keys, size_t n)
{
	bool new[GUARD_BATCH_MAX];
	size_t held = 0, i;
	int err;

	if (n > GUARD_BATCH_MAX)
		return -EINVAL;

	for (i = 0; i < n; i++) {
		err = shadow_table_key_add(&shadow->table, &keys[i]);
		if (err < 0)
			goto err_del;
		new[i] = err;
	}
	for (; held < n; held++) {
		err = shadow_rules_hold(&shadow->rules, keys[held].ifindex,
					new[held]);
		if (err)
			goto err_release;
	}
	return 0;

err_release:
	while (held-- > 0) {
		if (new[held])
			key_release(shadow, keys[held].ifindex);
	}
err_del:
	while (i-- > 0) {
		if (new[i])
			shadow_table_key_del(&shadow->table, &keys[i]);
	}
	return err;
}

/* All are tried; the first error is returned. */
int shadow_del(struct shadow *shadow, const struct guard_key *keys, size_t n)
{
	int err, result = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		err = shadow_table_key_del(&shadow->table, &keys[i]);
		if (err)
			key_release(shadow, keys[i].ifindex);
		if (err < 0 && !result)
			result = err;
	}
	return result;
}

int shadow_count(struct shadow *shadow, const struct guard_key *keys, size_t n,
		 guard_count_fn *fn, void *arg)
{
	struct guard_count count = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		if (!shadow_table_key_count(&shadow->table, &keys[i],
					    &count.suppressed))
			fn(arg, &keys[i], &count);
	return 0;
}

void shadow_vif_add(struct shadow *shadow, unsigned int vif,
		    unsigned int ifindex)
{
	shadow_table_vif_add(&shadow->table, vif, ifindex);
}

void shadow_vif_del(struct shadow *shadow, unsigned int vif)
{
	shadow_rules_forget(&shadow->rules, shadow->table.vifs[vif].ifindex);
	shadow_table_vif_del(&shadow->table, vif);
}

int shadow_mfc_set(struct shadow *shadow, const struct mfc_route *route)
{
	if (addr_family(&route->group) != FAMILY_IPV4)
		return 0;
	if (route->own)
		return shadow_table_own_set(&shadow->table, route);
	return shadow_table_own_del(&shadow->table, &route->source,
				    &route->group);
}

void shadow_mfc_del(struct shadow *shadow, const struct in6_addr *source,
		    const struct in6_addr *group)
{
	shadow_table_own_del(&shadow->table, source, group);
}

int shadow_mfc_count(const struct shadow *shadow,
		     const struct in6_addr *source,
		     const struct in6_addr *group, struct mfc_count *ret)
{
	return shadow_table_own_count(&shadow->table, source, group, ret);
}

uint32_t shadow_mirror(const struct shadow *shadow,
		       const struct in6_addr *source,
		       const struct in6_addr *group)
{
	struct mfc_count count;

	return shadow_mfc_count(shadow, source, group, &count) ?
	       0 : shadow->table.id;
}

void shadow_own_changed(struct shadow *shadow, const struct in6_addr *addr)
{
	if (addr_family(addr) == FAMILY_IPV4)
		shadow_table_forget(&shadow->table, addr);
}
