/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new configuration, by difference and in slices: what is in both stays
 * untouched, what is only in the old one goes, and the kernel hears of the
 * changes alone.  The order of `phyint` and `hairpin` lines among the others
 * does not matter.
 */
#include "core/reload.h"

#include <errno.h>
#include <stdlib.h>

/* Lines, or rules, worked on in one go. */
#define RELOAD_SLICE 1024

typedef void reload_line_fn(struct reload *reload,
			    const struct directive *directive);

static void reload_each(struct reload *reload, reload_line_fn *fn)
{
	for (size_t i = 0; i < reload->n; i++) {
		reload->failed = false;
		fn(reload, reload->directives[i]);
		reload->errors += reload->failed;
	}
}

static void reload_lines(struct reload *reload)
{
	size_t left = reload->n - reload->pos;
	size_t n = left < RELOAD_SLICE ? left : RELOAD_SLICE;

	for (; n > 0; n--) {
		reload->failed = false;
		reload_route_line(reload, reload->directives[reload->pos++]);
		reload->errors += reload->failed;
	}
}

/* True when a flow that this rule covers may be covered by another as well. */
static bool rule_may_overlap(const struct rule *rule)
{
	return !rule_is_static(rule) || rule->iif->n_shapes > 1;
}

static void rule_grow(struct reload *reload, struct rule *rule)
{
	struct router *router = reload->router;
	struct oifset *both;

	if (rule->generation != router->generation)
		return;
	rule_claim_by_line(router, rule);
	if (!rule->staged || rule->oifs == rule->staged)
		return;
	if (!rule->oifs)
		both = oifset_hold(rule->staged);
	else if (rule_may_overlap(rule))
		both = oifset_merge(router, rule->oifs, rule->staged);
	else
		return;
	/* short of memory the change is made in one step, by rule_shrink() */
	if (both)
		rule_set_oifs(router, rule, both);
}

static void rule_shrink(struct reload *reload, struct rule *rule)
{
	struct router *router = reload->router;
	struct oifset *staged = rule->staged;

	if (rule->generation != router->generation) {
		rule_del(router, rule);
		return;
	}
	rule->staged = NULL;
	if (staged)
		rule_set_oifs(router, rule, staged);
}

/* Guards that a template will need are asked for now, not at its first flow. */
static void rule_tell(struct reload *reload, struct rule *rule)
{
	struct router *router = reload->router;
	enum family family = addr_family(&rule->key.group);
	struct guard_answer answer;

	if (!(rule->flags & RULE_HAIRPIN))
		return;
	hairpin_ask(router, rule->iif, NULL, family, &answer);
	if (rule->iif->ifindex)
		ladder_pick(router, rule->iif, family, NULL, &answer);
	rule_note_hairpin(router, rule);
}

typedef void reload_rule_fn(struct reload *reload, struct rule *rule);

static void reload_rules(struct reload *reload, reload_rule_fn *fn)
{
	for (int n = 0; reload->rule && n < RELOAD_SLICE; n++) {
		struct rule *rule = reload->rule;

		reload->rule = htable_next(rule);
		fn(reload, rule);
	}
}

static void reload_release(struct reload *reload)
{
	struct router *router = reload->router;
	struct group *group, *tmp;

	wild_sweep(router);
	HTABLE_FOREACH_SAFE(&router->groups, group, tmp)
		if (group->generation != router->generation)
			group_free(router, group);
	group_leave_at_once(router);
	filter_check_all(router);
	member_check_all(router);
	iface_release(router);
	reload->phase = RELOAD_NOTES;
	iface_claim_all(router);
	if (router->full)
		reload_each(reload, reload_full_line);
}

static void reload_next_phase(struct reload *reload, enum reload_phase phase)
{
	reload->phase = phase;
	reload->rule = htable_first(&reload->router->rules);
}

static void reload_slice(struct reload *reload)
{
	switch (reload->phase) {
	case RELOAD_LINES:
		reload_lines(reload);
		if (reload->pos == reload->n)
			reload_next_phase(reload, RELOAD_GROW);
		break;
	case RELOAD_GROW:
		reload_rules(reload, rule_grow);
		if (!reload->rule)
			reload_next_phase(reload, RELOAD_SHRINK);
		break;
	case RELOAD_SHRINK:
		reload_rules(reload, rule_shrink);
		if (!reload->rule && !scan_work(reload->router))
			reload_next_phase(reload, RELOAD_RELEASE);
		break;
	case RELOAD_RELEASE:
		reload_release(reload);
		reload_next_phase(reload, RELOAD_NOTES);
		break;
	case RELOAD_NOTES:
		reload_rules(reload, rule_tell);
		if (!reload->rule)
			reload_next_phase(reload, RELOAD_DONE);
		break;
	case RELOAD_DONE:
		break;
	}
}

/*
 * Nothing is sent before all lines are staged; and where the rules change in
 * one slice there is nothing between the two changes that could be lost.
 */
static bool reload_is_in_effect(const struct reload *reload)
{
	if (reload->phase == RELOAD_SHRINK)
		return reload->router->rules.n > RELOAD_SLICE;
	return reload->phase > RELOAD_SHRINK;
}

bool router_reload_step(struct router *router, size_t *ret_errors)
{
	struct reload *reload = router->reload;

	reload_slice(reload);
	if (reload_is_in_effect(reload))
		router_commit(router);
	if (reload->phase != RELOAD_DONE)
		return true;
	*ret_errors = reload->errors;
	reload_free(router);
	return false;
}

int router_reload_begin(struct router *router,
			const struct directive *const *directives, size_t n,
			report_fn *report, void *arg)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (!reload || reload_settings_room(router, directives, n)) {
		free(reload);
		return -ENOMEM;
	}
	*reload = (struct reload){
		.router = router,
		.directives = directives,
		.n = n,
		.report = report,
		.arg = arg,
	};
	ladder_forget(router);
	hairpin_touch_candidates(router);
	router->generation++;
	router->reload = reload;
	reload_each(reload, reload_settings_line);
	iface_settings_apply(router);
	return 0;
}

size_t router_reload(struct router *router,
		     const struct directive *const *directives, size_t n,
		     report_fn *report, void *arg)
{
	size_t errors = 0;

	if (router_reload_begin(router, directives, n, report, arg)) {
		struct diag diag = { 0 };

		diag_set(&diag, 0, "out of memory, nothing is changed");
		report(arg, NOTE_WARNING, &diag);
		return 1;
	}
	while (router_reload_step(router, &errors))
		;
	return errors;
}

bool reload_holds_vifs(const struct router *router)
{
	return router->reload && router->reload->phase <= RELOAD_RELEASE;
}

bool reload_is_staging(const struct router *router)
{
	return router->reload && router->reload->phase < RELOAD_SHRINK;
}

uint32_t reload_line(const struct router *router)
{
	return (uint32_t)router->reload->pos;
}

void reload_forget(struct router *router, const struct rule *rule)
{
	if (router->reload && router->reload->rule == rule)
		router->reload->rule = htable_next(rule);
}

void reload_free(struct router *router)
{
	free(router->reload);
	router->reload = NULL;
}
