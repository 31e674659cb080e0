/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One long story that touches everything, told again and again: each time
 * another call of the kernel fails, or another allocation.  The fake kernel
 * sees to it that no hairpin route is ever without its guard; at the end
 * nothing may be left but what the failed call explains.
 *
 * The allocator is wrapped by the linker: see core.mk.
 */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
char *__wrap_strdup(const char *text);

/* What the kernel of the story has: this guard and all below it. */
static enum guard first_guard = GUARD_NETFILTER;
static bool all_guards;

static void choose_guards(int variant)
{
	static const enum guard firsts[] = {
		GUARD_NETFILTER, GUARD_NETFILTER, GUARD_RELAY, GUARD_TABLE,
	};

	first_guard = firsts[variant];
	all_guards = variant > 0;
}

#define VARIANTS 4

static unsigned long allocations;
static unsigned long fail_from, fail_to;	/* fail_from 0: none */

static bool allocation_fails(void)
{
	allocations++;
	return fail_from && allocations >= fail_from && allocations <= fail_to;
}

void *__wrap_malloc(size_t size)
{
	return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return allocation_fails() ? NULL : __real_realloc(ptr, size);
}

char *__wrap_strdup(const char *text)
{
	return allocation_fails() ? NULL : __real_strdup(text);
}

#define PHYINTS "phyint eth+\nphyint eth1 ttl=3\n"
#define ROUTES \
	"route eth0 " S1 " " G1 " eth0 eth1\n" \
	"route eth0 * 239.2.0.0/16 eth0 eth+\n" \
	"route eth1 198.18.0.0/16 239.2.2.0/24 eth1 eth2\n" \
	"route eth+ " S1 "/24 239.3.3.77/24 eth1\n" \
	"route eth1 " S6 " " G6 " eth1 late\n" \
	"route eth0 " S1 " 239.7.7.7 eth0 eth2\n" \
	"route late " S1 " " G1 " late eth0\n"
#define GROUPS \
	"group eth0 * " G1 "\n" \
	"group eth0 * 239.2.2.0/30\n" \
	"group eth+ " S1 " 232.1.1.0/30\n" \
	"group late * " G6 "\n"

static void tell_start(struct story *story)
{
	story_links(story, 3);
	fake_kernel_set_source(story->fake, 1, "192.0.2.1");
	story_addr_add(story, 1, "192.0.2.1");
	story_reload(story, PHYINTS ROUTES GROUPS);
	story_nocache(story, 0, S1, "239.2.2.2");
	story_nocache(story, 1, S1, "239.2.2.3");
	story_nocache(story, 1, S1, "239.3.3.3");
	story_nocache(story, 2, S1, "239.4.4.4");
	story_nocache(story, 1, S6, "ff0e::9");
	story_wrongvif(story, 1, S1, "239.2.2.2");
}

static void tell_commands(struct story *story)
{
	story_add(story, "route eth1 " S1 " " G1 " eth1");
	story_add(story, "route eth2 198.18.1.5 239.5.5.5 eth2 eth0");
	story_add(story, "route eth+ * 239.4.0.0/16 eth2");
	story_remove(story, "route eth0 * 239.2.0.0/16 eth1");
	story_remove(story, "route eth1 " S1 " " G1);
	story_join(story, "group eth2 * 239.4.4.4/31");
	story_join(story, "group eth1 * 239.2.2.2");
	story_leave(story, "group eth2 * 239.4.4.4/31");
	story_count(story, (struct guard_count[GUARD_COUNT_MAX]){ { 0 } });
}

static void tell_addresses(struct story *story)
{
	fake_kernel_set_source(story->fake, 1, "192.0.2.2");
	story_addr_add(story, 1, "192.0.2.2");
	story_addr_add(story, 2, S1);
	story_addr_del(story, 2, S1);
	story_addr_del(story, 1, "192.0.2.1");
}

static void tell_links(struct story *story)
{
	struct link_info dumb = { .ifindex = 2, .name = "eth1", .up = true };

	story_link(story, 7, "late");
	story_link(story, 9, "eth0");
	fake_kernel_set_source(story->fake, 9, "192.0.2.2");
	router_link(story->router, &dumb);
	dumb.multicast = dumb.metadata = true;
	router_link(story->router, &dumb);
	dumb.metadata = false;
	router_link(story->router, &dumb);
	story_link(story, 7, "other");
	story_link(story, 7, "late");
	router_resync_begin(story->router);
	story_link(story, 2, "eth1");
	story_link(story, 9, "eth0");
	router_resync_end(story->router);
	story_link(story, 3, "eth2");
	story_nocache(story, 1, S1, "239.2.2.3");
	story_nocache(story, 0, S1, "239.2.2.4");
}

