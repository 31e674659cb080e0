/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The raw sockets of the relay.  Knows what Linux does to a packet that comes
 * with its header; must not know why a packet is sent.
 *
 * IP_RECVERR and IPV6_RECVERR: without them a packet that the queue of the
 * device refuses counts as sent.  IP_NODEFRAG: with connection tracking
 * fragments would be put together on their way out.
 */
#include "kernel/relay-send.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "lib/num.h"

/* linux/in.h and linux/in6.h; absent in some libc headers. */
#ifndef IP_NODEFRAG
#define IP_NODEFRAG 22
#endif
#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

/* Bytes that may wait for the device: a few milliseconds of 10 Gbit/s. */
#define SNDBUF (8 << 20)

static int set_int(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		return -errno;
	return 0;
}

static int options4(int fd, unsigned int ifindex)
{
	const struct ip_mreqn out = { .imr_ifindex = (int)ifindex };
	int err = set_int(fd, IPPROTO_IP, IP_HDRINCL, 1);

	if (!err)
		err = set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (!err)
		err = set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
	if (!err)
		err = set_int(fd, IPPROTO_IP, IP_NODEFRAG, 1);
	if (!err && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out,
			       sizeof(out)))
		err = -errno;
	return err;
}

/*
 * Looks up routes as from ::1.  Else the kernel takes an address of the
 * interface for that, although the packet has a source, and sends nothing while
 * there is none but tentative ones.  An error leaves it at that.
 */
static void bind6(int fd)
{
	const struct sockaddr_in6 from = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};

	set_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	bind(fd, (const struct sockaddr *)&from, sizeof(from));
}

static int options6(int fd, unsigned int ifindex)
{
	int err = set_int(fd, IPPROTO_IPV6, IPV6_HDRINCL, 1);

	if (!err)
		err = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	if (!err)
		err = set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	if (!err)
		err = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
			      (int)ifindex);
	if (!err)
		bind6(fd);
	return err;
}

int relay_send_open(enum family family, unsigned int ifindex, int *ret)
{
	bool ipv4 = family == FAMILY_IPV4;
	int fd, err;

	fd = socket(ipv4 ? AF_INET : AF_INET6,
		    SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	if (fd < 0)
		return -errno;
	err = ipv4 ? options4(fd, ifindex) : options6(fd, ifindex);
	if (err) {
		close(fd);
		return err;
	}
	/* Refused in a user namespace: then what the kernel grants. */
	if (set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SNDBUF))
		set_int(fd, SOL_SOCKET, SO_SNDBUF, SNDBUF);
	*ret = fd;
	return 0;
}

void relay_queue_init(struct relay_queue *queue)
{
	unsigned int i;

	queue->fd = -1;
	queue->n = 0;
	queue->used = 0;
	for (i = 0; i < RELAY_BATCH; i++) {
		struct msghdr *msg = &queue->msgs[i].msg_hdr;

		memset(msg, 0, sizeof(*msg));
		msg->msg_name = &queue->names[i];
		msg->msg_iov = &queue->iovs[i];
		msg->msg_iovlen = 1;
	}
}

void relay_queue_use(struct relay_queue *queue, int fd)
{
	if (queue->fd == fd)
		return;
	relay_queue_flush(queue);
	queue->fd = fd;
}

uint8_t *relay_queue_room(struct relay_queue *queue, size_t len)
{
	if (len > RELAY_ROOM - queue->used)
		relay_queue_flush(queue);
	return queue->room + queue->used;
}

static socklen_t name_fill(const struct relay_to *to, union relay_name *ret)
{
	if (to->family == FAMILY_IPV4) {
		ret->in = (struct sockaddr_in){
			.sin_family = AF_INET,
			.sin_addr = addr_to_ipv4(&to->group),
		};
		return sizeof(ret->in);
	}
	ret->in6 = (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_addr = to->group,
	};
	return sizeof(ret->in6);
}

void relay_queue_add(struct relay_queue *queue, const struct relay_to *to,
		     const uint8_t *data, size_t len)
{
	unsigned int i = queue->n++;

	queue->iovs[i].iov_base = (void *)(uintptr_t)data;
	queue->iovs[i].iov_len = len;
	queue->msgs[i].msg_hdr.msg_namelen = name_fill(to, &queue->names[i]);
	queue->counts[i] = to->count;
	if (queue->n == RELAY_BATCH)
		relay_queue_flush(queue);
}

