/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -p: who is meant, and that root stays as it is.  Whether another user keeps
 * just the right capabilities needs real root; with it that is tested as well.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/diag.h"
#include "run/privs.h"
#include "unit.h"

static struct privs privs;
static struct diag diag;

START_TEST(parse_user)
{
	struct passwd *user = getpwnam("nobody");

	ck_assert_ptr_nonnull(user);
	ck_assert_int_eq(privs_parse("nobody", &privs, &diag), 0);
	ck_assert_str_eq(privs.user, "nobody");
	ck_assert_uint_eq(privs.uid, user->pw_uid);
	ck_assert_uint_eq(privs.gid, user->pw_gid);
}
END_TEST

START_TEST(parse_user_and_group)
{
	ck_assert_int_eq(privs_parse("nobody:root", &privs, &diag), 0);
	ck_assert_str_eq(privs.user, "nobody");
	ck_assert_uint_ne(privs.uid, 0);
	ck_assert_uint_eq(privs.gid, 0);
}
END_TEST

static const struct {
	const char *text;
	int err;
	const char *message;
} wrong[] = {
	{ "no-such-user", -ENOENT, "unknown user 'no-such-user'" },
	{ "no-such-user:root", -ENOENT, "unknown user 'no-such-user'" },
	{ "nobody:no-such-group", -ENOENT, "unknown group 'no-such-group'" },
	{ "", -EINVAL, "invalid user '', expected USER[:GROUP]" },
	{ ":root", -EINVAL, "invalid user ':root', expected USER[:GROUP]" },
	{ "nobody:", -EINVAL, "invalid user 'nobody:', expected USER[:GROUP]" },
};

START_TEST(parse_refuses)
{
	privs.uid = 4711;
	ck_assert_int_eq(privs_parse(wrong[_i].text, &privs, &diag),
			 wrong[_i].err);
	ck_assert_str_eq(diag.text, wrong[_i].message);
	ck_assert_uint_eq(privs.uid, 4711);
}
END_TEST

#ifdef HAVE_LIBCAP

START_TEST(drop_of_root)
{
	uid_t uid = getuid();

	ck_assert(privs_available());
	ck_assert_int_eq(privs_parse("root", &privs, &diag), 0);
	ck_assert_int_eq(privs_drop(&privs, false, &diag), 0);
	ck_assert_uint_eq(getuid(), uid);
}
END_TEST

/* CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13: linux/capability.h. */
static bool status_has(const char *want)
{
	char line[256];
	bool found = false;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (!strcmp(line, want))
			found = true;
	}
	if (file)
		fclose(file);
	return found;
}

/* In a child: 0 when it is as it should be, 77 where it cannot be done. */
static int drop_in_child(bool keep_raw, const char *prm, const char *eff)
{
	if (getuid() != 0)
		return 77;
	if (privs_parse("nobody", &privs, &diag))
		return 1;
	/* A user namespace may not know nobody, or the right be missing. */
	if (privs_drop(&privs, keep_raw, &diag))
		return 77;
	if (getuid() != privs.uid || geteuid() != privs.uid ||
	    getgid() != privs.gid)
		return 2;
	if (!status_has(prm) || !status_has(eff))
		return 3;
	if (!status_has("CapInh:\t0000000000000000\n"))
		return 4;
	return setuid(0) ? 0 : 5;
}

static int child_status(bool keep_raw, const char *prm, const char *eff)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(drop_in_child(keep_raw, prm, eff));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		fprintf(stderr, "run/privs: dropping not tested, no root\n");
	return WEXITSTATUS(status) == 77 ? 0 : WEXITSTATUS(status);
}

START_TEST(drop_keeps_net_admin)
{
	ck_assert_int_eq(child_status(false, "CapPrm:\t0000000000001000\n",
				      "CapEff:\t0000000000001000\n"), 0);
}
END_TEST

START_TEST(drop_keeps_net_raw)
{
	ck_assert_int_eq(child_status(true, "CapPrm:\t0000000000003000\n",
				      "CapEff:\t0000000000003000\n"), 0);
}
END_TEST

#else

START_TEST(drop_is_missing)
{
	ck_assert(!privs_available());
	ck_assert_int_eq(privs_parse("nobody", &privs, &diag), 0);
	ck_assert_int_eq(privs_drop(&privs, false, &diag), -EOPNOTSUPP);
}
END_TEST

#endif

int main(void)
{
	TCase *parse = tcase_create("parse");
	TCase *drop = tcase_create("drop");

	tcase_add_test(parse, parse_user);
	tcase_add_test(parse, parse_user_and_group);
	tcase_add_loop_test(parse, parse_refuses, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
#ifdef HAVE_LIBCAP
	tcase_add_test(drop, drop_of_root);
	tcase_add_test(drop, drop_keeps_net_admin);
	tcase_add_test(drop, drop_keeps_net_raw);
#else
	tcase_add_test(drop, drop_is_missing);
#endif
	return unit_main("run/privs", parse, drop, NULL);
}
