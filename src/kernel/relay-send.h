/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the relay sends: IP packets, as they are, out of one interface, never
 * looped back to this host (IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP).
 */
#ifndef KERNEL_RELAY_SEND_H
#define KERNEL_RELAY_SEND_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/kernel.h"
#include "kernel/relay-packet.h"

/* Packets of one sendmmsg(). */
#define RELAY_BATCH 64

/* For packets that were cut or did not fit into the ring. */
#define RELAY_ROOM (RELAY_BATCH * 1024 * 8)

/* Where a packet is to go. */
struct relay_to {
	enum family family;
	unsigned int ifindex;
	struct in6_addr group;
	struct guard_count *count;	/* relayed or dropped grows by one */
};

union relay_name {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Packets for one socket that wait for the batch to be full. */
struct relay_queue {
	int fd;
	unsigned int n;
	struct mmsghdr msgs[RELAY_BATCH];
	struct iovec iovs[RELAY_BATCH];
	union relay_name names[RELAY_BATCH];
	struct guard_count *counts[RELAY_BATCH];
	size_t used;			/* bytes of `room` */
	uint8_t room[RELAY_ROOM];
};

/*
 * A raw socket that sends out of that interface.  Needs CAP_NET_RAW.
 * -errno, among them -EPERM, -ENODEV, -EADDRNOTAVAIL.
 */
int relay_send_open(enum family family, unsigned int ifindex, int *ret);

void relay_queue_init(struct relay_queue *queue);

/* What is queued goes first, then `fd` is used. */
void relay_queue_use(struct relay_queue *queue, int fd);

/*
 * Room for `len` bytes (at most RELAY_ROOM), which is kept until they are sent
 * when the caller adds them to `used`.
 */
uint8_t *relay_queue_room(struct relay_queue *queue, size_t len);

/* `data` is borrowed until it is sent, at the latest by relay_queue_flush(). */
void relay_queue_add(struct relay_queue *queue, const struct relay_to *to,
		     const uint8_t *data, size_t len);

/* Sends what is queued, and counts it, sent or not. */
void relay_queue_flush(struct relay_queue *queue);

/*
 * A packet socket that hears nothing.  -errno, among them -EPERM,
 * -EAFNOSUPPORT (CONFIG_PACKET is missing).
 */
int relay_around_open(int *ret);

/*
 * Sends one packet around the IP layer, by relay_around_open()'s socket: the
 * way for what a raw socket would change.  Such a packet passes no netfilter
 * hook.  -EPROTONOSUPPORT: no link-layer address of the group is known.
 */
int relay_around_send(int fd, const struct relay_to *to, const uint8_t *data,
		      size_t len);

/* The MTU for packets of that family, in bytes; 0 when it is not known. */
size_t relay_send_mtu(int fd, enum family family, unsigned int ifindex);

#endif
