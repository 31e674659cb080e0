/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: names of levels, what is written where, and floods.  stderr is read
 * back from a file; each test runs in a process of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ev.h>

#include "run/log.h"
#include "unit.h"

static const struct {
	const char *name;
	int level;
} levels[] = {
	{ "alert", LOG_ALERT },
	{ "crit", LOG_CRIT },
	{ "debug", LOG_DEBUG },
	{ "emerg", LOG_EMERG },
	{ "err", LOG_ERR },
	{ "error", LOG_ERR },
	{ "info", LOG_INFO },
	{ "none", LOG_LEVEL_NONE },
	{ "notice", LOG_NOTICE },
	{ "panic", LOG_EMERG },
	{ "warn", LOG_WARNING },
	{ "warning", LOG_WARNING },
	{ "INFO", LOG_INFO },
	{ "", LOG_ALERT },
	{ "e", LOG_EMERG },
	{ "er", LOG_ERR },
	{ "n", LOG_LEVEL_NONE },
	{ "no", LOG_LEVEL_NONE },
	{ "not", LOG_NOTICE },
	{ "w", LOG_WARNING },
	{ "d", LOG_DEBUG },
	{ "debugging", LOG_DEBUG },
	{ "0", LOG_EMERG },
	{ "4", LOG_WARNING },
	{ "7", LOG_DEBUG },
	{ "8", LOG_DEBUG },
	{ "-3", LOG_EMERG },
	{ "loud", LOG_EMERG },
};

START_TEST(level_parse)
{
	ck_assert_int_eq(log_level_parse(levels[_i].name), levels[_i].level);
}
END_TEST

static int file = -1;

static void capture(int stream)
{
	file = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, stream), stream);
}

