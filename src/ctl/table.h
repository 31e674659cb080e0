/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tables of show.h have in common. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include "lib/addr.h"
#include "lib/json.h"

struct buf;
struct router;

/* Room for "(SOURCE, GROUP)" with the final NUL. */
#define TABLE_SG_LEN (2 * PREFIX_STRLEN + 4)

/* Title and column header of a table, with the client's marks. */
void table_title(struct buf *out, const char *title);
void table_header(struct buf *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Ends the row that was appended last.  A row must not end like a heading, so
 * one that does gets a blank: '_' and '=' may end an interface's name.
 */
void table_row_end(struct buf *out);

/* "(S[/LEN], G[/LEN])" */
const char *table_sg(const struct prefix *source, const struct prefix *group,
		     char buf[TABLE_SG_LEN]);

/* A single address as a prefix; addr_any is any source. */
struct prefix table_prefix(const struct in6_addr *addr);

/* Longest name of an interface, at least `min`. */
int table_name_width(const struct router *router, int min);

/* Members "source" (null: any) and "group". */
void table_json_sg(struct json *json, const struct prefix *source,
		   const struct prefix *group);

/* Ends the object, and the line. */
void table_json_end(struct json *json);

#endif
