/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle time of learned entries.
 *
 * A learned entry goes when it forwarded nothing for -c seconds, at the latest
 * one second after that.  Its counter says that something was forwarded, not
 * when, so it is read in steps that divide the idle time evenly and are
 * shorter than a second.  The list stays in order of due time by appending
 * alone: a tick costs what is due and no more.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

/* Entries looked at in one tick; more are left to the next, at once. */
#define EXPIRY_SLICE 128

/* Longest step between looks at a busy entry, in seconds. */
#define EXPIRY_STEP_MAX 0.8

/* Readings of a counter that grew. */
#define EXPIRY_READINGS 3

/* How late a look may be without costing another step, in seconds. */
#define EXPIRY_LATE 0.05

static double expiry_step(const struct router *router)
{
	unsigned int steps = (unsigned int)(router->config.idle /
					    EXPIRY_STEP_MAX) + 1;

	return router->config.idle / steps;
}

/* Never before what is last in the list: it is in order. */
static void expiry_append(struct router *router, struct expiry *expiry)
{
	if (router->expiries && expiry->due < router->expiries->prev->due)
		expiry->due = router->expiries->prev->due;
	DL_APPEND(router->expiries, expiry);
}

int expiry_start(struct router *router, struct mfc *mfc, struct iface *iif)
{
	struct expiry *expiry = mfc->expiry;

	if (expiry) {
		expiry->iif->flows--;
		expiry->iif = iif;
		iif->flows++;
		return 0;
	}
	expiry = calloc(1, sizeof(*expiry));
	if (!expiry)
		return -ENOMEM;
	expiry->mfc = mfc;
	expiry->iif = iif;
	expiry->changed = router->now;
	expiry->due = router->now + expiry_step(router);
	expiry_append(router, expiry);
	mfc->expiry = expiry;
	iif->flows++;
	router->n_learned++;
	return 0;
}

void expiry_stop(struct router *router, struct mfc *mfc)
{
	struct expiry *expiry = mfc->expiry;

	if (!expiry)
		return;
	DL_DELETE(router->expiries, expiry);
	expiry->iif->flows--;
	router->n_learned--;
	free(expiry);
	mfc->expiry = NULL;
}

/* What counts as life: packets that came in on the right interface. */
static uint64_t expiry_read(const struct router *router,
			    const struct expiry *expiry)
{
	struct mfc_count count;

	if (router_mfc_count(router, expiry->mfc, &count))
		return expiry->count;
	return count.packets - count.wrong_if;
}

/*
 * The kernel counts a packet first and that it came in wrong a moment later
 * (ip_mr_forward()): in between it looks like life.  So a count that grew is
 * read again, and the least of the readings is believed.
 */
static bool expiry_has_moved(const struct router *router,
			     struct expiry *expiry)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < EXPIRY_READINGS; i++) {
		uint64_t count = expiry_read(router, expiry);

		if (count < least)
			least = count;
		if (least <= expiry->count) {
			expiry->count = least;
			return false;
		}
	}
	expiry->count = least;
	return true;
}

static void expiry_next_step(struct router *router, struct expiry *expiry)
{
	double step = expiry_step(router);

	DL_DELETE(router->expiries, expiry);
	expiry->due += step;
	/* steps that were missed are not made up for */
	if (expiry->due < router->now + step / 2)
		expiry->due = router->now + step / 2;
	expiry_append(router, expiry);
}

static void expiry_look(struct router *router, struct expiry *expiry)
{
	struct mfc *mfc = expiry->mfc;
	char text[FLOW_STRLEN];

	if (expiry_has_moved(router, expiry))
		expiry->changed = router->now;
	/* the look that saw the change may itself have been a little late */
	if (router->now - expiry->changed <
	    router->config.idle - EXPIRY_LATE) {
		expiry_next_step(router, expiry);
		return;
	}
	router_note(router, NOTE_INFO, NOTE_FLOW, "%s on %s expired",
		    flow_format(&mfc->key.source, &mfc->key.group, text),
		    mfc->iif->name);
	expiry_stop(router, mfc);
	mfc_touch(router, mfc, false);
	if (!mfc->owner)
		mfc->flags |= MFC_GONE;
}

void router_tick(struct router *router, double now)
{
	router->now = now;
	if (router->config.idle <= 0)
		return;
	for (int i = 0; i < EXPIRY_SLICE && router->expiries &&
	     router->expiries->due <= now; i++)
		expiry_look(router, router->expiries);
	router_commit(router);
}

double router_due(const struct router *router)
{
	if (router->config.idle <= 0 || !router->expiries)
		return -1;
	return router->expiries->due;
}

void router_flush(struct router *router)
{
	while (router->expiries) {
		struct mfc *mfc = router->expiries->mfc;

		expiry_stop(router, mfc);
		mfc_touch(router, mfc, false);
		if (!mfc->owner)
			mfc->flags |= MFC_GONE;
	}
	router_commit(router);
}
