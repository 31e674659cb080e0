/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads smcroute.conf and what it includes; applies nothing. */
#ifndef CTL_CONF_H
#define CTL_CONF_H

#include <stddef.h>

#include "core/directive.h"
#include "core/note.h"

/* Files within files: the main file is at depth 1. */
#define CONF_DEPTH_MAX 16

/* Most files of one load; each inclusion counts. */
#define CONF_FILES_MAX 10000

/* Largest file in bytes. */
#define CONF_FILE_MAX (64u << 20)

struct conf_file;

struct conf {
	/* in the order of the file, for router_reload() */
	const struct directive **directives;
	size_t n;
	size_t cap;
	size_t errors;			/* lines with a finding */
	struct conf_file *files;	/* names that directives point to */
};

/*
 * Reads `path` and everything it includes.  A bad line, or an included file
 * that cannot be read, is reported (NOTE_WARNING, with file and line) and
 * counted, and the rest goes on.  Returns 0, or -errno when the main file
 * cannot be read, or -ENOMEM: then there is nothing to end.  conf_fini() frees
 * all directives.
 */
int conf_load(const char *path, struct conf *ret, report_fn *report, void *arg);

void conf_fini(struct conf *conf);

#endif
