/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The script of -e: what it is given, how many run, what is said when it fails.
 * Scripts write to $OUT; those that have to wait read from the FIFO $GATE.
 */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "test/unit/unit.h"
#include "lib/addr.h"
#include "run/log.h"
#include "run/script.h"

static char dir[32];
static char path[64], out[64], gate[64];
static struct ev_loop *loop;
static struct script *script;
static int log_fd;

static void setup(void)
{
	strcpy(dir, "/tmp/run-script-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/script", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(gate, sizeof(gate), "%s/gate", dir);
	setenv("OUT", out, 1);
	setenv("GATE", gate, 1);
	ck_assert_int_eq(mkfifo(gate, 0600), 0);
	loop = ev_default_loop(0);
	log_fd = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_eq(dup2(log_fd, STDERR_FILENO), STDERR_FILENO);
}

static void teardown(void)
{
	char command[64];

	script_free(script);
	ev_loop_destroy(loop);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void write_script(const char *body)
{
	FILE *file = fopen(path, "w");

	fprintf(file, "#!/bin/sh\n%s\n", body);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0755), 0);
	script = script_new(loop, path);
	ck_assert_ptr_nonnull(script);
}

static void install(const char *source, const char *group)
{
	struct in6_addr s, g;

	ck_assert_int_eq(addr_parse(source, &s), 0);
	ck_assert_int_eq(addr_parse(group, &g), 0);
	script_install(script, &s, &g);
}

static const char *text_of(int fd)
{
	static char text[65536];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	return text;
}

static const char *output(void)
{
	int fd = open(out, O_RDONLY | O_CLOEXEC);
	const char *text;

	if (fd < 0)
		return "";
	text = text_of(fd);
	close(fd);
	return text;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Until nothing is left that could happen: all scripts have ended. */
static void run(void)
{
	ev_run(loop, 0);
}

START_TEST(check)
{
	ck_assert_int_eq(script_check("/nonexistent"), -ENOENT);
	ck_assert_int_eq(script_check("/bin/sh"), 0);
}
END_TEST

START_TEST(nothing)
{
	const struct in6_addr any = { .s6_addr = { 0 } };

	script = NULL;
	script_reload(NULL);
	script_install(NULL, &any, &any);
	script_free(NULL);
}
END_TEST

START_TEST(arguments)
{
	setenv("source", "stale", 1);
	setenv("group", "stale", 1);
	setenv("NOTIFY_SOCKET", "@nobody", 1);
	setenv("KEPT", "kept", 1);
	write_script("echo \"$0 $# $1 ${source-none} ${group-none}"
		     " ${NOTIFY_SOCKET-none} $KEPT\" >>$OUT; echo x >$GATE");
	/* one after the other: each ends behind the gate */
	script_reload(script);
	install("198.18.1.1", "239.1.1.1");
	install("fd00::1", "ff0e::1");
	ck_assert_str_eq(output(), "");
	for (int i = 0; i < 3; i++) {
		FILE *file;

		ev_run(loop, EVRUN_NOWAIT);
		file = fopen(gate, "r");
		ck_assert_int_eq(fgetc(file), 'x');
		while (fgetc(file) != EOF)
			;
		fclose(file);
	}
	run();
	ck_assert_uint_eq(lines(output()), 3);
	ck_assert_ptr_nonnull(strstr(output(), " 1 reload none none none"
				     " kept\n"));
	ck_assert_ptr_nonnull(strstr(output(), " 1 install 198.18.1.1 239.1.1.1"
				     " none kept\n"));
	ck_assert_ptr_nonnull(strstr(output(), " 1 install fd00::1 ff0e::1"
				     " none kept\n"));
	ck_assert_int_eq(strncmp(output(), path, strlen(path)), 0);
	ck_assert_str_eq(text_of(log_fd), "");
	ck_assert_str_eq(getenv("NOTIFY_SOCKET"), "@nobody");
}
END_TEST

/*
 * 32 and 33 belong to the C library, whose sigaction() leaves them alone.  Some
 * programs that start others have them ignored, and so would every script.
 */
static void ignore_internal(void)
{
	struct {
		void (*handler)(int);
		unsigned long rest[7];
	} action = { .handler = SIG_IGN };

	ck_assert_int_eq(syscall(SYS_rt_sigaction, 32, &action, NULL, 8), 0);
	ck_assert_int_eq(syscall(SYS_rt_sigaction, 33, &action, NULL, 8), 0);
}

/* Descriptors without close-on-exec, ignored signals, blocked ones. */
START_TEST(nothing_inherited)
{
	sigset_t set;

	ck_assert_int_eq(dup2(STDIN_FILENO, 50), 50);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ignore_internal();
	/* that 32 and 33 are ignored is no matter */
	write_script("[ -e /proc/$$/fd/50 ] && echo fd >>$OUT\n"
		     "[ -e /proc/$$/fd/1 ] || echo no stdout >>$OUT\n"
		     "grep -E '^Sig(Blk|Ign):' /proc/$$/status |"
		     " grep -v ':.0000000[01][08]0000000$' >>$OUT\n"
		     "exit 0");
	script_reload(script);
	run();
	ck_assert_str_eq(output(), "");
	ck_assert_str_eq(text_of(log_fd), "");
	close(50);
}
END_TEST

#define N_PIPES 8

static int pipes[N_PIPES][2], go[2];

/* After this the child has the only write ends. */
static void in_parent(void)
{
	if (go[1] < 0)
		return;
	for (int i = 0; i < N_PIPES; i++)
		close(pipes[i][1]);
	close(go[1]);
	go[1] = -1;
}

static void in_child(void)
{
	char c;

	if (go[1] < 0)
		return;
	close(go[1]);
	if (read(go[0], &c, 1) != 0)
		_exit(1);
}

/* Write ends in rising order; in the epoll in the order they are closed. */
static int open_pipes(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	for (int i = 0; i < N_PIPES; i++) {
		struct epoll_event event = {
			.events = EPOLLIN,
			.data.u32 = (uint32_t)i,
		};

		ck_assert_int_eq(pipe2(pipes[i], O_CLOEXEC), 0);
		ck_assert_int_eq(dup3(pipes[i][1], 100 + i, O_CLOEXEC),
				 100 + i);
		close(pipes[i][1]);
		pipes[i][1] = 100 + i;
		ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[i][0],
					   &event), 0);
	}
	return epoll;
}

