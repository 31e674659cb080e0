/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show interfaces`: those of the system, with the numbers that multicast
 * routing gave them, and, in detail, why one cannot be used.  Names that are
 * only spoken of are not interfaces.
 */
#include <stdio.h>

#include "core/iface.h"
#include "core/state.h"
#include "ctl/show-part.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* Room for a VIF number or "N/A". */
#define VIF_TEXT 12

static const char *vif_text(int vif, char buf[VIF_TEXT])
{
	if (vif < 0)
		return "N/A";

	snprintf(buf, VIF_TEXT, "%d", vif);
	return buf;
}

static void interface_row(const struct iface *iface, int width,
			  const char *reason, struct buf *out)
{
	char vif[VIF_TEXT], mif[VIF_TEXT];

	buf_printf(out, "%6u %-*s %4s %4s%s%s\n", iface->ifindex, width,
		   iface->name, vif_text(iface->vif[FAMILY_IPV4], vif),
		   vif_text(iface->vif[FAMILY_IPV6], mif),
		   reason ? "  " : "", reason ? reason : "");
}

static void interfaces_text(const struct router *router, bool detail,
			    struct buf *out)
{
	int width = table_name_width(router, (int)sizeof("PHYINT") - 1);
	const struct iface *iface;

	table_header(out, " INDEX %-*s  VIF  MIF%s", width, "PHYINT",
		     detail ? "  REASON" : "");
	for (iface = router->ifaces; iface; iface = iface->hh.next) {
		if (iface->ifindex == 0)
			continue;

		interface_row(iface, width,
			      detail ? iface_trouble(iface) : NULL, out);
	}
}

static void vif_json(struct json *json, const char *key, int vif)
{
	if (vif < 0)
		json_null(json, key);
	else
		json_uint(json, key, (uint64_t)vif);
}

static void interfaces_json(const struct router *router, struct buf *out)
{
	const struct iface *iface;
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_array_begin(&json, "interfaces");
	for (iface = router->ifaces; iface; iface = iface->hh.next) {
		if (iface->ifindex == 0)
			continue;

		json_object_begin(&json, NULL);
		json_uint(&json, "index", iface->ifindex);
		json_string(&json, "name", iface->name);
		vif_json(&json, "vif", iface->vif[FAMILY_IPV4]);
		vif_json(&json, "mif", iface->vif[FAMILY_IPV6]);
		if (iface_trouble(iface))
			json_string(&json, "reason", iface_trouble(iface));
		json_object_end(&json);
	}
	json_array_end(&json);
	table_json_end(&json);
}

static void text(struct show *show)
{
	interfaces_text(show->router, show->form == SHOW_DETAIL, show->out);
}

static void json(struct show *show)
{
	interfaces_json(show->router, show->out);
}

/* There are too few of them to make slices of. */
static const struct show_part parts_text[] = {
	{ CURSOR_NONE, text, NULL, NULL },
	{ .kind = CURSOR_NONE },
};

static const struct show_part parts_json[] = {
	{ CURSOR_NONE, json, NULL, NULL },
	{ .kind = CURSOR_NONE },
};

const struct show_part *show_interfaces(enum show_form form)
{
	return form == SHOW_JSON ? parts_json : parts_text;
}
