/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic tool of the network tests: so that they need no ping, tshark or
 * Python.  This file knows the command line, addresses and time; it must not
 * know any socket option.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "mcast.h"

static volatile sig_atomic_t stopped;

static const struct mcast_command *const commands[] = {
	&mcast_send, &mcast_recv, &mcast_join, &mcast_inject, &mcast_capture,
	&mcast_solicit,
};

void mcast_die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fputs("mcast: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

void mcast_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("mcast: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(64);
}

unsigned int mcast_number(const char *what, const char *text,
			  unsigned int min, unsigned int max)
{
	unsigned long val;
	char *end;

	errno = 0;
	val = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno ||
	    val < min || val > max)
		mcast_usage("%s: '%s' is not a number from %u to %u", what,
			    text, min, max);
	return val;
}

unsigned int mcast_ifindex(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		mcast_die("%s", name);
	return ifindex;
}

void mcast_addr_parse(const char *text, struct mcast_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ret->family, text, ret->bytes) != 1)
		mcast_usage("'%s' is not an address", text);
}

void mcast_group_parse(const char *text, struct mcast_addr *ret)
{
	mcast_addr_parse(text, ret);
	if (ret->family == AF_INET ? ret->bytes[0] >> 4 != 0xe
				   : ret->bytes[0] != 0xff)
		mcast_usage("'%s' is not a multicast group", text);
}

size_t mcast_addr_len(const struct mcast_addr *addr)
{
	return addr->family == AF_INET ? 4 : 16;
}

bool mcast_addr_equal(const struct mcast_addr *a, const struct mcast_addr *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, mcast_addr_len(a));
}

const char *mcast_addr_text(const struct mcast_addr *addr)
{
	static char text[4][INET6_ADDRSTRLEN];
	static unsigned int next;
	char *ret = text[next++ % 4];

	return inet_ntop(addr->family, addr->bytes, ret, INET6_ADDRSTRLEN);
}

socklen_t mcast_sockaddr(const struct mcast_addr *addr, unsigned int port,
			 unsigned int ifindex, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	memset(ret, 0, sizeof(*ret));
	if (addr->family == AF_INET) {
		sin.sin_port = htons(port);
		memcpy(&sin.sin_addr, addr->bytes, 4);
		memcpy(ret, &sin, sizeof(sin));
		return sizeof(sin);
	}
	sin6.sin6_port = htons(port);
	memcpy(&sin6.sin6_addr, addr->bytes, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr) ||
	    IN6_IS_ADDR_MULTICAST(&sin6.sin6_addr))
		sin6.sin6_scope_id = ifindex;
	memcpy(ret, &sin6, sizeof(sin6));
	return sizeof(sin6);
}

void mcast_sockaddr_addr(const struct sockaddr_storage *ss,
			 struct mcast_addr *ret)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;

	memset(ret, 0, sizeof(*ret));
	ret->family = ss->ss_family;
	if (ss->ss_family == AF_INET) {
		memcpy(&sin, ss, sizeof(sin));
		memcpy(ret->bytes, &sin.sin_addr, 4);
	} else {
		memcpy(&sin6, ss, sizeof(sin6));
		memcpy(ret->bytes, &sin6.sin6_addr, 16);
	}
}

int64_t mcast_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t mcast_deadline(const struct mcast_options *opt)
{
	return opt->duration ? mcast_now() + opt->duration : -1;
}

int mcast_wait(int fd, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left = deadline < 0 ? 0 : deadline - mcast_now();
	struct timespec ts;
	sigset_t none;
	int ready;

	if (left < 0)
		left = 0;
	ts.tv_sec = left / 1000;
	ts.tv_nsec = left % 1000 * 1000000;
	sigemptyset(&none);
	ready = ppoll(&pfd, 1, deadline < 0 ? NULL : &ts, &none);
	if (stopped)
		return -1;
	if (ready < 0 && errno != EINTR)
		mcast_die("ppoll");
	return ready > 0;
}

void mcast_ready(void)
{
	puts("ready");
	fflush(stdout);
}

void mcast_print_text(const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < 64 && data[i]; i++)
		putchar(data[i] >= 0x20 && data[i] < 0x7f ? data[i] : '.');
	putchar('\n');
}

void mcast_print_hex(const char *what, const unsigned char *data, size_t len)
{
	size_t i;

	printf("%s ", what);
	for (i = 0; i < len; i++)
		printf("%02x", data[i]);
	putchar('\n');
}

/* The byte that two digits mean; exits when they are none. */
static unsigned char hex_byte(const char *what, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	high = text[0] ? strchr(digits, text[0] | 0x20) : NULL;
	low = high && text[1] ? strchr(digits, text[1] | 0x20) : NULL;
	if (!low)
		mcast_usage("%s: no hexadecimal digits", what);
	return (high - digits) << 4 | (low - digits);
}

static void hex_parse(const char *what, const char *text, struct mcast_hex *ret)
{
	for (ret->len = 0; *text; text += 2) {
		if (ret->len == MCAST_HEX_MAX)
			mcast_usage("%s: too long", what);
		ret->bytes[ret->len++] = hex_byte(what, text);
	}
}

/* AT=HEX, added to those that are there. */
static void patch_parse(const char *what, const char *text,
			struct mcast_hex *patches)
{
	const char *hex = strchr(text, '=');
	char at[8] = "";
	unsigned int i;

