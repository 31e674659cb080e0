/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes of both families as one type.
 *
 * An IPv4 address is kept as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2)
 * so that everything but the kernel interface has one code path.  The mapped
 * form never reaches a human: addr_format() writes plain dotted quads.
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct diag;

enum family {
	FAMILY_IPV4,
	FAMILY_IPV6,
};

#define FAMILY_COUNT 2

/* Bits of a whole address in the mapped form. */
#define ADDR_BITS 128

/* Bits that every IPv4-mapped address shares: /24 is kept as /120. */
#define ADDR_IPV4_BITS 96

/* Room for an address, and for "ADDRESS/LEN", as text with the final NUL. */
#define ADDR_STRLEN 46
#define PREFIX_STRLEN 50

/*
 * A range of addresses.  `addr` is kept as typed, host bits included; `len` is
 * in bits of the mapped form: 128 is one address, 0 is any source ("*").
 */
struct prefix {
	struct in6_addr addr;
	uint8_t len;
};

/* The address of any source: all bits zero, for both families. */
extern const struct in6_addr addr_any;

/*
 * Parses "192.0.2.1" or "2001:db8::1"; a colon selects IPv6.  A zone ("%eth0")
 * and a spelled-out mapped address ("::ffff:192.0.2.1") are refused.
 * Returns 0 or -EINVAL.
 */
int addr_parse(const char *text, struct in6_addr *ret);

/* Writes `addr` as text into `buf` and returns `buf`. */
const char *addr_format(const struct in6_addr *addr, char buf[ADDR_STRLEN]);

struct in6_addr addr_from_ipv4(struct in_addr ipv4);
struct in_addr addr_to_ipv4(const struct in6_addr *addr);

/* Family of an address; addr_any counts as IPv6. */
enum family addr_family(const struct in6_addr *addr);

/* 224.0.0.0/4 or ff00::/8. */
bool addr_is_multicast(const struct in6_addr *addr);

/*
 * 224.0.0.0/24: such packets are not forwarded, and the kernel picks another
 * source address for them (RFC 5771, 4; ip_route_output_key() of the kernel).
 */
bool addr_is_local_group(const struct in6_addr *addr);

/* 0.0.0.0 or :: */
bool addr_is_any(const struct in6_addr *addr);

bool addr_equal(const struct in6_addr *a, const struct in6_addr *b);

/* Clears every bit of `addr` behind the first `len` (0..128). */
void addr_mask(struct in6_addr *addr, unsigned int len);

/* Adds `n` to `addr` as a 128 bit number. */
void addr_advance(struct in6_addr *addr, uint64_t n);

/*
 * Parses "ADDR" or "ADDR/LEN", LEN 1..32 or 1..128.  /0 means the full length,
 * as SMCRoute has it: `ret_zero` (may be NULL) tells that it was typed, so that
 * the caller can warn.  Returns 0 or -EINVAL with the reason in `diag`.
 */
int prefix_parse(const char *text, struct prefix *ret, bool *ret_zero,
		 struct diag *diag);

/* Writes "*", "ADDR" or "ADDR/LEN" (the length of its family) into `buf`. */
const char *prefix_format(const struct prefix *prefix,
			  char buf[PREFIX_STRLEN]);

bool prefix_is_full(const struct prefix *prefix);
bool prefix_is_any(const struct prefix *prefix);

/*
 * True when `addr` lies in `prefix` of the same family; any source covers
 * everything.
 */
bool prefix_covers(const struct prefix *prefix, const struct in6_addr *addr);

/* True when both mean the same range, however they are spelled. */
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/*
 * Number of addresses in `prefix`, UINT64_MAX when there are more; 1 for any
 * source, which is one join of no particular source.
 */
uint64_t prefix_count(const struct prefix *prefix);

#endif
