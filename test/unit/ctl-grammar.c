/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements and requests: what they mean and how they are refused. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/unit.h"
#include "ctl/grammar.h"
#include "ctl/words.h"
#include "lib/diag.h"

static char findings[1024];
static size_t n_findings;

static void report(void *arg, enum note_level level, const struct diag *diag)
{
	char text[DIAG_TEXT_MAX + 64];

	(void)arg;
	ck_assert_int_eq(level, NOTE_WARNING);
	n_findings++;
	strcat(findings, diag_format(diag, text, sizeof(text)));
	strcat(findings, "\n");
}

static const char *kind_text(enum directive_kind kind)
{
	switch (kind) {
	case DIRECTIVE_PHYINT:
		return "phyint";
	case DIRECTIVE_MGROUP:
		return "mgroup";
	case DIRECTIVE_MROUTE:
		return "mroute";
	case DIRECTIVE_HAIRPIN:
		return "hairpin";
	case DIRECTIVE_MAX_LEARNED:
		return "max-learned";
	}

	return "?";
}

/* A directive as text, every field of it. */
static void describe(const struct directive *d, char *out)
{
	const char *policy = policy_name(d->policy);
	char prefix[PREFIX_STRLEN];
	size_t i;

	out += sprintf(out, "%s", kind_text(d->kind));
	if (d->ifname)
		out += sprintf(out, " %s", d->ifname);
	if (d->kind == DIRECTIVE_MGROUP || d->kind == DIRECTIVE_MROUTE) {
		out += sprintf(out, " (%s", prefix_format(&d->source, prefix));
		out += sprintf(out, ", %s)", prefix_format(&d->group, prefix));
	}
	for (i = 0; i < d->n_oifs; i++)
		out += sprintf(out, " >%s", d->oifs[i]);
	if (d->kind == DIRECTIVE_PHYINT)
		out += sprintf(out, " %d %d %u", d->disable, d->mrdisc,
			       d->threshold);
	if (d->kind == DIRECTIVE_MAX_LEARNED)
		out += sprintf(out, " %u", d->max_learned);
	if (policy)
		sprintf(out, " %s", policy);
}

/* What a line means, or "dropped"; findings are in `findings`. */
static const char *conf(const char *text)
{
	static char out[1024];
	struct place place = {
		.file = "f",
		.line = 7,
		.report = report,
	};
	struct directive d;
	struct words words;
	char *line = strdup(text);
	int err;

	findings[0] = '\0';
	n_findings = 0;
	ck_assert_int_eq(words_split(line, &words), 0);
	err = grammar_conf(&place, words.word, words.n, &d);
	if (err) {
		ck_assert_int_eq(err, -EINVAL);
		strcpy(out, "dropped");
	} else {
		ck_assert_str_eq(d.file, "f");
		ck_assert_uint_eq(d.line, 7);
		describe(&d, out);
	}
	ck_assert_int_eq(place.bad, n_findings > 0);
	words_fini(&words);
	free(line);

	return out;
}

#define OK(line, meaning) do { \
	ck_assert_str_eq(conf(line), meaning); \
	ck_assert_str_eq(findings, ""); \
} while (0)

/* One finding, and what is left of the statement. */
#define BAD(line, meaning, finding) do { \
	ck_assert_str_eq(conf(line), meaning); \
	ck_assert_str_eq(findings, "f line 7: " finding "\n"); \
} while (0)

START_TEST(mroute)
{
	OK("mroute from a group 225.1.2.3 source 10.0.0.1 to b c",
	   "mroute a (10.0.0.1, 225.1.2.3) >b >c");
	OK("mroute group 225.1.2.3/24 from a+", "mroute a+ (*, 225.1.2.3/24)");
	OK("mroute source fc00::1/64 group ff2e::42/121 from a to from group",
	   "mroute a (fc00::1/64, ff2e::42/121) >from >group");
	OK("mroute from x from a group 225.1.1.1 group 225.1.2.3 to b b",
	   "mroute a (*, 225.1.2.3) >b >b");
	OK("mroute from a source 0.0.0.0 group 225.1.2.3",
	   "mroute a (*, 225.1.2.3)");
	OK("mroute from a source 0.0.0.0/0 group 225.1.2.3",
	   "mroute a (*, 225.1.2.3)");
	OK("mroute from a source ::/3 group ff0e::1", "mroute a (*, ff0e::1)");
}
END_TEST

