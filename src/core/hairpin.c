/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an MFC entry has besides when its IIF is also wanted as an OIF: state,
 * guard in place, reason, counters.
 */
#include "core/internal.h"

#include <stdlib.h>

static struct source *source_get(struct router *router,
				 const struct in6_addr *addr)
{
	struct source *source;

	source = htable_find(&router->sources, addr);
	if (source)
		return source;
	source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->addr = *addr;
	if (htable_add(&router->sources, source)) {
		free(source);
		return NULL;
	}
	return source;
}

static void source_put(struct router *router, struct source *source)
{
	if (source->hairpins)
		return;
	htable_del(&router->sources, source);
	free(source);
}

struct hairpin *hairpin_get(struct router *router, struct mfc *mfc)
{
	struct hairpin *hairpin = mfc->hairpin;
	struct source *source;

	if (hairpin)
		return hairpin;
	hairpin = calloc(1, sizeof(*hairpin));
	if (!hairpin)
		return NULL;
	source = source_get(router, &mfc->key.source);
	if (!source) {
		free(hairpin);
		return NULL;
	}
	hairpin->mfc = mfc;
	hairpin->state = HAIRPIN_NEW;
	DL_APPEND2(source->hairpins, hairpin, src_prev, src_next);
	DL_APPEND(router->hairpins, hairpin);
	mfc->hairpin = hairpin;
	return hairpin;
}

void hairpin_free(struct router *router, struct hairpin *hairpin)
{
	struct source *source = htable_find(&router->sources,
					    &hairpin->mfc->key.source);

	hairpin->mfc->hairpin = NULL;
	cursor_forget(router, CURSOR_HAIRPIN, hairpin);
	DL_DELETE(router->hairpins, hairpin);
	DL_DELETE2(source->hairpins, hairpin, src_prev, src_next);
	source_put(router, source);
	free(hairpin->reason);
	free(hairpin);
}

void hairpin_ask(const struct router *router, const struct iface *iif,
		 const struct in6_addr *source, enum family family,
		 struct guard_answer *ret)
{
	struct guard_question question = {
		.policy = router_policy(router, iif),
		.family = family,
		.own = source && own_has(router, source),
		.metadata = iif->metadata,
		.metadata_reason = iif->metadata_reason,
	};

	guard_plan(&question, ret);
}

void hairpin_guard_failed(struct hairpin *hairpin, enum guard guard, int err)
{
	hairpin->failed[guard] = (int16_t)err;
}

void hairpin_forgive(struct hairpin *hairpin)
{
	memset(hairpin->failed, 0, sizeof(hairpin->failed));
}

static void note_state(struct router *router, const struct hairpin *hairpin,
		       enum hairpin_state old)
{
	const struct mfc *mfc = hairpin->mfc;
	char text[FLOW_STRLEN];

	flow_format(&mfc->key.source, &mfc->key.group, text);
	if (hairpin->state == HAIRPIN_SUSPENDED)
		router_note(router, NOTE_WARNING, NOTE_SUSPENDED,
			    "hairpin %s on %s suspended: %s", text,
			    mfc->iif->name, hairpin->reason ?
			    hairpin->reason : "out of memory");
	else if (old == HAIRPIN_SUSPENDED)
		router_note(router, NOTE_NOTICE, NOTE_GUARD_BACK,
			    "hairpin %s on %s no longer suspended: %s", text,
			    mfc->iif->name,
			    hairpin_state_name(hairpin->state));
	else if (hairpin->state == HAIRPIN_UNGUARDED && old != HAIRPIN_NEW)
		router_note(router, NOTE_WARNING, NOTE_UNGUARDED,
			    "hairpin %s on %s has no guard now: policy off",
			    text, mfc->iif->name);
	else
		router_note(router, NOTE_INFO, NOTE_FLOW,
			    "hairpin %s on %s is %s%s%s", text,
			    mfc->iif->name, hairpin_state_name(hairpin->state),
			    hairpin->guard == GUARD_NONE ? "" : " by ",
			    hairpin->guard == GUARD_NONE ? "" :
			    guard_name(hairpin->guard));
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

void hairpin_enter(struct router *router, struct hairpin *hairpin,
		   enum hairpin_state state, const char *reason)
{
	enum hairpin_state old = hairpin->state;

