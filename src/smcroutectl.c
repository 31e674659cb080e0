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

#include "ctl/client.h"
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

static int complain(const char *text)
{
	fprintf(stderr, "%s: %s\n", PROGRAM, text);
	return EXIT_FAILURE;
}

static int unknown(const char *word)
{
	fprintf(stderr, "%s: unknown command '%s', did you mean '%s'?\n",
		PROGRAM, word, verb_nearest(word)->name);

	return EX_USAGE;
}

static int help(const char *word)
{
	const struct verb *verb;

	if (!word)
		return usage(stdout, EX_OK);

	verb = verb_find(word);
	if (!verb)
		return unknown(word);

	verb_help(verb, stdout);
	return EX_OK;
}

static char show_cmd(const struct options *options)
{
	if (options->json)
		return WIRE_SHOW_JSON;

	return options->detail ? WIRE_SHOW_DETAIL : WIRE_SHOW;
}

static void print_table(const struct options *options, const struct buf *reply)
{
	struct client_style style = client_style_of(STDOUT_FILENO);
	size_t len = reply->len;

	/* the NUL that ends it is not for the eye */
	if (len > 0 && reply->data[len - 1] == '\0')
		len--;

	if (options->json) {
		fwrite(reply->data, 1, len, stdout);
		return;
	}

	if (options->plain)
		style.headings = HEADINGS_PLAIN;
	if (options->no_headings)
		style.headings = HEADINGS_NONE;
	client_print(reply->data, len, &style, stdout);
}

/* Of a command that shows nothing: an empty text is success. */
static int print_result(const struct verb *verb, const struct buf *reply)
{
	/* an old daemon that ends may not get to its answer */
	if (reply->len == 0)
		return verb->cmd == WIRE_KILL ? EX_OK :
		       complain("the daemon gave no answer");

	if (reply->len == 1)
		return EX_OK;

	fprintf(stderr, "%s: %.*s\n", PROGRAM, (int)strcspn(reply->data, "\n"),
		reply->data);
	return EXIT_FAILURE;
}

static int ask(const struct options *options, const struct verb *verb,
	       const char *const *args, size_t n)
{
	bool show = verb->kind == VERB_SHOW;
	struct diag diag = { .file = NULL };
	struct buf reply = BUF_INIT;
	int status;

	if (client_request(options->path, show ? show_cmd(options) : verb->cmd,
			   args, n, &reply, &diag)) {
		status = complain(diag.text);
	} else if (show) {
		print_table(options, &reply);
		status = EX_OK;
	} else {
		status = print_result(verb, &reply);
	}

	buf_fini(&reply);
	return status;
}

/* Executes one command line: no word at all shows the routes. */
static int run(const struct options *options, const char *const *words,
	       size_t n)
{
	const char *word = n > 0 ? words[0] : "show";
	const struct verb *verb;

	verb = verb_find(word);
	if (!verb)
		return unknown(word);

	if (options->help)
		return help(word);
	if (verb->kind == VERB_HELP)
		return help(n > 1 ? words[1] : NULL);
	if (verb->kind == VERB_VERSION)
		return version();

	if (n > 0) {
		words++;
		n--;
	}
	if (n < verb->min_args) {
		fprintf(stderr, "%s: %s needs %zu arguments or more\n",
			PROGRAM, verb->name, verb->min_args);
		verb_help(verb, stdout);
		return EXIT_FAILURE;
	}

	return ask(options, verb, words, n);
}

static int batch_line(const struct options *options, char *line, size_t len)
{
	struct words words;
	int status = EX_OK;

	if (memchr(line, '\0', len))
		return complain("line with a NUL byte dropped");

	if (words_split(line, &words))
		return complain(strerror(ENOMEM));

	if (words.n > 0)
		status = run(options, words.word, words.n);
	words_fini(&words);

	return status;
}

static int batch(const struct options *options)
{
	int status = EX_OK;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) >= 0) {
		if (batch_line(options, line, (size_t)len))
			status = EXIT_FAILURE;
		fflush(stdout);
	}
	if (ferror(stdin))
		status = complain(strerror(errno));
	free(line);

	return status;
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
		return complain(strerror(ENOMEM));

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
		return complain("cannot write to standard output");

	return status;
}