START_TEST(mroute_bad)
{
	BAD("mroute from a", "dropped", "no group given");
	BAD("mroute group 225.1.2.3", "dropped",
	    "no interface given: 'from' is missing");
	BAD("mroute from", "dropped", "nothing behind 'from'");
	BAD("mroute from a group", "dropped", "nothing behind 'group'");
	BAD("mroute from a group 225.1.2.3 source", "dropped",
	    "nothing behind 'source'");
	BAD("mroute from a group 10.0.0.1", "dropped",
	    "10.0.0.1: not a multicast group");
	BAD("mroute from a source 239.1.1.1 group 225.1.2.3", "dropped",
	    "239.1.1.1: a multicast address is no source");
	BAD("mroute from a source ff0e::1/64 group ff0e::2", "dropped",
	    "ff0e::1/64: a multicast address is no source");
	BAD("mroute from a group 239.0.0.0/3", "dropped",
	    "239.0.0.0/3: not only multicast groups");
	BAD("mroute from a group ff00::/7", "dropped",
	    "ff00::/7: not only multicast groups");
	OK("mroute from a group ff00::/8", "mroute a (*, ff00::/8)");
	BAD("mroute from a source fc00::1 group 225.1.2.3", "dropped",
	    "source and group must both be IPv4 or both be IPv6");
	BAD("mroute from a source :: group 225.1.2.3", "dropped",
	    "source and group must both be IPv4 or both be IPv6");
	BAD("mroute from a group 225.1.2.3 tofu b", "mroute a (*, 225.1.2.3)",
	    "unknown word 'tofu' and 1 more skipped");
	BAD("mroute from a x group 225.1.2.3 to b",
	    "mroute a (*, 225.1.2.3) >b", "unknown word 'x' skipped");
	BAD("mroute from a group 225.1.2.3 to", "mroute a (*, 225.1.2.3)",
	    "nothing behind 'to'");
	BAD("mroute from abcdefghijklmnop group 225.1.2.3", "dropped",
	    "abcdefghijklmnop: interface name longer than 15 characters");
	BAD("mroute from a group 225.1.2.3 to b abcdefghijklmnop", "dropped",
	    "abcdefghijklmnop: interface name longer than 15 characters");
	OK("mroute from abcdefghijklmno group 225.1.2.3",
	   "mroute abcdefghijklmno (*, 225.1.2.3)");

	ck_assert_str_eq(conf("mroute from a group 225.1.2.3/33"), "dropped");
	ck_assert_uint_eq(n_findings, 1);
	ck_assert_str_eq(conf("mroute from a group 225.1.2.3/24x"), "dropped");
	ck_assert_uint_eq(n_findings, 1);
	ck_assert_str_eq(conf("mroute from a group 10.1"), "dropped");
	ck_assert_uint_eq(n_findings, 1);
}
END_TEST

START_TEST(zero_length)
{
	BAD("mroute from a group 225.1.2.3/0", "mroute a (*, 225.1.2.3)",
	    "225.1.2.3/0: /0 means one address, not any");
	BAD("mgroup from a source 10.0.0.1/0 group 225.1.2.3",
	    "mgroup a (10.0.0.1, 225.1.2.3)",
	    "10.0.0.1/0: /0 means one address, not any");
}
END_TEST

/* Names are neither counted nor compared here: no array to overflow. */
START_TEST(many_oifs)
{
	struct place place = { .file = "f", .line = 1, .report = report };
	const char *words[1005] = {
		"mroute", "from", "a", "group", "225.1.2.3", "to",
	};
	struct directive d;
	size_t i;

	for (i = 6; i < 1005; i++)
		words[i] = i % 2 ? "b" : "c";
	ck_assert_int_eq(grammar_conf(&place, words, 1005, &d), 0);
	ck_assert_uint_eq(d.n_oifs, 999);
	ck_assert_str_eq(d.oifs[998], "c");
}
END_TEST

