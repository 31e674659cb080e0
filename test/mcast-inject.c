/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command that makes frames of a flow, also such as no sound sender would
 * make.  This file must not know UDP sockets and memberships.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "mcast-bytes.h"
#include "mcast.h"

/* RFC 1071; `sum` goes in and comes out unfolded. */
static uint32_t sum_add(uint32_t sum, const unsigned char *data, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(data + i);
	if (len & 1)
		sum += (uint32_t)data[len - 1] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

struct injector {
	const struct mcast_options *opt;
	struct mcast_addr source;	/* of the frame being made */
	uint32_t first;			/* low bits of the source given */
	struct mcast_addr group;
	struct mmsghdr batch[MCAST_BATCH];
	struct iovec iov[MCAST_BATCH];
	unsigned char frame[MCAST_BATCH][MCAST_FRAME_MAX + MCAST_HEX_MAX];
};

/* RFC 1112, section 6.4; RFC 2464, section 7. */
static void fill_eth(const struct injector *in, unsigned char *at)
{
	static const unsigned char prefix4[3] = { 0x01, 0x00, 0x5e };
	static const unsigned char none[6];
	const unsigned char *group = in->group.bytes;

	if (in->group.family == AF_INET) {
		memcpy(at, prefix4, 3);
		at[3] = group[1] & 0x7f;
		memcpy(at + 4, group + 2, 2);
		put16(at + 12, ETH_P_IP);
	} else {
		put16(at, 0x3333);
		memcpy(at + 2, group + 12, 4);
		put16(at + 12, ETH_P_IPV6);
	}
	memcpy(at + 6, in->opt->mac, 6);
	if (memcmp(in->opt->to, none, 6) != 0)
		memcpy(at, in->opt->to, 6);
}

static void fill_udp(const struct injector *in, unsigned char *at, size_t len)
{
	size_t addr_len = mcast_addr_len(&in->source);
	uint32_t sum = IPPROTO_UDP + len;
	uint16_t check;

	put16(at, in->opt->source_port);
	put16(at + 2, in->opt->port);
	put16(at + 4, len);
	put16(at + 6, 0);
	sum = sum_add(sum, in->source.bytes, addr_len);
	sum = sum_add(sum, in->group.bytes, addr_len);
	check = sum_fold(sum_add(sum, at, len));
	put16(at + 6, check ? check : 0xffff);
}

/* -x: what a sound sender would not write, or could not choose. */
static void patch(const struct mcast_hex *patches, unsigned char *data,
		  size_t len)
{
	unsigned int i;

	for (i = 0; i < MCAST_PATCH_MAX && patches[i].len; i++) {
		if (patches[i].at + patches[i].len > len)
			mcast_usage("-x, -X: not in the packet");
		memcpy(data + patches[i].at, patches[i].bytes, patches[i].len);
	}
}

static void fill_ipv4(const struct injector *in, unsigned char *at,
		      size_t payload, unsigned int number)
{
	size_t header = IPV4_LEN + in->opt->options.len;

	memset(at, 0, IPV4_LEN);
	at[0] = 0x40 | header / 4;
	put16(at + 2, header + payload);
	put16(at + 4, number % 65535 + 1);
	at[8] = in->opt->ttl;
	at[9] = IPPROTO_UDP;
	memcpy(at + 12, in->source.bytes, 4);
	memcpy(at + 16, in->group.bytes, 4);
	memcpy(at + IPV4_LEN, in->opt->options.bytes, header - IPV4_LEN);
	patch(in->opt->patches, at, header);
	put16(at + 10, sum_fold(sum_add(0, at, header)));
}

/* The options are a hop-by-hop header: RFC 8200, section 4.3. */
static void fill_ipv6(const struct injector *in, unsigned char *at,
		      size_t payload)
{
	size_t options = in->opt->options.len;

	memset(at, 0, 8);
	at[0] = 0x60;
	put16(at + 4, options + payload);
	at[6] = options ? IPPROTO_HOPOPTS : IPPROTO_UDP;
	at[7] = in->opt->ttl;
	memcpy(at + 8, in->source.bytes, 16);
	memcpy(at + 24, in->group.bytes, 16);
	memcpy(at + IPV6_LEN, in->opt->options.bytes, options);
	if (options)
		at[IPV6_LEN] = IPPROTO_UDP;
	patch(in->opt->patches, at, IPV6_LEN + options);
}

/* Flow after flow: the low 32 bits of the source count. */
static void inject_source(struct injector *in, unsigned int number)
{
	uint32_t low = htonl(in->first + number % in->opt->flows);

	memcpy(in->source.bytes + mcast_addr_len(&in->source) - 4, &low, 4);
}

/* IEEE 802.1Q; returns the length of the link-layer header. */
static size_t fill_link(const struct injector *in, unsigned char *at)
{
	fill_eth(in, at);
	if (!in->opt->vlan)
		return ETH_LEN;
	memmove(at + ETH_LEN + 2, at + ETH_LEN - 2, 2);
	put16(at + ETH_LEN - 2, ETH_P_8021Q);
	put16(at + ETH_LEN, in->opt->vlan);
	return ETH_LEN + 4;
}

static void inject_fill(void *arg, unsigned int slot, unsigned int number)
{
	struct injector *in = arg;
	bool inet = in->group.family == AF_INET;
	unsigned char *frame = in->frame[slot];
	unsigned char *ip = frame + fill_link(in, frame);
	size_t header = (inet ? IPV4_LEN : IPV6_LEN) + in->opt->options.len;
	size_t len = UDP_LEN + mcast_payload(in->opt, number,
					     (char *)ip + header + UDP_LEN);

	inject_source(in, number);
	if (inet)
		fill_ipv4(in, ip, len, number);
	else
		fill_ipv6(in, ip, len);
	fill_udp(in, ip + header, len);
	patch(in->opt->late, ip, header + len);
	in->iov[slot].iov_len = ip - frame + header + len;
	if (in->opt->hex)
		mcast_print_hex("packet", ip, header + len);
}

static void inject_run(const struct mcast_options *opt, char **args)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = mcast_ifindex(args[0]),
	};
	static struct injector in;
	unsigned int i;
	int fd;

	in.opt = opt;
	mcast_addr_parse(args[1], &in.source);
	mcast_group_parse(args[2], &in.group);
	if (in.source.family != in.group.family)
		mcast_usage("source and group are of different families");
	in.first = get32(in.source.bytes + mcast_addr_len(&in.source) - 4);
	/* Protocol 0: sends, receives nothing. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		mcast_die("packet socket");
	for (i = 0; i < MCAST_BATCH; i++) {
		in.iov[i].iov_base = in.frame[i];
		in.batch[i].msg_hdr.msg_name = &to;
		in.batch[i].msg_hdr.msg_namelen = sizeof(to);
		in.batch[i].msg_hdr.msg_iov = &in.iov[i];
		in.batch[i].msg_hdr.msg_iovlen = 1;
	}
	mcast_ready();
	printf("sent %u\n",
	       mcast_send_all(opt, fd, in.batch, inject_fill, &in));
}

const struct mcast_command mcast_inject = {
	.name = "inject",
	.letters = "b:c:d:e:fhHk:m:n:No:p:r:s:t:T:V:x:X:",
	.args = 3,
	.run = inject_run,
	.usage = "inject [OPTIONS] IF SOURCE GROUP\n"
	"Puts UDP frames on the wire; prints \"ready\" and \"sent N\".\n"
	"  -b PORT    source port (1)\n"
	"  -c N       packets a system call with -f, 1 to 64 (64)\n"
	"  -d MAC     destination MAC address (that of the group)\n"
	"  -e MAC     source MAC address (02:00:00:00:00:01)\n"
	"  -f         as fast as possible, until -n, -t or SIGTERM\n"
	"  -H         prints each packet as \"packet HEX\"\n"
	"  -k FLOWS   that many sources in turn, SOURCE is the first (1)\n"
	"  -m TEXT    payload (Hello world)\n"
	"  -n COUNT   frames (1)\n"
	"  -N         payload is a running number\n"
	"  -o HEX     IPv4 options, or an IPv6 hop-by-hop header\n"
	"  -p PORT    destination port (2)\n"
	"  -r RATE    frames a second\n"
	"  -s SIZE    bytes of payload, filled with zeroes\n"
	"  -t MS      ends after that time\n"
	"  -T TTL     TTL or hop limit (64)\n"
	"  -V VID     VLAN tag\n"
	"  -x AT=HEX  bytes of the IP header, before its checksum is made\n"
	"  -X AT=HEX  bytes of the packet, as the last step",
};

