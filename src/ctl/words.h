/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits a line of a configuration or batch file into words. */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include <stddef.h>

struct words {
	const char **word;	/* point into the line */
	size_t n;
};

/*
 * Splits `line` in place at blanks (space, \t, \n, \v, \f, \r; whatever the
 * locale).  A word that starts with '#' starts a comment.  There is no quoting
 * and no limit.  Returns 0 or -ENOMEM; the caller ends it with words_fini() and
 * keeps `line` for as long.
 */
int words_split(char *line, struct words *ret);

void words_fini(struct words *words);

#endif
