/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smcrouted -T: what this kernel does with hairpin packets, tried out. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <stdbool.h>

/* Exit status: as far as known, hairpin routes are not exact here. */
#define SELFTEST_NOT_EXACT 1
/* Exit status: no answer, for want of rights or of a part of the kernel. */
#define SELFTEST_NO_ANSWER 77

/*
 * Makes a network of its own, which the calling process then is in, sends
 * packets through a router in it, and prints what became of them, as a table
 * or as JSON.  Returns the exit status.
 */
int selftest_run(bool as_json);

#endif
