/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two namespaces and a link between them.  Knows which socket belongs to which
 * namespace; must not know what the router does with the packets.
 *
 * A socket stays in the namespace that it was opened in.  So the process is the
 * host first, opens all that the host needs, and then moves on to be the
 * router: no namespace has to be entered twice.
 *
 * One processor, because its queue then keeps all packets in order, looped
 * copies among them: what was sent later is handled later.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "kernel/lab-link.h"
#include "kernel/lab.h"
#include "kernel/netlink.h"
#include "lib/clock.h"
#include "lib/diag.h"

/*
 * Of both ends.  Kernels may put devices of their own, tunl0 and the like, into
 * a new namespace, counted up from 2.
 */
#define IFINDEX 1000

/* Of lo, in each namespace: include/net/flow.h. */
#define LOOPBACK_IFINDEX 1

/* Seconds the link may take to come up. */
#define LINK_TIMEOUT 3.0

/* Bytes of a captured packet that are looked at; ours are shorter. */
#define CAPTURE_MAX 256

#define UDP_LEN 8
#define IPV4_LEN_MIN 20
#define IPV6_LEN 40

/* One end of the link: rtnetlink in its namespace. */
struct lab_end {
	struct netlink requests;
	struct netlink events;
};

struct lab_family {
	struct lab_flow flow;
	struct in6_addr router;
	unsigned int prefix_len;
	int sender;			/* of the host; -1: closed */
	int capture;
	int err;			/* not here, for that reason */
	char reason[DIAG_TEXT_MAX];
};

struct lab {
	struct lab_end host;
	struct lab_end router;
	int host_ns;			/* -1: closed */
	uint32_t number;		/* of the last packet sent */
	struct lab_family families[FAMILY_COUNT];
};

/*
 * Addresses for documentation: RFC 5737, 3849, 6676.  The source is in the
 * prefix of the link: a reverse path filter, which a new namespace inherits,
 * lets it pass.
 */
static const struct {
	const char *host, *router, *group;
	unsigned int prefix_len;
} plan[FAMILY_COUNT] = {
	[FAMILY_IPV4] = { "192.0.2.1", "192.0.2.2", "233.252.0.1", 24 },
	[FAMILY_IPV6] = { "2001:db8::1", "2001:db8::2", "ff0e::db8:0:1", 64 },
};

static void lab_init(struct lab *lab)
{
	static const struct netlink closed = NETLINK_CLOSED;
	unsigned int f;

	lab->host.requests = lab->host.events = closed;
	lab->router.requests = lab->router.events = closed;
	lab->host_ns = -1;
	for (f = 0; f < FAMILY_COUNT; f++) {
		struct lab_family *family = &lab->families[f];

		addr_parse(plan[f].host, &family->flow.source);
		addr_parse(plan[f].group, &family->flow.group);
		addr_parse(plan[f].router, &family->router);
		family->prefix_len = plan[f].prefix_len;
		family->sender = family->capture = -1;
	}
}

/* That family is not to be had here; the other may be. */
static void family_lacks(struct lab_family *family, int err, const char *what)
{
	family->err = err;
	snprintf(family->reason, sizeof(family->reason), "%s: %s", what,
		 strerror(-err));
}

/* Sockets of the host */

socklen_t lab_sockaddr(const struct in6_addr *addr, uint16_t port,
		       struct sockaddr_storage *ret)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = *addr,
	};
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	memset(ret, 0, sizeof(*ret));
	if (addr_family(addr) == FAMILY_IPV6) {
		memcpy(ret, &sin6, sizeof(sin6));
		return sizeof(sin6);
	}
	sin.sin_addr = addr_to_ipv4(addr);
	memcpy(ret, &sin, sizeof(sin));
	return sizeof(sin);
}

/* A packet socket of no protocol gets nothing: it is bound later. */
static int open_sockets(struct lab *lab, struct diag *diag)
{
	static const int af[FAMILY_COUNT] = { AF_INET, AF_INET6 };
	const int flags = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
	unsigned int f;

	for (f = 0; f < FAMILY_COUNT; f++) {
		struct lab_family *family = &lab->families[f];

		family->capture = socket(AF_PACKET, flags, 0);
		if (family->capture < 0)
			return diag_set(diag, -errno, "packet socket: %s%s",
					strerror(errno), errno == EPERM ?
					", CAP_NET_RAW is missing" : "");
		family->sender = socket(af[f], flags, 0);
		if (family->sender < 0)
			family_lacks(family, -errno, "socket");
	}
	return 0;
}

