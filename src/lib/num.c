/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers out of text.  Knows strtol(3) and what it lets through that nobody
 * meant: leading blanks, a plus sign, trailing words.  Must not know what the
 * number is for.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/num.h"

/* isdigit(3) depends on the locale and on the sign of char. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int num_parse(const char *text, long min, long max, long *ret)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	char *end;
	long value;
	int saved = errno;
	bool overflow;

	if (!is_digit(digits[0]))
		return -EINVAL;

	errno = 0;
	value = strtol(text, &end, 10);
	overflow = errno == ERANGE;
	errno = saved;

	if (*end != '\0')
		return -EINVAL;
	if (overflow || value < min || value > max)
		return -ERANGE;

	*ret = value;
	return 0;
}
