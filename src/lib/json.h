/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streaming JSON writer: output only, one compact line, commas by itself.
 * A `key` of NULL is for members of an array and for the outermost value.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct json {
	struct buf *out;	/* borrowed */
	bool comma;		/* the next value is preceded by one */
};

void json_init(struct json *json, struct buf *out);
void json_object_begin(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array_begin(struct json *json, const char *key);
void json_array_end(struct json *json);

/* A `text` of NULL is written as null.  Bytes outside ASCII go through. */
void json_string(struct json *json, const char *key, const char *text);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
