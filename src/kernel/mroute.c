/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the mroute sockets of both families have in common: how one becomes the
 * multicast router, where they sit among the descriptors, how large their queue
 * is, how it is emptied.  Must
 * not know addresses of a family, nor what an upcall leads to.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/log-kind.h"
#include "kernel/mroute.h"
#include "kernel/netlink.h"
#include "lib/diag.h"
#include "run/log.h"

/* Upcalls of one recvmmsg(2). */
#define BATCH 64

int mroute_set_int(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		return -errno;
	return 0;
}

const struct mroute_ops *mroute_family(enum family family)
{
	switch (family) {
	case FAMILY_IPV4:
		return &mroute4_ops;
	case FAMILY_IPV6:
#ifdef ENABLE_IPV6
		return &mroute6_ops;
#else
		return NULL;
#endif
	}
	return NULL;
}

/* Gives the socket a number of at least `min_fd`. */
static int raise_fd(int *fd, int min_fd)
{
	int high;

	if (*fd >= min_fd)
		return 0;

	high = fcntl(*fd, F_DUPFD_CLOEXEC, min_fd);
	if (high < 0)
		return -errno;

	close(*fd);
	*fd = high;
	return 0;
}

static int socket_error(const struct mroute_ops *ops, int err,
			struct diag *diag)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return diag_set(diag, -EPERM,
				"%s multicast routing: no permission, "
				"CAP_NET_ADMIN and CAP_NET_RAW are needed",
				ops->name);
	case -EAFNOSUPPORT:
	case -EPROTONOSUPPORT:
		return diag_set(diag, -EPROTONOSUPPORT,
				"%s multicast routing: this kernel has no %s",
				ops->name, ops->name);
	}
	return diag_set(diag, err, "%s multicast routing: no socket: %s",
			ops->name, strerror(-err));
}

static int set_option(const struct mroute_ops *ops, int fd, int option,
		      int value)
{
	return mroute_set_int(fd, ops->level, option, value);
}

static int select_table(const struct mroute_ops *ops, int fd,
			unsigned int table, struct diag *diag)
{
	int err;

	if (!table)
		return 0;

	err = set_option(ops, fd, ops->table, (int)table);
	if (err == -EPERM || err == -EACCES)
		return diag_set(diag, -EPERM,
				"%s multicast routing: no permission",
				ops->name);
	/* -ENOPROTOOPT: no tables in this kernel; -EINVAL: number too large */
	if (err)
		return diag_set(diag, -EPROTONOSUPPORT,
				"%s multicast routing: no table %u: %s, see "
				"kernel option CONFIG_%s_MROUTE_MULTIPLE_TABLES",
				ops->name, table, strerror(-err), ops->config);
	return 0;
}

static int become_router(const struct mroute_ops *ops, int fd,
			 struct diag *diag)
{
	int err = set_option(ops, fd, ops->init, 1);

	switch (err) {
	case 0:
		return 0;
	case -EADDRINUSE:
		return diag_set(diag, err, "%s multicast routing: in use by "
				"another program", ops->name);
	case -ENOPROTOOPT:
		return diag_set(diag, -EPROTONOSUPPORT,
				"%s multicast routing: kernel built without "
				"CONFIG_%s_MROUTE", ops->name, ops->config);
	}
	return diag_set(diag, err == -EACCES ? -EPERM : err,
			"%s multicast routing: %s", ops->name, strerror(-err));
}

/*
 * Turns on upcalls of packets that come in wrong, for stop filters as well.
 * Without PIM in the kernel they come, in IPv6, only when the true inbound is
 * one of the outbounds.
 */
static void ask_for_wrong(const struct mroute_ops *ops, int fd)
{
	if (set_option(ops, fd, ops->pim, 1) &&
	    set_option(ops, fd, ops->assert, 1))
		log_warn("%s: no wrong interface upcalls, kernel built "
			 "without CONFIG_%s_PIMSM_V2", ops->name, ops->config);
}

int mroute_open(const struct mroute_ops *ops, int min_fd, unsigned int table,
		int *ret, struct diag *diag)
{
	int fd, err;

	err = ops->socket(&fd);
	if (err)
		return socket_error(ops, err, diag);

	err = raise_fd(&fd, min_fd);
	if (err) {
		diag_set(diag, err, "%s multicast routing: no socket: %s",
			 ops->name, strerror(-err));
		goto err_close;
	}

	netlink_set_rcvbuf(fd, MROUTE_RCVBUF);

	err = select_table(ops, fd, table, diag);
	if (!err)
		err = become_router(ops, fd, diag);
	if (err)
		goto err_close;
	ask_for_wrong(ops, fd);

	*ret = fd;
	return 0;

err_close:
	close(fd);
	return err;
}

void mroute_close(const struct mroute_ops *ops, int fd)
{
	set_option(ops, fd, ops->done, 0);
	close(fd);
}

/* Says once in a while what came that nobody wants. */
static void complain(const struct mroute_ops *ops, int err)
{
	char text[64];

	snprintf(text, sizeof(text), "%s: %s upcall ignored", ops->name,
		 err == -EPROTONOSUPPORT ? "whole packet" : "malformed");
	log_kind(LOG_WARNING, LOG_KIND_UPCALL, text);
}

/* Up to BATCH of them: how many were received, or -errno. */
static int drain_batch(const struct mroute_ops *ops, int fd,
		       mroute_upcall_fn *fn, void *arg)
{
	_Alignas(8) char data[BATCH][MROUTE_UPCALL_MAX];
	struct mmsghdr msgs[BATCH] = { 0 };
	struct iovec iov[BATCH];
	struct upcall upcall;
	int i, n, err;

	for (i = 0; i < BATCH; i++) {
		iov[i].iov_base = data[i];
		iov[i].iov_len = sizeof(data[i]);
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}

	n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return -errno;

	for (i = 0; i < n; i++) {
		err = ops->check(data[i], msgs[i].msg_len, &upcall);
		if (err)
			complain(ops, err);
		else
			fn(arg, &upcall);
	}
	return n;
}

int mroute_drain(const struct mroute_ops *ops, int fd, mroute_upcall_fn *fn,
		 void *arg)
{
	int n, total = 0;

	do {
		n = drain_batch(ops, fd, fn, arg);
		if (n == -EINTR)
			n = 0;
		else if (n == -EAGAIN)
			break;
		else if (n < 0)
			return n;
		total += n;
	} while (total < MROUTE_DRAIN_MAX);

	return total;
}
