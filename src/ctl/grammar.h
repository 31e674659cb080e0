/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the words of a configuration line, or of a client request, say:
 * smcroute.conf(5) and smcroutectl(8).  All checks that need no knowledge of
 * the system are made here.
 */
#ifndef CTL_GRAMMAR_H
#define CTL_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/directive.h"
#include "core/note.h"

struct diag;

/* A line of a file, and who is told what is wrong with it. */
struct place {
	const char *file;	/* borrowed, also by the directive */
	unsigned int line;
	report_fn *report;
	void *arg;
	bool bad;		/* set with the first report */
};

/*
 * Reads the `n` (1 or more) words of a statement other than `include`.  What is
 * wrong is reported as a warning and marks `place` as bad.  Returns 0 when
 * there is a statement left to apply, -EINVAL when it has to be dropped.
 * `ret` borrows `words` and the texts they point to.
 */
int grammar_conf(struct place *place, const char *const *words, size_t n,
		 struct directive *ret);

/*
 * Reads the `n` arguments of a client request: `cmd` is 'a' (add), 'r'
 * (remove), 'j' (join) or 'l' (leave).  Returns 0 or -EINVAL with the reason in
 * `diag`.  `ret` borrows `args`.
 */
int grammar_request(char cmd, const char *const *args, size_t n,
		    struct directive *ret, struct diag *diag);

#endif
