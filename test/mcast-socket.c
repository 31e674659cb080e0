/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that do what an ordinary program does: UDP sockets and
 * memberships.  This file must not know frames.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "mcast.h"

/* linux/udp.h since 4.18 */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* Large enough for what a flood leaves while the process has no CPU. */
#define RCVBUF (8 << 20)

static int udp_open(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		mcast_die("socket");
	return fd;
}

static void set_int(int fd, int level, int name, int val, const char *what)
{
	if (setsockopt(fd, level, name, &val, sizeof(val)))
		mcast_die("%s", what);
}

static void group_join(int fd, unsigned int ifindex,
		       const struct mcast_addr *group,
		       const struct mcast_addr *source)
{
	struct group_source_req gsr = { .gsr_interface = ifindex };
	struct group_req gr = { .gr_interface = ifindex };
	int level = group->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int ret;

	mcast_sockaddr(group, 0, 0, &gr.gr_group);
	if (source->family == AF_UNSPEC) {
		ret = setsockopt(fd, level, MCAST_JOIN_GROUP, &gr, sizeof(gr));
	} else {
		mcast_sockaddr(source, 0, 0, &gsr.gsr_source);
		gsr.gsr_group = gr.gr_group;
		ret = setsockopt(fd, level, MCAST_JOIN_SOURCE_GROUP, &gsr,
				 sizeof(gsr));
	}
	if (ret)
		mcast_die("join %s", mcast_addr_text(group));
}

/* send */

struct sender {
	const struct mcast_options *opt;
	struct mmsghdr batch[MCAST_BATCH];
	struct iovec iov[MCAST_BATCH];
	char data[MCAST_BATCH][MCAST_SIZE_MAX];
};

static void send_fill(void *arg, unsigned int slot, unsigned int number)
{
	struct sender *sender = arg;

	sender->iov[slot].iov_len =
		mcast_payload(sender->opt, number, sender->data[slot]);
}

static int send_open(const struct mcast_options *opt, unsigned int ifindex,
		     int family)
{
	struct ip_mreqn mreq = { .imr_ifindex = ifindex };
	struct mcast_addr any = { .family = family };
	struct sockaddr_storage ss;
	int fd = udp_open(family);
	socklen_t len;

	if (family == AF_INET) {
		if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq,
			       sizeof(mreq)))
			mcast_die("IP_MULTICAST_IF");
		set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, opt->ttl, "TTL");
		set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, !opt->no_loop,
			"IP_MULTICAST_LOOP");
	} else {
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, ifindex,
			"IPV6_MULTICAST_IF");
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, opt->ttl,
			"hop limit");
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, !opt->no_loop,
			"IPV6_MULTICAST_LOOP");
	}
	if (opt->foreign && family == AF_INET)
		set_int(fd, IPPROTO_IP, IP_TRANSPARENT, 1, "IP_TRANSPARENT");
	else if (opt->foreign)
		set_int(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1,
			"IPV6_TRANSPARENT");
	if (opt->segment)
		set_int(fd, IPPROTO_UDP, UDP_SEGMENT, opt->segment,
			"UDP_SEGMENT");
	if (opt->source.family != AF_UNSPEC)
		any = opt->source;
	if (any.family != family)
		mcast_usage("source and group are of different families");
	len = mcast_sockaddr(&any, opt->source_port, ifindex, &ss);
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&ss, len))
		mcast_die("bind to %s", mcast_addr_text(&any));
	return fd;
}

static void send_run(const struct mcast_options *opt, char **args)
{
	unsigned int i, ifindex = mcast_ifindex(args[0]);
	static struct sender sender;
	struct sockaddr_storage to;
	struct mcast_addr group;
	socklen_t len;
	int fd;

	mcast_group_parse(args[1], &group);
	fd = send_open(opt, ifindex, group.family);
	len = mcast_sockaddr(&group, opt->port, ifindex, &to);
	sender.opt = opt;
	for (i = 0; i < MCAST_BATCH; i++) {
		sender.iov[i].iov_base = sender.data[i];
		sender.batch[i].msg_hdr.msg_name = &to;
		sender.batch[i].msg_hdr.msg_namelen = len;
		sender.batch[i].msg_hdr.msg_iov = &sender.iov[i];
		sender.batch[i].msg_hdr.msg_iovlen = 1;
	}
	mcast_ready();
	printf("sent %u\n",
	       mcast_send_all(opt, fd, sender.batch, send_fill, &sender));
}

const struct mcast_command mcast_send = {
	.name = "send",
	.letters = "Ab:c:fg:hLm:n:p:r:s:S:t:T:",
	.args = 2,
	.run = send_run,
	.usage = "send [OPTIONS] IF GROUP\n"
	"Sends UDP datagrams; prints \"ready\" and at the end \"sent N\".\n"
	"  -A         SOURCE may be of another host\n"
	"  -b PORT    source port\n"
	"  -c N       packets a system call with -f, 1 to 64 (64)\n"
	"  -f         as fast as possible, until -n, -t or SIGTERM\n"
	"  -g SIZE    cut into datagrams of that size by the kernel (GSO)\n"
	"  -L         no loopback to local members\n"
	"  -m TEXT    payload (a running number)\n"
	"  -n COUNT   datagrams (1)\n"
	"  -p PORT    destination port (2)\n"
	"  -r RATE    datagrams a second\n"
	"  -s SIZE    bytes of payload, filled with zeroes\n"
	"  -S SOURCE  source address\n"
	"  -t MS      ends after that time\n"
	"  -T TTL     TTL or hop limit (64)",
};

