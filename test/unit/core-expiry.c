/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle time of learned entries, R-38: gone when idle for SEC, at the latest
 * SEC + 1 seconds after the last packet.  The clock is the test's, and ticks
 * come when the router asked for them.
 */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "test/unit/story.h"

#define IDLE 10.0

/* Latest tick of a daemon that is not overloaded, in seconds. */
#define LATE 0.02

static struct story *learning(double idle)
{
	struct router_config config = { .idle = idle };
	struct story *story = story_new(&config);

	story_links(story, 2);
	story_add(story, "route eth0 * " G1 "/24 eth0");
	story->now = 1000;
	return story;
}

/* The time of the tick that is wanted next. */
static double do_tick(struct story *story, double now)
{
	router_tick(story->router, now);
	return router_due(story->router);
}

static bool in_kernel(const struct story *story, const char *group)
{
	return fake_kernel_mfc(story->fake, S1, group) != NULL;
}

/*
 * Lets time pass until `until`, with packets every `gap` seconds up to `last`.
 * When the entry went, or a negative number.
 */
static double live(struct story *story, double until, double gap, double last)
{
	double packet = story->now + gap, tick = story->now;
	uint64_t sent = 1;

	while (story->now < until) {
		bool traffic = packet < tick && packet <= last;

		story->now = traffic ? packet : tick;
		if (traffic) {
			fake_kernel_set_count(story->fake, S1, G1, ++sent, 0);
			packet += gap;
			continue;
		}
		tick = do_tick(story, story->now);
		if (!in_kernel(story, G1))
			return story->now;
		ck_assert(tick > story->now);
		tick += LATE;
	}
	return -1;
}

START_TEST(one_packet)
{
	struct story *story = learning(IDLE);
	double gone;

	story_nocache(story, 0, S1, G1);
	fake_kernel_set_count(story->fake, S1, G1, 1, 0);
	gone = live(story, 1100, 1, 0);
	ck_assert_double_ge(gone, 1000 + IDLE);
	ck_assert_double_le(gone, 1000 + IDLE + 1);
	ck_assert(!fake_kernel_has_key(story->fake, S1, G1, 1));
	ck_assert_uint_eq(story_noted(story, "expired"), 1);
	ck_assert_double_lt(do_tick(story, gone + 1), 0);
	story_end(story);
}
END_TEST

/* Nothing was forwarded at all. */
START_TEST(no_packet)
{
	struct story *story = learning(IDLE);
	double gone;

	story_nocache(story, 0, S1, G1);
	gone = live(story, 1100, 1, 0);
	ck_assert_double_ge(gone, 1000 + IDLE - 0.05);
	ck_assert_double_le(gone, 1000 + IDLE + 1);
	story_end(story);
}
END_TEST

START_TEST(steady_traffic_stays)
{
	struct story *story = learning(IDLE);

	story_nocache(story, 0, S1, G1);
	ck_assert_double_lt(live(story, 2000, IDLE * 0.9, 2000), 0);
	story_end(story);
}
END_TEST

/* Ends of a burst that fall before, at and after a look. */
static const double idles[] = { 0.5, 1, 2, 4, 10, 60 };

START_TEST(burst_then_silence)
{
	double idle = idles[_i];

	for (int i = 1; i < 40; i++) {
		struct story *story = learning(idle);
		double last = 1000 + i * 0.17, gone;

		story_nocache(story, 0, S1, G1);
		gone = live(story, 1200, 0.17, last + 0.001);
		ck_assert_double_ge(gone, last + idle - 0.05);
		ck_assert_double_le(gone, last + idle + 1);
		story_end(story);
	}
}
END_TEST

/* Packets that came in on the wrong interface are no life. */
START_TEST(wrong_interface_does_not_count)
{
	struct story *story = learning(IDLE);
	double tick;

	story_nocache(story, 0, S1, G1);
	for (tick = 1000; tick >= 0 && tick < 1000 + IDLE + 1;
	     tick = do_tick(story, tick + LATE))
		if (in_kernel(story, G1))
			fake_kernel_set_count(story->fake, S1, G1,
					      (uint64_t)tick, (uint64_t)tick);
	ck_assert(!in_kernel(story, G1));
	story_end(story);
}
END_TEST

START_TEST(static_entries_never_expire)
{
	struct story *story = learning(IDLE);
	double tick;

	story_add(story, "route eth0 " S1 " " G1 " eth1");
	story_nocache(story, 1, S1, "239.9.9.9");
	story_skip(story);
	for (tick = 1000; tick >= 0; )
		tick = do_tick(story, tick);
	story_expect(story, "mfc_del (198.18.1.1, 239.9.9.9)\n");
	ck_assert(in_kernel(story, G1));
	story_end(story);
}
END_TEST

/* An entry that a static rule took over and gave back expires once more. */
START_TEST(adopted_entry_expires)
{
	struct story *story = learning(IDLE);

	story_add(story, "route eth0 " S1 " " G1 " eth1");
	router_tick(story->router, 1000);
	story_remove(story, "route eth0 " S1 " " G1);
	ck_assert(in_kernel(story, G1));
	ck_assert_double_ge(live(story, 1100, 1, 0), 1000 + IDLE - 0.05);
	story_end(story);
}
END_TEST

START_TEST(off_by_default)
{
	struct story *story = learning(0);

	story_nocache(story, 0, S1, G1);
	ck_assert_double_lt(do_tick(story, 1e9), 0);
	ck_assert(in_kernel(story, G1));
	story_end(story);
}
END_TEST

/* A daemon that was held up looks late, but at everything in due order. */
START_TEST(late_tick_keeps_the_order)
{
	struct story *story = learning(IDLE);
	double due;

	for (int i = 0; i < 40; i++) {
		char group[ADDR_STRLEN];

		snprintf(group, sizeof(group), "239.1.1.%d", i);
		story->now = 1000 + i * 0.02;
		story_nocache(story, 0, S1, group);
	}
	router_tick(story->router, 1001.2);
	due = 0;
	for (const struct expiry *e = story->router->expiries; e;
	     e = e->next) {
		ck_assert_double_ge(e->due, due);
		due = e->due;
	}
	story_end(story);
}
END_TEST

/* A failing read is no reason to drop a flow at once, nor to keep it. */
START_TEST(counter_cannot_be_read)
{
	struct story *story = learning(IDLE);
	double gone;

	story_nocache(story, 0, S1, G1);
	story->fake->refuse[FAKE_MFC_COUNT] = ENOMEM;
	gone = live(story, 1100, 1, 0);
	ck_assert_double_ge(gone, 1000 + IDLE - 0.05);
	ck_assert_double_le(gone, 1000 + IDLE + 1);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *expiry = tcase_create("expiry");

	tcase_add_test(expiry, one_packet);
	tcase_add_test(expiry, no_packet);
	tcase_add_test(expiry, steady_traffic_stays);
	tcase_add_loop_test(expiry, burst_then_silence, 0, 6);
	tcase_add_test(expiry, wrong_interface_does_not_count);
	tcase_add_test(expiry, static_entries_never_expire);
	tcase_add_test(expiry, adopted_entry_expires);
	tcase_add_test(expiry, off_by_default);
	tcase_add_test(expiry, late_tick_keeps_the_order);
	tcase_add_test(expiry, counter_cannot_be_read);
	return unit_main("core-expiry", expiry, NULL);
}
