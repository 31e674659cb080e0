/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Into the background.  Knows processes, directories and limits; must not know
 * what the daemon does once it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/diag.h"
#include "run/daemon.h"

/* True when the daemon has said that it is ready, false when it is gone. */
static bool wait_ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t len;
	char byte;

	for (;;) {
		len = read(fd, &byte, 1);
		if (len >= 0)
			return len == 1;
		if (errno != EAGAIN && errno != EINTR)
			return false;
		poll(&pfd, 1, -1);
	}
}

static int wait_exit(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return EXIT_FAILURE;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}

/* Away from the terminal and from the directory it was started in. */
static int leave_terminal(void)
{
	int fd, err = 0;

	setsid();
	if (chdir("/"))
		return -errno;

	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		err = -errno;
	if (fd > STDERR_FILENO)
		close(fd);
	return err;
}

int daemon_detach(struct daemon *ret, bool *ret_parent, int *ret_status)
{
	int pipefd[2];
	pid_t pid;
	int err;

	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK))
		return -errno;

	/* What stdio holds back would be written by both. */
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		err = -errno;
		close(pipefd[0]);
		close(pipefd[1]);
		return err;
	}

	if (pid > 0) {
		close(pipefd[1]);
		*ret_parent = true;
		*ret_status = wait_ready(pipefd[0]) ? 0 : wait_exit(pid);
		close(pipefd[0]);
		return 0;
	}

	close(pipefd[0]);
	err = leave_terminal();
	if (err) {
		close(pipefd[1]);
		return err;
	}
	*ret_parent = false;
	ret->fd = pipefd[1];
	return 0;
}

void daemon_ready(struct daemon *daemon)
{
	ssize_t done;

	if (daemon->fd < 0)
		return;

	/* A process that was killed while it waited is no error of ours. */
	done = write(daemon->fd, "", 1);
	(void)done;
	close(daemon->fd);
	daemon->fd = -1;
}

int daemon_path_resolve(const char *path, char **ret)
{
	char cwd[PATH_MAX];
	char *abs;
	int len;

	if (path[0] == '/') {
		abs = strdup(path);
		if (!abs)
			return -ENOMEM;
		*ret = abs;
		return 0;
	}

	if (!getcwd(cwd, sizeof(cwd)))
		return -errno;
	len = asprintf(&abs, "%s/%s", cwd[1] ? cwd : "", path);
	if (len < 0)
		return -ENOMEM;
	*ret = abs;
	return 0;
}

static int dir_create(const char *dir, struct diag *diag)
{
	struct stat st;
	int err;

	if (!mkdir(dir, 0755))
		return 0;
	err = -errno;
	if (err == -EEXIST && !stat(dir, &st) && S_ISDIR(st.st_mode))
		return 0;
	return diag_set(diag, err, "cannot create directory %s: %s", dir,
			strerror(-err));
}

int daemon_dir_create(const char *path, struct diag *diag)
{
	const char *end = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len, i;
	int err;

	if (!end || end == path)
		return 0;
	len = (size_t)(end - path);
	if (len >= sizeof(dir))
		return diag_set(diag, -ENAMETOOLONG,
				"path is too long: %.64s...", path);
	memcpy(dir, path, len);
	dir[len] = '\0';

	/* A parent that exists may well be one that cannot be written. */
	if (!access(dir, F_OK))
		return 0;
	for (i = 1; i <= len; i++) {
		if (path[i] != '/' || path[i - 1] == '/')
			continue;
		dir[i] = '\0';
		if (access(dir, F_OK)) {
			err = dir_create(dir, diag);
			if (err)
				return err;
		}
		dir[i] = i < len ? '/' : '\0';
	}
	return 0;
}

int daemon_raise_nofile(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	return 0;
}
