/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a line.  Knows blanks and comments; must not know what any word
 * means.
 */
#include "ctl/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\n\v\f\r"

/* The next word at or behind `at`, or NULL when only a comment is left. */
static char *word_find(char *at)
{
	at += strspn(at, BLANKS);

	return *at == '\0' || *at == '#' ? NULL : at;
}

static size_t words_count(char *line)
{
	size_t n = 0;
	char *at;

	for (at = word_find(line); at; at = word_find(at)) {
		at += strcspn(at, BLANKS);
		n++;
	}

	return n;
}

int words_split(char *line, struct words *ret)
{
	struct words words = { NULL, 0 };
	size_t n = words_count(line);
	char *at = line;

	if (n == 0) {
		*ret = words;
		return 0;
	}

	words.word = calloc(n, sizeof(*words.word));
	if (!words.word)
		return -ENOMEM;

	while (words.n < n) {
		at = word_find(at);
		words.word[words.n++] = at;
		at += strcspn(at, BLANKS);
		if (*at != '\0')
			*at++ = '\0';
	}

	*ret = words;
	return 0;
}

void words_fini(struct words *words)
{
	free(words->word);
	words->word = NULL;
	words->n = 0;
}
