/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command that sees the wire: frames of a flow, captured.  This file must
 * not know UDP sockets and memberships.
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
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "mcast-bytes.h"
#include "mcast.h"

/*
 * Offsets count from the network header.  A test that fails jumps to the last
 * instruction, which is a `drop`; the jumps are filled in at the end.
 */
#define PROGRAM_MAX 32

struct program {
	struct sock_filter insns[PROGRAM_MAX];
	unsigned int len;
};

static void program_add(struct program *p, uint16_t code, uint32_t k)
{
	struct sock_filter insn = { .code = code, .k = k };

	if (p->len == PROGRAM_MAX)
		abort();
	p->insns[p->len++] = insn;
}

/* Goes on when the accumulator is (not) k. */
static void program_want(struct program *p, uint32_t k)
{
	program_add(p, BPF_JMP | BPF_JEQ | BPF_K, k);
	p->insns[p->len - 1].jf = 1;
}

static void program_refuse(struct program *p, uint16_t test, uint32_t k)
{
	program_add(p, BPF_JMP | test | BPF_K, k);
	p->insns[p->len - 1].jt = 1;
}

static void program_want_addr(struct program *p, unsigned int at,
			      const struct mcast_addr *addr)
{
	unsigned int i;

	for (i = 0; i < mcast_addr_len(addr); i += 4) {
		program_add(p, BPF_LD | BPF_W | BPF_ABS, at + i);
		program_want(p, get32(addr->bytes + i));
	}
}

static void program_finish(struct program *p)
{
	unsigned int i;

	program_add(p, BPF_RET | BPF_K, MCAST_FRAME_MAX);
	program_add(p, BPF_RET | BPF_K, 0);
	for (i = 0; i < p->len - 2; i++) {
		if (p->insns[i].jf)
			p->insns[i].jf = p->len - 2 - i;
		if (p->insns[i].jt)
			p->insns[i].jt = p->len - 2 - i;
	}
}

/* `below` 0: any TTL. */
static void program_flow(struct program *p, const struct mcast_options *opt,
			 const struct mcast_addr *group, unsigned int below)
{
	bool inet = group->family == AF_INET;

	p->len = 0;
	program_add(p, BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL);
	program_want(p, inet ? ETH_P_IP : ETH_P_IPV6);
	if (opt->incoming) {
		program_add(p, BPF_LD | BPF_W | BPF_ABS,
			    SKF_AD_OFF + SKF_AD_PKTTYPE);
		program_refuse(p, BPF_JEQ, PACKET_OUTGOING);
	}
	program_want_addr(p, inet ? 16 : 24, group);
	if (opt->source.family != AF_UNSPEC)
		program_want_addr(p, inet ? 12 : 8, &opt->source);
	if (below) {
		program_add(p, BPF_LD | BPF_B | BPF_ABS, inet ? 8 : 7);
		program_refuse(p, BPF_JGE, below);
	}
	program_finish(p);
}

/* The socket gets no frame before its filter is on. */
static int capture_open(unsigned int ifindex, struct program *p)
{
	struct sock_fprog prog = { .len = p->len, .filter = p->insns };
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int size = 8 << 20;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		mcast_die("packet socket");
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		mcast_die("SO_ATTACH_FILTER");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		mcast_die("SO_RCVBUF");
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		mcast_die("bind to interface");
	return fd;
}

/* Frames that passed the filter, dropped ones among them; reading clears. */
static void capture_stats(int fd, uint64_t *frames, uint64_t *dropped)
{
	struct tpacket_stats st;
	socklen_t len = sizeof(st);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len))
		mcast_die("PACKET_STATISTICS");
	*frames += st.tp_packets;
	*dropped += st.tp_drops;
}

static void print_udp(const unsigned char *udp, size_t len)
{
	printf("%u %u ", get16(udp), get16(udp + 2));
	mcast_print_text((const char *)udp + UDP_LEN, len - UDP_LEN);
}

/* Type and group of each record of an IGMPv3 report: RFC 3376, section 4.2. */
static void print_igmp(const unsigned char *msg, size_t len)
{
	struct mcast_addr group = { .family = AF_INET };
	unsigned int n = get16(msg + 6);
	size_t at = 8;

	printf("- - igmp");
	for (; n && msg[0] == 0x22 && at + 8 <= len; n--) {
		memcpy(group.bytes, msg + at + 4, 4);
		printf(" %u %s", msg[at], mcast_addr_text(&group));
		at += 8 + get16(msg + at + 2) * 4u + msg[at + 1] * 4u;
	}
	putchar('\n');
}

static void print_ip(const unsigned char *ip, size_t len, bool inet)
{
	size_t header = inet ? (ip[0] & 15) * 4u : IPV6_LEN;
	unsigned int protocol = ip[inet ? 9 : 6];

	if (mcast_mrdisc_print(ip, len, inet))
		return;
	if (protocol == IPPROTO_UDP && len >= header + UDP_LEN)
		print_udp(ip + header, len - header);
	else if (protocol == IPPROTO_IGMP && len >= header + 8)
		print_igmp(ip + header, len - header);
	else
		printf("- - protocol %u\n", protocol);
}

static const char *capture_way(const struct sockaddr_ll *sll)
{
	return sll->sll_pkttype == PACKET_OUTGOING ? "out" : "in";
}

/* -N: running numbers that came, and such that came again. */
#define NUMBER_MAX (64 << 20)
static unsigned char numbers_seen[NUMBER_MAX / 8];
static unsigned int numbers, numbers_again;

