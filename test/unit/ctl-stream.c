/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables in slices, while what is in them comes and goes. */
#include <stdbool.h>
#include <stdio.h>

#include "test/unit/unit.h"
#include "test/unit/ctl-router.h"
#include "ctl/show.h"
#include "lib/buf.h"

#define N 4000			/* at first */
#define ADDED 64		/* at most, later */
#define SECTIONS 3

/* What a test needs to know of each thing in a table. */
struct item {
	bool gone;
	unsigned int rows[SECTIONS];
	unsigned int rows_then[SECTIONS];	/* when it went */
};

static struct item items[N + ADDED];
static unsigned int n_items;

/* A table that is being read. */
struct reader {
	struct show *show;
	struct buf text;
	size_t seen;		/* bytes looked at */
	unsigned int section;
	unsigned int last;	/* item of the last row */
	unsigned int slices;
};

static int request(char cmd, size_t n, const char **args)
{
	struct directive directive;
	struct diag diag;

	ck_assert_int_eq(grammar_request(cmd, args, n, &directive, &diag), 0);
	switch (cmd) {
	case 'a':
		return router_add(router, &directive, &diag);
	case 'r':
		return router_remove(router, &directive, &diag);
	case 'j':
		return router_join(router, &directive, &diag);
	default:
		return router_leave(router, &directive, &diag);
	}
}

/* Item i is about this source, or template's group. */
static const char *addr_of(unsigned int i, unsigned int first)
{
	static char addr[32];

	snprintf(addr, sizeof(addr), "%u.1.%u.%u", first, i >> 8, i & 255);
	return addr;
}

static int route(char cmd, unsigned int i, const char *iif, const char *oif)
{
	const char *args[] = { iif, addr_of(i, 10), "225.1.2.3", oif };

	return request(cmd, oif ? 4 : 3, args);
}

static int template(char cmd, unsigned int i, const char *iif,
		    const char *oif)
{
	const char *args[] = { iif, addr_of(i, 225), oif };

	return request(cmd, oif ? 3 : 2, args);
}

static int group(char cmd, unsigned int i)
{
	const char *args[] = { "a1", addr_of(i, 225) };

	return request(cmd, 2, args);
}

/* The kinds of items. */
typedef int item_fn(unsigned int i);

struct kind {
	item_fn *add;
	item_fn *del;
	const char *word;
	enum show_form form;
	const char *marks[SECTIONS];	/* where each section begins */
	const char *addr;		/* what comes before the number */
};

static int static_add(unsigned int i)
{
	return route('a', i, "a1", "a2");
}

static int static_del(unsigned int i)
{
	return route('r', i, "a1", NULL);
}

static int template_add(unsigned int i)
{
	return template('a', i, "a1", "a2");
}

static int hairpin_add(unsigned int i)
{
	return route('a', i, "a1", "a1");
}

static int hairpin_template_add(unsigned int i)
{
	return template('a', i, "a1", "a1");
}

static int template_del(unsigned int i)
{
	return template('r', i, "a1", NULL);
}

static int pending_add(unsigned int i)
{
	return template('a', i, "a1", "late+");
}

static int wild_add_one(unsigned int i)
{
	return template('a', i, "a+", "late+");
}

static int wild_del_one(unsigned int i)
{
	return template('r', i, "a+", NULL);
}

static int group_add(unsigned int i)
{
	return group('j', i);
}

static int group_del(unsigned int i)
{
	return group('l', i);
}

static const struct kind kinds[] = {
	{ static_add, static_del, "r", SHOW_TABLE,
	  { "(S,G) Rules_", "Kernel MFC Table_" }, "(10.1." },
	{ static_add, static_del, "r", SHOW_DETAIL,
	  { "(S,G) Rules_", "Kernel MFC Table_" }, "(10.1." },
	{ static_add, static_del, "r", SHOW_JSON,
	  { "\"asm\"", "\"ssm\"", "\"kernel\"" }, "\"10.1." },
	{ template_add, template_del, "r", SHOW_TABLE,
	  { "(*,G) Template Rules_" }, " 225.1." },
	{ template_add, template_del, "r", SHOW_JSON,
	  { "\"asm\"" }, "\"225.1." },
	{ hairpin_add, static_del, "h", SHOW_TABLE,
	  { "Hairpin Routes_" }, "(10.1." },
	{ hairpin_add, static_del, "h", SHOW_JSON,
	  { "\"routes\"" }, "\"10.1." },
	{ hairpin_template_add, template_del, "h", SHOW_TABLE,
	  { "Hairpin Routes_" }, " 225.1." },
	{ pending_add, template_del, "p", SHOW_TABLE,
	  { "PENDING" }, " 225.1." },
	{ pending_add, template_del, "p", SHOW_JSON,
	  { "\"pending\"" }, "\"225.1." },
	{ wild_add_one, wild_del_one, "p", SHOW_TABLE,
	  { "PENDING" }, " 225.1." },
	{ group_add, group_del, "g", SHOW_DETAIL,
	  { "Group Memberships Table_", "Kernel Group Membership Table_" },
	  " 225.1." },
	{ group_add, group_del, "g", SHOW_JSON,
	  { "\"conf\"", "\"kernel\"" }, "\"225.1." },
};

