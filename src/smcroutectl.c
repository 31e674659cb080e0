/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smcroutectl: talks to a running smcrouted.  Knows options, command lines and
 * exit statuses; must not know what is sent, nor anything of multicast.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/batch.h"
#include "ctl/client.h"
#include "ctl/lines.h"
#include "ctl/verbs.h"
#include "ctl/wire.h"
#include "ctl/words.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "version.h"

#define PROGRAM "smcroutectl"

struct options {
	const char *ident;
	const char *socket;	/* -u, or NULL */
	char *path;		/* of the socket in use; owned */
	bool batch;
	bool detail;
	bool help;
	bool json;
	bool plain;
	bool no_headings;

	/* Where we are in the input of -b. */
	struct batch *queue;	/* NULL: not in a batch */
	size_t line;
	int status;		/* of all lines so far */
};

static int usage(FILE *out, int status)
{
	fprintf(out, "Usage: %s [-bdhjptv] [-i NAME] [-u FILE] [COMMAND [ARG ...]]\n\n"
		"  -b         read commands from standard input, one a line\n"
		"  -d         show details: packets and bytes, single joins\n"
		"  -h         show this help, or that of COMMAND\n"
		"  -i NAME    identity of the daemon, default: %s\n"
		"  -j         show tables as JSON\n"
		"  -p         plain headings, no control characters\n"
		"  -t         no headings\n"
		"  -u FILE    socket of the daemon, default: %s/NAME.sock\n"
		"  -v         show the version\n\n"
		"Commands, which can be abbreviated:\n\n",
		PROGRAM, DEFAULT_IDENT, RUNSTATEDIR);
	verbs_list(out);
	fprintf(out, "\nAn interface NAME+ is every interface whose name begins with NAME.\n"
		"Without a command: show routes.\n");

	return status;
}

static int version(void)
{
	version_print();
	return EX_OK;
}

/* Replies to earlier lines come first. */
static void settle(const struct options *options)
{
	if (options->queue)
		batch_drain(options->queue);
}

static void complain_start(size_t line)
{
	fprintf(stderr, "%s: ", PROGRAM);
	if (line)
		fprintf(stderr, "line %zu: ", line);
}

static int complain(const struct options *options, const char *text)
{
	settle(options);
	complain_start(options->line);
	fprintf(stderr, "%s\n", text);
	return EXIT_FAILURE;
}

static int unknown(const struct options *options, const char *word)
{
	complain_start(options->line);
	fprintf(stderr, "unknown command '%s', did you mean '%s'?\n", word,
		verb_nearest(word)->name);

	return EX_USAGE;
}

static int help(const struct options *options, const char *word)
{
	const struct verb *verb;

	if (!word)
		return usage(stdout, EX_OK);

	verb = verb_find(word);
	if (!verb)
		return unknown(options, word);

	verb_help(verb, stdout);
	return EX_OK;
}

static char show_cmd(const struct options *options)
{
	if (options->json)
		return WIRE_SHOW_JSON;

	return options->detail ? WIRE_SHOW_DETAIL : WIRE_SHOW;
}

static void print_table(const struct options *options, const char *data,
			size_t len)
{
	struct client_style style = client_style_of(STDOUT_FILENO);

	/* the NUL that ends it is not for the eye */
	if (len > 0 && data[len - 1] == '\0')
		len--;

	if (options->json) {
		fwrite(data, 1, len, stdout);
		return;
	}

	if (options->plain)
		style.headings = HEADINGS_PLAIN;
	if (options->no_headings)
		style.headings = HEADINGS_NONE;
	client_print(data, len, &style, stdout);
}

/* The reply to `verb`, of that line of a batch, or 0. */
static int print_reply(const struct options *options, const struct verb *verb,
		       size_t line, const char *data, size_t len)
{
	/* SMCRoute before 2.6 knows no JSON, and says so in prose */
	if (verb->kind == VERB_SHOW &&
	    (!options->json || (len > 0 && *data == '{'))) {
		print_table(options, data, len);
		return EX_OK;
	}

	/* empty is success; an old daemon that ends may not get to it */
	if (len == 1 || (len == 0 && verb->cmd == WIRE_KILL))
		return EX_OK;

	complain_start(line);
	if (len == 0)
		fprintf(stderr, "the daemon gave no answer\n");
	else
		fprintf(stderr, "%.*s\n", (int)strcspn(data, "\n"), data);
	return EXIT_FAILURE;
}

static void queue_reply(void *ctx, const struct batch_task *task, int err,
			const char *data, size_t len)
{
	struct options *options = ctx;

	if (err) {
		complain_start(task->line);
		fprintf(stderr, "%s\n", data);
		options->status = EXIT_FAILURE;
	} else if (print_reply(options, task->what, task->line, data, len)) {
		options->status = EXIT_FAILURE;
	}
	fflush(stdout);
}

