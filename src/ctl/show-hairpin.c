/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show hairpin`: the routes that lead out of the interface they come in by,
 * and what keeps each from feeding on itself.  Knows core's view of them; must
 * not judge: the state is what the guard's policy says.
 */
#include <inttypes.h>

#include "core/state.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "lib/buf.h"

/* An entry, or a rule that has none yet. */
struct row {
	struct prefix source;
	struct prefix group;
	const char *iif;
	enum guard guard;
	enum hairpin_state state;
	uint64_t suppressed;
	const char *reason;		/* NULL: none */
};

struct text {
	struct buf *out;
	int width;
	bool begun;
};

typedef void row_fn(void *arg, const struct row *row);

/* Carries `fn` through router_each_waiting_hairpin(). */
struct visit {
	row_fn *fn;
	void *arg;
};

static void visit_rule(void *arg, const struct rule *rule,
		       const struct guard_answer *answer)
{
	const struct visit *visit = arg;
	struct row row = {
		.source = rule_source(rule),
		.group = rule_group(rule),
		.iif = rule->iif->name,
		.guard = answer->guard,
		.state = answer->state,
		.reason = answer->reason,
	};

	visit->fn(visit->arg, &row);
}

static void each_row(struct router *router, row_fn *fn, void *arg)
{
	struct visit visit = { .fn = fn, .arg = arg };
	const struct hairpin *hairpin;

	DL_FOREACH(router->hairpins, hairpin) {
		struct row row = {
			.source = table_prefix(&hairpin->mfc->key.source),
			.group = table_prefix(&hairpin->mfc->key.group),
			.iif = hairpin->mfc->iif->name,
			.guard = hairpin->guard,
			.state = hairpin->state,
			.suppressed = hairpin->suppressed,
			.reason = hairpin->reason,
		};

		fn(arg, &row);
	}

	router_each_waiting_hairpin(router, visit_rule, &visit);
}

static void text_begin(struct text *text)
{
	if (text->begun)
		return;

	text->begun = true;
	table_title(text->out, "Hairpin Routes");
	table_header(text->out, "%-42s %-*s  %-9s  %-9s  %10s  %s",
		     "ROUTE (S,G)", text->width, "IIF", "GUARD", "STATE",
		     "SUPPRESSED", "REASON");
}

static void row_text(void *arg, const struct row *row)
{
	const char *guard = guard_name(row->guard);
	struct text *text = arg;
	char sg[TABLE_SG_LEN];

	text_begin(text);
	buf_printf(text->out, "%-42s %-*s  %-9s  %-9s  %10" PRIu64 "  %s",
		   table_sg(&row->source, &row->group, sg), text->width,
		   row->iif, guard ? guard : "-",
		   hairpin_state_name(row->state), row->suppressed,
		   row->reason ? row->reason : "");
	table_row_end(text->out);
}

/*
 * Each packet leaves and is delivered exactly as the route says: not when the
 * leg is left out for want of a guard, nor when the kernel multiplies.
 */
static bool row_is_exact(const struct row *row)
{
	switch (row->state) {
	case HAIRPIN_GUARDED:
	case HAIRPIN_OWN:
		return true;
	case HAIRPIN_NEW:
	case HAIRPIN_SUSPENDED:
	case HAIRPIN_UNGUARDED:
		break;
	}

	return false;
}

static void row_json(void *arg, const struct row *row)
{
	struct json *json = arg;

	json_object_begin(json, NULL);
	table_json_sg(json, &row->source, &row->group);
	json_string(json, "iif", row->iif);
	json_string(json, "guard", guard_name(row->guard));
	json_string(json, "state", hairpin_state_name(row->state));
	json_string(json, "reason", row->reason);
	json_bool(json, "exact", row_is_exact(row));
	json_uint(json, "suppressed", row->suppressed);
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

static void hairpin_json(struct router *router, struct buf *out)
{
	struct json json;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_object_begin(&json, "hairpin");
	policies_json(router, &json);

	json_array_begin(&json, "routes");
	each_row(router, row_json, &json);
	json_array_end(&json);

	json_object_end(&json);
	table_json_end(&json);
}

void show_hairpin(struct router *router, enum show_form form, struct buf *out)
{
	struct text text = {
		.out = out,
		.width = table_name_width(router, (int)sizeof("IIF") - 1),
	};

	/* without an answer the counts of the last time are shown */
	router_guard_count(router);

	if (form == SHOW_JSON)
		hairpin_json(router, out);
	else
		each_row(router, row_text, &text);
}
