/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show pending`: what cannot be in effect, or not in full, because an
 * interface that it names is absent or cannot route multicast; in detail and as
 * JSON with the first such interface and the cause.  Derived from core's tables:
 * nothing is kept of what waits.
 */
#include <stdio.h>
#include <string.h>

#include "core/iface.h"
#include "core/state.h"
#include "ctl/show-part.h"
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

static bool has_match(const struct router *router, const char *pattern)
{
	const struct iface *iface;

	for (iface = router->ifaces; iface; iface = iface->hh.next) {
		if (iface->usable && ifname_matches(pattern, iface->name))
			return true;
	}

	return false;
}

/* Why nothing goes by that name, or NULL when it does. */
static const char *name_trouble(const struct router *router, const char *name)
{
	const struct iface *iface;

	if (ifname_is_wildcard(name))
		return has_match(router, name) ? NULL : "no interface matches";
	iface = iface_find(router, name);
	return iface ? iface_trouble(iface) : "no such interface";
}

static bool set_is_complete(const struct router *router,
			    const struct oifset *set)
{
	size_t i;

	for (i = 0; i < set->n_uses; i++) {
		if (iface_trouble(set->uses[i].iface))
			return false;
	}

	for (i = 0; i < set->n_patterns; i++) {
		if (!has_match(router, set->patterns[i]))
			return false;
	}

	return true;
}

static bool oifs_complete(struct show *show, const struct oifset *set)
{
	if (show->memo != set) {
		show->memo = set;
		show->memo_complete = set_is_complete(show->router, set);
	}

	return show->memo_complete;
}

/* The next name of a list behind `name`; the first behind NULL; then NULL. */
static const char *next_name(const struct oifset *set, const char *name)
{
	if (!set || set->text_len == 0)
		return NULL;

	name = name ? name + strlen(name) + 1 : set->text;

	return name < set->text + set->text_len ? name : NULL;
}

/* The first name that it waits for, and why; NULL: none any more. */
static const char *waiting_cause(const struct router *router,
				 const struct waiting *waiting,
				 const char **ret_name)
{
	const char *cause = name_trouble(router, waiting->iif);
	const char *name = NULL;

	*ret_name = waiting->iif;
	while (!cause && (name = next_name(waiting->oifs, name))) {
		cause = name_trouble(router, name);
		*ret_name = name;
	}
	return cause;
}

static void waiting_text(struct show *show, const struct waiting *waiting)
{
	char prefix[PREFIX_STRLEN];
	struct buf *out = show->out;
	const char *name, *cause;

	if (!show->begun)
		buf_puts(out, "PENDING ROUTES AND GROUPS\n");
	show->begun = true;

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
	if (show->form == SHOW_DETAIL) {
		cause = waiting_cause(show->router, waiting, &name);
		if (cause)
			buf_printf(out, "  (%s: %s)", name, cause);
	}
	table_row_end(out);
}

static void cause_json(struct show *show, const struct waiting *waiting)
{
	char text[128];
	const char *name, *cause;

	cause = waiting_cause(show->router, waiting, &name);
	if (!cause) {
		json_null(&show->json, "reason");
		return;
	}
	snprintf(text, sizeof(text), "%s: %s", name, cause);
	json_string(&show->json, "reason", text);
}

static void waiting_json(struct show *show, const struct waiting *waiting)
{
	struct json *json = &show->json;
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
	cause_json(show, waiting);
	json_object_end(json);
}

static void waiting_row(struct show *show, const struct waiting *waiting)
{
	if (show->form == SHOW_JSON)
		waiting_json(show, waiting);
	else
		waiting_text(show, waiting);
}

static void begin(struct show *show)
{
	if (show->form != SHOW_JSON)
		return;

	json_object_begin(&show->json, NULL);
	json_array_begin(&show->json, "pending");
}

static void rule_row(struct show *show, void *element)
{
	const struct rule *rule = element;
	struct waiting waiting = { .kind = "mroute" };

	if (!(rule->flags & RULE_EXPLICIT))
		return;
	if (!iface_trouble(rule->iif) && oifs_complete(show, rule->oifs))
		return;

	waiting.iif = rule->iif->name;
	waiting.source = rule_source(rule);
	waiting.group = rule_group(rule);
	waiting.oifs = rule->oifs;
	waiting_row(show, &waiting);
}

static void wild_row(struct show *show, void *element)
{
	const struct wild *wild = element;
	struct waiting waiting = {
		.kind = "mroute",
		.iif = wild->key.name,
		.source = wild->source,
		.group = wild->group,
		.oifs = wild->oifs,
	};

	if (!has_match(show->router, wild->key.name) ||
	    !oifs_complete(show, wild->oifs))
		waiting_row(show, &waiting);
}

static void group_row(struct show *show, void *element)
{
	const struct group *group = element;
	struct waiting waiting = {
		.kind = "mgroup",
		.iif = group->key.name,
		.source = group->source,
		.group = group->group,
	};

	if (group->iface ? !group->iface->usable : !group->members)
		waiting_row(show, &waiting);
}

static void end(struct show *show)
{
	if (show->form == SHOW_JSON) {
		json_array_end(&show->json);
		table_json_end(&show->json);
	} else if (!show->begun) {
		buf_puts(show->out, "No pending routes or groups\n");
	}
}

static const struct show_part parts[] = {
	{ CURSOR_RULE, begin, rule_row, NULL },
	{ CURSOR_WILD, NULL, wild_row, NULL },
	{ CURSOR_GROUP, NULL, group_row, end },
	{ .kind = CURSOR_NONE },
};

const struct show_part *show_pending(enum show_form form)
{
	(void)form;
	return parts;
}