/* No other packet will fare better. */
static bool error_lasts(int err)
{
	return err == ENETDOWN || err == ENXIO || err == ENODEV ||
	       err == EBADF;
}

/*
 * sendmmsg() stops at the packet that fails, and tells its error only when it
 * comes first.  That one is given up all the same: it may have passed OUTPUT,
 * and would again.
 */
void relay_queue_flush(struct relay_queue *queue)
{
	unsigned int i = 0, end;
	bool down = false;
	int sent;

	while (i < queue->n) {
		sent = down ? -1 : sendmmsg(queue->fd, queue->msgs + i,
					    queue->n - i, MSG_DONTWAIT);
		if (sent < 0 && !down && errno == EINTR)
			continue;
		down = down || (sent < 0 && error_lasts(errno));
		end = i + (sent > 0 ? (unsigned int)sent : 0);
		while (i < end)
			queue->counts[i++]->relayed++;
		if (i < queue->n)
			queue->counts[i++]->dropped++;
	}
	queue->n = 0;
	queue->used = 0;
}

static bool ifname(int fd, unsigned int ifindex, struct ifreq *ret)
{
	*ret = (struct ifreq){ .ifr_ifindex = (int)ifindex };
	return !ioctl(fd, SIOCGIFNAME, ret);
}

/* RFC 1112, 6.4; RFC 2464, 7. */
static void ether_address(const struct relay_to *to, uint8_t ret[ETH_ALEN])
{
	const uint8_t *group = to->group.s6_addr;

	memcpy(ret + 2, group + 12, 4);
	if (to->family == FAMILY_IPV6) {
		ret[0] = ret[1] = 0x33;
		return;
	}
	ret[0] = 0x01;
	ret[1] = 0x00;
	ret[2] = 0x5e;
	ret[3] &= 0x7f;
}

/* A link without addresses needs none. */
static int group_address(int fd, const struct relay_to *to,
			 struct sockaddr_ll *ret)
{
	struct ifreq req;

	if (!ifname(fd, to->ifindex, &req) || ioctl(fd, SIOCGIFHWADDR, &req))
		return -errno;
	switch (req.ifr_hwaddr.sa_family) {
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
		return 0;
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		break;
	default:
		return -EPROTONOSUPPORT;
	}
	ret->sll_halen = ETH_ALEN;
	ether_address(to, ret->sll_addr);
	return 0;
}

int relay_around_open(int *ret)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

int relay_around_send(int fd, const struct relay_to *to, const uint8_t *data,
		      size_t len)
{
	struct sockaddr_ll name = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(to->family == FAMILY_IPV4 ? ETH_P_IP :
								  ETH_P_IPV6),
		.sll_ifindex = (int)to->ifindex,
	};
	int err = group_address(fd, to, &name);

	if (err)
		return err;
	if (sendto(fd, data, len, MSG_DONTWAIT, (struct sockaddr *)&name,
		   sizeof(name)) < 0)
		return -errno;
	return 0;
}

/* IPv6 has an MTU of its own that may be smaller; 0 when it has none. */
static size_t read_mtu6(const char *name)
{
	char path[64 + IFNAMSIZ], text[16] = "";
	long mtu;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/mtu", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	text[strcspn(text, "\n")] = '\0';
	return num_parse(text, 1, INT_MAX, &mtu) ? 0 : (size_t)mtu;
}

size_t relay_send_mtu(int fd, enum family family, unsigned int ifindex)
{
	char name[IFNAMSIZ];
	struct ifreq req;
	size_t mtu, mtu6;

	if (!ifname(fd, ifindex, &req))
		return 0;
	memcpy(name, req.ifr_name, sizeof(name));
	if (ioctl(fd, SIOCGIFMTU, &req) || req.ifr_mtu <= 0)
		return 0;
	mtu = (size_t)req.ifr_mtu;
	if (family == FAMILY_IPV4)
		return mtu;
	mtu6 = read_mtu6(name);
	return mtu6 && mtu6 < mtu ? mtu6 : mtu;
}
