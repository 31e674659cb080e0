/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cursors: what each table's head and next element are, and which cursors stand
 * on an element that goes away; must not know what a walk is for.
 */
#include "core/cursor.h"

#include "core/internal.h"

/* Marks are wiped when so many were given out. */
#define MARKS_WIPE (UINT16_MAX / 2)

static void *kind_head(const struct router *router, enum cursor_kind kind)
{
	switch (kind) {
	case CURSOR_RULE:
		return htable_first(&router->rules);
	case CURSOR_WILD:
		return htable_first(&router->wilds);
	case CURSOR_MFC:
		return htable_first(&router->mfcs);
	case CURSOR_HAIRPIN:
		return router->hairpins;
	case CURSOR_GROUP:
		return htable_first(&router->groups);
	case CURSOR_JOIN:
		return htable_first(&router->joins);
	case CURSOR_NONE:
		break;
	}
	return NULL;
}

static void *kind_next(enum cursor_kind kind, const void *element)
{
	switch (kind) {
	case CURSOR_RULE:
	case CURSOR_MFC:
	case CURSOR_JOIN:
	case CURSOR_WILD:
	case CURSOR_GROUP:
		return htable_next(element);
	case CURSOR_HAIRPIN:
		return ((const struct hairpin *)element)->next;
	case CURSOR_NONE:
		break;
	}
	return NULL;
}

void cursor_open(struct router *router, enum cursor_kind kind,
		 struct cursor *cursor)
{
	cursor->router = router;
	cursor->kind = kind;
	cursor->at = kind_head(router, kind);
	DL_APPEND(router->cursors, cursor);
}

void cursor_close(struct cursor *cursor)
{
	if (!cursor->router)
		return;
	DL_DELETE(cursor->router->cursors, cursor);
	cursor->router = NULL;
	cursor->at = NULL;
}

void *cursor_take(struct cursor *cursor)
{
	void *element = cursor->at;

	if (element)
		cursor->at = kind_next(cursor->kind, element);
	return element;
}

void cursor_forget(struct router *router, enum cursor_kind kind,
		   const void *element)
{
	struct cursor *cursor;

	DL_FOREACH(router->cursors, cursor)
		if (cursor->kind == kind && cursor->at == element)
			cursor->at = kind_next(kind, element);
}

void cursor_close_all(struct router *router)
{
	while (router->cursors)
		cursor_close(router->cursors);
}

static void marks_wipe(struct router *router)
{
	struct rule *rule;
	struct mfc *mfc;

	for (rule = htable_first(&router->rules); rule;
	     rule = htable_next(rule))
		rule->shown = 0;
	for (mfc = htable_first(&router->mfcs); mfc; mfc = htable_next(mfc))
		mfc->shown = 0;
	router->marks = 0;
}

uint16_t cursor_mark(struct router *router)
{
	if (router->marks >= MARKS_WIPE && !router->cursors)
		marks_wipe(router);
	/* at the end all share the last one, and see less rather than twice */
	if (router->marks < UINT16_MAX)
		router->marks++;
	return router->marks;
}
