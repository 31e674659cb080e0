/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bare kernel loops that the benchmark compares the daemon with: entries
 * are prepared beforehand, what is timed is the system calls alone.  Knows the
 * kernel's interface; must not know the daemon or any of its code.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/mroute.h>
#include <linux/mroute6.h>

/* Interfaces of one run. */
#define IFS_MAX 32

struct bare {
	bool ipv6;
	unsigned int hairpin;		/* percent of the routes */
	size_t n;
	unsigned int ifs[IFS_MAX];	/* indices; the first is inbound */
	unsigned int n_ifs;
};

union entry {
	struct mfcctl mfc;
	struct mf6cctl mf6c;
};

union request {
	struct sioc_sg_req sg;
	struct sioc_sg_req6 sg6;
};

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fputs("bare: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void *make(size_t n, size_t size)
{
	void *ret = calloc(n ? n : 1, size);

	if (!ret)
		die("memory");
	return ret;
}

/* -- addresses: those of `route_words` in run-bench ----------------------- */

static struct in_addr ipv4(uint32_t host)
{
	struct in_addr ret = { .s_addr = htonl(host) };

	return ret;
}

static struct in6_addr ipv6(const char *prefix, uint32_t low)
{
	struct in6_addr ret;

	low = htonl(low);
	if (inet_pton(AF_INET6, prefix, &ret) != 1)
		abort();
	memcpy(&ret.s6_addr[12], &low, sizeof(low));
	return ret;
}

static struct in_addr source4(size_t i)
{
	return ipv4(0x0a000001 + i % 256);
}

static struct in_addr group4(size_t i)
{
	return ipv4(0xef010000 + i / 256);
}

static struct in6_addr source6(size_t i)
{
	return ipv6("fd00:2::", 1 + i % 256);
}

static struct in6_addr group6(size_t i)
{
	return ipv6("ff0e::", 0x10000 + i / 256);
}

/* -- routes --------------------------------------------------------------- */

static void vifs_add(const struct bare *bare, int fd)
{
	unsigned int i;

	for (i = 0; i < bare->n_ifs; i++) {
		struct vifctl vif = {
			.vifc_vifi = i,
			.vifc_flags = VIFF_USE_IFINDEX,
			.vifc_threshold = 1,
			.vifc_lcl_ifindex = (int)bare->ifs[i],
		};
		struct mif6ctl mif = {
			.mif6c_mifi = i,
			.vifc_threshold = 1,
			.mif6c_pifi = bare->ifs[i],
		};

		if (bare->ipv6 ? setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF,
					    &mif, sizeof(mif))
			       : setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF,
					    &vif, sizeof(vif)))
			die("interface %u", bare->ifs[i]);
	}
}

static int mroute_open(const struct bare *bare)
{
	int on = 1;
	int fd = bare->ipv6 ? socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
			    : socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);

	if (fd < 0)
		die("raw socket");
	if (bare->ipv6 ? setsockopt(fd, IPPROTO_IPV6, MRT6_INIT, &on,
				    sizeof(on))
		       : setsockopt(fd, IPPROTO_IP, MRT_INIT, &on, sizeof(on)))
		die("multicast routing");
	vifs_add(bare, fd);
	return fd;
}

/* Two outbound interfaces each; a hairpin has the inbound one among them. */
static void entry_init(const struct bare *bare, size_t i, union entry *ret)
{
	unsigned int first = i % 100 < bare->hairpin ? 0 : 1;
	unsigned int vif;

	for (vif = first; vif < first + 2; vif++) {
		if (bare->ipv6)
			IF_SET(vif, &ret->mf6c.mf6cc_ifset);
		else
			ret->mfc.mfcc_ttls[vif] = 1;
	}
	if (bare->ipv6) {
		ret->mf6c.mf6cc_origin.sin6_family = AF_INET6;
		ret->mf6c.mf6cc_origin.sin6_addr = source6(i);
		ret->mf6c.mf6cc_mcastgrp.sin6_family = AF_INET6;
		ret->mf6c.mf6cc_mcastgrp.sin6_addr = group6(i);
	} else {
		ret->mfc.mfcc_origin = source4(i);
		ret->mfc.mfcc_mcastgrp = group4(i);
	}
}

static double set_all(const struct bare *bare, int fd, union entry *entries,
		      int option4, int option6)
{
	double start = now();
	size_t i;

	for (i = 0; i < bare->n; i++) {
		if (bare->ipv6 ? setsockopt(fd, IPPROTO_IPV6, option6,
					    &entries[i].mf6c,
					    sizeof(entries[i].mf6c))
			       : setsockopt(fd, IPPROTO_IP, option4,
					    &entries[i].mfc,
					    sizeof(entries[i].mfc)))
			die("entry %zu", i);
	}
	return now() - start;
}

