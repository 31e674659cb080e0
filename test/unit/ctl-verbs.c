/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the client: abbreviations, hints, help. */
#include <stdio.h>
#include <string.h>

#include "test/unit/unit.h"
#include "ctl/verbs.h"

static const char *found(const char *word)
{
	const struct verb *verb = verb_find(word);

	return verb ? verb->name : "none";
}

START_TEST(abbreviations)
{
	ck_assert_str_eq(found("r"), "reload");
	ck_assert_str_eq(found("re"), "reload");
	ck_assert_str_eq(found("rem"), "remove");
	ck_assert_str_eq(found("res"), "restart");
	ck_assert_str_eq(found("d"), "del");
	ck_assert_str_eq(found("delete"), "del");
	ck_assert_str_eq(found("s"), "show");
	ck_assert_str_eq(found("j"), "join");
	ck_assert_str_eq(found("l"), "leave");
	ck_assert_str_eq(found("k"), "kill");
	ck_assert_str_eq(found("h"), "help");
	ck_assert_str_eq(found("a"), "add");
	ck_assert_str_eq(found("f"), "flush");
	ck_assert_str_eq(found("x"), "none");
	ck_assert_str_eq(found("shw"), "none");
	ck_assert_str_eq(found("SHOW"), "none");
}
END_TEST

START_TEST(hints)
{
	static const char long_word[] =
		"a-word-that-is-longer-than-any-row-of-the-table-could-be";

	ck_assert_str_eq(verb_nearest("shw")->name, "show");
	ck_assert_str_eq(verb_nearest("laeve")->name, "leave");
	ck_assert_str_eq(verb_nearest("jion")->name, "join");
	ck_assert_str_eq(verb_nearest("emove")->name, "remove");
	ck_assert_ptr_nonnull(verb_nearest(long_word));
}
END_TEST

START_TEST(letters)
{
	ck_assert_int_eq(verb_find("add")->cmd, 'a');
	ck_assert_int_eq(verb_find("del")->cmd, 'r');
	ck_assert_int_eq(verb_find("remove")->cmd, 'r');
	ck_assert_int_eq(verb_find("restart")->cmd, 'H');
	ck_assert_int_eq(verb_find("kill")->cmd, 'k');
	ck_assert_int_eq(verb_find("flush")->cmd, 'F');
	ck_assert_uint_eq(verb_find("add")->min_args, 3);
	ck_assert_uint_eq(verb_find("remove")->min_args, 2);
	ck_assert_uint_eq(verb_find("show")->min_args, 0);
}
END_TEST

static const char *help_of(const char *word)
{
	static char out[2048];
	FILE *file = fmemopen(out, sizeof(out), "w");

	verb_help(verb_find(word), file);
	fclose(file);

	return out;
}

START_TEST(help)
{
	/* an alias has its own synopsis and its command's text */
	ck_assert_ptr_nonnull(strstr(help_of("del"), "] del IIF [SOURCE"));
	ck_assert_ptr_nonnull(strstr(help_of("del"), "Remove a route"));
	ck_assert_ptr_nonnull(strstr(help_of("restart"), "Read the conf"));
	ck_assert_ptr_nonnull(strstr(help_of("show"), "hairpin"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("verbs");

	tcase_add_test(tc, abbreviations);
	tcase_add_test(tc, hints);
	tcase_add_test(tc, letters);
	tcase_add_test(tc, help);

	return unit_main("ctl-verbs", tc, NULL);
}
