/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client's commands.  Knows their names, letters and words of help; must
 * not know how a request is sent.
 */
#include "ctl/verbs.h"

#include <string.h>

#include "ctl/wire.h"

/* Of a word; longer ones are cut for the hint. */
#define WORD_MAX 32

#define ROUTE_HELP \
	"IIF is the inbound interface, SOURCE and GROUP are addresses of IPv4 or\n" \
	"IPv6, each OIF is an outbound interface.  Without SOURCE any is meant.\n" \
	"LEN makes a range of an address.  An interface NAME+ is every one whose\n" \
	"name begins with NAME."

#define GROUP_HELP \
	"IIF is the interface; NAME+ is every one whose name begins with NAME.\n" \
	"LEN makes a range of an address: each one in it is joined."

/* The order decides what an abbreviation means: "r" is reload, "d" is del. */
static const struct verb verbs[] = {
	{ "help", VERB_HELP, 0, 0, "[COMMAND]", "Show help, or that of COMMAND",
	  NULL, "help add" },
	{ "version", VERB_VERSION, 0, 0, "", "Show the version", NULL, NULL },
	{ "flush", VERB_CHANGE, WIRE_FLUSH, 0, "", "Drop all learned routes",
	  "Flows that go on are learned again with their next packet.", NULL },
	{ "kill", VERB_CHANGE, WIRE_KILL, 0, "", "End the daemon", NULL, NULL },
	{ "reload", VERB_CHANGE, WIRE_RELOAD, 0, "",
	  "Read the configuration again",
	  "What is in the file already stays untouched; what was added by this\n"
	  "program goes.  A file that cannot be read changes nothing.", NULL },
	{ "restart", VERB_CHANGE, WIRE_RELOAD, 0, "", NULL, NULL, NULL },
	{ "show", VERB_SHOW, 0, 0, "[routes|groups|hairpin|interfaces|pending]",
	  "Show a table; routes by default",
	  "The first letter is enough.  See options -d, -j, -p and -t.",
	  "-d show routes" },
	{ "add", VERB_CHANGE, WIRE_ADD, 3,
	  "IIF [SOURCE[/LEN]] GROUP[/LEN] [OIF ...]",
	  "Add a route, or outbound interfaces to one", ROUTE_HELP,
	  "add eth0 192.168.2.42 225.1.2.3 eth1 eth2" },
	{ "remove", VERB_CHANGE, WIRE_REMOVE, 2,
	  "IIF [SOURCE[/LEN]] GROUP[/LEN] [OIF ...]",
	  "Remove a route, or outbound interfaces from one", ROUTE_HELP,
	  "remove eth0 192.168.2.42 225.1.2.3" },
	{ "del", VERB_CHANGE, WIRE_REMOVE, 2,
	  "IIF [SOURCE[/LEN]] GROUP[/LEN] [OIF ...]", NULL, ROUTE_HELP,
	  "del eth0 192.168.2.42 225.1.2.3" },
	{ "join", VERB_CHANGE, WIRE_JOIN, 2, "IIF [SOURCE[/LEN]] GROUP[/LEN]",
	  "Join a multicast group", GROUP_HELP, "join eth0 225.1.2.3" },
	{ "leave", VERB_CHANGE, WIRE_LEAVE, 2, "IIF [SOURCE[/LEN]] GROUP[/LEN]",
	  "Leave a multicast group", GROUP_HELP, "leave eth0 225.1.2.3" },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

const struct verb *verb_find(const char *word)
{
	size_t word_len = strlen(word);
	size_t i;

	for (i = 0; i < N_VERBS; i++) {
		size_t len = strlen(verbs[i].name);

		if (word_len < len)
			len = word_len;
		if (strncmp(word, verbs[i].name, len) == 0)
			return &verbs[i];
	}

	return NULL;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to insert, drop or change (Levenshtein), by one row at a time. */
static size_t distance(const char *word, const char *name)
{
	size_t row[WORD_MAX + 1];
	size_t name_len = strlen(name);
	size_t i, j;

	for (j = 0; j <= name_len; j++)
		row[j] = j;

	for (i = 1; i <= WORD_MAX && word[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= name_len; j++) {
			size_t above = row[j];
			size_t other = word[i - 1] != name[j - 1];

			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + other);
			diagonal = above;
		}
	}

	return row[name_len];
}

const struct verb *verb_nearest(const char *word)
{
	const struct verb *nearest = &verbs[0];
	size_t least = distance(word, verbs[0].name);
	size_t i;

	for (i = 1; i < N_VERBS; i++) {
		size_t d = distance(word, verbs[i].name);

		if (d < least) {
			least = d;
			nearest = &verbs[i];
		}
	}

	return nearest;
}

void verbs_list(FILE *out)
{
	size_t i;

	for (i = 0; i < N_VERBS; i++) {
		if (verbs[i].text)
			fprintf(out, "  %s%s%s\n      %s\n", verbs[i].name,
				*verbs[i].args ? " " : "", verbs[i].args,
				verbs[i].text);
	}
}

void verb_help(const struct verb *verb, FILE *out)
{
	const struct verb *main_verb = verb;

	/* an alias stands right behind its command */
	if (!verb->text)
		main_verb = verb - 1;

	fprintf(out, "Usage: smcroutectl [OPTIONS] %s%s%s\n\n%s.\n", verb->name,
		*verb->args ? " " : "", verb->args, main_verb->text);
	if (main_verb->help)
		fprintf(out, "%s\n", main_verb->help);
	if (verb->example)
		fprintf(out, "\nExample: smcroutectl %s\n", verb->example);
}
