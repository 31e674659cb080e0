/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications of nf_tables about one table.  Knows the multicast group and
 * whose events count; must not know what a guard is or how to mend one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "kernel/nft-monitor.h"
#include "kernel/nft-msg.h"

/* What one run through the socket brought. */
struct harvest {
	const struct nft_monitor *monitor;
	bool hit;
	bool gone;
	uint32_t port;		/* who did it */
	char process[sizeof(((struct nft_event *)NULL)->process)];
};

/*
 * All messages of a datagram are of one transaction, so the first one's port
 * id decides.  Filters load words in network order.
 */
static int filter_own(int fd, uint32_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog prog = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		return -errno;
	return 0;
}

static int harvest_msg(void *arg, const struct nlmsghdr *nlh)
{
	struct harvest *harvest = arg;
	const struct nft_monitor *monitor = harvest->monitor;
	struct nft_event event;

	if (nft_parse_event(nlh, monitor->name, &event) ||
	    event.port == monitor->port)
		return 0;
	if (event.ours) {
		harvest->hit = true;
		harvest->gone = event.type == NFT_MSG_DELTABLE;
		harvest->port = event.port;
		harvest->process[0] = '\0';
	} else if (event.type == NFT_MSG_NEWGEN && harvest->hit &&
		   event.port == harvest->port) {
		memcpy(harvest->process, event.process,
		       sizeof(harvest->process));
	}
	return 0;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct nft_monitor *monitor = io->data;
	struct harvest harvest = { .monitor = monitor };
	char cause[NFT_CAUSE_SIZE];
	bool lost;

	(void)loop;
	(void)revents;
	/* Most likely -ENOBUFS: some notifications did not fit. */
	lost = netlink_drain(&monitor->nl, NFT_MONITOR_BURST, harvest_msg,
			     &harvest) < 0;
	if (!harvest.hit && !lost)
		return;
	if (harvest.hit)
		snprintf(cause, sizeof(cause), "table %s was %s by %s",
			 monitor->name, harvest.gone ? "removed" : "changed",
			 harvest.process[0] ? harvest.process :
					      "another program");
	else
		snprintf(cause, sizeof(cause),
			 "notifications about table %s were lost",
			 monitor->name);
	monitor->fn(monitor->arg, harvest.gone || lost, cause);
}

void nft_monitor_init(struct nft_monitor *monitor, struct ev_loop *loop,
		      const char *name, nft_monitor_fn *fn, void *arg)
{
	memset(monitor, 0, sizeof(*monitor));
	monitor->loop = loop;
	monitor->nl.fd = -1;
	monitor->name = name;
	monitor->fn = fn;
	monitor->arg = arg;
	ev_init(&monitor->io, on_readable);
	/* Routes may be unguarded: before anything else that is pending. */
	ev_set_priority(&monitor->io, EV_MAXPRI);
	monitor->io.data = monitor;
}

int nft_monitor_open(struct nft_monitor *monitor, uint32_t port)
{
	struct netlink *nl = &monitor->nl;
	int err;

	if (nl->fd >= 0)
		return 0;
	err = netlink_open(nl, NETLINK_NETFILTER);
	if (err)
		return err;
	netlink_set_rcvbuf(nl->fd, NFT_MONITOR_RECV_SIZE);
	err = filter_own(nl->fd, port);
	if (!err)
		err = netlink_subscribe(nl, NFNLGRP_NFTABLES);
	if (err) {
		netlink_close(nl);
		return err;
	}
	monitor->port = port;
	ev_io_set(&monitor->io, nl->fd, EV_READ);
	return 0;
}

void nft_monitor_close(struct nft_monitor *monitor)
{
	ev_io_stop(monitor->loop, &monitor->io);
	netlink_close(&monitor->nl);
}

void nft_monitor_start(struct nft_monitor *monitor)
{
	if (monitor->nl.fd >= 0)
		ev_io_start(monitor->loop, &monitor->io);
}

void nft_monitor_stop(struct nft_monitor *monitor)
{
	ev_io_stop(monitor->loop, &monitor->io);
}
