/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One captured IP packet: is it one that the kernel would forward, and the hop
 * it makes.  Knows the headers of both families and their options.  Must not
 * know sockets, nor which flows are relayed.
 *
 * Every length in the packet is a stranger's: nothing is read that was not
 * compared with `len` before.
 */
#include "kernel/relay-packet.h"

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>

#include "kernel/relay-bytes.h"

/* Options of a hop-by-hop header: RFC 8200, 4.2; RFC 2711, 2.1. */
#define HOP_PAD1 0
#define HOP_PADN 1
#define HOP_ALERT 5
#define HOP_ALERT_MLD 0
/* What to do with an unknown one: 0 means, skip it. */
#define HOP_ACTION(type) ((type) >> 6)

/* Most bytes of padding in a row, and IP6_DEFAULT_MAX_HBH_OPTS_CNT. */
#define HOP_PAD_MAX 7
#define HOP_COUNT_MAX 8

bool relay_packet_addresses(const struct relay_packet *packet,
			    struct in6_addr *ret_source,
			    struct in6_addr *ret_group)
{
	const uint8_t *ip = packet->data;
	struct in_addr source, group;

	if (packet->family == FAMILY_IPV4) {
		if (packet->len < IPV4_LEN)
			return false;
		memcpy(&source, ip + IPV4_SOURCE, sizeof(source));
		memcpy(&group, ip + IPV4_GROUP, sizeof(group));
		*ret_source = addr_from_ipv4(source);
		*ret_group = addr_from_ipv4(group);
		return true;
	}
	if (packet->len < IPV6_LEN)
		return false;
	memcpy(ret_source, ip + IPV6_SOURCE, sizeof(*ret_source));
	memcpy(ret_group, ip + IPV6_GROUP, sizeof(*ret_group));
	return true;
}

static int option4_check(const uint8_t *option, size_t len)
{
	switch (option[0]) {
	case IPOPT_RR:
	case IPOPT_TS:
	case IPOPT_LSRR:
	case IPOPT_SSRR:
		return -EOPNOTSUPP;
	case IPOPT_RA:
		return len < 4 ? -EBADMSG : 0;
	}
	return 0;
}

/*
 * ip_options_compile().  A malformed option counts for more than one that the
 * relay does not take.
 */
static int options4_check(const uint8_t *at, size_t left)
{
	int err, result = 0;
	size_t len;

	while (left && at[0] != IPOPT_EOL) {
		if (at[0] == IPOPT_NOP) {
			at++;
			left--;
			continue;
		}
		if (left < 2)
			return -EBADMSG;
		len = at[1];
		if (len < 2 || len > left)
			return -EBADMSG;
		err = option4_check(at, len);
		if (err == -EBADMSG)
			return err;
		if (err)
			result = err;
		at += len;
		left -= len;
	}
	return result;
}

static int addresses4_check(const uint8_t *ip)
{
	const uint8_t *source = ip + IPV4_SOURCE, *group = ip + IPV4_GROUP;
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	/* Zero net, loopback, multicast. */
	if (!source[0] || source[0] == 127 || source[0] >> 4 == 14 ||
	    !memcmp(source, broadcast, sizeof(broadcast)))
		return -EADDRNOTAVAIL;
	if (group[0] >> 4 != 14 || (group[0] == 224 && !group[1] && !group[2]))
		return -EADDRNOTAVAIL;
	return 0;
}

static int check4(struct relay_packet *packet)
{
	const uint8_t *ip = packet->data;
	size_t header, total;
	int err;

	if (packet->len < IPV4_LEN || ip[0] >> 4 != 4)
		return -EBADMSG;
	header = ipv4_header(ip);
	total = get16(ip + IPV4_TOTAL);
	if (header < IPV4_LEN || header > total || total > packet->len)
		return -EBADMSG;
	if (sum_fold(sum_add(0, ip, header)))
		return -EBADMSG;
	packet->len = total;

	err = options4_check(ip + IPV4_LEN, header - IPV4_LEN);
	return err ? err : addresses4_check(ip);
}

/* One option that is no padding. */
static int hop_option_check(const uint8_t *option, size_t len)
{
	if (option[0] != HOP_ALERT)
		return HOP_ACTION(option[0]) ? -EBADMSG : 0;
	if (len != 4)
		return -EBADMSG;
	/* For the router itself: RFC 3810; ip6_mc_input(). */
	return get16(option + 2) == HOP_ALERT_MLD ? -EADDRNOTAVAIL : 0;
}

static bool is_zero(const uint8_t *at, size_t len)
{
	while (len && !*at) {
		at++;
		len--;
	}
	return !len;
}

/* ip6_parse_tlv(); a jumbogram is refused, as its action bits ask for. */
static int hop_options_check(const uint8_t *at, size_t left)
{
	unsigned int padding = 0, n = 0;
	int err, result = 0;
	size_t len;

	while (left) {
		len = 1;
		if (at[0] != HOP_PAD1) {
			if (left < 2 || at[1] + 2u > left)
				return -EBADMSG;
			len = at[1] + 2u;
		}
		if (at[0] == HOP_PAD1 || at[0] == HOP_PADN) {
			padding += len;
			if (padding > HOP_PAD_MAX ||
			    (len > 2 && !is_zero(at + 2, len - 2)))
				return -EBADMSG;
		} else {
			padding = 0;
			err = hop_option_check(at, len);
			if (err == -EBADMSG || ++n > HOP_COUNT_MAX)
				return -EBADMSG;
			if (err)
				result = err;
		}
		at += len;
		left -= len;
	}
	return result;
}