/* recv */

struct received {
	struct sockaddr_storage from;
	unsigned int ifindex;
	int ttl;
	size_t len;
	char data[MCAST_SIZE_MAX];
};

static int recv_open(const struct mcast_options *opt,
		     const struct mcast_addr *group)
{
	bool inet = group->family == AF_INET;
	int level = inet ? IPPROTO_IP : IPPROTO_IPV6;
	int fd = udp_open(group->family);
	struct sockaddr_storage ss;
	socklen_t len;

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	/* What rmem_max grants in a user namespace is enough to go on with. */
	set_int(fd, SOL_SOCKET, SO_RCVBUF, RCVBUF, "SO_RCVBUF");
	set_int(fd, level, inet ? IP_PKTINFO : IPV6_RECVPKTINFO, 1, "pktinfo");
	set_int(fd, level, inet ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1, "ttl");
	if (opt->strict)
		set_int(fd, level, inet ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL,
			0, "multicast all");
	len = mcast_sockaddr(group, opt->port, 0, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len))
		mcast_die("bind to %s", mcast_addr_text(group));
	if (opt->join)
		group_join(fd, mcast_ifindex(opt->join), group, &opt->source);
	return fd;
}

static void recv_control(struct msghdr *msg, struct received *ret)
{
	struct in6_pktinfo info6;
	struct in_pktinfo info;
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		bool inet = cmsg->cmsg_level == IPPROTO_IP;

		if (inet && cmsg->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			ret->ifindex = info.ipi_ifindex;
		} else if (!inet && cmsg->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(cmsg), sizeof(info6));
			ret->ifindex = info6.ipi6_ifindex;
		} else if (cmsg->cmsg_type ==
			   (inet ? IP_TTL : IPV6_HOPLIMIT)) {
			memcpy(&ret->ttl, CMSG_DATA(cmsg), sizeof(ret->ttl));
		}
	}
}

static bool recv_one(int fd, struct received *ret)
{
	struct iovec iov = { ret->data, sizeof(ret->data) };
	_Alignas(struct cmsghdr) char control[256];
	struct msghdr msg = {
		.msg_name = &ret->from,
		.msg_namelen = sizeof(ret->from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len < 0)
		mcast_die("receive");
	ret->len = len;
	recv_control(&msg, ret);
	return true;
}

static void recv_print(const struct received *got)
{
	char name[IF_NAMESIZE] = "?";
	struct mcast_addr from;

	mcast_sockaddr_addr(&got->from, &from);
	if_indextoname(got->ifindex, name);
	printf("%s %s %d %zu ", name, mcast_addr_text(&from), got->ttl,
	       got->len);
	mcast_print_text(got->data, got->len);
	fflush(stdout);
}

static void recv_run(const struct mcast_options *opt, char **args)
{
	int64_t deadline = mcast_deadline(opt);
	static struct received got;
	struct mcast_addr group;
	unsigned int n = 0;
	int fd, more;

	mcast_group_parse(args[0], &group);
	fd = recv_open(opt, &group);
	mcast_ready();
	do {
		more = mcast_wait(fd, deadline);
		/* What came before the signal counts. */
		while ((!opt->count || n < opt->count) && recv_one(fd, &got)) {
			n++;
			if (!opt->quiet)
				recv_print(&got);
		}
	} while (more > 0 && (!opt->count || n < opt->count));
	printf("total %u\n", n);
}

const struct mcast_command mcast_recv = {
	.name = "recv",
	.letters = "hj:n:p:qS:t:x",
	.args = 1,
	.run = recv_run,
	.usage = "recv [OPTIONS] GROUP\n"
	"Receives what is sent to GROUP.  Prints \"ready\", then a line\n"
	"\"IF SOURCE TTL LENGTH TEXT\" each, and at the end \"total N\".\n"
	"  -j IF      join the group there\n"
	"  -n COUNT   ends after that many\n"
	"  -p PORT    of the destination (2)\n"
	"  -q         only the total\n"
	"  -S SOURCE  join that source only\n"
	"  -t MS      ends after that time; also at SIGTERM\n"
	"  -x         only what this socket has joined itself",
};

/* join */

static void join_run(const struct mcast_options *opt, char **args)
{
	unsigned int ifindex = mcast_ifindex(args[0]);
	struct mcast_addr group;
	int fd;

	mcast_group_parse(args[1], &group);
	if (opt->source.family != AF_UNSPEC &&
	    opt->source.family != group.family)
		mcast_usage("source and group are of different families");
	fd = udp_open(group.family);
	group_join(fd, ifindex, &group, &opt->source);
	mcast_ready();
	mcast_wait(-1, mcast_deadline(opt));
}

const struct mcast_command mcast_join = {
	.name = "join",
	.letters = "hS:t:",
	.args = 2,
	.run = join_run,
	.usage = "join [OPTIONS] IF GROUP\n"
	"Joins the group, prints \"ready\" and holds it until SIGTERM.\n"
	"  -S SOURCE  that source only\n"
	"  -t MS      ends after that time",
};
