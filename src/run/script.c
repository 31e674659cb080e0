/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of the script of -e.  Knows processes and the queue in front of them;
 * must not know why a call is made.
 *
 * A call that comes is only queued, as its caller is in the middle of a burst;
 * the loop then starts one script a turn, so that packets and clients are
 * served in between.
 */
#include "run/script.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/hash.h"
#include "run/log.h"
#include "run/service.h"

/* As a shell has it: found, but cannot be executed. */
#define STATUS_NO_EXEC 126

struct call {
	struct call *prev, *next;	/* script->waiting */
	struct in6_addr source, group;	/* of an install */
	bool install;			/* else a reload */
};

struct slot {
	ev_child child;			/* active: the script runs */
	struct script *script;
	struct call *call;		/* it was started for */
};

struct script {
	struct ev_loop *loop;
	const char *path;
	struct call *waiting;
	size_t n_waiting;
	size_t n_dropped;		/* since the queue was full */
	ev_timer start;			/* one more can be started */
	struct slot slots[SCRIPT_RUNNING_MAX];
};

int script_check(const char *path)
{
	return access(path, X_OK) ? -errno : 0;
}

static const char *call_word(const struct call *call)
{
	return call->install ? "install" : "reload";
}

/* "install (S, G)" or "reload" */
static const char *call_format(const struct call *call, char *buf, size_t len)
{
	char source[ADDR_STRLEN], group[ADDR_STRLEN];

	if (!call->install)
		return call_word(call);
	snprintf(buf, len, "install (%s, %s)",
		 addr_format(&call->source, source),
		 addr_format(&call->group, group));
	return buf;
}

/* In the child. */
static int env_set(const struct call *call)
{
	char text[ADDR_STRLEN];

	service_forget();
	if (!call->install) {
		unsetenv("source");
		unsetenv("group");
		return 0;
	}
	if (setenv("source", addr_format(&call->source, text), 1) ||
	    setenv("group", addr_format(&call->group, text), 1))
		return -ENOMEM;
	return 0;
}

/*
 * In the child: ours close by themselves, but one may have been inherited.
 *
 * From the highest number down, as the kernel does it with those of a process
 * that ends.  Until here the child keeps alive what the daemon has open; should
 * that be killed meanwhile, these are the last references, and the owner of the
 * guard's table, a low number, must not go before the routes.  close_range(2)
 * has that order too: it, like execv(), only queues the last steps of closing,
 * and the kernel works off the queue from its end (task_work_run()).
 */
static void fds_close(void)
{
	long fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, 0U) == 0)
		return;
#endif
	/* before Linux 5.9 */
	for (fd = sysconf(_SC_OPEN_MAX) - 1; fd > STDERR_FILENO; fd--)
		close((int)fd);
}

/* In the child: what is ignored would stay so behind execv(). */
static void signals_reset(const sigset_t *mask)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	int signum;

	for (signum = 1; signum < NSIG; signum++)
		sigaction(signum, &action, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

static void __attribute__((noreturn))
call_exec(const struct call *call, const char *path)
{
	char *const argv[] = { strdup(path), strdup(call_word(call)), NULL };
	sigset_t none;

	sigemptyset(&none);
	signals_reset(&none);
	fds_close();
	if (argv[0] && argv[1] && !env_set(call))
		execv(path, argv);
	_exit(STATUS_NO_EXEC);
}

/*
 * No signal reaches the child while it still has the handlers of the loop,
 * which would write to the loop's descriptor.
 */
static pid_t call_fork(const struct call *call, const char *path)
{
	sigset_t all, before;
	pid_t pid;
	int err;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		call_exec(call, path);
	err = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);

	return pid < 0 ? -err : pid;
}

static struct slot *slot_find_free(struct script *script)
{
	struct slot *slot;

	for (slot = script->slots; slot < script->slots + SCRIPT_RUNNING_MAX;
	     slot++) {
		if (!slot->call)
			return slot;
	}
	return NULL;
}

static void start_later(struct script *script)
{
	if (script->waiting && slot_find_free(script))
		ev_timer_start(script->loop, &script->start);
}

