/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: the only file that knows everybody.  Puts router, kernel, client
 * socket, log and service manager together, and starts and ends them in order.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/router.h"
#include "ctl/server.h"
#include "kernel/linux.h"
#include "lib/diag.h"
#include "lib/hash.h"
#include "load.h"
#include "run/daemon.h"
#include "run/log.h"
#include "run/script.h"
#include "run/service.h"
#include "selftest.h"
#include "smcrouted.h"
#include "version.h"


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
		.handle = events_request,
		.ctx = daemon,
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
		.members_interval = daemon->options.members_interval,
		.idle = (double)daemon->options.idle,
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
		.kill = events_kill,
		.reload = events_reload,
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
	events_tell_ready(daemon);
	log_notice("ready, waiting for clients and events");
}

/*
 * Raw and packet sockets are opened at run time: by mrdisc, which a later file
 * may switch on, and by guards, when the ladder comes to them.
 */
static void daemon_drop(const struct smcrouted *daemon)
{
	bool keep_raw = linux_has_mrdisc() ||
			router_may_use(daemon->router, GUARD_TABLE) ||
			router_may_use(daemon->router, GUARD_RELAY);
	struct diag diag;

	if (daemon->options.drop &&
	    privs_drop(&daemon->options.privs, keep_raw, &diag))
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
	events_start(daemon);
	script_start(daemon);
	status = server_start(daemon);
	if (!status)
		status = kernel_start(daemon);
	if (!status)
		status = router_start(daemon);
	if (!status) {
		events_load(daemon);
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
		load_cancel(daemon->load);
		router_free(daemon->router);
	}
	linux_close(daemon->kernel);
	script_free(daemon->script);
	pidfile_remove(&daemon->pidfile);
	if (daemon->loop) {
		events_stop(daemon);
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

static int run(struct smcrouted *daemon)
{
	if (daemon->options.selftest)
		return selftest_run(daemon->options.json);
	if (daemon->options.verify)
		return load_verify(&daemon->options);
	return daemon_run(daemon);
}

int main(int argc, char *argv[])
{
	struct smcrouted daemon = { .pidfile = PIDFILE_INIT };
	int status;

	hash_key_init();
	if (options_parse(argc, argv, &daemon.options, &status) == 0)
		status = run(&daemon);
	options_fini(&daemon.options);
	log_close();
	return status;
}
