/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show hairpin`: the routes that lead out of the interface they come in by,
 * and what keeps each from feeding on itself.  Knows core's view of them; must
 * not judge: the state is what the guard's policy says.
 */
#include <inttypes.h>

#include "core/state.h"
#include "ctl/show-part.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* An entry, or a rule that has none yet. */
struct row {
	struct prefix source;
	struct prefix group;
	const char *iif;
	enum guard guard;
	enum hairpin_state state;
	const char *joined;		/* NULL: a range of groups */
	struct guard_count count;
	const char *reason;		/* NULL: none */
};

static const char *joined_on(const struct router *router,
			     const struct iface *iif,
			     const struct in6_addr *group)
{
	return joined_name(router_joined(router, iif->ifindex, group));
}

static struct row row_of_hairpin(const struct router *router,
				 const struct hairpin *hairpin,
				 const struct guard_count *count)
{
	struct row row = {
		.source = table_prefix(&hairpin->mfc->key.source),
		.group = table_prefix(&hairpin->mfc->key.group),
		.iif = hairpin->mfc->iif->name,
		.guard = hairpin->guard,
		.state = hairpin->state,
		.joined = joined_on(router, hairpin->mfc->iif,
				    &hairpin->mfc->key.group),
		.count = *count,
		.reason = hairpin->reason,
	};

	return row;
}

static struct row row_of_rule(const struct router *router,
			      const struct rule *rule,
			      const struct guard_answer *answer)
{
	struct row row = {
		.source = rule_source(rule),
		.group = rule_group(rule),
		.iif = rule->iif->name,
		.guard = answer->guard,
		.state = answer->state,
		.reason = answer->reason,
	};

	if (prefix_is_full(&row.group))
		row.joined = joined_on(router, rule->iif, &row.group.addr);
	return row;
}

static void text_begin(struct show *show)
{
	if (show->begun)
		return;

	show->begun = true;
	table_title(show->out, "Hairpin Routes");
	table_header(show->out,
		     "%-42s %-*s  %-9s  %-9s  %-8s  %10s  %10s  %10s  %s",
		     "ROUTE (S,G)", show->width, "IIF", "GUARD", "STATE",
		     "JOINED", "SUPPRESSED", "RELAYED", "DROPPED", "REASON");
}

static void row_text(struct show *show, const struct row *row)
{
	const char *guard = guard_name(row->guard);
	char sg[TABLE_SG_LEN];

	text_begin(show);
	buf_printf(show->out, "%-42s %-*s  %-9s  %-9s  %-8s  %10" PRIu64
		   "  %10" PRIu64 "  %10" PRIu64 "  %s",
		   table_sg(&row->source, &row->group, sg), show->width,
		   row->iif, guard ? guard : "-",
		   hairpin_state_name(row->state),
		   row->joined ? row->joined : "-", row->count.suppressed,
		   row->count.relayed, row->count.dropped,
		   row->reason ? row->reason : "");
	table_row_end(show->out);
}

/*
 * Each packet leaves and is delivered exactly as the route says: not when the
 * leg is left out for want of a guard, nor when the kernel multiplies, nor when
 * it delivers a looped copy as well.
 */
static bool row_is_exact(const struct row *row)
{
	switch (row->state) {
	case HAIRPIN_GUARDED:
		return guard_is_exact(row->guard);
	case HAIRPIN_OWN:
		return true;
	case HAIRPIN_NEW:
	case HAIRPIN_SUSPENDED:
	case HAIRPIN_UNGUARDED:
		break;
	}

	return false;
}

static void row_json(struct show *show, const struct row *row)
{
	struct json *json = &show->json;

	json_object_begin(json, NULL);
	table_json_sg(json, &row->source, &row->group);
	json_string(json, "iif", row->iif);
	json_string(json, "guard", guard_name(row->guard));
	json_string(json, "state", hairpin_state_name(row->state));
	json_string(json, "reason", row->reason);
	json_bool(json, "exact", row_is_exact(row));
	json_string(json, "joined", row->joined);
	json_uint(json, "suppressed", row->count.suppressed);
	json_uint(json, "relayed", row->count.relayed);
	json_uint(json, "dropped", row->count.dropped);
	json_object_end(json);
}

/* Interfaces with a policy of their own. */
static void policies_json(const struct router *router, struct json *json)
{
	const struct iface *iface;

	json_string(json, "policy", policy_name(router_global_policy(router)));
	json_array_begin(json, "interfaces");
	for (iface = router->ifaces; iface; iface = iface->hh.next) {
		if (iface->phyint.policy == POLICY_UNSET)
			continue;

		json_object_begin(json, NULL);
		json_string(json, "name", iface->name);
		json_string(json, "policy", policy_name(iface->phyint.policy));
		json_object_end(json);
	}
	json_array_end(json);
}

static void begin(struct show *show)
{
	if (show->form != SHOW_JSON)
		return;

	json_object_begin(&show->json, NULL);
	json_object_begin(&show->json, "hairpin");
	policies_json(show->router, &show->json);
	json_array_begin(&show->json, "routes");
}

static void show_row(struct show *show, const struct row *row)
{
	if (show->form == SHOW_JSON)
		row_json(show, row);
	else
		row_text(show, row);
}

/* Without an answer all are 0. */
static const struct guard_count *next_count(struct show *show,
					    const struct hairpin *hairpin)
{
	if (show->n_counts == 0) {
		show->n_counts = GUARD_COUNT_MAX;
		router_guard_count(show->router, hairpin, show->n_counts,
				   show->counts);
	}
	return &show->counts[GUARD_COUNT_MAX - show->n_counts--];
}

static void entry(struct show *show, void *element)
{
	struct row row = row_of_hairpin(show->router, element,
					next_count(show, element));

	router_hairpin_seen(show->router, element, show->mark);
	show_row(show, &row);
}

static void waiting(struct show *show, void *element)
{
	struct guard_answer answer;
	struct row row;

	if (!router_hairpin_waits(show->router, element, show->mark, &answer))
		return;

	row = row_of_rule(show->router, element, &answer);
	show_row(show, &row);
}

static const char *const family_names[FAMILY_COUNT] = {
	[FAMILY_IPV4] = "ipv4", [FAMILY_IPV6] = "ipv6",
};

static void lost_json(struct show *show, const struct iface *iface,
		      const char *family, uint64_t lost)
{
	json_object_begin(&show->json, NULL);
	json_string(&show->json, "name", iface->name);
	json_string(&show->json, "family", family);
	json_uint(&show->json, "packets", lost);
	json_object_end(&show->json);
}

static void lost_text(struct show *show, const struct iface *iface,
		      const char *family, uint64_t lost)
{
	buf_printf(show->out, "%-*s  %-6s  %10" PRIu64, show->width,
		   iface->name, family, lost);
	table_row_end(show->out);
}

static void lost_header(struct show *show)
{
	if (show->form == SHOW_JSON)
		return;

	table_title(show->out, "Packets That the Relay Lost");
	table_header(show->out, "%-*s  %-6s  %10s", show->width, "IIF",
		     "FAMILY", "LOST");
}

/* What the kernel had no room for, of flows that nobody can name any more. */
static void lost_rows(struct show *show)
{
	const struct iface *iface;
	bool begun = false;
	unsigned int f;
	uint64_t lost;

	for (iface = show->router->ifaces; iface; iface = iface->hh.next) {
		for (f = 0; f < FAMILY_COUNT; f++) {
			lost = router_relay_lost(show->router, iface, f);
			if (!lost)
				continue;
			if (!begun)
				lost_header(show);
			begun = true;
			if (show->form == SHOW_JSON)
				lost_json(show, iface, family_names[f], lost);
			else
				lost_text(show, iface, family_names[f], lost);
		}
	}
}

static void end(struct show *show)
{
	if (show->form != SHOW_JSON) {
		lost_rows(show);
		return;
	}

	json_array_end(&show->json);
	json_array_begin(&show->json, "lost");
	lost_rows(show);
	json_array_end(&show->json);
	json_object_end(&show->json);
	table_json_end(&show->json);
}

static const struct show_part parts[] = {
	{ CURSOR_HAIRPIN, begin, entry, NULL },
	{ CURSOR_RULE, NULL, waiting, end },
	{ .kind = CURSOR_NONE },
};

const struct show_part *show_hairpin(enum show_form form)
{
	(void)form;
	return parts;
}
