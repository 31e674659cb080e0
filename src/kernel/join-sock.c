/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships on one socket: RFC 3678, 5.1, and what Linux answers
 * (net/ipv4/igmp.c, net/ipv6/mcast.c).  Must not know how many sockets there
 * are, nor which holds what.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/join-sock.h"

/* linux/in.h and linux/in6.h; absent in some libc headers. */
#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

static int set_int(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		return -errno;
	return 0;
}

/*
 * The first descriptor that is not for joins.  They are given out from the
 * lowest on, so that what is above stays for clients, files and dumps.
 */
static int fd_end(void)
{
	struct rlimit limit;
	rlim_t reserve = JOIN_SOCK_RESERVE;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > INT_MAX)
		return INT_MAX;
	if (reserve > limit.rlim_cur / 4)
		reserve = limit.rlim_cur / 4;
	return (int)(limit.rlim_cur - reserve);
}

int join_sock_open(enum family family, int *ret)
{
	bool ipv6 = family == FAMILY_IPV6;
	int fd;

	fd = socket(ipv6 ? AF_INET6 : AF_INET,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (fd >= fd_end()) {
		close(fd);
		return -EMFILE;
	}

	/* unbound it gets nothing anyway; this is for good measure */
	if (ipv6)
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	else
		set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);

	*ret = fd;
	return 0;
}

static void put_addr(enum family family, const struct in6_addr *addr,
		     struct sockaddr_storage *ret)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	memset(ret, 0, sizeof(*ret));
	if (family == FAMILY_IPV4) {
		sin.sin_addr = addr_to_ipv4(addr);
		memcpy(ret, &sin, sizeof(sin));
	} else {
		sin6.sin6_addr = *addr;
		memcpy(ret, &sin6, sizeof(sin6));
	}
}

static int group_call(int fd, int option, const struct join_key *key)
{
	enum family family = addr_family(&key->group);
	struct group_req req = { .gr_interface = key->ifindex };

	put_addr(family, &key->group, &req.gr_group);
	if (setsockopt(fd, family == FAMILY_IPV4 ? IPPROTO_IP : IPPROTO_IPV6,
		       option, &req, sizeof(req)))
		return -errno;
	return 0;
}

static int source_call(int fd, int option, const struct join_key *key,
		       const struct in6_addr *source)
{
	enum family family = addr_family(&key->group);
	struct group_source_req req = { .gsr_interface = key->ifindex };

	put_addr(family, &key->group, &req.gsr_group);
	put_addr(family, source, &req.gsr_source);
	if (setsockopt(fd, family == FAMILY_IPV4 ? IPPROTO_IP : IPPROTO_IPV6,
		       option, &req, sizeof(req)))
		return -errno;
	return 0;
}

/*
 * No room: -ENOBUFS for igmp_max_memberships, igmp_max_msf, mld_max_msf and
 * IPv4's optmem_max; -ENOMEM for that of IPv6.  -EADDRINUSE: joined already,
 * by what was left behind when an interface went.
 */
static int join_result(int err)
{
	return err == -ENOMEM || err == -EADDRINUSE ? -ENOBUFS : err;
}

int join_sock_join(int fd, const struct join_key *key)
{
	int err;

	if (addr_is_any(&key->source))
		err = group_call(fd, MCAST_JOIN_GROUP, key);
	else
		err = source_call(fd, MCAST_JOIN_SOURCE_GROUP, key,
				  &key->source);
	return join_result(err);
}

int join_sock_leave_group(int fd, const struct join_key *key)
{
	int err = group_call(fd, MCAST_LEAVE_GROUP, key);

	return err == -EADDRNOTAVAIL || err == -ENODEV ? 0 : err;
}

int join_sock_leave(int fd, const struct join_key *key)
{
	int err;

	if (addr_is_any(&key->source))
		return join_sock_leave_group(fd, key);

	err = source_call(fd, MCAST_LEAVE_SOURCE_GROUP, key, &key->source);
	switch (err) {
	case -ENODEV:
		/*
		 * The interface is gone, but its group still takes room here,
		 * and only leaving it as a whole works without an interface.
		 */
		return join_sock_leave_group(fd, key);
	case -EADDRNOTAVAIL:
	case -EINVAL:		/* the group is not joined any more */
		return 0;
	}
	return err;
}

int join_sock_block(int fd, const struct join_key *key,
		    const struct in6_addr *source)
{
	int err = source_call(fd, MCAST_BLOCK_SOURCE, key, source);

	return err == -EADDRNOTAVAIL ? 0 : err;
}

int join_sock_unblock(int fd, const struct join_key *key,
		      const struct in6_addr *source)
{
	int err = source_call(fd, MCAST_UNBLOCK_SOURCE, key, source);

	return err == -EADDRNOTAVAIL || err == -ENODEV ? 0 : err;
}

/* Errors of which the meaning is: nothing is sent from there. */
static int pick_error(int err)
{
	switch (err) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case ENODEV:
	case EACCES:
		return -EADDRNOTAVAIL;
	}
	return -err;
}

int join_sock_pick_source(int fd, unsigned int ifindex,
			  const struct in6_addr *group, struct in6_addr *ret)
{
	struct ip_mreqn mreq = { .imr_ifindex = (int)ifindex };
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr = addr_to_ipv4(group),
		.sin_port = htons(9),	/* discard: nothing is sent */
	};
	socklen_t len = sizeof(addr);

	/* A connected socket keeps the address that it has. */
	if (connect(fd, &unspec, sizeof(unspec)))
		return -errno;
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)) ||
	    connect(fd, (struct sockaddr *)&addr, len) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		return pick_error(errno);

	if (addr.sin_addr.s_addr == INADDR_ANY)
		return -EADDRNOTAVAIL;
	*ret = addr_from_ipv4(addr.sin_addr);
	return 0;
}
