/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to lines.  Knows ends of lines and the limit of one; must not know what
 * they say.
 */
#include "ctl/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void lines_fini(struct lines *lines)
{
	buf_fini(&lines->buf);
}

int lines_read(struct lines *lines, int fd)
{
	char chunk[65536];
	ssize_t n;

	buf_drop(&lines->buf, lines->start);
	lines->start = 0;

	do {
		n = read(fd, chunk, sizeof(chunk));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;

	if (n == 0)
		lines->eof = true;
	buf_add(&lines->buf, chunk, (size_t)n);
	return buf_error(&lines->buf);
}

/* What is there is no whole line: it is kept, unless it is too long already. */
static int next_part(struct lines *lines, size_t len)
{
	if (len > LINES_MAX)
		lines->skipping = true;
	if (lines->skipping)
		lines->start += len;

	return -EAGAIN;
}

int lines_next(struct lines *lines, char **ret, size_t *ret_len)
{
	size_t len = lines->buf.len - lines->start;
	char *line, *end;
	bool skip;

	/* there may be no buffer yet; only a line that is dropped ends so */
	if (len == 0 && !(lines->eof && lines->skipping))
		return -EAGAIN;

	line = lines->buf.data + lines->start;
	end = len > 0 ? memchr(line, '\n', len) : NULL;
	if (!end && !lines->eof)
		return next_part(lines, len);

	if (end)
		len = (size_t)(end - line);
	lines->start += len + (end ? 1 : 0);
	lines->number++;

	skip = lines->skipping || len > LINES_MAX;
	lines->skipping = false;
	if (skip)
		return -EMSGSIZE;

	/* the last one ends with the NUL of the buffer */
	if (end)
		*end = '\0';
	*ret = line;
	*ret_len = len;
	return 0;
}
