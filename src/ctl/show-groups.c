/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show groups`: what is configured, and each single join that it became.
 * Knows core's tables of both, read only.
 */
#include "core/state.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* A group that waits for its interface is pending, and not shown. */
static bool group_is_shown(const struct group *group)
{
	return group->iface ? group->iface->usable : group->members != NULL;
}

static void groups_begin(struct buf *out, const char *title, bool *begun)
{
	if (*begun)
		return;

	*begun = true;
	table_title(out, title);
	table_header(out, "%-42s %-16s", "GROUP (S,G)", "IIF");
}

static void groups_row(struct buf *out, const struct prefix *source,
		       const struct prefix *group, const char *iif)
{
	char sg[TABLE_SG_LEN];

	buf_printf(out, "%-42s %s", table_sg(source, group, sg), iif);
	table_row_end(out);
}

static void conf_rows(const struct router *router, struct buf *out)
{
	const struct group *group;
	bool begun = false;

	DL_FOREACH(router->groups, group) {
		if (!group_is_shown(group))
			continue;

		groups_begin(out, "Group Memberships Table", &begun);
		groups_row(out, &group->source, &group->group, group->name);
	}
}

static void kernel_rows(const struct router *router, struct buf *out)
{
	const struct join *join;
	bool begun = false;

	for (join = router->joins; join; join = join->hh.next) {
		struct prefix source = table_prefix(&join->key.source);
		struct prefix group = table_prefix(&join->key.group);

		groups_begin(out, "Kernel Group Membership Table", &begun);
		groups_row(out, &source, &group, join->iface->name);
	}
}

static void group_json(struct json *json, const struct prefix *source,
		       const struct prefix *group, const char *iif)
{
	json_object_begin(json, NULL);
	table_json_sg(json, source, group);
	json_string(json, "iif", iif);
	json_object_end(json);
}

static void groups_json(const struct router *router, struct buf *out)
{
	const struct group *group;
	const struct join *join;
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_object_begin(&json, "groups");

	json_array_begin(&json, "conf");
	DL_FOREACH(router->groups, group) {
		if (group_is_shown(group))
			group_json(&json, &group->source, &group->group,
				   group->name);
	}
	json_array_end(&json);

	json_array_begin(&json, "kernel");
	for (join = router->joins; join; join = join->hh.next) {
		struct prefix source = table_prefix(&join->key.source);
		struct prefix address = table_prefix(&join->key.group);

		group_json(&json, &source, &address, join->iface->name);
	}
	json_array_end(&json);

	json_object_end(&json);
	table_json_end(&json);
}

void show_groups(const struct router *router, enum show_form form,
		 struct buf *out)
{
	if (form == SHOW_JSON) {
		groups_json(router, out);
		return;
	}

	conf_rows(router, out);
	if (form == SHOW_DETAIL)
		kernel_rows(router, out);
}