static int addresses6_check(const uint8_t *ip)
{
	const uint8_t *source = ip + IPV6_SOURCE, *group = ip + IPV6_GROUP;
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;

	if (source[0] == 0xff || group[0] != 0xff ||
	    !memcmp(source, &loopback, sizeof(loopback)))
		return -EADDRNOTAVAIL;
	/* Link-local scope and below: RFC 4291, 2.7. */
	return (group[1] & 15) <= 2 ? -EADDRNOTAVAIL : 0;
}

static int check6(struct relay_packet *packet)
{
	const uint8_t *ip = packet->data;
	size_t total, header;
	int err;

	if (packet->len < IPV6_LEN || ip[0] >> 4 != 6)
		return -EBADMSG;
	total = IPV6_LEN + get16(ip + IPV6_PAYLOAD);
	if (total > packet->len)
		return -EBADMSG;
	packet->len = total;
	if (ip[IPV6_NEXT] == IPPROTO_HOPOPTS) {
		if (total < IPV6_LEN + 8)
			return -EBADMSG;
		header = (ip[IPV6_LEN + 1] + 1u) * 8;
		if (IPV6_LEN + header > total)
			return -EBADMSG;
		err = hop_options_check(ip + IPV6_LEN + 2, header - 2);
		if (err)
			return err;
	}
	return addresses6_check(ip);
}

int relay_packet_check(struct relay_packet *packet)
{
	return packet->family == FAMILY_IPV4 ? check4(packet) : check6(packet);
}

unsigned int relay_packet_ttl(const struct relay_packet *packet)
{
	return packet->data[packet->family == FAMILY_IPV4 ? IPV4_TTL :
							    IPV6_HOPS];
}

/* ip_decrease_ttl() */
void relay_packet_hop(struct relay_packet *packet)
{
	uint8_t *ip = packet->data;
	uint32_t check;

	if (packet->family == FAMILY_IPV6) {
		ip[IPV6_HOPS]--;
		return;
	}
	check = get16(ip + IPV4_CHECK) + 0x0100u;
	put16(ip + IPV4_CHECK, check + (check >= 0xffff));
	ip[IPV4_TTL]--;
}

/*
 * skb_checksum_help(): the field holds the sum of the pseudo header.  Zero
 * would mean that there is none (RFC 768), and is the same as its complement.
 */
int relay_packet_finish(struct relay_packet *packet)
{
	size_t start = packet->csum_start, at = start + packet->csum_offset;
	bool ipv4 = packet->family == FAMILY_IPV4;
	uint8_t *ip = packet->data;
	uint16_t check;

	if (!packet->csum_unfinished)
		return 0;
	if (start < (ipv4 ? ipv4_header(ip) : IPV6_LEN) ||
	    at + sizeof(check) > packet->len)
		return -EBADMSG;
	if (ip[ipv4 ? IPV4_PROTOCOL : IPV6_NEXT] == IPPROTO_SCTP)
		return -EPROTONOSUPPORT;
	check = sum_fold(sum_add(0, ip + start, packet->len - start));
	if (!check)
		check = 0xffff;
	memcpy(ip + at, &check, sizeof(check));
	packet->csum_unfinished = false;
	return 0;
}

bool relay_packet_is_whole(const struct relay_packet *packet)
{
	return packet->family == FAMILY_IPV6 ||
	       (get16(packet->data + IPV4_FRAGMENT) & IP_DF);
}

/* Behind the headers that may come before it: RFC 8200, 4.5. */
static bool is_fragment6(const struct relay_packet *packet)
{
	const uint8_t *ip = packet->data;
	uint8_t next = ip[IPV6_NEXT];
	size_t at = IPV6_LEN;

	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_DSTOPTS) {
		if (at + 8 > packet->len)
			return false;
		next = ip[at];
		at += (ip[at + 1] + 1u) * 8;
	}
	return next == IPPROTO_FRAGMENT;
}

/*
 * ip_select_ident_segs(): with DF a packet may go without.  nf_ct_frag6_gather()
 * has no IP_NODEFRAG.
 */
bool relay_packet_would_change(const struct relay_packet *packet)
{
	if (packet->family == FAMILY_IPV6)
		return is_fragment6(packet);
	return !get16(packet->data + IPV4_ID) && !relay_packet_is_whole(packet);
}

/* RFC 4443, 2.4 (e). */
bool relay_packet_is_error(const struct relay_packet *packet)
{
	const uint8_t *ip = packet->data;
	uint8_t next = ip[IPV6_NEXT];
	size_t at = IPV6_LEN, len;

	while (at + 8 <= packet->len) {
		len = (ip[at + 1] + 1u) * 8;
		switch (next) {
		case IPPROTO_ICMPV6:
			return !(ip[at] & ICMP6_INFOMSG_MASK);
		case IPPROTO_FRAGMENT:
			if (get16(ip + at + 2) & ~7u)
				return true;
			len = 8;
			break;
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			break;
		default:
			return false;
		}
		next = ip[at];
		at += len;
	}
	/* Cut short: whatever it was. */
	return true;
}
