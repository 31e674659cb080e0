/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux as the daemon sees it: opens and closes what the operations of
 * linux-ops.c need, and hands each event to the router.  Must not know how any
 * of it is done.
 *
 * It does know one thing that none of them can: the order of descriptors.  The
 * kernel closes those of a dead process from the highest number down.  The
 * socket that owns the netfilter table has a lower number than every mroute
 * socket, so that the routes are gone before their guards; the other way round
 * `kill -9` lets a burst out.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>

#include "core/router.h"
#include "kernel/join.h"
#include "kernel/linux.h"
#include "kernel/linux-internal.h"
#include "kernel/log-kind.h"
#include "kernel/members.h"
#include "kernel/mrdisc.h"
#include "kernel/mroute.h"
#include "kernel/nft.h"
#include "kernel/relay.h"
#include "kernel/rtnl.h"
#include "kernel/shadow.h"
#include "lib/clock.h"
#include "lib/diag.h"
#include "run/log.h"

/* Upcalls */

static void tell_upcall(void *arg, const struct upcall *upcall)
{
	const struct linux_kernel *kernel = arg;

	router_upcall(kernel->router, upcall, clock_steady());
}

static void serve_upcalls(const struct linux_mroute *mroute)
{
	char text[128];
	int n;

	n = mroute_drain(mroute->ops, mroute->fd, tell_upcall, mroute->kernel);
	if (n < 0) {
		snprintf(text, sizeof(text), "%s: cannot read upcalls: %s",
			 mroute->ops->name, strerror(-n));
		log_kind(LOG_ERR, LOG_KIND_UPCALL, text);
	}
	/* Some may have come before the error. */
	router_commit(mroute->kernel->router);
}

static void on_upcalls(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	serve_upcalls(io->data);
}

static void on_relay_miss(void *arg, enum family family)
{
	const struct linux_kernel *kernel = arg;

	if (kernel->router)
		serve_upcalls(&kernel->mroute[family]);
}

static bool on_relay_wanted(void *arg, enum family family, unsigned int ifindex)
{
	const struct linux_kernel *kernel = arg;

	return kernel->router &&
	       router_wants_relay(kernel->router, family, ifindex);
}

/* Opening */

/*
 * stdin, stdout and stderr: were one of them closed, our sockets would take
 * its number.  Not close-on-exec, as programs expect to have them.
 */
static int open_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);

	close(fd);
	return 0;
}

