/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle time of learned entries, R-38: gone when idle for SEC, at the latest
 * SEC + 1 seconds after the last packet, and read once per SEC.  The clock is
 * the test's, and ticks come when the router asked for them.
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
	/* a VIF, or there are no upcalls */
	story_add(story, "route eth1 * 239.200.0.0/24 eth1");
	story->now = 1000;
	return story;
}

/* The time of the tick that is wanted next. */
static double do_tick(struct story *story, double now)
{
	router_tick(story->router, now);
	return router_due(story->router);
}

/* One read at the due time, three more when the count moved. */
#define READS_MAX 4

static unsigned int reads(const struct story *story)
{
	return story->fake->op_calls[FAKE_MFC_COUNT] +
	       story->fake->op_calls[FAKE_MFC_USED];
}

static bool in_kernel(const struct story *story, const char *group)
{
	return fake_kernel_mfc(story->fake, S1, group) != NULL;
}

/* What comes to the entry: a packet every `gap` seconds up to `last`. */
struct traffic {
	double gap;
	double start;		/* later than now, or 0 */
	double last;
	double next;
	uint64_t sent;
};

static bool traffic_comes(const struct traffic *traffic, double before)
{
	return traffic->gap > 0 && traffic->next < before &&
	       traffic->next <= traffic->last;
}

/*
 * Lets time pass until `until`.  `right` and `wrong` are packets.  When the
 * entry went, or a negative number.
 */
static double live_both(struct story *story, double until,
			struct traffic *right, struct traffic *wrong)
{
	double tick = story->now, used = story->now;

	right->next = story->now + right->gap;
	wrong->next = (wrong->start > 0 ? wrong->start : story->now) +
		      wrong->gap;
	right->sent = 1;
	while (story->now < until) {
		struct traffic *first = wrong->gap > 0 &&
					wrong->next < right->next ? wrong :
					right;

		if (!traffic_comes(first, tick))
			first = first == right ? wrong : right;
		if (traffic_comes(first, tick)) {
			used = story->now = first->next;
			first->sent++;
			first->next += first->gap;
			fake_kernel_set_count(story->fake, S1, G1,
					      right->sent + wrong->sent,
					      wrong->sent);
			/* there are more, but not in each 3 seconds */
			if (first == wrong && wrong->sent == 1)
				story_wrongvif(story, 1, S1, G1);
			if (router_due(story->router) < tick)
				tick = router_due(story->router) + LATE;
			continue;
		}
		story->now = tick;
		fake_kernel_set_age(story->fake, S1, G1, story->now - used);
		tick = do_tick(story, story->now);
		if (!in_kernel(story, G1))
			return story->now;
		ck_assert(tick > story->now);
		tick += LATE;
	}
	return -1;
}

