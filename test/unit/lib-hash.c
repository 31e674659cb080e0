/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash function against its reference, and a table on top of it. */
#include "lib/hash.h"
#include "unit.h"

/*
 * Low 32 bits of what OpenSSL says, with key 00 01 .. 0f and a message 00 01 ..
 * of that many bytes: openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f
 * -macopt c-rounds:1 -macopt d-rounds:3 -macopt size:8 -in FILE SIPHASH
 */
static const struct {
	size_t len;
	uint32_t hash;
} vectors[] = {
	{ 0, 0x050fc4dc },
	{ 1, 0x7d57ca93 },
	{ 7, 0x9bb11140 },
	{ 8, 0x8d299a8e },
	{ 15, 0x2a519956 },
	{ 16, 0x7d908b66 },
	{ 40, 0x99e41531 },
	{ 63, 0xb7bbb3a8 },
};

static void count_up(uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		bytes[i] = (uint8_t)i;
}

START_TEST(reference)
{
	/* One more, to read from an address that is not aligned. */
	uint8_t message[65];
	uint8_t key[16];

	count_up(key, sizeof(key));
	count_up(message + 1, 64);
	hash_set_key(key);
	ck_assert_uint_eq(hash_bytes(message + 1, vectors[_i].len),
			  vectors[_i].hash);
}
END_TEST

START_TEST(key_is_zero_at_first)
{
	uint8_t message[15];
	uint8_t zero[16] = { 0 };
	uint32_t before;

	count_up(message, sizeof(message));
	before = hash_bytes(message, sizeof(message));
	hash_set_key(zero);
	ck_assert_uint_eq(before, 0xbb91c9ea);
	ck_assert_uint_eq(hash_bytes(message, sizeof(message)), before);
}
END_TEST

struct item {
	UT_hash_handle hh;
	unsigned int key;
};

/* Removed while walking, as uthash allows: each element once. */
START_TEST(table)
{
	static struct item items[5000];
	struct item *head = NULL, *item, *next;
	unsigned int i, key, n = 0;

	for (i = 0; i < 5000; i++) {
		items[i].key = i * 7;
		HASH_ADD(hh, head, key, sizeof(items[i].key), &items[i]);
		ck_assert_ptr_nonnull(items[i].hh.tbl);
	}
	for (i = 0; i < 5000; i++) {
		key = i * 7;
		HASH_FIND(hh, head, &key, sizeof(key), item);
		ck_assert_ptr_eq(item, &items[i]);
		key++;
		HASH_FIND(hh, head, &key, sizeof(key), item);
		ck_assert_ptr_null(item);
	}
	HASH_ITER(hh, head, item, next) {
		HASH_DEL(head, item);
		n++;
	}
	ck_assert_uint_eq(n, 5000);
	ck_assert_ptr_null(head);
}
END_TEST

int main(void)
{
	TCase *hash = tcase_create("hash");

	tcase_add_loop_test(hash, reference, 0,
			    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(hash, key_is_zero_at_first);
	tcase_add_test(hash, table);
	return unit_main("lib/hash", hash, NULL);
}
