/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show pending`: what cannot be in effect, or not in full, because an
 * interface that it names is absent or cannot route multicast.  Derived from
 * core's tables: nothing is kept of what waits.
 */
#include <string.h>

#include "core/state.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* A statement that waits. */
struct waiting {
	const char *kind;
	const char *iif;
	struct prefix source;
	struct prefix group;
	const struct oifset *oifs;	/* NULL: has none */
};

typedef void waiting_fn(void *arg, const struct waiting *waiting);

/* The answer for the list that was asked for last: rules share lists. */
struct memo {
	const struct oifset *set;
	bool complete;
};

static bool has_match(const struct router *router, const char *pattern)
{
	const struct iface *iface;

	for (iface = router->ifaces; iface; iface = iface->hh.next) {
		if (iface->usable && ifname_matches(pattern, iface->name))
			return true;
	}

	return false;
}

static bool set_is_complete(const struct router *router,
			    const struct oifset *set)
{
	size_t i;

	for (i = 0; i < set->n_uses; i++) {
		if (!set->uses[i].iface->usable)
			return false;
	}

	for (i = 0; i < set->n_patterns; i++) {
		if (!has_match(router, set->patterns[i]))
			return false;
	}

	return true;
}

static bool oifs_complete(const struct router *router,
			  const struct oifset *set, struct memo *memo)
{
	if (memo->set != set) {
		memo->set = set;
		memo->complete = set_is_complete(router, set);
	}

	return memo->complete;
}

static void each_rule(const struct router *router, waiting_fn *fn, void *arg)
{
	struct memo memo = { .set = NULL };
	const struct rule *rule;

	for (rule = router->rules; rule; rule = rule->hh.next) {
		struct waiting waiting = { .kind = "mroute" };

		if (!(rule->flags & RULE_EXPLICIT))
			continue;
		if (rule->iif->usable &&
		    oifs_complete(router, rule->oifs, &memo))
			continue;

		waiting.iif = rule->iif->name;
		waiting.source = rule_source(rule);
		waiting.group = rule_group(rule);
		waiting.oifs = rule->oifs;
		fn(arg, &waiting);
	}
}

static void each_wild(const struct router *router, waiting_fn *fn, void *arg)
{
	struct memo memo = { .set = NULL };
	const struct wild *wild;

	DL_FOREACH(router->wilds, wild) {
		struct waiting waiting = {
			.kind = "mroute",
			.iif = wild->pattern,
			.source = wild->source,
			.group = wild->group,
			.oifs = wild->oifs,
		};

		if (!has_match(router, wild->pattern) ||
		    !oifs_complete(router, wild->oifs, &memo))
			fn(arg, &waiting);
	}
}

static void each_group(const struct router *router, waiting_fn *fn, void *arg)
{
	const struct group *group;

	DL_FOREACH(router->groups, group) {
		struct waiting waiting = {
			.kind = "mgroup",
			.iif = group->name,
			.source = group->source,
			.group = group->group,
		};

		if (group->iface ? !group->iface->usable : !group->members)
			fn(arg, &waiting);
	}
}

static void each_waiting(const struct router *router, waiting_fn *fn, void *arg)
{
	each_rule(router, fn, arg);
	each_wild(router, fn, arg);
	each_group(router, fn, arg);
}

/* The next name of a list behind `name`; the first behind NULL; then NULL. */
static const char *next_name(const struct oifset *set, const char *name)
{
	if (!set || set->text_len == 0)
		return NULL;

	name = name ? name + strlen(name) + 1 : set->text;

	return name < set->text + set->text_len ? name : NULL;
}

/* What was written so far. */
struct text {
	struct buf *out;
	bool begun;
};

static void waiting_row(void *arg, const struct waiting *waiting)
{
	char prefix[PREFIX_STRLEN];
	struct text *text = arg;
	struct buf *out = text->out;
	const char *name;

	if (!text->begun)
		buf_puts(out, "PENDING ROUTES AND GROUPS\n");
	text->begun = true;

	buf_printf(out, "%-7s from %s", waiting->kind, waiting->iif);
	if (!prefix_is_any(&waiting->source))
		buf_printf(out, " source %s",
			   prefix_format(&waiting->source, prefix));
	buf_printf(out, " group %s", prefix_format(&waiting->group, prefix));

	name = next_name(waiting->oifs, NULL);
	if (name)
		buf_puts(out, " to");
	for (; name; name = next_name(waiting->oifs, name))
		buf_printf(out, " %s", name);
	table_row_end(out);
}

static void pending_text(const struct router *router, struct buf *out)
{
	struct text text = { .out = out, .begun = false };

	each_waiting(router, waiting_row, &text);
	if (!text.begun)
		buf_puts(out, "No pending routes or groups\n");
}

static void waiting_json(void *arg, const struct waiting *waiting)
{
	struct json *json = arg;
	const char *name;

	json_object_begin(json, NULL);
	json_string(json, "kind", waiting->kind);
	json_string(json, "iif", waiting->iif);
	table_json_sg(json, &waiting->source, &waiting->group);
	json_array_begin(json, "oifs");
	for (name = next_name(waiting->oifs, NULL); name;
	     name = next_name(waiting->oifs, name))
		json_string(json, NULL, name);
	json_array_end(json);
	json_object_end(json);
}

static void pending_json(const struct router *router, struct buf *out)
{
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_array_begin(&json, "pending");
	each_waiting(router, waiting_json, &json);
	json_array_end(&json);
	table_json_end(&json);
}

void show_pending(const struct router *router, enum show_form form,
		  struct buf *out)
{
	if (form == SHOW_JSON)
		pending_json(router, out);
	else
		pending_text(router, out);
}
