/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stop-watches of the benchmark: runs the daemon and others, says how long
 * they took and how much CPU the daemon used, and asks it as a client does.
 * Knows sd_notify(3), /proc and the client's protocol; must not know what is
 * measured.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/words.h"
#include "lib/buf.h"
#include "lib/diag.h"

/* A process that sleeps and used no CPU for that long has nothing to do. */
#define QUIET_S 0.05

/* Nothing that is measured takes longer, in milliseconds. */
#define PATIENCE_MS 300000

#define REQUESTS_MAX 16

/* For the daemon to hear of a link. */
#define LINK_PAUSE_NS 1000000

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("probe: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long number(const char *text)
{
	char *end;
	long ret = strtol(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || ret < 1)
		die("'%s' is not a number", text);
	return ret;
}

/* -- other processes ------------------------------------------------------ */

/* stdout goes to `out`, unless that is negative. */
static pid_t spawn(char **argv, int out)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "probe: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Exits as it did, unless it did well. */
static void reap(pid_t pid, const char *name)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("wait: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("%s ended with status %#x", name, (unsigned int)status);
}

static int null_open(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("/dev/null: %s", strerror(errno));
	return fd;
}

static size_t proc_read(long pid, const char *name, char *ret, size_t size)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, ret, size - 1);
	if (len <= 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	ret[len] = '\0';
	return (size_t)len;
}

/* Seconds: on a CPU, and waiting for one. */
struct usage {
	double run;
	double wait;
};

static struct usage usage_of(long pid)
{
	char text[256], *end;
	struct usage ret;

	proc_read(pid, "schedstat", text, sizeof(text));
	ret.run = (double)strtoull(text, &end, 10) / 1e9;
	ret.wait = (double)strtoull(end, &end, 10) / 1e9;
	return ret;
}

static char state_of(long pid)
{
	char text[1024], *at;

	proc_read(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	return at && at[1] ? at[2] : '?';
}

/* When `pid` did something for the last time; it has nothing to do now. */
static double settle(long pid)
{
	double seen = usage_of(pid).run, last = now(), run;
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (now() - last < QUIET_S) {
		nanosleep(&pause, NULL);
		run = usage_of(pid).run;
		if (run > seen || state_of(pid) != 'S')
			last = now();
		seen = run;
	}
	return last;
}

static void run_run(char **argv)
{
	double start = now();

	reap(spawn(argv, null_open()), argv[0]);
	printf("%.6f\n", now() - start);
}

static void cost_run(char **argv)
{
	long pid = number(argv[0]);
	double start, end, used;

	settle(pid);
	used = usage_of(pid).run;
	start = now();
	reap(spawn(argv + 1, null_open()), argv[1]);
	end = settle(pid);
	printf("%.6f %.6f\n", end - start, usage_of(pid).run - used);
}

/* -- the daemon and what it says to the service manager -------------------- */

static int notify_open(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[64];

	/* In the abstract name space of our network namespace. */
	snprintf(name, sizeof(name), "@probe-%ld", (long)getpid());
	memcpy(sun.sun_path + 1, name + 1, strlen(name + 1));
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&sun,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			     strlen(name))) ||
	    setenv("NOTIFY_SOCKET", name, 1))
		die("notification socket: %s", strerror(errno));
	return fd;
}

/* Waits for READY=1 and returns when it came. */
static double notify_ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char text[1024];
	ssize_t len;

	while (poll(&pfd, 1, PATIENCE_MS) > 0) {
		len = recv(fd, text, sizeof(text) - 1, 0);
		if (len < 0)
			break;
		text[len] = '\0';
		if (!strncmp(text, "READY=1", 7) || strstr(text, "\nREADY=1"))
			return now();
	}
	die("the daemon does not become ready");
}

/*
 * Prints "PID SECONDS" when it is ready.  Then each line of stdin is an order,
 * answered with seconds: `reload`, or the end of input, which ends it.
 */
static void daemon_run(char **argv)
{
	int fd = notify_open();
	double start = now();
	pid_t pid = spawn(argv, STDERR_FILENO);
	char line[64];

	printf("%ld ", (long)pid);
	printf("%.6f\n", notify_ready(fd) - start);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		start = now();
		kill(pid, SIGHUP);
		printf("%.6f\n", notify_ready(fd) - start);
		fflush(stdout);
	}
	start = now();
	kill(pid, SIGTERM);
	reap(pid, argv[0]);
	printf("%.6f\n", now() - start);
}

/* -- a client ------------------------------------------------------------- */

struct request {
	char *line;
	struct words words;
};

static void request_init(char *line, struct request *ret)
{
	ret->line = line;
	if (words_split(line, &ret->words) || !ret->words.n)
		die("bad request");
}

static double request_ask(const char *sock, const struct request *request)
{
	struct buf reply = BUF_INIT;
	struct diag diag = { 0 };
	double start = now();

	if (client_request(sock, request->words.word[0][0],
			   request->words.word + 1, request->words.n - 1,
			   &reply, &diag))
		die("%s: %s", sock, diag.text);
	start = now() - start;
	/* A failure is a text behind 'a', 'r', 'j' and 'l'. */
	if (request->words.word[0][0] != 's' && reply.len > 0 && reply.data[0])
		die("%s: %s", request->words.word[0], reply.data);
	buf_fini(&reply);
	return start;
}

