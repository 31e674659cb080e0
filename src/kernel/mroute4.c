/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 multicast forwarding: linux/mroute.h, net/ipv4/ipmr.c.  Knows that
 * interface and the mapped form of addresses; must not know rules, guards or
 * who wants an entry.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/mroute.h>

#include "kernel/mroute.h"

_Static_assert(VIF_MAX == MAXVIFS, "VIF_MAX is MAXVIFS");

/* linux/in.h; absent in some libc headers. */
#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif

/* Of struct igmpmsg, which overlays an IP header: im_mbz is its protocol. */
#define MBZ_OFFSET 9

/*
 * IGMP of other hosts reaches this socket as well.  Upcalls have im_mbz 0 where
 * a packet has its protocol: let only these fill up the receive buffer.
 */
static int attach_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, MBZ_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		return -errno;
	return 0;
}

static int open_socket(int *ret)
{
	int fd;

	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_IGMP);
	if (fd < 0)
		return -errno;

	/* Each spares wakeups only: what comes is checked all the same. */
	attach_filter(fd);
	mroute_set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	mroute_set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);

	*ret = fd;
	return 0;
}

static int vif_add(int fd, unsigned int vif, unsigned int ifindex)
{
	struct vifctl ctl = {
		.vifc_vifi = (vifi_t)vif,
		.vifc_flags = VIFF_USE_IFINDEX,
		.vifc_threshold = 1,
		.vifc_lcl_ifindex = (int)ifindex,
	};

	if (setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &ctl, sizeof(ctl)))
		return -errno;
	return 0;
}

static int vif_del(int fd, unsigned int vif)
{
	struct vifctl ctl = { .vifc_vifi = (vifi_t)vif };

	if (setsockopt(fd, IPPROTO_IP, MRT_DEL_VIF, &ctl, sizeof(ctl)) &&
	    errno != EADDRNOTAVAIL)
		return -errno;
	return 0;
}

static int mfc_set(int fd, const struct mfc_route *route)
{
	struct mfcctl ctl = {
		.mfcc_origin = addr_to_ipv4(&route->source),
		.mfcc_mcastgrp = addr_to_ipv4(&route->group),
		.mfcc_parent = (vifi_t)route->parent,
	};

	memcpy(ctl.mfcc_ttls, route->ttls, sizeof(ctl.mfcc_ttls));
	if (setsockopt(fd, IPPROTO_IP, MRT_ADD_MFC, &ctl, sizeof(ctl)))
		return -errno;
	return 0;
}

static int mfc_del(int fd, const struct in6_addr *source,
		   const struct in6_addr *group)
{
	struct mfcctl ctl = {
		.mfcc_origin = addr_to_ipv4(source),
		.mfcc_mcastgrp = addr_to_ipv4(group),
	};

	if (setsockopt(fd, IPPROTO_IP, MRT_DEL_MFC, &ctl, sizeof(ctl)) &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

static int mfc_count(int fd, const struct in6_addr *source,
		     const struct in6_addr *group, struct mfc_count *ret)
{
	struct sioc_sg_req req = {
		.src = addr_to_ipv4(source),
		.grp = addr_to_ipv4(group),
	};

	if (ioctl(fd, SIOCGETSGCNT, &req))
		return errno == EADDRNOTAVAIL ? -ENOENT : -errno;

	ret->packets = req.pktcnt;
	ret->bytes = req.bytecnt;
	ret->wrong_if = req.wrong_if;
	return 0;
}

static int check(const void *data, size_t len, struct upcall *ret)
{
	struct upcall upcall = { .family = FAMILY_IPV4 };
	struct igmpmsg msg;

	if (len < sizeof(msg))
		return -EBADMSG;
	memcpy(&msg, data, sizeof(msg));
	if (msg.im_mbz)
		return -EBADMSG;

	switch (msg.im_msgtype) {
	case IGMPMSG_NOCACHE:
		upcall.kind = UPCALL_NOCACHE;
		break;
	case IGMPMSG_WRONGVIF:
		upcall.kind = UPCALL_WRONGVIF;
		break;
	case IGMPMSG_WHOLEPKT:
	case IGMPMSG_WRVIFWHOLE:
		return -EPROTONOSUPPORT;
	default:
		return -EBADMSG;
	}

	upcall.vif = msg.im_vif | (unsigned int)msg.im_vif_hi << 8;
	upcall.source = addr_from_ipv4(msg.im_src);
	upcall.group = addr_from_ipv4(msg.im_dst);
	if (upcall.vif >= VIF_MAX || !addr_is_multicast(&upcall.group) ||
	    addr_is_multicast(&upcall.source))
		return -EBADMSG;

	*ret = upcall;
	return 0;
}

const struct mroute_ops mroute4_ops = {
	.name = "IPv4",
	.socket = open_socket,
	.level = IPPROTO_IP,
	.table = MRT_TABLE,
	.init = MRT_INIT,
	.done = MRT_DONE,
	.pim = MRT_PIM,
	.assert = MRT_ASSERT,
	.config = "IP",
	.vif_add = vif_add,
	.vif_del = vif_del,
	.mfc_set = mfc_set,
	.mfc_del = mfc_del,
	.mfc_count = mfc_count,
	.check = check,
};
