/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux as core sees it: hands each operation to the file that knows it, and
 * each event to the router.  Must not know how any of them is done.
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
#include "kernel/log-kind.h"
#include "kernel/mrdisc.h"
#include "kernel/mroute.h"
#include "kernel/nft.h"
#include "kernel/rtnl.h"
#include "lib/clock.h"
#include "lib/diag.h"
#include "run/log.h"

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
	struct linux_mroute mroute[FAMILY_COUNT];
	struct rtnl *rtnl;
	struct join_pool *joins;
	struct mrdisc *mrdisc;
};

/* Operations */

static struct linux_mroute *mroute_of(void *ctx, enum family family)
{
	struct linux_kernel *kernel = ctx;

	return &kernel->mroute[family];
}

static bool op_family_ready(void *ctx, enum family family)
{
	return mroute_of(ctx, family)->fd >= 0;
}

static int op_vif_add(void *ctx, enum family family, unsigned int vif,
		      unsigned int ifindex)
{
	const struct linux_mroute *mroute = mroute_of(ctx, family);

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	return mroute->ops->vif_add(mroute->fd, vif, ifindex);
}

static int op_vif_del(void *ctx, enum family family, unsigned int vif)
{
	const struct linux_mroute *mroute = mroute_of(ctx, family);

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	return mroute->ops->vif_del(mroute->fd, vif);
}

static int op_mrdisc_set(void *ctx, enum family family, unsigned int ifindex,
			 bool on)
{
	struct linux_kernel *kernel = ctx;

	return mrdisc_set(kernel->mrdisc, family, ifindex, on);
}

static int op_mfc_set(void *ctx, const struct mfc_route *route)
{
	const struct linux_mroute *mroute =
		mroute_of(ctx, addr_family(&route->group));

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	return mroute->ops->mfc_set(mroute->fd, route);
}

static int op_mfc_del(void *ctx, const struct in6_addr *source,
		      const struct in6_addr *group)
{
	const struct linux_mroute *mroute =
		mroute_of(ctx, addr_family(group));

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	return mroute->ops->mfc_del(mroute->fd, source, group);
}

static int op_mfc_count(void *ctx, const struct in6_addr *source,
			const struct in6_addr *group, struct mfc_count *ret)
{
	const struct linux_mroute *mroute =
		mroute_of(ctx, addr_family(group));

	if (mroute->fd < 0)
		return -EPROTONOSUPPORT;
	return mroute->ops->mfc_count(mroute->fd, source, group, ret);
}

static int op_join(void *ctx, const struct join_key *key, uint32_t *ret_slot)
{
	struct linux_kernel *kernel = ctx;

	return join_add(kernel->joins, key, ret_slot);
}

static int op_leave(void *ctx, const struct join_key *key, uint32_t slot)
{
	struct linux_kernel *kernel = ctx;

	return join_del(kernel->joins, key, slot);
}

static int op_block(void *ctx, const struct join_key *key, uint32_t slot,
		    const struct in6_addr *source)
{
	struct linux_kernel *kernel = ctx;

	return join_block(kernel->joins, key, slot, source);
}

static int op_unblock(void *ctx, const struct join_key *key, uint32_t slot,
		      const struct in6_addr *source)
{
	struct linux_kernel *kernel = ctx;

	return join_unblock(kernel->joins, key, slot, source);
}

static int op_pick_source(void *ctx, unsigned int ifindex,
			  const struct in6_addr *group, struct in6_addr *ret)
{
	struct linux_kernel *kernel = ctx;

	return join_pick_source(kernel->joins, ifindex, group, ret);
}

static int op_guard_ready(void *ctx, enum guard guard, enum family family,
			  struct diag *diag)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_ready(kernel->nft, family, diag);
	case GUARD_NONE:
		break;
	}
	return diag_set(diag, -EINVAL, "no guard");
}

static int op_guard_add(void *ctx, enum guard guard,
			const struct guard_key *keys, size_t n)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_add(kernel->nft, keys, n);
	case GUARD_NONE:
		break;
	}
	return -EINVAL;
}

static int op_guard_del(void *ctx, enum guard guard,
			const struct guard_key *keys, size_t n)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_del(kernel->nft, keys, n);
	case GUARD_NONE:
		break;
	}
	return -EINVAL;
}

static int op_guard_count(void *ctx, enum guard guard, guard_count_fn *fn,
			  void *arg)
{
	struct linux_kernel *kernel = ctx;

	switch (guard) {
	case GUARD_NETFILTER:
		return nft_count(kernel->nft, fn, arg);
	case GUARD_NONE:
		break;
	}
	return -EINVAL;
}

const struct kernel_ops linux_ops = {
	.family_ready = op_family_ready,
	.vif_add = op_vif_add,
	.vif_del = op_vif_del,
	.mrdisc_set = op_mrdisc_set,
	.mfc_set = op_mfc_set,
	.mfc_del = op_mfc_del,
	.mfc_count = op_mfc_count,
	.join = op_join,
	.leave = op_leave,
	.block = op_block,
	.unblock = op_unblock,
	.pick_source = op_pick_source,
	.guard_ready = op_guard_ready,
	.guard_add = op_guard_add,
	.guard_del = op_guard_del,
	.guard_count = op_guard_count,
};

/* Upcalls */

static void tell_upcall(void *arg, const struct upcall *upcall)
{
	const struct linux_kernel *kernel = arg;

	router_upcall(kernel->router, upcall, clock_steady());
}

static void on_upcalls(struct ev_loop *loop, ev_io *io, int revents)
{
	const struct linux_mroute *mroute = io->data;
	char text[128];
	int n;

	(void)loop;
	(void)revents;

	n = mroute_drain(mroute->ops, mroute->fd, tell_upcall, mroute->kernel);
	if (n < 0) {
		snprintf(text, sizeof(text), "%s: cannot read upcalls: %s",
			 mroute->ops->name, strerror(-n));
		log_kind(LOG_ERR, LOG_KIND_UPCALL, text);
	}
	/* Some may have come before the error. */
	router_commit(mroute->kernel->router);
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
	struct linux_kernel *kernel;
	int nft_fd = -1, err;

	kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	kernel->loop = config->loop;
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
	rtnl_attach(kernel->rtnl, router);

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
	rtnl_detach(kernel->rtnl);
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
	join_close(kernel->joins);
	rtnl_close(kernel->rtnl);
	/* Routes before guards. */
	for (f = 0; f < FAMILY_COUNT; f++) {
		if (kernel->mroute[f].fd >= 0)
			mroute_close(kernel->mroute[f].ops,
				     kernel->mroute[f].fd);
	}
	nft_close(kernel->nft);
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
