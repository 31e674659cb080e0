/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet into several.  Knows what the kernel does with GSO packets of UDP
 * and with IPv4 packets larger than the MTU.  Must not know sockets.
 */
#include "kernel/relay-cut.h"

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/ip.h>

#include "kernel/relay-bytes.h"

#define UDP_LEN 8

/* Offset of the UDP header, or 0. */
static size_t find_udp(const struct relay_packet *packet)
{
	const uint8_t *ip = packet->data;
	size_t at = IPV6_LEN;
	uint8_t next;

	if (packet->family == FAMILY_IPV4)
		return ip[IPV4_PROTOCOL] == IPPROTO_UDP ? ipv4_header(ip) : 0;
	next = ip[IPV6_NEXT];
	while (next != IPPROTO_UDP) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_ROUTING)
			return 0;
		if (at + 8 > packet->len)
			return 0;
		next = ip[at];
		at += (ip[at + 1] + 1u) * 8;
	}
	return at;
}

int relay_segments_init(struct relay_segments *segments,
			const struct relay_packet *packet)
{
	size_t transport = find_udp(packet);

	if (!transport)
		return -EPROTONOSUPPORT;
	if (transport + UDP_LEN >= packet->len || !packet->gso_size)
		return -EBADMSG;
	segments->packet = packet;
	segments->transport = transport;
	segments->at = transport + UDP_LEN;
	segments->n = 0;
	return 0;
}

/* The pseudo header (RFC 768; RFC 8200, 8.1) and the datagram behind it. */
static uint16_t udp_checksum(const uint8_t *addresses, size_t addresses_len,
			     const uint8_t *udp, size_t len)
{
	uint8_t rest[4] = { 0, IPPROTO_UDP };
	uint64_t sum = sum_add(0, addresses, addresses_len);
	uint16_t check;

	put16(rest + 2, len);
	sum = sum_add(sum, rest, sizeof(rest));
	check = sum_fold(sum_add(sum, udp, len));
	return check ? check : 0xffff;
}

static void segment_header4(uint8_t *ip, size_t total, unsigned int n)
{
	uint16_t check;

	put16(ip + IPV4_TOTAL, total);
	put16(ip + IPV4_ID, get16(ip + IPV4_ID) + n);
	put16(ip + IPV4_CHECK, 0);
	check = sum_fold(sum_add(0, ip, ipv4_header(ip)));
	memcpy(ip + IPV4_CHECK, &check, sizeof(check));
}

size_t relay_segments_next(struct relay_segments *segments, uint8_t *out)
{
	const struct relay_packet *packet = segments->packet;
	bool ipv4 = packet->family == FAMILY_IPV4;
	size_t headers = segments->transport + UDP_LEN;
	size_t payload = packet->len - segments->at;
	uint8_t *udp = out + segments->transport;
	uint16_t check;

	if (!payload)
		return 0;
	if (payload > packet->gso_size)
		payload = packet->gso_size;
	memcpy(out, packet->data, headers);
	memcpy(out + headers, packet->data + segments->at, payload);
	put16(udp + 4, UDP_LEN + payload);
	put16(udp + 6, 0);
	if (ipv4) {
		segment_header4(out, headers + payload, segments->n);
		check = udp_checksum(out + IPV4_SOURCE, 8, udp,
				     UDP_LEN + payload);
	} else {
		put16(out + IPV6_PAYLOAD, headers + payload - IPV6_LEN);
		check = udp_checksum(out + IPV6_SOURCE, 32, udp,
				     UDP_LEN + payload);
	}
	memcpy(udp + 6, &check, sizeof(check));
	segments->at += payload;
	segments->n++;
	return headers + payload;
}

void relay_fragments_init(struct relay_fragments *fragments,
			  const uint8_t *data, size_t len, size_t mtu)
{
	fragments->data = data;
	fragments->len = len;
	fragments->mtu = mtu;
	fragments->at = 0;
}

/* ip_options_fragment(); the options were checked. */
static void options_blank(uint8_t *ip)
{
	uint8_t *at = ip + IPV4_LEN, *end = ip + ipv4_header(ip);

	while (at < end && *at != IPOPT_EOL) {
		size_t len = *at == IPOPT_NOP ? 1 : at[1];

		if (!IPOPT_COPIED(*at))
			memset(at, IPOPT_NOP, len);
		at += len;
	}
}

size_t relay_fragments_next(struct relay_fragments *fragments, uint8_t *out)
{
	const uint8_t *ip = fragments->data;
	size_t header = ipv4_header(ip);
	size_t left = fragments->len - header - fragments->at;
	unsigned int field = get16(ip + IPV4_FRAGMENT);
	size_t payload = left;
	uint16_t check;

	if (!left || fragments->mtu < header + 8)
		return 0;
	/* What is itself a fragment may lie too far behind. */
	if ((field & IP_OFFMASK) + fragments->at / 8 > IP_OFFMASK)
		return 0;
	if (header + left > fragments->mtu) {
		/* The offset counts eights. */
		payload = (fragments->mtu - header) & ~(size_t)7;
		field |= IP_MF;
	}
	memcpy(out, ip, header);
	memcpy(out + header, ip + header + fragments->at, payload);
	if (fragments->at)
		options_blank(out);
	put16(out + IPV4_TOTAL, header + payload);
	put16(out + IPV4_FRAGMENT, field + fragments->at / 8);
	put16(out + IPV4_CHECK, 0);
	check = sum_fold(sum_add(0, out, header));
	memcpy(out + IPV4_CHECK, &check, sizeof(check));
	fragments->at += payload;
	return header + payload;
}

bool relay_fragments_are_done(const struct relay_fragments *fragments)
{
	return ipv4_header(fragments->data) + fragments->at == fragments->len;
}
