/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SipHash-1-3: Jean-Philippe Aumasson, Daniel J. Bernstein, "SipHash: a fast
 * short-input PRF", 2012.  Fewer rounds than SipHash-2-4 do for tables, of which
 * nobody sees the hashes; the kernel's, Rust's and Python's do with them.  Knows bytes and the key of this process; must not
 * know what is looked up.
 */
#include <endian.h>

#include "lib/hash.h"

struct sip {
	uint64_t v0;
	uint64_t v1;
	uint64_t v2;
	uint64_t v3;
};

/*
 * Set once before the first table, read-only from then on.  uthash's hash
 * function takes no context, so it cannot live anywhere else.
 */
static uint64_t hash_key[2];

static uint64_t rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return le64toh(x);
}

static uint64_t load_le32(const uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return le32toh(x);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void sip_compress(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	s->v0 ^= m;
}

static uint64_t sip_finish(struct sip *s)
{
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

void hash_set_key(const uint8_t key[16])
{
	hash_key[0] = load_le64(key);
	hash_key[1] = load_le64(key + 8);
}

uint32_t hash_bytes(const void *data, size_t len)
{
	/* The constants spell "somepseudorandomlygeneratedbytes". */
	struct sip s = {
		.v0 = hash_key[0] ^ 0x736f6d6570736575ULL,
		.v1 = hash_key[1] ^ 0x646f72616e646f6dULL,
		.v2 = hash_key[0] ^ 0x6c7967656e657261ULL,
		.v3 = hash_key[1] ^ 0x7465646279746573ULL,
	};
	const uint8_t *p = data;
	uint64_t last = (uint64_t)len << 56;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8)
		sip_compress(&s, load_le64(p + i));
	if (len & 4) {
		last |= load_le32(p + i);
		i += 4;
	}
	for (; i < len; i++)
		last |= (uint64_t)p[i] << (8 * (i % 8));
	sip_compress(&s, last);

	return (uint32_t)sip_finish(&s);
}
