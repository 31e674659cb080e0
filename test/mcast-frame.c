/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that see the wire: frames of a flow, made and captured.  This
 * file must not know UDP sockets and memberships.
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

#include "mcast.h"

#define ETH_LEN  14
#define IPV4_LEN 20
#define IPV6_LEN 40
#define UDP_LEN  8

static void put16(unsigned char *at, unsigned int val)
{
	at[0] = val >> 8;
	at[1] = val;
}

static unsigned int get16(const unsigned char *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static uint32_t get32(const unsigned char *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

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

/* inject */

struct injector {
	const struct mcast_options *opt;
	struct mcast_addr source;	/* of the frame being made */
	uint32_t first;			/* low bits of the source given */
	struct mcast_addr group;
	struct mmsghdr batch[MCAST_BATCH];
	struct iovec iov[MCAST_BATCH];
	unsigned char frame[MCAST_BATCH][MCAST_FRAME_MAX];
};

/* RFC 1112, section 6.4; RFC 2464, section 7. */
static void fill_eth(const struct injector *in, unsigned char *at)
{
	static const unsigned char prefix4[3] = { 0x01, 0x00, 0x5e };
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

static void fill_ipv4(const struct injector *in, unsigned char *at,
		      size_t payload, unsigned int number)
{
	memset(at, 0, IPV4_LEN);
	at[0] = 0x45;
	put16(at + 2, IPV4_LEN + payload);
	put16(at + 4, number % 65535 + 1);
	at[8] = in->opt->ttl;
	at[9] = IPPROTO_UDP;
	memcpy(at + 12, in->source.bytes, 4);
	memcpy(at + 16, in->group.bytes, 4);
	put16(at + 10, sum_fold(sum_add(0, at, IPV4_LEN)));
}

static void fill_ipv6(const struct injector *in, unsigned char *at,
		      size_t payload)
{
	memset(at, 0, 8);
	at[0] = 0x60;
	put16(at + 4, payload);
	at[6] = IPPROTO_UDP;
	at[7] = in->opt->ttl;
	memcpy(at + 8, in->source.bytes, 16);
	memcpy(at + 24, in->group.bytes, 16);
}

/* Flow after flow: the low 32 bits of the source count. */
static void inject_source(struct injector *in, unsigned int number)
{
	uint32_t low = htonl(in->first + number % in->opt->flows);

	memcpy(in->source.bytes + mcast_addr_len(&in->source) - 4, &low, 4);
}

static void inject_fill(void *arg, unsigned int slot, unsigned int number)
{
	struct injector *in = arg;
	unsigned char *frame = in->frame[slot];
	size_t ip = in->group.family == AF_INET ? IPV4_LEN : IPV6_LEN;
	unsigned char *udp = frame + ETH_LEN + ip;
	size_t len = UDP_LEN +
		     mcast_payload(in->opt, number, (char *)udp + UDP_LEN);

	inject_source(in, number);
	fill_eth(in, frame);
	if (in->group.family == AF_INET)
		fill_ipv4(in, frame + ETH_LEN, len, number);
	else
		fill_ipv6(in, frame + ETH_LEN, len);
	fill_udp(in, udp, len);
	in->iov[slot].iov_len = ETH_LEN + ip + len;
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
	.letters = "b:e:fhk:m:n:Np:r:s:t:T:",
	.args = 3,
	.run = inject_run,
	.usage = "inject [OPTIONS] IF SOURCE GROUP\n"
	"Puts UDP frames on the wire; prints \"ready\" and \"sent N\".\n"
	"  -b PORT    source port (1)\n"
	"  -e MAC     source MAC address (02:00:00:00:00:01)\n"
	"  -f         as fast as possible, until -n, -t or SIGTERM\n"
	"  -k FLOWS   that many sources in turn, SOURCE is the first (1)\n"
	"  -m TEXT    payload (Hello world)\n"
	"  -n COUNT   frames (1)\n"
	"  -N         payload is a running number\n"
	"  -p PORT    destination port (2)\n"
	"  -r RATE    frames a second\n"
	"  -s SIZE    bytes of payload, filled with zeroes\n"
	"  -t MS      ends after that time\n"
	"  -T TTL     TTL or hop limit (64)",
};

/* capture */

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
	       sll->sll_pkttype == PACKET_OUTGOING ? "out" : "in",
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
		if (!opt->quiet)
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
	printf("total %u dropped %llu\n", n, (unsigned long long)dropped);
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
	.letters = "B:hin:qS:t:",
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
	"  -i         incoming frames only\n"
	"  -n COUNT   ends after that many\n"
	"  -q         only the total\n"
	"  -S SOURCE  from that source only\n"
	"  -t MS      ends after that time; also at SIGTERM",
};
