/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket's name.  Knows how to take over a name that a dead daemon left
 * and to keep off one that is in use; must not know what is said over it.
 */
#include "ctl/listen.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/server.h"
#include "lib/diag.h"

/* SMCRoute has 1; a burst of clients should not see a refusal. */
#define LISTEN_BACKLOG 16

_Static_assert(SERVER_PATH_MAX + 1 ==
	       sizeof(((struct sockaddr_un *)0)->sun_path),
	       "SERVER_PATH_MAX is not that of sockaddr_un");

/* Creates the directories of `path` that are missing. */
static int make_dirs(const char *path, struct diag *diag)
{
	char dir[SERVER_PATH_MAX + 1];
	char *slash;

	strcpy(dir, path);
	for (slash = strchr(dir + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return diag_set(diag, -errno,
					"cannot create directory %s: %s", dir,
					strerror(errno));
		*slash = '/';
	}

	return 0;
}

/* True when a process listens there; one with a full backlog does too. */
static bool is_live(const struct sockaddr_un *addr)
{
	bool live;
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return true;

	live = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 ||
	       errno != ECONNREFUSED;
	close(fd);

	return live;
}

/* Frees the name if what has it is a dead socket. */
static int remove_stale(const struct sockaddr_un *addr, struct diag *diag)
{
	struct stat st;

	if (lstat(addr->sun_path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return diag_set(diag, -EEXIST, "%s: exists and is no socket",
				addr->sun_path);

	if (is_live(addr))
		return diag_set(diag, -EADDRINUSE,
				"%s: another process listens there",
				addr->sun_path);

	if (unlink(addr->sun_path) && errno != ENOENT)
		return diag_set(diag, -errno, "%s: cannot remove: %s",
				addr->sun_path, strerror(errno));

	return 0;
}

static int bind_name(int fd, const struct sockaddr_un *addr)
{
	return bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ?
	       -errno : 0;
}

static int bind_path(int fd, const struct sockaddr_un *addr, struct diag *diag)
{
	int err;

	err = bind_name(fd, addr);
	if (err == -ENOENT) {
		err = make_dirs(addr->sun_path, diag);
		if (err)
			return err;
		err = bind_name(fd, addr);
	} else if (err == -EADDRINUSE) {
		err = remove_stale(addr, diag);
		if (err)
			return err;
		err = bind_name(fd, addr);
	}

	if (err)
		return diag_set(diag, err, "%s: cannot create socket: %s",
				addr->sun_path, strerror(-err));

	return 0;
}

static int listen_path(struct listener *listener, struct diag *diag)
{
	const char *path = listener->addr.sun_path;
	struct stat st;
	int err;

	if (listen(listener->fd, LISTEN_BACKLOG) || lstat(path, &st)) {
		err = -errno;
		unlink(path);
		return diag_set(diag, err, "%s: cannot listen: %s", path,
				strerror(-err));
	}

	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	return 0;
}

int listener_open(struct listener *ret, const char *path, struct diag *diag)
{
	struct listener listener = { .addr.sun_family = AF_UNIX };
	int err;

	if (*path == '\0')
		return diag_set(diag, -EINVAL, "empty socket path");
	if (strlen(path) > SERVER_PATH_MAX)
		return diag_set(diag, -ENAMETOOLONG,
				"%s: socket path longer than %d characters",
				path, SERVER_PATH_MAX);
	strcpy(listener.addr.sun_path, path);

	listener.fd = socket(AF_UNIX,
			     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener.fd < 0)
		return diag_set(diag, -errno, "cannot open a UNIX socket: %s",
				strerror(errno));

	err = bind_path(listener.fd, &listener.addr, diag);
	if (!err)
		err = listen_path(&listener, diag);
	if (err) {
		close(listener.fd);
		return err;
	}

	*ret = listener;
	return 0;
}

void listener_close(struct listener *listener)
{
	const char *path = listener->addr.sun_path;
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_dev == listener->dev &&
	    st.st_ino == listener->ino)
		unlink(path);

	close(listener->fd);
}
