/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the rings to the wire, and when a ring is looked at.  Must not know
 * headers, nor how keys and links come and go.
 *
 * A batch is looked at before any of it is taken out of the ring.  When a flow
 * in it has no key, waiting upcalls are served first, and these may change keys
 * and links, and drain the ring.
 */
#include "kernel/relay-internal.h"

/* Packets of one link before others get their turn. */
#define TURN_MAX 512

/*
 * A packet that wakes this process costs its sender more than all the rest of
 * its way.  When these come within less than WAKE_INTERVAL, the ring is looked
 * at every POLL_INTERVAL instead, until that finds less than POLL_LEAST.  All
 * in seconds; libev has milliseconds.
 */
#define WAKE_INTERVAL 0.0002
#define POLL_INTERVAL 0.001
#define POLL_LEAST 4

/*
 * Looks up what is next in the ring, without taking it; returns how many.
 * `ret_keys` has NULL for those that are not relayed.
 */
static unsigned int batch_peek(struct relay *relay,
			       const struct relay_link *link,
			       struct relay_key *ret_keys[RELAY_BATCH],
			       bool *ret_missed)
{
	struct in6_addr source, group;
	struct relay_packet packet;
	unsigned int n;

	*ret_missed = false;
	for (n = 0; n < RELAY_BATCH; n++) {
		if (!relay_ring_peek(&link->ring, link->id.family, n, &packet))
			break;
		ret_keys[n] = NULL;
		if (relay_packet_addresses(&packet, &source, &group))
			ret_keys[n] = relay_key_find(relay, &source, &group,
						     link->id.ifindex);
		if (!ret_keys[n])
			*ret_missed = true;
	}
	return n;
}

static void batch_take(struct relay *relay, struct relay_link *link,
		       struct relay_key *const keys[], unsigned int n)
{
	struct relay_out *out = &relay->out;
	struct relay_frame frame;
	unsigned int i;

	link->mtu = 0;
	relay_queue_use(&out->queue, link->send_fd);
	for (i = 0; i < n; i++) {
		if (!relay_ring_next(&link->ring, link->id.family, out->large,
				     &frame))
			break;
		if (!keys[i])
			continue;
		relay_link_forward(link, out, &frame, &keys[i]->guard,
				   &keys[i]->count);
		if (frame.large)
			relay_queue_flush(&out->queue);
	}
	relay_queue_flush(&out->queue);
	relay_ring_release(&link->ring);
}

/* Returns how many packets it took out of the ring. */
static unsigned int link_batch(struct relay *relay, struct relay_link *link)
{
	struct relay_key *keys[RELAY_BATCH];
	bool missed;
	unsigned int n = batch_peek(relay, link, keys, &missed);

	batch_take(relay, link, keys, n);
	return n;
}

/* As link_batch(), but serves upcalls first if that may help. */
static unsigned int link_batch_learn(struct relay *relay,
				     struct relay_link_id id)
{
	struct relay_link *link = relay_link_find(relay, id);
	struct relay_key *keys[RELAY_BATCH];
	unsigned int n = 0;
	bool missed;

	if (!link)
		return 0;
	n = batch_peek(relay, link, keys, &missed);
	if (missed) {
		relay->config.miss(relay->config.arg, id.family);
		/* By now the link may be gone, and the ring empty. */
		link = relay_link_find(relay, id);
		if (!link)
			return 0;
		n = batch_peek(relay, link, keys, &missed);
	}
	batch_take(relay, link, keys, n);
	return n;
}

/* As much as one turn allows; returns how many packets. */
static unsigned int link_turn(struct relay *relay, struct relay_link_id id)
{
	unsigned int n, taken = 0;

	do {
		n = link_batch_learn(relay, id);
		taken += n;
	} while (n == RELAY_BATCH && taken < TURN_MAX);
	return taken;
}

static void link_poll(struct relay *relay, struct relay_link *link,
		      double delay)
{
	ev_io_stop(relay->config.loop, &link->io);
	ev_timer_set(&link->poll, delay, 0.);
	ev_timer_start(relay->config.loop, &link->poll);
}

static void on_packets(struct ev_loop *loop, ev_io *io, int revents)
{
	struct relay_link *link = io->data;
	struct relay *relay = link->relay;
	const struct relay_link_id id = link->id;
	unsigned int taken = link_turn(relay, id);
	double now = ev_now(loop);

	(void)revents;
	link = relay_link_find(relay, id);
	if (!link)
		return;
	/* Woken for something else: an error, maybe. */
	if (!taken && relay_link_is_dead(link)) {
		relay_link_close(relay, link);
		return;
	}
	if (!taken)
		relay_ring_update(&link->ring);
	else if (taken >= TURN_MAX || now - link->woken < WAKE_INTERVAL)
		link_poll(relay, link, POLL_INTERVAL);
	link->woken = now;
}

static void on_poll(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct relay_link *link = timer->data;
	struct relay *relay = link->relay;
	const struct relay_link_id id = link->id;
	unsigned int taken = link_turn(relay, id);

	(void)revents;
	link = relay_link_find(relay, id);
	if (!link)
		return;
	if (taken >= POLL_LEAST)
		link_poll(relay, link, taken < TURN_MAX ? POLL_INTERVAL : 0.);
	else
		ev_io_start(loop, &link->io);
}

void relay_drain(struct relay *relay)
{
	struct relay_link *link, *next;
	unsigned int left, n;

	HASH_ITER(hh, relay->links, link, next) {
		/* What comes meanwhile has to wait for its turn. */
		left = link->ring.slots;
		do {
			n = link_batch(relay, link);
			left -= n < left ? n : left;
		} while (n && left);
	}
}

void relay_loop_start(struct relay_link *link)
{
	ev_io_init(&link->io, on_packets, link->ring.fd, EV_READ);
	link->io.data = link;
	ev_timer_init(&link->poll, on_poll, 0., 0.);
	link->poll.data = link;
	ev_io_start(link->relay->config.loop, &link->io);
}

void relay_loop_stop(struct relay_link *link)
{
	ev_io_stop(link->relay->config.loop, &link->io);
	ev_timer_stop(link->relay->config.loop, &link->poll);
}
