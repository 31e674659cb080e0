/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Into the background: what the waiting process ends with, and when.  Each test
 * plays the process that was started in a child of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/diag.h"
#include "run/daemon.h"
#include "unit.h"

/* Runs `daemon_main` in the background; returns what the parent ends with. */
static int started(void (*daemon_main)(struct daemon *daemon))
{
	struct daemon daemon = DAEMON_INIT;
	bool parent;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (daemon_detach(&daemon, &parent, &status))
			_exit(99);
		if (parent)
			_exit(status);
		daemon_main(&daemon);
		_exit(98);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void fails(struct daemon *daemon)
{
	(void)daemon;
	_exit(69);
}

static void ends_well(struct daemon *daemon)
{
	(void)daemon;
	_exit(0);
}

static void is_killed(struct daemon *daemon)
{
	(void)daemon;
	raise(SIGKILL);
}

/* Would end with 70 if anybody waited for its end. */
static void is_ready(struct daemon *daemon)
{
	daemon_ready(daemon);
	_exit(daemon->fd == -1 ? 70 : 71);
}

static int stays[2];

/* Ready, and goes on until the test has seen that the parent did end. */
static void is_ready_and_stays(struct daemon *daemon)
{
	char byte;

	daemon_ready(daemon);
	if (read(stays[0], &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static void tells_where(struct daemon *daemon)
{
	char cwd[PATH_MAX];
	int fd;

	(void)daemon;
	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/"))
		_exit(11);
	for (fd = 0; fd <= 2; fd++) {
		if (!same_file(fd, "/dev/null"))
			_exit(12);
	}
	if (getsid(0) != getpid())
		_exit(13);
	if (!(fcntl(daemon->fd, F_GETFD) & FD_CLOEXEC))
		_exit(14);
	_exit(42);
}

START_TEST(parent_status)
{
	ck_assert_int_eq(started(fails), 69);
	ck_assert_int_eq(started(ends_well), 0);
	ck_assert_int_eq(started(is_killed), 128 + SIGKILL);
	ck_assert_int_eq(started(is_ready), 0);
}
END_TEST

START_TEST(parent_ends_when_ready)
{
	ck_assert_int_eq(pipe(stays), 0);
	ck_assert_int_eq(started(is_ready_and_stays), 0);
	ck_assert_int_eq(write(stays[1], "", 1), 1);
}
END_TEST

START_TEST(surroundings)
{
	ck_assert_int_eq(started(tells_where), 42);
}
END_TEST

START_TEST(ready_in_foreground)
{
	struct daemon daemon = DAEMON_INIT;

	daemon_ready(&daemon);
	ck_assert_int_eq(daemon.fd, -1);
}
END_TEST

START_TEST(path_resolve)
{
	char *path;

	ck_assert_int_eq(chdir("/usr"), 0);
	ck_assert_int_eq(daemon_path_resolve("/etc/x.conf", &path), 0);
	ck_assert_str_eq(path, "/etc/x.conf");
	free(path);
	ck_assert_int_eq(daemon_path_resolve("none/x.conf", &path), 0);
	ck_assert_str_eq(path, "/usr/none/x.conf");
	free(path);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(daemon_path_resolve("x.conf", &path), 0);
	ck_assert_str_eq(path, "/x.conf");
	free(path);
}
END_TEST

START_TEST(dir_create)
{
	char base[] = "/tmp/daemon-XXXXXX";
	char path[64];
	struct diag diag = { 0 };
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(path, sizeof(path), "%s/a//b/us.sock", base);
	ck_assert_int_eq(daemon_dir_create(path, &diag), 0);
	ck_assert_int_eq(daemon_dir_create(path, &diag), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/a/b", base);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));

	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(close(open(path, O_CREAT | O_CLOEXEC, 0600)), 0);
	snprintf(path, sizeof(path), "%s/a/b/c/us.sock", base);
	ck_assert_int_eq(daemon_dir_create(path, &diag), -ENOTDIR);
	ck_assert_ptr_nonnull(strstr(diag.text, base));

	snprintf(path, sizeof(path), "%s/a/b", base);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a", base);
	rmdir(path);
	rmdir(base);
}
END_TEST

START_TEST(dir_of_bare_names)
{
	ck_assert_int_eq(daemon_dir_create("us.sock", NULL), 0);
	ck_assert_int_eq(daemon_dir_create("/us.sock", NULL), 0);
}
END_TEST

START_TEST(raise_nofile)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_gt(limit.rlim_max, 64);
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(daemon_raise_nofile(), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
}
END_TEST

int main(void)
{
	TCase *detach = tcase_create("detach");
	TCase *paths = tcase_create("paths");

	tcase_add_test(detach, parent_status);
	tcase_add_test(detach, parent_ends_when_ready);
	tcase_add_test(detach, surroundings);
	tcase_add_test(detach, ready_in_foreground);
	tcase_add_test(paths, path_resolve);
	tcase_add_test(paths, dir_create);
	tcase_add_test(paths, dir_of_bare_names);
	tcase_add_test(paths, raise_nofile);
	return unit_main("run/daemon", detach, paths, NULL);
}