/* The guard breaks: its keys are gone, it cannot be had again. */
static void lose(struct story *story, enum guard guard, unsigned int ifindex)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		fake_kernel_break(story->fake, guard, (enum family)family,
				  ifindex, EPERM, "no");
	fake_kernel_lose_guard(story->fake, guard, ifindex);
	router_guard_lost(story->router, guard, ifindex, "lost");
	fake_kernel_check_guards(story->fake);
}

static void mend(struct story *story, enum guard guard)
{
	fake_kernel_mend_all(story->fake, guard);
	router_guard_retry(story->router);
	fake_kernel_check_guards(story->fake);
}

/*
 * Down the ladder and up again.  Where netfilter never worked, the first steps
 * change nothing.
 */
static void tell_ladder(struct story *story)
{
	lose(story, GUARD_NETFILTER, 0);
	story_nocache(story, 0, S1, "239.2.2.5");
	story_addr_add(story, 2, "198.18.1.5");
	lose(story, GUARD_RELAY, 9);
	story_nocache(story, 0, "198.18.1.5", "239.2.2.5");
	story_addr_add(story, 2, S1);
	lose(story, GUARD_TABLE, 9);
	story_addr_del(story, 2, S1);
	lose(story, GUARD_RELAY, 0);
	story_reload(story, "phyint eth+\nphyint eth0 ttl=5\n" ROUTES GROUPS);
	mend(story, GUARD_TABLE);
	mend(story, GUARD_RELAY);
	story_reload(story, "phyint eth+\nphyint eth0 ttl=7\n" ROUTES GROUPS);
	fake_kernel_check_guards(story->fake);
	if (first_guard == GUARD_NETFILTER)
		mend(story, GUARD_NETFILTER);
	story_reload(story, "hairpin relay\n" PHYINTS ROUTES GROUPS);
	fake_kernel_check_guards(story->fake);
	story_reload(story, "hairpin table\n" PHYINTS ROUTES GROUPS);
	fake_kernel_check_guards(story->fake);
	story_reload(story, PHYINTS ROUTES GROUPS);
	fake_kernel_check_guards(story->fake);
	story_addr_del(story, 2, "198.18.1.5");
	fake_kernel_lose_guard(story->fake, GUARD_RELAY, 0);
	router_guard_lost(story->router, GUARD_RELAY, 0, "flushed");
	fake_kernel_lose_guard(story->fake, GUARD_TABLE, 0);
	router_guard_lost(story->router, GUARD_TABLE, 0, "flushed");
	fake_kernel_check_guards(story->fake);
	story_count(story, (struct guard_count[GUARD_COUNT_MAX]){ { 0 } });
}

static void tell_guards(struct story *story)
{
	fake_kernel_lose_guard(story->fake, GUARD_NETFILTER, 0);
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	fake_kernel_check_guards(story->fake);
	fake_kernel_lose_guard(story->fake, GUARD_NETFILTER, 0);
	fake_kernel_set_guard(story->fake, EPERM, "no");
	router_guard_lost(story->router, GUARD_NETFILTER, 0, "flushed");
	fake_kernel_check_guards(story->fake);
	fake_kernel_set_guard(story->fake, 0, NULL);
	router_guard_retry(story->router);
	fake_kernel_check_guards(story->fake);
}

/* A reload that failed for lack of memory leaves the policy as it was. */
static void guarded_again(struct story *story)
{
	if (router_global_policy(story->router) == POLICY_OFF)
		return;
	story->fake->off = false;
	fake_kernel_check_guards(story->fake);
}

static void tell_policies(struct story *story)
{
	story->fake->off = true;
	story_reload(story, "hairpin off\n" PHYINTS ROUTES GROUPS);
	story_reload(story, PHYINTS ROUTES GROUPS);
	guarded_again(story);
	story_reload(story, "phyint eth0 hairpin=refuse\n" ROUTES);
	guarded_again(story);
	story_reload(story, PHYINTS "route eth2 " S1 " " G1 " eth2\n"
		     "route eth0 * 239.2.0.0/16 eth2 eth0\n" GROUPS);
}

