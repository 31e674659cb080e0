/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows links and addresses.  Knows when events were lost and how to read
 * everything anew; must not know the layout of a message (rtnl-msg.c), nor
 * what the router does with it.
 *
 * Two sockets: events would get lost among the answers of a dump.  The dump
 * may be newer than events that still wait; they are told in order, so what
 * holds at the end is what the kernel said last.  A third is for what the
 * router asks while it is told of these.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <ev.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "core/router.h"
#include "kernel/netlink.h"
#include "kernel/rtnl-msg.h"
#include "kernel/rtnl.h"
#include "run/log.h"

/* linux/netlink.h, since 4.20. */
#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* Datagrams of one wakeup, so that others get their turn. */
#define DRAIN_MAX 1024

/* Where messages go, and by which socket to ask back. */
struct sink {
	struct router *router;
	struct netlink *requests;
	int err;		/* something was told in vain */
};

struct rtnl {
	struct ev_loop *loop;
	struct netlink events;
	struct netlink requests;
	struct netlink routes;
	struct sink sink;
	ev_io io;
	ev_timer retry;
	bool told;		/* that everything cannot be read */
};

struct search {
	const struct rtnl_msg *wanted;
	bool found;
};

static int search_addr(void *arg, const struct nlmsghdr *nlh)
{
	struct search *search = arg;
	struct rtnl_msg msg;

	if (!rtnl_msg_parse(nlh, &msg) && msg.kind == RTNL_ADDR_ADD &&
	    msg.ifindex == search->wanted->ifindex &&
	    addr_equal(&msg.addr, &search->wanted->addr))
		search->found = true;
	return 0;
}

/*
 * An interface may have one IPv4 address several times, with other lengths or
 * peers: it is gone with the last of them.
 */
