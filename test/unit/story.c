/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stories of core in few words.  Knows the statements of story.h, which are
 * not those of smcroute.conf: the parser of that is ctl's.
 */
#include "test/unit/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As must(), and no allocation (of Check) while all is well. */
#define must(cond, ...) \
	do { \
		if (!(cond)) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

static const char *const level_words[] = {
	[NOTE_WARNING] = "warning",
	[NOTE_NOTICE] = "notice",
	[NOTE_INFO] = "info",
	[NOTE_DEBUG] = "debug",
};

/* Statements, cut into words. */
struct script {
	char text[STORY_TEXT_MAX];
	const char *words[STORY_LINES_MAX][STORY_WORDS_MAX];
	size_t n_words[STORY_LINES_MAX];
	struct directive lines[STORY_LINES_MAX];
	const struct directive *order[STORY_LINES_MAX];
	size_t n;
};

static void add_line(char *text, size_t *len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add_line(char *text, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + *len, STORY_TEXT_MAX - *len, fmt, ap);
	va_end(ap);
	must(n >= 0 && (size_t)n < STORY_TEXT_MAX - *len,
		      "too much text");
	*len += (size_t)n;
}

static void story_note(void *ctx, enum note_level level, enum note_kind kind,
		       const char *text)
{
	struct story *story = ctx;

	(void)kind;
	add_line(story->notes, &story->notes_len, "%s %s\n",
		 level_words[level], text);
}

static void story_report(void *arg, enum note_level level,
			 const struct diag *diag)
{
	struct story *story = arg;

	add_line(story->reports, &story->reports_len, "%s line %u: %s\n",
		 level_words[level], diag->line, diag->text);
}

struct story *story_new(const struct router_config *config)
{
	struct story *story = calloc(1, sizeof(*story));
	struct router_config all = { .note_level = NOTE_DEBUG };

	must(story, "out of memory");
	story->fake = fake_kernel_new();
	if (config)
		all = *config;
	all.note_level = NOTE_DEBUG;
	all.ops = &fake_kernel_ops;
	all.kernel = story->fake;
	all.note = story_note;
	all.note_ctx = story;
	story->router = router_new(&all);
	must(story->router, "out of memory");
	return story;
}

int story_count(struct story *story, struct guard_count *ret)
{
	return router_guard_count(story->router, story->router->hairpins,
				  GUARD_COUNT_MAX, ret);
}

void story_end(struct story *story)
{
	router_free(story->router);
	fake_kernel_check_empty(story->fake);
	free(story->fake);
	free(story);
}

void story_link(struct story *story, unsigned int ifindex, const char *name)
{
	struct link_info link = {
		.ifindex = ifindex,
		.name = name,
		.multicast = true,
		.up = true,
	};

	router_link(story->router, &link);
}

void story_links(struct story *story, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		char name[IFACE_NAME_MAX];

		snprintf(name, sizeof(name), "eth%u", i);
		story_link(story, i + 1, name);
	}
}

static struct prefix parse_prefix(const char *word)
{
	struct prefix prefix = { addr_any, 0 };
	struct diag diag = { 0 };

	if (strcmp(word, "*") != 0)
		must(!prefix_parse(word, &prefix, NULL, &diag),
			      "%s: %s", word, diag.text);
	return prefix;
}

static enum policy parse_policy(const char *word)
{
	enum policy policy = POLICY_UNSET;

	must(!policy_parse(word, &policy), "policy %s?", word);
	return policy;
}

static void parse_phyint(struct directive *line, const char *const *words,
			 size_t n)
{
	line->kind = DIRECTIVE_PHYINT;
	line->threshold = 1;
	for (size_t i = 2; i < n; i++) {
		if (strcmp(words[i], "disable") == 0)
			line->disable = true;
		else if (strcmp(words[i], "mrdisc") == 0)
			line->mrdisc = true;
		else if (strncmp(words[i], "ttl=", 4) == 0)
			line->threshold = (uint8_t)strtoul(words[i] + 4,
							   NULL, 10);
		else if (strncmp(words[i], "hairpin=", 8) == 0)
			line->policy = parse_policy(words[i] + 8);
		else
			ck_abort_msg("phyint %s?", words[i]);
	}
}

static void parse_line(struct directive *line, const char *const *words,
		       size_t n)
{
	must(n >= 2, "too few words");
	line->ifname = words[1];
	if (strcmp(words[0], "phyint") == 0) {
		parse_phyint(line, words, n);
		return;
	}
	if (strcmp(words[0], "hairpin") == 0) {
		line->kind = DIRECTIVE_HAIRPIN;
		line->ifname = NULL;
		line->policy = parse_policy(words[1]);
		return;
	}
	line->kind = strcmp(words[0], "route") == 0 ? DIRECTIVE_MROUTE :
						      DIRECTIVE_MGROUP;
	must(n >= 4, "too few words");
	line->source = parse_prefix(words[2]);
	line->group = parse_prefix(words[3]);
	line->oifs = &words[4];
	line->n_oifs = n - 4;
}

