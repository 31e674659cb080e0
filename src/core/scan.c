/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A template came, went or changed: the entries of its interface that it
 * covers are planned anew.  Where there are many this is done in slices, other
 * events being served between them.
 */
#include "core/internal.h"

#include <stdlib.h>

/* Entries looked at in one go. */
#define SCAN_SLICE 2048

/* So few are looked at on the spot even for each line of a file. */
#define SCAN_FEW 64

static void scan_slice(struct router *router, struct scan *scan, int budget)
{
	for (; scan->cursor && budget > 0; budget--) {
		struct mfc *mfc = scan->cursor;

		scan->cursor = mfc->if_next;
		if (prefix_covers(&scan->group, &mfc->key.group) &&
		    prefix_covers(&scan->source, &mfc->key.source))
			mfc_touch(router, mfc, false);
	}
}

static void scan_free(struct router *router, struct scan *scan)
{
	DL_DELETE(router->scans, scan);
	free(scan);
}

/* Several templates on one interface are one look at all of its entries. */
static bool scan_widen(struct router *router, const struct iface *iif)
{
	struct scan *scan;

	DL_FOREACH(router->scans, scan) {
		if (scan->iif != iif)
			continue;
		scan->source = (struct prefix){ addr_any, 0 };
		scan->group = scan->source;
		scan->cursor = iif->entries;
		return true;
	}
	return false;
}

/* Without the memory to do it in slices it is done at once. */
void scan_start(struct router *router, struct iface *iif,
		const struct prefix *source, const struct prefix *group)
{
	struct scan now = {
		.iif = iif,
		.source = *source,
		.group = *group,
		.cursor = iif->entries,
	};
	uint32_t few = router->reload ? SCAN_FEW : SCAN_SLICE;
	struct scan *scan;

	if (iif->n_entries > few) {
		if (scan_widen(router, iif))
			return;
		scan = malloc(sizeof(*scan));
		if (scan) {
			*scan = now;
			DL_APPEND(router->scans, scan);
			return;
		}
	}
	while (now.cursor)
		scan_slice(router, &now, SCAN_SLICE);
}

bool scan_work(struct router *router)
{
	struct scan *scan = router->scans;

	if (!scan)
		return false;
	scan_slice(router, scan, SCAN_SLICE);
	if (!scan->cursor)
		scan_free(router, scan);
	return router->scans != NULL;
}

void scan_finish(struct router *router)
{
	while (scan_work(router))
		;
}

void scan_forget(struct router *router, const struct mfc *mfc)
{
	struct scan *scan;

	DL_FOREACH(router->scans, scan)
		if (scan->cursor == mfc)
			scan->cursor = mfc->if_next;
}
