/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle time of learned entries.
 *
 * A learned entry goes when it forwarded nothing for -c seconds, at the latest
 * one second after that.  It is looked at when it would be due if nothing had
 * come since the last look: once in -c seconds.  Where its counter moved, the
 * kernel is asked how long ago the entry was last used.
 *
 * That age counts packets that came in on a wrong interface as well, which are
 * no life.  Where there were such, or the kernel does not tell ages, there are
 * steps of less than a second, and the look that sees the counter move is taken
 * for the time that it moved at.  The upcall of the first wrong packet (there is
 * none from an interface without VIF) is a look, so that steps begin in time.
 *
 * A flush drops what was learned before it, in slices: the oldest entries, as
 * long as they are of an earlier round.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

/* Entries looked at in one tick; more are left to the next, at once. */
#define EXPIRY_SLICE 64

/* Entries that a flush drops in one go: a millisecond or two. */
#define FLUSH_SLICE 1024

/* Time between looks where ages are in doubt, in seconds. */
#define EXPIRY_STEP 0.8

/* How much younger an age may be than it looks: 1/HZ, and a slice. */
#define EXPIRY_GRAIN 0.02

/* Readings of a counter that grew. */
#define EXPIRY_READINGS 3

/* What counts as life: packets that came in on the right interface. */
static uint64_t count_right(const struct mfc_count *count)
{
	return count->packets - count->wrong_if;
}

static int ask_used(const struct router *router, const struct mfc *mfc,
		    struct mfc_used *ret)
{
	return router->config.ops->mfc_used(router->config.kernel,
					    &mfc->key.source, &mfc->key.group,
					    ret);
}

/* Of an entry that is there.  An error is not hoped to go away. */
static bool ask_age(struct router *router, const struct mfc *mfc,
		    struct mfc_used *ret)
{
	int err = ask_used(router, mfc, ret);

	if (err)
		router->ages[addr_family(&mfc->key.group)] = AGES_UNKNOWN;
	return !err;
}

/* Whether the kernel tells ages is found out by the first entry. */
static void ages_find_out(struct router *router, const struct mfc *mfc)
{
	enum ages *ages = &router->ages[addr_family(&mfc->key.group)];
	struct mfc_used used;
	int err;

	if (*ages != AGES_UNASKED)
		return;
	err = ask_used(router, mfc, &used);
	*ages = !err || err == -ENOENT ? AGES_TOLD : AGES_UNKNOWN;
}

static bool expiry_in_steps(const struct router *router,
			    const struct expiry *expiry)
{
	enum family family = addr_family(&expiry->mfc->key.group);

	return router->ages[family] == AGES_UNKNOWN ||
	       router->now - expiry->unsure < router->config.idle;
}

static double expiry_due(const struct router *router,
			 const struct expiry *expiry)
{
	double due = expiry->changed + router->config.idle;
	double step = router->now + EXPIRY_STEP;

	return expiry_in_steps(router, expiry) && step < due ? step : due;
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
	ages_find_out(router, mfc);
	expiry->mfc = mfc;
	expiry->iif = iif;
	expiry->changed = router->now;
	expiry->unsure = router->now - router->config.idle;
	expiry->due = expiry_due(router, expiry);
	if (expiry_heap_add(router, expiry)) {
		free(expiry);
		return -ENOMEM;
	}
	expiry->round = router->flush_round;
	DL_APPEND(router->learned, expiry);
	mfc->expiry = expiry;
	iif->flows++;
	return 0;
}

void expiry_stop(struct router *router, struct mfc *mfc)
{
	struct expiry *expiry = mfc->expiry;

	if (!expiry)
		return;
	expiry_heap_del(router, expiry);
	DL_DELETE(router->learned, expiry);
	expiry->iif->flows--;
	free(expiry);
	mfc->expiry = NULL;
}

/*
 * The kernel counts a packet first and that it came in wrong a moment later
 * (ip_mr_forward()): in between it looks like life.  So a count that grew is
 * read again, and the least of the readings is believed.
 */
static uint64_t expiry_read_again(const struct router *router,
				  const struct expiry *expiry,
				  struct mfc_count *count)
{
	uint64_t least = count_right(count);

