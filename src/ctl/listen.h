/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listening UNIX socket and its name in the file system. */
#ifndef CTL_LISTEN_H
#define CTL_LISTEN_H

#include <sys/types.h>
#include <sys/un.h>

struct diag;

struct listener {
	int fd;
	struct sockaddr_un addr;
	dev_t dev;		/* the name as it was made */
	ino_t ino;
};

/* Errors as of server_open(). */
int listener_open(struct listener *ret, const char *path, struct diag *diag);

/* Closes, and removes the name if it still is the one that was made. */
void listener_close(struct listener *listener);

#endif
