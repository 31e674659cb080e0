/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers: what is one, what is none, and where the limits are. */
#include <errno.h>
#include <limits.h>

#include "lib/num.h"
#include "unit.h"

static const struct {
	const char *text;
	long min;
	long max;
	int err;
	long value;
} table[] = {
	{ "0", 0, 255, 0, 0 },
	{ "255", 0, 255, 0, 255 },
	{ "007", 0, 255, 0, 7 },
	{ "-5", -10, 0, 0, -5 },
	{ "-0", 0, 255, 0, 0 },
	{ "9223372036854775807", 0, LONG_MAX, 0, LONG_MAX },
	{ "256", 0, 255, -ERANGE, 0 },
	{ "-1", 0, 255, -ERANGE, 0 },
	{ "9223372036854775808", LONG_MIN, LONG_MAX, -ERANGE, 0 },
	{ "99999999999999999999999", LONG_MIN, LONG_MAX, -ERANGE, 0 },
	{ "", 0, 255, -EINVAL, 0 },
	{ "-", -9, 255, -EINVAL, 0 },
	{ "--5", -9, 255, -EINVAL, 0 },
	{ "+5", 0, 255, -EINVAL, 0 },
	{ " 5", 0, 255, -EINVAL, 0 },
	{ "5 ", 0, 255, -EINVAL, 0 },
	{ "- 5", -9, 255, -EINVAL, 0 },
	{ "0x10", 0, 255, -EINVAL, 0 },
	{ "1e2", 0, 255, -EINVAL, 0 },
	{ "five", 0, 255, -EINVAL, 0 },
	{ "99999999999999999999999x", 0, 255, -EINVAL, 0 },
};

START_TEST(table_parse)
{
	long value = 4711;

	errno = EPIPE;
	ck_assert_int_eq(num_parse(table[_i].text, table[_i].min,
				   table[_i].max, &value), table[_i].err);
	ck_assert_int_eq(value, table[_i].err ? 4711 : table[_i].value);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

int main(void)
{
	TCase *parse = tcase_create("parse");

	tcase_add_loop_test(parse, table_parse, 0,
			    sizeof(table) / sizeof(table[0]));
	return unit_main("lib/num", parse, NULL);
}