static void slot_start(struct slot *slot, struct call *call)
{
	struct script *script = slot->script;
	char text[3 * ADDR_STRLEN];
	pid_t pid;

	pid = call_fork(call, script->path);
	if (pid < 0) {
		log_msg(LOG_WARNING, "%s %s: cannot start: %s", script->path,
			call_format(call, text, sizeof(text)),
			strerror((int)-pid));
		free(call);
		return;
	}
	slot->call = call;
	ev_child_set(&slot->child, pid, 0);
	ev_child_start(script->loop, &slot->child);
}

static void on_start(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct script *script = timer->data;
	struct slot *slot = slot_find_free(script);
	struct call *call = script->waiting;

	(void)loop, (void)revents;
	if (!slot || !call)
		return;
	DL_DELETE(script->waiting, call);
	script->n_waiting--;
	if (script->n_dropped && !call->next) {
		log_msg(LOG_WARNING, "%s: %zu calls were dropped",
			script->path, script->n_dropped);
		script->n_dropped = 0;
	}
	slot_start(slot, call);
	start_later(script);
}

static void status_log(const struct slot *slot, int status)
{
	const char *path = slot->script->path;
	char text[3 * ADDR_STRLEN];
	const char *what = call_format(slot->call, text, sizeof(text));

	if (WIFSIGNALED(status))
		log_msg(LOG_WARNING, "%s %s: ended by signal %d", path, what,
			WTERMSIG(status));
	else if (WEXITSTATUS(status) == STATUS_NO_EXEC)
		log_msg(LOG_WARNING, "%s %s: exit status %d, cannot be "
			"executed?", path, what, STATUS_NO_EXEC);
	else if (WEXITSTATUS(status))
		log_msg(LOG_WARNING, "%s %s: exit status %d", path, what,
			WEXITSTATUS(status));
}

static void on_child(struct ev_loop *loop, ev_child *child, int revents)
{
	struct slot *slot = child->data;

	(void)revents;
	ev_child_stop(loop, child);
	status_log(slot, child->rstatus);
	free(slot->call);
	slot->call = NULL;
	start_later(slot->script);
}

struct script *script_new(struct ev_loop *loop, const char *path)
{
	struct script *script = calloc(1, sizeof(*script));
	struct slot *slot;

	if (!script)
		return NULL;
	script->loop = loop;
	script->path = path;
	ev_timer_init(&script->start, on_start, 0., 0.);
	script->start.data = script;
	for (slot = script->slots; slot < script->slots + SCRIPT_RUNNING_MAX;
	     slot++) {
		ev_child_init(&slot->child, on_child, 0, 0);
		slot->child.data = slot;
		slot->script = script;
	}
	return script;
}

void script_free(struct script *script)
{
	struct call *call, *next;
	struct slot *slot;

	if (!script)
		return;
	for (slot = script->slots; slot < script->slots + SCRIPT_RUNNING_MAX;
	     slot++) {
		ev_child_stop(script->loop, &slot->child);
		free(slot->call);
	}
	ev_timer_stop(script->loop, &script->start);
	DL_FOREACH_SAFE(script->waiting, call, next)
		free(call);
	free(script);
}

static void call_queue(struct script *script, const struct call *template)
{
	struct call *call = NULL;

	if (script->n_waiting < SCRIPT_WAITING_MAX)
		call = malloc(sizeof(*call));
	if (!call) {
		if (script->n_dropped++ == 0)
			log_msg(LOG_WARNING, "%s: calls are dropped, %zu wait "
				"already", script->path, script->n_waiting);
		return;
	}
	*call = *template;
	DL_APPEND(script->waiting, call);
	script->n_waiting++;
	start_later(script);
}

void script_reload(struct script *script)
{
	const struct call call = { .install = false };

	if (script)
		call_queue(script, &call);
}

void script_install(struct script *script, const struct in6_addr *source,
		    const struct in6_addr *group)
{
	const struct call call = {
		.source = *source,
		.group = *group,
		.install = true,
	};

	if (script)
		call_queue(script, &call);
}