static int double_compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/*
 * Prints what the daemon uses in the lower quartile of `count` calls of
 * `round`, divided by `n`: others disturb some of them, caches above all.  What it does
 * behind a round is counted with the next one.
 */
static void rounds_run(long pid, long count, size_t n,
		       void (*round)(void *arg), void *arg)
{
	double *used = calloc((size_t)count, sizeof(*used)), before, run;
	long i;

	if (!used)
		die("memory");
	settle(pid);
	before = usage_of(pid).run;
	for (i = 0; i < count; i++) {
		round(arg);
		run = usage_of(pid).run;
		used[i] = run - before;
		before = run;
	}
	qsort(used, (size_t)count, sizeof(*used), double_compare);
	printf("%.3f\n", used[count / 4] * 1e6 / (double)n);
	free(used);
}

struct ask {
	const char *sock;
	struct request requests[REQUESTS_MAX];
	size_t n;
};

static void ask_round(void *arg)
{
	struct ask *ask = arg;
	size_t i;

	for (i = 0; i < ask->n; i++)
		request_ask(ask->sock, &ask->requests[i]);
}

static void ask_run(char **argv)
{
	struct ask ask = { .sock = argv[0] };
	long pid = number(argv[1]), count = number(argv[2]);

	for (argv += 3; *argv && ask.n < REQUESTS_MAX; argv++)
		request_init(*argv, &ask.requests[ask.n++]);
	rounds_run(pid, count, ask.n, ask_round, &ask);
}

/* -- a link --------------------------------------------------------------- */

struct link {
	int fd;
	struct ifreq ifr;
};

static void link_toggle(struct link *link)
{
	const struct timespec pause = { .tv_nsec = LINK_PAUSE_NS };

	link->ifr.ifr_flags ^= IFF_UP;
	if (ioctl(link->fd, SIOCSIFFLAGS, &link->ifr))
		die("%s: %s", link->ifr.ifr_name, strerror(errno));
	nanosleep(&pause, NULL);
}

static void link_round(void *arg)
{
	link_toggle(arg);
	link_toggle(arg);
}

static void link_run(char **argv)
{
	long pid = number(argv[1]), count = number(argv[2]);
	struct link link = { .fd = socket(AF_INET, SOCK_DGRAM, 0) };

	snprintf(link.ifr.ifr_name, sizeof(link.ifr.ifr_name), "%s", argv[0]);
	if (link.fd < 0 || ioctl(link.fd, SIOCGIFFLAGS, &link.ifr))
		die("%s: %s", argv[0], strerror(errno));
	rounds_run(pid, count, 2, link_round, &link);
}

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	stopped = sig;
}

/*
 * Asks one thing after the other until SIGTERM.  What the daemon, or this
 * process, waited for a CPU while others had it is not the daemon's doing; it
 * is taken off.
 */
static void stall_run(char **argv)
{
	long pid = number(argv[1]), self = getpid();
	char line[] = "s interfaces";
	struct usage daemon, own;
	double took, waited, worst = 0., raw = 0.;
	struct request request;
	unsigned long n = 0;

	request_init(line, &request);
	signal(SIGTERM, on_term);
	for (; !stopped; n++) {
		daemon = usage_of(pid);
		own = usage_of(self);
		took = request_ask(argv[0], &request);
		waited = usage_of(pid).wait - daemon.wait +
			 usage_of(self).wait - own.wait;
		if (took > raw)
			raw = took;
		if (took - waited > worst)
			worst = took - waited;
	}
	printf("%.6f %.6f %lu\n", worst, raw, n);
}

/* -- command line --------------------------------------------------------- */

static const struct command {
	const char *name;
	int args;		/* at least */
	void (*run)(char **argv);
	const char *usage;
} commands[] = {
	{ "run", 1, run_run, "run CMD...: SECONDS" },
	{ "cost", 2, cost_run, "cost PID CMD...: SECONDS CPU, until PID has "
		"nothing more to do" },
	{ "daemon", 1, daemon_run, "daemon CMD...: PID SECONDS, until it is "
		"ready" },
	{ "ask", 4, ask_run, "ask SOCKET PID COUNT REQUEST...: MICROSECONDS of "
		"CPU a request, in the lower quartile of so many rounds" },
	{ "link", 3, link_run, "link IF PID COUNT: the same for an IF that "
		"goes down and up so often" },
	{ "stall", 2, stall_run, "stall SOCKET PID: longest LESS-CPU-WAIT and "
		"RAW, and how many were asked" },
};

int main(int argc, char **argv)
{
	size_t i, n = sizeof(commands) / sizeof(*commands);

	for (i = 0; i < n && argc > 1; i++) {
		if (strcmp(argv[1], commands[i].name) ||
		    argc - 2 < commands[i].args)
			continue;
		commands[i].run(argv + 2);
		return fflush(stdout) ? 1 : 0;
	}
	for (i = 0; i < n; i++)
		fprintf(stderr, "usage: probe %s\n", commands[i].usage);
	return 64;
}