static double live(struct story *story, double until, double gap, double last)
{
	struct traffic right = { .gap = gap, .last = last };
	struct traffic none = { 0 };

	return live_both(story, until, &right, &none);
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

/* Once per SEC, whether packets come or not. */
static const double gaps[] = { 0.1, 3, IDLE * 0.9 };

START_TEST(read_once_per_idle_time)
{
	struct story *story = learning(IDLE);
	double seconds = 1000;

	story_nocache(story, 0, S1, G1);
	ck_assert_double_lt(live(story, 1000 + seconds, gaps[_i], 2000), 0);
	/* a look every SEC, or SEC less the age of the last packet */
	ck_assert_uint_le(reads(story),
			  READS_MAX * (seconds / (IDLE - gaps[_i]) + 1));
	ck_assert_uint_le(reads(story), READS_MAX * seconds / IDLE * 2.2 + 1);
	story_end(story);
}
END_TEST

START_TEST(silent_entry_is_read_once)
{
	struct story *story = learning(IDLE);

	story_nocache(story, 0, S1, G1);
	fake_kernel_set_count(story->fake, S1, G1, 0, 0);
	ck_assert_double_gt(live(story, 1100, 0, 0), 0);
	ck_assert_uint_eq(story->fake->op_calls[FAKE_MFC_COUNT], 1);
	story_end(story);
}
END_TEST

/* Ends of a burst that fall before, at and after a look. */
static const double idles[] = { 0.5, 1, 2, 4, 10, 60 };

/* The second half in a kernel that does not tell ages. */
START_TEST(burst_then_silence)
{
	double idle = idles[_i % 6];

	for (int i = 1; i < 40; i++) {
		struct story *story = learning(idle);
		double last = 1000 + i * 0.17, gone;

		if (_i >= 6)
			story->fake->refuse[FAKE_MFC_USED] = EOPNOTSUPP;
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

/*
 * Nor do they hold the entry when they come among others and go on: they are
 * told by an upcall, or had begun before.
 */
START_TEST(moved_to_the_wrong_interface)
{
	for (int i = 1; i < 60; i++) {
		struct story *story = learning(IDLE);
		struct traffic right = { .gap = 0.3, .last = 1005 + i * 0.4 };
		struct traffic wrong = { .gap = 0.7, .last = 1100 };
		double gone;

		story_nocache(story, 0, S1, G1);
		gone = live_both(story, 1100, &right, &wrong);
		ck_assert_double_ge(gone, right.next - right.gap + IDLE - 0.05);
		ck_assert_double_le(gone, right.next - right.gap + IDLE + 1);
		story_end(story);
	}
}
END_TEST

/* The flow moves: the upcall of the first wrong packet comes at once. */
START_TEST(wrong_upcall_is_a_look)
{
	for (int i = 1; i < 60; i++) {
		struct story *story = learning(IDLE);
		struct traffic right = { .gap = 0.3, .last = 1005 + i * 0.4 };
		struct traffic wrong = { .gap = 0.7, .last = 1100 };
		double gone;

		wrong.start = right.last;
		story_nocache(story, 0, S1, G1);
		gone = live_both(story, 1100, &right, &wrong);
		ck_assert_double_ge(gone, right.next - right.gap + IDLE - 0.05);
		ck_assert_double_le(gone, right.next - right.gap + IDLE + 1.3);
		story_end(story);
	}
}
END_TEST

/* Counted first and as wrong a moment later: no life, and no age. */
START_TEST(wrong_packet_caught_half_way)
{
	struct story *story = learning(IDLE);
	double due;

	story_nocache(story, 0, S1, G1);
	due = router_due(story->router);
	fake_kernel_set_count(story->fake, S1, G1, 1, 0);
	story->fake->settle_wrong = true;
	do_tick(story, due);
	ck_assert(!in_kernel(story, G1));
	story_end(story);
}
END_TEST

/* The kernel takes a change of the entry for use: it is looked at before. */
START_TEST(change_is_no_use)
{
	struct story *story = learning(IDLE);

	story_nocache(story, 0, S1, G1);
	fake_kernel_set_count(story->fake, S1, G1, 5, 0);
	fake_kernel_set_age(story->fake, S1, G1, 4);
	router_time(story->router, 1005);
	story_add(story, "route eth0 * " G1 "/24 eth1");
	fake_kernel_set_age(story->fake, S1, G1, 0);
	ck_assert_double_ge(router_due(story->router), 1001 + IDLE);
	ck_assert_double_le(router_due(story->router), 1001 + IDLE + 0.1);
	do_tick(story, router_due(story->router));
	ck_assert(!in_kernel(story, G1));
	story_end(story);
}
END_TEST

/* What is counted elsewhere too has no age in the entry: steps. */
START_TEST(counted_elsewhere)
{
	struct story *story = learning(IDLE);

	story_nocache(story, 0, S1, G1);
	fake_kernel_set_count(story->fake, S1, G1, 5, 0);
	fake_kernel_set_age(story->fake, S1, G1, 9);
	story->fake->elsewhere = 7;
	do_tick(story, 1000 + IDLE);
	ck_assert(in_kernel(story, G1));
	ck_assert_double_le(router_due(story->router), 1000 + IDLE + 1);
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

/* Whatever the order they came in. */
START_TEST(goes_in_order_of_due_time)
{
	struct story *story = learning(IDLE);
	double due = 0;

	for (int i = 0; i < 40; i++) {
		char group[ADDR_STRLEN];

		snprintf(group, sizeof(group), "239.1.1.%d", i);
		story->now = 1000 + (i * 17 % 40) * 0.02;
		story_nocache(story, 0, S1, group);
	}
	for (unsigned int left = 40; left > 0; left--) {
		double next = router_due(story->router);

		ck_assert_double_ge(next, due);
		due = next;
		ck_assert_uint_eq(story->router->n_learned, left);
		router_tick(story->router, due + LATE / 2);
	}
	ck_assert_double_lt(router_due(story->router), 0);
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
	tcase_add_loop_test(expiry, burst_then_silence, 0, 12);
	tcase_add_test(expiry, wrong_interface_does_not_count);
	tcase_add_loop_test(expiry, read_once_per_idle_time, 0, 3);
	tcase_add_test(expiry, silent_entry_is_read_once);
	tcase_add_test(expiry, moved_to_the_wrong_interface);
	tcase_add_test(expiry, wrong_upcall_is_a_look);
	tcase_add_test(expiry, wrong_packet_caught_half_way);
	tcase_add_test(expiry, change_is_no_use);
	tcase_add_test(expiry, counted_elsewhere);
	tcase_add_test(expiry, static_entries_never_expire);
	tcase_add_test(expiry, adopted_entry_expires);
	tcase_add_test(expiry, off_by_default);
	tcase_add_test(expiry, goes_in_order_of_due_time);
	tcase_add_test(expiry, counter_cannot_be_read);
	return unit_main("core-expiry", expiry, NULL);
}
