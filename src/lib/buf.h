/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing byte buffer.  Failure is sticky: after an allocation failed every
 * further call does nothing, and buf_error() tells at the end, once.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stddef.h>

struct buf {
	char *data;		/* NUL-terminated once anything was added */
	size_t len;		/* bytes in use, without that NUL */
	size_t cap;
	int err;		/* 0 or -ENOMEM */
};

#define BUF_INIT { NULL, 0, 0, 0 }

void buf_init(struct buf *buf);
void buf_fini(struct buf *buf);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Drops the first `len` bytes. */
void buf_drop(struct buf *buf, size_t len);

/* 0, or -ENOMEM when any addition failed. */
int buf_error(const struct buf *buf);

#endif
