/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The growing byte buffer.  Knows memory and nothing of what is in it.  One
 * byte more than needed is always kept for the final NUL.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

#define BUF_CAP_MIN 256

void buf_init(struct buf *buf)
{
	*buf = (struct buf)BUF_INIT;
}

void buf_fini(struct buf *buf)
{
	free(buf->data);
	buf_init(buf);
}

/* Makes room for `len` more bytes and the NUL. */
static int buf_reserve(struct buf *buf, size_t len)
{
	size_t cap = buf->cap ? buf->cap : BUF_CAP_MIN;
	char *data;

	if (buf->err)
		return buf->err;
	if (len >= SIZE_MAX / 2 - buf->len)
		goto err_nomem;
	if (buf->len + len < buf->cap)
		return 0;

	while (cap <= buf->len + len)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (!data)
		goto err_nomem;

	buf->data = data;
	buf->cap = cap;
	return 0;

err_nomem:
	buf->err = -ENOMEM;
	return buf->err;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	if (buf_reserve(buf, len))
		return;

	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void buf_puts(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0) {
		/* Only text beyond INT_MAX gets here. */
		buf->err = -ENOMEM;
		return;
	}
	if (buf_reserve(buf, (size_t)len))
		return;

	va_start(args, fmt);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
}

void buf_drop(struct buf *buf, size_t len)
{
	if (buf->err || !buf->data)
		return;
	if (len > buf->len)
		len = buf->len;

	buf->len -= len;
	/* The NUL moves along. */
	memmove(buf->data, buf->data + len, buf->len + 1);
}

int buf_error(const struct buf *buf)
{
	return buf->err;
}
