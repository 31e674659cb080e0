/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places in the tables of the router, for walks that pause while the tables
 * change.  A walk sees each element at most once, in the order of the table,
 * and never one that was freed; what is added meanwhile it may or may not see.
 */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include <stdint.h>

struct router;

enum cursor_kind {
	CURSOR_NONE,			/* no table: at its end at once */
	CURSOR_RULE,
	CURSOR_WILD,
	CURSOR_MFC,
	CURSOR_HAIRPIN,
	CURSOR_GROUP,
	CURSOR_JOIN,
};

struct cursor {
	struct cursor *prev, *next;	/* router->cursors */
	struct router *router;		/* NULL: closed */
	enum cursor_kind kind;
	void *at;			/* to be seen next; NULL: end */
};

/*
 * Begins at the head of the table.  An open cursor must stay where it is in
 * memory; each costs all removals from all tables a look at it.
 */
void cursor_open(struct router *router, enum cursor_kind kind,
		 struct cursor *cursor);

/* May be repeated.  router_free() closes those that are open. */
void cursor_close(struct cursor *cursor);

/* The element, struct rule and so on, to be seen next; NULL at the end. */
void *cursor_take(struct cursor *cursor);

/*
 * A number for what a walk saw, in ->shown of rules and entries: it counts as
 * seen when that is not less than the walk's number.  Of walks at the same time
 * one may so miss what another one saw, but none sees anything twice.
 */
uint16_t cursor_mark(struct router *router);

#endif