static int bind_capture(int fd, enum family f)
{
	const struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(f == FAMILY_IPV4 ? ETH_P_IP : ETH_P_IPV6),
		.sll_ifindex = IFINDEX,
	};

	if (bind(fd, (const struct sockaddr *)&sll, sizeof(sll)))
		return -errno;
	return 0;
}

static int bind_sender(int fd, const struct in6_addr *source)
{
	const struct ip_mreqn mreq = { .imr_ifindex = IFINDEX };
	const int ifindex = IFINDEX;
	struct sockaddr_storage addr;
	socklen_t len = lab_sockaddr(source, 0, &addr);
	int err;

	if (addr_family(source) == FAMILY_IPV4)
		err = setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq,
				 sizeof(mreq));
	else
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex,
				 sizeof(ifindex));
	if (err || bind(fd, (const struct sockaddr *)&addr, len))
		return -errno;
	return 0;
}

static void family_start(struct lab *lab, enum family f)
{
	struct lab_family *family = &lab->families[f];
	unsigned int len = family->prefix_len;
	int err;

	if (family->err)
		return;
	err = lab_addr_add(&lab->router.requests, IFINDEX, &family->router,
			   len);
	if (!err)
		err = lab_addr_add(&lab->host.requests, IFINDEX,
				   &family->flow.source, len);
	if (err) {
		/* net/ipv6/addrconf.c, ipv6_add_addr() */
		family_lacks(family, err, err == -EACCES ?
			     "address: disable_ipv6 is set" : "address");
		return;
	}
	err = bind_sender(family->sender, &family->flow.source);
	if (!err)
		err = bind_capture(family->capture, f);
	if (err)
		family_lacks(family, err, "bind");
}

/* Namespaces and the link */

static int namespace_new(struct diag *diag)
{
	if (!unshare(CLONE_NEWNET))
		return 0;
	switch (errno) {
	case EPERM:
		return diag_set(diag, -EPERM, "network namespace: %s, "
				"CAP_SYS_ADMIN is missing", strerror(EPERM));
	case EINVAL:
	case ENOSYS:
		return diag_set(diag, -EOPNOTSUPP, "network namespace: %s, "
				"CONFIG_NET_NS is likely missing",
				strerror(errno));
	}
	return diag_set(diag, -errno, "network namespace: %s",
			strerror(errno));
}

static int end_open(struct lab_end *end, struct diag *diag)
{
	int err = netlink_open(&end->requests, NETLINK_ROUTE);

	if (!err)
		err = netlink_open(&end->events, NETLINK_ROUTE);
	if (!err)
		err = netlink_subscribe(&end->events, RTNLGRP_LINK);
	if (err)
		return diag_set(diag, err, "rtnetlink: %s", strerror(-err));
	return 0;
}

static void end_close(struct lab_end *end)
{
	netlink_close(&end->requests);
	netlink_close(&end->events);
}

static int host_open(struct lab *lab, struct diag *diag)
{
	int err = namespace_new(diag);

	if (!err)
		err = end_open(&lab->host, diag);
	if (!err)
		err = open_sockets(lab, diag);
	if (err)
		return err;
	lab->host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (lab->host_ns < 0)
		return diag_set(diag, -errno, "/proc/self/ns/net: %s",
				strerror(errno));
	return 0;
}

static int link_open(struct lab *lab, struct diag *diag)
{
	int err = lab_link_add(&lab->router.requests, LAB_IFNAME, IFINDEX,
			       lab->host_ns);

	if (err == -EPERM)
		return diag_set(diag, err, "veth: %s, CAP_NET_ADMIN is missing",
				strerror(EPERM));
	if (err)
		return diag_set(diag, err, "veth: %s%s", strerror(-err),
				err == -EOPNOTSUPP ?
				", CONFIG_VETH is likely missing" : "");
	err = lab_link_up(&lab->router.requests, LOOPBACK_IFINDEX);
	if (!err)
		err = lab_link_up(&lab->router.requests, IFINDEX);
	if (!err)
		err = lab_link_up(&lab->host.requests, IFINDEX);
	if (err)
		return diag_set(diag, err, "link up: %s", strerror(-err));
	return 0;
}

static int link_wait(struct lab *lab, struct diag *diag)
{
	double end = clock_steady() + LINK_TIMEOUT;
	int err = lab_link_wait(&lab->router.requests, &lab->router.events,
				IFINDEX, end);

	if (!err)
		err = lab_link_wait(&lab->host.requests, &lab->host.events,
				    IFINDEX, end);
	if (err)
		return diag_set(diag, err, "the link does not come up: %s",
				strerror(-err));
	return 0;
}

