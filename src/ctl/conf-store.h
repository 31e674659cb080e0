/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ctl/conf.c puts into a struct conf, all zero at first.  conf_fini()
 * frees it, also after a failure.
 */
#ifndef CTL_CONF_STORE_H
#define CTL_CONF_STORE_H

#include "ctl/conf.h"

/* The name of a file, the same pointer each time; NULL: out of memory. */
const char *conf_add_file(struct conf *conf, const char *path);

/*
 * Appends a copy; its `file` is from conf_add_file() and is not copied.  Names
 * may be shared with the directive before.  Returns 0 or -ENOMEM.
 */
int conf_add_directive(struct conf *conf, const struct directive *directive);

#endif
