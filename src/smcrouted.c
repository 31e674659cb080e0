/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: the only file that knows everybody.  Puts router, kernel, client
 * socket, log and service manager together, starts and ends them in order, and
 * runs the event loop.
 */
#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/router.h"
#include "ctl/command.h"
#include "ctl/server.h"
#include "kernel/linux.h"
#include "lib/clock.h"
#include "lib/diag.h"
#include "lib/hash.h"
#include "load.h"
#include "options.h"
#include "run/daemon.h"
#include "run/log.h"
#include "run/pidfile.h"
#include "run/script.h"
#include "run/service.h"
#include "version.h"

struct smcrouted {
	struct options options;
	struct ev_loop *loop;
	struct linux_kernel *kernel;
	struct router *router;
	struct server *server;
	struct command_ctx command;
	struct pidfile pidfile;
	struct script *script;		/* NULL: none */

	ev_signal on_hup, on_term, on_int;
	ev_timer tick, lifetime, watchdog;
	ev_prepare prepare;
	ev_idle work, ending;
};

/* Notes and reports */

static void on_note(void *ctx, enum note_level level, enum note_kind kind,
		    const char *text)
{
	(void)ctx;
	log_kind(load_log_level(level), (unsigned int)kind, text);
}

/* What the log would not show is not even formatted. */
static enum note_level note_level_of_log(int level)
{
	if (level >= LOG_DEBUG)
		return NOTE_DEBUG;
	if (level >= LOG_INFO)
		return NOTE_INFO;
	return level >= LOG_NOTICE ? NOTE_NOTICE : NOTE_WARNING;
}

static void on_installed(void *ctx, const struct in6_addr *source,
			 const struct in6_addr *group)
{
	const struct smcrouted *daemon = ctx;

	script_install(daemon->script, source, group);
}

/* Configuration */

static void conf_warn(const struct smcrouted *daemon, size_t errors)
{
	if (errors)
		log_warn("%s: %zu lines with errors, the rest is in effect",
			 daemon->options.conf_path, errors);
}

static void daemon_load(struct smcrouted *daemon)
{
	const char *path = daemon->options.conf_path;
	size_t errors = 0;
	int err = load_file(path, daemon->router, &errors);

	if (err == -ENOENT)
		log_notice("%s: no configuration, waiting for clients", path);
	else if (err)
		log_warn("%s: %s", path, strerror(-err));
	conf_warn(daemon, errors);
}

static int daemon_reload(void *ctx, struct diag *diag)
{
	struct smcrouted *daemon = ctx;
	const char *path = daemon->options.conf_path;
	struct diag touch;
	size_t errors = 0;
	int err;

	service_reloading("Reloading configuration");
	log_notice("reloading %s", path);
	err = load_file(path, daemon->router, &errors);
	if (err) {
		diag_set(diag, err, "%s: %s", path, strerror(-err));
		log_err("%s: %s, the running configuration stays", path,
			strerror(-err));
	}
	conf_warn(daemon, errors);
	if (pidfile_touch(&daemon->pidfile, &touch))
		log_warn("%s", touch.text);
	service_ready("Ready");
	log_notice("ready");
	if (!err)
		script_reload(daemon->script);
	return err;
}

/* Event loop */

static void on_hup(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	struct diag diag;

	(void)loop, (void)revents;
	daemon_reload(watcher->data, &diag);
}

static void on_term(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	(void)watcher, (void)revents;
	ev_break(loop, EVBREAK_ALL);
}

static void on_lifetime(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	(void)watcher, (void)revents;
	log_notice("the time of -D is over");
	ev_break(loop, EVBREAK_ALL);
}

static void on_watchdog(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	(void)loop, (void)watcher, (void)revents;
	service_watchdog();
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;

	(void)loop, (void)revents;
	router_tick(daemon->router, clock_steady());
}

static void on_work(struct ev_loop *loop, ev_idle *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;

	(void)revents;
	if (!router_work(daemon->router))
		ev_idle_stop(loop, watcher);
}

/* All else has been served, the reply to the client too. */
static void on_ending(struct ev_loop *loop, ev_idle *watcher, int revents)
{
	(void)watcher, (void)revents;
	ev_break(loop, EVBREAK_ALL);
}

