/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names, sources and groups: what the grammar of files and that of requests
 * have in common.  All return 0 or -EINVAL with the reason in `diag`.
 */
#ifndef CTL_FLOW_H
#define CTL_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/directive.h"

struct diag;

/* Source and group as typed, before they are known to belong together. */
struct flow {
	struct prefix source;
	struct prefix group;
	bool has_source;
	bool has_group;
};

int ifname_check(const char *name, struct diag *diag);
int ifnames_check(const char *const *names, size_t n, struct diag *diag);

/* `ret_zero` (may be NULL) tells of a /0, see prefix_parse(). */
int flow_set_source(struct flow *flow, const char *text, bool *ret_zero,
		    struct diag *diag);
int flow_set_group(struct flow *flow, const char *text, bool *ret_zero,
		   struct diag *diag);

/* Checks the pair and moves it into `ret`. */
int flow_end(const struct flow *flow, struct directive *ret,
	     struct diag *diag);

#endif