static void script_words(struct script *script, size_t line, char *text)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		must(script->n_words[line] < STORY_WORDS_MAX,
		     "too many words");
		script->words[line][script->n_words[line]++] = word;
	}
}

/* One at a time, and without an allocation that a test may let fail. */
static struct script *script_read(const char *statements)
{
	static struct script the_script;
	struct script *script = &the_script;
	char *rest = NULL;

	memset(script, 0, sizeof(*script));
	must(strlen(statements) < sizeof(script->text), "too much text");
	memcpy(script->text, statements, strlen(statements));
	for (char *text = strtok_r(script->text, "\n", &rest); text;
	     text = strtok_r(NULL, "\n", &rest)) {
		size_t i = script->n++;

		must(i < STORY_LINES_MAX, "too many lines");
		script_words(script, i, text);
		script->lines[i].line = (unsigned int)i + 1;
		parse_line(&script->lines[i], script->words[i],
			   script->n_words[i]);
		script->order[i] = &script->lines[i];
	}
	return script;
}

size_t story_reload(struct story *story, const char *statements)
{
	struct script *script = script_read(statements);

	story->reports_len = 0;
	story->reports[0] = '\0';
	return router_reload(story->router, script->order, script->n,
			     story_report, story);
}

void story_reload_begin(struct story *story, const char *statements)
{
	struct script *script = script_read(statements);

	must(!router_reload_begin(story->router, script->order, script->n,
				  story_report, story), "out of memory");
}

bool story_reload_step(struct story *story)
{
	size_t errors;

	return router_reload_step(story->router, &errors);
}

typedef int command_fn(struct router *router,
		       const struct directive *directive, struct diag *diag);

static int command(struct story *story, const char *statement, command_fn *fn)
{
	struct script *script = script_read(statement);

	must(script->n == 1, "one statement, please");
	memset(&story->diag, 0, sizeof(story->diag));
	return fn(story->router, script->order[0], &story->diag);
}

int story_add(struct story *story, const char *statement)
{
	return command(story, statement, router_add);
}

int story_remove(struct story *story, const char *statement)
{
	return command(story, statement, router_remove);
}

int story_join(struct story *story, const char *statement)
{
	return command(story, statement, router_join);
}

int story_leave(struct story *story, const char *statement)
{
	return command(story, statement, router_leave);
}

static struct in6_addr parse_addr(const char *text)
{
	struct in6_addr addr;

	must(!addr_parse(text, &addr), "address %s?", text);
	return addr;
}

static void upcall(struct story *story, enum upcall_kind kind,
		   unsigned int vif, const char *source, const char *group)
{
	struct upcall call = {
		.kind = kind,
		.vif = vif,
		.source = parse_addr(source),
		.group = parse_addr(group),
	};

	call.family = addr_family(&call.group);
	router_upcall(story->router, &call, story->now);
	router_commit(story->router);
}

void story_nocache(struct story *story, unsigned int vif, const char *source,
		   const char *group)
{
	upcall(story, UPCALL_NOCACHE, vif, source, group);
}

void story_wrongvif(struct story *story, unsigned int vif, const char *source,
		    const char *group)
{
	upcall(story, UPCALL_WRONGVIF, vif, source, group);
}

void story_unmirrored(struct story *story, unsigned int vif,
		      const char *source, const char *group)
{
	upcall(story, UPCALL_UNMIRRORED, vif, source, group);
}

void story_addr_add(struct story *story, unsigned int ifindex,
		    const char *addr)
{
	struct in6_addr parsed = parse_addr(addr);

	router_addr_add(story->router, ifindex, &parsed);
}

void story_addr_del(struct story *story, unsigned int ifindex,
		    const char *addr)
{
	struct in6_addr parsed = parse_addr(addr);

	router_addr_del(story->router, ifindex, &parsed);
}

void story_skip(struct story *story)
{
	fake_kernel_clear(story->fake);
	story->notes_len = 0;
	story->notes[0] = '\0';
}

static unsigned int lines_with(const char *text, const char *part)
{
	unsigned int n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text = strchr(text, '\n');
	}
	return n;
}

unsigned int story_noted(const struct story *story, const char *text)
{
	return lines_with(story->notes, text);
}

unsigned int story_reported(const struct story *story, const char *text)
{
	return lines_with(story->reports, text);
}

const char *story_state(const struct story *story, const char *source,
			const char *group)
{
	struct mfc_key key = { parse_addr(source), parse_addr(group) };
	const struct mfc *mfc;

	mfc = htable_find(&story->router->mfcs, &key);
	return mfc && mfc->hairpin ? hairpin_state_name(mfc->hairpin->state) :
				     "none";
}
