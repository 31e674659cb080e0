/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that stand on one in collect-metadata mode, or have such a port. */
#include "test/unit/unit.h"

#include <string.h>

#include "test/unit/story.h"

#define EXTERNAL true

static void stack(struct story *story, unsigned int ifindex, const char *name,
		  unsigned int lower, unsigned int master, bool external)
{
	struct link_info link = {
		.ifindex = ifindex,
		.name = name,
		.multicast = true,
		.up = true,
		.metadata = external,
		.lower = lower,
		.master = master,
	};

	router_link(story->router, &link);
}

/* A hairpin on eth0, which has ifindex 5 once it is told. */
static struct story *hairpin_on_eth0(void)
{
	struct story *story = story_new(NULL);

	story_link(story, 9, "wan");
	story_reload(story, "route eth0 " S1 " " G1 " eth0 wan");
	story_skip(story);
	return story;
}

static const char *state(const struct story *story)
{
	return story_state(story, S1, G1);
}

#define SUSPEND \
	"mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n" \
	"guard_del netfilter (198.18.1.1, 239.1.1.1) if 5\n"
#define GUARD \
	"guard_add netfilter (198.18.1.1, 239.1.1.1) if 5\n" \
	"mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1 1:1\n"

/* The guard is not there for a moment; the other OIF has the flow at once. */
START_TEST(on_top_from_the_start)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	stack(story, 5, "eth0", 3, 0, false);
	story_expect(story, "vif_add ipv4 1 if 5\nvif_add ipv6 1 if 5\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	ck_assert_str_eq(state(story), "suspended");
	ck_assert_uint_eq(story_noted(story, "vx0 is in collect-metadata"), 1);
	story_end(story);
}
END_TEST

/* A link may be told before the one it stands on. */
START_TEST(lower_told_last)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 5, "eth0", 4, 0, false);
	stack(story, 4, "vlan7", 3, 0, false);
	story_skip(story);
	ck_assert_str_eq(state(story), "guarded");
	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	story_expect(story, SUSPEND);
	ck_assert_uint_eq(story_noted(story, "vx0 is in collect-metadata"), 1);
	/* the one between them goes, and with it what came by it */
	router_unlink(story->router, 4);
	story_expect(story, GUARD);
	story_end(story);
}
END_TEST

START_TEST(port_comes_and_is_released)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	stack(story, 5, "eth0", 0, 0, false);
	ck_assert_str_eq(state(story), "guarded");
	story_skip(story);
	stack(story, 3, "vx0", 0, 5, EXTERNAL);
	story_expect(story, SUSPEND);
	/* said again, nothing new */
	stack(story, 3, "vx0", 0, 5, EXTERNAL);
	stack(story, 5, "eth0", 0, 0, false);
	story_expect(story, "");
	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	story_expect(story, GUARD);
	ck_assert_str_eq(state(story), "guarded");
	story_end(story);
}
END_TEST

START_TEST(port_goes)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 5, "eth0", 0, 0, false);
	stack(story, 3, "vx0", 0, 5, EXTERNAL);
	ck_assert_str_eq(state(story), "suspended");
	story_skip(story);
	router_unlink(story->router, 3);
	story_expect(story, GUARD);
	/* its index is that of another now */
	stack(story, 3, "eth3", 0, 5, false);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* The bridge comes last: its ports were told already. */
START_TEST(master_told_last)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 3, "vx0", 0, 4, EXTERNAL);
	stack(story, 4, "bond0", 0, 5, false);
	stack(story, 5, "eth0", 0, 0, false);
	ck_assert_str_eq(state(story), "suspended");
	story_expect(story, "vif_add ipv4 1 if 5\nvif_add ipv6 1 if 5\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	story_end(story);
}
END_TEST

/* vlan on a bridge with such a port; the reason follows the ports. */
START_TEST(two_ports)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 5, "eth0", 4, 0, false);
	stack(story, 4, "br0", 0, 0, false);
	stack(story, 2, "vx2", 0, 4, EXTERNAL);
	stack(story, 3, "vx3", 0, 4, EXTERNAL);
	ck_assert_str_eq(state(story), "suspended");
	ck_assert_uint_eq(story_noted(story, "vx2 is in collect-metadata"), 1);
	story_skip(story);
	stack(story, 2, "vx2", 0, 0, EXTERNAL);
	ck_assert_str_eq(state(story), "suspended");
	ck_assert_uint_eq(story_noted(story, "vx3 is in collect-metadata"), 1);
	story_expect(story, "");
	stack(story, 3, "vx3", 0, 0, EXTERNAL);
	story_expect(story, GUARD);
	story_end(story);
}
END_TEST

/* A device does not hand packets down, nor from port to port. */
START_TEST(neighbours_stay_clean)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 4, "br0", 0, 0, false);
	stack(story, 3, "vx0", 0, 4, EXTERNAL);
	stack(story, 5, "eth0", 0, 4, false);
	ck_assert_str_eq(state(story), "guarded");
	stack(story, 3, "vx0", 5, 0, EXTERNAL);
	ck_assert_str_eq(state(story), "guarded");
	story_end(story);
}
END_TEST

/* The ends of a veth are each other's lower device: they keep nothing up. */
START_TEST(circle)
{
	struct story *story = hairpin_on_eth0();

	stack(story, 5, "eth0", 6, 0, false);
	stack(story, 6, "veth1", 5, 0, false);
	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	ck_assert_str_eq(state(story), "guarded");
	story_skip(story);
	stack(story, 3, "vx0", 0, 6, EXTERNAL);
	story_expect(story, SUSPEND);
	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	story_expect(story, GUARD);
	story_end(story);
}
END_TEST

START_TEST(client_is_refused_by_name)
{
	struct story *story = story_new(NULL);

	stack(story, 3, "vx0", 0, 0, EXTERNAL);
	stack(story, 5, "eth0", 3, 0, false);
	ck_assert_int_lt(story_add(story, "route eth0 " S1 " " G1 " eth0"), 0);
	ck_assert_ptr_nonnull(strstr(story->diag.text,
				     "vx0 is in collect-metadata mode"));
	story_expect(story, "");
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("metadata");

	tcase_add_test(tcase, on_top_from_the_start);
	tcase_add_test(tcase, lower_told_last);
	tcase_add_test(tcase, port_comes_and_is_released);
	tcase_add_test(tcase, port_goes);
	tcase_add_test(tcase, master_told_last);
	tcase_add_test(tcase, two_ports);
	tcase_add_test(tcase, neighbours_stay_clean);
	tcase_add_test(tcase, circle);
	tcase_add_test(tcase, client_is_refused_by_name);
	return unit_main("core-metadata", tcase, NULL);
}
