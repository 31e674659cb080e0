/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines to words: blanks, comments, no limits. */
#include <string.h>

#include "test/unit/unit.h"
#include "ctl/words.h"

/* The words of `text`, each in brackets. */
static const char *split(const char *text)
{
	static char out[512];
	struct words words;
	char *line = strdup(text);
	size_t i;

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(words_split(line, &words), 0);
	out[0] = '\0';
	for (i = 0; i < words.n; i++) {
		strcat(out, "[");
		strcat(out, words.word[i]);
		strcat(out, "]");
	}
	words_fini(&words);
	free(line);

	return out;
}

START_TEST(blanks)
{
	ck_assert_str_eq(split(""), "");
	ck_assert_str_eq(split(" \t\r\v\f\n"), "");
	ck_assert_str_eq(split("a"), "[a]");
	ck_assert_str_eq(split("  mroute\tfrom \v\feth0\r\n"),
			 "[mroute][from][eth0]");
	ck_assert_str_eq(split("\"eth 0\" \\ \xa0"), "[\"eth][0\"][\\][\xa0]");
}
END_TEST

START_TEST(comments)
{
	ck_assert_str_eq(split("# all of it"), "");
	ck_assert_str_eq(split("   #x"), "");
	ck_assert_str_eq(split("to b # c d"), "[to][b]");
	ck_assert_str_eq(split("to b #c d"), "[to][b]");
	ck_assert_str_eq(split("to eth0#x y"), "[to][eth0#x][y]");
}
END_TEST

START_TEST(no_limit)
{
	size_t n = 100000, i;
	char *line = malloc(2 * n + 1);
	struct words words;

	for (i = 0; i < n; i++)
		memcpy(line + 2 * i, "x ", 2);
	line[2 * n] = '\0';
	ck_assert_int_eq(words_split(line, &words), 0);
	ck_assert_uint_eq(words.n, n);
	ck_assert_str_eq(words.word[n - 1], "x");
	words_fini(&words);

	memset(line, 'y', 2 * n);
	ck_assert_int_eq(words_split(line, &words), 0);
	ck_assert_uint_eq(words.n, 1);
	ck_assert_uint_eq(strlen(words.word[0]), 2 * n);
	words_fini(&words);
	free(line);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("words");

	tcase_add_test(tc, blanks);
	tcase_add_test(tc, comments);
	tcase_add_test(tc, no_limit);

	return unit_main("ctl-words", tc, NULL);
}
