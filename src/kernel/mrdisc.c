/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicast router discovery, RFC 4286: when which message is due.  Must not
 * know what a message looks like, nor how a socket is made.  Not part of a
 * build without mrdisc.
 */
#include "config.h"

#ifdef ENABLE_MRDISC

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <ev.h>

#include "kernel/mrdisc-msg.h"
#include "kernel/mrdisc-sock.h"
#include "kernel/mrdisc.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "run/log.h"

/*
 * RFC 4286: the first few come quickly, the others at the interval plus or
 * minus a fortieth of it, so that routers do not fall into step.
 */
#define INITIAL_ADVERTISEMENTS 3
#define INITIAL_INTERVAL       2.0	/* seconds, at most */
#define JITTER                 0.025

/* Solicitations within this time share one answer. */
#define ANSWER_GAP 1.0

/* One family on one interface. */
struct mrdisc_sender {
	struct mrdisc_sender *prev, *next;
	struct mrdisc *mrdisc;
	enum family family;
	unsigned int ifindex;
	int fd;
	bool joined;			/* hears solicitations */
	bool complained;		/* of an error, until one is sent */
	unsigned int initial;		/* quick ones that are to come */
	double last;			/* advertisement: when */
	ev_timer due;			/* the next unasked one */
	ev_timer answer;		/* the next one that was asked for */
	ev_io io;
};

struct mrdisc {
	struct ev_loop *loop;
	unsigned int interval;
	struct mrdisc_sender *senders;
};

/* From -1 to 1; 0 when there is no randomness to be had. */
static double random_fraction(void)
{
	int32_t bits = 0;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(bits))
		return 0;
	return (double)bits / 2147483648.0;
}

static const char *family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "IPv4" : "IPv6";
}

static void sender_complain(struct mrdisc_sender *sender, int err)
{
	char name[IF_NAMESIZE] = "?";

	if (sender->complained)
		return;
	sender->complained = true;
	if_indextoname(sender->ifindex, name);
	log_warn("%s: %s multicast router discovery: cannot send: %s", name,
		 family_name(sender->family), strerror(-err));
}

static void sender_send(struct mrdisc_sender *sender, const uint8_t *message,
			size_t len)
{
	int err = mrdisc_sock_send(sender->fd, sender->family,
				   sender->ifindex, message, len);

	if (err)
		sender_complain(sender, err);
	else
		sender->complained = false;
}

static void sender_advertise(struct mrdisc_sender *sender)
{
	uint8_t message[MRDISC_MSG_MAX];
	size_t len = mrdisc_msg_advertise(sender->family,
					  sender->mrdisc->interval, message);

	/* IPv6 may have been switched on meanwhile */
	if (!sender->joined)
		sender->joined = !mrdisc_sock_join(sender->fd, sender->family,
						   sender->ifindex);
	sender_send(sender, message, len);
	sender->last = clock_steady();
}

static void sender_terminate(struct mrdisc_sender *sender)
{
	uint8_t message[MRDISC_MSG_MAX];
	size_t len = mrdisc_msg_terminate(sender->family, message);

	sender_send(sender, message, len);
}

static void sender_schedule(struct mrdisc_sender *sender)
{
	double wait = sender->mrdisc->interval;

	if (sender->initial) {
		sender->initial--;
		if (wait > INITIAL_INTERVAL)
			wait = INITIAL_INTERVAL;
	}
	wait += wait * JITTER * random_fraction();
	ev_timer_set(&sender->due, wait, 0);
	ev_timer_start(sender->mrdisc->loop, &sender->due);
}

static void on_due(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct mrdisc_sender *sender = timer->data;

	(void)loop, (void)revents;
	sender_advertise(sender);
	sender_schedule(sender);
}

static void on_answer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop, (void)revents;
	sender_advertise(timer->data);
}

static void on_packet(struct ev_loop *loop, ev_io *io, int revents)
{
	struct mrdisc_sender *sender = io->data;
	double wait;

	(void)revents;
	if (!mrdisc_sock_drain(sender->fd, sender->family) ||
	    ev_is_active(&sender->answer))
		return;
	wait = sender->last + ANSWER_GAP - clock_steady();
	ev_timer_set(&sender->answer, wait > 0 ? wait : 0, 0);
	ev_timer_start(loop, &sender->answer);
}

static void sender_watch(struct mrdisc_sender *sender)
{
	ev_timer_init(&sender->due, on_due, 0, 0);
	ev_timer_init(&sender->answer, on_answer, 0, 0);
	ev_io_init(&sender->io, on_packet, sender->fd, EV_READ);
	sender->due.data = sender;
	sender->answer.data = sender;
	sender->io.data = sender;
	ev_io_start(sender->mrdisc->loop, &sender->io);
}

static int sender_start(struct mrdisc *mrdisc, enum family family,
			unsigned int ifindex)
{
	struct mrdisc_sender *sender = calloc(1, sizeof(*sender));
	int err;

	if (!sender)
		return -ENOMEM;
	sender->mrdisc = mrdisc;
	sender->family = family;
	sender->ifindex = ifindex;
	sender->initial = INITIAL_ADVERTISEMENTS - 1;
	err = mrdisc_sock_open(family, ifindex, &sender->fd);
	if (err) {
		free(sender);
		return err;
	}
	DL_APPEND(mrdisc->senders, sender);
	sender_watch(sender);
	sender_advertise(sender);
	sender_schedule(sender);
	return 0;
}

static void sender_stop(struct mrdisc_sender *sender)
{
	struct mrdisc *mrdisc = sender->mrdisc;

	sender_terminate(sender);
	ev_timer_stop(mrdisc->loop, &sender->due);
	ev_timer_stop(mrdisc->loop, &sender->answer);
	ev_io_stop(mrdisc->loop, &sender->io);
	close(sender->fd);
	DL_DELETE(mrdisc->senders, sender);
	free(sender);
}

int mrdisc_open(struct ev_loop *loop, unsigned int interval,
		struct mrdisc **ret)
{
	struct mrdisc *mrdisc = calloc(1, sizeof(*mrdisc));

	if (!mrdisc)
		return -ENOMEM;
	mrdisc->loop = loop;
	mrdisc->interval = interval;
	*ret = mrdisc;
	return 0;
}

int mrdisc_set(struct mrdisc *mrdisc, enum family family,
	       unsigned int ifindex, bool on)
{
	struct mrdisc_sender *sender;

	DL_FOREACH(mrdisc->senders, sender)
		if (sender->family == family && sender->ifindex == ifindex)
			break;
	if (on)
		return sender ? 0 : sender_start(mrdisc, family, ifindex);
	if (sender)
		sender_stop(sender);
	return 0;
}

void mrdisc_close(struct mrdisc *mrdisc)
{
	struct mrdisc_sender *sender, *tmp;

	if (!mrdisc)
		return;
	DL_FOREACH_SAFE(mrdisc->senders, sender, tmp)
		sender_stop(sender);
	free(mrdisc);
}

#endif
