/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks on names, sources and groups.  Knows all that can be said of the text
 * alone; must not know where in a line it stood.
 */
#include "ctl/flow.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/diag.h"

/*
 * Blanks and control characters cannot be part of an interface's name
 * (dev_valid_name() of net/core/dev.c) and would break the lines of a table.
 */
int ifname_check(const char *name, struct diag *diag)
{
	const unsigned char *c;

	if (*name == '\0')
		return diag_set(diag, -EINVAL, "empty interface name");

	for (c = (const unsigned char *)name; *c; c++) {
		if (*c <= ' ' || *c == 0x7f)
			return diag_set(diag, -EINVAL,
					"interface name with a blank or control character");
	}

	if (strlen(name) >= IFACE_NAME_MAX)
		return diag_set(diag, -EINVAL,
				"%s: interface name longer than %d characters",
				name, IFACE_NAME_MAX - 1);

	return 0;
}

int ifnames_check(const char *const *names, size_t n, struct diag *diag)
{
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = ifname_check(names[i], diag);
		if (err)
			return err;
	}

	return 0;
}

/* 224.0.0.0/4 and ff00::/8 */
static bool is_beyond_multicast(const struct prefix *group)
{
	bool ipv4 = addr_family(&group->addr) == FAMILY_IPV4;

	return group->len < (ipv4 ? ADDR_BITS - 32 + 4 : 8);
}

int flow_set_group(struct flow *flow, const char *text, bool *ret_zero,
		   struct diag *diag)
{
	int err;

	err = prefix_parse(text, &flow->group, ret_zero, diag);
	if (err)
		return err;

	if (!addr_is_multicast(&flow->group.addr))
		return diag_set(diag, -EINVAL, "%s: not a multicast group",
				text);
	if (is_beyond_multicast(&flow->group))
		return diag_set(diag, -EINVAL, "%s: not only multicast groups",
				text);

	flow->has_group = true;
	return 0;
}

int flow_set_source(struct flow *flow, const char *text, bool *ret_zero,
		    struct diag *diag)
{
	int err;

	err = prefix_parse(text, &flow->source, ret_zero, diag);
	if (err)
		return err;

	flow->has_source = true;
	return 0;
}

/* A route may cover any range; joins are made one by one. */
static int check_joins(const struct directive *directive, struct diag *diag)
{
	bool ipv4 = addr_family(&directive->group.addr) == FAMILY_IPV4;
	uint64_t max = ipv4 ? JOINS_MAX_IPV4 : JOINS_MAX_IPV6;

	if (prefix_count(&directive->source) <=
	    max / prefix_count(&directive->group))
		return 0;
	return diag_set(diag, -EINVAL,
			"range is too large: more than %" PRIu64 " joins", max);
}

static int take_source(const struct flow *flow, struct directive *ret,
		       struct diag *diag)
{
	char text[PREFIX_STRLEN];

	if (addr_is_multicast(&flow->source.addr))
		return diag_set(diag, -EINVAL,
				"%s: a multicast address is no source",
				prefix_format(&flow->source, text));

	if (addr_family(&flow->source.addr) != addr_family(&flow->group.addr))
		return diag_set(diag, -EINVAL,
				"source and group must both be IPv4 or both be IPv6");

	if (!addr_is_any(&flow->source.addr))
		ret->source = flow->source;
	return 0;
}

int flow_end(const struct flow *flow, struct directive *ret,
	     struct diag *diag)
{
	const struct prefix any = { .addr = addr_any, .len = 0 };

	if (!flow->has_group)
		return diag_set(diag, -EINVAL, "no group given");

	ret->group = flow->group;
	ret->source = any;
	if (flow->has_source) {
		int err = take_source(flow, ret, diag);

		if (err)
			return err;
	}

	return ret->kind == DIRECTIVE_MGROUP ? check_joins(ret, diag) : 0;
}