	if (!hex || hex - text >= (ptrdiff_t)sizeof(at))
		mcast_usage("%s: not AT=HEX", what);
	memcpy(at, text, hex - text);
	for (i = 0; i < MCAST_PATCH_MAX && patches[i].len; i++)
		;
	if (i == MCAST_PATCH_MAX)
		mcast_usage("%s: too many", what);
	patches[i].at = mcast_number(what, at, 0, 65535);
	hex_parse(what, hex + 1, &patches[i]);
}

static void mac_parse(const char *what, const char *text, unsigned char *ret)
{
	int i;

	for (i = 0; i < 6; i++, text += 3) {
		ret[i] = hex_byte(what, text);
		if (text[2] != (i < 5 ? ':' : '\0'))
			mcast_usage("%s: not a MAC address", what);
	}
}

static void option_set(struct mcast_options *opt, int letter, const char *arg)
{
	switch (letter) {
	case 'A':
		opt->foreign = true;
		break;
	case 'b':
		opt->source_port = mcast_number("-b", arg, 1, 65535);
		break;
	case 'B':
		opt->below = mcast_number("-B", arg, 1, 255);
		break;
	case 'c':
		opt->batch = mcast_number("-c", arg, 1, MCAST_BATCH);
		break;
	case 'd':
		mac_parse("-d", arg, opt->to);
		break;
	case 'e':
		mac_parse("-e", arg, opt->mac);
		break;
	case 'f':
		opt->flood = true;
		break;
	case 'g':
		opt->segment = mcast_number("-g", arg, 1, 65535);
		break;
	case 'H':
		opt->hex = true;
		break;
	case 'i':
		opt->incoming = true;
		break;
	case 'j':
		opt->join = arg;
		break;
	case 'k':
		opt->flows = mcast_number("-k", arg, 1, UINT32_MAX);
		break;
	case 'L':
		opt->no_loop = true;
		break;
	case 'm':
		opt->text = arg;
		break;
	case 'n':
		opt->count = mcast_number("-n", arg, 1, UINT32_MAX);
		break;
	case 'N':
		opt->text = NULL;
		opt->numbers = true;
		break;
	case 'o':
		hex_parse("-o", arg, &opt->options);
		break;
	case 'p':
		opt->port = mcast_number("-p", arg, 1, 65535);
		break;
	case 'q':
		opt->quiet = true;
		break;
	case 'r':
		opt->rate = mcast_number("-r", arg, 1, 1000000);
		break;
	case 's':
		opt->size = mcast_number("-s", arg, 1, MCAST_SIZE_MAX);
		break;
	case 'S':
		mcast_addr_parse(arg, &opt->source);
		break;
	case 't':
		opt->duration = mcast_number("-t", arg, 1, 86400000);
		break;
	case 'T':
		opt->ttl = mcast_number("-T", arg, 1, 255);
		break;
	case 'V':
		opt->vlan = mcast_number("-V", arg, 1, 4094);
		break;
	case 'x':
		opt->strict = true;
		if (opt->injects)
			patch_parse("-x", arg, opt->patches);
		break;
	case 'X':
		patch_parse("-X", arg, opt->late);
		break;
	}
}

static void command_run(const struct mcast_command *cmd, int argc, char **argv)
{
	/* The frame of the bug report, but for its addresses. */
	struct mcast_options opt = {
		.mac = { 2, 0, 0, 0, 0, 1 },
		.text = cmd == &mcast_inject ? "Hello world" : NULL,
		.source_port = cmd == &mcast_inject ? 1 : 0,
		.port = 2,
		.batch = MCAST_BATCH,
		.flows = 1,
		.ttl = cmd == &mcast_solicit ? 1 : 64,
		.injects = cmd == &mcast_inject,
	};
	int letter;

	while ((letter = getopt(argc, argv, cmd->letters)) != -1) {
		if (letter == 'h') {
			printf("usage: mcast %s\n", cmd->usage);
			exit(0);
		}
		if (letter == '?')
			exit(64);
		option_set(&opt, letter, optarg);
	}
	if (argc - optind != cmd->args)
		mcast_usage("usage: mcast %s", cmd->usage);
	if (!opt.count && !opt.duration && !opt.flood && !opt.rate)
		opt.count = cmd == &mcast_send || cmd == &mcast_inject ||
			    cmd == &mcast_solicit;
	cmd->run(&opt, argv + optind);
}

static void on_signal(int sig)
{
	stopped = sig;
}

static void signals_init(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

int main(int argc, char **argv)
{
	size_t i, n = sizeof(commands) / sizeof(commands[0]);
	bool help = argc == 2 && !strcmp(argv[1], "-h");

	signals_init();
	for (i = 0; argc > 1 && i < n; i++) {
		if (strcmp(argv[1], commands[i]->name))
			continue;
		command_run(commands[i], argc - 1, argv + 1);
		return fflush(stdout) ? 1 : 0;
	}
	fputs("usage: mcast COMMAND -h, with one of the commands\n",
	      help ? stdout : stderr);
	for (i = 0; i < n; i++)
		fprintf(help ? stdout : stderr, "  %s\n", commands[i]->name);
	return help ? 0 : 64;
}
