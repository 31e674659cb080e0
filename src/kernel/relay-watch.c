/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes dead rings anew.  Knows what a dead ring looks like from here; must not
 * know keys or packets.
 *
 * Of UDP fragmentation offload, as a virtual machine may use it, PACKET_VNET_HDR
 * has no words.  tpacket_rcv() drops such a packet, and Linux 6.12.95 and 6.18
 * then drop everything that comes after it: its slot stays marked as taken
 * (rx_owner_map).  6.1.192 drops it alone.  Nobody is woken by a packet that is
 * dropped, so the ring is looked at now and then.  One that was empty, is empty,
 * and lost several packets without giving any is dead.
 */
#include "kernel/relay-watch.h"

#include <net/if.h>

#include "run/log.h"

/* Seconds from one look to the next, usually and when a ring has just died. */
#define LOOK_INTERVAL 1.
#define LOOK_AGAIN 0.1

/* A live ring may lose a packet, and give the next one. */
#define DEAD_LOST 2

static void tell(struct relay_link *link)
{
	char name[IF_NAMESIZE] = "?";

	if (link->watch.told)
		return;
	link->watch.told = true;
	if_indextoname(link->id.ifindex, name);
	log_warn("%s: relay stopped for a moment: the kernel cannot describe a "
		 "packet of UDP fragmentation offload",
		 name);
}

/* Both rings hear what comes meanwhile; that the old one is dead is why. */
static void revive(struct ev_loop *loop, struct relay_link *link)
{
	struct relay_ring ring;

	if (relay_ring_open(link->id.family, link->id.ifindex, &ring))
		return;
	ring.taken = link->ring.taken;
	ring.lost = link->ring.lost;
	link->watch.lost = ring.lost;
	ev_timer_stop(loop, &link->poll);
	ev_io_stop(loop, &link->io);
	relay_ring_close(&link->ring);
	link->ring = ring;
	ev_io_set(&link->io, ring.fd, EV_READ);
	ev_io_start(loop, &link->io);
	tell(link);
}

static void on_look(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct relay_link *link = timer->data;
	struct relay_watch *watch = &link->watch;
	struct relay_ring *ring = &link->ring;
	bool empty = relay_ring_is_empty(ring);
	bool dead = false;

	(void)revents;
	relay_ring_update(ring);
	if (empty && watch->empty && watch->taken == ring->taken) {
		dead = ring->lost - watch->lost >= DEAD_LOST;
	} else {
		watch->empty = empty;
		watch->taken = ring->taken;
		watch->lost = ring->lost;
	}
	/* If that fails, it is tried again. */
	if (dead)
		revive(loop, link);
	timer->repeat = dead ? LOOK_AGAIN : LOOK_INTERVAL;
	ev_timer_again(loop, timer);
}

void relay_watch_start(struct ev_loop *loop, struct relay_link *link)
{
	link->watch.empty = true;
	ev_timer_init(&link->watch.timer, on_look, 0., LOOK_INTERVAL);
	link->watch.timer.data = link;
	ev_timer_again(loop, &link->watch.timer);
}

void relay_watch_stop(struct ev_loop *loop, struct relay_link *link)
{
	ev_timer_stop(loop, &link->watch.timer);
}
