/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines as they come in from a descriptor, so that poll(2) can wait for it. */
#ifndef CTL_LINES_H
#define CTL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

/* Longest line in bytes without its end. */
#define LINES_MAX 65536

struct lines {
	struct buf buf;
	size_t start;		/* of the next line in `buf` */
	size_t number;		/* of the last line from lines_next(), from 1 */
	bool eof;
	bool skipping;		/* in a line that is too long */
};

#define LINES_INIT { .buf = BUF_INIT }

void lines_fini(struct lines *lines);

/*
 * Reads once, `eof` is set at the end.  To be called when lines_next() has
 * nothing left.  Returns 0, -ENOMEM or the -errno of read(2).
 */
int lines_read(struct lines *lines, int fd);

/*
 * The next line, NUL-terminated instead of its end; a last one without an end
 * counts.  It may be written to, and lasts until lines_read().  Returns 0,
 * -EAGAIN when no whole line is there, or -EMSGSIZE when it was longer than
 * LINES_MAX and is dropped.
 */
int lines_next(struct lines *lines, char **ret, size_t *ret_len);

#endif