static void tell_end(struct story *story)
{
	for (int i = 0; i < 20; i++)
		router_tick(story->router, i);
	story_nocache(story, 0, S1, "239.2.2.2");
	router_flush(story->router);
	story_nocache(story, 0, S1, "239.2.2.2");
	while (router_work(story->router))
		;
}

/* The kernel has no guard that the router does not know of. */
static void check_keys(struct story *story)
{
	for (size_t i = 0; i < story->fake->n_keys; i++) {
		const struct fake_key *key = &story->fake->keys[i];
		struct mfc_key pair = { key->key.source, key->key.group };
		const struct mfc *mfc;

		mfc = htable_find(&story->router->mfcs, &pair);
		if (!key->stuck &&
		    (!mfc || !mfc->hairpin ||
		     mfc->hairpin->guard != key->guard ||
		     mfc->hairpin->ifindex != key->key.ifindex))
			fake_kernel_abort(story->fake, "a guard is forgotten");
	}
}

static void tell(struct story *story)
{
	static void (*const chapters[])(struct story *story) = {
		tell_start, tell_commands, tell_addresses, tell_links,
		tell_guards, tell_ladder, tell_policies, tell_end,
	};

	for (size_t i = 0; i < sizeof(chapters) / sizeof(chapters[0]); i++) {
		chapters[i](story);
		check_keys(story);
	}
}

static struct story *fresh(void)
{
	struct router_config config = { .idle = 2 };

	struct story *story = story_new(&config);

	if (first_guard == GUARD_NETFILTER && !all_guards)
		return story;
	fake_kernel_mend_all(story->fake, GUARD_TABLE);
	if (first_guard != GUARD_TABLE)
		fake_kernel_mend_all(story->fake, GUARD_RELAY);
	for (int family = 0; family < FAMILY_COUNT; family++)
		if (first_guard != GUARD_NETFILTER)
			fake_kernel_break(story->fake, GUARD_NETFILTER,
					  (enum family)family, 0, EOPNOTSUPP,
					  "no nf_tables");
	return story;
}

/* Calls and allocations of the story when nothing fails. */
static void measure(unsigned int *ret_calls, unsigned long *ret_allocations)
{
	struct story *story = fresh();

	allocations = 0;
	tell(story);
	*ret_allocations = allocations;
	*ret_calls = story->fake->calls;
	story_end(story);
}

static const int errnos[] = { ENOMEM, EPERM };

START_TEST(each_call_fails_once)
{
	unsigned long n_allocations;
	unsigned int calls;

	choose_guards(_i / 2);
	measure(&calls, &n_allocations);
	ck_assert_uint_gt(calls, 200);
	/* some more: a failure makes for other calls behind it */
	for (unsigned int n = 1; n < calls + 50; n++) {
		struct story *story = fresh();

		fake_kernel_fail(story->fake, n, errnos[_i % 2]);
		tell(story);
		story_end(story);
	}
}
END_TEST

/* And what is done about the failure fails as well. */
START_TEST(two_calls_fail)
{
	static const unsigned int apart[] = { 1, 2, 5 };
	unsigned long n_allocations;
	unsigned int calls;

	choose_guards(_i / 3);
	measure(&calls, &n_allocations);
	for (unsigned int n = 1; n < calls; n++) {
		struct story *story = fresh();

		fake_kernel_fail(story->fake, n, ENOMEM);
		fake_kernel_fail_also(story->fake, n + apart[_i % 3], ENOBUFS);
		tell(story);
		story_end(story);
	}
}
END_TEST

/* One operation never works. */
START_TEST(operation_always_fails)
{
	struct story *story;

	choose_guards(_i / FAKE_OP_COUNT);
	story = fresh();
	story->fake->refuse[_i % FAKE_OP_COUNT] = EPERM;
	tell(story);
	story_end(story);
}
END_TEST

/* One, two or three in a row. */
START_TEST(each_allocation_fails)
{
	unsigned long n_allocations;
	unsigned int calls;

	choose_guards(_i / 3);
	measure(&calls, &n_allocations);
	ck_assert_uint_gt(n_allocations, 200);
	for (unsigned long n = 1; n <= n_allocations; n++) {
		struct story *story = fresh();

		allocations = 0;
		fail_from = n;
		fail_to = n + (unsigned long)_i % 3;
		tell(story);
		fail_from = 0;
		story_end(story);
	}
}
END_TEST