static bool addr_remains(struct netlink *requests, const struct rtnl_msg *msg)
{
	_Alignas(struct nlmsghdr) char buf[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct search search = { .wanted = msg };
	struct ifaddrmsg *ifa;

	if (addr_family(&msg->addr) != FAMILY_IPV4)
		return false;

	nlh->nlmsg_type = RTM_GETADDR;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_index = msg->ifindex;	/* with strict checks only these */

	/* -ENODEV: the interface went with it. */
	netlink_dump(requests, nlh, search_addr, NULL, &search);
	return search.found;
}

static int tell(void *arg, const struct nlmsghdr *nlh)
{
	struct sink *sink = arg;
	struct rtnl_msg msg;
	int err = 0;

	if (rtnl_msg_parse(nlh, &msg)) {
		log_warn("rtnetlink: malformed message of type %u ignored",
			 nlh->nlmsg_type);
		return 0;
	}

	switch (msg.kind) {
	case RTNL_NOTHING:
		break;
	case RTNL_LINK:
		err = router_link(sink->router, &msg.link);
		break;
	case RTNL_UNLINK:
		router_unlink(sink->router, msg.ifindex);
		break;
	case RTNL_ADDR_ADD:
		err = router_addr_add(sink->router, msg.ifindex, &msg.addr);
		break;
	case RTNL_ADDR_DEL:
		if (!addr_remains(sink->requests, &msg))
			router_addr_del(sink->router, msg.ifindex, &msg.addr);
		break;
	}
	if (err)
		sink->err = err;
	return 0;
}

static int dump_links(struct sink *sink)
{
	_Alignas(struct nlmsghdr) char buf[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	return netlink_dump(sink->requests, nlh, tell, NULL, sink);
}

static int dump_addrs(struct sink *sink)
{
	_Alignas(struct nlmsghdr) char buf[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETADDR;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	return netlink_dump(sink->requests, nlh, tell, NULL, sink);
}

/*
 * Tells everything.  What vanished while it was read may be told nevertheless;
 * its event waits behind, and takes it back.  Without success the router is
 * left between begin and end, so that nothing is taken for gone; the next try
 * begins anew.
 */
static int resync(struct sink *sink)
{
	int err;

	router_resync_begin(sink->router);

	sink->err = 0;
	err = dump_links(sink);
	if (!err)
		err = dump_addrs(sink);
	if (!err)
		err = sink->err;
	if (err)
		return err;

	router_resync_end(sink->router);
	return 0;
}

static int open_requests(struct netlink *ret)
{
	int one = 1;
	int err;

	err = netlink_open(ret, NETLINK_ROUTE);
	if (err)
		return err;

	/* Lets a dump be limited to one interface; else it is longer. */
	setsockopt(ret->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
		   sizeof(one));
	return 0;
}

static int open_events(struct netlink *ret)
{
	static const unsigned int groups[] = {
		RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
	};
	size_t i;
	int err;

	err = netlink_open(ret, NETLINK_ROUTE);
	if (err)
		return err;

	netlink_set_rcvbuf(ret->fd, RTNL_RCVBUF);
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		err = netlink_subscribe(ret, groups[i]);
		if (err) {
			netlink_close(ret);
			return err;
		}
	}
	return 0;
}

static void resync_or_retry(struct rtnl *rtnl)
{
	int err = resync(&rtnl->sink);

	if (!err) {
		ev_timer_stop(rtnl->loop, &rtnl->retry);
		if (rtnl->told)
			log_notice("rtnetlink: links and addresses read");
		rtnl->told = false;
		return;
	}

	if (!rtnl->told)
		log_err("rtnetlink: cannot read links and addresses: %s",
			strerror(-err));
	rtnl->told = true;
	ev_timer_again(rtnl->loop, &rtnl->retry);
}

static int discard(void *arg, const struct nlmsghdr *nlh)
{
	(void)arg;
	(void)nlh;
	return 0;
}

static void events_lost(struct rtnl *rtnl)
{
	int ret;

	log_info("rtnetlink: events lost, reading links and addresses anew");

	/* What waits is older than what will be read, and makes room. */
	do {
		ret = netlink_drain(&rtnl->events, DRAIN_MAX, discard, NULL);
	} while (ret > 0 || ret == -ENOBUFS);

	resync_or_retry(rtnl);
}

static void on_events(struct ev_loop *loop, ev_io *io, int revents)
{
	struct rtnl *rtnl = io->data;
	int ret;

	(void)loop;
	(void)revents;

	rtnl->sink.err = 0;
	ret = netlink_drain(&rtnl->events, DRAIN_MAX, tell, &rtnl->sink);
	if (ret == -ENOBUFS || ret == -EMSGSIZE || rtnl->sink.err)
		events_lost(rtnl);
	else if (ret < 0)
		log_err("rtnetlink: cannot read events: %s", strerror(-ret));
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	resync_or_retry(timer->data);
}

int rtnl_open(struct ev_loop *loop, struct rtnl **ret)
{
	struct rtnl *rtnl;
	int err;

	rtnl = calloc(1, sizeof(*rtnl));
	if (!rtnl)
		return -ENOMEM;
	rtnl->loop = loop;

	err = open_requests(&rtnl->requests);
	if (err)
		goto err_free;
	err = open_requests(&rtnl->routes);
	if (err)
		goto err_close_requests;
	err = open_events(&rtnl->events);
	if (err)
		goto err_close_routes;

	rtnl->sink.requests = &rtnl->requests;
	ev_io_init(&rtnl->io, on_events, rtnl->events.fd, EV_READ);
	rtnl->io.data = rtnl;
	ev_timer_init(&rtnl->retry, on_retry, 0., RTNL_RETRY);
	rtnl->retry.data = rtnl;

	*ret = rtnl;
	return 0;

err_close_routes:
	netlink_close(&rtnl->routes);
err_close_requests:
	netlink_close(&rtnl->requests);
err_free:
	free(rtnl);
	return err;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (!rtnl)
		return;

	netlink_close(&rtnl->events);
	netlink_close(&rtnl->routes);
	netlink_close(&rtnl->requests);
	free(rtnl);
}

void rtnl_attach(struct rtnl *rtnl, struct router *router)
{
	rtnl->sink.router = router;
	ev_io_start(rtnl->loop, &rtnl->io);
	resync_or_retry(rtnl);
}

void rtnl_detach(struct rtnl *rtnl)
{
	ev_io_stop(rtnl->loop, &rtnl->io);
	ev_timer_stop(rtnl->loop, &rtnl->retry);
	rtnl->sink.router = NULL;
}

struct netlink *rtnl_routes(struct rtnl *rtnl)
{
	return &rtnl->routes;
}

int rtnl_scan(struct router *router)
{
	struct netlink requests;
	struct sink sink = { router, &requests, 0 };
	int err;

	err = open_requests(&requests);
	if (err)
		return err;

	err = resync(&sink);
	netlink_close(&requests);
	return err;
}
