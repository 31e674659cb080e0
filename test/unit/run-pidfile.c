/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PID file: made, touched, made again, removed only by its owner. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/diag.h"
#include "run/pidfile.h"
#include "unit.h"

static char dir[] = "/tmp/pidfile-XXXXXX";
static char sub[PATH_MAX];
static char path[PATH_MAX + 16];
static struct pidfile pidfile;
static struct diag diag;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/run", dir);
	snprintf(path, sizeof(path), "%s/us.pid", sub);
	pidfile = (struct pidfile)PIDFILE_INIT;
	ck_assert_int_eq(pidfile_create(&pidfile, path, (uid_t)-1, (gid_t)-1,
					&diag), 0);
}

static void teardown(void)
{
	unlink(path);
	rmdir(sub);
	rmdir(dir);
}

static long content(void)
{
	char text[32] = "";
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	ck_assert_int_eq(fgetc(file), EOF);
	fclose(file);
	ck_assert_ptr_nonnull(strchr(text, '\n'));
	return strtol(text, NULL, 10);
}

static void write_other(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(create)
{
	ck_assert_int_eq(content(), getpid());
	pidfile_remove(&pidfile);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(create_over_longer)
{
	write_other("123456789012345678\nmore\n");
	ck_assert_int_eq(pidfile_create(&pidfile, path, (uid_t)-1, (gid_t)-1,
					&diag), 0);
	ck_assert_int_eq(content(), getpid());
}
END_TEST

START_TEST(create_fails)
{
	struct pidfile other = PIDFILE_INIT;
	char below[2 * PATH_MAX];

	/* A file is in the way of the directory. */
	snprintf(below, sizeof(below), "%s/x.pid", path);
	ck_assert_int_eq(pidfile_create(&other, below, (uid_t)-1, (gid_t)-1,
					&diag), -ENOTDIR);
	ck_assert_ptr_nonnull(strstr(diag.text, path));
	ck_assert_ptr_null(other.path);
}
END_TEST

START_TEST(create_follows_no_link)
{
	char target[PATH_MAX + 32];

	snprintf(target, sizeof(target), "%s/target", sub);
	unlink(path);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(pidfile_create(&pidfile, path, (uid_t)-1, (gid_t)-1,
					&diag), -ELOOP);
	ck_assert_int_ne(access(target, F_OK), 0);
}
END_TEST

START_TEST(touch)
{
	struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	struct stat st;

	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	ck_assert_int_eq(pidfile_touch(&pidfile, &diag), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_gt(st.st_mtime, 1000);
	ck_assert_int_eq(content(), getpid());
}
END_TEST

START_TEST(touch_creates_again)
{
	unlink(path);
	ck_assert_int_eq(pidfile_touch(&pidfile, &diag), 0);
	ck_assert_int_eq(content(), getpid());
}
END_TEST

START_TEST(touch_without_file)
{
	struct pidfile none = PIDFILE_INIT;

	ck_assert_int_eq(pidfile_touch(&none, &diag), 0);
}
END_TEST

/* Of a second instance that took the path, or of a child that was forked. */
START_TEST(remove_only_own)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		pidfile_remove(&pidfile);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(content(), getpid());

	write_other("1\n");
	pidfile_remove(&pidfile);
	ck_assert_int_eq(content(), 1);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("pidfile");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, create);
	tcase_add_test(all, create_over_longer);
	tcase_add_test(all, create_fails);
	tcase_add_test(all, create_follows_no_link);
	tcase_add_test(all, touch);
	tcase_add_test(all, touch_creates_again);
	tcase_add_test(all, touch_without_file);
	tcase_add_test(all, remove_only_own);
	return unit_main("run/pidfile", all, NULL);
}