	for (int i = 1; i < EXPIRY_READINGS && least > expiry->count; i++) {
		if (router_mfc_count(router, expiry->mfc, count))
			break;
		if (count_right(count) < least)
			least = count_right(count);
	}
	return least;
}

/*
 * The time at which the counter moved last: true when it is known.  It is not
 * when packets came in wrong, at the last reading included, nor when some were
 * counted elsewhere than in the entry.
 */
static bool expiry_time(const struct router *router,
			const struct expiry *expiry,
			const struct mfc_used *used,
			const struct mfc_count *count, double *ret)
{
	double time = router->now - used->age + EXPIRY_GRAIN;

	if (used->count.wrong_if != expiry->wrong_if ||
	    count->wrong_if != expiry->wrong_if ||
	    count_right(&used->count) < count_right(count))
		return false;
	if (time > router->now)
		time = router->now;
	*ret = time > expiry->changed ? time : expiry->changed;
	return true;
}

/* The counter grew: since when is it at rest? */
static void expiry_follow(struct router *router, struct expiry *expiry,
			  struct mfc_count *count)
{
	struct mfc_count before = *count;
	struct mfc_used used;
	uint64_t least;
	bool told;

	told = ask_age(router, expiry->mfc, &used);
	least = expiry_read_again(router, expiry, count);
	if (least > expiry->count &&
	    !(told && expiry_time(router, expiry, &used, &before,
				  &expiry->changed) &&
	      count->wrong_if == expiry->wrong_if)) {
		expiry->changed = router->now;
		expiry->unsure = router->now;
	}
	expiry->count = least;
}

/* Brings ->changed up to date. */
static void expiry_read(struct router *router, struct expiry *expiry)
{
	struct mfc_count count;

	if (router_mfc_count(router, expiry->mfc, &count))
		return;
	if (count_right(&count) > expiry->count)
		expiry_follow(router, expiry, &count);
	else
		expiry->count = count_right(&count);
	if (count.wrong_if != expiry->wrong_if)
		expiry->unsure = router->now;
	expiry->wrong_if = count.wrong_if;
}

static void expiry_reschedule(struct router *router, struct expiry *expiry)
{
	expiry->due = expiry_due(router, expiry);
	expiry_heap_move(router, expiry);
}

void expiry_look(struct router *router, struct mfc *mfc)
{
	if (!mfc->expiry || !(mfc->flags & MFC_IN_KERNEL) ||
	    router->config.idle <= 0)
		return;
	expiry_read(router, mfc->expiry);
	expiry_reschedule(router, mfc->expiry);
}

static void expiry_end(struct router *router, struct mfc *mfc)
{
	expiry_stop(router, mfc);
	mfc_touch(router, mfc, false);
	if (!mfc->owner)
		mfc->flags |= MFC_GONE;
}

static void expiry_is_due(struct router *router, struct expiry *expiry)
{
	struct mfc *mfc = expiry->mfc;
	char text[FLOW_STRLEN];

	expiry_read(router, expiry);
	if (router->now < expiry->changed + router->config.idle) {
		expiry_reschedule(router, expiry);
		return;
	}
	router_note(router, NOTE_INFO, NOTE_FLOW, "%s on %s expired",
		    flow_format(&mfc->key.source, &mfc->key.group, text),
		    mfc->iif->name);
	expiry_end(router, mfc);
}

void router_tick(struct router *router, double now)
{
	router->now = now;
	if (router->config.idle <= 0)
		return;
	for (int i = 0; i < EXPIRY_SLICE && router->n_learned &&
	     router->expiries[0]->due <= now; i++)
		expiry_is_due(router, router->expiries[0]);
	router_commit(router);
}

double router_due(const struct router *router)
{
	if (router->config.idle <= 0 || !router->n_learned)
		return -1;
	return router->expiries[0]->due;
}

bool flush_is_due(const struct router *router)
{
	return router->learned &&
	       router->learned->round != router->flush_round;
}

void flush_work(struct router *router)
{
	for (int i = 0; i < FLUSH_SLICE && flush_is_due(router); i++)
		expiry_end(router, router->learned->mfc);
}

void router_flush(struct router *router)
{
	router->flush_round++;
	flush_work(router);
	router_commit(router);
}
