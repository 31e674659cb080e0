/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ladder of guards at run time: which rung can be had on which interface,
 * and what follows when one breaks or may be had again.  Knows what the kernel
 * said of each; the order of the rungs is guard.c's, the order of changes
 * commit.c's.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "IPv4" : "IPv6";
}

static struct guard_health *health_get(struct iface *iface, enum guard guard,
				       enum family family)
{
	if (!iface->health)
		iface->health = calloc(1, sizeof(*iface->health));
	return iface->health ? &iface->health->of[guard][family] : NULL;
}

/* The first interface speaks for all that have the same to say. */
static void health_note(struct router *router, const struct iface *iface,
			enum guard guard, enum family family)
{
	struct guard_health *health = &iface->health->of[guard][family];
	struct guard_broken *broken = &router->broken[guard][family];
	const char *cause = health->text ? health->text : "out of memory";

	if (health->ready == !health->told)
		return;
	health->told = !health->ready;
	if (health->ready) {
		router->guard_back = true;
		if (--broken->interfaces > 0)
			return;
		broken->cause[0] = '\0';
		router_note(router, NOTE_NOTICE, NOTE_GUARD_BACK,
			    "%s guard for %s works again", guard_name(guard),
			    family_name(family));
		return;
	}
	broken->interfaces++;
	if (strcmp(broken->cause, cause) == 0)
		return;
	snprintf(broken->cause, sizeof(broken->cause), "%s", cause);
	router_note(router, NOTE_WARNING, NOTE_GUARD_LOST,
		    "no %s guard for %s on %s: %s", guard_name(guard),
		    family_name(family), iface->name, cause);
}

static void health_ask(struct router *router, struct iface *iface,
		       enum guard guard, enum family family)
{
	struct guard_health *health = &iface->health->of[guard][family];
	struct diag diag = { 0 };
	int err;

	err = router->config.ops->guard_ready(router->config.kernel, guard,
					      family, iface->ifindex, &diag);
	/* the second table has the routes of own sources before its rule */
	if (!err && guard == GUARD_TABLE && !health->ready) {
		err = route_repeat_own(router, iface);
		if (err)
			diag_set(&diag, err, "%s", strerror(-err));
	}
	free(health->text);
	health->text = *diag.text ? strdup(diag.text) : NULL;
	health->asked = router->health_round;
	health->ready = err == 0;
	health_note(router, iface, guard, family);
}

static bool health_ready(struct router *router, struct iface *iface,
			 enum guard guard, enum family family,
			 const char **ret_text)
{
	struct guard_health *health = health_get(iface, guard, family);

	*ret_text = "out of memory";
	if (!health)
		return false;
	if (health->asked != router->health_round)
		health_ask(router, iface, guard, family);
	if (health->ready || health->text)
		*ret_text = health->text;
	return health->ready;
}

/* What was said of the rung, without asking anew. */
static const char *rung_cause(const struct iface *iface, enum guard guard,
			      enum family family,
			      const struct hairpin *hairpin)
{
	const char *text = NULL;

	if (hairpin && hairpin->failed[guard])
		return strerror(-hairpin->failed[guard]);
	if (iface->health)
		text = iface->health->of[guard][family].text;
	return text ? text : "out of memory";
}

static void why_add(struct router *router, const char *name, const char *cause)
{
	size_t len = strlen(router->why);
	bool named = !name || strncmp(cause, name, strlen(name)) == 0;

	snprintf(router->why + len, sizeof(router->why) - len, "%s%s%s%s",
		 len ? "; " : "", named ? "" : name, named ? "" : ": ", cause);
}

const char *ladder_explain(struct router *router, const struct iface *iface,
			   enum family family, const struct hairpin *hairpin,
			   const struct guard_answer *answer)
{
	router->why[0] = '\0';
	if (answer->skipped)
		why_add(router, NULL, answer->skipped);
	for (unsigned int i = 0; i < answer->n_rungs; i++) {
		enum guard guard = answer->rungs[i];

		why_add(router, answer->n_rungs > 1 ? guard_name(guard) : NULL,
			rung_cause(iface, guard, family, hairpin));
	}
	return router->why;
}

void ladder_pick(struct router *router, struct iface *iface,
		 enum family family, const struct hairpin *hairpin,
		 struct guard_answer *answer)
{
	for (unsigned int i = 0; i < answer->n_rungs; i++) {
		enum guard guard = answer->rungs[i];
		const char *text;

		if (hairpin && hairpin->failed[guard])
			continue;
		if (!health_ready(router, iface, guard, family, &text))
			continue;
		answer->guard = guard;
		answer->reason = text;
		return;
	}
	if (answer->n_rungs) {
		answer->state = HAIRPIN_SUSPENDED;
		answer->reason = ladder_explain(router, iface, family, hairpin,
						answer);
	}
}

void ladder_forget(struct router *router)
{
	router->health_round++;
}