static int ask(const struct options *options, const struct verb *verb,
	       const char *const *args, size_t n)
{
	char cmd = verb->kind == VERB_SHOW ? show_cmd(options) : verb->cmd;
	struct batch_task task = { .line = options->line, .what = verb };
	struct diag diag = { .file = NULL };
	struct buf reply = BUF_INIT;
	int status = EX_OK;

	if (options->queue) {
		if (batch_request(options->queue, &task, cmd, args, n, &diag))
			return complain(options, diag.text);
		return EX_OK;
	}

	if (client_request(options->path, cmd, args, n, &reply, &diag))
		status = complain(options, diag.text);
	else
		status = print_reply(options, verb, 0, reply.data, reply.len);
	buf_fini(&reply);

	return status;
}

/* Executes a command that needs no daemon, or one that is wrong. */
static int run_local(const struct options *options, const struct verb *verb,
		     const char *word, const char *arg)
{
	settle(options);
	if (!verb)
		return unknown(options, word);
	if (options->help)
		return help(options, word);
	if (verb->kind == VERB_HELP)
		return help(options, arg);
	if (verb->kind == VERB_VERSION)
		return version();

	complain_start(options->line);
	fprintf(stderr, "%s needs %zu arguments or more\n", verb->name,
		verb->min_args);
	verb_help(verb, stdout);
	return EXIT_FAILURE;
}

/* Executes one command line: no word at all shows the routes. */
static int run(const struct options *options, const char *const *words,
	       size_t n)
{
	const char *word = n > 0 ? words[0] : "show";
	const struct verb *verb;

	if (n > 0) {
		words++;
		n--;
	}
	verb = verb_find(word);
	if (!verb || options->help || verb->kind == VERB_HELP ||
	    verb->kind == VERB_VERSION || n < verb->min_args)
		return run_local(options, verb, word, n > 0 ? words[0] : NULL);

	return ask(options, verb, words, n);
}

static int batch_line(const struct options *options, char *line, size_t len)
{
	struct words words;
	int status = EX_OK;

	if (memchr(line, '\0', len))
		return complain(options, "has a NUL byte");

	if (words_split(line, &words))
		return complain(options, strerror(ENOMEM));

	if (words.n > 0)
		status = run(options, words.word, words.n);
	words_fini(&words);

	return status;
}

/* All lines that are there. */
static void batch_lines(struct options *options, struct lines *lines)
{
	char *line;
	size_t len;
	int err;

	while ((err = lines_next(lines, &line, &len)) != -EAGAIN) {
		options->line = lines->number;
		if (err)
			err = complain(options, "is too long");
		else
			err = batch_line(options, line, len);
		if (err)
			options->status = EXIT_FAILURE;
	}
}

static int batch(struct options *options)
{
	struct lines lines = LINES_INIT;
	int err = 0;

	options->queue = batch_new(options->path, queue_reply, options);
	if (!options->queue)
		return complain(options, strerror(ENOMEM));

	while (!err && !lines.eof) {
		batch_wait(options->queue, STDIN_FILENO);
		err = lines_read(&lines, STDIN_FILENO);
		batch_lines(options, &lines);
	}
	settle(options);
	options->line = 0;
	if (err)
		options->status = complain(options, strerror(-err));
	lines_fini(&lines);
	batch_free(options->queue);
	options->queue = NULL;

	return options->status;
}

static int execute(struct options *options, const char *const *words, size_t n)
{
	int status;

	if (options->help && n == 0)
		return usage(stdout, EX_OK);

	if (options->socket)
		options->path = strdup(options->socket);
	else if (asprintf(&options->path, "%s/%s.sock", RUNSTATEDIR,
			  options->ident) < 0)
		options->path = NULL;
	if (!options->path)
		return complain(options, strerror(ENOMEM));

	status = options->batch ? batch(options) : run(options, words, n);
	free(options->path);

	return status;
}

/* 0, or 1 with the exit status when that is all there was to do. */
static int option(struct options *options, int c, int *ret_status)
{
	switch (c) {
	case 'b':
		options->batch = true;
		return 0;
	case 'd':
		options->detail = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case 'i':
	case 'I':
		options->ident = optarg;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'p':
		options->plain = true;
		return 0;
	case 't':
		options->no_headings = true;
		return 0;
	case 'u':
		options->socket = optarg;
		return 0;
	case 'v':
		*ret_status = version();
		return 1;
	default:
		*ret_status = usage(stdout, EXIT_FAILURE);
		return 1;
	}
}

int main(int argc, char *argv[])
{
	struct options options = { .ident = DEFAULT_IDENT };
	int c, status = EX_OK;

	while ((c = getopt(argc, argv, "bdhI:i:jptu:v")) != -1) {
		if (option(&options, c, &status))
			return status;
	}

	status = execute(&options, (const char *const *)argv + optind,
			 (size_t)(argc - optind));
	if (fflush(stdout) || ferror(stdout))
		return complain(&options, "cannot write to standard output");

	return status;
}
