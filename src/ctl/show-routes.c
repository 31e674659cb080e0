/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show routes`: the rules and what the kernel has.  Knows core's tables of
 * rules and entries; must not change anything but their marks.
 */
#include <inttypes.h>

#include "core/state.h"
#include "ctl/show-part.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* One row of whichever of the three tables. */
struct route {
	struct prefix source;
	struct prefix group;
	const struct iface *iif;
	uint32_t oifs;
	const struct mfc *mfc;		/* has the counters, or NULL */
};

static struct route route_of_rule(const struct rule *rule)
{
	struct route route = {
		.source = rule_source(rule),
		.group = rule_group(rule),
		.iif = rule->iif,
		.oifs = rule_oif_bits(rule),
		.mfc = rule->mfc,
	};

	return route;
}

static struct route route_of_mfc(const struct mfc *mfc)
{
	struct route route = {
		.source = table_prefix(&mfc->key.source),
		.group = table_prefix(&mfc->key.group),
		.iif = mfc->iif,
		.oifs = mfc->oifs,
		.mfc = mfc,
	};

	return route;
}

/*
 * A rule whose inbound interface cannot be used is pending; templates and
 * (S,G) rules are listed apart.
 */
static bool rule_is_shown(const struct rule *rule, bool is_static)
{
	return rule->iif->usable && rule_is_static(rule) == is_static;
}

static void routes_begin(struct show *show, const char *title)
{
	if (show->begun)
		return;

	show->begun = true;
	table_title(show->out, title);
	if (show->form == SHOW_DETAIL)
		table_header(show->out, "%-42s %-*s %10s %10s  %s",
			     "ROUTE (S,G)", show->width, "IIF", "PACKETS",
			     "BYTES", "OIFS");
	else
		table_header(show->out, "%-42s %-*s  %s", "ROUTE (S,G)",
			     show->width, "IIF", "OIFS");
}

static const struct iface *route_oif(const struct router *router,
				     const struct route *route,
				     unsigned int vif)
{
	if (!(route->oifs & (UINT32_C(1) << vif)))
		return NULL;

	return router_vif(router, addr_family(&route->group.addr), vif);
}

static void route_text(const struct show *show, const struct route *route)
{
	struct mfc_count count = { .packets = 0 };
	char sg[TABLE_SG_LEN];
	unsigned int vif;

	buf_printf(show->out, "%-42s %-*s ",
		   table_sg(&route->source, &route->group, sg), show->width,
		   route->iif->name);

	if (show->form == SHOW_DETAIL) {
		if (route->mfc)
			router_mfc_count(show->router, route->mfc, &count);
		buf_printf(show->out, "%10" PRIu64 " %10" PRIu64 " ",
			   count.packets, count.bytes);
	}

	for (vif = 0; vif < VIF_MAX; vif++) {
		const struct iface *oif = route_oif(show->router, route, vif);

		if (oif)
			buf_printf(show->out, " %s", oif->name);
	}
	table_row_end(show->out);
}

static void text_begin(struct show *show)
{
	show->begun = false;
}

static void rule_text(struct show *show, const struct rule *rule,
		      const char *title)
{
	struct route route = route_of_rule(rule);

	routes_begin(show, title);
	route_text(show, &route);
}

static void template_text(struct show *show, void *element)
{
	if (rule_is_shown(element, false))
		rule_text(show, element, "(*,G) Template Rules");
}

static void static_text(struct show *show, void *element)
{
	if (rule_is_shown(element, true))
		rule_text(show, element, "(S,G) Rules");
}

static void mfc_text(struct show *show, const struct mfc *mfc)
{
	struct route route = route_of_mfc(mfc);

	routes_begin(show, "Kernel MFC Table");
	route_text(show, &route);
}

static void mfc_oifs_text(struct show *show, void *element)
{
	struct mfc *mfc = element;

	if (!(mfc->flags & MFC_IN_KERNEL) || mfc->oifs == 0)
		return;

	if (mfc->shown < show->mark)
		mfc->shown = show->mark;
	mfc_text(show, mfc);
}

/* Stop filters, and what had no OIFs when its turn was. */
static void mfc_rest_text(struct show *show, void *element)
{
	const struct mfc *mfc = element;

	if ((mfc->flags & MFC_IN_KERNEL) && mfc->shown < show->mark)
		mfc_text(show, mfc);
}

static void route_json(const struct router *router, const struct route *route,
		       struct json *json)
{
	unsigned int vif;

	json_object_begin(json, NULL);
	table_json_sg(json, &route->source, &route->group);
	json_string(json, "iif", route->iif->name);
	json_array_begin(json, "oifs");
	for (vif = 0; vif < VIF_MAX; vif++) {
		const struct iface *oif = route_oif(router, route, vif);

		if (oif)
			json_string(json, NULL, oif->name);
	}
	json_array_end(json);
	json_object_end(json);
}

static void rule_json(struct show *show, const struct rule *rule)
{
	struct route route = route_of_rule(rule);

	route_json(show->router, &route, &show->json);
}

static void asm_json_begin(struct show *show)
{
	json_object_begin(&show->json, NULL);
	json_object_begin(&show->json, "routes");
	json_array_begin(&show->json, "asm");
}

static void asm_json(struct show *show, void *element)
{
	if (rule_is_shown(element, false))
		rule_json(show, element);
}

static void ssm_json_begin(struct show *show)
{
	json_array_begin(&show->json, "ssm");
}

static void ssm_json(struct show *show, void *element)
{
	if (rule_is_shown(element, true))
		rule_json(show, element);
}

static void array_json_end(struct show *show)
{
	json_array_end(&show->json);
}

static void kernel_json_begin(struct show *show)
{
	json_array_begin(&show->json, "kernel");
}

static void kernel_json(struct show *show, void *element)
{
	const struct mfc *mfc = element;
	struct route route;

	if (!(mfc->flags & MFC_IN_KERNEL))
		return;

	route = route_of_mfc(mfc);
	route_json(show->router, &route, &show->json);
}

static void kernel_json_end(struct show *show)
{
	json_array_end(&show->json);
	json_object_end(&show->json);
	table_json_end(&show->json);
}

static const struct show_part parts_text[] = {
	{ CURSOR_RULE, text_begin, template_text, NULL },
	{ CURSOR_RULE, text_begin, static_text, NULL },
	{ CURSOR_MFC, text_begin, mfc_oifs_text, NULL },
	{ CURSOR_MFC, NULL, mfc_rest_text, NULL },
	{ .kind = CURSOR_NONE },
};

static const struct show_part parts_json[] = {
	{ CURSOR_RULE, asm_json_begin, asm_json, array_json_end },
	{ CURSOR_RULE, ssm_json_begin, ssm_json, array_json_end },
	{ CURSOR_MFC, kernel_json_begin, kernel_json, kernel_json_end },
	{ .kind = CURSOR_NONE },
};

const struct show_part *show_routes(enum show_form form)
{
	return form == SHOW_JSON ? parts_json : parts_text;
}
