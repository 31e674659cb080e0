/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of `smcroutectl show`, as text with heading marks ('_' ends a
 * title, '=' a column header; the client turns them into something to look at)
 * or as one line of JSON.  smcroutectl(8) describes both.
 *
 * A table is rendered in slices; the router may change between them.  No row
 * comes twice, rows of what went away before their turn do not come.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <stdbool.h>

struct buf;
struct router;
struct show;

enum show_form {
	SHOW_TABLE,
	SHOW_DETAIL,
	SHOW_JSON,
};

/* A slice ends behind so many bytes, or rows looked at: some milliseconds. */
#define SHOW_SLICE_BYTES 65536
#define SHOW_SLICE_ROWS 1024

/*
 * Begins the table that `word` names by its first letter (groups, hairpin,
 * interfaces, pending; anything else: routes).  It must be closed before the
 * router is freed.  NULL: out of memory.
 */
struct show *show_open(struct router *router, const char *word,
		       enum show_form form);

/*
 * Appends the next slice to `out`, which may come to nothing.  Returns false
 * behind the last one.  buf_error() tells of a lack of memory.
 */
bool show_step(struct show *show, struct buf *out);

/* `show` may be NULL. */
void show_close(struct show *show);

#endif
