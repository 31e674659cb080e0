/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves netlink messages, whatever they say.  Knows sockets, sequence numbers,
 * acknowledgements and attribute sizes; must not know links, addresses or
 * netfilter.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "kernel/netlink.h"

/* Datagrams of a dump that was cut short. */
#define DUMP_REST_MAX 65536

int netlink_open(struct netlink *nl, int protocol)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(addr);
	int fd, err;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    protocol);
	if (fd < 0)
		return -errno;

	if (bind(fd, (struct sockaddr *)&addr, len) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len)) {
		err = -errno;
		close(fd);
		return err;
	}

	nl->fd = fd;
	nl->portid = addr.nl_pid;
	nl->seq = 0;
	nl->cut_short = false;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl->fd < 0)
		return;

	close(nl->fd);
	nl->fd = -1;
}

int netlink_move(struct netlink *nl, int fd)
{
	if (nl->fd == fd)
		return 0;
	if (dup3(nl->fd, fd, O_CLOEXEC) < 0)
		return -errno;

	close(nl->fd);
	nl->fd = fd;
	return 0;
}

int netlink_subscribe(struct netlink *nl, unsigned int group)
{
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return -errno;
	return 0;
}

void netlink_set_rcvbuf(int fd, int bytes)
{
	if (!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		return;
	/* More than rmem_max is no error: the kernel takes rmem_max. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

void netlink_set_sndbuf(int fd, int bytes)
{
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

int netlink_send(const struct netlink *nl, const void *data, size_t len)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do {
		n = sendto(nl->fd, data, len, 0,
			   (const struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : 0;
}

/* One datagram from the kernel; -EAGAIN when there is none. */
static int recv_now(const struct netlink *nl, void *buf)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buf, NETLINK_RECV_MAX };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(nl->fd, &msg, 0);
		/* Any process may write to us: only the kernel is 0. */
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid));

	if (n < 0)
		return -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	return (int)n;
}

int netlink_recv(const struct netlink *nl, void *buf)
{
	struct pollfd pfd = { nl->fd, POLLIN, 0 };
	int n, ready;

	for (;;) {
		n = recv_now(nl, buf);
		if (n != -EAGAIN)
			return n;

		ready = poll(&pfd, 1, NETLINK_TIMEOUT * 1000);
		if (!ready)
			return -ETIMEDOUT;
		if (ready < 0 && errno != EINTR)
			return -errno;
	}
}

static int error_of(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error->error))
		return -EBADMSG;
	return error->error;
}

/* The state of one answer. */
struct answer {
	uint32_t seq;
	netlink_msg_fn *fn;
	void *arg;
	int result;		/* once done */
	int interrupted;
};

/* 1: that was the end of it, 0: goes on, or -errno. */
static int answer_message(struct answer *answer, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_seq != answer->seq)
		return 0;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = 1;

	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	case NLMSG_ERROR:
		answer->result = error_of(nlh);
		return 1;
	case NLMSG_DONE:
		/* A dump that failed on its way says so here. */
		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
			answer->result = error_of(nlh);
		return 1;
	}
	return answer->fn ? answer->fn(answer->arg, nlh) : 0;
}

/*
 * Receives until the answer is complete.  An error of the callback is kept for
 * the end: what is left of the answer must not be read as that of the next
 * request, nor fill up the receive buffer.
 */
static int answer_wait(struct netlink *nl, struct answer *answer)
{
	_Alignas(struct nlmsghdr) char buf[NETLINK_RECV_MAX];
	const struct nlmsghdr *nlh;
	int len, ret, err = 0;

	for (;;) {
		len = netlink_recv(nl, buf);
		if (len < 0)
			return len;

		nlh = (const struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			ret = answer_message(answer, nlh);
			if (ret > 0)
				return err ? err : answer->result;
			if (ret < 0 && !err) {
				err = ret;
				answer->fn = NULL;
			}
		}
	}
}

int netlink_request(struct netlink *nl, struct nlmsghdr *nlh,
		    netlink_msg_fn *fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg };
	int err;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = answer.seq = ++nl->seq;

	err = netlink_send(nl, nlh, nlh->nlmsg_len);
	return err ? err : answer_wait(nl, &answer);
}

