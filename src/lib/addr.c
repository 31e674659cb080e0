/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes.  This is one of the three places that tell the
 * families apart; it must not know sockets or what an address is used for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/diag.h"
#include "lib/num.h"

const struct in6_addr addr_any;

/* ::ffff:0:0/96: RFC 4291, 2.5.5.2. */
static const uint8_t mapped_head[12] = { [10] = 0xff, [11] = 0xff };

int addr_parse(const char *text, struct in6_addr *ret)
{
	struct in6_addr addr;
	struct in_addr ipv4;

	if (!strchr(text, ':')) {
		if (inet_pton(AF_INET, text, &ipv4) != 1)
			return -EINVAL;
		*ret = addr_from_ipv4(ipv4);
		return 0;
	}

	if (inet_pton(AF_INET6, text, &addr) != 1)
		return -EINVAL;
	if (addr_family(&addr) == FAMILY_IPV4)
		return -EINVAL;
	*ret = addr;
	return 0;
}

static char *put_octet(char *at, unsigned int value)
{
	if (value >= 100)
		*at++ = (char)('0' + value / 100);
	if (value >= 10)
		*at++ = (char)('0' + value / 10 % 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

/* inet_ntop() goes through sprintf(); tables are addresses mostly. */
static void format_ipv4(const uint8_t octets[4], char *at)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = put_octet(at, octets[i]);
	}
	*at = '\0';
}

#define IPV6_WORDS 8

static unsigned int ipv6_word(const struct in6_addr *addr, int i)
{
	return (unsigned int)addr->s6_addr[2 * i] << 8 |
	       addr->s6_addr[2 * i + 1];
}

/* The first of the longest runs of zeros, RFC 5952, 4.2; returns its length. */
static int longest_zeros(const struct in6_addr *addr, int *ret_start)
{
	int longest = 0, run = 0;

	*ret_start = -1;
	for (int i = 0; i < IPV6_WORDS; i++) {
		run = ipv6_word(addr, i) ? 0 : run + 1;
		if (run > longest) {
			longest = run;
			*ret_start = i - run + 1;
		}
	}
	/* one alone is written out */
	if (longest < 2)
		*ret_start = -1;
	return longest;
}

static char *put_word(char *at, unsigned int word)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift && !(word >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*at++ = digits[word >> shift & 0xf];
	return at;
}

/* As inet_ntop(), but for those that end in a dotted quad there. */
static void format_ipv6(const struct in6_addr *addr, char *at)
{
	int start, zeros = longest_zeros(addr, &start);

	for (int i = 0; i < IPV6_WORDS; i++) {
		if (i)
			*at++ = ':';
		if (i != start) {
			at = put_word(at, ipv6_word(addr, i));
			continue;
		}
		i += zeros - 1;
		if (start == 0)
			*at++ = ':';
		if (i == IPV6_WORDS - 1)
			*at++ = ':';
	}
	*at = '\0';
}

const char *addr_format(const struct in6_addr *addr, char buf[ADDR_STRLEN])
{
	static const uint8_t zeros[10];

	/* Cannot fail: the family is known and the room is enough. */
	if (addr_family(addr) == FAMILY_IPV4)
		format_ipv4(addr->s6_addr + sizeof(mapped_head), buf);
	else if (memcmp(addr->s6_addr, zeros, sizeof(zeros)) == 0)
		inet_ntop(AF_INET6, addr, buf, ADDR_STRLEN);
	else
		format_ipv6(addr, buf);
	return buf;
}

struct in6_addr addr_from_ipv4(struct in_addr ipv4)
{
	struct in6_addr addr;

	memcpy(addr.s6_addr, mapped_head, sizeof(mapped_head));
	memcpy(addr.s6_addr + sizeof(mapped_head), &ipv4, sizeof(ipv4));
	return addr;
}

struct in_addr addr_to_ipv4(const struct in6_addr *addr)
{
	struct in_addr ipv4;

	memcpy(&ipv4, addr->s6_addr + sizeof(mapped_head), sizeof(ipv4));
	return ipv4;
}

enum family addr_family(const struct in6_addr *addr)
{
	if (!memcmp(addr->s6_addr, mapped_head, sizeof(mapped_head)))
		return FAMILY_IPV4;
	return FAMILY_IPV6;
}

bool addr_is_multicast(const struct in6_addr *addr)
{
	if (addr_family(addr) == FAMILY_IPV4)
		return (addr->s6_addr[12] & 0xf0) == 0xe0;
	return addr->s6_addr[0] == 0xff;
}

