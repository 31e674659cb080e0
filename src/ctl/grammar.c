/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements to directives.  Knows the statements of smcroute.conf and their
 * clauses; must not know which interfaces exist, nor open anything.
 */
#include "ctl/grammar.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/flow.h"
#include "lib/diag.h"
#include "lib/num.h"

/* Reading position in a statement. */
struct statement {
	struct place *place;
	const char *const *words;
	size_t n;
	size_t at;
	const char *unknown;	/* first unknown word */
	size_t n_unknown;
};

__attribute__((format(printf, 2, 3)))
static void place_report(struct place *place, const char *fmt, ...)
{
	struct diag diag = { .file = place->file, .line = place->line };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(diag.text, sizeof(diag.text), fmt, ap);
	va_end(ap);

	place->bad = true;
	place->report(place->arg, NOTE_WARNING, &diag);
}

static bool is_word(const char *word, const char *keyword)
{
	return strcmp(word, keyword) == 0;
}

static const char *statement_next(struct statement *st)
{
	return st->at < st->n ? st->words[st->at++] : NULL;
}

static void statement_skip(struct statement *st, const char *word)
{
	if (st->n_unknown++ == 0)
		st->unknown = word;
}

/* One report for all unknown words of the line. */
static void statement_end(const struct statement *st)
{
	if (st->n_unknown == 1)
		place_report(st->place, "unknown word '%s' skipped",
			     st->unknown);
	else if (st->n_unknown > 1)
		place_report(st->place,
			     "unknown word '%s' and %zu more skipped",
			     st->unknown, st->n_unknown - 1);
}

/* The argument of clause `word`, or NULL with the error in `diag`. */
static const char *clause_arg(struct statement *st, const char *word,
			      struct diag *diag)
{
	const char *arg = statement_next(st);

	if (!arg)
		diag_set(diag, -EINVAL, "nothing behind '%s'", word);

	return arg;
}

static int clause_from(struct statement *st, struct directive *ret,
		       struct diag *diag)
{
	const char *name = clause_arg(st, "from", diag);

	if (!name)
		return -EINVAL;

	ret->ifname = name;
	return ifname_check(name, diag);
}

/*
 * SMCRoute reads /0 as the full length.  Of an address that stands for any
 * source both readings mean the same, so there is nothing to warn of.
 */
static void warn_zero(struct place *place, const char *text,
		      const struct prefix *prefix)
{
	if (!addr_is_any(&prefix->addr))
		place_report(place, "%s: /0 means one address, not any", text);
}

static int clause_source(struct statement *st, struct flow *flow,
			 struct diag *diag)
{
	const char *text = clause_arg(st, "source", diag);
	bool zero = false;
	int err;

	if (!text)
		return -EINVAL;

	err = flow_set_source(flow, text, &zero, diag);
	if (!err && zero)
		warn_zero(st->place, text, &flow->source);

	return err;
}

static int clause_group(struct statement *st, struct flow *flow,
			struct diag *diag)
{
	const char *text = clause_arg(st, "group", diag);
	bool zero = false;
	int err;

	if (!text)
		return -EINVAL;

	err = flow_set_group(flow, text, &zero, diag);
	if (!err && zero)
		warn_zero(st->place, text, &flow->group);

	return err;
}

/* All words behind `to` are names: they stay where they are. */
static int clause_to(struct statement *st, struct directive *ret,
		     struct diag *diag)
{
	ret->oifs = st->words + st->at;
	ret->n_oifs = st->n - st->at;
	st->at = st->n;

	if (ret->n_oifs == 0)
		place_report(st->place, "nothing behind 'to'");

	return ifnames_check(ret->oifs, ret->n_oifs, diag);
}

static int conf_flow(struct statement *st, struct directive *ret,
		     struct diag *diag)
{
	struct flow flow = { .has_source = false };
	const char *word;
	int err = 0;

	while (!err && (word = statement_next(st))) {
		if (is_word(word, "from"))
			err = clause_from(st, ret, diag);
		else if (is_word(word, "source"))
			err = clause_source(st, &flow, diag);
		else if (is_word(word, "group"))
			err = clause_group(st, &flow, diag);
		else if (is_word(word, "to") && ret->kind == DIRECTIVE_MROUTE)
			err = clause_to(st, ret, diag);
		else
			statement_skip(st, word);
	}

	if (!err && !ret->ifname)
		err = diag_set(diag, -EINVAL,
			       "no interface given: 'from' is missing");
	if (!err)
		err = flow_end(&flow, ret, diag);

	return err;
}

static void clause_threshold(struct statement *st, struct directive *ret)
{
	const char *text = statement_next(st);
	long ttl;

	if (text && num_parse(text, 1, 255, &ttl) == 0)
		ret->threshold = (uint8_t)ttl;
	else
		place_report(st->place,
			     "%s: ttl-threshold must be 1 to 255, using %u",
			     ret->ifname, ret->threshold);
}