/* As in Linux before 5.9. */
static void forbid_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = 4, .filter = code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter),
			 0);
	ck_assert_int_eq((int)syscall(SYS_close_range, ~0U, ~0U, 0U), -1);
}

/*
 * The socket that owns the guard's table has a lower number than those of the
 * routes, and must not go first when the daemon was killed meanwhile.
 */
START_TEST(highest_closed_first)
{
	struct rlimit limit = { .rlim_cur = 256, .rlim_max = 256 };
	struct epoll_event events[N_PIPES];
	int epoll = open_pipes();

	if (_i) {
		forbid_close_range();
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	ck_assert_int_eq(pthread_atfork(NULL, in_parent, in_child), 0);
	write_script("exit 0");
	script_reload(script);
	run();
	ck_assert_int_eq(epoll_wait(epoll, events, N_PIPES, 0), N_PIPES);
	for (int i = 0; i < N_PIPES; i++)
		ck_assert_uint_eq(events[i].data.u32,
				  (uint32_t)(N_PIPES - 1 - i));
	close(epoll);
}
END_TEST

static unsigned int count_log(const char *what)
{
	const char *text = text_of(log_fd);
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

START_TEST(failure)
{
	write_script("[ $1 = reload ] && exit 3; kill -KILL $$");
	script_reload(script);
	run();
	ck_assert_uint_eq(count_log("reload: exit status 3\n"), 1);
	install("198.18.1.1", "239.1.1.1");
	run();
	ck_assert_uint_eq(count_log("install (198.18.1.1, 239.1.1.1): "
				    "ended by signal 9\n"), 1);
	ck_assert_uint_eq(lines(text_of(log_fd)), 2);
}
END_TEST

START_TEST(gone)
{
	write_script("exit 0");
	ck_assert_int_eq(unlink(path), 0);
	script_reload(script);
	run();
	ck_assert_uint_eq(count_log("reload: exit status 126, cannot be "
				    "executed?\n"), 1);
}
END_TEST

static void until_lines(unsigned int n)
{
	while (lines(output()) < n)
		ev_run(loop, EVRUN_NOWAIT);
}

static int by_pid(const void *a, const void *b)
{
	return atoi(*(char *const *)a) - atoi(*(char *const *)b);
}

/* Process IDs are given in the order of fork(). */
static void check_order(char *text, unsigned int n)
{
	char *line[100];
	char *save, *word;
	unsigned int i;

	for (i = 0; i < n; i++)
		line[i] = strtok_r(i ? NULL : text, "\n", &save);
	qsort(line, n, sizeof(line[0]), by_pid);
	for (i = 0; i < n; i++) {
		word = strrchr(line[i], '.') + 1;
		ck_assert_int_eq(atoi(word), (int)i);
	}
}

START_TEST(queue)
{
	const unsigned int n = 3 * SCRIPT_RUNNING_MAX;
	char group[32], *text;
	unsigned int i;
	int fd;

	write_script("echo $$ $group >>$OUT; read x <$GATE; exit 0");
	for (i = 0; i < n; i++) {
		snprintf(group, sizeof(group), "239.1.1.%u", i);
		install("198.18.1.1", group);
	}
	until_lines(SCRIPT_RUNNING_MAX);
	for (i = 0; i < 3 * n; i++)
		ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(lines(output()), SCRIPT_RUNNING_MAX);

	/* the gate opens, and stays open */
	fd = open(gate, O_RDWR | O_CLOEXEC);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(write(fd, "x\n", 2), 2);
	run();
	close(fd);
	ck_assert_uint_eq(lines(output()), n);
	text = strdup(output());
	check_order(text, n);
	free(text);
}
END_TEST

START_TEST(queue_full)
{
	unsigned int i;

	write_script("exit 0");
	for (i = 0; i < SCRIPT_WAITING_MAX + 10; i++)
		install("198.18.1.1", "239.1.1.1");
	ck_assert_uint_eq(count_log("calls are dropped"), 1);
	/* what waits, and what runs, is let go */
	for (i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("script");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, check);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, arguments);
	tcase_add_test(tc, nothing_inherited);
	tcase_add_loop_test(tc, highest_closed_first, 0, 2);
	tcase_add_test(tc, failure);
	tcase_add_test(tc, gone);
	tcase_add_test(tc, queue);
	tcase_add_test(tc, queue_full);

	return unit_main("run-script", tc, NULL);
}