/* What was written so far; the same room each time. */
static const char *written(void)
{
	static char text[65536];
	ssize_t len;

	fflush(stdout);
	len = pread(file, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	return text;
}

static unsigned int count(const char *what)
{
	const char *at = written();
	unsigned int n = 0;

	while ((at = strstr(at, what))) {
		at += strlen(what);
		n++;
	}
	return n;
}

START_TEST(level_limits)
{
	capture(STDERR_FILENO);
	log_open("us", LOG_NOTICE, LOG_TO_STDERR);
	log_info("too much");
	log_notice("enough");
	ck_assert_uint_eq(count("too much"), 0);
	ck_assert_uint_eq(count("enough"), 1);
}
END_TEST

START_TEST(level_none)
{
	capture(STDERR_FILENO);
	log_open("us", LOG_LEVEL_NONE, LOG_TO_STDERR);
	log_msg(LOG_EMERG, "fire");
	log_kind(LOG_EMERG, 0, "fire");
	ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(before_open)
{
	capture(STDERR_FILENO);
	log_notice("quiet");
	log_warn("loud");
	ck_assert_str_eq(written(), "loud\n");
}
END_TEST

START_TEST(to_stderr)
{
	char want[64];

	capture(STDERR_FILENO);
	log_open("us", LOG_INFO, LOG_TO_STDERR);
	log_info("%s: %d", "eth0", 3);
	snprintf(want, sizeof(want), "us[%ld]: eth0: 3\n", (long)getpid());
	ck_assert_str_eq(written(), want);
}
END_TEST

START_TEST(to_stdout)
{
	capture(STDOUT_FILENO);
	log_open("us", LOG_INFO, LOG_TO_STDOUT);
	log_info("plain");
	ck_assert_str_eq(written(), "plain\n");
}
END_TEST

START_TEST(control_characters)
{
	capture(STDOUT_FILENO);
	log_open("us", LOG_INFO, LOG_TO_STDOUT);
	log_info("a\nb\x1b[1mc\x7f \xc3\xa4");
	ck_assert_str_eq(written(), "a?b?[1mc? \xc3\xa4\n");
}
END_TEST

START_TEST(long_message)
{
	char text[3 * LOG_TEXT_MAX];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	capture(STDERR_FILENO);
	log_open("us", LOG_INFO, LOG_TO_STDERR);
	log_info("%s", text);
	ck_assert_uint_eq(count("x"), LOG_TEXT_MAX - 1);
	ck_assert_uint_eq(count("x\n"), 1);
}
END_TEST

START_TEST(keeps_errno)
{
	capture(STDERR_FILENO);
	close(STDERR_FILENO);
	log_open("us", LOG_INFO, LOG_TO_STDERR);
	errno = EPIPE;
	log_info("written to nowhere");
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

static struct ev_loop *flood_setup(void)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);

	capture(STDOUT_FILENO);
	log_open("us", LOG_INFO, LOG_TO_STDOUT);
	log_flood_init(loop);
	return loop;
}

static void flood(unsigned int kind, unsigned int n)
{
	while (n--)
		log_kind(LOG_INFO, kind, "drop");
}

START_TEST(flood_none)
{
	struct ev_loop *loop = flood_setup();

	flood(3, LOG_FLOOD_MAX);
	ev_run(loop, 0);
	ck_assert_uint_eq(count("drop\n"), LOG_FLOOD_MAX);
	ck_assert_uint_eq(count("\n"), LOG_FLOOD_MAX);
	log_flood_fini();
	ev_loop_destroy(loop);
}
END_TEST

START_TEST(flood_sum)
{
	struct ev_loop *loop = flood_setup();
	double begin = ev_time();

	flood(3, LOG_FLOOD_MAX + 37);
	ck_assert_uint_eq(count("drop\n"), LOG_FLOOD_MAX);
	/* Nothing but the end of the second ends the loop. */
	ev_run(loop, 0);
	ck_assert_double_ge(ev_time() - begin, 0.99);
	ck_assert_uint_eq(count("drop (and 36 more of this kind)\n"), 1);
	ck_assert_uint_eq(count("\n"), LOG_FLOOD_MAX + 1);

	/* The next second starts anew. */
	flood(3, 1);
	ck_assert_uint_eq(count("drop\n"), LOG_FLOOD_MAX + 1);
	log_flood_fini();
	ck_assert_uint_eq(count("\n"), LOG_FLOOD_MAX + 2);
	ev_loop_destroy(loop);
}
END_TEST

START_TEST(flood_of_one_kind)
{
	struct ev_loop *loop = flood_setup();

	flood(0, LOG_FLOOD_MAX + 5);
	log_kind(LOG_INFO, LOG_KIND_COUNT - 1, "other");
	ck_assert_uint_eq(count("other\n"), 1);
	log_flood_fini();
	ev_loop_destroy(loop);
}
END_TEST

START_TEST(flood_end_writes_sums)
{
	struct ev_loop *loop = flood_setup();

	flood(0, LOG_FLOOD_MAX + 1);
	flood(1, LOG_FLOOD_MAX + 3);
	log_flood_fini();
	ck_assert_uint_eq(count("drop\n"), 2 * LOG_FLOOD_MAX + 1);
	ck_assert_uint_eq(count("drop (and 2 more of this kind)\n"), 1);
	/* Without a loop nothing is held back. */
	flood(0, 100);
	ck_assert_uint_eq(count("drop\n"), 2 * LOG_FLOOD_MAX + 101);
	ev_loop_destroy(loop);
}
END_TEST

/* What is not logged must not use up what may be. */
START_TEST(flood_below_level)
{
	struct ev_loop *loop = flood_setup();
	unsigned int i;

	for (i = 0; i < 100; i++)
		log_kind(LOG_DEBUG, 0, "detail");
	flood(0, LOG_FLOOD_MAX);
	ck_assert_uint_eq(count("drop\n"), LOG_FLOOD_MAX);
	log_flood_fini();
	ck_assert_uint_eq(count("detail"), 0);
	ev_loop_destroy(loop);
}
END_TEST

int main(void)
{
	TCase *level = tcase_create("level");
	TCase *output = tcase_create("output");
	TCase *floods = tcase_create("flood");

	tcase_add_loop_test(level, level_parse, 0,
			    sizeof(levels) / sizeof(levels[0]));
	tcase_add_test(level, level_limits);
	tcase_add_test(level, level_none);
	tcase_add_test(output, before_open);
	tcase_add_test(output, to_stderr);
	tcase_add_test(output, to_stdout);
	tcase_add_test(output, control_characters);
	tcase_add_test(output, long_message);
	tcase_add_test(output, keeps_errno);
	tcase_set_timeout(floods, 30);
	tcase_add_test(floods, flood_none);
	tcase_add_test(floods, flood_sum);
	tcase_add_test(floods, flood_of_one_kind);
	tcase_add_test(floods, flood_end_writes_sums);
	tcase_add_test(floods, flood_below_level);
	return unit_main("run/log", level, output, floods, NULL);
}
