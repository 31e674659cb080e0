/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the relay hears: the multicast packets that one interface receives, of
 * one family, in a ring that the kernel fills (packet(7), PACKET_RX_RING).  It
 * sees a packet when the kernel has forwarded it (ip_rcv() comes first).
 */
#ifndef KERNEL_RELAY_RING_H
#define KERNEL_RELAY_RING_H

#include "kernel/relay-packet.h"

/*
 * Packets that fit into the ring, each of up to about RELAY_SLOT_SIZE bytes;
 * larger ones take a detour by the receive queue.  Half is tried when there is
 * no memory for as many, down to RELAY_SLOTS_MIN.
 */
#define RELAY_SLOT_SIZE 2048
#define RELAY_SLOTS 8192
#define RELAY_SLOTS_MIN 256

/* Room that relay_ring_next() needs: a link header, a longest packet. */
#define RELAY_ROOM_SIZE (RELAY_PACKET_MAX + 256)

struct relay_ring {
	int fd;
	uint8_t *map;
	unsigned int slots;
	unsigned int head;	/* slot to be read next */
	unsigned int tail;	/* first slot that is not given back yet */
	uint64_t taken;		/* packets read so far */
	uint64_t lost;		/* so far, for want of room or else */
};

struct relay_frame {
	struct relay_packet packet;
	/* addressed to a group or to all, or the link has no addresses */
	bool multicast;
	bool tagged;		/* with a VLAN */
	bool whole;		/* not cut, nor put together in a strange way */
	bool large;		/* kept in `large` of relay_ring_next() */
};

/*
 * Opens the ring and starts to capture.  Needs CAP_NET_RAW.  -errno, among
 * them -EPERM, -ENODEV, -ENOMEM, -EAFNOSUPPORT (CONFIG_PACKET is missing).
 */
int relay_ring_open(enum family family, unsigned int ifindex,
		    struct relay_ring *ret);
void relay_ring_close(struct relay_ring *ring);

/*
 * False when the interface has gone since: what has its index now is another
 * one, which the kernel does not bind the socket to (packet_notifier()).
 */
bool relay_ring_is_bound(const struct relay_ring *ring, unsigned int ifindex);

/*
 * The start of the packet that the call of relay_ring_next() after `ahead`
 * others will give, with its headers if not all of it.  False: there is none.
 */
bool relay_ring_peek(const struct relay_ring *ring, enum family family,
		     unsigned int ahead, struct relay_packet *ret);

/*
 * The next packet, in the order of arrival; it stays in the ring, or in
 * `large` of RELAY_ROOM_SIZE bytes, and may be changed there.  False: there is
 * none.
 */
bool relay_ring_next(struct relay_ring *ring, enum family family,
		     uint8_t *large, struct relay_frame *ret);

/* Nothing is in it, neither read nor unread. */
bool relay_ring_is_empty(const struct relay_ring *ring);

/* Gives the packets read so far back to the kernel. */
void relay_ring_release(struct relay_ring *ring);

/*
 * Brings `lost` up to date.  Also takes an error off the socket, such as
 * ENETDOWN when the interface goes down, which would make it readable forever.
 */
void relay_ring_update(struct relay_ring *ring);

#endif
