/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which word shows which table, and how far each has come; must not know what
 * is in one.
 */
#include "ctl/show.h"

#include <stdlib.h>

#include "ctl/show-part.h"
#include "ctl/table.h"
#include "lib/buf.h"

static const struct show_part *parts_of(const char *word, enum show_form form)
{
	switch (*word) {
	case 'g':
		return show_groups(form);
	case 'h':
		return show_hairpin(form);
	case 'i':
		return show_interfaces(form);
	case 'p':
		return show_pending(form);
	default:
		return show_routes(form);
	}
}

struct show *show_open(struct router *router, const char *word,
		       enum show_form form)
{
	struct show *show = calloc(1, sizeof(*show));

	if (!show)
		return NULL;

	show->router = router;
	show->form = form;
	show->part = parts_of(word, form);
	show->width = table_name_width(router, (int)sizeof("IIF") - 1);
	show->mark = cursor_mark(router);
	json_init(&show->json, NULL);

	return show;
}

static bool part_is_last(const struct show_part *part)
{
	return !part->begin && !part->row && !part->end;
}

static void part_begin(struct show *show)
{
	if (show->part->begin)
		show->part->begin(show);
	cursor_open(show->router, show->part->kind, &show->cursor);
	show->walking = true;
}

static void part_end(struct show *show)
{
	cursor_close(&show->cursor);
	if (show->part->end)
		show->part->end(show);
	show->walking = false;
	show->part++;
}

bool show_step(struct show *show, struct buf *out)
{
	size_t start = out->len;
	unsigned int rows = SHOW_SLICE_ROWS;
	void *element;

	show->out = out;
	show->json.out = out;
	show->memo = NULL;
	show->n_counts = 0;

	while (!part_is_last(show->part)) {
		if (rows-- == 0 || out->len - start >= SHOW_SLICE_BYTES)
			return true;
		if (!show->walking)
			part_begin(show);

		element = cursor_take(&show->cursor);
		if (element)
			show->part->row(show, element);
		else
			part_end(show);
	}

	return false;
}

void show_close(struct show *show)
{
	if (!show)
		return;

	cursor_close(&show->cursor);
	free(show);
}
