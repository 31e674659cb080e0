/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traffic tool of the network tests: options, addresses, time.  Functions
 * that cannot do their work say so on stderr and exit with status 1; bad usage
 * is status 64.
 */
#ifndef TEST_MCAST_H
#define TEST_MCAST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Largest UDP payload and frame: an MTU of 9000. */
#define MCAST_SIZE_MAX  8952
#define MCAST_FRAME_MAX 9014

/* Messages of one sendmmsg() at most. */
#define MCAST_BATCH 64

struct mcast_addr {
	int family;			/* AF_UNSPEC: not given */
	unsigned char bytes[16];	/* network order, 4 of them for IPv4 */
};

/* Bytes of -o, -x and -X. */
#define MCAST_HEX_MAX   64
#define MCAST_PATCH_MAX 4

struct mcast_hex {
	size_t at;
	size_t len;			/* 0: not given */
	unsigned char bytes[MCAST_HEX_MAX];
};

struct mcast_options {
	struct mcast_addr source;
	unsigned char mac[6];
	unsigned char to[6];		/* 0: that of the group */
	const char *join;		/* interface */
	const char *text;		/* NULL: a running number */
	unsigned int batch;		/* packets a call, of a flood */
	unsigned int below;		/* TTL, 0: no watch */
	unsigned int count;		/* 0: no limit */
	unsigned int duration;		/* ms, 0: no limit */
	unsigned int flows;		/* sources in turn */
	unsigned int segment;		/* bytes, 0: no GSO */
	unsigned int vlan;		/* 0: no tag */
	unsigned int port;
	unsigned int rate;		/* per second, 0: at once */
	unsigned int size;		/* of the payload, 0: as the text */
	unsigned int source_port;
	unsigned int ttl;
	struct mcast_hex options;
	struct mcast_hex patches[MCAST_PATCH_MAX];
	struct mcast_hex late[MCAST_PATCH_MAX];
	bool flood;
	bool foreign;
	bool hex;
	bool incoming;
	bool injects;
	bool no_loop;
	bool numbers;
	bool quiet;
	bool strict;
};

struct mcast_command {
	const char *name;
	const char *letters;		/* for getopt() */
	const char *usage;
	int args;
	void (*run)(const struct mcast_options *opt, char **args);
};

extern const struct mcast_command mcast_send;
extern const struct mcast_command mcast_recv;
extern const struct mcast_command mcast_join;
extern const struct mcast_command mcast_inject;
extern const struct mcast_command mcast_capture;
extern const struct mcast_command mcast_solicit;

__attribute__((noreturn, format(printf, 1, 2)))
void mcast_die(const char *fmt, ...);		/* with the text of errno */

__attribute__((noreturn, format(printf, 1, 2)))
void mcast_usage(const char *fmt, ...);

/* Exits with a message that names `what` unless min <= text <= max. */
unsigned int mcast_number(const char *what, const char *text,
			  unsigned int min, unsigned int max);

unsigned int mcast_ifindex(const char *name);
void mcast_addr_parse(const char *text, struct mcast_addr *ret);
void mcast_group_parse(const char *text, struct mcast_addr *ret);
bool mcast_addr_equal(const struct mcast_addr *a, const struct mcast_addr *b);
size_t mcast_addr_len(const struct mcast_addr *addr);

/* In one of four buffers in turn. */
const char *mcast_addr_text(const struct mcast_addr *addr);

/* Returns the length of `ret`. */
socklen_t mcast_sockaddr(const struct mcast_addr *addr, unsigned int port,
			 unsigned int ifindex, struct sockaddr_storage *ret);
void mcast_sockaddr_addr(const struct sockaddr_storage *ss,
			 struct mcast_addr *ret);

/* Milliseconds of a steady clock. */
int64_t mcast_now(void);

/*
 * Waits for input on `fd` (-1: none) until `deadline` (negative: for ever).
 * 1: readable, 0: time is over, -1: SIGTERM or SIGINT came.
 */
int mcast_wait(int fd, int64_t deadline);

/* Deadline of -t, or -1. */
int64_t mcast_deadline(const struct mcast_options *opt);

/* Tells the waiting script that everything is set up. */
void mcast_ready(void);

/* Writes the payload of packet `number` and returns its length. */
size_t mcast_payload(const struct mcast_options *opt, unsigned int number,
		     char *ret);

/* Prints the readable start of a payload and the end of the line. */
void mcast_print_text(const char *data, size_t len);

/* Prints "WHAT HEX" and the end of the line. */
void mcast_print_hex(const char *what, const unsigned char *data, size_t len);

/*
 * Prints "- - mrdisc HEX alert|plain good|bad-checksum" when the packet is of
 * multicast router discovery; false: it is none.
 */
bool mcast_mrdisc_print(const unsigned char *ip, size_t len, bool inet);

/*
 * Sends packets by `fill`, which prepares message `slot` of a batch as number
 * `number`, on `fd` with count, rate, duration or flood as the options say.
 * Returns how many went out.
 */
struct mmsghdr;
typedef void mcast_fill_fn(void *arg, unsigned int slot, unsigned int number);
unsigned int mcast_send_all(const struct mcast_options *opt, int fd,
			    struct mmsghdr *batch, mcast_fill_fn *fill,
			    void *arg);

#endif