/* The number is the payload of a UDP packet without options. */
static void number_note(const unsigned char *ip, size_t len)
{
	size_t at = (ip[0] >> 4 == 4 ? IPV4_LEN : IPV6_LEN) + UDP_LEN;
	char text[11] = "";
	unsigned long number;

	if (len < at + 10)
		return;
	memcpy(text, ip + at, 10);
	number = strtoul(text, NULL, 10);
	if (number >= NUMBER_MAX)
		return;
	if (numbers_seen[number / 8] & 1 << number % 8)
		numbers_again++;
	else
		numbers++;
	numbers_seen[number / 8] |= 1 << number % 8;
}

static void capture_print(const struct sockaddr_ll *sll,
			  const unsigned char *ip, size_t len)
{
	struct mcast_addr source = { .family = AF_INET };
	const unsigned char *mac = sll->sll_addr;
	bool inet = sll->sll_protocol == htons(ETH_P_IP);

	if (len < (inet ? IPV4_LEN : IPV6_LEN))
		return;
	if (!inet)
		source.family = AF_INET6;
	memcpy(source.bytes, ip + (inet ? 12 : 8), inet ? 4 : 16);
	printf("%s %u %zu %02x:%02x:%02x:%02x:%02x:%02x %s ",
	       capture_way(sll),
	       ip[inet ? 8 : 7], len, mac[0], mac[1], mac[2], mac[3], mac[4],
	       mac[5], mcast_addr_text(&source));
	print_ip(ip, len, inet);
}

static unsigned int capture_drain(const struct mcast_options *opt, int fd,
				  unsigned int limit)
{
	static unsigned char data[MCAST_FRAME_MAX];
	struct sockaddr_ll sll;
	unsigned int n = 0;
	socklen_t size;
	ssize_t len;

	while (!limit || n < limit) {
		size = sizeof(sll);
		len = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
			       (struct sockaddr *)&sll, &size);
		if (len < 0 && errno == EAGAIN)
			break;
		if (len < 0)
			mcast_die("capture");
		n++;
		if (opt->numbers)
			number_note(data, len);
		if (opt->hex)
			mcast_print_hex(capture_way(&sll), data, len);
		else if (!opt->quiet)
			capture_print(&sll, data, len);
	}
	fflush(stdout);
	return n;
}

/*
 * Nobody reads the first socket: what it cannot queue is still counted by the
 * kernel.  The second is read, to show the frames that should not be.
 */
static void capture_watch(const struct mcast_options *opt, unsigned int ifindex,
			  const struct mcast_addr *group)
{
	uint64_t frames = 0, below = 0, dropped = 0, lost = 0;
	int64_t next, deadline = mcast_deadline(opt);
	struct program flow, low;
	int all, under, more;

	program_flow(&flow, opt, group, 0);
	program_flow(&low, opt, group, opt->below);
	under = capture_open(ifindex, &low);
	all = capture_open(ifindex, &flow);
	mcast_ready();
	do {
		next = mcast_now() + 500;
		if (deadline >= 0 && next > deadline)
			next = deadline;
		more = mcast_wait(under, next);
		capture_drain(opt, under, 0);
		/* The counters of the kernel have 32 bits. */
		capture_stats(all, &frames, &lost);
		capture_stats(under, &below, &dropped);
	} while (more >= 0 && (deadline < 0 || mcast_now() < deadline));
	printf("frames %llu below %llu dropped %llu\n",
	       (unsigned long long)frames, (unsigned long long)below,
	       (unsigned long long)dropped);
}

static void capture_list(const struct mcast_options *opt, unsigned int ifindex,
			 const struct mcast_addr *group)
{
	int64_t deadline = mcast_deadline(opt);
	uint64_t frames = 0, dropped = 0;
	struct program flow;
	unsigned int n = 0;
	int fd, more;

	program_flow(&flow, opt, group, 0);
	fd = capture_open(ifindex, &flow);
	mcast_ready();
	do {
		more = mcast_wait(fd, deadline);
		n += capture_drain(opt, fd, opt->count ? opt->count - n : 0);
	} while (more > 0 && (!opt->count || n < opt->count));
	capture_stats(fd, &frames, &dropped);
	printf("total %u dropped %llu", n, (unsigned long long)dropped);
	if (opt->numbers)
		printf(" numbers %u again %u", numbers, numbers_again);
	putchar('\n');
}

static void capture_run(const struct mcast_options *opt, char **args)
{
	unsigned int ifindex = mcast_ifindex(args[0]);
	struct mcast_addr group;

	mcast_group_parse(args[1], &group);
	if (opt->source.family != AF_UNSPEC &&
	    opt->source.family != group.family)
		mcast_usage("source and group are of different families");
	if (opt->below)
		capture_watch(opt, ifindex, &group);
	else
		capture_list(opt, ifindex, &group);
}

const struct mcast_command mcast_capture = {
	.name = "capture",
	.letters = "B:hHin:NqS:t:",
	.args = 2,
	.run = capture_run,
	.usage = "capture [OPTIONS] IF GROUP\n"
	"Shows the frames of a flow.  Prints \"ready\", then a line\n"
	"\"in|out TTL LENGTH MAC SOURCE PORT PORT TEXT\" each, and at the end\n"
	"\"total N dropped N\".  Multicast router discovery has \"mrdisc HEX\n"
	"alert|plain good|bad-checksum\" as its text.\n"
	"  -B TTL     watch: show only frames with a lower TTL, and end with\n"
	"             \"frames N below N dropped N\"; frames and below are\n"
	"             exact under any load\n"
	"  -H         prints each packet as \"in|out HEX\"\n"
	"  -i         incoming frames only\n"
	"  -n COUNT   ends after that many\n"
	"  -N         payloads are running numbers: \"numbers N again N\" at\n"
	"             the end, how many came, and how often one came again\n"
	"  -q         only the total\n"
	"  -S SOURCE  from that source only\n"
	"  -t MS      ends after that time; also at SIGTERM",
};
