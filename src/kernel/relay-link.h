/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay: one interface and family of it.  For relay.c alone. */
#ifndef KERNEL_RELAY_LINK_H
#define KERNEL_RELAY_LINK_H

#include <ev.h>

#include "core/kernel.h"
#include "kernel/relay-icmp.h"
#include "kernel/relay-ring.h"
#include "kernel/relay-send.h"
#include "lib/hash.h"

struct relay;

struct relay_link_id {
	unsigned int ifindex;
	unsigned int family;		/* enum family */
};

/* What relay-watch.c saw when the ring was last in use. */
struct relay_watch {
	ev_timer timer;
	uint64_t taken;
	uint64_t lost;
	bool empty;
	bool told;			/* that this happens here */
};

struct relay_link {
	struct relay_link_id id;
	UT_hash_handle hh;
	struct relay *relay;
	struct relay_ring ring;
	int send_fd;
	size_t mtu;			/* 0: to be asked for */
	unsigned int keys;
	ev_io io;			/* either this is active, */
	ev_timer poll;			/* or this, while there is much to do */
	double woken;			/* when `io` last was */
	ev_timer linger;		/* active without keys */
	struct relay_watch watch;
};

/* What all links share. */
struct relay_out {
	struct relay_queue queue;
	struct relay_icmp icmp;
	int around_fd;			/* of relay_around_send() */
	/* neither is part of the queue's room, which is used anew */
	uint8_t large[RELAY_ROOM_SIZE];	/* a packet larger than its slot */
	uint8_t segment[RELAY_PACKET_MAX];
};

/*
 * Sends a captured packet out again if it is one that the kernel would have
 * forwarded; counts what is sent and what is dropped.  The packet is borrowed
 * until the queue is flushed.
 */
void relay_link_forward(struct relay_link *link, struct relay_out *out,
			struct relay_frame *frame, const struct guard_key *key,
			struct guard_count *count);

#endif
