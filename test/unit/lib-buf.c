/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buffer: growth, its NUL, dropping, and failure that sticks. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lib/buf.h"
#include "unit.h"

START_TEST(add_ends_with_nul)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, "one");
	buf_putc(&buf, ' ');
	buf_printf(&buf, "%s %d", "two", 3);
	ck_assert_str_eq(buf.data, "one two 3");
	ck_assert_uint_eq(buf.len, 9);
	ck_assert_int_eq(buf_error(&buf), 0);
	buf_fini(&buf);
	ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(add_nothing_is_text)
{
	struct buf buf = BUF_INIT;

	buf_add(&buf, NULL, 0);
	ck_assert_str_eq(buf.data, "");
	buf_fini(&buf);
}
END_TEST

START_TEST(add_keeps_nul_bytes)
{
	struct buf buf = BUF_INIT;

	buf_add(&buf, "a\0b", 3);
	ck_assert_uint_eq(buf.len, 3);
	ck_assert_mem_eq(buf.data, "a\0b", 4);
	buf_fini(&buf);
}
END_TEST

/* Every length, so that each border of the capacity is met. */
START_TEST(grow_byte_by_byte)
{
	struct buf buf = BUF_INIT;
	size_t i;

	for (i = 0; i < 5000; i++) {
		buf_putc(&buf, (char)('a' + i % 26));
		ck_assert_uint_eq(buf.len, i + 1);
		ck_assert_uint_lt(buf.len, buf.cap);
		ck_assert_int_eq(buf.data[buf.len], '\0');
	}
	for (i = 0; i < buf.len; i++)
		ck_assert_int_eq(buf.data[i], 'a' + (int)(i % 26));
	buf_fini(&buf);
}
END_TEST

START_TEST(grow_by_printf)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, "x");
	buf_printf(&buf, "%*d", 10000, 7);
	ck_assert_uint_eq(buf.len, 10001);
	ck_assert_int_eq(buf.data[10000], '7');
	ck_assert_int_eq(buf.data[10001], '\0');
	buf_fini(&buf);
}
END_TEST

START_TEST(drop_head)
{
	struct buf buf = BUF_INIT;

	buf_drop(&buf, 1);
	buf_puts(&buf, "headtail");
	buf_drop(&buf, 4);
	ck_assert_str_eq(buf.data, "tail");
	ck_assert_uint_eq(buf.len, 4);
	buf_drop(&buf, 100);
	ck_assert_str_eq(buf.data, "");
	ck_assert_uint_eq(buf.len, 0);
	buf_puts(&buf, "new");
	ck_assert_str_eq(buf.data, "new");
	buf_fini(&buf);
}
END_TEST

START_TEST(failure_sticks)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, "kept");
	/* No memory is that large; nothing may be read either. */
	buf_add(&buf, "", SIZE_MAX - 2);
	ck_assert_int_eq(buf_error(&buf), -ENOMEM);
	buf_puts(&buf, "lost");
	buf_printf(&buf, "%d", 1);
	buf_drop(&buf, 2);
	ck_assert_str_eq(buf.data, "kept");
	ck_assert_uint_eq(buf.len, 4);
	ck_assert_int_eq(buf_error(&buf), -ENOMEM);
	buf_fini(&buf);
	ck_assert_int_eq(buf_error(&buf), 0);
}
END_TEST

int main(void)
{
	TCase *add = tcase_create("add");
	TCase *drop = tcase_create("drop");
	TCase *failure = tcase_create("failure");

	tcase_add_test(add, add_ends_with_nul);
	tcase_add_test(add, add_nothing_is_text);
	tcase_add_test(add, add_keeps_nul_bytes);
	tcase_add_test(add, grow_byte_by_byte);
	tcase_add_test(add, grow_by_printf);
	tcase_add_test(drop, drop_head);
	tcase_add_test(failure, failure_sticks);
	return unit_main("lib/buf", add, drop, failure, NULL);
}
