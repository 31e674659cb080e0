/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program on a kernel that lacks something: sockets of a kind cannot be
 * made, and the error is the one such a kernel gives.  By seccomp, so it holds
 * for all that the program starts.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>

#define USAGE "usage: deny netfilter|ipv6|packet|raw COMMAND [ARG]...\n"

#define ANY UINT32_MAX

static const struct kind {
	const char *name;
	uint32_t family;		/* ANY: all of them; likewise: */
	uint32_t type;
	uint32_t protocol;
	uint32_t error;
} kinds[] = {
	{ "netfilter", AF_NETLINK, ANY, NETLINK_NETFILTER, EPROTONOSUPPORT },
	{ "ipv6", AF_INET6, ANY, ANY, EAFNOSUPPORT },
	{ "packet", AF_PACKET, ANY, ANY, EPERM },
	{ "raw", ANY, SOCK_RAW, IPPROTO_RAW, EPERM },
};

/* Without SOCK_CLOEXEC and SOCK_NONBLOCK: SOCK_TYPE_MASK, linux/net.h. */
#define TYPE_MASK 0xf

/* The low half of an argument of the system call. */
#define ARG(n) (offsetof(struct seccomp_data, args[n]) + \
		(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))

static int deny(const struct kind *kind)
{
	const uint8_t family = kind->family != ANY;
	const uint8_t type = kind->type != ANY;
	const uint8_t protocol = kind->protocol != ANY;
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 8),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kind->family, 0,
			 6 * family),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG(1)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPE_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kind->type, 0, 3 * type),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG(2)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kind->protocol, 0,
			 protocol),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | kind->error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = {
		.len = sizeof(insns) / sizeof(insns[0]),
		.filter = insns,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

int main(int argc, char *argv[])
{
	size_t i;

	for (i = 0; argc > 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		if (deny(&kinds[i])) {
			perror("deny: seccomp");
			return 99;
		}
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		return 127;
	}
	fputs(USAGE, stderr);
	return 64;
}
