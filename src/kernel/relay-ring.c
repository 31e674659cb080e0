/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet sockets with a ring.  Knows their options and the layout of a slot;
 * must not know what becomes of a packet.
 *
 * The socket is made for no protocol, so that it hears nothing before its
 * filter is in place, and is bound last.  TPACKET_V2: version 3 hands out
 * blocks, and a lone packet would wait for a timer.
 */
#include "kernel/relay-ring.h"

#include <errno.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include "kernel/relay-bytes.h"

/* linux/if_packet.h since 4.20, linux/virtio_net.h since 6.2 */
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define BLOCK_SIZE 65536

static int set_int(int fd, int option, int value)
{
	if (setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)))
		return -errno;
	return 0;
}

/*
 * Multicast packets of the device itself (also those of a VLAN or bridge above
 * it come by), neither sent by this host nor looped back.  Offsets count from
 * the network header.
 */
static int set_filter(int fd, enum family family, unsigned int ifindex)
{
	bool ipv4 = family == FAMILY_IPV4;
	uint32_t group = SKF_NET_OFF + (ipv4 ? IPV4_GROUP : IPV6_GROUP);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, group),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ipv4 ? 0xf0 : 0xff),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ipv4 ? 0xe0 : 0xff, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 SKF_AD_OFF + SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_LOOPBACK, 3, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 SKF_AD_OFF + SKF_AD_IFINDEX),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ifindex, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		return -errno;
	return 0;
}

static int set_options(int fd)
{
	int err = set_int(fd, PACKET_VERSION, TPACKET_V2);

	if (!err)
		err = set_int(fd, PACKET_VNET_HDR, 1);
	/* What is larger than a slot waits, whole, in the receive queue. */
	if (!err)
		err = set_int(fd, PACKET_COPY_THRESH, 1);
	/* Spares the kernel the filter; before Linux 4.20 that does it. */
	if (!err)
		set_int(fd, PACKET_IGNORE_OUTGOING, 1);
	return err;
}

static int ring_map(struct relay_ring *ring, unsigned int slots)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = slots / (BLOCK_SIZE / RELAY_SLOT_SIZE),
		.tp_frame_size = RELAY_SLOT_SIZE,
		.tp_frame_nr = slots,
	};
	void *map;

	if (setsockopt(ring->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return -errno;
	map = mmap(NULL, (size_t)slots * RELAY_SLOT_SIZE,
		   PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	ring->map = map;
	ring->slots = slots;
	return 0;
}

static int ring_make(struct relay_ring *ring)
{
	unsigned int slots;
	int err = -ENOMEM;

	for (slots = RELAY_SLOTS; slots >= RELAY_SLOTS_MIN; slots /= 2) {
		err = ring_map(ring, slots);
		if (err != -ENOMEM)
			break;
	}
	return err;
}

static int ring_bind(const struct relay_ring *ring, enum family family,
		     unsigned int ifindex)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(family == FAMILY_IPV4 ? ETH_P_IP :
							      ETH_P_IPV6),
		.sll_ifindex = (int)ifindex,
	};
	int rcvbuf = RELAY_SLOTS * RELAY_SLOT_SIZE;

	/* For the large packets; refused in a user namespace. */
	setsockopt(ring->fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf,
		   sizeof(rcvbuf));
	if (bind(ring->fd, (struct sockaddr *)&to, sizeof(to)))
		return -errno;
	return 0;
}

int relay_ring_open(enum family family, unsigned int ifindex,
		    struct relay_ring *ret)
{
	struct relay_ring ring = { 0 };
	int err;

	ring.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ring.fd < 0)
		return -errno;
	err = set_filter(ring.fd, family, ifindex);
	if (!err)
		err = set_options(ring.fd);
	if (!err)
		err = ring_make(&ring);
	if (!err)
		err = ring_bind(&ring, family, ifindex);
	if (err) {
		relay_ring_close(&ring);
		return err;
	}
	*ret = ring;
	return 0;
}

void relay_ring_close(struct relay_ring *ring)
{
	if (ring->map)
		munmap(ring->map, (size_t)ring->slots * RELAY_SLOT_SIZE);
	close(ring->fd);
}

bool relay_ring_is_bound(const struct relay_ring *ring, unsigned int ifindex)
{
	struct sockaddr_ll at = { 0 };
	socklen_t len = sizeof(at);

	return !getsockname(ring->fd, (struct sockaddr *)&at, &len) &&
	       at.sll_ifindex == (int)ifindex;
}

static struct tpacket2_hdr *slot_at(const struct relay_ring *ring,
				    unsigned int slot)
{
	return (void *)(ring->map + (size_t)slot * RELAY_SLOT_SIZE);
}

static void frame_describe(const struct virtio_net_hdr *vnet, size_t link_len,
			   struct relay_frame *ret)
{
	struct relay_packet *packet = &ret->packet;

