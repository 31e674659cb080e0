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

/* What an `include`, and each file that it finds, counts for in a slice. */
#define CONF_INCLUDE_LINES 16

struct conf_block;
struct conf_file;
struct conf_loader;

struct conf {
	/* in the order of the file, for router_reload() */
	const struct directive **directives;
	size_t n;
	size_t cap;
	size_t errors;			/* lines with a finding */
	struct conf_file *files;	/* names that directives point to */
	struct conf_block *blocks;	/* memory of directives and names */
};

/*
 * Reads `path` and everything it includes.  A bad line, or an included file
 * that cannot be read, is reported (NOTE_WARNING, with file and line) and
 * counted, and the rest goes on.  Returns 0, or -errno when the main file
 * cannot be read, or -ENOMEM: then there is nothing to end.  conf_fini() frees
 * all directives.
 */
int conf_load(const char *path, struct conf *ret, report_fn *report, void *arg);

/*
 * The same in slices.  conf_begin() reads the main file as a whole, but none of
 * its lines.  Returns 0, or -errno when that fails: then there is nothing to
 * end.  The caller ends the loader with conf_take() or conf_cancel(), and keeps
 * `arg` for as long; `path` is copied.
 */
int conf_begin(const char *path, report_fn *report, void *arg,
	       struct conf_loader **ret);

/*
 * Reads about `lines` (1 or more) lines; a file that is included is opened and
 * read as a whole when its turn comes.  Returns 1 when there is more to do, 0
 * when all is read, or -ENOMEM: then only conf_cancel() may follow.  `report`
 * must not end the loader.
 */
int conf_step(struct conf_loader *loader, size_t lines);

/* After conf_step() returned 0: moves the result and frees the loader. */
void conf_take(struct conf_loader *loader, struct conf *ret);

/* At any time: frees the loader and all it has read. */
void conf_cancel(struct conf_loader *loader);

void conf_fini(struct conf *conf);

#endif
