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

/* Loads in steps of `size` lines, or returns NULL after `most` of them. */
static struct conf_loader *step(const char *name, size_t size, size_t most)
{
	struct conf_loader *loader;
	int more = 1;

	findings[0] = '\0';
	n_findings = 0;
	ck_assert_int_eq(conf_begin(name, report, findings, &loader), 0);
	while (more && most--) {
		more = conf_step(loader, size);
		ck_assert_int_ge(more, 0);
	}
	if (!more)
		return loader;

	conf_cancel(loader);
	return NULL;
}

/* Every way to include and to fail, three files deep, and one without end. */
static void put_tree(void)
{
	static const char nul[] = "phyint n1\0\nphyint n2";

	ck_assert_int_eq(mkdir("d", 0755), 0);
	ck_assert_int_eq(mkdir("d/dir.conf", 0755), 0);
	ck_assert_int_eq(mkdir("e", 0755), 0);
	put("a", "phyint a1\nbogus\ninclude d/*.conf\nphyint a4\ninclude\n"
	    "include nothing*\nmroute from a7 group 225.1.2.3 to b c\n"
	    "include e/*");
	put("d/1.conf", "phyint d1\ninclude e/*\nphyint d3 foo\n");
	put("d/2.conf", "");
	put("d/3.conf", "include e/2\n\n# nothing\nbogus\n");
	put("e/1", "phyint e1\n");
	put_bytes("e/2", nul, sizeof(nul) - 1);
	put("e/3", "phyint e3\ninclude e/3\n");
}

START_TEST(steps)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 16, 17, 18, 40, 1000 };
	static char whole[4096], whole_findings[sizeof(findings)];
	struct conf_loader *loader;
	struct conf conf;
	size_t i, errors;

	put_tree();
	ck_assert_int_eq(load("a", &conf), 0);
	strcpy(whole, places(&conf));
	strcpy(whole_findings, findings);
	errors = conf.errors;
	conf_fini(&conf);
	ck_assert_ptr_nonnull(strstr(whole, "d/1.conf:1:d1 e/1:1:e1 e/2:2:n2"));
	ck_assert_ptr_nonnull(strstr(whole, "a:4:a4 a:7:a7 e/1:1:e1"));
	ck_assert_ptr_nonnull(strstr(whole_findings, "d/dir.conf: Is a dir"));
	ck_assert_ptr_nonnull(strstr(whole_findings, "16 deep"));

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		loader = step("a", sizes[i], 10000);
		ck_assert_ptr_nonnull(loader);
		conf_take(loader, &conf);
		ck_assert_str_eq(places(&conf), whole);
		ck_assert_str_eq(findings, whole_findings);
		ck_assert_uint_eq(conf.errors, errors);
		conf_fini(&conf);
	}
}
END_TEST

/* A step does what it was told, no more: the loop waits meanwhile. */
START_TEST(step_size)
{
	struct conf_loader *loader;
	struct conf conf;

	put("b", "bogus\n");
	put("a", "bogus\n\nbogus\nbogus\ninclude [b] more\nphyint x\n");
	ck_assert_int_eq(conf_begin("a", report, findings, &loader), 0);
	ck_assert_uint_eq(n_findings, 0);
	ck_assert_int_eq(conf_step(loader, 2), 1);
	ck_assert_uint_eq(n_findings, 1);
	ck_assert_int_eq(conf_step(loader, 1), 1);
	ck_assert_uint_eq(n_findings, 2);
	ck_assert_int_eq(conf_step(loader, 1), 1);
	ck_assert_uint_eq(n_findings, 3);

	/* the line that includes, then the file, then what is in it */
	ck_assert_int_eq(conf_step(loader, CONF_INCLUDE_LINES), 1);
	ck_assert_int_eq(conf_step(loader, CONF_INCLUDE_LINES), 1);
	ck_assert_uint_eq(n_findings, 3);
	ck_assert_int_eq(conf_step(loader, 1), 1);
	ck_assert_uint_eq(n_findings, 4);
	ck_assert_int_eq(conf_step(loader, 1), 0);
	ck_assert_int_eq(conf_step(loader, 1), 0);
	conf_take(loader, &conf);
	ck_assert_str_eq(places(&conf), "a:6:x ");
	ck_assert_uint_eq(conf.errors, 4);
	conf_fini(&conf);
}
END_TEST

/* At any step: for a checker of memory. */
START_TEST(cancel)
{
	struct conf_loader *loader = NULL;
	struct conf conf;
	size_t most;

	put_tree();
	for (most = 0; !loader; most++)
		loader = step("a", 1, most);
	ck_assert_uint_gt(most, 50);
	conf_take(loader, &conf);
	conf_fini(&conf);
}
END_TEST

START_TEST(begin_fails)
{
	struct conf_loader *loader = (void *)dir;

	ck_assert_int_eq(conf_begin("missing", report, findings, &loader),
			 -ENOENT);
	ck_assert_int_eq(conf_begin(dir, report, findings, &loader), -EISDIR);
	ck_assert_ptr_eq(loader, dir);
	ck_assert_uint_eq(n_findings, 0);
}
END_TEST

/* Names that neighbours share, and those that only look alike. */
START_TEST(neighbours)
{
	static const char *const oifs[] = {
		"b c", "b c", "b", "b c", "b d", "bc", "c b", "c b",
	};
	size_t i, n = sizeof(oifs) / sizeof(*oifs);
	char text[1024] = "", joined[64];
	struct conf conf;

	for (i = 0; i < n; i++)
		sprintf(text + strlen(text),
			"mroute from a%zu group 225.1.2.3 to %s\n", i / 2,
			oifs[i]);
	strcat(text, "hairpin auto\nphyint x\n");
	put("a", text);
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_uint_eq(conf.n, n + 2);
	for (i = 0; i < n; i++) {
		const struct directive *directive = conf.directives[i];

		strcpy(joined, directive->oifs[0]);
		if (directive->n_oifs > 1) {
			strcat(joined, " ");
			strcat(joined, directive->oifs[1]);
		}
		ck_assert_str_eq(joined, oifs[i]);
		ck_assert_uint_eq(directive->ifname[1] - '0', i / 2);
	}
	ck_assert_ptr_null(conf.directives[n]->ifname);
	ck_assert_uint_eq(conf.directives[n + 1]->n_oifs, 0);
	conf_fini(&conf);
}
END_TEST

/* More than one block of memory holds. */
START_TEST(many)
{
	FILE *file = fopen("a", "w");
	struct conf conf;
	unsigned int i;
	char name[16];

	ck_assert_ptr_nonnull(file);
	for (i = 0; i < 20000; i++)
		fprintf(file, "mroute from i%u group 225.1.2.3 to o%u\n", i, i);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(load("a", &conf), 0);
	ck_assert_uint_eq(conf.n, 20000);
	for (i = 0; i < 20000; i++) {
		sprintf(name, "i%u", i);
		ck_assert_str_eq(conf.directives[i]->ifname, name);
		*name = 'o';
		ck_assert_str_eq(conf.directives[i]->oifs[0], name);
	}
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
	tcase_add_test(tc, steps);
	tcase_add_test(tc, step_size);
	tcase_add_test(tc, cancel);
	tcase_add_test(tc, begin_fails);
	tcase_add_test(tc, neighbours);
	tcase_add_test(tc, many);

	return unit_main("ctl-conf", tc, NULL);
}
