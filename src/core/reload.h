/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reload under way, shared by reload.c and reload-line.c. */
#ifndef CORE_RELOAD_H
#define CORE_RELOAD_H

#include "core/internal.h"

/*
 * Rules change twice: first each gets the OIFs of both files, then those of
 * the new one alone, so that a flow which goes from one rule to another loses
 * nothing between them.
 */
enum reload_phase {
	RELOAD_LINES,		/* routes and groups of the file are staged */
	RELOAD_GROW,		/* rules: old and new OIFs */
	RELOAD_SHRINK,		/* rules: new OIFs; old rules go */
	RELOAD_RELEASE,		/* groups and VIFs of the old file go */
	RELOAD_NOTES,		/* new hairpin rules are told */
	RELOAD_DONE,
};

struct reload {
	struct router *router;
	const struct directive *const *directives;
	size_t n;
	report_fn *report;
	void *arg;

	enum reload_phase phase;
	size_t pos;		/* of the directives */
	struct rule *rule;	/* next one of the phase */
	size_t errors;
	bool failed;		/* the directive at hand is in error */
};

/*
 * reload-line.c: what a line says.  Findings go to reload->report and, errors,
 * into reload->failed.
 */
void reload_settings_line(struct reload *reload,
			  const struct directive *directive);
void reload_route_line(struct reload *reload,
		       const struct directive *directive);
/* Behind the release of VIFs: interfaces of the line that found none. */
void reload_full_line(struct reload *reload,
		      const struct directive *directive);

/* 0 or -ENOMEM: room for all `phyint` lines; settings go to their defaults. */
int reload_settings_room(struct router *router,
			 const struct directive *const *directives, size_t n);

#endif
