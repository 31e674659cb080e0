/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diagnoses: the text, its place, and both cut to their limits. */
#include <errno.h>
#include <string.h>

#include "lib/diag.h"
#include "unit.h"

START_TEST(set_keeps_place)
{
	struct diag diag = { "some.conf", 7, "old" };

	ck_assert_int_eq(diag_set(&diag, -EINVAL, "no %s", "such"), -EINVAL);
	ck_assert_str_eq(diag.text, "no such");
	ck_assert_str_eq(diag.file, "some.conf");
	ck_assert_uint_eq(diag.line, 7);
}
END_TEST

START_TEST(set_without_diag)
{
	ck_assert_int_eq(diag_set(NULL, -ENOENT, "nobody reads this"), -ENOENT);
}
END_TEST

START_TEST(set_cuts)
{
	struct diag diag = { 0 };
	char text[2 * DIAG_TEXT_MAX];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	diag_set(&diag, -EINVAL, "%s", text);
	ck_assert_uint_eq(strlen(diag.text), DIAG_TEXT_MAX - 1);
}
END_TEST

START_TEST(format_places)
{
	struct diag diag = { NULL, 0, "bad word" };
	char buf[DIAG_TEXT_MAX];

	ck_assert_str_eq(diag_format(&diag, buf, sizeof(buf)), "bad word");
	diag.file = "some.conf";
	ck_assert_str_eq(diag_format(&diag, buf, sizeof(buf)),
			 "some.conf: bad word");
	diag.line = 12;
	ck_assert_str_eq(diag_format(&diag, buf, sizeof(buf)),
			 "some.conf line 12: bad word");
}
END_TEST

START_TEST(format_cuts)
{
	struct diag diag = { "some.conf", 12, "bad word" };
	char buf[8] = "#######";

	ck_assert_str_eq(diag_format(&diag, buf, 5), "some");
	ck_assert_int_eq(buf[5], '#');
}
END_TEST

int main(void)
{
	TCase *set = tcase_create("set");
	TCase *format = tcase_create("format");

	tcase_add_test(set, set_keeps_place);
	tcase_add_test(set, set_without_diag);
	tcase_add_test(set, set_cuts);
	tcase_add_test(format, format_places);
	tcase_add_test(format, format_cuts);
	return unit_main("lib/diag", set, format, NULL);
}