static int clause_policy(struct statement *st, struct directive *ret,
			 struct diag *diag)
{
	const char *word = statement_next(st);

	if (word && policy_parse(word, &ret->policy) == 0)
		return 0;

	if (word)
		return diag_set(diag, -EINVAL,
				"'%s' is no hairpin policy: use %s", word,
				policy_words());

	return diag_set(diag, -EINVAL, "no hairpin policy given: use %s",
			policy_words());
}

static void clause_hairpin(struct statement *st, struct directive *ret)
{
	bool again = ret->policy != POLICY_UNSET;
	struct diag diag = { .file = NULL };

	if (clause_policy(st, ret, &diag))
		place_report(st->place, "%s: %s", ret->ifname, diag.text);
	else if (again)
		place_report(st->place,
			     "%s: hairpin is set twice, the last one counts",
			     ret->ifname);
}

static void phyint_clause(struct statement *st, const char *word,
			  struct directive *ret)
{
	if (is_word(word, "enable"))
		ret->disable = false;
	else if (is_word(word, "disable"))
		ret->disable = true;
	else if (is_word(word, "mrdisc"))
		ret->mrdisc = true;
	else if (is_word(word, "ttl-threshold"))
		clause_threshold(st, ret);
	else if (is_word(word, "hairpin"))
		clause_hairpin(st, ret);
	else
		statement_skip(st, word);
}

static int conf_phyint(struct statement *st, struct directive *ret,
		       struct diag *diag)
{
	const char *word;
	int err;

	ret->ifname = statement_next(st);
	if (!ret->ifname)
		return diag_set(diag, -EINVAL, "phyint: no interface given");

	err = ifname_check(ret->ifname, diag);
	if (err)
		return err;

	while ((word = statement_next(st)))
		phyint_clause(st, word, ret);

	return 0;
}

static int conf_hairpin(struct statement *st, struct directive *ret,
			struct diag *diag)
{
	const char *word;
	int err;

	err = clause_policy(st, ret, diag);
	if (err)
		return err;

	while ((word = statement_next(st)))
		statement_skip(st, word);

	return 0;
}

static int conf_max_learned(struct statement *st, struct directive *ret,
			    struct diag *diag)
{
	const char *word = statement_next(st);
	long value;

	if (!word)
		return diag_set(diag, -EINVAL, "max-learned: no number given");
	if (num_parse(word, 0, MAX_LEARNED_MAX, &value))
		return diag_set(diag, -EINVAL,
				"max-learned must be 0 to %d, not '%s'",
				MAX_LEARNED_MAX, word);

	ret->max_learned = (uint32_t)value;
	while ((word = statement_next(st)))
		statement_skip(st, word);

	return 0;
}

static int statement_kind(const char *word, enum directive_kind *ret)
{
	if (is_word(word, "phyint"))
		*ret = DIRECTIVE_PHYINT;
	else if (is_word(word, "mgroup") || is_word(word, "ssmgroup"))
		*ret = DIRECTIVE_MGROUP;
	else if (is_word(word, "mroute"))
		*ret = DIRECTIVE_MROUTE;
	else if (is_word(word, "hairpin"))
		*ret = DIRECTIVE_HAIRPIN;
	else if (is_word(word, "max-learned"))
		*ret = DIRECTIVE_MAX_LEARNED;
	else
		return -EINVAL;

	return 0;
}

static int statement_read(struct statement *st, struct directive *ret,
			  struct diag *diag)
{
	const char *word = statement_next(st);

	if (statement_kind(word, &ret->kind))
		return diag_set(diag, -EINVAL, "unknown statement '%s'", word);

	switch (ret->kind) {
	case DIRECTIVE_PHYINT:
		return conf_phyint(st, ret, diag);
	case DIRECTIVE_HAIRPIN:
		return conf_hairpin(st, ret, diag);
	case DIRECTIVE_MAX_LEARNED:
		return conf_max_learned(st, ret, diag);
	case DIRECTIVE_MGROUP:
	case DIRECTIVE_MROUTE:
		return conf_flow(st, ret, diag);
	}

	return -EINVAL;
}

int grammar_conf(struct place *place, const char *const *words, size_t n,
		 struct directive *ret)
{
	struct statement st = { .place = place, .words = words, .n = n };
	struct diag diag = { .file = NULL };
	struct directive directive = {
		.file = place->file,
		.line = place->line,
		.threshold = 1,
	};
	int err;

	err = statement_read(&st, &directive, &diag);
	if (err) {
		place_report(place, "%s", diag.text);
		return err;
	}

	statement_end(&st);
	*ret = directive;
	return 0;
}
