/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common parts of the tables.  Knows marks, columns and how a flow is written;
 * must not know any one table.
 */
#include "ctl/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/state.h"
#include "lib/buf.h"

void table_title(struct buf *out, const char *title)
{
	buf_puts(out, title);
	buf_puts(out, "_\n");
}

void table_header(struct buf *out, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);

	buf_puts(out, line);
	buf_puts(out, "=\n");
}

void table_row_end(struct buf *out)
{
	char last = out->len > 0 ? out->data[out->len - 1] : '\0';

	if (last == '_' || last == '=')
		buf_putc(out, ' ');
	buf_putc(out, '\n');
}

const char *table_sg(const struct prefix *source, const struct prefix *group,
		     char buf[TABLE_SG_LEN])
{
	char s[PREFIX_STRLEN], g[PREFIX_STRLEN];

	snprintf(buf, TABLE_SG_LEN, "(%s, %s)", prefix_format(source, s),
		 prefix_format(group, g));

	return buf;
}

struct prefix table_prefix(const struct in6_addr *addr)
{
	struct prefix prefix = { .addr = *addr, .len = ADDR_BITS };

	if (addr_equal(addr, &addr_any))
		prefix.len = 0;

	return prefix;
}

int table_name_width(const struct router *router, int min)
{
	const struct iface *iface;
	int width = min;

	for (iface = router->ifaces; iface; iface = iface->hh.next) {
		int len = (int)strlen(iface->name);

		if (len > width)
			width = len;
	}

	return width;
}

void table_json_sg(struct json *json, const struct prefix *source,
		   const struct prefix *group)
{
	char buf[PREFIX_STRLEN];

	if (prefix_is_any(source))
		json_null(json, "source");
	else
		json_string(json, "source", prefix_format(source, buf));
	json_string(json, "group", prefix_format(group, buf));
}

void table_json_end(struct json *json)
{
	json_object_end(json);
	buf_putc(json->out, '\n');
}
