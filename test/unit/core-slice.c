/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work in slices: other events come between them, and nothing is lost. */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/story.h"

/* More than two slices of anything. */
#define MANY 5000
#define MANY_TEMPLATES 3000

/* Less than one. */
#define FEW 1000

/* How often an entry was held against a template: wrapped, see core.mk. */
bool __real_prefix_covers(const struct prefix *prefix,
			  const struct in6_addr *addr);
bool __wrap_prefix_covers(const struct prefix *prefix,
			  const struct in6_addr *addr);

static unsigned int covers_asked;

bool __wrap_prefix_covers(const struct prefix *prefix,
			  const struct in6_addr *addr)
{
	covers_asked++;
	return __real_prefix_covers(prefix, addr);
}

/* A file of MANY routes from eth0, each to one list of names. */
struct file {
	struct directive lines[MANY];
	const struct directive *order[MANY];
};

static struct in6_addr group_of(unsigned int i)
{
	char text[ADDR_STRLEN];
	struct in6_addr addr;

	snprintf(text, sizeof(text), "239.%u.%u.1", i / 256 % 256, i % 256);
	ck_assert_int_eq(addr_parse(text, &addr), 0);
	return addr;
}

static struct file *file_new(const char *const *oifs, size_t n_oifs)
{
	struct file *file = calloc(1, sizeof(*file));

	ck_assert_ptr_nonnull(file);
	for (unsigned int i = 0; i < MANY; i++) {
		struct directive *line = &file->lines[i];

		line->kind = DIRECTIVE_MROUTE;
		line->ifname = "eth0";
		addr_parse(S1, &line->source.addr);
		line->source.len = ADDR_BITS;
		line->group.addr = group_of(i);
		line->group.len = ADDR_BITS;
		line->oifs = oifs;
		line->n_oifs = n_oifs;
		file->order[i] = line;
	}
	return file;
}

static void no_report(void *arg, enum note_level level,
		      const struct diag *diag)
{
	(void)arg, (void)level, (void)diag;
}

static void reload_all(struct story *story, const struct file *file)
{
	ck_assert_uint_eq(router_reload(story->router, file->order, MANY,
					no_report, NULL), 0);
}

/* The OIFs of entry `i` in the kernel. */
static uint32_t kernel_oifs(struct story *story, unsigned int i)
{
	struct in6_addr group = group_of(i);
	const struct fake_mfc *mfc;
	char text[ADDR_STRLEN];
	uint32_t bits = 0;

	mfc = fake_kernel_mfc(story->fake, S1, addr_format(&group, text));
	ck_assert_ptr_nonnull(mfc);
	for (unsigned int vif = 0; vif < VIF_MAX; vif++)
		if (mfc->route.ttls[vif])
			bits |= UINT32_C(1) << vif;
	return bits;
}

static const char *const to_eth1[] = { "eth1" };
static const char *const to_eth2[] = { "eth2" };
static const char *const to_eth9[] = { "eth9" };	/* is not there */

static struct story *running(const struct file *file)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	reload_all(story, file);
	story_skip(story);
	return story;
}

/* Every entry has an OIF of the old or of the new file at each moment. */
START_TEST(reload_between_events)
{
	struct file *old = file_new(to_eth1, 1), *new = file_new(to_eth2, 1);
	struct story *story = running(old);
	size_t errors = 1;
	unsigned int steps = 0;

	ck_assert_int_eq(router_reload_begin(story->router, new->order, MANY,
					     no_report, NULL), 0);
	do {
		ck_assert(router_is_busy(story->router));
		story_nocache(story, 0, "198.18.1.9", "239.250.1.1");
		router_flush(story->router);
		for (unsigned int i = 0; i < MANY; i += 499)
			ck_assert_uint_ne(kernel_oifs(story, i), 0);
		steps++;
	} while (router_reload_step(story->router, &errors));
	ck_assert_uint_gt(steps, 10);
	ck_assert_uint_eq(errors, 0);
	ck_assert(!router_is_busy(story->router));
	for (unsigned int i = 0; i < MANY; i++)
		ck_assert_uint_eq(kernel_oifs(story, i), 1 << 2);
	story_end(story);
	free(old);
	free(new);
}
END_TEST

