/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes to the edge: formatted only when somebody wants their level.
 */
#include "core/internal.h"

#include <stdarg.h>
#include <stdio.h>

void router_note(const struct router *router, enum note_level level,
		 enum note_kind kind, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (level > router->config.note_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	router->config.note(router->config.note_ctx, level, kind, text);
}

/* Both fit: see FLOW_STRLEN. */
static const char *pair_format(const char *source, const char *group,
			       char buf[FLOW_STRLEN])
{
	char *at = stpcpy(buf, "(");

	at = stpcpy(at, source);
	at = stpcpy(at, ", ");
	at = stpcpy(at, group);
	stpcpy(at, ")");
	return buf;
}

const char *flow_format(const struct in6_addr *source,
			const struct in6_addr *group, char buf[FLOW_STRLEN])
{
	char s[ADDR_STRLEN], g[ADDR_STRLEN];

	return pair_format(addr_format(source, s), addr_format(group, g), buf);
}

const char *rule_format(const struct rule *rule, char buf[FLOW_STRLEN])
{
	struct prefix source = rule_source(rule);
	struct prefix group = rule_group(rule);
	char s[PREFIX_STRLEN], g[PREFIX_STRLEN];

	return pair_format(prefix_format(&source, s),
			   prefix_format(&group, g), buf);
}
