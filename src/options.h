/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of smcrouted. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "core/directive.h"
#include "run/privs.h"

/* Largest table ID that the kernel takes: MRT_TABLE, net/ipv4/ipmr.c. */
#define OPTIONS_TABLE_MAX 999999999L

/* Seconds between two advertisements: RFC 4286, section 3. */
#define OPTIONS_MRDISC_MIN     4
#define OPTIONS_MRDISC_MAX     180
#define OPTIONS_MRDISC_DEFAULT 20

/* Seconds between two readings of who has joined, 0: never. */
#define OPTIONS_MEMBERS_MAX     86400
#define OPTIONS_MEMBERS_DEFAULT 5

struct options {
	const char *ident;
	/* absolute, owned */
	char *conf_path;
	char *pid_path;
	char *sock_path;
	char *script_path;		/* -e; NULL: none */

	bool verify;			/* -F: conf_path is to be checked */
	bool selftest;			/* -T, and nothing else but -j */
	bool json;			/* -j */
	bool foreground;
	int log_level;
	unsigned int log_flags;

	long idle;			/* -c, seconds */
	long delay;			/* -d, seconds */
	long lifetime;			/* -D, seconds; 0: no end */
	unsigned int mrdisc_interval;	/* -m, seconds */
	unsigned int members_interval;	/* -M, seconds */
	unsigned int table;
	enum policy policy;		/* -H */
	bool drop;			/* -p */
	struct privs privs;
};

/*
 * Returns 0, or 1 with the exit status in `ret_status`: the work is done (-h,
 * -v) or the command line is wrong and the user has been told.
 * options_fini() in either case.
 */
int options_parse(int argc, char *argv[], struct options *ret,
		  int *ret_status);

void options_fini(struct options *options);

#endif