START_TEST(mgroup)
{
	OK("mgroup from a group 225.1.2.3", "mgroup a (*, 225.1.2.3)");
	OK("ssmgroup group 232.1.2.3 source 10.0.0.1/26 from a",
	   "mgroup a (10.0.0.1/26, 232.1.2.3)");
	BAD("mgroup from X", "dropped", "no group given");
	OK("mgroup from a group 225.0.0.0/12", "mgroup a (*, 225.0.0.0/12)");
	BAD("mgroup from a group 225.0.0.0/11", "dropped",
	    "range is too large: more than 1048576 joins");
	OK("mgroup from a group ff0e::/112", "mgroup a (*, ff0e::/112)");
	BAD("mgroup from a group ff0e::/111", "dropped",
	    "range is too large: more than 65536 joins");
	BAD("mgroup from a group ff0e::/8", "dropped",
	    "range is too large: more than 65536 joins");
	BAD("mgroup from a source fd00::/64 group ff3e::/64", "dropped",
	    "range is too large: more than 65536 joins");
	OK("mgroup from a source 10.0.0.0/22 group 232.0.0.0/22",
	   "mgroup a (10.0.0.0/22, 232.0.0.0/22)");
	BAD("mgroup from a source 10.0.0.0/21 group 232.0.0.0/22", "dropped",
	    "range is too large: more than 1048576 joins");
	OK("mroute from a source 10.0.0.0/8 group 224.0.0.0/4 to b",
	   "mroute a (10.0.0.0/8, 224.0.0.0/4) >b");
	BAD("mgroup from a group 225.1.2.3 to b", "mgroup a (*, 225.1.2.3)",
	    "unknown word 'to' and 1 more skipped");
}
END_TEST

START_TEST(phyint)
{
	OK("phyint a", "phyint a 0 0 1");
	OK("phyint a+ mrdisc enable ttl-threshold 255", "phyint a+ 0 1 255");
	OK("phyint a enable disable", "phyint a 1 0 1");
	OK("phyint a disable enable", "phyint a 0 0 1");
	OK("phyint a hairpin refuse", "phyint a 0 0 1 refuse");
	OK("phyint enable", "phyint enable 0 0 1");

	BAD("phyint", "dropped", "phyint: no interface given");
	BAD("phyint abcdefghijklmnop enable", "dropped",
	    "abcdefghijklmnop: interface name longer than 15 characters");
	BAD("phyint a enable ttl-threshold 0 mrdisc", "phyint a 0 1 1",
	    "a: ttl-threshold must be 1 to 255, using 1");
	BAD("phyint a ttl-threshold 256", "phyint a 0 0 1",
	    "a: ttl-threshold must be 1 to 255, using 1");
	BAD("phyint a ttl-threshold", "phyint a 0 0 1",
	    "a: ttl-threshold must be 1 to 255, using 1");
	BAD("phyint a foo disable", "phyint a 1 0 1",
	    "unknown word 'foo' skipped");
	BAD("phyint a hairpin off hairpin refuse", "phyint a 0 0 1 refuse",
	    "a: hairpin is set twice, the last one counts");
	BAD("phyint a hairpin off hairpin no", "phyint a 0 0 1 off",
	    "a: 'no' is no hairpin policy: use auto, netfilter, table, "
	    "relay, refuse or off");
	BAD("phyint a hairpin no hairpin off", "phyint a 0 0 1 off",
	    "a: 'no' is no hairpin policy: use auto, netfilter, table, "
	    "relay, refuse or off");
	BAD("phyint a disable hairpin no", "phyint a 1 0 1",
	    "a: 'no' is no hairpin policy: use auto, netfilter, table, "
	    "relay, refuse or off");
}
END_TEST

START_TEST(hairpin)
{
	OK("hairpin auto", "hairpin auto");
	OK("hairpin netfilter", "hairpin netfilter");
	OK("hairpin refuse", "hairpin refuse");
	OK("hairpin off", "hairpin off");
	BAD("hairpin Off", "dropped",
	    "'Off' is no hairpin policy: use auto, netfilter, table, "
	    "relay, refuse or off");
	BAD("hairpin", "dropped",
	    "no hairpin policy given: use auto, netfilter, table, relay, "
	    "refuse or off");
	BAD("hairpin off now", "hairpin off", "unknown word 'now' skipped");
}
END_TEST

START_TEST(max_learned)
{
	OK("max-learned 0", "max-learned 0");
	OK("max-learned 1", "max-learned 1");
	OK("max-learned 2147483647", "max-learned 2147483647");
	BAD("max-learned 2147483648", "dropped",
	    "max-learned must be 0 to 2147483647, not '2147483648'");
	BAD("max-learned 99999999999999999999", "dropped",
	    "max-learned must be 0 to 2147483647, not '99999999999999999999'");
	BAD("max-learned -1", "dropped",
	    "max-learned must be 0 to 2147483647, not '-1'");
	BAD("max-learned 10k", "dropped",
	    "max-learned must be 0 to 2147483647, not '10k'");
	BAD("max-learned", "dropped", "max-learned: no number given");
	BAD("max-learned 5 6", "max-learned 5", "unknown word '6' skipped");
}
END_TEST

