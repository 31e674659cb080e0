/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log.  Knows syslog(3), the standard streams and how often a kind of
 * message was written lately; must not know what the messages are about.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <ev.h>

#include "run/log.h"

#define LOG_IDENT_MAX 64

/* Room for the last message of a flood; more is cut. */
#define FLOOD_TEXT_MAX 256

/* Length of the window in which LOG_FLOOD_MAX lines may be written. */
#define FLOOD_SECONDS 1.0

struct flood {
	struct ev_timer timer;		/* active: the window is open */
	unsigned int lines;		/* written in this window */
	unsigned int held;		/* not written */
	int level;			/* the most urgent one held */
	char text[FLOOD_TEXT_MAX];	/* the last one held */
};

/* The one global of the project. */
static struct {
	char ident[LOG_IDENT_MAX];
	int level;
	unsigned int flags;
	struct ev_loop *loop;		/* NULL: no flood control */
	struct flood floods[LOG_KIND_COUNT];
} the_log = {
	.level = LOG_WARNING,
	.flags = LOG_TO_STDERR,
};

/* Names in the order in which they are compared: the first match counts. */
static const struct {
	const char *name;
	int level;
} level_names[] = {
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
};

int log_level_parse(const char *name)
{
	size_t i, len, max;
	long number;

	for (i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		len = strlen(name);
		max = strlen(level_names[i].name);
		if (!strncasecmp(name, level_names[i].name,
				 len < max ? len : max))
			return level_names[i].level;
	}

	/* As SMCRoute has it: what is no number counts as 0, LOG_EMERG. */
	number = strtol(name, NULL, 10);
	if (number < LOG_EMERG)
		return LOG_EMERG;
	return number > LOG_DEBUG ? LOG_DEBUG : (int)number;
}

void log_open(const char *ident, int level, unsigned int flags)
{
	log_close();

	snprintf(the_log.ident, sizeof(the_log.ident), "%s", ident);
	the_log.level = level;
	the_log.flags = flags;
	if (flags & LOG_TO_SYSLOG)
		openlog(the_log.ident, LOG_NDELAY | LOG_PID, LOG_DAEMON);
}

void log_close(void)
{
	if (the_log.flags & LOG_TO_SYSLOG)
		closelog();
	the_log.flags &= ~(unsigned int)LOG_TO_SYSLOG;
}

/* Names of interfaces and words of clients may hold anything. */
static void clean(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

/* One write, so that lines of several processes do not mix. */
static void write_stderr(const char *text)
{
	char line[LOG_IDENT_MAX + LOG_TEXT_MAX + 16];
	ssize_t done;
	int len;

	if (the_log.ident[0])
		len = snprintf(line, sizeof(line), "%s[%ld]: %s\n",
			       the_log.ident, (long)getpid(), text);
	else
		len = snprintf(line, sizeof(line), "%s\n", text);

	/* Nobody is left to be told that stderr cannot be written. */
	done = write(STDERR_FILENO, line, (size_t)len);
	(void)done;
}

static void write_line(int level, char *text)
{
	clean(text);
	if (the_log.flags & LOG_TO_SYSLOG)
		syslog(level, "%s", text);
	if (the_log.flags & LOG_TO_STDERR)
		write_stderr(text);
	if (the_log.flags & LOG_TO_STDOUT)
		printf("%s\n", text);
}

void log_msg(int level, const char *fmt, ...)
{
	int saved = errno;
	char text[LOG_TEXT_MAX];
	va_list args;

	if (level > the_log.level)
		return;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	write_line(level, text);
	errno = saved;
}

static void flood_report(struct flood *flood)
{
	if (flood->held > 1)
		log_msg(flood->level, "%s (and %u more of this kind)",
			flood->text, flood->held - 1);
	else if (flood->held == 1)
		log_msg(flood->level, "%s", flood->text);
	flood->held = 0;
	flood->lines = 0;
}

static void flood_end(struct ev_loop *loop, struct ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	flood_report(timer->data);
}

static void flood_begin(struct flood *flood)
{
	/* The time of the loop stands still while an event is handled. */
	double late = ev_time() - ev_now(the_log.loop);

	ev_timer_set(&flood->timer, FLOOD_SECONDS + late, 0.);
	ev_timer_start(the_log.loop, &flood->timer);
}

static void flood_hold(struct flood *flood, int level, const char *text)
{
	if (flood->held == 0 || level < flood->level)
		flood->level = level;
	flood->held++;
	snprintf(flood->text, sizeof(flood->text), "%s", text);
}

void log_flood_init(struct ev_loop *loop)
{
	struct flood *flood;
	size_t i;

	for (i = 0; i < LOG_KIND_COUNT; i++) {
		flood = &the_log.floods[i];
		memset(flood, 0, sizeof(*flood));
		ev_init(&flood->timer, flood_end);
		flood->timer.data = flood;
	}
	the_log.loop = loop;
}

void log_flood_fini(void)
{
	size_t i;

	if (!the_log.loop)
		return;
	for (i = 0; i < LOG_KIND_COUNT; i++) {
		ev_timer_stop(the_log.loop, &the_log.floods[i].timer);
		flood_report(&the_log.floods[i]);
	}
	the_log.loop = NULL;
}

void log_kind(int level, unsigned int kind, const char *text)
{
	int saved = errno;
	struct flood *flood;

	if (level > the_log.level)
		return;
	if (!the_log.loop || kind >= LOG_KIND_COUNT) {
		log_msg(level, "%s", text);
		return;
	}

	flood = &the_log.floods[kind];
	if (!ev_is_active(&flood->timer))
		flood_begin(flood);
	if (flood->lines < LOG_FLOOD_MAX) {
		flood->lines++;
		log_msg(level, "%s", text);
	} else {
		flood_hold(flood, level, text);
	}
	errno = saved;
}
