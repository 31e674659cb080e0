/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicast router discovery on the wire, RFC 4286: a solicitation made, and
 * any of its messages shown.  Shares no code with the daemon.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mcast.h"

#define IPV6_LEN 40

static uint32_t sum_add(uint32_t sum, const unsigned char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

static bool sum_is_good(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static void message_print(const unsigned char *msg, size_t len, bool alert,
			  bool good)
{
	size_t i;

	printf("- - mrdisc ");
	for (i = 0; i < len; i++)
		printf("%02x", msg[i]);
	printf(" %s %s\n", alert ? "alert" : "plain",
	       good ? "good" : "bad-checksum");
}

static bool print_ipv4(const unsigned char *ip, size_t len)
{
	size_t header = (ip[0] & 15) * 4u;
	bool alert = header >= 24 && !memcmp(ip + 20, "\x94\4\0", 4);

	if (ip[9] != IPPROTO_IGMP || len < header + 4 ||
	    ip[header] < 0x30 || ip[header] > 0x32)
		return false;
	message_print(ip + header, len - header, alert,
		      sum_is_good(sum_add(0, ip + header, len - header)));
	return true;
}

/* Behind a hop-by-hop header of eight bytes only, as the RFC has it. */
static bool print_ipv6(const unsigned char *ip, size_t len)
{
	const unsigned char *hop = ip + IPV6_LEN, *msg = hop + 8;
	size_t n = len - IPV6_LEN - 8;
	uint32_t sum;

	if (len < IPV6_LEN + 8 + 4 || ip[6] != IPPROTO_HOPOPTS ||
	    hop[0] != IPPROTO_ICMPV6 || hop[1] || msg[0] < 151 || msg[0] > 153)
		return false;
	sum = sum_add(IPPROTO_ICMPV6 + n, ip + 8, 32);
	message_print(msg, n, !memcmp(hop + 2, "\5\2\0", 4),
		      sum_is_good(sum_add(sum, msg, n)));
	return true;
}

bool mcast_mrdisc_print(const unsigned char *ip, size_t len, bool inet)
{
	return inet ? print_ipv4(ip, len) : print_ipv6(ip, len);
}

static void set_option(int fd, int level, int option, const void *data,
		       socklen_t len)
{
	if (setsockopt(fd, level, option, data, len))
		mcast_die("socket option %d", option);
}

static int solicit_open(bool inet, const char *ifname, int ttl)
{
	int fd = socket(inet ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC,
			inet ? IPPROTO_IGMP : IPPROTO_ICMPV6);

	if (fd < 0)
		mcast_die("raw socket");
	set_option(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, strlen(ifname));
	if (inet) {
		set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl));
		set_option(fd, IPPROTO_IP, IP_OPTIONS, "\x94\4\0", 4);
	} else {
		set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl,
			   sizeof(ttl));
		set_option(fd, IPPROTO_IPV6, IPV6_HOPOPTS, "\0\0\5\2\0\0\1", 8);
	}
	return fd;
}

static void solicit_run(const struct mcast_options *opt, char **args)
{
	/* The kernel makes the checksum of ICMPv6. */
	static const unsigned char message4[] = { 0x31, 0, 0xce, 0xff };
	static const unsigned char message6[] = { 152, 0, 0, 0 };
	struct sockaddr_storage to;
	struct mcast_addr group;
	socklen_t len;
	unsigned int n;
	bool inet;
	int fd;

	mcast_group_parse(args[1], &group);
	inet = group.family == AF_INET;
	len = mcast_sockaddr(&group, 0, mcast_ifindex(args[0]), &to);
	fd = solicit_open(inet, args[0], (int)opt->ttl);
	for (n = 0; n < opt->count; n++)
		if (sendto(fd, inet ? message4 : message6, 4, 0,
			   (struct sockaddr *)&to, len) != 4)
			mcast_die("send");
	close(fd);
}

const struct mcast_command mcast_solicit = {
	.name = "solicit",
	.letters = "hn:T:",
	.args = 2,
	.run = solicit_run,
	.usage = "solicit [OPTIONS] IF GROUP\n"
	"Sends a multicast router solicitation (RFC 4286), to 224.0.0.2 or\n"
	"ff02::2 usually.\n"
	"  -n COUNT   that many (1)\n"
	"  -T TTL     TTL or hop limit (1)",
};
