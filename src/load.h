/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file, loaded or checked. */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>

#include "core/note.h"

struct options;
struct router;

/* The level of <syslog.h> for a note or report of core. */
int load_log_level(enum note_level level);

/*
 * Makes the file the configuration of the router.  Findings are logged, and
 * counted in `ret_errors`.  -errno when the file cannot be read: nothing is
 * changed then.
 */
int load_file(const char *path, struct router *router, size_t *ret_errors);

/*
 * The same in slices, while the event loop goes on: load_begin(), then
 * load_step() as long as it returns 1.  At 0 the file is in effect, -ENOMEM:
 * what was read of it is dropped and the running configuration stays; in both
 * cases the load is freed.  load_cancel() at any time before; NULL is fine.
 * The router is told no client command meanwhile.
 */
struct load;
int load_begin(const char *path, struct router *router, struct load **ret);
int load_step(struct load *load, size_t *ret_errors);
void load_cancel(struct load *load);

/* -F: opens the log, checks the file, and returns the exit status. */
int load_verify(const struct options *options);

#endif
