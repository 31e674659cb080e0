/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one strict integer parser. */
#ifndef LIB_NUM_H
#define LIB_NUM_H

/*
 * Parses a decimal number that fills the whole of `text`, with an optional
 * leading '-'.  Returns 0, -EINVAL for anything that is no such number, or
 * -ERANGE outside of [min, max].
 */
int num_parse(const char *text, long min, long max, long *ret);

#endif
