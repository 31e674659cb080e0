/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side: how tables look, and what a dead daemon is told from. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test/unit/unit.h"
#include "ctl/client.h"
#include "lib/buf.h"
#include "lib/diag.h"

#define RULE_79 \
	"==========" "==========" "==========" "==========" \
	"==========" "==========" "==========" "========="
#define LINE_79 \
	"__________" "__________" "__________" "__________" \
	"__________" "__________" "__________" "_________"

static const char *print(const char *text, enum client_headings headings,
			 unsigned int width)
{
	struct client_style style = { .headings = headings, .width = width };
	static char out[4096];
	FILE *file;

	memset(out, 0, sizeof(out));
	file = fmemopen(out, sizeof(out), "w");
	client_print(text, strlen(text), &style, file);
	fclose(file);

	return out;
}

START_TEST(plain)
{
	ck_assert_str_eq(print("Title_\nHead  =\nrow\n", HEADINGS_PLAIN, 10),
			 LINE_79 "\nTitle\n" RULE_79 "\nHead  \n" RULE_79
			 "\nrow\n");
}
END_TEST

START_TEST(plain_long)
{
	ck_assert_str_eq(print(RULE_79 "ab=\n", HEADINGS_PLAIN, 10),
			 RULE_79 "==\n" RULE_79 "ab\n" RULE_79 "==\n");
}
END_TEST

START_TEST(none)
{
	ck_assert_str_eq(print("Title_\nHead=\nrow_ \n\nend", HEADINGS_NONE, 10),
			 "row_ \n\nend\n");
	ck_assert_str_eq(print("", HEADINGS_NONE, 10), "");
}
END_TEST

START_TEST(terminal)
{
	ck_assert_str_eq(print("Title_\nHead=\nrow\n", HEADINGS_TERMINAL, 6),
			 "\033[4m      \033[0m\nTitle\n"
			 "\033[7mHead  \033[0m\nrow\n");
}
END_TEST

START_TEST(no_terminal)
{
	struct client_style style;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	style = client_style_of(fds[1]);
	ck_assert_int_eq(style.headings, HEADINGS_PLAIN);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(no_socket)
{
	struct buf reply = BUF_INIT;
	struct diag diag;

	ck_assert_int_eq(client_request("/nonexistent/sock", 's', NULL, 0,
					&reply, &diag), -ENOENT);
	ck_assert_ptr_nonnull(strstr(diag.text, "/nonexistent/sock"));
	ck_assert_uint_eq(reply.len, 0);
}
END_TEST

START_TEST(too_long)
{
	char path[200];
	struct buf reply = BUF_INIT;
	struct diag diag;
	char *word = calloc(1, 70000);
	const char *const args[] = { word };

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(client_request(path, 's', NULL, 0, &reply, &diag),
			 -ENAMETOOLONG);

	memset(word, 'x', 69999);
	ck_assert_int_eq(client_request("/x", 'a', args, 1, &reply, &diag),
			 -EMSGSIZE);
	free(word);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("client");

	tcase_add_test(tc, plain);
	tcase_add_test(tc, plain_long);
	tcase_add_test(tc, none);
	tcase_add_test(tc, terminal);
	tcase_add_test(tc, no_terminal);
	tcase_add_test(tc, no_socket);
	tcase_add_test(tc, too_long);

	return unit_main("ctl-client", tc, NULL);
}
