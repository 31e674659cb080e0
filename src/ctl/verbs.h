/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of smcroutectl, their abbreviations and their help. */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum verb_kind {
	VERB_HELP,
	VERB_VERSION,
	VERB_SHOW,		/* the reply is a table */
	VERB_CHANGE,		/* the reply is nothing, or what went wrong */
};

struct verb {
	const char *name;
	enum verb_kind kind;
	char cmd;		/* enum wire_cmd of a VERB_CHANGE */
	size_t min_args;
	const char *args;	/* as in a synopsis */
	const char *text;	/* one line; NULL: an alias, not listed */
	const char *help;	/* more of it; may be NULL */
	const char *example;	/* may be NULL */
};

/*
 * The first command, in SMCRoute's order, that `word` is an abbreviation of (or
 * that is one of `word`), or NULL.
 */
const struct verb *verb_find(const char *word);

/* The command that is spelled most like `word`, for a hint. */
const struct verb *verb_nearest(const char *word);

/* Writes one line for each command. */
void verbs_list(FILE *out);

/* Writes the synopsis, description and example of one command. */
void verb_help(const struct verb *verb, FILE *out);

#endif
