/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's multicast forwarding: one socket a family, whose life is that of
 * all VIFs and entries made through it (linux/mroute.h, linux/mroute6.h).
 */
#ifndef KERNEL_MROUTE_H
#define KERNEL_MROUTE_H

#include <stddef.h>

#include "core/kernel.h"

struct diag;

/*
 * Wanted receive buffer: room for the upcalls of some ten thousand new flows,
 * each accounted with about 1 KiB (the kernel doubles the number).
 */
#define MROUTE_RCVBUF (16 * 1024 * 1024)

/* Bytes of an upcall that are looked at; a whole packet behind it is cut. */
#define MROUTE_UPCALL_MAX 128

/* Most upcalls of one mroute_drain(), so that others get their turn. */
#define MROUTE_DRAIN_MAX 8192

/* What differs between the families.  All return 0 or -errno. */
struct mroute_ops {
	const char *name;		/* "IPv4" */

	/* Raw socket, not yet the multicast router; close-on-exec. */
	int (*socket)(int *ret);
	/* Options, MRT_* and MRT6_*, and CONFIG_*_MROUTE of the kernel. */
	int level;
	int table;
	int init;
	int done;
	int pim;
	int assert;
	const char *config;		/* "IP", "IPV6" */

	/* As in struct kernel_ops; mfc_count: -ENOENT no such entry. */
	int (*vif_add)(int fd, unsigned int vif, unsigned int ifindex);
	int (*vif_del)(int fd, unsigned int vif);
	int (*mfc_set)(int fd, const struct mfc_route *route);
	int (*mfc_del)(int fd, const struct in6_addr *source,
		       const struct in6_addr *group);
	int (*mfc_count)(int fd, const struct in6_addr *source,
			 const struct in6_addr *group, struct mfc_count *ret);

	/*
	 * Checks `len` bytes received from the socket.  -EBADMSG: no upcall,
	 * or nonsense; -EPROTONOSUPPORT: an upcall of no use (WHOLEPKT).
	 */
	int (*check)(const void *data, size_t len, struct upcall *ret);
};

extern const struct mroute_ops mroute4_ops;
extern const struct mroute_ops mroute6_ops;	/* absent: --disable-ipv6 */

/* NULL when the family is left out of this build. */
const struct mroute_ops *mroute_family(enum family family);

/*
 * Opens the multicast router socket of `table` (0: the default one) with a
 * descriptor number of at least `min_fd`.  With the reason in `diag`:
 * -EADDRINUSE another program routes, -EPERM a capability is missing,
 * -EPROTONOSUPPORT not in this kernel; else -errno.
 */
int mroute_open(const struct mroute_ops *ops, int min_fd, unsigned int table,
		int *ret, struct diag *diag);

/* Drops all VIFs and entries of the socket. */
void mroute_close(const struct mroute_ops *ops, int fd);

/*
 * Gives the upcalls that are waiting to `fn`, in order.  Returns how many, or
 * -errno.  What is no use is logged under flood control and skipped.
 */
typedef void mroute_upcall_fn(void *arg, const struct upcall *upcall);
int mroute_drain(const struct mroute_ops *ops, int fd, mroute_upcall_fn *fn,
		 void *arg);

/* Sets an option of type int.  0 or -errno. */
int mroute_set_int(int fd, int level, int option, int value);

#endif
