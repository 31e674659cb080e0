/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux behind core's seam: what src/smcrouted.c opens, hands to the router as
 * its kernel (`linux_ops`, context `struct linux_kernel *`), and closes.
 *
 *	linux_open()  -> router_new() -> linux_attach()
 *	linux_detach() -> router_free() -> linux_close()
 */
#ifndef KERNEL_LINUX_H
#define KERNEL_LINUX_H

#include "core/kernel.h"

struct diag;
struct ev_loop;
struct linux_kernel;
struct router;

struct linux_config {
	struct ev_loop *loop;		/* borrowed for the whole life */
	const char *ident;		/* copied; names the nft table */
	unsigned int table;		/* multicast routing table, 0: default */
	unsigned int mrdisc_interval;	/* seconds, 4..180 */
	unsigned int members_interval;	/* seconds, 0: never read */
	double idle;			/* -c, seconds; 0: for ever */
};

extern const struct kernel_ops linux_ops;

/* False when built without multicast router discovery (RFC 4286). */
bool linux_has_mrdisc(void);

/*
 * Opens everything that needs a privilege: the slot of the netfilter guard,
 * then the mroute sockets, in that order of descriptors (see linux.c).  Call
 * it after daemonizing, and before capabilities are dropped.
 *
 * The families are independent: 0 when at least one works, and an error is
 * logged for the one that does not.  Else, with the reason in `diag`:
 * -EADDRINUSE at least one is in use by another program, -EPERM a capability
 * is missing, -EPROTONOSUPPORT the kernel has neither; or -ENOMEM, -EMFILE
 * and the like when a socket other than these cannot be had.
 */
int linux_open(const struct linux_config *config, struct linux_kernel **ret,
	       struct diag *diag);

/*
 * Tells `router` all links and addresses, then starts the watchers that tell
 * it what happens: links and addresses, upcalls, the netfilter table, who joins.  `router`
 * is borrowed until linux_detach().
 */
void linux_attach(struct linux_kernel *kernel, struct router *router);

/* Stops the watchers; the operations keep working. */
void linux_detach(struct linux_kernel *kernel);

/* Takes what is left out of the kernel, routes before guards; NULL is fine. */
void linux_close(struct linux_kernel *kernel);

/*
 * Tells `router` all links and addresses and no more; needs no privilege.
 * For a configuration check.  0 or -errno.
 */
int linux_scan(struct router *router);

#endif
