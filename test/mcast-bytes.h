/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes in network order, for the commands that see frames. */
#ifndef TEST_MCAST_BYTES_H
#define TEST_MCAST_BYTES_H

#include <stdint.h>

#define ETH_LEN  14
#define IPV4_LEN 20
#define IPV6_LEN 40
#define UDP_LEN  8

static inline void put16(unsigned char *at, unsigned int val)
{
	at[0] = val >> 8;
	at[1] = val;
}

static inline unsigned int get16(const unsigned char *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static inline uint32_t get32(const unsigned char *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

#endif