	if (vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		packet->csum_unfinished = true;
		packet->csum_start = vnet->csum_start < link_len ?
				     0 : vnet->csum_start - link_len;
		packet->csum_offset = vnet->csum_offset;
	}
	if (vnet->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4)
		packet->gso_size = vnet->gso_size;
	else if (vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		ret->whole = false;
}

/* A packet larger than its slot. */
static void frame_fetch(const struct relay_ring *ring, size_t link_len,
			uint8_t *large, struct relay_frame *ret)
{
	const size_t ahead = sizeof(struct virtio_net_hdr) + link_len;
	ssize_t len;

	/*
	 * The error of an interface that went down comes before what waits.  A
	 * packet that stayed would be taken for that of the next slot, and keep
	 * the socket readable.
	 */
	do
		len = recv(ring->fd, large, RELAY_ROOM_SIZE, MSG_TRUNC);
	while (len < 0 && errno == ENETDOWN);
	if (len < (ssize_t)ahead || len > RELAY_ROOM_SIZE)
		return;
	ret->packet.data = large + ahead;
	ret->packet.len = (size_t)len - ahead;
	ret->large = true;
	ret->whole = true;
}

static void frame_read(const struct relay_ring *ring, struct tpacket2_hdr *slot,
		       uint8_t *large, struct relay_frame *ret)
{
	const struct sockaddr_ll *from =
		(void *)((uint8_t *)slot + TPACKET_ALIGN(sizeof(*slot)));
	size_t link_len = slot->tp_net - slot->tp_mac;
	struct virtio_net_hdr vnet;

	/* A link without addresses has nothing else than PACKET_HOST. */
	ret->multicast = from->sll_pkttype == PACKET_MULTICAST ||
			 from->sll_pkttype == PACKET_BROADCAST ||
			 (from->sll_pkttype == PACKET_HOST && !from->sll_halen);
	ret->tagged = slot->tp_status & TP_STATUS_VLAN_VALID;
	ret->packet.data = (uint8_t *)slot + slot->tp_net;
	if (slot->tp_status & TP_STATUS_COPY) {
		frame_fetch(ring, link_len, large, ret);
	} else if (slot->tp_snaplen >= link_len) {
		ret->packet.len = slot->tp_snaplen - link_len;
		ret->whole = slot->tp_snaplen == slot->tp_len;
	}
	memcpy(&vnet, (uint8_t *)slot + slot->tp_mac - sizeof(vnet),
	       sizeof(vnet));
	frame_describe(&vnet, link_len, ret);
}

/* The slot `ahead` of the next one; NULL when the kernel still has it. */
static struct tpacket2_hdr *slot_find(const struct relay_ring *ring,
				      unsigned int ahead)
{
	unsigned int held = (ring->head + ring->slots - ring->tail) %
			    ring->slots;
	struct tpacket2_hdr *slot;

	/* A full turn without giving back: its status says nothing new. */
	if (held + ahead + 1 >= ring->slots)
		return NULL;
	slot = slot_at(ring, (ring->head + ahead) % ring->slots);
	if (!(__atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) &
	      TP_STATUS_USER))
		return NULL;
	return slot;
}

bool relay_ring_peek(const struct relay_ring *ring, enum family family,
		     unsigned int ahead, struct relay_packet *ret)
{
	struct tpacket2_hdr *slot = slot_find(ring, ahead);
	size_t link_len;

	if (!slot)
		return false;
	link_len = slot->tp_net - slot->tp_mac;
	*ret = (struct relay_packet){
		.data = (uint8_t *)slot + slot->tp_net,
		.family = family,
	};
	if (slot->tp_snaplen > link_len)
		ret->len = slot->tp_snaplen - link_len;
	return true;
}

bool relay_ring_next(struct relay_ring *ring, enum family family,
		     uint8_t *large, struct relay_frame *ret)
{
	struct tpacket2_hdr *slot = slot_find(ring, 0);

	if (!slot)
		return false;
	*ret = (struct relay_frame){ .packet.family = family };
	frame_read(ring, slot, large, ret);
	ring->head = (ring->head + 1) % ring->slots;
	ring->taken++;
	return true;
}

bool relay_ring_is_empty(const struct relay_ring *ring)
{
	return ring->head == ring->tail && !slot_find(ring, 0);
}

void relay_ring_release(struct relay_ring *ring)
{
	for (; ring->tail != ring->head;
	     ring->tail = (ring->tail + 1) % ring->slots)
		__atomic_store_n(&slot_at(ring, ring->tail)->tp_status,
				 TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

void relay_ring_update(struct relay_ring *ring)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);
	int err;

	if (!getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		ring->lost += stats.tp_drops;
	len = sizeof(err);
	getsockopt(ring->fd, SOL_SOCKET, SO_ERROR, &err, &len);
}
