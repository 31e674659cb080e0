/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches what others do to one nftables table.  Our own changes are kept out
 * by a socket filter, so that they cannot fill the receive buffer.
 */
#ifndef KERNEL_NFT_MONITOR_H
#define KERNEL_NFT_MONITOR_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/netlink.h"

/* Bytes of receive buffer that are asked for. */
#define NFT_MONITOR_RECV_SIZE (1024 * 1024)

/* Longest cause with its final NUL. */
#define NFT_CAUSE_SIZE 352

/* Datagrams read in one go. */
#define NFT_MONITOR_BURST 64

/*
 * Something was done to the table; `gone`: it was removed, or may have been,
 * since notifications were lost.  Called from the event loop, last in the
 * watcher: may close the monitor.
 */
typedef void nft_monitor_fn(void *arg, bool gone, const char *cause);

struct nft_monitor {
	ev_io io;
	struct ev_loop *loop;
	struct netlink nl;
	const char *name;	/* of the table; borrowed */
	uint32_t port;		/* of our own request socket */
	nft_monitor_fn *fn;
	void *arg;
};

/* Sets up a closed monitor. */
void nft_monitor_init(struct nft_monitor *monitor, struct ev_loop *loop,
		      const char *name, nft_monitor_fn *fn, void *arg);

/*
 * Takes note from now on, but reports only after nft_monitor_start().  `port`
 * is the port id whose changes are ours.  0, also when open already; -errno.
 */
int nft_monitor_open(struct nft_monitor *monitor, uint32_t port);
void nft_monitor_close(struct nft_monitor *monitor);
void nft_monitor_start(struct nft_monitor *monitor);
void nft_monitor_stop(struct nft_monitor *monitor);

#endif