#define N_KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

static void item_add(const struct kind *kind)
{
	ck_assert_uint_lt(n_items, N + ADDED);
	ck_assert_int_eq(kind->add(n_items), 0);
	n_items++;
}

static void item_del(const struct kind *kind, unsigned int i)
{
	if (i >= n_items || items[i].gone)
		return;

	ck_assert_int_eq(kind->del(i), 0);
	items[i].gone = true;
	memcpy(items[i].rows_then, items[i].rows, sizeof(items[i].rows));
}

static void reader_open(struct reader *reader, const struct kind *kind)
{
	memset(reader, 0, sizeof(*reader));
	buf_init(&reader->text);
	reader->show = show_open(router, kind->word, kind->form);
	ck_assert_ptr_nonnull(reader->show);
}

static void reader_close(struct reader *reader)
{
	show_close(reader->show);
	buf_fini(&reader->text);
}

/* Counts the rows that came in; slices end behind whole rows. */
static void reader_count(struct reader *reader, const struct kind *kind)
{
	size_t len = strlen(kind->addr);
	unsigned int s, high, low;
	const char *pos;

	if (!reader->text.data)
		return;

	for (pos = reader->text.data + reader->seen; *pos; pos++) {
		for (s = 0; s < SECTIONS && kind->marks[s]; s++) {
			if (strncmp(pos, kind->marks[s],
				    strlen(kind->marks[s])) == 0)
				reader->section = s;
		}
		if (strncmp(pos, kind->addr, len) != 0)
			continue;

		ck_assert_int_eq(sscanf(pos + len, "%u.%u", &high, &low), 2);
		reader->last = high << 8 | low;
		ck_assert_uint_lt(reader->last, n_items);
		items[reader->last].rows[reader->section]++;
	}
	reader->seen = reader->text.len;
}

static bool reader_step(struct reader *reader, const struct kind *kind)
{
	size_t len = reader->text.len;
	bool more = show_step(reader->show, &reader->text);

	ck_assert_int_eq(buf_error(&reader->text), 0);
	/* and one row */
	ck_assert_uint_lt(reader->text.len - len, SHOW_SLICE_BYTES + 1024);
	reader->slices++;
	reader_count(reader, kind);

	return more;
}

/* One line, begins and ends in pairs, commas only between values. */
static void json_check(const char *text)
{
	static const char *const bad[] = { ",,", "[,", "{,", ",]", ",}", "}{",
					   "][", "}\"" };
	char stack[16];
	size_t depth = 0, i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_ptr_null(strstr(text, bad[i]));
	for (; *text && *text != '\n'; text++) {
		if (*text == '{' || *text == '[')
			stack[depth++] = (char)(*text + 2);
		if (*text == '}' || *text == ']') {
			ck_assert_uint_gt(depth, 0);
			ck_assert_int_eq(*text, stack[--depth]);
		}
		ck_assert_uint_lt(depth, sizeof(stack));
	}
	ck_assert_uint_eq(depth, 0);
	ck_assert_str_eq(text, "\n");
}

static void setup(void)
{
	router_setup();
	link_add(3, "a1", true);
	link_add(5, "a2", true);
	memset(items, 0, sizeof(items));
	n_items = 0;
}

static void fill(const struct kind *kind, unsigned int n)
{
	while (n-- > 0)
		item_add(kind);
	while (router_work(router))
		;
}

/* Every row that can be, in every section that has any of these items. */
static void rows_check(unsigned int s)
{
	unsigned int i;

	for (i = 0; i < n_items; i++) {
		const struct item *item = &items[i];

		ck_assert_uint_le(item->rows[s], 1);
		if (item->gone)
			ck_assert_uint_eq(item->rows[s], item->rows_then[s]);
		else if (i < N)
			ck_assert_uint_eq(item->rows[s], 1);
	}
}