/* Whatever happened in this turn: what does the router need next? */
static void on_prepare(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;
	double due = router_due(daemon->router);
	double wait = due - clock_steady();

	(void)revents;
	ev_timer_stop(loop, &daemon->tick);
	if (due >= 0) {
		ev_timer_set(&daemon->tick, wait > 0 ? wait : 0, 0);
		ev_timer_start(loop, &daemon->tick);
	}
	if (router_has_work(daemon->router))
		ev_idle_start(loop, &daemon->work);
}

static void daemon_kill(void *ctx)
{
	struct smcrouted *daemon = ctx;

	ev_idle_start(daemon->loop, &daemon->ending);
}

static void watchers_init(struct smcrouted *daemon)
{
	ev_signal_init(&daemon->on_hup, on_hup, SIGHUP);
	ev_signal_init(&daemon->on_term, on_term, SIGTERM);
	ev_signal_init(&daemon->on_int, on_term, SIGINT);
	ev_timer_init(&daemon->tick, on_tick, 0, 0);
	ev_timer_init(&daemon->lifetime, on_lifetime,
		      (double)daemon->options.lifetime, 0);
	ev_timer_init(&daemon->watchdog, on_watchdog, 0,
		      service_watchdog_period());
	ev_prepare_init(&daemon->prepare, on_prepare);
	ev_idle_init(&daemon->work, on_work);
	ev_idle_init(&daemon->ending, on_ending);
	ev_set_priority(&daemon->ending, EV_MINPRI);
	daemon->on_hup.data = daemon;
	daemon->tick.data = daemon;
	daemon->prepare.data = daemon;
	daemon->work.data = daemon;
}

static void watchers_start(struct smcrouted *daemon)
{
	struct ev_loop *loop = daemon->loop;

	ev_signal_start(loop, &daemon->on_hup);
	ev_signal_start(loop, &daemon->on_term);
	ev_signal_start(loop, &daemon->on_int);
	if (daemon->options.lifetime)
		ev_timer_start(loop, &daemon->lifetime);
	if (daemon->watchdog.repeat > 0)
		ev_timer_again(loop, &daemon->watchdog);
	ev_prepare_start(loop, &daemon->prepare);
}

static void watchers_stop(struct smcrouted *daemon)
{
	struct ev_loop *loop = daemon->loop;

	ev_idle_stop(loop, &daemon->ending);
	ev_idle_stop(loop, &daemon->work);
	ev_prepare_stop(loop, &daemon->prepare);
	ev_timer_stop(loop, &daemon->watchdog);
	ev_timer_stop(loop, &daemon->lifetime);
	ev_timer_stop(loop, &daemon->tick);
	ev_signal_stop(loop, &daemon->on_int);
	ev_signal_stop(loop, &daemon->on_term);
	ev_signal_stop(loop, &daemon->on_hup);
}

/* A client that goes away, and stray user signals, end nothing. */
static void signals_ignore(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
}

/* Start and end.  All return an exit status, 0: go on. */

static int status_of_open(int err)
{
	switch (err) {
	case -EADDRINUSE:
		return EX_UNAVAILABLE;
	case -EPERM:
		return EX_NOPERM;
	case -EPROTONOSUPPORT:
		return EX_PROTOCOL;
	default:
		return EX_OSERR;
	}
}

/* Without a socket the daemon goes on, unless it is somebody else's. */
static int server_start(struct smcrouted *daemon)
{
	struct server_config config = {
		.loop = daemon->loop,
		.path = daemon->options.sock_path,
		.handle = command_execute,
		.ctx = &daemon->command,
	};
	struct diag diag;
	int err = server_open(&config, &daemon->server, &diag);

	if (err == -EADDRINUSE) {
		log_err("%s", diag.text);
		return EX_UNAVAILABLE;
	}
	if (err)
		log_warn("%s", diag.text);
	return 0;
}

/* Without a script that can be run the daemon goes on. */
static void script_start(struct smcrouted *daemon)
{
	const char *path = daemon->options.script_path;
	int err = path ? script_check(path) : 0;

	if (path && !err) {
		daemon->script = script_new(daemon->loop, path);
		err = daemon->script ? 0 : -ENOMEM;
	}
	if (err)
		log_err("%s is not used as a script: %s", path, strerror(-err));
}

static int kernel_start(struct smcrouted *daemon)
{
	struct linux_config config = {
		.loop = daemon->loop,
		.ident = daemon->options.ident,
		.table = daemon->options.table,
		.mrdisc_interval = daemon->options.mrdisc_interval,
	};
	struct diag diag;
	int err = linux_open(&config, &daemon->kernel, &diag);

	if (!err)
		return 0;
	log_err("%s", diag.text);
	return status_of_open(err);
}