void ladder_forget_iface(struct router *router, struct iface *iface)
{
	if (!iface->health)
		return;
	for (int g = 0; g < GUARD_COUNT; g++) {
		for (int f = 0; f < FAMILY_COUNT; f++) {
			struct guard_health *health = &iface->health->of[g][f];
			struct guard_broken *broken = &router->broken[g][f];

			if (health->told && --broken->interfaces == 0)
				broken->cause[0] = '\0';
			free(health->text);
		}
	}
	free(iface->health);
	iface->health = NULL;
}

/* A guard broke.  Its entries, and what becomes of them. */

static bool hairpin_is_behind(const struct hairpin *hairpin, enum guard guard,
			      unsigned int ifindex)
{
	return hairpin->guard == guard &&
	       (!ifindex || hairpin->ifindex == ifindex);
}

/* It has to be made ready anew: what was said of it is void. */
static void health_lose(struct router *router, enum guard guard,
			unsigned int ifindex)
{
	struct iface *iface, *tmp;

	ladder_forget(router);
	HASH_ITER(hh, router->ifaces, iface, tmp)
		if (iface->health && (!ifindex || iface->ifindex == ifindex))
			for (int f = 0; f < FAMILY_COUNT; f++)
				iface->health->of[guard][f].ready = false;
}

/* All its keys, at most GUARD_BATCH_MAX: 0, -E2BIG or -ENODEV. */
static int keys_gather(struct router *router, enum guard guard,
		       unsigned int ifindex, struct guard_key *keys,
		       size_t *ret_n)
{
	struct hairpin *hairpin;
	const char *text;
	size_t n = 0;

	DL_FOREACH(router->hairpins, hairpin) {
		struct iface *iif = hairpin->mfc->iif;

		if (!hairpin_is_behind(hairpin, guard, ifindex))
			continue;
		if (n == GUARD_BATCH_MAX)
			return -E2BIG;
		if (hairpin->ifindex != iif->ifindex ||
		    !health_ready(router, iif, guard,
				  addr_family(&hairpin->mfc->key.group),
				  &text))
			return -ENODEV;
		guard_key_fill(hairpin->mfc, iif, &keys[n++]);
	}
	*ret_n = n;
	return 0;
}

/* Puts all its keys back in one call.  0 or -errno. */
static int guard_restore(struct router *router, enum guard guard,
			 unsigned int ifindex)
{
	struct guard_key *keys = calloc(GUARD_BATCH_MAX, sizeof(*keys));
	size_t n;
	int err;

	if (!keys)
		return -ENOMEM;
	err = keys_gather(router, guard, ifindex, keys, &n);
	if (!err && n)
		err = router->config.ops->guard_add(router->config.kernel,
						    guard, keys, n);
	free(keys);
	return err;
}

/*
 * Netfilter's keys went with its table.  Those of the others are books that we
 * keep ourselves, and a relay that still has its key would double.
 */
static void key_forget(struct router *router, const struct hairpin *hairpin)
{
	struct guard_key key = {
		.source = hairpin->mfc->key.source,
		.group = hairpin->mfc->key.group,
		.ifindex = hairpin->ifindex,
	};

	if (hairpin->guard != GUARD_NETFILTER)
		router->config.ops->guard_del(router->config.kernel,
					      hairpin->guard, &key, 1);
}

/* Out with the hairpin OIFs first, then see what can be had. */
static void guard_abandon(struct router *router, enum guard guard,
			  unsigned int ifindex)
{
	struct hairpin *hairpin;

	DL_FOREACH(router->hairpins, hairpin)
		if (hairpin_is_behind(hairpin, guard, ifindex))
			route_strip(router, hairpin->mfc);
	DL_FOREACH(router->hairpins, hairpin) {
		if (!hairpin_is_behind(hairpin, guard, ifindex))
			continue;
		key_forget(router, hairpin);
		hairpin->guard = GUARD_NONE;
		mfc_touch(router, hairpin->mfc, false);
	}
	hairpin_touch_candidates(router);
	router_commit(router);
}

void router_guard_lost(struct router *router, enum guard guard,
		       unsigned int ifindex, const char *cause)
{
	const struct iface *iface = iface_find_index(router, ifindex);
	const char *on = iface ? " on " : "", *name = iface ? iface->name : "";

	router_note(router, NOTE_WARNING, NOTE_GUARD_LOST,
		    "%s guard lost%s%s: %s", guard_name(guard), on, name,
		    cause);
	health_lose(router, guard, ifindex);
	if (guard_restore(router, guard, ifindex)) {
		guard_abandon(router, guard, ifindex);
		return;
	}
	router_note(router, NOTE_NOTICE, NOTE_GUARD_BACK,
		    "%s guard is back%s%s", guard_name(guard), on, name);
	router_guard_retry(router);
}

void router_guard_retry(struct router *router)
{
	ladder_forget(router);
	hairpin_touch_candidates(router);
	router_commit(router);
}
