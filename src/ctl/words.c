/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a line.  Knows blanks and comments; must not know what any word
 * means.
 */
#include "ctl/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Its end.  Words are short: strcspn() takes longer to begin. */
static char *word_end(char *at)
{
	while (*at != '\0' && !is_blank(*at))
		at++;
	return at;
}

/* The next word at or behind `at`, or NULL when only a comment is left. */
static char *word_find(char *at)
{
	while (is_blank(*at))
		at++;

	return *at == '\0' || *at == '#' ? NULL : at;
}

static size_t words_count(char *line)
{
	size_t n = 0;
	char *at;

	for (at = word_find(line); at; at = word_find(at)) {
		at = word_end(at);
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
		at = word_end(at);
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
