/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces that are absent, come, change and go; thresholds. */
#include "test/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/story.h"

static void flags(struct story *story, unsigned int ifindex, const char *name,
		  bool multicast, bool metadata)
{
	struct link_info link = {
		.ifindex = ifindex,
		.name = name,
		.multicast = multicast,
		.up = true,
		.metadata = metadata,
	};

	router_link(story->router, &link);
}

static struct story *hairpin_and_group(void)
{
	struct story *story = story_new(NULL);

	story_reload(story, "route eth0 " S1 " " G1 " eth0 eth1\n"
		     "group eth0 * " G1);
	story_skip(story);
	return story;
}

#define ETH0_UP(i) \
	"vif_add ipv4 0 if " i "\nvif_add ipv6 0 if " i "\n" \
	"guard_add netfilter (198.18.1.1, 239.1.1.1) if " i "\n" \
	"mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1\n" \
	"join if " i " (*, 239.1.1.1) slot 0\n"
#define ETH0_DOWN(i) \
	"leave if " i " (*, 239.1.1.1) slot 0\n" \
	"mfc_del (198.18.1.1, 239.1.1.1)\n" \
	"guard_del netfilter (198.18.1.1, 239.1.1.1) if " i "\n" \
	"vif_del ipv4 0\nvif_del ipv6 0\n"

START_TEST(pending_until_it_comes)
{
	struct story *story = hairpin_and_group();

	story_expect(story, "");
	story_link(story, 5, "eth0");
	story_expect(story, ETH0_UP("5"));
	ck_assert_uint_eq(story_noted(story, "eth0: here"), 1);
	/* said again, nothing new */
	story_link(story, 5, "eth0");
	story_expect(story, "");
	/* an outbound interface comes on its own */
	story_link(story, 6, "eth1");
	story_expect(story, "vif_add ipv4 1 if 6\nvif_add ipv6 1 if 6\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n");
	story_end(story);
}
END_TEST

START_TEST(inbound_goes_and_returns)
{
	struct story *story = hairpin_and_group();

	story_link(story, 5, "eth0");
	story_skip(story);
	router_unlink(story->router, 5);
	story_expect(story, ETH0_DOWN("5"));
	ck_assert_uint_eq(story_noted(story, "eth0: gone"), 1);
	story_link(story, 8, "eth0");
	story_expect(story, ETH0_UP("8"));
	story_end(story);
}
END_TEST

/* No DELLINK was seen in between: it was lost, or came late. */
START_TEST(new_index_of_the_same_name)
{
	struct story *story = hairpin_and_group();

	story_link(story, 5, "eth0");
	story_skip(story);
	story_link(story, 8, "eth0");
	story_expect(story, ETH0_DOWN("5") ETH0_UP("8"));
	router_unlink(story->router, 5);
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(renamed_away_and_back)
{
	struct story *story = hairpin_and_group();

	story_link(story, 5, "eth0");
	story_skip(story);
	story_link(story, 5, "wan");
	story_expect(story, ETH0_DOWN("5"));
	story_link(story, 5, "eth0");
	story_expect(story, ETH0_UP("5"));
	story_end(story);
}
END_TEST

/* Two interfaces swap their names, by way of a third. */
START_TEST(names_swapped)
{
	struct story *story = hairpin_and_group();

	story_link(story, 5, "eth0");
	story_link(story, 6, "wan");
	story_skip(story);
	story_link(story, 5, "tmp");
	story_link(story, 6, "eth0");
	story_link(story, 5, "wan");
	story_expect(story, ETH0_DOWN("5") ETH0_UP("6"));
	story_end(story);
}
END_TEST

START_TEST(multicast_off_and_on)
{
	struct story *story = hairpin_and_group();

	flags(story, 5, "eth0", false, false);
	story_expect(story, "");
	flags(story, 5, "eth0", true, false);
	story_expect(story, ETH0_UP("5"));
	flags(story, 5, "eth0", false, false);
	story_expect(story, ETH0_DOWN("5"));
	ck_assert_uint_eq(story_noted(story, "eth0: no MULTICAST flag"), 1);
	flags(story, 5, "eth0", true, false);
	story_expect(story, ETH0_UP("5"));
	story_end(story);
}
END_TEST

START_TEST(metadata_mode_on_and_off)
{
	struct story *story = hairpin_and_group();

	story_link(story, 5, "eth0");
	story_skip(story);
	flags(story, 5, "eth0", true, true);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 5\n");
	ck_assert_str_eq(story_state(story, S1, G1), "suspended");
	ck_assert_uint_eq(story_noted(story, "collect-metadata"), 1);
	flags(story, 5, "eth0", true, false);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 5\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1\n");
	ck_assert_str_eq(story_state(story, S1, G1), "guarded");
	story_end(story);
}
END_TEST

START_TEST(metadata_mode_from_the_start)
{
	struct story *story = story_new(NULL);

	flags(story, 1, "eth0", true, true);
	ck_assert_int_lt(story_add(story, "route eth0 " S1 " " G1 " eth0"), 0);
	ck_assert_ptr_nonnull(strstr(story->diag.text, "collect-metadata"));
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(outbound_goes_and_returns)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	story_add(story, "route eth0 " S1 " " G1 " eth1 eth2");
	story_skip(story);
	router_unlink(story->router, 2);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 2:1\n"
		     "vif_del ipv4 1\nvif_del ipv6 1\n");
	/* its number goes to another, and the route does not */
	story_link(story, 7, "eth7");
	story_join(story, "group eth7 * 239.7.7.7");
	story_expect(story, "vif_add ipv4 1 if 7\nvif_add ipv6 1 if 7\n"
		     "join if 7 (*, 239.7.7.7) slot 0\n");
	story_link(story, 9, "eth1");
	story_expect(story, "vif_add ipv4 3 if 9\nvif_add ipv6 3 if 9\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 2:1 3:1\n");
	story_end(story);
}
END_TEST