	if (old == state && hairpin->told == hairpin->guard &&
	    same_text(reason, hairpin->reason))
		return;
	free(hairpin->reason);
	hairpin->reason = reason ? strdup(reason) : NULL;
	hairpin->state = state;
	hairpin->told = hairpin->guard;
	note_state(router, hairpin, old);
}

void hairpin_touch_iface(struct router *router, struct iface *iface)
{
	struct mfc *mfc;

	DL_FOREACH2(iface->entries, mfc, if_next)
		if (mfc->hairpin)
			mfc_touch(router, mfc, false);
}

/*
 * Suspended, or not behind the best guard that its policy allows; or behind the
 * second table, whose remark is another one when the rules have changed.
 */
static bool hairpin_is_candidate(const struct router *router,
				 const struct hairpin *hairpin)
{
	const struct mfc *mfc = hairpin->mfc;
	struct guard_answer answer;

	if (hairpin->state != HAIRPIN_GUARDED)
		return hairpin->state == HAIRPIN_SUSPENDED;
	hairpin_ask(router, mfc->iif, &mfc->key.source,
		    addr_family(&mfc->key.group), &answer);
	return !answer.n_rungs || answer.rungs[0] != hairpin->guard ||
	       hairpin->guard == GUARD_TABLE;
}

/* Which entries went without their hairpin for want of memory is not known. */
static void touch_starved(struct router *router)
{
	struct iface *iface, *tmp;
	struct mfc *mfc;

	if (!router->starved)
		return;
	router->starved = false;
	HASH_ITER(hh, router->ifaces, iface, tmp)
		DL_FOREACH2(iface->entries, mfc, if_next)
			if (!mfc->hairpin)
				mfc_touch(router, mfc, false);
}

void hairpin_touch_candidates(struct router *router)
{
	struct hairpin *hairpin;

	touch_starved(router);
	DL_FOREACH(router->hairpins, hairpin) {
		if (!hairpin_is_candidate(router, hairpin))
			continue;
		hairpin_forgive(hairpin);
		mfc_touch(router, hairpin->mfc, false);
	}
}

void hairpin_touch_source(struct router *router,
			  const struct in6_addr *source)
{
	struct hairpin *hairpin;
	struct source *found = htable_find(&router->sources, source);

	if (!found)
		return;
	DL_FOREACH2(found->hairpins, hairpin, src_next)
		mfc_touch(router, hairpin->mfc, false);
}

/* The keys of one guard that are asked about. */
struct counting {
	struct guard_key keys[GUARD_COUNT_MAX];
	struct guard_count *counts[GUARD_COUNT_MAX];	/* where they go */
	size_t n;
	size_t next;			/* that the answer is expected for */
};

static bool key_equal(const struct guard_key *a, const struct guard_key *b)
{
	return a->ifindex == b->ifindex && addr_equal(&a->group, &b->group) &&
	       addr_equal(&a->source, &b->source);
}

/* Guards tend to answer in the order of the question. */
static void count_one(void *arg, const struct guard_key *key,
		      const struct guard_count *count)
{
	struct counting *counting = arg;

	for (size_t i = 0; i < counting->n; i++) {
		size_t at = (counting->next + i) % counting->n;

		if (!key_equal(key, &counting->keys[at]))
			continue;
		*counting->counts[at] = *count;
		counting->next = at + 1;
		return;
	}
}

static void counting_fill(struct counting *counting, enum guard guard,
			  const struct hairpin *first, size_t n,
			  struct guard_count *ret)
{
	counting->n = counting->next = 0;
	for (size_t i = 0; first && i < n; i++, first = first->next) {
		if (first->guard != guard)
			continue;
		counting->keys[counting->n] = (struct guard_key){
			.source = first->mfc->key.source,
			.group = first->mfc->key.group,
			.ifindex = first->ifindex,
		};
		counting->counts[counting->n++] = &ret[i];
	}
}

int router_guard_count(const struct router *router,
		       const struct hairpin *first, size_t n,
		       struct guard_count *ret)
{
	int result = 0;

	memset(ret, 0, n * sizeof(*ret));
	for (int guard = GUARD_NONE + 1; guard < GUARD_COUNT; guard++) {
		struct counting counting;
		int err = 0;

		counting_fill(&counting, (enum guard)guard, first, n, ret);
		if (counting.n)
			err = router->config.ops->guard_count(
				router->config.kernel, (enum guard)guard,
				counting.keys, counting.n, count_one,
				&counting);
		if (err && !result)
			result = err;
	}
	return result;
}

static void count_lost(void *arg, const struct guard_key *key,
		       const struct guard_count *count)
{
	uint64_t *lost = arg;

	(void)key;
	*lost = count->dropped;
}

uint64_t router_relay_lost(const struct router *router,
			   const struct iface *iface, enum family family)
{
	struct guard_key any = { .ifindex = iface->ifindex };
	uint64_t lost = 0;

	if (!iface->health || !iface->health->of[GUARD_RELAY][family].ready)
		return 0;
	if (family == FAMILY_IPV4)
		any.group = addr_from_ipv4((struct in_addr){ INADDR_ANY });
	any.source = any.group;
	router->config.ops->guard_count(router->config.kernel, GUARD_RELAY,
					&any, 1, count_lost, &lost);
	return lost;
}

static void mark_seen(void *arg, struct rule *rule)
{
	const uint16_t *mark = arg;

	if (rule->shown < *mark)
		rule->shown = *mark;
}

void router_hairpin_seen(struct router *router, const struct hairpin *hairpin,
			 uint16_t mark)
{
	rule_each_covering(router, hairpin->mfc->iif, hairpin->mfc,
			   mark_seen, &mark);
}

static void waiting_answer(struct router *router, const struct rule *rule,
			   struct guard_answer *ret)
{
	const char *trouble = iface_trouble(rule->iif);
	enum family family = addr_family(&rule->key.group);

	hairpin_ask(router, rule->iif,
		    rule_is_static(rule) ? &rule->key.source : NULL, family,
		    ret);
	if (!trouble && rule->mfc && rule->mfc->iif != rule->iif)
		trouble = "a newer route has this source and group";
	if (!trouble && router->starved && rule->mfc && !rule->mfc->hairpin)
		trouble = "out of memory";
	if (trouble) {
		ret->state = HAIRPIN_SUSPENDED;
		ret->reason = trouble;
		return;
	}
	ladder_pick(router, rule->iif, family, NULL, ret);
}

bool router_hairpin_waits(struct router *router, const struct rule *rule,
			  uint16_t mark, struct guard_answer *ret)
{
	if (!(rule->flags & RULE_HAIRPIN) || rule->shown >= mark)
		return false;
	waiting_answer(router, rule, ret);
	return true;
}
