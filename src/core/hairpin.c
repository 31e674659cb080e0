/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an MFC entry has besides when its IIF is also wanted as an OIF: state,
 * guard in place, reason; and whether the kernel can guard at all.
 */
#include "core/internal.h"

#include <stdio.h>
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
		 const struct in6_addr *source, struct guard_answer *ret)
{
	struct guard_question question = {
		.policy = router_policy(router, iif),
		.own = source && own_has(router, source),
		.metadata = iif->metadata,
		.metadata_reason = iif->metadata_reason,
	};

	guard_plan(&question, ret);
}

bool hairpin_guard_ready(struct router *router, enum family family,
			 unsigned int ifindex)
{
	struct guard_health *health = &router->health[family];
	struct diag diag;
	bool was_ready = health->ready || !health->told;
	int err;

	if (health->asked)
		return health->ready;
	err = router->config.ops->guard_ready(router->config.kernel,
					      GUARD_NETFILTER, family, ifindex,
					      &diag);
	health->asked = true;
	health->ready = err == 0;
	if (err) {
		snprintf(health->cause, sizeof(health->cause), "%s",
			 diag.text);
		if (was_ready)
			router_note(router, NOTE_WARNING, NOTE_GUARD_LOST,
				    "no %s guard for %s: %s",
				    guard_name(GUARD_NETFILTER),
				    family == FAMILY_IPV4 ? "IPv4" : "IPv6",
				    health->cause);
		health->told = true;
	} else if (!was_ready) {
		router_note(router, NOTE_NOTICE, NOTE_GUARD_BACK,
			    "%s guard for %s works again",
			    guard_name(GUARD_NETFILTER),
			    family == FAMILY_IPV4 ? "IPv4" : "IPv6");
		health->told = false;
	}
	return health->ready;
}

void hairpin_health_forget(struct router *router)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		router->health[f].asked = false;
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
			    "hairpin %s on %s is %s", text, mfc->iif->name,
			    hairpin_state_name(hairpin->state));
}

void hairpin_enter(struct router *router, struct hairpin *hairpin,
		   enum hairpin_state state, const char *reason)
{
	enum hairpin_state old = hairpin->state;

	if (old == state && (!reason || (hairpin->reason &&
	    strcmp(reason, hairpin->reason) == 0)))
		return;
	free(hairpin->reason);
	hairpin->reason = reason ? strdup(reason) : NULL;
	hairpin->state = state;
	note_state(router, hairpin, old);
}

void hairpin_touch_iface(struct router *router, struct iface *iface)
{
	struct mfc *mfc;

	DL_FOREACH2(iface->entries, mfc, if_next)
		if (mfc->hairpin)
			mfc_touch(router, mfc, false);
}

void hairpin_touch_suspended(struct router *router)
{
	struct hairpin *hairpin;

	DL_FOREACH(router->hairpins, hairpin)
		if (hairpin->state == HAIRPIN_SUSPENDED)
			mfc_touch(router, hairpin->mfc, false);
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

static void count_one(void *arg, const struct guard_key *key,
		      const struct guard_count *count)
{
	const struct router *router = arg;
	struct mfc *mfc = mfc_find(router, &key->source, &key->group);

	if (mfc && mfc->hairpin && mfc->hairpin->guard != GUARD_NONE &&
	    mfc->hairpin->ifindex == key->ifindex)
		mfc->hairpin->suppressed = count->suppressed;
}

int router_guard_count(struct router *router)
{
	struct hairpin *hairpin;
	bool any = false;

	DL_FOREACH(router->hairpins, hairpin) {
		hairpin->suppressed = 0;
		any = any || hairpin->guard == GUARD_NETFILTER;
	}
	if (!any)
		return 0;
	return router->config.ops->guard_count(router->config.kernel,
					       GUARD_NETFILTER, count_one,
					       router);
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
		    rule_is_static(rule) ? &rule->key.source : NULL, ret);
	if (trouble)
		ret->reason = trouble;
	else if (rule->mfc && rule->mfc->iif != rule->iif)
		ret->reason = "a newer route has this source and group";
	else if (ret->state == HAIRPIN_GUARDED &&
		 !hairpin_guard_ready(router, family, rule->iif->ifindex))
		ret->reason = router->health[family].cause;
	if (ret->reason) {
		ret->state = HAIRPIN_SUSPENDED;
		ret->guard = GUARD_NONE;
	}
}

bool router_hairpin_waits(struct router *router, const struct rule *rule,
			  uint16_t mark, struct guard_answer *ret)
{
	if (!(rule->flags & RULE_HAIRPIN) || rule->shown >= mark)
		return false;
	waiting_answer(router, rule, ret);
	return true;
}