/*
 * A dump that an error cut short has to end before the next: -EBUSY, see
 * __netlink_dump_start().
 */
static void dump_settle(const struct netlink *nl)
{
	_Alignas(struct nlmsghdr) char buf[NETLINK_RECV_MAX];
	int len = 0, i;

	for (i = 0; i < DUMP_REST_MAX && len != -EAGAIN; i++)
		len = recv_now(nl, buf);
}

int netlink_dump(struct netlink *nl, struct nlmsghdr *nlh,
		 netlink_msg_fn *fn, void (*restart)(void *arg), void *arg)
{
	unsigned int tries;
	int err;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	if (nl->cut_short)
		dump_settle(nl);
	nl->cut_short = false;

	for (tries = 0; tries < NETLINK_DUMP_TRIES; tries++) {
		struct answer answer = { .fn = fn, .arg = arg };

		if (tries && restart)
			restart(arg);

		nlh->nlmsg_seq = answer.seq = ++nl->seq;
		err = netlink_send(nl, nlh, nlh->nlmsg_len);
		if (!err)
			err = answer_wait(nl, &answer);
		if (err)
			nl->cut_short = true;
		if (err || !answer.interrupted)
			return err;
	}
	return -EINTR;
}

int netlink_drain(struct netlink *nl, unsigned int max, netlink_msg_fn *fn,
		  void *arg)
{
	_Alignas(struct nlmsghdr) char buf[NETLINK_RECV_MAX];
	const struct nlmsghdr *nlh;
	int len, err;

	while (max--) {
		len = recv_now(nl, buf);
		if (len < 0)
			return len == -EAGAIN ? 0 : len;

		nlh = (const struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_OVERRUN)
				return -ENOBUFS;
			if (nlh->nlmsg_type < NLMSG_MIN_TYPE)
				continue;
			err = fn(arg, nlh);
			if (err < 0)
				return err;
		}
	}
	return 1;
}

static int check_attr(const struct nlattr *attr,
		      const struct netlink_attr *policy)
{
	/* libmnl takes a short string for one: it asks for a NUL at the end */
	if (policy->type == MNL_TYPE_NUL_STRING &&
	    !mnl_attr_get_payload_len(attr))
		return -EBADMSG;
	if (policy->type == MNL_TYPE_BINARY) {
		if (mnl_attr_get_payload_len(attr) < policy->min)
			return -EBADMSG;
		return 0;
	}
	return mnl_attr_validate(attr, policy->type) < 0 ? -EBADMSG : 0;
}

/* Attributes in the `len` bytes at `data`. */
static int parse_attrs(const void *data, size_t len,
		       const struct netlink_attr *policy, size_t n,
		       const struct nlattr **ret)
{
	const struct nlattr *attr = data;
	const char *end = (const char *)data + len;
	unsigned int type;
	int err;

	memset(ret, 0, n * sizeof(*ret));

	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		type = mnl_attr_get_type(attr);
		if (type < n && policy[type].type != MNL_TYPE_UNSPEC) {
			err = check_attr(attr, &policy[type]);
			if (err)
				return err;
			ret[type] = attr;
		}
		attr = mnl_attr_next(attr);
		/* The padding of the last one may be missing. */
		if ((const char *)attr >= end)
			return 0;
	}
	return (const char *)attr < end ? -EBADMSG : 0;
}

int netlink_parse(const struct nlmsghdr *nlh, size_t offset,
		  const struct netlink_attr *policy, size_t n,
		  const struct nlattr **ret)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	offset = MNL_ALIGN(offset);
	if (len < offset)
		return -EBADMSG;
	return parse_attrs(mnl_nlmsg_get_payload_offset(nlh, offset),
			   len - offset, policy, n, ret);
}

int netlink_parse_nested(const struct nlattr *nest,
			 const struct netlink_attr *policy, size_t n,
			 const struct nlattr **ret)
{
	return parse_attrs(mnl_attr_get_payload(nest),
			   mnl_attr_get_payload_len(nest), policy, n, ret);
}
