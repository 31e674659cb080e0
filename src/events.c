/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon does while it runs: signals, timers, requests, reloads, and
 * large work in slices between them.  How it starts and ends is in smcrouted.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/router.h"
#include "lib/clock.h"
#include "lib/diag.h"
#include "load.h"
#include "run/log.h"
#include "run/script.h"
#include "run/service.h"
#include "smcrouted.h"

/* Seconds of work between events, and a slice more. */
#define WORK_TIME 0.005

/* Configuration */

static void conf_warn(const struct smcrouted *daemon, size_t errors)
{
	if (errors)
		log_warn("%s: %zu lines with errors, the rest is in effect",
			 daemon->options.conf_path, errors);
}

void events_load(struct smcrouted *daemon)
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

void events_tell_ready(const struct smcrouted *daemon)
{
	struct router_size size;
	char text[64];

	router_size(daemon->router, &size);
	snprintf(text, sizeof(text), "Ready, %zu route%s, %zu group%s",
		 size.routes, size.routes == 1 ? "" : "s",
		 size.groups, size.groups == 1 ? "" : "s");
	service_ready(text);
}

static void reload_begin(struct smcrouted *daemon)
{
	service_reloading("Reloading configuration");
	log_notice("reloading %s", daemon->options.conf_path);
}

static void reload_end(struct smcrouted *daemon, int err)
{
	struct diag diag;

	if (err)
		log_err("%s: %s, the running configuration stays",
			daemon->options.conf_path, strerror(-err));
	if (pidfile_touch(&daemon->pidfile, &diag))
		log_warn("%s", diag.text);
	events_tell_ready(daemon);
	log_notice("ready");
	if (!err)
		script_reload(daemon->script);
}

/* A file that changes while it is being loaded is loaded again. */
int events_reload(void *ctx, struct diag *diag)
{
	struct smcrouted *daemon = ctx;
	const char *path = daemon->options.conf_path;
	int err;

	if (daemon->load) {
		daemon->again = true;
		return 0;
	}
	reload_begin(daemon);
	err = load_begin(path, daemon->router, &daemon->load);
	if (!err)
		return 0;
	reload_end(daemon, err);
	return diag_set(diag, err, "%s: %s", path, strerror(-err));
}

static void daemon_load_step(struct smcrouted *daemon)
{
	size_t errors = 0;
	struct diag diag;
	int more = load_step(daemon->load, &errors);

	if (more == 1)
		return;
	daemon->load = NULL;
	conf_warn(daemon, errors);
	reload_end(daemon, more);
	if (daemon->again) {
		daemon->again = false;
		events_reload(daemon, &diag);
	}
}

/* Clients wait for what they asked for, and see nothing half done. */
static bool daemon_is_busy(const struct smcrouted *daemon)
{
	return daemon->load || router_is_busy(daemon->router);
}

int events_request(void *ctx, const struct wire_request *requests, size_t n,
		   struct buf *reply, struct show **ret_show)
{
	struct smcrouted *daemon = ctx;
	int served = command_execute(&daemon->command, requests, n, reply,
				     ret_show);

	if (daemon_is_busy(daemon))
		server_hold(daemon->server);
	return served;
}

/* Event loop */

static void on_hup(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;
	struct diag diag;

	(void)loop, (void)revents;
	events_reload(daemon, &diag);
	if (daemon_is_busy(daemon))
		server_hold(daemon->server);
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

/* First of all watchers in each turn. */
static void on_check(struct ev_loop *loop, ev_check *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;

	(void)loop, (void)revents;
	router_time(daemon->router, clock_steady());
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;

	(void)loop, (void)revents;
	router_tick(daemon->router, clock_steady());
}

/* Some slices; events are served before the next. */
static void on_work(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	struct smcrouted *daemon = watcher->data;
	double end = clock_steady() + WORK_TIME;

	(void)loop, (void)revents;
	if (daemon->load)
		daemon_load_step(daemon);
	while (router_work(daemon->router) && clock_steady() < end)
		;
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
	if (daemon->load || router_has_work(daemon->router))
		ev_timer_start(loop, &daemon->work);
	/* an event may have ended the work as well as a slice of it */
	if (!daemon_is_busy(daemon))
		server_release(daemon->server);
}

void events_kill(void *ctx)
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
	ev_check_init(&daemon->check, on_check);
	ev_set_priority(&daemon->check, EV_MAXPRI);
	ev_timer_init(&daemon->work, on_work, 0, 0);
	ev_idle_init(&daemon->ending, on_ending);
	ev_set_priority(&daemon->ending, EV_MINPRI);
	daemon->on_hup.data = daemon;
	daemon->tick.data = daemon;
	daemon->prepare.data = daemon;
	daemon->check.data = daemon;
	daemon->work.data = daemon;
}

void events_start(struct smcrouted *daemon)
{
	struct ev_loop *loop = daemon->loop;

	watchers_init(daemon);
	ev_signal_start(loop, &daemon->on_hup);
	ev_signal_start(loop, &daemon->on_term);
	ev_signal_start(loop, &daemon->on_int);
	if (daemon->options.lifetime)
		ev_timer_start(loop, &daemon->lifetime);
	if (daemon->watchdog.repeat > 0)
		ev_timer_again(loop, &daemon->watchdog);
	ev_prepare_start(loop, &daemon->prepare);
	ev_check_start(loop, &daemon->check);
}

void events_stop(struct smcrouted *daemon)
{
	struct ev_loop *loop = daemon->loop;

	ev_idle_stop(loop, &daemon->ending);
	ev_timer_stop(loop, &daemon->work);
	ev_check_stop(loop, &daemon->check);
	ev_prepare_stop(loop, &daemon->prepare);
	ev_timer_stop(loop, &daemon->watchdog);
	ev_timer_stop(loop, &daemon->lifetime);
	ev_timer_stop(loop, &daemon->tick);
	ev_signal_stop(loop, &daemon->on_int);
	ev_signal_stop(loop, &daemon->on_term);
	ev_signal_stop(loop, &daemon->on_hup);
}
