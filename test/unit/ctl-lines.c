/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines in whatever pieces they come, and the one that is too long. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/unit/unit.h"
#include "ctl/lines.h"

static struct lines lines;
static int fds[2];

static void setup(void)
{
	lines = (struct lines)LINES_INIT;
	ck_assert_int_eq(pipe(fds), 0);
}

static void teardown(void)
{
	lines_fini(&lines);
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
}

static void feed(const char *text, size_t len)
{
	ck_assert_int_eq(write(fds[1], text, len), (ssize_t)len);
	ck_assert_int_eq(lines_read(&lines, fds[0]), 0);
}

static void feed_end(void)
{
	close(fds[1]);
	fds[1] = -1;
	ck_assert_int_eq(lines_read(&lines, fds[0]), 0);
	ck_assert(lines.eof);
}

static void expect(size_t number, const char *text)
{
	char *line;
	size_t len;

	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert_str_eq(line, text);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_uint_eq(lines.number, number);
}

static void expect_error(int err)
{
	char *line = NULL;
	size_t len;

	ck_assert_int_eq(lines_next(&lines, &line, &len), err);
	ck_assert_ptr_null(line);
}

START_TEST(pieces)
{
	expect_error(-EAGAIN);
	feed("one\ntw", 6);
	expect(1, "one");
	expect_error(-EAGAIN);
	feed("o\n\n", 3);
	expect(2, "two");
	expect(3, "");
	expect_error(-EAGAIN);
	feed("end", 3);
	expect_error(-EAGAIN);
	feed_end();
	expect(4, "end");
	expect_error(-EAGAIN);
}
END_TEST

START_TEST(empty)
{
	feed_end();
	expect_error(-EAGAIN);
}
END_TEST

START_TEST(nul)
{
	char *line;
	size_t len;

	feed("a\0b\n", 4);
	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(memcmp(line, "a\0b", 4), 0);
}
END_TEST

static void feed_length(size_t len)
{
	char *text = malloc(len);
	size_t piece;

	memset(text, 'x', len);
	for (; len > 0; len -= piece) {
		piece = len < 30000 ? len : 30000;
		feed(text, piece);
		if (len > piece)
			expect_error(-EAGAIN);
	}
	free(text);
}

START_TEST(limit)
{
	char *line;
	size_t len;

	feed_length(LINES_MAX);
	feed("\n", 1);
	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert_uint_eq(len, LINES_MAX);

	feed_length(LINES_MAX + 1);
	feed("\nnext\n", 6);
	expect_error(-EMSGSIZE);
	ck_assert_uint_eq(lines.number, 2);
	expect(3, "next");

	/* what is dropped is not kept either */
	feed_length(20 * LINES_MAX);
	expect_error(-EAGAIN);
	ck_assert_uint_le(lines.buf.len, LINES_MAX + 65536);
	feed_end();
	expect_error(-EMSGSIZE);
	expect_error(-EAGAIN);
}
END_TEST

START_TEST(no_file)
{
	ck_assert_int_eq(lines_read(&lines, -1), -EBADF);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lines");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pieces);
	tcase_add_test(tc, empty);
	tcase_add_test(tc, nul);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, no_file);

	return unit_main("ctl-lines", tc, NULL);
}
