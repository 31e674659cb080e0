/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of one packet through the relay: checks, hop, size, out.  Knows the
 * order of the steps; the steps are in the other files.
 */
#include "kernel/relay-link.h"

#include <errno.h>

#include "kernel/relay-cut.h"
#include "lib/clock.h"

/* Every link takes as much: RFC 791, 3.2; RFC 8200, 5. */
#define IPV4_MTU_MIN 68
#define IPV6_MTU_MIN 1280

static size_t link_mtu(struct relay_link *link)
{
	if (!link->mtu)
		link->mtu = relay_send_mtu(link->send_fd, link->id.family,
					   link->id.ifindex);
	return link->mtu;
}

/* Without connection tracking IPv6 fragments may also go by the raw socket. */
static void send_around(struct relay_out *out, const struct relay_to *to,
			const struct relay_packet *packet)
{
	int err;

	relay_queue_flush(&out->queue);
	err = relay_around_send(out->around_fd, to, packet->data, packet->len);
	if (err == -EPROTONOSUPPORT && packet->family == FAMILY_IPV6)
		relay_queue_add(&out->queue, to, packet->data, packet->len);
	else if (err)
		to->count->dropped++;
	else
		to->count->relayed++;
}

/* Not larger than the MTU. */
static void send_packet(struct relay_out *out, const struct relay_to *to,
			const struct relay_packet *packet)
{
	if (relay_packet_would_change(packet))
		send_around(out, to, packet);
	else
		relay_queue_add(&out->queue, to, packet->data, packet->len);
}

static void send_fragments(struct relay_out *out, const struct relay_to *to,
			   const struct relay_packet *packet, size_t mtu)
{
	struct relay_packet piece = { .family = FAMILY_IPV4 };
	struct relay_fragments fragments;

	relay_fragments_init(&fragments, packet->data, packet->len, mtu);
	for (;;) {
		piece.data = relay_queue_room(&out->queue, mtu);
		piece.len = relay_fragments_next(&fragments, piece.data);
		if (!piece.len)
			break;
		out->queue.used += piece.len;
		send_packet(out, to, &piece);
	}
	if (!relay_fragments_are_done(&fragments))
		to->count->dropped++;
}

static bool fits(struct relay_link *link, const struct relay_packet *packet)
{
	size_t least = packet->family == FAMILY_IPV4 ? IPV4_MTU_MIN :
						       IPV6_MTU_MIN;

	return packet->len <= least || packet->len <= link_mtu(link);
}

static void send_large(struct relay_link *link, struct relay_out *out,
		       const struct relay_to *to,
		       const struct relay_packet *packet)
{
	size_t mtu = link_mtu(link);

	if (mtu && !relay_packet_is_whole(packet)) {
		send_fragments(out, to, packet, mtu);
		return;
	}
	/* Of multicast IPv4 sends no such message: RFC 1112, 7.2. */
	if (mtu && packet->family == FAMILY_IPV6)
		relay_icmp_too_big(&out->icmp, packet, link->id.ifindex, mtu,
				   clock_steady());
	to->count->dropped++;
}

static int send_segments(struct relay_link *link, struct relay_out *out,
			 const struct relay_to *to,
			 const struct relay_packet *packet)
{
	struct relay_packet piece = { .family = packet->family };
	struct relay_segments segments;
	int err = relay_segments_init(&segments, packet);

	if (err)
		return err;
	for (;;) {
		piece.data = out->segment;
		piece.len = relay_segments_next(&segments, piece.data);
		if (!piece.len)
			return 0;
		if (!fits(link, &piece)) {
			send_large(link, out, to, &piece);
			continue;
		}
		piece.data = relay_queue_room(&out->queue, piece.len);
		memcpy(piece.data, out->segment, piece.len);
		out->queue.used += piece.len;
		send_packet(out, to, &piece);
	}
}

/* The IPv6 MFC has no thresholds. */
static bool has_hop(const struct relay_packet *packet, unsigned int threshold)
{
	unsigned int ttl = relay_packet_ttl(packet);

	return ttl > 1 && (packet->family == FAMILY_IPV6 || ttl > threshold);
}

static int forward(struct relay_link *link, struct relay_out *out,
		   struct relay_frame *frame, const struct guard_key *key,
		   const struct relay_to *to)
{
	struct relay_packet *packet = &frame->packet;
	int err;

	if (!frame->whole || frame->tagged || !frame->multicast)
		return -EPROTONOSUPPORT;
	err = relay_packet_check(packet);
	if (err)
		return err;
	if (!has_hop(packet, key->threshold))
		return 0;
	if (packet->gso_size) {
		relay_packet_hop(packet);
		return send_segments(link, out, to, packet);
	}
	err = relay_packet_finish(packet);
	if (err)
		return err;
	relay_packet_hop(packet);
	if (fits(link, packet))
		send_packet(out, to, packet);
	else
		send_large(link, out, to, packet);
	return 0;
}

void relay_link_forward(struct relay_link *link, struct relay_out *out,
			struct relay_frame *frame, const struct guard_key *key,
			struct guard_count *count)
{
	const struct relay_to to = {
		.family = link->id.family,
		.ifindex = link->id.ifindex,
		.group = key->group,
		.count = count,
	};

	if (forward(link, out, frame, key, &to))
		count->dropped++;
}