bool addr_is_local_group(const struct in6_addr *addr)
{
	return addr_family(addr) == FAMILY_IPV4 && addr->s6_addr[12] == 224 &&
	       addr->s6_addr[13] == 0 && addr->s6_addr[14] == 0;
}

bool addr_is_any(const struct in6_addr *addr)
{
	if (addr_family(addr) == FAMILY_IPV4)
		return addr_to_ipv4(addr).s_addr == 0;
	return addr_equal(addr, &addr_any);
}

bool addr_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a->s6_addr, b->s6_addr, sizeof(a->s6_addr));
}

void addr_mask(struct in6_addr *addr, unsigned int len)
{
	unsigned int byte = len / 8;

	if (len >= ADDR_BITS)
		return;
	addr->s6_addr[byte] &= (uint8_t)(0xff00 >> len % 8);
	memset(addr->s6_addr + byte + 1, 0, ADDR_BITS / 8 - byte - 1);
}

void addr_advance(struct in6_addr *addr, uint64_t n)
{
	unsigned int carry = 0;
	unsigned int sum;
	int i;

	for (i = ADDR_BITS / 8 - 1; i >= 0 && (n || carry); i--) {
		sum = addr->s6_addr[i] + (unsigned int)(n & 0xff) + carry;
		addr->s6_addr[i] = (uint8_t)sum;
		carry = sum >> 8;
		n >>= 8;
	}
}

/* Bits that stand before the part of an address that is typed. */
static unsigned int family_offset(const struct in6_addr *addr)
{
	return addr_family(addr) == FAMILY_IPV4 ? ADDR_IPV4_BITS : 0;
}

static int parse_len(const char *text, long max, long *ret, struct diag *diag)
{
	if (num_parse(text, 0, max, ret))
		return diag_set(diag, -EINVAL,
				"invalid prefix length '%s', expected 1..%ld",
				text, max);
	return 0;
}

int prefix_parse(const char *text, struct prefix *ret, bool *ret_zero,
		 struct diag *diag)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct in6_addr addr;
	char host[ADDR_STRLEN];
	unsigned int offset;
	long max, len;
	int err;

	if (n >= sizeof(host))
		return diag_set(diag, -EINVAL, "invalid address '%s'", text);
	memcpy(host, text, n);
	host[n] = '\0';
	if (addr_parse(host, &addr))
		return diag_set(diag, -EINVAL, "invalid address '%s'", host);

	offset = family_offset(&addr);
	max = ADDR_BITS - (long)offset;
	len = max;
	if (slash) {
		err = parse_len(slash + 1, max, &len, diag);
		if (err)
			return err;
	}

	if (ret_zero)
		*ret_zero = len == 0;
	ret->addr = addr;
	ret->len = (uint8_t)(offset + (unsigned int)(len ? len : max));
	return 0;
}

const char *prefix_format(const struct prefix *prefix,
			  char buf[PREFIX_STRLEN])
{
	unsigned int len = prefix->len - family_offset(&prefix->addr);
	size_t n;

	if (prefix_is_any(prefix)) {
		memcpy(buf, "*", 2);
		return buf;
	}

	addr_format(&prefix->addr, buf);
	if (prefix_is_full(prefix))
		return buf;

	n = strlen(buf);
	snprintf(buf + n, PREFIX_STRLEN - n, "/%u", len);
	return buf;
}

bool prefix_is_full(const struct prefix *prefix)
{
	return prefix->len == ADDR_BITS;
}

bool prefix_is_any(const struct prefix *prefix)
{
	return prefix->len == 0;
}

bool prefix_covers(const struct prefix *prefix, const struct in6_addr *addr)
{
	struct prefix host = { *addr, prefix->len };

	if (prefix_is_any(prefix))
		return true;
	/* A short prefix of zeros would cover the mapped addresses as well. */
	if (addr_family(addr) != addr_family(&prefix->addr))
		return false;
	return prefix_equal(prefix, &host);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	struct in6_addr x = a->addr;
	struct in6_addr y = b->addr;

	if (a->len != b->len)
		return false;
	addr_mask(&x, a->len);
	addr_mask(&y, b->len);
	return addr_equal(&x, &y);
}

uint64_t prefix_count(const struct prefix *prefix)
{
	unsigned int host_bits = ADDR_BITS - prefix->len;

	if (prefix_is_any(prefix))
		return 1;
	if (host_bits >= 64)
		return UINT64_MAX;
	return (uint64_t)1 << host_bits;
}