static int router_start(struct smcrouted *daemon)
{
	struct router_config config = {
		.ops = &linux_ops,
		.kernel = daemon->kernel,
		.note = on_note,
		.note_level = note_level_of_log(daemon->options.log_level),
		.installed = on_installed,
		.installed_ctx = daemon,
		.policy = daemon->options.policy,
		.idle = (double)daemon->options.idle,
	};

	daemon->router = router_new(&config);
	if (!daemon->router) {
		log_err("out of memory");
		return EX_OSERR;
	}
	daemon->command = (struct command_ctx){
		.router = daemon->router,
		.daemon = daemon,
		.kill = daemon_kill,
		.reload = daemon_reload,
	};
	linux_attach(daemon->kernel, daemon->router);
	return 0;
}

static void daemon_announce(struct smcrouted *daemon)
{
	const struct options *options = &daemon->options;
	uid_t uid = options->drop ? options->privs.uid : (uid_t)-1;
	gid_t gid = options->drop ? options->privs.gid : (gid_t)-1;
	struct diag diag;

	if (pidfile_create(&daemon->pidfile, options->pid_path, uid, gid,
			   &diag))
		log_warn("%s", diag.text);
	service_ready("Ready");
	log_notice("ready, waiting for clients and events");
}

/* What a later file may switch on needs raw sockets: mrdisc. */
static void daemon_drop(const struct smcrouted *daemon)
{
	struct diag diag;

	if (daemon->options.drop &&
	    privs_drop(&daemon->options.privs, linux_has_mrdisc(), &diag))
		log_warn("%s", diag.text);
}

static int daemon_start(struct smcrouted *daemon)
{
	int status;

	log_notice("SMCRoute-NG v%s", PACKAGE_VERSION);
	if (daemon->options.delay) {
		log_info("waiting %ld seconds", daemon->options.delay);
		sleep((unsigned int)daemon->options.delay);
	}
	daemon->loop = ev_default_loop(0);
	if (!daemon->loop) {
		log_err("no event loop");
		return EX_OSERR;
	}
	log_flood_init(daemon->loop);
	daemon_raise_nofile();
	watchers_init(daemon);
	watchers_start(daemon);
	script_start(daemon);
	status = server_start(daemon);
	if (!status)
		status = kernel_start(daemon);
	if (!status)
		status = router_start(daemon);
	if (!status) {
		daemon_load(daemon);
		daemon_announce(daemon);
		daemon_drop(daemon);
		script_reload(daemon->script);
	}
	return status;
}

static void daemon_stop(struct smcrouted *daemon)
{
	if (daemon->router) {
		service_stopping("Exiting");
		log_notice("exiting");
	}
	server_close(daemon->server);
	if (daemon->router) {
		linux_detach(daemon->kernel);
		router_free(daemon->router);
	}
	linux_close(daemon->kernel);
	script_free(daemon->script);
	pidfile_remove(&daemon->pidfile);
	if (daemon->loop) {
		watchers_stop(daemon);
		log_flood_fini();
		ev_loop_destroy(daemon->loop);
	}
}

static void hash_key_init(void)
{
	uint8_t key[16];

	if (getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key))
		hash_set_key(key);
}

static int daemon_run(struct smcrouted *daemon)
{
	struct daemon parent = DAEMON_INIT;
	int status = 0;

	log_open(daemon->options.ident, daemon->options.log_level,
		 daemon->options.log_flags);
	if (geteuid() != 0) {
		log_err("must be started as root");
		return EX_NOPERM;
	}
	if (!daemon->options.foreground) {
		bool is_parent;
		int err = daemon_detach(&parent, &is_parent, &status);

		if (err) {
			log_err("cannot go into the background: %s",
				strerror(-err));
			return EX_OSERR;
		}
		if (is_parent)
			return status;
	}
	signals_ignore();
	status = daemon_start(daemon);
	if (!status) {
		daemon_ready(&parent);
		ev_run(daemon->loop, 0);
	}
	daemon_stop(daemon);
	return status;
}

int main(int argc, char *argv[])
{
	struct smcrouted daemon = { .pidfile = PIDFILE_INIT };
	int status;

	hash_key_init();
	if (options_parse(argc, argv, &daemon.options, &status) == 0)
		status = daemon.options.verify ? load_verify(&daemon.options) :
						 daemon_run(&daemon);
	options_fini(&daemon.options);
	log_close();
	return status;
}
