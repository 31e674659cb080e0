/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259) as text.  Knows quoting and commas; must not know what is
 * told.  Whoever calls keeps begin and end in pairs.
 */
#include <inttypes.h>

#include "lib/buf.h"
#include "lib/json.h"

void json_init(struct json *json, struct buf *out)
{
	json->out = out;
	json->comma = false;
}

/* RFC 8259, 7: quote, backslash and U+0000 to U+001F must be escaped. */
static void quote_char(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		buf_putc(out, '\\');
		buf_putc(out, (char)c);
		break;
	case '\n':
		buf_puts(out, "\\n");
		break;
	case '\t':
		buf_puts(out, "\\t");
		break;
	default:
		if (c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else
			buf_putc(out, (char)c);
		break;
	}
}

static void quote(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text; text++)
		quote_char(out, (unsigned char)*text);
	buf_putc(out, '"');
}

/* Writes what comes before a value. */
static void lead(struct json *json, const char *key)
{
	if (json->comma)
		buf_putc(json->out, ',');
	json->comma = true;

	if (key) {
		quote(json->out, key);
		buf_putc(json->out, ':');
	}
}

static void nest_begin(struct json *json, const char *key, char c)
{
	lead(json, key);
	buf_putc(json->out, c);
	json->comma = false;
}

static void nest_end(struct json *json, char c)
{
	buf_putc(json->out, c);
	json->comma = true;
}

void json_object_begin(struct json *json, const char *key)
{
	nest_begin(json, key, '{');
}

void json_object_end(struct json *json)
{
	nest_end(json, '}');
}

void json_array_begin(struct json *json, const char *key)
{
	nest_begin(json, key, '[');
}

void json_array_end(struct json *json)
{
	nest_end(json, ']');
}

void json_string(struct json *json, const char *key, const char *text)
{
	if (!text) {
		json_null(json, key);
		return;
	}
	lead(json, key);
	quote(json->out, text);
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
	lead(json, key);
	buf_printf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	lead(json, key);
	buf_puts(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	lead(json, key);
	buf_puts(json->out, "null");
}
