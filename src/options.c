/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of smcrouted: options, their defaults, and the paths that
 * follow from them.  Acts on nothing but -h and -v.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "kernel/linux.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "run/daemon.h"
#include "run/log.h"
#include "version.h"

#define OPTSTRING "c:d:D:e:f:F:hH:I:i:jl:m:M:nNp:P:st:Tu:v"

/* Paths as typed, before the identity is known. */
struct raw_options {
	const char *conf;
	const char *script;
	const char *pid;
	const char *sock;
	bool level_given;
	bool syslog_only;
};

static int path_print(char **ret, const char *dir, const char *name,
		      const char *suffix)
{
	return asprintf(ret, "%s/%s%s", dir, name, suffix) < 0 ? -ENOMEM : 0;
}

static int pid_path_compose(const struct raw_options *raw,
			    const struct options *options, char **ret)
{
	if (raw->pid && raw->pid[0] == '/')
		return daemon_path_resolve(raw->pid, ret);
	return path_print(ret, RUNSTATEDIR, raw->pid ? raw->pid :
			  options->ident, ".pid");
}

/* That it cannot be run is said later, when the log is open. */
static int script_path_compose(const struct raw_options *raw,
			       struct options *options)
{
	if (!raw->script)
		return 0;
	return daemon_path_resolve(raw->script, &options->script_path);
}

static int paths_compose(const struct raw_options *raw,
			 struct options *options)
{
	int err;

	if (raw->conf)
		err = daemon_path_resolve(raw->conf, &options->conf_path);
	else
		err = path_print(&options->conf_path, SYSCONFDIR,
				 options->ident, ".conf");
	if (!err)
		err = pid_path_compose(raw, options, &options->pid_path);
	if (!err)
		err = script_path_compose(raw, options);
	if (err)
		return err;
	if (raw->sock)
		return daemon_path_resolve(raw->sock, &options->sock_path);
	return path_print(&options->sock_path, RUNSTATEDIR, options->ident,
			  ".sock");
}

static const char usage_text[] =
"Usage: smcrouted [OPTIONS]\n"
"\n"
"  -c SEC         Forget learned routes that were idle for SEC seconds,\n"
"                 0: never; default 60\n"
"  -d SEC         Wait SEC seconds before anything is set up\n"
"  -D SEC         End after SEC seconds\n"
"  -e CMD         Run CMD when a reload is complete or a route was learned\n"
"  -f FILE        Configuration file\n"
"  -F FILE        Check configuration file and exit: 0 clean, 78 not\n"
"  -h             This help\n"
"  -H POLICY      Hairpin routes: auto, netfilter, table, relay, refuse or off;\n"
"                 comes before the hairpin line of the configuration file\n"
"  -i NAME        Identity: names the files below and the syslog entries\n"
"  -l LEVEL       Log level: none, err, warning, notice, info or debug\n"
"  -m SEC         Seconds between two multicast router advertisements\n"
"                 (mrdisc), 4 to 180; default 20\n"
"  -M SEC         Seconds between two readings of who else has joined the\n"
"                 groups of hairpin routes, 0: never; default 5\n"
"  -n             Stay in the foreground and log to stderr as well\n"
"  -N             Accepted, does nothing\n"
"  -p USER[:GRP]  Run as this user, with the capabilities needed and no more\n"
"  -P FILE        PID file; a name without leading / goes to\n"
"                 " RUNSTATEDIR "/FILE.pid\n"
"  -s             Log to syslog only, also with -n\n"
"  -t ID          Multicast routing table, 0: the default one\n"
"  -T [-j]        Try out what this kernel does with hairpin packets and\n"
"                 exit: 0 guarded exactly, 1 not; -j: as JSON.  No other\n"
"                 option may be given\n"
"  -u FILE        Socket for smcroutectl\n"
"  -v             Version\n"
"\n";

static int usage_print(const struct raw_options *raw, struct options *options)
{
	if (paths_compose(raw, options))
		return EX_OSERR;
	fputs(usage_text, stdout);
	printf("Configuration file: %s\n", options->conf_path);
	printf("PID file:           %s\n", options->pid_path);
	printf("IPC socket:         %s\n", options->sock_path);
	return EX_OK;
}

/* Garbage counts as 0, as it always did; we say so. */
static long seconds_parse(int opt, const char *text)
{
	long value = 0;

	if (num_parse(text, INT32_MIN, INT32_MAX, &value))
		fprintf(stderr, "smcrouted: -%c %s: not a number, taken as 0\n",
			opt, text);
	return value > 0 ? value : 0;
}

/* 0, or an exit status. */
static int table_parse(const char *text, struct options *options)
{
	long id;

	if (num_parse(text, 0, OPTIONS_TABLE_MAX, &id)) {
		fprintf(stderr, "smcrouted: -t %s: not a table ID, 0 to %ld\n",
			text, OPTIONS_TABLE_MAX);
		return EX_USAGE;
	}
	options->table = (unsigned int)id;
	return 0;
}

static int mrdisc_parse(const char *text, struct options *options)
{
	long seconds;

	if (!linux_has_mrdisc()) {
		fprintf(stderr, "smcrouted: -m is ignored: "
			"built without mrdisc\n");
		return 0;
	}
	if (num_parse(text, OPTIONS_MRDISC_MIN, OPTIONS_MRDISC_MAX,
		      &seconds)) {
		fprintf(stderr, "smcrouted: -m %s: not from %d to %d seconds\n",
			text, OPTIONS_MRDISC_MIN, OPTIONS_MRDISC_MAX);
		return 1;
	}
	options->mrdisc_interval = (unsigned int)seconds;
	return 0;
}

