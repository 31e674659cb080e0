/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: lines, inclusion, and what happens to bad ones. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/unit.h"
#include "ctl/conf.h"
#include "lib/diag.h"

static char dir[32];
static char findings[4096];
static size_t n_findings;

static void enter_dir(void)
{
	strcpy(dir, "/tmp/ctl-conf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	findings[0] = '\0';
	n_findings = 0;
}

static void leave_dir(void)
{
	char command[64];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void put_bytes(const char *name, const char *data, size_t len)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void report(void *arg, enum note_level level, const struct diag *diag)
{
	char text[DIAG_TEXT_MAX + 64];

	ck_assert_ptr_eq(arg, findings);
	ck_assert_int_eq(level, NOTE_WARNING);
	n_findings++;
	diag_format(diag, text, sizeof(text));
	if (strlen(findings) + strlen(text) + 2 < sizeof(findings)) {
		strcat(findings, text);
		strcat(findings, "\n");
	}
}

static int load(const char *name, struct conf *ret)
{
	return conf_load(name, ret, report, findings);
}

/* "FILE:LINE:IFNAME" of each directive. */
static const char *places(const struct conf *conf)
{
	static char out[4096];
	char *at = out;
	size_t i;

	*at = '\0';
	for (i = 0; i < conf->n; i++)
		at += sprintf(at, "%s:%u:%s ", conf->directives[i]->file,
			      conf->directives[i]->line,
			      conf->directives[i]->ifname);

	return out;
}

START_TEST(lines)
{
	struct conf conf;

	put("a", "\n# comment\n\nphyint eth0 enable\r\n  \n"
	    "mroute from eth1 group 225.1.2.3 to b c # d\n"
	    "mgroup from eth2 group 225.1.2.3");
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_str_eq(places(&conf), "a:4:eth0 a:6:eth1 a:7:eth2 ");
	ck_assert_uint_eq(conf.errors, 0);
	ck_assert_str_eq(findings, "");
	ck_assert_uint_eq(conf.directives[1]->n_oifs, 2);
	ck_assert_str_eq(conf.directives[1]->oifs[1], "c");
	ck_assert_ptr_eq(conf.directives[0]->file, conf.directives[2]->file);
	conf_fini(&conf);

	put("empty", "");
	ck_assert_int_eq(load("empty", &conf), 0);
	ck_assert_uint_eq(conf.n, 0);
	conf_fini(&conf);
}
END_TEST

START_TEST(bad_lines)
{
	struct conf conf;

	put("a", "phyint eth0\nbogus\nmroute from x\nphyint eth1 foo\n"
	    "phyint eth2\n");
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_str_eq(places(&conf), "a:1:eth0 a:4:eth1 a:5:eth2 ");
	ck_assert_uint_eq(conf.errors, 3);
	ck_assert_str_eq(findings,
			 "a line 2: unknown statement 'bogus'\n"
			 "a line 3: no group given\n"
			 "a line 4: unknown word 'foo' skipped\n");
	conf_fini(&conf);
}
END_TEST

START_TEST(nul_bytes)
{
	static const char text[] = "phyint a\nphyint b\0disable\nphyint c\n\0";
	struct conf conf;

	put_bytes("a", text, sizeof(text) - 1);
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_str_eq(places(&conf), "a:1:a a:3:c ");
	ck_assert_str_eq(findings, "a line 2: line with a NUL byte dropped\n"
				   "a line 4: line with a NUL byte dropped\n");
	ck_assert_uint_eq(conf.errors, 2);
	conf_fini(&conf);
}
END_TEST

START_TEST(long_line)
{
	static char text[400000] = "mroute from a group 225.1.2.3 to";
	char *at = text + strlen(text);
	struct conf conf;
	size_t i;

	for (i = 0; i < 50000; i++)
		at += sprintf(at, " eth%u", (unsigned int)(i % 1000));
	put("a", text);
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_uint_eq(conf.n, 1);
	ck_assert_uint_eq(conf.errors, 0);
	ck_assert_uint_eq(conf.directives[0]->n_oifs, 50000);
	ck_assert_str_eq(conf.directives[0]->oifs[49999], "eth999");
	conf_fini(&conf);
}
END_TEST

START_TEST(inclusion)
{
	struct conf conf;

	ck_assert_int_eq(mkdir("d", 0755), 0);
	put("a", "phyint a1\ninclude d/*.conf ignored words\nphyint a3\n"
	    "include nothing*\n");
	put("d/2.conf", "\nphyint d2\n");
	put("d/1.conf", "phyint d1\nbogus\n");
	put("d/3.txt", "phyint d3\n");
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_str_eq(places(&conf),
			 "a:1:a1 d/1.conf:1:d1 d/2.conf:2:d2 a:3:a3 ");
	ck_assert_str_eq(findings,
			 "d/1.conf line 2: unknown statement 'bogus'\n");
	ck_assert_uint_eq(conf.errors, 1);
	conf_fini(&conf);
}
END_TEST

START_TEST(inclusion_fails)
{
	struct conf conf;

	ck_assert_int_eq(mkdir("d", 0755), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	put("a", "include\ninclude d\ninclude fifo\nphyint a\n");
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_str_eq(places(&conf), "a:4:a ");
	ck_assert_str_eq(findings,
			 "a line 1: include: no file given\n"
			 "a line 2: cannot read d: Is a directory\n"
			 "a line 3: cannot read fifo: Invalid argument\n");
	ck_assert_uint_eq(conf.errors, 3);
	conf_fini(&conf);
}
END_TEST

START_TEST(inclusion_depth)
{
	struct conf conf;

	put("a", "phyint x\ninclude a\n");
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_uint_eq(conf.n, CONF_DEPTH_MAX);
	ck_assert_uint_eq(conf.errors, 1);
	ck_assert_str_eq(findings, "a line 2: a: files include files 16 deep\n");
	conf_fini(&conf);
}
END_TEST

/* Two files that include both would be 65,534 readings of either. */
START_TEST(inclusion_count)
{
	struct conf conf;

	put("a1", "phyint x\ninclude a?\n");
	put("a2", "phyint y\ninclude a?\n");
	ck_assert_int_eq(load("a1", &conf), 0);
	ck_assert_uint_eq(conf.n, CONF_FILES_MAX);
	ck_assert_ptr_nonnull(strstr(findings, "files include files 16 deep"));
	ck_assert_uint_gt(conf.errors, 0);
	conf_fini(&conf);
}
END_TEST

START_TEST(main_file)
{
	struct conf conf = { .n = 42 };

	ck_assert_int_eq(load("missing", &conf), -ENOENT);
	ck_assert_int_eq(load(dir, &conf), -EISDIR);
	ck_assert_uint_eq(conf.n, 42);
	ck_assert_str_eq(findings, "");

	ck_assert_int_eq(load("/dev/null", &conf), 0);
	ck_assert_uint_eq(conf.n, 0);
	conf_fini(&conf);
}
END_TEST

/* A directive outlives the words and the text that it was read from. */
START_TEST(ownership)
{
	struct conf conf;

	put("a", "mroute from a source 10.0.0.1 group 225.1.2.3 to b\n"
	    "hairpin refuse\n");
	ck_assert_int_eq(load("a", &conf), 0);
	put("b", "mroute from z source 10.9.9.9 group 225.9.9.9 to y\n");
	ck_assert_uint_eq(conf.n, 2);
	ck_assert_str_eq(conf.directives[0]->ifname, "a");
	ck_assert_str_eq(conf.directives[0]->oifs[0], "b");
	ck_assert_str_eq(conf.directives[0]->file, "a");
	ck_assert_ptr_null(conf.directives[1]->ifname);
	ck_assert_int_eq(conf.directives[1]->policy, POLICY_REFUSE);
	conf_fini(&conf);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf");

	tcase_add_checked_fixture(tc, enter_dir, leave_dir);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, bad_lines);
	tcase_add_test(tc, nul_bytes);
	tcase_add_test(tc, long_line);
	tcase_add_test(tc, inclusion);
	tcase_add_test(tc, inclusion_fails);
	tcase_add_test(tc, inclusion_depth);
	tcase_add_test(tc, inclusion_count);
	tcase_add_test(tc, main_file);
	tcase_add_test(tc, ownership);

	return unit_main("ctl-conf", tc, NULL);
}