/* Memory that was short for a moment leaves no route without its guard. */
START_TEST(reload_makes_up_for_it)
{
	for (unsigned long n = 1; n < 60; n++) {
		struct story *story = fresh();

		story_links(story, 2);
		allocations = 0;
		fail_from = fail_to = n;
		story_reload(story, "route eth0 " S1 " " G1 " eth0 eth1");
		fail_from = 0;
		story_reload(story, "route eth0 " S1 " " G1 " eth0 eth1");
		ck_assert_str_eq(story_state(story, S1, G1), "guarded");
		story_end(story);
	}
}
END_TEST

/* Who tells of a link or an address hears that it was in vain. */
START_TEST(what_is_not_known_is_told_of)
{
	struct link_info link = {
		.ifindex = 1, .name = "eth0", .up = true, .multicast = true,
	};
	struct in6_addr addr;
	unsigned int failed = 0;

	ck_assert_int_eq(addr_parse("192.0.2.1", &addr), 0);
	for (unsigned long n = 1; n < 20; n++) {
		struct story *story = fresh();

		allocations = 0;
		fail_from = fail_to = n;
		failed += router_link(story->router, &link) == -ENOMEM;
		failed += router_addr_add(story->router, 1, &addr) == -ENOMEM;
		fail_from = 0;
		ck_assert_int_eq(router_link(story->router, &link), 0);
		ck_assert_int_eq(router_addr_add(story->router, 1, &addr), 0);
		ck_assert(router_owns(story->router, &addr));
		story_end(story);
	}
	ck_assert_uint_gt(failed, 4);
}
END_TEST

/* It may have been taken by one of two tables. */
START_TEST(refused_entry_is_set_again)
{
	struct story *story = fresh();

	story_links(story, 2);
	story_reload(story, "route eth0 " S1 " " G1 " eth0 eth1");
	story->fake->refuse[FAKE_MFC_SET] = ENOMEM;
	story->fake->refuse[FAKE_MFC_DEL] = ENOMEM;
	story_addr_add(story, 2, S1);
	story->fake->refuse[FAKE_MFC_SET] = 0;
	story->fake->refuse[FAKE_MFC_DEL] = 0;
	story_skip(story);
	story_addr_del(story, 2, S1);
	ck_assert_ptr_nonnull(strstr(story->fake->transcript, "mfc_set "));
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

/* A join that was never counted is not given back. */
START_TEST(joins_are_counted_in_spite_of_it)
{
	for (unsigned long n = 1; n < 30; n++) {
		struct story *story = fresh();

		story_links(story, 1);
		allocations = 0;
		fail_from = fail_to = n;
		story_reload(story, "group eth0 * 239.1.1.0/30");
		fail_from = 0;
		ck_assert_int_eq(story_join(story,
					    "group eth0 * 239.1.1.2/31"), 0);
		story_leave(story, "group eth0 * 239.1.1.0/30");
		ck_assert_uint_eq(story->fake->n_joins, 2);
		story_end(story);
	}
}
END_TEST

START_TEST(no_router_without_memory)
{
	struct router_config config = { .ops = &fake_kernel_ops };
	struct router *router = NULL;
	unsigned long n;

	for (n = 0; !router; n++) {
		allocations = 0;
		fail_from = fail_to = n + 1;
		router = router_new(&config);
	}
	fail_from = 0;
	ck_assert_uint_gt(n, 1);
	router_free(router);
}
END_TEST

int main(void)
{
	TCase *calls = tcase_create("calls");
	TCase *memory = tcase_create("memory");

	tcase_set_timeout(calls, 300);
	tcase_set_timeout(memory, 300);
	tcase_add_loop_test(calls, each_call_fails_once, 0,
			    2 * VARIANTS);
	tcase_add_loop_test(calls, two_calls_fail, 0, 3 * VARIANTS);
	tcase_add_loop_test(calls, operation_always_fails, 0,
			    FAKE_OP_COUNT * VARIANTS);
	tcase_add_loop_test(memory, each_allocation_fails, 0,
			    3 * VARIANTS);
	tcase_add_test(memory, reload_makes_up_for_it);
	tcase_add_test(memory, what_is_not_known_is_told_of);
	tcase_add_test(memory, refused_entry_is_set_again);
	tcase_add_test(memory, joins_are_counted_in_spite_of_it);
	tcase_add_test(memory, no_router_without_memory);
	return unit_main("core-fail", calls, memory, NULL);
}
