/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: (IIF, S[/LEN], G[/LEN]) with an outbound list.  What covers a flow is
 * found by one hash access for each pair of prefix lengths in use on the IIF,
 * however many rules there are.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

static void rule_key_fill(const struct iface *iif, const struct prefix *source,
			  const struct prefix *group, struct rule_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->source = source->addr;
	ret->group = group->addr;
	addr_mask(&ret->source, source->len);
	addr_mask(&ret->group, group->len);
	ret->iif = iif->id;
	ret->source_len = source->len;
	ret->group_len = group->len;
}

static struct rule *rule_find_key(const struct router *router,
				  const struct rule_key *key)
{
	return htable_find(&router->rules, key);
}

struct rule *rule_find(const struct router *router, const struct iface *iif,
		       const struct prefix *source,
		       const struct prefix *group)
{
	struct rule_key key;

	rule_key_fill(iif, source, group, &key);
	return rule_find_key(router, &key);
}

struct prefix rule_source(const struct rule *rule)
{
	if (rule->typed)
		return rule->typed[0];
	return (struct prefix){ rule->key.source, rule->key.source_len };
}

struct prefix rule_group(const struct rule *rule)
{
	if (rule->typed)
		return rule->typed[1];
	return (struct prefix){ rule->key.group, rule->key.group_len };
}

bool rule_is_static(const struct rule *rule)
{
	return rule->key.source_len == ADDR_BITS &&
	       rule->key.group_len == ADDR_BITS;
}

bool rule_is_hairpin(const struct rule *rule)
{
	return rule->oifs && oifset_names(rule->oifs, rule->iif);
}

uint32_t rule_oif_bits(const struct rule *rule)
{
	enum family family = addr_family(&rule->key.group);
	uint32_t own = iface_bit(rule->iif, family);

	if (!rule->oifs)
		return 0;
	return rule->oifs->bits[family] |
	       (rule->oifs->wild_bits[family] & ~own);
}

/* Keeps the spelling when it says more than the key does. */
static int rule_keep_typed(struct rule *rule, const struct prefix *source,
			   const struct prefix *group)
{
	if (addr_equal(&source->addr, &rule->key.source) &&
	    addr_equal(&group->addr, &rule->key.group))
		return 0;
	rule->typed = malloc(2 * sizeof(*rule->typed));
	if (!rule->typed)
		return -ENOMEM;
	rule->typed[0] = *source;
	rule->typed[1] = *group;
	return 0;
}

/* A static rule is the newest claim on its (S,G): it owns the entry. */
static int rule_own_mfc(struct router *router, struct rule *rule)
{
	struct mfc *mfc;

	if (!rule_is_static(rule))
		return 0;
	mfc = mfc_get(router, &rule->key.source, &rule->key.group, rule->iif);
	if (!mfc)
		return -ENOMEM;
	rule->mfc = mfc;
	mfc_touch(router, mfc, false);
	if (router->reload && mfc->owner) {
		/* it takes over when its OIFs are in effect */
		rule->older = mfc->owner->older;
		mfc->owner->older = rule;
		return 0;
	}
	rule->older = mfc->owner;
	mfc->owner = rule;
	return 0;
}

static void rule_unlink_claim(struct rule *rule)
{
	struct rule **pos;

	for (pos = &rule->mfc->owner; *pos != rule; pos = &(*pos)->older)
		;
	*pos = rule->older;
}

static void rule_disown_mfc(struct router *router, struct rule *rule)
{
	if (!rule->mfc)
		return;
	rule_unlink_claim(rule);
	mfc_touch(router, rule->mfc, false);
	rule->mfc = NULL;
}

static void rule_claim(struct router *router, struct rule *rule)
{
	struct mfc *mfc = rule->mfc;

	if (!mfc || mfc->owner == rule)
		return;
	rule_unlink_claim(rule);
	rule->older = mfc->owner;
	mfc->owner = rule;
	mfc_touch(router, mfc, false);
}