START_TEST(keywords_exact)
{
	BAD("mroutefoo from a group 225.1.2.3", "dropped",
	    "unknown statement 'mroutefoo'");
	BAD("MROUTE from a group 225.1.2.3", "dropped",
	    "unknown statement 'MROUTE'");
	BAD("mrout from a", "dropped", "unknown statement 'mrout'");
}
END_TEST

/* What a request means, or the reason why not. */
static const char *request(char cmd, size_t n, const char *const *args)
{
	static char out[1024];
	struct directive d;
	struct diag diag;
	int err;

	err = grammar_request(cmd, args, n, &d, &diag);
	if (err) {
		ck_assert_int_eq(err, -EINVAL);
		strcpy(out, diag.text);
	} else {
		ck_assert_ptr_null(d.file);
		describe(&d, out);
	}

	return out;
}

#define REQUEST(cmd, meaning, ...) do { \
	const char *args_[] = { __VA_ARGS__ }; \
	ck_assert_str_eq(request(cmd, sizeof(args_) / sizeof(args_[0]), \
				 args_), meaning); \
} while (0)

START_TEST(request_route)
{
	REQUEST('a', "mroute a (*, 225.1.2.3) >b >c", "a", "225.1.2.3", "b",
		"c");
	REQUEST('a', "mroute a (10.0.0.1, 225.1.2.3)", "a", "10.0.0.1",
		"225.1.2.3");
	REQUEST('r', "mroute a (10.0.0.0/24, 225.1.2.3/24) >b", "a",
		"10.0.0.0/24", "225.1.2.3/24", "b");
	REQUEST('a', "mroute a (*, ff0e::1) >ff0e::2", "a", "ff0e::1",
		"ff0e::2");
	REQUEST('a', "mroute a (*, 225.1.2.3)", "a", "0.0.0.0", "225.1.2.3");
	REQUEST('a', "an interface and a group are needed", "a");
	REQUEST('a', "10.0.0.1: not a multicast group", "a", "10.0.0.1");
	REQUEST('a', "10.0.0.2: not a multicast group", "a", "10.0.0.1",
		"10.0.0.2");
	REQUEST('a', "239.0.0.0/3: not only multicast groups", "a",
		"10.0.0.1", "239.0.0.0/3");
	REQUEST('a', "239.0.0.0/3: not only multicast groups", "a",
		"239.0.0.0/3", "b");
	REQUEST('a', "source and group must both be IPv4 or both be IPv6", "a",
		"fc00::1", "225.1.2.3");
	REQUEST('a', "empty interface name", "", "225.1.2.3");
	REQUEST('a', "interface name with a blank or control character", "a",
		"225.1.2.3", "b\nc");
	REQUEST('a',
		"abcdefghijklmnop: interface name longer than 15 characters",
		"a", "225.1.2.3", "abcdefghijklmnop");
}
END_TEST

START_TEST(request_group)
{
	REQUEST('j', "mgroup a (*, 225.1.2.3)", "a", "225.1.2.3");
	REQUEST('l', "mgroup a (10.0.0.1/30, 232.1.2.3)", "a", "10.0.0.1/30",
		"232.1.2.3");
	REQUEST('j', "mgroup a (*, 225.1.2.3)", "a", "225.1.2.3", "x", "y");
	REQUEST('j', "10.0.0.1: not a multicast group", "a", "10.0.0.1");
	REQUEST('j', "239.1.1.1: a multicast address is no source", "a",
		"239.1.1.1", "225.1.2.3");
	REQUEST('j', "225.0.0.0/3: not only multicast groups", "a",
		"225.0.0.0/3");
	REQUEST('j', "an interface and a group are needed", "a");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("grammar");

	tcase_add_test(tc, mroute);
	tcase_add_test(tc, mroute_bad);
	tcase_add_test(tc, zero_length);
	tcase_add_test(tc, many_oifs);
	tcase_add_test(tc, mgroup);
	tcase_add_test(tc, phyint);
	tcase_add_test(tc, hairpin);
	tcase_add_test(tc, max_learned);
	tcase_add_test(tc, keywords_exact);
	tcase_add_test(tc, request_route);
	tcase_add_test(tc, request_group);

	return unit_main("ctl-grammar", tc, NULL);
}