/* What was last shown, what comes next and one behind it go; one comes. */
START_TEST(changes)
{
	const struct kind *kind = &kinds[_i];
	unsigned int s, i, n;
	struct reader reader;

	fill(kind, N);
	reader_open(&reader, kind);
	while (reader_step(&reader, kind)) {
		if (reader.section == 0 && reader.last == 0)
			continue;
		i = reader.last;
		item_del(kind, i);
		item_del(kind, i + 1);
		item_del(kind, i + 3);
		item_add(kind);
	}
	ck_assert_uint_gt(reader.slices, 3);

	for (s = 0; s < SECTIONS; s++) {
		for (i = 0, n = 0; i < n_items; i++)
			n += items[i].rows[s];
		if (n > 0)
			rows_check(s);
		else
			ck_assert_uint_lt(n_items, N + ADDED);
	}
	ck_assert_uint_gt(items[N - 1].rows[reader.section], 0);
	if (kind->form == SHOW_JSON)
		json_check(reader.text.data);
	reader_close(&reader);
	ck_assert_ptr_null(router->cursors);
}
END_TEST

/* The whole table goes between two slices. */
START_TEST(all_gone)
{
	const struct kind *kind = &kinds[_i];
	struct reader reader;
	unsigned int i, rows = 0, after = 0;

	fill(kind, N);
	reader_open(&reader, kind);
	while (rows == 0) {
		ck_assert(reader_step(&reader, kind));
		for (i = 0; i < N; i++)
			rows += items[i].rows[reader.section];
	}
	for (i = 0; i < N; i++)
		item_del(kind, i);
	while (reader_step(&reader, kind))
		;
	for (i = 0; i < N; i++)
		after += items[i].rows[reader.section];
	/* a section behind the one at hand has no rows */
	ck_assert(after == rows || after == 0);
	if (kind->form == SHOW_JSON)
		json_check(reader.text.data);
	reader_close(&reader);
}
END_TEST

/* Shown with OIFs, then a stop filter: it must not come twice. */
START_TEST(stop_filter)
{
	const struct kind *kind = &kinds[0];
	struct reader reader, other;
	const struct rule *first;
	unsigned int i;
	bool more = true;

	fill(kind, N);
	reader_open(&reader, kind);
	while (items[N - 1].rows[1] == 0 && reader.section == 0)
		ck_assert(reader_step(&reader, kind));
	ck_assert_uint_gt(reader.last, 0);
	ck_assert_uint_lt(reader.last, N - 1);

	/* one that was shown, one that was not */
	ck_assert_uint_eq(items[0].rows[1], 1);
	ck_assert_uint_eq(items[N - 1].rows[1], 0);
	ck_assert_int_eq(route('r', 0, "a1", "a2"), 0);
	ck_assert_int_eq(route('r', N - 1, "a1", "a2"), 0);
	first = htable_first(&router->rules);
	ck_assert_uint_eq(first->mfc->oifs, 0);

	/* another table of the same meanwhile takes nothing away */
	reader_open(&other, kind);
	while (show_step(other.show, &other.text))
		;
	ck_assert_uint_gt(other.text.len, reader.text.len);

	while (more)
		more = reader_step(&reader, kind);
	for (i = 0; i < N; i++)
		ck_assert_uint_eq(items[i].rows[1], 1);
	ck_assert_uint_eq(reader.last, N - 1);
	reader_close(&reader);
	reader_close(&other);
}
END_TEST

/* Marks run out, and are wiped, without a row lost. */
START_TEST(marks)
{
	const struct kind *kind = &kinds[0];
	unsigned int i;

	fill(kind, 2);
	ck_assert_int_eq(route('r', 1, "a1", "a2"), 0);
	for (i = 0; i < 2 * UINT16_MAX; i++) {
		struct show *show = show_open(router, "r", SHOW_TABLE);
		struct buf text = BUF_INIT;

		ck_assert(!show_step(show, &text));
		ck_assert_str_eq(strstr(text.data, "Kernel"),
"Kernel MFC Table_\n"
"ROUTE (S,G)                                IIF  OIFS=\n"
"(10.1.0.0, 225.1.2.3)                      a1   a2\n"
"(10.1.0.1, 225.1.2.3)                      a1  \n");
		buf_fini(&text);
		show_close(show);
	}
}
END_TEST

START_TEST(router_goes_first)
{
	struct show *show;
	struct buf text = BUF_INIT;

	fill(&kinds[0], N);
	show = show_open(router, "r", SHOW_TABLE);
	ck_assert(show_step(show, &text));
	ck_assert_ptr_nonnull(router->cursors);
	router_free(router);
	show_close(show);
	buf_fini(&text);
	router_setup();
}
END_TEST

int main(void)
{
	TCase *slices = tcase_create("slices");

	tcase_add_checked_fixture(slices, setup, router_teardown);
	tcase_set_timeout(slices, 30);
	tcase_add_loop_test(slices, changes, 0, N_KINDS);
	tcase_add_loop_test(slices, all_gone, 0, N_KINDS);
	tcase_add_test(slices, stop_filter);
	tcase_add_test(slices, marks);
	tcase_add_test(slices, router_goes_first);

	return unit_main("ctl-stream", slices, NULL);
}
