/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What linux.c and linux-ops.c share, and nobody else. */
#ifndef KERNEL_LINUX_INTERNAL_H
#define KERNEL_LINUX_INTERNAL_H

#include <ev.h>

#include "lib/addr.h"

struct linux_mroute {
	const struct mroute_ops *ops;	/* NULL: not in this build */
	int fd;				/* -1: does not work */
	ev_io io;
	struct linux_kernel *kernel;
};

struct linux_kernel {
	struct ev_loop *loop;
	struct router *router;		/* NULL: detached */
	struct nft_guard *nft;
	struct shadow *shadow;
	struct relay *relay;
	struct linux_mroute mroute[FAMILY_COUNT];
	struct rtnl *rtnl;
	struct join_pool *joins;
	struct members *members;
	struct mrdisc *mrdisc;
	unsigned int table;
};

#endif