void rule_claim_by_line(struct router *router, struct rule *rule)
{
	const struct rule *owner = rule->mfc ? rule->mfc->owner : rule;

	if (owner->generation != router->generation ||
	    owner->line < rule->line)
		rule_claim(router, rule);
}

struct rule *rule_get(struct router *router, struct iface *iif,
		      const struct prefix *source, const struct prefix *group)
{
	struct rule *rule = rule_find(router, iif, source, group);

	if (rule)
		return rule;
	rule = calloc(1, sizeof(*rule));
	if (!rule)
		return NULL;
	rule_key_fill(iif, source, group, &rule->key);
	rule->iif = iif;
	if (rule_keep_typed(rule, source, group))
		goto err_free;
	if (htable_add(&router->rules, rule))
		goto err_free;
	if (shape_add(&iif->shapes, &iif->n_shapes, source->len, group->len))
		goto err_unhash;
	if (rule_own_mfc(router, rule))
		goto err_shape;
	DL_APPEND2(iif->rules, rule, if_prev, if_next);
	iface_ref(router, iif);
	return rule;

err_shape:
	shape_del(iif->shapes, &iif->n_shapes, source->len, group->len);
err_unhash:
	htable_del(&router->rules, rule);
err_free:
	free(rule->typed);
	free(rule);
	return NULL;
}

static void touch_covered(struct router *router, struct rule *rule,
			  bool rewrite)
{
	struct prefix source = { rule->key.source, rule->key.source_len };
	struct prefix group = { rule->key.group, rule->key.group_len };
	struct mfc *mfc;

	DL_FOREACH2(rule->iif->entries, mfc, if_next)
		if (prefix_covers(&group, &mfc->key.group) &&
		    prefix_covers(&source, &mfc->key.source))
			mfc_touch(router, mfc, rewrite);
}

void rule_touch(struct router *router, struct rule *rule, bool rewrite)
{
	if (rule_is_static(rule))
		mfc_touch(router, rule->mfc, rewrite);
	else
		touch_covered(router, rule, rewrite);
}

/* As rule_touch(), where nothing hangs on its being complete at once. */
static void rule_changed(struct router *router, struct rule *rule)
{
	struct prefix source = { rule->key.source, rule->key.source_len };
	struct prefix group = { rule->key.group, rule->key.group_len };

	if (rule_is_static(rule))
		mfc_touch(router, rule->mfc, false);
	else
		scan_start(router, rule->iif, &source, &group);
}

static void rule_count_hairpin(struct router *router, struct rule *rule)
{
	bool hairpin = rule_is_hairpin(rule);
	bool counted = rule->flags & RULE_HAIRPIN;
	struct prefix group = { rule->key.group, rule->key.group_len };

	if (hairpin == counted)
		return;
	if (counted) {
		filter_uncover(router, rule->iif, &group);
		rule->flags &= (uint8_t)~(RULE_HAIRPIN | RULE_NOTED);
		router->n_hairpin_rules--;
	} else if (filter_cover(router, rule->iif, &group) == 0) {
		rule->flags |= RULE_HAIRPIN;
		router->n_hairpin_rules++;
	}
}

void rule_set_oifs(struct router *router, struct rule *rule,
		   struct oifset *oifs)
{
	if (rule->oifs == oifs) {
		oifset_put(router, oifs);
		return;
	}
	if (rule->oifs) {
		DL_DELETE2(rule->oifs->rules, rule, set_prev, set_next);
		oifset_put(router, rule->oifs);
	}
	rule->oifs = oifs;
	if (oifs)
		DL_APPEND2(oifs->rules, rule, set_prev, set_next);
	rule_count_hairpin(router, rule);
	rule_changed(router, rule);
}

