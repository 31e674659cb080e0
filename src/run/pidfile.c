/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PID file.  Knows one file; must not know when the daemon is ready.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/num.h"
#include "run/daemon.h"
#include "run/pidfile.h"

/* Digits of a pid_t, a newline, the final NUL. */
#define PID_TEXT_MAX 24

/* A link that somebody put in its place is not followed. */
static int pidfile_open(const char *path, int flags)
{
	int fd;

	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
	return fd < 0 ? -errno : fd;
}

static int pidfile_write(const struct pidfile *pidfile, struct diag *diag)
{
	char text[PID_TEXT_MAX];
	int len, fd, err = 0;

	fd = pidfile_open(pidfile->path, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return diag_set(diag, fd, "cannot create %s: %s", pidfile->path,
				strerror(-fd));

	len = snprintf(text, sizeof(text), "%ld\n", (long)pidfile->pid);
	if (write(fd, text, (size_t)len) != len)
		err = diag_set(diag, -EIO, "cannot write %s", pidfile->path);
	else if (pidfile->uid != (uid_t)-1 &&
		 fchown(fd, pidfile->uid, pidfile->gid))
		err = diag_set(diag, -errno, "cannot chown %s: %s",
			       pidfile->path, strerror(errno));
	close(fd);
	return err;
}

int pidfile_create(struct pidfile *ret, const char *path, uid_t uid, gid_t gid,
		   struct diag *diag)
{
	struct pidfile pidfile = { path, getpid(), uid, gid };
	int err;

	err = daemon_dir_create(path, diag);
	if (err)
		return err;
	err = pidfile_write(&pidfile, diag);
	if (err)
		return err;
	*ret = pidfile;
	return 0;
}

int pidfile_touch(const struct pidfile *pidfile, struct diag *diag)
{
	int err;

	if (!pidfile->path)
		return 0;
	if (!utimensat(AT_FDCWD, pidfile->path, NULL, AT_SYMLINK_NOFOLLOW))
		return 0;
	err = -errno;
	if (err == -ENOENT)
		return pidfile_write(pidfile, diag);
	return diag_set(diag, err, "cannot touch %s: %s", pidfile->path,
			strerror(-err));
}

/* False for the file of another process that has taken the path since. */
static bool is_ours(const struct pidfile *pidfile)
{
	char text[PID_TEXT_MAX];
	ssize_t len;
	long pid;
	int fd;

	fd = pidfile_open(pidfile->path, O_RDONLY);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0 || text[len - 1] != '\n')
		return false;
	text[len - 1] = '\0';
	return !num_parse(text, 1, 0x7fffffff, &pid) && pid == pidfile->pid;
}

void pidfile_remove(struct pidfile *pidfile)
{
	int fd;

	if (!pidfile->path || pidfile->pid != getpid() || !is_ours(pidfile))
		goto out;
	if (!unlink(pidfile->path))
		goto out;

	fd = pidfile_open(pidfile->path, O_WRONLY | O_TRUNC);
	if (fd >= 0)
		close(fd);
out:
	*pidfile = (struct pidfile)PIDFILE_INIT;
}