static int members_parse(const char *text, struct options *options)
{
	long seconds;

	if (num_parse(text, 0, OPTIONS_MEMBERS_MAX, &seconds)) {
		fprintf(stderr, "smcrouted: -M %s: not from 0 to %d seconds\n",
			text, OPTIONS_MEMBERS_MAX);
		return EX_USAGE;
	}
	options->members_interval = (unsigned int)seconds;
	return 0;
}

static int user_parse(const char *text, struct options *options)
{
	struct diag diag;

	if (!privs_available()) {
		fprintf(stderr, "smcrouted: -p is ignored: "
			"built without libcap\n");
		return 0;
	}
	if (privs_parse(text, &options->privs, &diag)) {
		fprintf(stderr, "smcrouted: -p %s: %s\n", text, diag.text);
		return 1;
	}
	options->drop = true;
	return 0;
}

static int policy_option_parse(const char *text, struct options *options)
{
	if (policy_parse(text, &options->policy) == 0)
		return 0;
	fprintf(stderr, "smcrouted: -H %s: not one of %s\n", text,
		policy_words());
	return EX_USAGE;
}

static void option_path(int opt, const char *arg, struct raw_options *raw,
			struct options *options)
{
	switch (opt) {
	case 'e':
		raw->script = arg;
		break;
	case 'F':
		options->verify = true;
		raw->conf = arg;
		break;
	case 'f':
		if (!options->verify)
			raw->conf = arg;
		break;
	case 'P':
		raw->pid = arg;
		break;
	case 'u':
		raw->sock = arg;
		break;
	default:
		options->ident = arg;
	}
}

static void option_seconds(int opt, const char *arg, struct options *options)
{
	long value = seconds_parse(opt, arg);

	if (opt == 'c')
		options->idle = value;
	else if (opt == 'd')
		options->delay = value;
	else
		options->lifetime = value;
}

static void option_log(int opt, const char *arg, struct raw_options *raw,
		       struct options *options)
{
	if (opt == 'l') {
		options->log_level = log_level_parse(arg);
		raw->level_given = true;
	} else if (opt == 's') {
		raw->syslog_only = true;
	} else if (opt == 'n') {
		options->foreground = true;
	}
}

/* 0, an exit status, or -1: all done, exit with 0. */
static int option_take(int opt, char *arg, struct raw_options *raw,
		       struct options *options)
{
	switch (opt) {
	case 'c':
	case 'd':
	case 'D':
		option_seconds(opt, arg, options);
		return 0;
	case 'e':
	case 'f':
	case 'F':
	case 'i':
	case 'I':
	case 'P':
	case 'u':
		option_path(opt, arg, raw, options);
		return 0;
	case 'l':
	case 'n':
	case 'N':
	case 's':
		option_log(opt, arg, raw, options);
		return 0;
	case 'H':
		return policy_option_parse(arg, options);
	case 'm':
		return mrdisc_parse(arg, options);
	case 'M':
		return members_parse(arg, options);
	case 'p':
		return user_parse(arg, options);
	case 't':
		return table_parse(arg, options);
	case 'h':
		return usage_print(raw, options) ? EX_OSERR : -1;
	case 'v':
		version_print();
		return -1;
	}
	usage_print(raw, options);
	return EX_USAGE;
}

static void log_compose(const struct raw_options *raw,
			struct options *options)
{
	if (options->verify) {
		options->log_flags = LOG_TO_STDOUT;
		if (!raw->level_given)
			options->log_level = LOG_INFO;
		return;
	}
	options->log_flags = LOG_TO_SYSLOG;
	if (options->foreground && !raw->syslog_only)
		options->log_flags |= LOG_TO_STDERR;
}

/*
 * -T stands alone: another option would be without effect, or would have one
 * before it is known that it must not.  So the whole line is looked at first.
 * 0, or an exit status.
 */
static int selftest_parse(int argc, char *argv[], struct options *ret)
{
	bool other = false;
	int opt;

	opterr = 0;
	while ((opt = getopt(argc, argv, OPTSTRING)) != -1) {
		if (opt == 'T')
			ret->selftest = true;
		else if (opt == 'j')
			ret->json = true;
		else
			other = true;
	}
	other = other || optind < argc;
	optind = 1;
	opterr = 1;
	if (ret->selftest ? !other : !ret->json)
		return 0;
	fprintf(stderr, ret->selftest ?
		"smcrouted: -T: no other option but -j, and no argument\n" :
		"smcrouted: -j: only with -T\n");
	return EX_USAGE;
}

int options_parse(int argc, char *argv[], struct options *ret,
		  int *ret_status)
{
	struct raw_options raw = { 0 };
	int opt, status;

	*ret = (struct options){
		.ident = DEFAULT_IDENT,
		.log_level = LOG_NOTICE,
		.idle = 60,
		.mrdisc_interval = OPTIONS_MRDISC_DEFAULT,
		.members_interval = OPTIONS_MEMBERS_DEFAULT,
	};
	status = selftest_parse(argc, argv, ret);
	if (status || ret->selftest) {
		*ret_status = status;
		return status != 0;
	}
	while ((opt = getopt(argc, argv, OPTSTRING)) != -1) {
		status = option_take(opt, optarg, &raw, ret);
		if (status) {
			*ret_status = status < 0 ? EX_OK : status;
			return 1;
		}
	}
	log_compose(&raw, ret);
	if (paths_compose(&raw, ret)) {
		fprintf(stderr, "smcrouted: cannot make a path absolute: %s\n",
			strerror(errno));
		*ret_status = EX_OSERR;
		return 1;
	}
	return 0;
}

void options_fini(struct options *options)
{
	free(options->conf_path);
	free(options->script_path);
	free(options->pid_path);
	free(options->sock_path);
}