START_TEST(unchanged_reload_is_silent)
{
	struct file *file = file_new(to_eth1, 1);
	struct story *story = running(file);

	reload_all(story, file);
	story_expect(story, "");
	story_end(story);
	free(file);
}
END_TEST

/* An interface that departs takes rules of wildcards with it, mid-way. */
START_TEST(departure_in_a_reload)
{
	struct file *old = file_new(to_eth1, 1), *new = file_new(to_eth9, 1);

	for (unsigned int i = 0; i < MANY; i++)
		new->lines[i].ifname = i % 2 ? "eth0" : "eth+";
	for (unsigned int at = 0; at < 20; at += 3) {
		struct story *story = running(old);
		size_t errors;
		unsigned int step = 0;

		router_reload_begin(story->router, new->order, MANY,
				    no_report, NULL);
		do {
			if (step == at)
				router_unlink(story->router, 2);
			if (step++ == at + 2)
				story_link(story, 7, "eth1");
		} while (router_reload_step(story->router, &errors));
		ck_assert_uint_eq(story->router->rules.n,
				  MANY / 2 + 3 * (MANY / 2));
		story_end(story);
	}
	free(old);
	free(new);
}
END_TEST

START_TEST(end_in_a_reload)
{
	struct file *old = file_new(to_eth1, 1), *new = file_new(to_eth2, 1);

	for (unsigned int at = 0; at < 20; at++) {
		struct story *story = running(old);
		size_t errors;

		router_reload_begin(story->router, new->order, MANY,
				    no_report, NULL);
		for (unsigned int i = 0; i < at; i++)
			if (!router_reload_step(story->router, &errors))
				break;
		story_end(story);
	}
	free(old);
	free(new);
}
END_TEST

static void learn(struct story *story, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct upcall call = {
			.kind = UPCALL_NOCACHE,
			.family = FAMILY_IPV4,
			.vif = 0,
			.group = group_of(i),
		};

		addr_parse(S1, &call.source);
		router_upcall(story->router, &call, story->now);
	}
	router_commit(story->router);
}

static void learn_many(struct story *story)
{
	learn(story, MANY);
}

static struct story *with_flows(unsigned int n)
{
	struct story *story = story_new(NULL);

	story->router->config.note_level = NOTE_NOTICE;
	story_links(story, 3);
	story_reload(story, "phyint eth0\nphyint eth1\n");
	learn(story, n);
	story_skip(story);
	return story;
}

static struct story *with_many_flows(void)
{
	return with_flows(MANY);
}

/* A template over many entries: in slices, all of them, and none other. */
START_TEST(template_over_many)
{
	struct story *story = with_many_flows();
	unsigned int slices = 0;

	ck_assert_uint_eq(kernel_oifs(story, 4711), 0);
	ck_assert_int_eq(story_add(story, "route eth0 * 239.0.0.0/9 eth1"), 0);
	while (router_is_busy(story->router)) {
		router_work(story->router);
		slices++;
	}
	ck_assert_uint_ge(slices, 2);
	for (unsigned int i = 0; i < MANY; i++)
		ck_assert_uint_eq(kernel_oifs(story, i), 1 << 1);
	story_end(story);
}
END_TEST

/* A template over few is in effect at return. */
START_TEST(template_over_few)
{
	struct story *story = with_flows(FEW);

	ck_assert_int_eq(story_add(story, "route eth0 * 239.0.0.0/9 eth1"), 0);
	ck_assert(!router_is_busy(story->router));
	for (unsigned int i = 0; i < FEW; i++)
		ck_assert_uint_eq(kernel_oifs(story, i), 1 << 1);
	story_end(story);
}
END_TEST

/* A file of one template for each of the first MANY_TEMPLATES entries. */
static struct file *templates_new(void)
{
	struct file *file = file_new(to_eth1, 1);

	for (unsigned int i = 0; i < MANY_TEMPLATES; i++) {
		file->lines[i].source = (struct prefix){ addr_any, 0 };
		addr_mask(&file->lines[i].group.addr, ADDR_BITS - 8);
		file->lines[i].group.len = ADDR_BITS - 8;
	}
	return file;
}

static const unsigned int numbers_of_flows[] = { FEW, MANY };