/* Learned entries go with their interface. */
START_TEST(learned_entries_go)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_add(story, "route eth0 * " G1 "/24 eth0 eth1");
	story_nocache(story, 0, S1, G1);
	story_nocache(story, 1, S1, "239.5.5.5");
	story_skip(story);
	router_unlink(story->router, 1);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "vif_del ipv4 0\nvif_del ipv6 0\n");
	router_unlink(story->router, 2);
	story_expect(story, "mfc_del (198.18.1.1, 239.5.5.5)\n"
		     "vif_del ipv4 1\nvif_del ipv6 1\n");
	story_end(story);
}
END_TEST

/* What a dump of all interfaces does not mention is gone. */
START_TEST(resync)
{
	struct story *story = hairpin_and_group();

	story_link(story, 5, "eth0");
	story_link(story, 6, "eth1");
	story_addr_add(story, 6, "192.0.2.1");
	story_skip(story);
	router_resync_begin(story->router);
	story_link(story, 6, "eth1");
	router_resync_end(story->router);
	story_expect(story, "leave if 5 (*, 239.1.1.1) slot 0\n"
		     "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 5\n"
		     "vif_del ipv4 0\nvif_del ipv6 0\n");
	ck_assert_ptr_null(story->router->own);
	story_end(story);
}
END_TEST

START_TEST(thresholds)
{
	struct story *story = story_new(NULL);
	const char *routes = "route eth0 " S1 " " G1 " eth0 eth1\n"
			     "route eth0 " S6 " " G6 " eth1\n"
			     "route eth0 * 239.9.9.9 eth1\n";
	char conf[512];

	story_links(story, 2);
	snprintf(conf, sizeof(conf), "%sphyint eth1 ttl=9", routes);
	story_reload(story, conf);
	story_expect(story, "vif_add ipv4 0 if 2\nvif_add ipv6 0 if 2\n"
		     "vif_add ipv4 1 if 1\nvif_add ipv6 1 if 1\n"
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:9 1:1\n"
		     "mfc_set (fd00:1::1, ff0e::1) parent 1 oifs 0:1\n");
	story_nocache(story, 1, S1, "239.9.9.9");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.9.9.9) parent 1 oifs 0:9\n");
	snprintf(conf, sizeof(conf), "%sphyint eth1 ttl=255\n"
		 "phyint eth0 ttl=3", routes);
	story_reload(story, conf);
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
		"mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:255 1:3\n"));
	ck_assert_ptr_nonnull(strstr(story->fake->transcript,
		"mfc_set (198.18.1.1, 239.9.9.9) parent 1 oifs 0:255\n"));
	story_end(story);
}
END_TEST

/* the settings wait for their interface. */
START_TEST(phyint_of_a_late_interface)
{
	struct story *story = story_new(NULL);

	story_links(story, 1);
	story_reload(story, "phyint eth+ ttl=4\nphyint eth2 ttl=7\n"
		     "route eth0 " S1 " " G1 " eth1 eth2");
	story_skip(story);
	story_link(story, 2, "eth1");
	story_link(story, 3, "eth2");
	story_expect(story, "vif_add ipv4 1 if 2\nvif_add ipv6 1 if 2\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:4\n"
		     "vif_add ipv4 2 if 3\nvif_add ipv6 2 if 3\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 "
		     "oifs 1:4 2:7\n");
	story_end(story);
}
END_TEST

