/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show routes`: the rules and what the kernel has.  Knows core's tables of
 * rules and entries, read only; must not change or derive anything.
 */
#include <inttypes.h>

#include "core/state.h"
#include "ctl/show.h"
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

/* How rows are written, and whether the table's title is out. */
struct routes {
	const struct router *router;
	struct buf *out;
	bool detail;
	int width;
	bool begun;
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

static void routes_begin(struct routes *routes, const char *title)
{
	if (routes->begun)
		return;

	routes->begun = true;
	table_title(routes->out, title);
	if (routes->detail)
		table_header(routes->out, "%-42s %-*s %10s %10s  %s",
			     "ROUTE (S,G)", routes->width, "IIF", "PACKETS",
			     "BYTES", "OIFS");
	else
		table_header(routes->out, "%-42s %-*s  %s", "ROUTE (S,G)",
			     routes->width, "IIF", "OIFS");
}

static const struct iface *route_oif(const struct router *router,
				     const struct route *route,
				     unsigned int vif)
{
	if (!(route->oifs & (UINT32_C(1) << vif)))
		return NULL;

	return router_vif(router, addr_family(&route->group.addr), vif);
}

static void route_row(const struct routes *routes, const struct route *route)
{
	struct mfc_count count = { .packets = 0 };
	char sg[TABLE_SG_LEN];
	unsigned int vif;

	buf_printf(routes->out, "%-42s %-*s ",
		   table_sg(&route->source, &route->group, sg), routes->width,
		   route->iif->name);

	if (routes->detail) {
		if (route->mfc)
			router_mfc_count(routes->router, route->mfc, &count);
		buf_printf(routes->out, "%10" PRIu64 " %10" PRIu64 " ",
			   count.packets, count.bytes);
	}

	for (vif = 0; vif < VIF_MAX; vif++) {
		const struct iface *oif = route_oif(routes->router, route, vif);

		if (oif)
			buf_printf(routes->out, " %s", oif->name);
	}
	table_row_end(routes->out);
}

static void rules_rows(struct routes *routes, bool is_static,
		       const char *title)
{
	const struct rule *rule;

	routes->begun = false;
	for (rule = routes->router->rules; rule; rule = rule->hh.next) {
		struct route route;

		if (!rule_is_shown(rule, is_static))
			continue;

		route = route_of_rule(rule);
		routes_begin(routes, title);
		route_row(routes, &route);
	}
}

static void kernel_rows(struct routes *routes, bool stop_filters)
{
	const struct mfc *mfc;

	for (mfc = routes->router->mfcs; mfc; mfc = mfc->hh.next) {
		struct route route;

		if (!(mfc->flags & MFC_IN_KERNEL) ||
		    (mfc->oifs == 0) != stop_filters)
			continue;

		route = route_of_mfc(mfc);
		routes_begin(routes, "Kernel MFC Table");
		route_row(routes, &route);
	}
}

static void routes_text(const struct router *router, bool detail,
			struct buf *out)
{
	struct routes routes = {
		.router = router,
		.out = out,
		.detail = detail,
		.width = table_name_width(router, (int)sizeof("IIF") - 1),
	};

	rules_rows(&routes, false, "(*,G) Template Rules");
	rules_rows(&routes, true, "(S,G) Rules");

	routes.begun = false;
	kernel_rows(&routes, false);
	kernel_rows(&routes, true);
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

static void rules_json(const struct router *router, bool is_static,
		       struct json *json)
{
	const struct rule *rule;

	for (rule = router->rules; rule; rule = rule->hh.next) {
		struct route route;

		if (!rule_is_shown(rule, is_static))
			continue;

		route = route_of_rule(rule);
		route_json(router, &route, json);
	}
}

static void kernel_json(const struct router *router, struct json *json)
{
	const struct mfc *mfc;

	for (mfc = router->mfcs; mfc; mfc = mfc->hh.next) {
		struct route route;

		if (!(mfc->flags & MFC_IN_KERNEL))
			continue;

		route = route_of_mfc(mfc);
		route_json(router, &route, json);
	}
}

static void routes_json(const struct router *router, struct buf *out)
{
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_object_begin(&json, "routes");

	json_array_begin(&json, "asm");
	rules_json(router, false, &json);
	json_array_end(&json);

	json_array_begin(&json, "ssm");
	rules_json(router, true, &json);
	json_array_end(&json);

	json_array_begin(&json, "kernel");
	kernel_json(router, &json);
	json_array_end(&json);

	json_object_end(&json);
	table_json_end(&json);
}

void show_routes(const struct router *router, enum show_form form,
		 struct buf *out)
{
	if (form == SHOW_JSON)
		routes_json(router, out);
	else
		routes_text(router, form == SHOW_DETAIL, out);
}
