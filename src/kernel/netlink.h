/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink sockets as this daemon uses them, for rtnetlink and nfnetlink alike:
 * close-on-exec, non-blocking, every answer awaited with a time limit, every
 * attribute checked for its size before use.  Messages are built and walked
 * with libmnl; this only moves them.
 *
 * A socket is either for requests or for events, never both: an answer is told
 * from other messages by its sequence number, but events would be lost.
 */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/*
 * Bytes of one receive: the kernel fills dumps up to 32 KiB
 * (net/netlink/af_netlink.c, netlink_recvmsg()), and no event is longer.
 */
#define NETLINK_RECV_MAX 32768

/* Seconds to wait for the next message of an answer. */
#define NETLINK_TIMEOUT 10

/* How often a dump is begun anew after the tables changed under it. */
#define NETLINK_DUMP_TRIES 8

struct netlink {
	int fd;			/* -1: closed */
	uint32_t portid;	/* our address on it, given by the kernel */
	uint32_t seq;		/* of the last request */
	bool cut_short;		/* the last dump ended with an error */
};

#define NETLINK_CLOSED { -1, 0, 0, false }

/*
 * Called for a message that is complete in memory (mnl_nlmsg_ok()).  A return
 * below zero ends the call that received it with that -errno.
 */
typedef int netlink_msg_fn(void *arg, const struct nlmsghdr *nlh);

/*
 * `protocol` is NETLINK_ROUTE or NETLINK_NETFILTER.  0 or -errno.
 * netlink_close() does nothing to a closed one.
 */
int netlink_open(struct netlink *nl, int protocol);
void netlink_close(struct netlink *nl);

/*
 * Gives the open socket the descriptor number `fd`, which is closed first if
 * it is in use.  0 or -errno, and the socket keeps its old number.
 */
int netlink_move(struct netlink *nl, int fd);

/* Subscribes to a multicast group: RTNLGRP_* or NFNLGRP_*.  0 or -errno. */
int netlink_subscribe(struct netlink *nl, unsigned int group);

/*
 * Wants `bytes` of receive or send buffer, and takes what it can get:
 * SO_RCVBUFFORCE, else SO_RCVBUF, which the kernel cuts to rmem_max.
 * Works on any socket.
 */
void netlink_set_rcvbuf(int fd, int bytes);
void netlink_set_sndbuf(int fd, int bytes);

/*
 * Sends `len` bytes, one message or a batch, as one datagram.  0 or -errno,
 * -EMSGSIZE when they exceed the send buffer.
 */
int netlink_send(const struct netlink *nl, const void *data, size_t len);

/*
 * Waits for one datagram and puts it into `buf` of NETLINK_RECV_MAX bytes.
 * Returns its length, or -errno: -ETIMEDOUT, -ENOBUFS (messages were lost),
 * -EMSGSIZE.  For answers to a batch; netlink_request() is for single ones.
 */
int netlink_recv(const struct netlink *nl, void *buf);

/*
 * Sends `nlh` with a new sequence number and NLM_F_REQUEST | NLM_F_ACK, and
 * waits for the acknowledgement: 0, or the -errno it carries.  Messages that
 * come before it are given to `fn` (may be NULL).
 */
int netlink_request(struct netlink *nl, struct nlmsghdr *nlh,
		    netlink_msg_fn *fn, void *arg);

/*
 * The same with NLM_F_REQUEST | NLM_F_DUMP: each entry is given to `fn`.  When
 * the table changes meanwhile the dump begins anew, so `fn` may see an entry
 * twice; `restart` (may be NULL) is called before that.  -EINTR: it kept
 * changing.
 */
int netlink_dump(struct netlink *nl, struct nlmsghdr *nlh,
		 netlink_msg_fn *fn, void (*restart)(void *arg), void *arg);

/*
 * Gives all messages that are waiting on an event socket to `fn`, in order, but
 * at most `max` datagrams.  Returns 1 when there may be more, 0 when there was
 * none left, -ENOBUFS when events were lost, or another -errno.
 */
int netlink_drain(struct netlink *nl, unsigned int max, netlink_msg_fn *fn,
		  void *arg);

/* What an attribute must look like.  Zero: not looked at. */
struct netlink_attr {
	enum mnl_attr_data_type type;	/* MNL_TYPE_* */
	uint16_t min;			/* least bytes, for MNL_TYPE_BINARY */
};

/*
 * Walks the attributes behind the `offset` bytes of family header, or those
 * within `nest`.  Those with a number below `n` that `policy` knows are put
 * into `ret[0..n-1]`; absent ones are NULL.  0, or -EBADMSG when one is too
 * short, not terminated (MNL_TYPE_NUL_STRING), or reaches past its parent; then
 * `ret` is of no use.
 */
int netlink_parse(const struct nlmsghdr *nlh, size_t offset,
		  const struct netlink_attr *policy, size_t n,
		  const struct nlattr **ret);
int netlink_parse_nested(const struct nlattr *nest,
			 const struct netlink_attr *policy, size_t n,
			 const struct nlattr **ret);

#endif