void rule_del(struct router *router, struct rule *rule)
{
	struct iface *iif = rule->iif;

	reload_forget(router, rule);
	cursor_forget(router, CURSOR_RULE, rule);
	htable_del(&router->rules, rule);
	DL_DELETE2(iif->rules, rule, if_prev, if_next);
	shape_del(iif->shapes, &iif->n_shapes, rule->key.source_len,
		  rule->key.group_len);
	if (rule->oifs) {
		/* the entries are planned later, without this rule */
		DL_DELETE2(rule->oifs->rules, rule, set_prev, set_next);
		oifset_put(router, rule->oifs);
		rule->oifs = NULL;
	}
	oifset_put(router, rule->staged);
	rule_count_hairpin(router, rule);
	rule_changed(router, rule);
	rule_disown_mfc(router, rule);
	iface_unref(router, iif);
	free(rule->typed);
	free(rule);
}

/* The rule of that shape which covers the entry, or NULL. */
static struct rule *rule_covering(const struct router *router,
				  const struct iface *iif,
				  const struct mfc *mfc,
				  const struct rule_shape *shape)
{
	struct rule_key look;
	struct rule *rule;

	if (shape->source_len == ADDR_BITS && shape->group_len == ADDR_BITS) {
		/* static rules are at hand, no look-up is needed */
		for (rule = mfc->owner; rule; rule = rule->older)
			if (rule->iif == iif)
				return rule;
		return NULL;
	}
	memset(&look, 0, sizeof(look));
	look.iif = iif->id;
	look.source = mfc->key.source;
	look.group = mfc->key.group;
	look.source_len = shape->source_len;
	look.group_len = shape->group_len;
	addr_mask(&look.source, look.source_len);
	addr_mask(&look.group, look.group_len);
	return rule_find_key(router, &look);
}

void rule_each_covering(const struct router *router, const struct iface *iif,
			const struct mfc *mfc, rule_fn *fn, void *arg)
{
	for (size_t i = 0; i < iif->n_shapes; i++) {
		struct rule *rule = rule_covering(router, iif, mfc,
						  &iif->shapes[i]);

		if (rule)
			fn(arg, rule);
	}
}

struct union_state {
	uint32_t bits;
	bool covered;
};

static void union_add(void *arg, struct rule *rule)
{
	struct union_state *state = arg;

	state->bits |= rule_oif_bits(rule);
	state->covered = true;
}

uint32_t rule_union(const struct router *router, const struct iface *iif,
		    const struct mfc *mfc, bool *ret_covered)
{
	struct union_state state = { 0, false };

	rule_each_covering(router, iif, mfc, union_add, &state);
	*ret_covered = state.covered;
	return state.bits;
}

static void note_one_router(struct router *router, struct iface *iface)
{
	if (iface->told_one_router)
		return;
	iface->told_one_router = true;
	router_note(router, NOTE_WARNING, NOTE_ONE_ROUTER,
		    "%s: only one hairpin router may be on a link: two would "
		    "feed on each other's copies", iface->name);
}

void rule_note_hairpin(struct router *router, struct rule *rule)
{
	char text[FLOW_STRLEN];
	struct guard_answer answer;
	const char *guard;

	if (!(rule->flags & RULE_HAIRPIN) || (rule->flags & RULE_NOTED))
		return;
	rule->flags |= RULE_NOTED;
	hairpin_ask(router, rule->iif,
		    rule_is_static(rule) ? &rule->key.source : NULL,
		    addr_family(&rule->key.group), &answer);
	if (rule->iif->ifindex)
		ladder_pick(router, rule->iif, addr_family(&rule->key.group),
			    NULL, &answer);
	else
		answer.guard = answer.rungs[0];
	guard = guard_name(answer.guard);
	rule_format(rule, text);
	if (answer.state == HAIRPIN_UNGUARDED)
		router_note(router, NOTE_WARNING, NOTE_HAIRPIN,
			    "hairpin route %s on %s, no guard: once the group "
			    "is joined here, each packet leaves TTL - 1 times",
			    text, rule->iif->name);
	else
		router_note(router, NOTE_WARNING, NOTE_HAIRPIN,
			    "hairpin route %s on %s, guard %s", text,
			    rule->iif->name, guard ? guard :
			    hairpin_state_name(answer.state));
	note_one_router(router, rule->iif);
}
