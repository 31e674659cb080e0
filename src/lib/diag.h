/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong, for a human: filled in by the function that fails, logged
 * or sent to the client once, by the edge that asked for the work.
 */
#ifndef LIB_DIAG_H
#define LIB_DIAG_H

/* Longest text of a diagnosis with the final NUL; more is cut. */
#define DIAG_TEXT_MAX 256

struct diag {
	const char *file;	/* borrowed; NULL: not from a file */
	unsigned int line;	/* from 1; 0: the file as a whole */
	char text[DIAG_TEXT_MAX];
};

/*
 * Writes the text into `diag` (which may be NULL) and returns `err`, so that a
 * caller can say `return diag_set(diag, -EINVAL, "...")`.  file and line are
 * left alone.
 */
int diag_set(struct diag *diag, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Writes "FILE line N: TEXT", "FILE: TEXT" or "TEXT" into `buf` of `size` bytes
 * and returns `buf`.
 */
const char *diag_format(const struct diag *diag, char *buf, unsigned int size);

#endif