static int router_open(struct lab *lab, struct diag *diag)
{
	int err = namespace_new(diag);

	if (!err)
		err = end_open(&lab->router, diag);
	if (!err)
		err = link_open(lab, diag);
	return err ? err : link_wait(lab, diag);
}

static int bind_to_processor(struct diag *diag)
{
	int cpu = sched_getcpu();
	cpu_set_t *set;
	size_t size;
	int err = 0;

	if (cpu < 0)
		return diag_set(diag, -errno, "processor: %s",
				strerror(errno));
	set = CPU_ALLOC(cpu + 1);
	if (!set)
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	size = CPU_ALLOC_SIZE(cpu + 1);
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	if (sched_setaffinity(0, size, set))
		err = diag_set(diag, -errno, "processor: %s",
			       strerror(errno));
	CPU_FREE(set);
	return err;
}

int lab_open(struct lab **ret, struct diag *diag)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	int err;

	if (!lab)
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	lab_init(lab);
	err = bind_to_processor(diag);
	if (!err)
		err = host_open(lab, diag);
	if (!err)
		err = router_open(lab, diag);
	if (err) {
		lab_close(lab);
		return err;
	}
	family_start(lab, FAMILY_IPV4);
	family_start(lab, FAMILY_IPV6);
	*ret = lab;
	return 0;
}

static void fd_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void lab_close(struct lab *lab)
{
	unsigned int f;

	if (!lab)
		return;
	for (f = 0; f < FAMILY_COUNT; f++) {
		fd_close(lab->families[f].sender);
		fd_close(lab->families[f].capture);
	}
	end_close(&lab->router);
	end_close(&lab->host);
	fd_close(lab->host_ns);
	free(lab);
}

int lab_has(const struct lab *lab, enum family family, struct diag *diag)
{
	const struct lab_family *of = &lab->families[family];

	return of->err ? diag_set(diag, of->err, "%s", of->reason) : 0;
}

const struct lab_flow *lab_flow(const struct lab *lab, enum family family)
{
	return &lab->families[family].flow;
}

unsigned int lab_ifindex(void)
{
	return IFINDEX;
}

/* Packets */

int lab_send(struct lab *lab, enum family family, int ttl,
	     uint32_t *ret_number)
{
	const struct lab_family *of = &lab->families[family];
	const bool ipv4 = family == FAMILY_IPV4;
	uint32_t number = lab->number + 1;
	struct sockaddr_storage to;
	socklen_t len = lab_sockaddr(&of->flow.group, LAB_PORT, &to);

	if (setsockopt(of->sender, ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
		       ipv4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, &ttl,
		       sizeof(ttl)))
		return -errno;
	if (sendto(of->sender, &number, sizeof(number), 0,
		   (const struct sockaddr *)&to, len) < 0)
		return -errno;
	lab->number = number;
	*ret_number = number;
	return 0;
}

/* Bytes of the IPv4 or IPv6 header of a packet of the flow, 0: of another. */
static size_t header_len(const unsigned char *ip, size_t len,
			 const struct in6_addr *group)
{
	struct in_addr ipv4 = addr_to_ipv4(group);

	if (addr_family(group) == FAMILY_IPV6)
		return len >= IPV6_LEN && ip[6] == IPPROTO_UDP &&
		       !memcmp(ip + 24, group, sizeof(*group)) ? IPV6_LEN : 0;
	return len >= IPV4_LEN_MIN && ip[9] == IPPROTO_UDP &&
	       !memcmp(ip + 16, &ipv4, sizeof(ipv4)) ? (ip[0] & 15) * 4 : 0;
}

int lab_capture_fd(const struct lab *lab, enum family family)
{
	return lab->families[family].capture;
}

int lab_capture(struct lab *lab, enum family family, uint32_t *ret_number)
{
	const struct lab_family *of = &lab->families[family];
	unsigned char ip[CAPTURE_MAX];
	size_t header;
	ssize_t len;

	for (;;) {
		len = recv(of->capture, ip, sizeof(ip), 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno == EAGAIN ? 0 : -errno;
		header = header_len(ip, (size_t)len, &of->flow.group);
		if (!header || (size_t)len < header + UDP_LEN +
			       sizeof(*ret_number))
			continue;
		memcpy(ret_number, ip + header + UDP_LEN, sizeof(*ret_number));
		return 1;
	}
}
