/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a list of the kernel, page by page, into lines.  Must not know what a
 * line says.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kernel/members-list.h"

static const char *const paths[FAMILY_COUNT] = {
	/* of this thread: the namespace may not be that of the process */
	[FAMILY_IPV4] = "/proc/thread-self/net/igmp",
	[FAMILY_IPV6] = "/proc/thread-self/net/igmp6",
};

const char *members_list_path(enum family family)
{
	return paths[family];
}

static int open_list(struct members_list *list, enum family family)
{
	list->fd = open(paths[family], O_RDONLY | O_CLOEXEC);
	if (list->fd < 0)
		return -errno;
	list->len = 0;
	list->line.ifindex = 0;
	return 0;
}

/* Takes the whole lines that are there; a rest waits for more. */
static void take_lines(struct members_list *list, enum family family,
		       members_list_fn *fn, void *arg)
{
	char *line = list->buf, *end = list->buf + list->len, *nl;
	uint32_t users;

	while ((nl = memchr(line, '\n', (size_t)(end - line)))) {
		*nl = '\0';
		users = members_parse_line(family, line, &list->line);
		if (users)
			fn(arg, &list->line, users);
		line = nl + 1;
	}
	list->len = (size_t)(end - line);
	memmove(list->buf, line, list->len);
	/* no line is that long */
	if (list->len == sizeof(list->buf))
		list->len = 0;
}

int members_list_page(struct members_list *list, enum family family,
		      members_list_fn *fn, void *arg)
{
	ssize_t n;
	int err;

	if (list->fd < 0) {
		err = open_list(list, family);
		if (err)
			return err;
	}
	n = read(list->fd, list->buf + list->len,
		 sizeof(list->buf) - list->len);
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if (n == 0)
		return 0;
	list->len += (size_t)n;
	take_lines(list, family, fn, arg);
	return 1;
}

void members_list_close(struct members_list *list)
{
	if (list->fd >= 0)
		close(list->fd);
	list->fd = -1;
}
