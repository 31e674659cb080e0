/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's lists of who has joined, read a page at a time. */
#ifndef KERNEL_MEMBERS_LIST_H
#define KERNEL_MEMBERS_LIST_H

#include <stddef.h>

#include "kernel/members-parse.h"

/* The kernel gives a page of 4 KiB or more at a time, in whole lines. */
#define MEMBERS_LIST_MAX 16384

struct members_list {
	int fd;				/* -1: closed */
	struct members_key line;	/* see members_parse_line() */
	size_t len;
	char buf[MEMBERS_LIST_MAX];
};

typedef void members_list_fn(void *arg, const struct members_key *key,
			     uint32_t users);

/*
 * Gives the groups of the next page to `fn`; opens the list of the family first
 * when it is closed.  Returns 1, 0 at the end, or -errno, -ENOENT when the
 * kernel lacks the family; members_list_close() behind the last.
 */
int members_list_page(struct members_list *list, enum family family,
		      members_list_fn *fn, void *arg);
void members_list_close(struct members_list *list);

const char *members_list_path(enum family family);

#endif