START_TEST(phyint_enable_and_disable)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth1\nphyint eth0");
	story_expect(story, "vif_add ipv4 0 if 2\nvif_add ipv6 0 if 2\n"
		     "vif_add ipv4 1 if 1\nvif_add ipv6 1 if 1\n");
	story_reload(story, "phyint eth1 disable\nphyint eth0");
	story_expect(story, "vif_del ipv4 0\nvif_del ipv6 0\n");
	/* the last line counts; a reference needs the VIF all the same */
	story_reload(story, "phyint eth0 disable\nphyint eth0\n"
		     "phyint eth1 disable\nroute eth1 * " G1);
	story_expect(story, "vif_add ipv4 0 if 2\nvif_add ipv6 0 if 2\n");
	story_end(story);
}
END_TEST

/* Interfaces that come and go in a day of a container host. */
#define MANY 2000

static struct story *before_many(void)
{
	struct story *story = story_new(NULL);

	story_links(story, 1);
	story_reload(story, "phyint eth0\nphyint veth+ ttl=4\n"
		     "route veth+ * " G1 " eth0\n"
		     "route far " S1 " 239.2.2.2 gone\n");
	/* eth0, far and gone */
	ck_assert_uint_eq(HASH_COUNT(story->router->ifaces), 3);
	return story;
}

/* One of them has an address and a flow. */
static void one_of_many(struct story *story, unsigned int ifindex,
			unsigned int number)
{
	char name[IFACE_NAME_MAX];

	snprintf(name, sizeof(name), "veth%u", number);
	story_link(story, ifindex, name);
	story_addr_add(story, ifindex, "192.0.2.1");
	story_skip(story);
	story_nocache(story, 1, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	ck_assert_uint_eq(HASH_COUNT(story->router->ifaces), 4);
}

START_TEST(deleted_names_are_forgotten)
{
	struct story *story = before_many();

	for (unsigned int i = 0; i < MANY; i++) {
		one_of_many(story, 10 + i, i);
		router_unlink(story->router, 10 + i);
	}
	ck_assert_uint_eq(HASH_COUNT(story->router->ifaces), 3);
	/* as is what was not told again */
	one_of_many(story, 10, 0);
	router_resync_begin(story->router);
	story_links(story, 1);
	router_resync_end(story->router);
	ck_assert_uint_eq(HASH_COUNT(story->router->ifaces), 3);
	story_end(story);
}
END_TEST

START_TEST(former_names_are_forgotten)
{
	struct story *story = before_many();

	for (unsigned int i = 0; i < MANY; i++)
		one_of_many(story, 10, i);
	ck_assert_uint_eq(HASH_COUNT(story->router->ifaces), 4);
	story_end(story);
}
END_TEST

/* What a statement names is known, here or not. */
START_TEST(named_names_are_kept)
{
	struct story *story = before_many();

	story_link(story, 10, "gone");
	story_link(story, 10, "far");
	router_unlink(story->router, 10);
	ck_assert_uint_eq(HASH_COUNT(story->router->ifaces), 3);
	story_link(story, 11, "far");
	story_skip(story);
	story_link(story, 12, "gone");
	story_expect(story, "vif_add ipv4 2 if 12\nvif_add ipv6 2 if 12\n"
		     "mfc_set (198.18.1.1, 239.2.2.2) parent 1 oifs 2:1\n");
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *coming = tcase_create("coming and going");
	TCase *names = tcase_create("names");
	TCase *settings = tcase_create("settings");

	tcase_add_test(coming, pending_until_it_comes);
	tcase_add_test(coming, inbound_goes_and_returns);
	tcase_add_test(coming, new_index_of_the_same_name);
	tcase_add_test(coming, renamed_away_and_back);
	tcase_add_test(coming, names_swapped);
	tcase_add_test(coming, multicast_off_and_on);
	tcase_add_test(coming, metadata_mode_on_and_off);
	tcase_add_test(coming, metadata_mode_from_the_start);
	tcase_add_test(coming, outbound_goes_and_returns);
	tcase_add_test(coming, learned_entries_go);
	tcase_add_test(coming, resync);
	tcase_set_timeout(names, 60);
	tcase_add_test(names, deleted_names_are_forgotten);
	tcase_add_test(names, former_names_are_forgotten);
	tcase_add_test(names, named_names_are_kept);
	tcase_add_test(settings, thresholds);
	tcase_add_test(settings, phyint_of_a_late_interface);
	tcase_add_test(settings, phyint_enable_and_disable);
	return unit_main("core-iface", coming, names, settings, NULL);
}
