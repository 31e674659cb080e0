/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of multicast router discovery, RFC 4286.  Pure: must not know
 * sockets nor when a message is due.
 */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "kernel/mrdisc-msg.h"

/* IPv4 header, RFC 791. */
#define IP4_MIN      20
#define IP4_LENGTH   2
#define IP4_TTL      8
#define IP4_PROTOCOL 9
#define IP4_DEST     16

/* Shortest solicitation: type, reserved, checksum (RFC 4286, section 4). */
#define SOLICITATION_MIN 4

/* RFC 1071. */
static uint16_t checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_checksum(uint8_t *message, size_t len)
{
	uint16_t sum = checksum(message, len);

	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
}

/*
 * Query interval and robustness variable, the last four bytes, are 0: this
 * router is no querier.
 */
size_t mrdisc_msg_advertise(enum family family, unsigned int interval,
			    uint8_t ret[MRDISC_MSG_MAX])
{
	memset(ret, 0, MRDISC_MSG_MAX);
	ret[1] = (uint8_t)interval;
	if (family == FAMILY_IPV6) {
		ret[0] = MRDISC6_ADVERTISEMENT;
		return 8;
	}
	ret[0] = MRDISC4_ADVERTISEMENT;
	put_checksum(ret, 8);
	return 8;
}

/* Four bytes by the RFC; SMCRoute has always sent eight for IPv4. */
size_t mrdisc_msg_terminate(enum family family, uint8_t ret[MRDISC_MSG_MAX])
{
	memset(ret, 0, MRDISC_MSG_MAX);
	if (family == FAMILY_IPV6) {
		ret[0] = MRDISC6_TERMINATION;
		return 4;
	}
	ret[0] = MRDISC4_TERMINATION;
	put_checksum(ret, 8);
	return 8;
}

bool mrdisc_msg_solicits4(const uint8_t *packet, size_t len)
{
	static const uint8_t all_routers[] = { 224, 0, 0, 2 };
	size_t header, total;

	if (len < IP4_MIN || packet[0] >> 4 != 4)
		return false;
	header = (packet[0] & 15) * 4u;
	total = (size_t)packet[IP4_LENGTH] << 8 | packet[IP4_LENGTH + 1];
	if (header < IP4_MIN || total > len ||
	    total < header + SOLICITATION_MIN)
		return false;
	return packet[IP4_TTL] == 1 && packet[IP4_PROTOCOL] == IPPROTO_IGMP &&
	       memcmp(packet + IP4_DEST, all_routers, 4) == 0 &&
	       packet[header] == MRDISC4_SOLICITATION &&
	       checksum(packet + header, total - header) == 0;
}

bool mrdisc_msg_solicits6(const uint8_t *message, size_t len, int hop_limit,
			  const struct in6_addr *source)
{
	return len >= SOLICITATION_MIN &&
	       message[0] == MRDISC6_SOLICITATION && hop_limit == 1 &&
	       (IN6_IS_ADDR_LINKLOCAL(source) ||
		IN6_IS_ADDR_UNSPECIFIED(source));
}
