/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: into the router of the daemon or, for -F, into one
 * that has no kernel.  Logs what is found in it; must not know what happens
 * around a reload.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/null-kernel.h"
#include "core/router.h"
#include "ctl/conf.h"
#include "kernel/linux.h"
#include "lib/diag.h"
#include "options.h"
#include "run/log.h"

/* Lines read in one go. */
#define LOAD_SLICE 1024

int load_log_level(enum note_level level)
{
	switch (level) {
	case NOTE_WARNING:
		return LOG_WARNING;
	case NOTE_NOTICE:
		return LOG_NOTICE;
	case NOTE_INFO:
		return LOG_INFO;
	case NOTE_DEBUG:
		return LOG_DEBUG;
	}
	return LOG_DEBUG;
}

static void on_report(void *arg, enum note_level level,
		      const struct diag *diag)
{
	char text[LOG_TEXT_MAX];

	(void)arg;
	log_msg(load_log_level(level), "%s",
		diag_format(diag, text, sizeof(text)));
}

int load_file(const char *path, struct router *router, size_t *ret_errors)
{
	struct conf conf;
	int err;

	err = conf_load(path, &conf, on_report, NULL);
	if (err)
		return err;

	*ret_errors = conf.errors + router_reload(router, conf.directives,
						  conf.n, on_report, NULL);
	conf_fini(&conf);
	return 0;
}

struct load {
	struct router *router;
	struct conf_loader *loader;	/* until all lines are read */
	struct conf conf;		/* from then on */
};

int load_begin(const char *path, struct router *router, struct load **ret)
{
	struct load *load = calloc(1, sizeof(*load));
	int err;

	if (!load)
		return -ENOMEM;
	err = conf_begin(path, on_report, NULL, &load->loader);
	if (err) {
		free(load);
		return err;
	}
	load->router = router;
	*ret = load;
	return 0;
}

void load_cancel(struct load *load)
{
	if (!load)
		return;
	if (load->loader)
		conf_cancel(load->loader);
	conf_fini(&load->conf);
	free(load);
}

/* 1 or -ENOMEM. */
static int load_lines(struct load *load)
{
	int more = conf_step(load->loader, LOAD_SLICE);

	if (more)
		return more;
	conf_take(load->loader, &load->conf);
	load->loader = NULL;
	return router_reload_begin(load->router, load->conf.directives,
				   load->conf.n, on_report, NULL) ? : 1;
}

int load_step(struct load *load, size_t *ret_errors)
{
	int more;

	if (load->loader)
		more = load_lines(load);
	else
		more = router_reload_step(load->router, ret_errors);
	if (more == 1)
		return more;
	*ret_errors += load->conf.errors;
	load_cancel(load);
	return more;
}

static void ignore_note(void *ctx, enum note_level level, enum note_kind kind,
			const char *text)
{
	(void)ctx, (void)level, (void)kind, (void)text;
}

static int verify_with(struct router *router, const char *path)
{
	size_t errors = 0;
	int err;

	err = linux_scan(router);
	if (err) {
		log_err("cannot list interfaces: %s", strerror(-err));
		return EX_OSERR;
	}
	err = load_file(path, router, &errors);
	if (err)
		log_warn("%s: %s", path, strerror(-err));
	return err || errors ? EX_CONFIG : EX_OK;
}

int load_verify(const struct options *options)
{
	const struct router_config config = {
		.ops = &null_kernel_ops,
		.note = ignore_note,
		.policy = options->policy,
		.verify = true,
	};
	struct router *router;
	int status;

	log_open(options->ident, options->log_level, options->log_flags);
	log_info("checking %s", options->conf_path);
	router = router_new(&config);
	if (!router)
		return EX_OSERR;
	status = verify_with(router, options->conf_path);
	router_free(router);
	return status;
}