static double count_all(const struct bare *bare, int fd)
{
	union request *requests = make(bare->n, sizeof(*requests));
	double start;
	size_t i;

	for (i = 0; i < bare->n; i++) {
		if (bare->ipv6) {
			requests[i].sg6.src.sin6_addr = source6(i);
			requests[i].sg6.grp.sin6_addr = group6(i);
		} else {
			requests[i].sg.src = source4(i);
			requests[i].sg.grp = group4(i);
		}
	}
	start = now();
	for (i = 0; i < bare->n; i++)
		if (ioctl(fd, bare->ipv6 ? SIOCGETSGCNT_IN6 : SIOCGETSGCNT,
			  &requests[i]))
			die("counters of entry %zu", i);
	start = now() - start;
	free(requests);
	return start;
}

static void routes_run(const struct bare *bare)
{
	union entry *entries = make(bare->n, sizeof(*entries));
	double add, count, del;
	int fd = mroute_open(bare);
	size_t i;

	for (i = 0; i < bare->n; i++)
		entry_init(bare, i, &entries[i]);
	add = set_all(bare, fd, entries, MRT_ADD_MFC, MRT6_ADD_MFC);
	count = count_all(bare, fd);
	del = set_all(bare, fd, entries, MRT_DEL_MFC, MRT6_DEL_MFC);
	printf("%.6f %.6f %.6f\n", add, count, del);
}

/* -- joins ---------------------------------------------------------------- */

static int join_call(const struct bare *bare, int fd, size_t i, bool add)
{
	struct ipv6_mreq mreq6 = { .ipv6mr_interface = bare->ifs[0] };
	struct ip_mreqn mreq = { .imr_ifindex = (int)bare->ifs[0] };

	if (bare->ipv6) {
		mreq6.ipv6mr_multiaddr = ipv6("ff0e::", 0x70000 + i);
		return setsockopt(fd, IPPROTO_IPV6,
				  add ? IPV6_ADD_MEMBERSHIP
				      : IPV6_DROP_MEMBERSHIP,
				  &mreq6, sizeof(mreq6));
	}
	mreq.imr_multiaddr = ipv4(0xef4d0000 + i);
	return setsockopt(fd, IPPROTO_IP,
			  add ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
			  &mreq, sizeof(mreq));
}

/* Each socket takes what the kernel lets it, the next what is over. */
static void join_all(const struct bare *bare, int *fds)
{
	int fd = -1;
	size_t i;

	for (i = 0; i < bare->n; i++) {
		if (fd >= 0 && !join_call(bare, fd, i, true)) {
			fds[i] = fd;
			continue;
		}
		if (fd >= 0 && errno != ENOBUFS && errno != ENOMEM)
			die("join %zu", i);
		fd = socket(bare->ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
		if (fd < 0)
			die("socket");
		if (join_call(bare, fd, i, true))
			die("join %zu", i);
		fds[i] = fd;
	}
}

static void joins_run(const struct bare *bare)
{
	int *fds = make(bare->n, sizeof(*fds));
	struct rlimit limit;
	double start, joined;
	size_t i;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("limit of descriptors");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("limit of descriptors");

	start = now();
	join_all(bare, fds);
	joined = now();
	for (i = 0; i < bare->n; i++)
		if (join_call(bare, fds[i], i, false))
			die("leave %zu", i);
	printf("%.6f %.6f\n", joined - start, now() - joined);
}

/* -- command line --------------------------------------------------------- */

__attribute__((noreturn))
static void usage(void)
{
	fputs("usage: bare [-6] [-p PERCENT] routes N IIF OIF OIF [IF...]\n"
	      "       bare [-6] joins N IF\n"
	      "Prints seconds: to add N routes, read their counters, delete\n"
	      "them; or to join N groups and leave them.\n"
	      "  -6          IPv6\n"
	      "  -p PERCENT  of the routes lead out of IIF as well\n", stderr);
	exit(64);
}

static unsigned long number(const char *text, unsigned long max)
{
	unsigned long ret;
	char *end;

	errno = 0;
	ret = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || ret > max)
		usage();
	return ret;
}

int main(int argc, char **argv)
{
	struct bare bare = { 0 };
	int letter, i;

	while ((letter = getopt(argc, argv, "6p:")) != -1) {
		if (letter == '6')
			bare.ipv6 = true;
		else if (letter == 'p')
			bare.hairpin = number(optarg, 100);
		else
			usage();
	}
	argc -= optind;
	argv += optind;
	if (argc < 3 || argc > 2 + IFS_MAX)
		usage();
	bare.n = number(argv[1], 10000000);
	for (i = 2; i < argc; i++) {
		bare.ifs[bare.n_ifs] = if_nametoindex(argv[i]);
		if (!bare.ifs[bare.n_ifs++])
			die("%s", argv[i]);
	}
	if (!strcmp(argv[0], "routes") && bare.n_ifs >= 3)
		routes_run(&bare);
	else if (!strcmp(argv[0], "joins"))
		joins_run(&bare);
	else
		usage();
	return fflush(stdout) ? 1 : 0;
}
