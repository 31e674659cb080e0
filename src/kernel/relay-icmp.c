/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMPv6 messages of the relay: the raw socket, the message, the rate.  Must
 * not know who sends the packets.
 */
#include "kernel/relay-icmp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "kernel/relay-bytes.h"

/* The message is no longer than any link takes: RFC 4443, 2.4 (c). */
#define MESSAGE_MAX 1280

void relay_icmp_init(struct relay_icmp *icmp)
{
	icmp->fd = -1;
	icmp->tokens = RELAY_ICMP_BURST;
	icmp->last = 0;
}

void relay_icmp_fini(struct relay_icmp *icmp)
{
	if (icmp->fd >= 0)
		close(icmp->fd);
	icmp->fd = -1;
}

/* It only sends. */
static bool icmp_open(struct relay_icmp *icmp)
{
	struct icmp6_filter filter;

	if (icmp->fd >= 0)
		return true;
	icmp->fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  IPPROTO_ICMPV6);
	if (icmp->fd < 0)
		return false;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	setsockopt(icmp->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
		   sizeof(filter));
	return true;
}

static bool rate_allows(struct relay_icmp *icmp, double now)
{
	icmp->tokens += (now - icmp->last) * RELAY_ICMP_RATE;
	icmp->last = now;
	if (icmp->tokens > RELAY_ICMP_BURST)
		icmp->tokens = RELAY_ICMP_BURST;
	if (icmp->tokens < 1)
		return false;
	icmp->tokens--;
	return true;
}

void relay_icmp_too_big(struct relay_icmp *icmp,
			const struct relay_packet *packet, unsigned int ifindex,
			size_t mtu, double now)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct icmp6_hdr header = { .icmp6_type = ICMP6_PACKET_TOO_BIG };
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ packet->data, MESSAGE_MAX - IPV6_LEN - sizeof(header) },
	};
	const struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = parts,
		.msg_iovlen = 2,
	};

	memcpy(&to.sin6_addr, packet->data + IPV6_SOURCE, 16);
	if (IN6_IS_ADDR_UNSPECIFIED(&to.sin6_addr) ||
	    relay_packet_is_error(packet) || !rate_allows(icmp, now) ||
	    !icmp_open(icmp))
		return;
	if (IN6_IS_ADDR_LINKLOCAL(&to.sin6_addr))
		to.sin6_scope_id = ifindex;
	header.icmp6_mtu = htonl((uint32_t)mtu);
	if (parts[1].iov_len > packet->len)
		parts[1].iov_len = packet->len;
	/* The kernel fills in the checksum. */
	sendmsg(icmp->fd, &msg, MSG_DONTWAIT);
}
