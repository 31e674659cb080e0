/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What show.c and the files of its tables share.  A table is a list of parts,
 * each a walk through one of the router's tables.
 */
#ifndef CTL_SHOW_PART_H
#define CTL_SHOW_PART_H

#include "core/cursor.h"
#include "core/kernel.h"
#include "ctl/show.h"
#include "lib/json.h"

struct oifset;

struct show {
	struct router *router;
	struct buf *out;		/* of this slice */
	struct json json;		/* writes there */
	enum show_form form;
	int width;			/* of the column of the IIF */
	uint16_t mark;			/* see cursor_mark() */
	bool begun;			/* the title is out */

	/* are all OIFs there, of the list asked for last?  Rules share them */
	const struct oifset *memo;	/* not kept between slices */
	bool memo_complete;

	/* of hairpins from here on, read in this slice: the last `n_counts` */
	struct guard_count counts[GUARD_COUNT_MAX];
	size_t n_counts;

	const struct show_part *part;
	bool walking;			/* the part has begun */
	struct cursor cursor;
};

/* The last part of a table has all NULL. */
struct show_part {
	enum cursor_kind kind;
	void (*begin)(struct show *show);	/* may be NULL */
	void (*row)(struct show *show, void *element);
	void (*end)(struct show *show);		/* may be NULL */
};

const struct show_part *show_routes(enum show_form form);
const struct show_part *show_groups(enum show_form form);
const struct show_part *show_interfaces(enum show_form form);
const struct show_part *show_pending(enum show_form form);

/* Reads the counters of the guards as it goes. */
const struct show_part *show_hairpin(enum show_form form);

#endif
