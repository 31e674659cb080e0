/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: the one global of the project.  Messages are lower case, without a
 * full stop, and name the thing: "eth0: no free VIF".  Levels are those of
 * <syslog.h>.  One thread only; no function here changes errno.
 */
#ifndef RUN_LOG_H
#define RUN_LOG_H

#include <syslog.h>

/* A level below LOG_EMERG: nothing is logged. */
#define LOG_LEVEL_NONE (-1)

/* Where log_open() sends messages; any combination. */
#define LOG_TO_SYSLOG 0x1	/* <syslog.h>, facility LOG_DAEMON */
#define LOG_TO_STDERR 0x2	/* "IDENT[PID]: MESSAGE" */
#define LOG_TO_STDOUT 0x4	/* "MESSAGE", for -F */

/* Longest message with the final NUL; more is cut. */
#define LOG_TEXT_MAX 1024

/* Kinds of log_kind() are 0 .. LOG_KIND_COUNT - 1. */
#define LOG_KIND_COUNT 32

/* Lines of one kind that log_kind() writes within one second. */
#define LOG_FLOOD_MAX 10

struct ev_loop;

/*
 * Messages of `level` and more urgent ones go to where `flags` say, under the
 * name `ident` (copied).  May be called again to change all three.  Before the
 * first call, errors and warnings go to stderr without a name.
 */
void log_open(const char *ident, int level, unsigned int flags);
void log_close(void);

/* Logs one line.  Control characters in it are written as '?'. */
void log_msg(int level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_err(...) log_msg(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_msg(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_DEBUG, __VA_ARGS__)

/*
 * The level that -l `name` means: LOG_LEVEL_NONE or LOG_EMERG .. LOG_DEBUG.
 * As in SMCRoute a name may be cut or too long ("w", "emergency"), case does
 * not matter, numbers work, and what is neither is LOG_EMERG.
 */
int log_level_parse(const char *name);

/*
 * Flood control: of one kind at most LOG_FLOOD_MAX lines are written within
 * one second; what is more is summed up in one line when that second ends.
 * Without log_flood_init() everything is written.  `loop` is borrowed until
 * log_flood_fini(), which writes the sums that are due.
 */
void log_flood_init(struct ev_loop *loop);
void log_flood_fini(void);

/* As log_msg(level, "%s", text), under flood control. */
void log_kind(int level, unsigned int kind, const char *text);

#endif