/*
 * Many templates at once are one look at the entries, not one look each; other
 * events meanwhile make it no more.
 */
START_TEST(many_templates)
{
	unsigned int flows = numbers_of_flows[_i], steps = 0;
	struct file *file = templates_new();
	struct story *story = with_flows(flows);
	size_t errors = 1;

	covers_asked = 0;
	router_reload_begin(story->router, file->order, MANY_TEMPLATES,
			    no_report, NULL);
	do {
		/* or the event loop would not come to rest */
		ck_assert(!router_has_work(story->router));
		router_work(story->router);
		steps++;
	} while (router_reload_step(story->router, &errors));
	while (router_work(story->router))
		steps++;
	ck_assert_uint_eq(errors, 0);
	ck_assert_uint_lt(steps, 40);
	/* source and group of each entry, when rules grow and shrink */
	ck_assert_uint_le(covers_asked, 4 * flows);
	for (unsigned int i = 0; i < flows; i++)
		ck_assert_uint_eq(kernel_oifs(story, i),
				  i < MANY_TEMPLATES ? 1 << 1 : 0);
	story_end(story);
	free(file);
}
END_TEST

/* No number is given up while a slice still has entries that point at it. */
START_TEST(vif_goes_in_a_scan)
{
	struct story *story = with_many_flows();

	story_add(story, "route eth0 * 239.0.0.0/9 eth1");
	while (router_work(story->router))
		;
	ck_assert_int_eq(story_remove(story, "route eth0 * 239.0.0.0/9"), 0);
	ck_assert(router_is_busy(story->router));
	/* the fake kernel aborts when an entry is left with VIF 1 */
	router_unlink(story->router, 2);
	ck_assert(!router_is_busy(story->router));
	story_end(story);
}
END_TEST

/* Entries go away under the cursor of a scan. */
START_TEST(entries_go_in_a_scan)
{
	struct story *story = with_many_flows();

	story_add(story, "route eth0 * 239.0.0.0/9 eth1");
	router_work(story->router);
	router_flush(story->router);
	while (router_work(story->router))
		;
	ck_assert_uint_eq(story->router->mfcs.n, 0);
	story_end(story);
}
END_TEST

/* Flows of the group range behind the first MANY. */
static struct in6_addr late_group(unsigned int i)
{
	return group_of(MANY + i);
}

static bool has_late(struct story *story, unsigned int i)
{
	struct in6_addr group = late_group(i);
	char text[ADDR_STRLEN];

	return fake_kernel_mfc(story->fake, S1, addr_format(&group, text));
}

static void learn_late(struct story *story, unsigned int i)
{
	struct in6_addr group = late_group(i);
	char text[ADDR_STRLEN];

	story_nocache(story, 0, S1, addr_format(&group, text));
}

/* Slices until the client gets its reply. */
static unsigned int slices_of_flush(struct story *story)
{
	unsigned int slices = 0;

	for (; router_is_busy(story->router); slices++) {
		ck_assert(router_has_work(story->router));
		router_work(story->router);
	}
	ck_assert(!router_has_work(story->router));
	return slices;
}

/* Flows that come between the slices are learned, and stay. */
START_TEST(flush_between_events)
{
	struct story *story = with_many_flows();
	unsigned int slices = 0;

	router_flush(story->router);
	while (router_is_busy(story->router)) {
		uint32_t before = story->router->mfcs.n;

		learn_late(story, slices++);
		ck_assert(router_has_work(story->router));
		router_work(story->router);
		ck_assert_uint_le(before - story->router->mfcs.n, 1024);
	}
	ck_assert_uint_ge(slices, 2);
	ck_assert_uint_eq(story->router->mfcs.n, slices);
	for (unsigned int i = 0; i < slices; i++)
		ck_assert(has_late(story, i));
	story_end(story);
}
END_TEST

/* The second takes what was learned since the first; few go at once. */
START_TEST(second_flush)
{
	struct story *story = with_many_flows();

	router_flush(story->router);
	learn_late(story, 0);
	router_flush(story->router);
	learn_late(story, 1);
	ck_assert_uint_ge(slices_of_flush(story), 2);
	ck_assert(!has_late(story, 0));
	ck_assert(has_late(story, 1));
	ck_assert_uint_eq(story->router->mfcs.n, 1);
	router_flush(story->router);
	ck_assert(!router_is_busy(story->router));
	ck_assert_uint_eq(story->router->mfcs.n, 0);
	story_end(story);
}
END_TEST

