/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a configuration: settings into the router, routes staged, groups
 * joined, and what is to be said about it.  When which lines are read, and when
 * they take effect, is up to reload.c.
 */
#include "core/reload.h"

#include <errno.h>
#include <stdlib.h>

static void reload_report(struct reload *reload, enum note_level level,
			  const struct directive *directive,
			  struct diag *diag)
{
	diag->file = directive->file;
	diag->line = directive->line;
	if (level == NOTE_WARNING)
		reload->failed = true;
	reload->report(reload->arg, level, diag);
}

static void reload_trouble(struct reload *reload, enum note_level level,
			   const struct directive *directive,
			   const char *name, const char *trouble)
{
	struct diag diag;

	diag_set(&diag, 0, "%s: %s", name, trouble);
	reload_report(reload, level, directive, &diag);
}

/* What is only unusual while running is an error in a check (-F). */
static enum note_level reload_level(const struct reload *reload)
{
	return reload->router->config.verify ? NOTE_WARNING : NOTE_NOTICE;
}

static bool any_iface_matches(const struct router *router,
			      const char *pattern)
{
	const struct iface *iface;

	for (iface = router->ifaces; iface; iface = iface->hh.next)
		if (iface->ifindex && ifname_matches(pattern, iface->name))
			return true;
	return false;
}

/* Why a name or wildcard cannot be used now, or NULL. */
static const char *name_trouble(const struct router *router, const char *name)
{
	const struct iface *iface;

	if (ifname_is_wildcard(name))
		return any_iface_matches(router, name) ? NULL :
		       "no interface matches";
	iface = iface_find(router, name);
	if (!iface)
		return "no such interface";
	/* that is known only when the VIFs of the old file are released */
	if (iface->full && reload_holds_vifs(router))
		return NULL;
	return iface_trouble(iface);
}

static bool name_is_absent(const struct router *router, const char *name)
{
	const struct iface *iface = iface_find(router, name);

	if (ifname_is_wildcard(name))
		return !any_iface_matches(router, name);
	return !iface || !iface->ifindex;
}

static void reload_phyint_policy(struct reload *reload,
				 const struct directive *directive)
{
	const struct router *router = reload->router;

	if (directive->policy == POLICY_UNSET)
		return;
	for (size_t i = 0; i < router->n_phyints; i++) {
		const struct phyint_rule *line = &router->phyints[i];

		if (line->settings.policy == POLICY_UNSET ||
		    strcmp(line->pattern, directive->ifname) != 0)
			continue;
		reload_trouble(reload, NOTE_WARNING, directive,
			       directive->ifname,
			       "hairpin is set twice, the last one counts");
		return;
	}
}

static void reload_phyint(struct reload *reload,
			  const struct directive *directive)
{
	struct router *router = reload->router;
	struct phyint_rule *line = &router->phyints[router->n_phyints];
	const char *trouble = name_trouble(router, directive->ifname);

	reload_phyint_policy(reload, directive);
	memset(line, 0, sizeof(*line));
	memcpy(line->pattern, directive->ifname,
	       strnlen(directive->ifname, IFACE_NAME_MAX - 1));
	line->settings = (struct phyint){
		.enable = !directive->disable,
		.mrdisc = directive->mrdisc,
		.threshold = directive->threshold ? directive->threshold : 1,
		.policy = directive->policy,
	};
	router->n_phyints++;
	if (trouble && name_is_absent(router, directive->ifname))
		reload_trouble(reload, reload_level(reload), directive,
			       directive->ifname, trouble);
	else if (trouble && !directive->disable)
		reload_trouble(reload, NOTE_WARNING, directive,
			       directive->ifname, trouble);
}

static void reload_hairpin(struct reload *reload,
			   const struct directive *directive)
{
	struct diag diag;

	if (reload->router->policy != POLICY_UNSET) {
		diag_set(&diag, 0,
			 "hairpin is set twice, the last one counts");
		reload_report(reload, NOTE_WARNING, directive, &diag);
	}
	reload->router->policy = directive->policy;
}

/* 0 or -ENOMEM: room for all `phyint` lines of the file. */
int reload_settings_room(struct router *router,
			 const struct directive *const *directives, size_t n)
{
	size_t lines = 0;
	struct phyint_rule *phyints;

	for (size_t i = 0; i < n; i++)
		lines += directives[i]->kind == DIRECTIVE_PHYINT;
	phyints = calloc(lines + 1, sizeof(*phyints));
	if (!phyints)
		return -ENOMEM;
	free(router->phyints);
	router->phyints = phyints;
	router->n_phyints = 0;
	router->policy = POLICY_UNSET;
	router->max_learned = MAX_LEARNED_DEFAULT;
	return 0;
}

