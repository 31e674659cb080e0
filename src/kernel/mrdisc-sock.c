/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket of multicast router discovery: options that RFC 4286 asks for,
 * and what Linux answers.  Knows both families; must not know when a message
 * is due.  Not part of a build without mrdisc.
 */
#include "config.h"

#ifdef ENABLE_MRDISC

#include <errno.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>

#include "kernel/mrdisc-msg.h"
#include "kernel/mrdisc-sock.h"
#include "kernel/mroute.h"

/* linux/in.h and linux/in6.h; absent in some libc headers. */
#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

/* Only solicitations wake us; what comes is checked all the same. */
static int filter4(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MRDISC4_SOLICITATION, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		return -errno;
	return 0;
}

static int filter6(int fd)
{
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(MRDISC6_SOLICITATION, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
		       sizeof(filter)))
		return -errno;
	return 0;
}

static int options4(int fd)
{
	/* RFC 2113 */
	static const uint8_t router_alert[] = { 0x94, 4, 0, 0 };
	int err = filter4(fd);

	if (!err)
		err = mroute_set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1);
	if (!err)
		err = mroute_set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (!err)
		err = mroute_set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	if (!err && setsockopt(fd, IPPROTO_IP, IP_OPTIONS, router_alert,
			       sizeof(router_alert)))
		err = -errno;
	return err;
}

static int options6(int fd)
{
	/* Hop-by-hop header with Router Alert 0, RFC 2711, and padding. */
	static const uint8_t router_alert[] = { 0, 0, 5, 2, 0, 0, 1, 0 };
	int err = filter6(fd);

	if (!err)
		err = mroute_set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
	if (!err)
		err = mroute_set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	if (!err)
		err = mroute_set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	if (!err && setsockopt(fd, IPPROTO_IPV6, IPV6_HOPOPTS, router_alert,
			       sizeof(router_alert)))
		err = -errno;
	/* Since Linux 4.20; spares wakeups only. */
	if (!err)
		mroute_set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	return err;
}

int mrdisc_sock_open(enum family family, unsigned int ifindex, int *ret)
{
	bool ipv6 = family == FAMILY_IPV6;
	int fd, err;

	fd = socket(ipv6 ? AF_INET6 : AF_INET,
		    SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    ipv6 ? IPPROTO_ICMPV6 : IPPROTO_IGMP);
	if (fd < 0)
		return -errno;
	err = ipv6 ? options6(fd) : options4(fd);
	if (!err)
		err = mroute_set_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX,
				     (int)ifindex);
	if (err) {
		close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

int mrdisc_sock_join(int fd, enum family family, unsigned int ifindex)
{
	struct ip_mreqn mreq4 = {
		.imr_multiaddr.s_addr = htonl(INADDR_ALLRTRS_GROUP),
		.imr_ifindex = (int)ifindex,
	};
	/* ff02::2 */
	struct ipv6_mreq mreq6 = {
		.ipv6mr_multiaddr.s6_addr = { 0xff, 2, [15] = 2 },
		.ipv6mr_interface = ifindex,
	};
	int err;

	if (family == FAMILY_IPV6)
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &mreq6,
				 sizeof(mreq6));
	else
		err = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq4,
				 sizeof(mreq4));
	return err ? -errno : 0;
}

/* Down, gone, or without an address: it will be said again. */
static bool is_no_way_out(int err)
{
	switch (err) {
	case ENETUNREACH:
	case ENETDOWN:
	case ENODEV:
	case ENXIO:
	case EADDRNOTAVAIL:
		return true;
	}
	return false;
}

int mrdisc_sock_send(int fd, enum family family, unsigned int ifindex,
		     const void *message, size_t len)
{
	/* 224.0.0.106 and ff02::6a */
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0xe000006a),
	};
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr.s6_addr = { 0xff, 2, [15] = 0x6a },
		.sin6_scope_id = ifindex,
	};
	ssize_t sent;

	if (family == FAMILY_IPV6)
		sent = sendto(fd, message, len, 0, (struct sockaddr *)&sin6,
			      sizeof(sin6));
	else
		sent = sendto(fd, message, len, 0, (struct sockaddr *)&sin,
			      sizeof(sin));
	return sent < 0 && !is_no_way_out(errno) ? -errno : 0;
}

/* -1: not told. */
static int hop_limit_of(struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int hops = -1;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == IPPROTO_IPV6 &&
		    cmsg->cmsg_type == IPV6_HOPLIMIT &&
		    cmsg->cmsg_len >= CMSG_LEN(sizeof(hops)))
			memcpy(&hops, CMSG_DATA(cmsg), sizeof(hops));
	return hops;
}

bool mrdisc_sock_drain(int fd, enum family family)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	uint8_t data[MRDISC_PACKET_MAX];
	struct sockaddr_in6 from = { 0 };
	struct iovec iov = { data, sizeof(data) };
	bool solicited = false;

	for (int i = 0; i < MRDISC_DRAIN_MAX; i++) {
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT);

		/* an error is of the socket's past; it has been taken by this */
		if (len < 0)
			break;
		if (family == FAMILY_IPV6 ?
		    mrdisc_msg_solicits6(data, (size_t)len, hop_limit_of(&msg),
					 &from.sin6_addr) :
		    mrdisc_msg_solicits4(data, (size_t)len))
			solicited = true;
	}
	return solicited;
}

#endif
