/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offsets in IP headers and the checksum of RFC 1071, for the relay. */
#ifndef KERNEL_RELAY_BYTES_H
#define KERNEL_RELAY_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IPV4_LEN 20
#define IPV6_LEN 40

/* Offsets: RFC 791, 3.1; RFC 8200, 3. */
#define IPV4_TOTAL 2
#define IPV4_ID 4
#define IPV4_FRAGMENT 6
#define IPV4_TTL 8
#define IPV4_PROTOCOL 9
#define IPV4_CHECK 10
#define IPV4_SOURCE 12
#define IPV4_GROUP 16
#define IPV6_PAYLOAD 4
#define IPV6_NEXT 6
#define IPV6_HOPS 7
#define IPV6_SOURCE 8
#define IPV6_GROUP 24

static inline uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Length of an IPv4 header, options included. */
static inline size_t ipv4_header(const uint8_t *ip)
{
	return (ip[0] & 15u) * 4;
}

/*
 * `sum` goes in and comes out unfolded; `len` is even in all but the last
 * call.  Words are added as they lie in memory (RFC 1071, 2 (B)).
 */
static inline uint64_t sum_add(uint64_t sum, const uint8_t *data, size_t len)
{
	uint32_t word;
	uint8_t last[2] = { 0 };
	uint16_t half;

	for (; len >= 4; len -= 4, data += 4) {
		memcpy(&word, data, 4);
		sum += word;
	}
	if (len >= 2) {
		memcpy(&half, data, 2);
		sum += half;
		data += 2;
		len -= 2;
	}
	if (len) {
		last[0] = data[0];
		memcpy(&half, last, 2);
		sum += half;
	}
	return sum;
}

/* The checksum, as it is to be stored with memcpy(). */
static inline uint16_t sum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

#endif
