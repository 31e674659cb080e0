/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables: what is in is found, what is out is not, and in which order. */
#include <stdbool.h>
#include <stdlib.h>

#include "lib/htable.h"
#include "unit.h"

#define N 5000

struct item {
	struct htable_node node;
	char payload;
	uint32_t key;
};

static struct item items[N];
static struct htable table;

static void setup(void)
{
	table = HTABLE_INIT(struct item, key);
	for (uint32_t i = 0; i < N; i++) {
		items[i].key = i * 7;
		ck_assert_int_eq(htable_add(&table, &items[i]), 0);
	}
}

static void teardown(void)
{
	htable_fini(&table);
}

static struct item *find(uint32_t key)
{
	return htable_find(&table, &key);
}

START_TEST(finds)
{
	ck_assert_uint_eq(table.n, N);
	for (uint32_t i = 0; i < N; i++) {
		ck_assert_ptr_eq(find(i * 7), &items[i]);
		ck_assert_ptr_null(find(i * 7 + 1));
	}
}
END_TEST

START_TEST(empty)
{
	struct htable none = HTABLE_INIT(struct item, key);
	uint32_t key = 0;

	ck_assert_ptr_null(htable_find(&none, &key));
	ck_assert(!htable_first(&none));
	htable_fini(&none);
}
END_TEST

/* Each third goes, first and last among them. */
START_TEST(takes_out)
{
	struct item *item, *tmp;
	uint32_t i = 0, n = 0;

	for (uint32_t k = 0; k < N; k += 3)
		htable_del(&table, &items[k]);
	htable_del(&table, &items[N - 1]);
	for (uint32_t k = 0; k < N; k++) {
		bool gone = k % 3 == 0 || k == N - 1;

		ck_assert_ptr_eq(find(k * 7), gone ? NULL : &items[k]);
	}
	/* the rest in the order in which it was added */
	for (item = htable_first(&table); item; item = htable_next(item)) {
		for (; i % 3 == 0 || i == N - 1; i++)
			;
		ck_assert_ptr_eq(item, &items[i++]);
		n++;
	}
	ck_assert_uint_eq(n, table.n);
	/* behind the last that is left, which is not the last that was */
	ck_assert_int_eq(htable_add(&table, &items[0]), 0);
	ck_assert_ptr_eq(table.last, &items[0].node);
	htable_del(&table, &items[0]);

	HTABLE_FOREACH_SAFE(&table, item, tmp)
		htable_del(&table, item);
	ck_assert_uint_eq(table.n, 0);
	ck_assert_ptr_null(table.first);
	ck_assert_ptr_null(table.last);
	ck_assert_ptr_null(find(7));
	/* and begins again */
	ck_assert_int_eq(htable_add(&table, &items[1]), 0);
	ck_assert_ptr_eq(find(7), &items[1]);
}
END_TEST

/* Chains are short: half of the buckets are in use, and those by few. */
START_TEST(spreads)
{
	uint32_t buckets = UINT32_C(1) << table.shift, longest = 0, length;
	const struct htable_node *node;

	ck_assert_uint_ge(buckets, N);
	ck_assert_uint_lt(buckets, 2 * N);
	for (uint32_t i = 0; i < buckets; i++) {
		length = 0;
		for (node = table.buckets[i]; node; node = node->chain)
			length++;
		if (length > longest)
			longest = length;
	}
	ck_assert_uint_le(longest, 10);
}
END_TEST

int main(void)
{
	TCase *tables = tcase_create("table");

	tcase_add_checked_fixture(tables, setup, teardown);
	tcase_add_test(tables, finds);
	tcase_add_test(tables, empty);
	tcase_add_test(tables, takes_out);
	tcase_add_test(tables, spreads);
	return unit_main("lib/htable", tables, NULL);
}