/* The number that the owner of the netfilter table will have. */
static int open_nft(struct linux_kernel *kernel,
		    const struct linux_config *config, int *ret_fd)
{
	struct nft_config nft = {
		.loop = config->loop,
		.ident = config->ident,
		.table = config->table,
	};
	int err;

	nft.fd = open("/dev/null", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (nft.fd < 0)
		return -errno;

	err = nft_open(&nft, &kernel->nft);
	if (err) {
		close(nft.fd);
		return err;
	}
	*ret_fd = nft.fd;
	return 0;
}

/* Which of two failures a start ends with: one in use, then no permission. */
static int worse(int a, int b)
{
	static const int order[] = { -EADDRINUSE, -EPERM, -EPROTONOSUPPORT };
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return a ? a : b;
}

/* Both families, each for itself; above the descriptor `nft_fd`. */
static int open_mroutes(struct linux_kernel *kernel, int nft_fd,
			unsigned int table, struct diag *diag)
{
	struct diag diags[FAMILY_COUNT] = { 0 };
	int err, result = 0;
	bool works = false;
	unsigned int f;

	for (f = 0; f < FAMILY_COUNT; f++) {
		struct linux_mroute *mroute = &kernel->mroute[f];

		if (!mroute->ops)
			continue;
		err = mroute_open(mroute->ops, nft_fd + 1, table, &mroute->fd,
				  &diags[f]);
		if (err)
			result = worse(result, err);
		else
			works = true;
	}

	for (f = 0; works && f < FAMILY_COUNT; f++) {
		if (*diags[f].text)
			log_err("%s", diags[f].text);
	}
	if (works)
		return 0;

	return diag_set(diag, result, "%s%s%s", diags[FAMILY_IPV4].text,
			*diags[FAMILY_IPV6].text ? "; " : "",
			diags[FAMILY_IPV6].text);
}

static int open_relay(struct linux_kernel *kernel)
{
	const struct relay_config relay = {
		.loop = kernel->loop,
		.miss = on_relay_miss,
		.wanted = on_relay_wanted,
		.arg = kernel,
	};

	return relay_open(&relay, &kernel->relay);
}

static void init_mroutes(struct linux_kernel *kernel)
{
	unsigned int f;

	for (f = 0; f < FAMILY_COUNT; f++) {
		struct linux_mroute *mroute = &kernel->mroute[f];

		mroute->ops = mroute_family(f);
		mroute->fd = -1;
		mroute->kernel = kernel;
	}
}

int linux_open(const struct linux_config *config, struct linux_kernel **ret,
	       struct diag *diag)
{
	const struct shadow_config shadow = {
		.loop = config->loop,
		.table = config->table,
		.idle = config->idle,
	};
	struct linux_kernel *kernel;
	int nft_fd = -1, err;

	kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	kernel->loop = config->loop;
	kernel->table = config->table;
	init_mroutes(kernel);

	err = open_stdio();
	if (!err)
		err = open_nft(kernel, config, &nft_fd);
	if (err) {
		diag_set(diag, err, "no descriptor for netfilter: %s",
			 strerror(-err));
		goto err_close;
	}

	err = open_mroutes(kernel, nft_fd, config->table, diag);
	if (err)
		goto err_close;

	err = shadow_open(&shadow, &kernel->shadow);
	if (err) {
		diag_set(diag, err, "no second IPv4 table: %s",
			 strerror(-err));
		goto err_close;
	}
	err = open_relay(kernel);
	if (!err)
		err = rtnl_open(config->loop, &kernel->rtnl);
	if (err) {
		diag_set(diag, err, "rtnetlink: %s", strerror(-err));
		goto err_close;
	}
	err = join_open(&kernel->joins);
	if (err) {
		diag_set(diag, err, "no socket for joins: %s", strerror(-err));
		goto err_close;
	}
	err = members_open(config->loop, kernel->joins,
			   config->members_interval, &kernel->members);
	if (err) {
		diag_set(diag, err, "%s", strerror(-err));
		goto err_close;
	}
	err = mrdisc_open(config->loop, config->mrdisc_interval,
			  &kernel->mrdisc);
	if (err) {
		diag_set(diag, err, "%s", strerror(-err));
		goto err_close;
	}

	*ret = kernel;
	return 0;

err_close:
	linux_close(kernel);
	return err;
}

void linux_attach(struct linux_kernel *kernel, struct router *router)
{
	unsigned int f;

	kernel->router = router;
	nft_watch(kernel->nft, router);
	shadow_watch(kernel->shadow, router);
	rtnl_attach(kernel->rtnl, router);
	members_attach(kernel->members, router);

	for (f = 0; f < FAMILY_COUNT; f++) {
		struct linux_mroute *mroute = &kernel->mroute[f];

		if (mroute->fd < 0)
			continue;
		ev_io_init(&mroute->io, on_upcalls, mroute->fd, EV_READ);
		mroute->io.data = mroute;
		ev_io_start(kernel->loop, &mroute->io);
	}
}

void linux_detach(struct linux_kernel *kernel)
{
	unsigned int f;

	if (!kernel->router)
		return;

	for (f = 0; f < FAMILY_COUNT; f++) {
		if (kernel->mroute[f].fd >= 0)
			ev_io_stop(kernel->loop, &kernel->mroute[f].io);
	}
	members_detach(kernel->members);
	rtnl_detach(kernel->rtnl);
	shadow_unwatch(kernel->shadow);
	nft_unwatch(kernel->nft);
	kernel->router = NULL;
}

void linux_close(struct linux_kernel *kernel)
{
	unsigned int f;

	if (!kernel)
		return;

	linux_detach(kernel);
	mrdisc_close(kernel->mrdisc);
	members_close(kernel->members);
	join_close(kernel->joins);
	rtnl_close(kernel->rtnl);
	/* Routes before guards. */
	for (f = 0; f < FAMILY_COUNT; f++) {
		if (kernel->mroute[f].fd >= 0)
			mroute_close(kernel->mroute[f].ops,
				     kernel->mroute[f].fd);
	}
	shadow_close(kernel->shadow);
	nft_close(kernel->nft);
	relay_close(kernel->relay);
	free(kernel);
}

bool linux_has_mrdisc(void)
{
	return mrdisc_available();
}

int linux_scan(struct router *router)
{
	return rtnl_scan(router);
}
