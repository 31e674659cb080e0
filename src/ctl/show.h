/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of `smcroutectl show`, as text with heading marks ('_' ends a
 * title, '=' a column header; the client turns them into something to look at)
 * or as one line of JSON.  smcroutectl(8) describes both.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

struct buf;
struct router;

enum show_form {
	SHOW_TABLE,
	SHOW_DETAIL,
	SHOW_JSON,
};

/*
 * Appends the table that `word` names by its first letter (groups, hairpin,
 * interfaces, pending; anything else: routes) to `out`.  buf_error() tells of a
 * lack of memory.
 */
void show_table(struct router *router, const char *word, enum show_form form,
		struct buf *out);

/* Each appends its table. */
void show_routes(const struct router *router, enum show_form form,
		 struct buf *out);
void show_groups(const struct router *router, enum show_form form,
		 struct buf *out);
void show_interfaces(const struct router *router, enum show_form form,
		     struct buf *out);
void show_pending(const struct router *router, enum show_form form,
		  struct buf *out);

/* Reads the counters of the guards first. */
void show_hairpin(struct router *router, enum show_form form, struct buf *out);

#endif