static void reload_mroute_names(struct reload *reload,
				const struct directive *directive)
{
	const struct router *router = reload->router;
	const char *name = directive->ifname;
	const char *trouble = name_trouble(router, name);

	if (trouble)
		reload_trouble(reload, name_is_absent(router, name) ?
			       NOTE_INFO : NOTE_WARNING, directive, name,
			       trouble);
	for (size_t i = 0; i < directive->n_oifs; i++) {
		name = directive->oifs[i];
		trouble = name_trouble(router, name);
		if (trouble && strcmp(name, directive->ifname) != 0)
			reload_trouble(reload, name_is_absent(router, name) ?
				       reload_level(reload) : NOTE_WARNING,
				       directive, name, trouble);
	}
}

static int reload_mroute_apply(struct router *router,
			       const struct directive *directive)
{
	struct iface *iif;
	struct rule *rule;

	if (ifname_is_wildcard(directive->ifname))
		return wild_add(router, directive);
	iif = iface_get(router, directive->ifname);
	if (!iif)
		return -ENOMEM;
	return statement_apply(router, iif, directive, RULE_EXPLICIT, &rule);
}

static void reload_mroute(struct reload *reload,
			  const struct directive *directive)
{
	struct router *router = reload->router;
	enum family family = addr_family(&directive->group.addr);
	struct diag diag;

	if (!router->config.ops->family_ready(router->config.kernel,
					      family)) {
		diag_set(&diag, 0, "no %s multicast routing",
			 family == FAMILY_IPV4 ? "IPv4" : "IPv6");
		reload_report(reload, NOTE_WARNING, directive, &diag);
		return;
	}
	if (statement_check_policy(router, directive, &diag)) {
		reload_report(reload, NOTE_WARNING, directive, &diag);
		return;
	}
	reload_mroute_names(reload, directive);
	if (reload_mroute_apply(router, directive)) {
		diag_set(&diag, 0, "out of memory");
		reload_report(reload, NOTE_WARNING, directive, &diag);
	}
}

static void reload_mgroup_new(struct reload *reload,
			      const struct directive *directive)
{
	struct router *router = reload->router;
	const char *trouble = name_trouble(router, directive->ifname);
	struct group *group = group_new(router, directive->ifname,
					&directive->source,
					&directive->group);
	struct diag diag;

	if (!group) {
		diag_set(&diag, 0, "out of memory");
		reload_report(reload, NOTE_WARNING, directive, &diag);
		return;
	}
	group->generation = router->generation;
	if (trouble)
		reload_trouble(reload,
			       name_is_absent(router, directive->ifname) ?
			       NOTE_INFO : NOTE_WARNING, directive,
			       directive->ifname, trouble);
	if (group_start(router, group, &diag))
		reload_report(reload, NOTE_WARNING, directive, &diag);
}

static void reload_mgroup(struct reload *reload,
			  const struct directive *directive)
{
	struct router *router = reload->router;
	struct group *group = group_find(router, directive->ifname,
					 &directive->source,
					 &directive->group);
	struct diag diag;

	if (!group) {
		reload_mgroup_new(reload, directive);
		return;
	}
	if (group->generation == router->generation)
		reload_trouble(reload, NOTE_INFO, directive,
			       directive->ifname, "joined by an earlier line");
	else if (group_restart(router, group, &diag))
		reload_report(reload, NOTE_WARNING, directive, &diag);
	group->generation = router->generation;
}

void reload_settings_line(struct reload *reload,
			  const struct directive *directive)
{
	if (directive->kind == DIRECTIVE_PHYINT)
		reload_phyint(reload, directive);
	else if (directive->kind == DIRECTIVE_HAIRPIN)
		reload_hairpin(reload, directive);
	else if (directive->kind == DIRECTIVE_MAX_LEARNED)
		reload->router->max_learned = directive->max_learned;
}

void reload_route_line(struct reload *reload,
		       const struct directive *directive)
{
	if (directive->kind == DIRECTIVE_MROUTE)
		reload_mroute(reload, directive);
	else if (directive->kind == DIRECTIVE_MGROUP)
		reload_mgroup(reload, directive);
}

static void reload_full_name(struct reload *reload,
			     const struct directive *directive,
			     const char *name)
{
	const struct iface *iface = iface_find(reload->router, name);

	if (iface && iface->full)
		reload_trouble(reload, NOTE_WARNING, directive, name,
			       iface_trouble(iface));
}

void reload_full_line(struct reload *reload,
		      const struct directive *directive)
{
	if (!directive->ifname || directive->disable)
		return;
	reload_full_name(reload, directive, directive->ifname);
	if (directive->kind != DIRECTIVE_MROUTE)
		return;
	for (size_t i = 0; i < directive->n_oifs; i++)
		if (strcmp(directive->oifs[i], directive->ifname) != 0)
			reload_full_name(reload, directive,
					 directive->oifs[i]);
}
