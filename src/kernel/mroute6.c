/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 multicast forwarding: linux/mroute6.h, net/ipv6/ip6mr.c.  Knows that
 * interface; must not know rules, guards or who wants an entry.  Not part of a
 * build with --disable-ipv6.
 */
#include "config.h"

#ifdef ENABLE_IPV6

#include <errno.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/mroute6.h>

#include "kernel/mroute.h"

_Static_assert(VIF_MAX == MAXMIFS, "VIF_MAX is MAXMIFS");

/* linux/in6.h, since 4.20; absent in some libc headers. */
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

static int open_socket(int *ret)
{
	struct icmp6_filter filter;
	int fd;

	fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;

	/*
	 * Neighbour discovery and MLD are not for us; upcalls do not pass this
	 * filter.  Each spares wakeups only: what comes is checked.
	 */
	ICMP6_FILTER_SETBLOCKALL(&filter);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	mroute_set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	mroute_set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);

	*ret = fd;
	return 0;
}

static int vif_add(int fd, unsigned int vif, unsigned int ifindex)
{
	struct mif6ctl ctl = {
		.mif6c_mifi = (mifi_t)vif,
		.vifc_threshold = 1,
		.mif6c_pifi = (uint16_t)ifindex,
	};

	/* The kernel's field is that small: another interface would be used. */
	if (ifindex > UINT16_MAX)
		return -EOVERFLOW;

	if (setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &ctl, sizeof(ctl)))
		return -errno;
	return 0;
}

static int vif_del(int fd, unsigned int vif)
{
	mifi_t mif = (mifi_t)vif;

	if (setsockopt(fd, IPPROTO_IPV6, MRT6_DEL_MIF, &mif, sizeof(mif)) &&
	    errno != EADDRNOTAVAIL)
		return -errno;
	return 0;
}

static struct sockaddr_in6 to_sockaddr(const struct in6_addr *addr)
{
	return (struct sockaddr_in6) {
		.sin6_family = AF_INET6,
		.sin6_addr = *addr,
	};
}

static int mfc_set(int fd, const struct mfc_route *route)
{
	struct mf6cctl ctl = {
		.mf6cc_origin = to_sockaddr(&route->source),
		.mf6cc_mcastgrp = to_sockaddr(&route->group),
		.mf6cc_parent = (mifi_t)route->parent,
	};
	unsigned int mif;

	/* Not IF_SET(): 1 << 31 is undefined for an int. */
	for (mif = 0; mif < VIF_MAX; mif++) {
		if (route->ttls[mif])
			ctl.mf6cc_ifset.ifs_bits[mif / NIFBITS] |=
				(if_mask)1 << mif % NIFBITS;
	}

	if (setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MFC, &ctl, sizeof(ctl)))
		return -errno;
	return 0;
}

static int mfc_del(int fd, const struct in6_addr *source,
		   const struct in6_addr *group)
{
	struct mf6cctl ctl = {
		.mf6cc_origin = to_sockaddr(source),
		.mf6cc_mcastgrp = to_sockaddr(group),
	};

	if (setsockopt(fd, IPPROTO_IPV6, MRT6_DEL_MFC, &ctl, sizeof(ctl)) &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

static int mfc_count(int fd, const struct in6_addr *source,
		     const struct in6_addr *group, struct mfc_count *ret)
{
	struct sioc_sg_req6 req = {
		.src = to_sockaddr(source),
		.grp = to_sockaddr(group),
	};

	if (ioctl(fd, SIOCGETSGCNT_IN6, &req))
		return errno == EADDRNOTAVAIL ? -ENOENT : -errno;

	ret->packets = req.pktcnt;
	ret->bytes = req.bytecnt;
	ret->wrong_if = req.wrong_if;
	return 0;
}

static int check(const void *data, size_t len, struct upcall *ret)
{
	struct upcall upcall = { .family = FAMILY_IPV6 };
	struct mrt6msg msg;

	if (len < sizeof(msg))
		return -EBADMSG;
	memcpy(&msg, data, sizeof(msg));
	if (msg.im6_mbz)
		return -EBADMSG;

	switch (msg.im6_msgtype) {
	case MRT6MSG_NOCACHE:
		upcall.kind = UPCALL_NOCACHE;
		break;
	case MRT6MSG_WRONGMIF:
		upcall.kind = UPCALL_WRONGVIF;
		break;
	case MRT6MSG_WHOLEPKT:
	case MRT6MSG_WRMIFWHOLE:
		return -EPROTONOSUPPORT;
	default:
		return -EBADMSG;
	}

	upcall.vif = msg.im6_mif;
	upcall.source = msg.im6_src;
	upcall.group = msg.im6_dst;
	/* An IPv4 address in IPv6 clothes would pass for one in core. */
	if (upcall.vif >= VIF_MAX || !addr_is_multicast(&upcall.group) ||
	    addr_is_multicast(&upcall.source) ||
	    addr_family(&upcall.source) != FAMILY_IPV6)
		return -EBADMSG;

	*ret = upcall;
	return 0;
}

const struct mroute_ops mroute6_ops = {
	.name = "IPv6",
	.socket = open_socket,
	.level = IPPROTO_IPV6,
	.table = MRT6_TABLE,
	.init = MRT6_INIT,
	.done = MRT6_DONE,
	.pim = MRT6_PIM,
	.assert = MRT6_ASSERT,
	.config = "IPV6",
	.vif_add = vif_add,
	.vif_del = vif_del,
	.mfc_set = mfc_set,
	.mfc_del = mfc_del,
	.mfc_count = mfc_count,
	.check = check,
};

#endif
