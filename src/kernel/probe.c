/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the copies of a packet.  Knows how to tell that no more can come; must
 * not know what the router is meant to do with it.
 *
 * Behind the packet a marker is sent, which comes back once.  All packets pass
 * one queue in order, and a looped copy enters it when the copy before it has
 * left: so a copy that is on its way when a marker is sent is counted when that
 * marker is back, whatever becomes of that copy then is behind it.  A marker
 * that has found nothing new was the last.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ev.h>

#include "kernel/join-sock.h"
#include "kernel/lab.h"
#include "kernel/probe.h"

/*
 * Of a marker: sent back with 1, which nobody forwards.  So it comes back once
 * even where nothing keeps the kernel from forwarding its looped copy.
 */
#define MARKER_TTL 2

struct probe {
	struct ev_loop *loop;
	struct lab *lab;
	enum family family;
	int member;
	ev_io on_wire;
	ev_io on_member;
	ev_timer on_end;

	uint32_t packet;		/* the numbers of both */
	uint32_t marker;
	struct probe_count count;
	struct probe_count before;	/* when the marker was sent */
	int err;
};

static void probe_end(struct probe *probe, int err)
{
	probe->err = err;
	ev_break(probe->loop, EVBREAK_ONE);
}

static int marker_send(struct probe *probe)
{
	probe->before = probe->count;
	return lab_send(probe->lab, probe->family, MARKER_TTL,
			&probe->marker);
}

/* 0 or -errno. */
static int member_drain(struct probe *probe)
{
	uint32_t number;
	ssize_t len;

	for (;;) {
		len = recv(probe->member, &number, sizeof(number), 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (len == (ssize_t)sizeof(number) && number == probe->packet)
			probe->count.local++;
	}
}

static int marker_back(struct probe *probe)
{
	int err = member_drain(probe);

	if (err)
		return err;
	if (probe->count.wire == probe->before.wire &&
	    probe->count.local == probe->before.local) {
		probe->count.complete = true;
		return 0;
	}
	return marker_send(probe);
}

static void on_wire(struct ev_loop *loop, ev_io *io, int revents)
{
	struct probe *probe = io->data;
	uint32_t number;
	int err = 0, n;

	(void)loop, (void)revents;
	while (!err && !probe->count.complete &&
	       (n = lab_capture(probe->lab, probe->family, &number))) {
		if (n < 0)
			err = n;
		else if (number == probe->packet)
			probe->count.wire++;
		else if (number == probe->marker)
			err = marker_back(probe);
	}
	if (err || probe->count.complete)
		probe_end(probe, err);
}

static void on_member(struct ev_loop *loop, ev_io *io, int revents)
{
	struct probe *probe = io->data;
	int err = member_drain(probe);

	(void)loop, (void)revents;
	if (err)
		probe_end(probe, err);
}

static void on_end(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop, (void)revents;
	probe_end(timer->data, 0);
}

/* As any program does it; not one of the daemon's joins. */
static int member_open(enum family family, const struct in6_addr *group,
		       bool join, int *ret)
{
	const struct join_key key = {
		.ifindex = lab_ifindex(),
		.group = *group,
	};
	struct sockaddr_storage addr;
	socklen_t len = lab_sockaddr(group, LAB_PORT, &addr);
	int fd, err = 0;

	fd = socket(family == FAMILY_IPV4 ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&addr, len))
		err = -errno;
	if (!err && join)
		err = join_sock_join(fd, &key);
	if (err) {
		close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

int probe_open(struct ev_loop *loop, struct lab *lab, enum family family,
	       bool join, struct probe **ret)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	int err;

	if (!probe)
		return -ENOMEM;
	probe->loop = loop;
	probe->lab = lab;
	probe->family = family;
	err = member_open(family, &lab_flow(lab, family)->group, join,
			  &probe->member);
	if (err) {
		free(probe);
		return err;
	}
	ev_io_init(&probe->on_wire, on_wire, lab_capture_fd(lab, family),
		   EV_READ);
	ev_io_init(&probe->on_member, on_member, probe->member, EV_READ);
	ev_timer_init(&probe->on_end, on_end, 0, 0);
	probe->on_wire.data = probe;
	probe->on_member.data = probe;
	probe->on_end.data = probe;
	*ret = probe;
	return 0;
}

void probe_close(struct probe *probe)
{
	if (!probe)
		return;
	close(probe->member);
	free(probe);
}

int probe_run(struct probe *probe, int ttl, double seconds,
	      struct probe_count *ret)
{
	struct ev_loop *loop = probe->loop;

	probe->count = (struct probe_count){ 0 };
	probe->err = lab_send(probe->lab, probe->family, ttl, &probe->packet);
	if (!probe->err)
		probe->err = marker_send(probe);
	if (probe->err)
		return probe->err;

	ev_now_update(loop);
	ev_timer_set(&probe->on_end, seconds, 0);
	ev_timer_start(loop, &probe->on_end);
	ev_io_start(loop, &probe->on_wire);
	ev_io_start(loop, &probe->on_member);
	ev_run(loop, 0);
	ev_io_stop(loop, &probe->on_member);
	ev_io_stop(loop, &probe->on_wire);
	ev_timer_stop(loop, &probe->on_end);
	if (!probe->err)
		*ret = probe->count;
	return probe->err;
}