/* Static entries that were learned before stay; a reload goes on meanwhile. */
START_TEST(flush_in_a_reload)
{
	struct story *story = with_many_flows();
	struct file *file = file_new(to_eth1, 1);
	size_t errors = 1;

	router_flush(story->router);
	router_reload_begin(story->router, file->order, MANY, no_report, NULL);
	do
		router_work(story->router);
	while (router_reload_step(story->router, &errors));
	slices_of_flush(story);
	ck_assert_uint_eq(errors, 0);
	ck_assert_uint_eq(story->router->mfcs.n, MANY);
	ck_assert_uint_eq(story->router->n_learned, 0);
	for (unsigned int i = 0; i < MANY; i++)
		ck_assert_uint_eq(kernel_oifs(story, i), 1 << 1);
	story_end(story);
	free(file);
}
END_TEST

/* The interface of all the flows goes, or the daemon ends. */
START_TEST(departure_in_a_flush)
{
	struct story *story = with_many_flows();

	router_flush(story->router);
	if (_i)
		router_unlink(story->router, 1);
	else
		router_work(story->router);
	ck_assert(router_is_busy(story->router) != _i);
	story_end(story);
}
END_TEST

START_TEST(learned_entries_are_limited)
{
	struct directive limit = {
		.kind = DIRECTIVE_MAX_LEARNED,
		.max_learned = 3,
	};
	struct directive route = {
		.kind = DIRECTIVE_MROUTE,
		.ifname = "eth0",
		.oifs = to_eth1,
		.n_oifs = 1,
	};
	const struct directive *order[] = { &route, &limit };
	struct story *story = story_new(NULL);

	prefix_parse("239.0.0.0/9", &route.group, NULL, NULL);
	story_links(story, 3);
	router_reload(story->router, order, 2, no_report, NULL);
	story->now = 100;
	learn_many(story);
	ck_assert_uint_eq(story->router->mfcs.n, 3);
	ck_assert_uint_eq(story_noted(story, "max-learned 3 is reached"), 1);
	story->now = 159;
	learn_many(story);
	ck_assert_uint_eq(story_noted(story, "max-learned 3 is reached"), 1);
	story->now = 161;
	story_nocache(story, 0, S1, "239.100.1.1");
	ck_assert_uint_eq(story_noted(story, "max-learned 3 is reached"), 2);
	/* static routes are not limited, and room that comes is used */
	ck_assert_int_eq(story_add(story, "route eth0 " S1 " " G1 " eth1"), 0);
	ck_assert_ptr_nonnull(fake_kernel_mfc(story->fake, S1, G1));
	router_flush(story->router);
	story_nocache(story, 0, S1, "239.100.1.2");
	ck_assert_ptr_nonnull(fake_kernel_mfc(story->fake, S1, "239.100.1.2"));
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *reload = tcase_create("reload");
	TCase *scan = tcase_create("scan");
	TCase *flush = tcase_create("flush");

	tcase_set_timeout(reload, 120);
	tcase_set_timeout(scan, 120);
	tcase_set_timeout(flush, 120);
	tcase_add_test(reload, reload_between_events);
	tcase_add_test(reload, unchanged_reload_is_silent);
	tcase_add_test(reload, departure_in_a_reload);
	tcase_add_test(reload, end_in_a_reload);
	tcase_add_test(scan, template_over_many);
	tcase_add_test(scan, template_over_few);
	tcase_add_loop_test(scan, many_templates, 0, 2);
	tcase_add_test(scan, vif_goes_in_a_scan);
	tcase_add_test(scan, entries_go_in_a_scan);
	tcase_add_test(scan, learned_entries_are_limited);
	tcase_add_test(flush, flush_between_events);
	tcase_add_test(flush, second_flush);
	tcase_add_test(flush, flush_in_a_reload);
	tcase_add_loop_test(flush, departure_in_a_flush, 0, 2);
	return unit_main("core-slice", reload, scan, flush, NULL);
}
