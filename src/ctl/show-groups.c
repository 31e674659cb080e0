/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show groups`: what is configured, and each single join that it became.
 * Knows core's tables of both, read only.
 */
#include "core/state.h"
#include "ctl/show-part.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* A group that waits for its interface is pending, and not shown. */
static bool group_is_shown(const struct group *group)
{
	return group->iface ? group->iface->usable : group->members != NULL;
}

static void groups_row(struct show *show, const char *title,
		       const struct prefix *source,
		       const struct prefix *group, const char *iif)
{
	char sg[TABLE_SG_LEN];

	if (!show->begun) {
		show->begun = true;
		table_title(show->out, title);
		table_header(show->out, "%-42s %-16s", "GROUP (S,G)", "IIF");
	}

	buf_printf(show->out, "%-42s %s", table_sg(source, group, sg), iif);
	table_row_end(show->out);
}

static void text_begin(struct show *show)
{
	show->begun = false;
}

static void conf_text(struct show *show, void *element)
{
	const struct group *group = element;

	if (group_is_shown(group))
		groups_row(show, "Group Memberships Table", &group->source,
			   &group->group, group->key.name);
}

static void kernel_text(struct show *show, void *element)
{
	const struct join *join = element;
	struct prefix source = table_prefix(&join->key.source);
	struct prefix group = table_prefix(&join->key.group);

	groups_row(show, "Kernel Group Membership Table", &source, &group,
		   join->iface->name);
}

static void group_json(struct json *json, const struct prefix *source,
		       const struct prefix *group, const char *iif)
{
	json_object_begin(json, NULL);
	table_json_sg(json, source, group);
	json_string(json, "iif", iif);
	json_object_end(json);
}

static void conf_json_begin(struct show *show)
{
	json_object_begin(&show->json, NULL);
	json_object_begin(&show->json, "groups");
	json_array_begin(&show->json, "conf");
}

static void conf_json(struct show *show, void *element)
{
	const struct group *group = element;

	if (group_is_shown(group))
		group_json(&show->json, &group->source, &group->group,
			   group->key.name);
}

static void conf_json_end(struct show *show)
{
	json_array_end(&show->json);
}

static void kernel_json_begin(struct show *show)
{
	json_array_begin(&show->json, "kernel");
}

static void kernel_json(struct show *show, void *element)
{
	const struct join *join = element;
	struct prefix source = table_prefix(&join->key.source);
	struct prefix group = table_prefix(&join->key.group);

	group_json(&show->json, &source, &group, join->iface->name);
}

static void kernel_json_end(struct show *show)
{
	json_array_end(&show->json);
	json_object_end(&show->json);
	table_json_end(&show->json);
}

static const struct show_part parts_table[] = {
	{ CURSOR_GROUP, text_begin, conf_text, NULL },
	{ .kind = CURSOR_NONE },
};

static const struct show_part parts_detail[] = {
	{ CURSOR_GROUP, text_begin, conf_text, NULL },
	{ CURSOR_JOIN, text_begin, kernel_text, NULL },
	{ .kind = CURSOR_NONE },
};

static const struct show_part parts_json[] = {
	{ CURSOR_GROUP, conf_json_begin, conf_json, conf_json_end },
	{ CURSOR_JOIN, kernel_json_begin, kernel_json, kernel_json_end },
	{ .kind = CURSOR_NONE },
};

const struct show_part *show_groups(enum show_form form)
{
	switch (form) {
	case SHOW_JSON:
		return parts_json;
	case SHOW_DETAIL:
		return parts_detail;
	case SHOW_TABLE:
		break;
	}

	return parts_table;
}
