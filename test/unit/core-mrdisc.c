/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a VIF is advertised, and that it is so no longer than it lives. */
#include "test/unit/unit.h"

#include <errno.h>

#include "test/unit/story.h"

#define ADD(vif, i) \
	"vif_add ipv4 " vif " if " i "\nvif_add ipv6 " vif " if " i "\n"
#define DEL(vif) "vif_del ipv4 " vif "\nvif_del ipv6 " vif "\n"
#define ON(i) "mrdisc ipv4 if " i " on\nmrdisc ipv6 if " i " on\n"
#define OFF(i) "mrdisc ipv4 if " i " off\nmrdisc ipv6 if " i " off\n"
/* With the VIF, as it goes. */
#define OFF_DEL(vif, i) \
	"mrdisc ipv4 if " i " off\nvif_del ipv4 " vif "\n" \
	"mrdisc ipv6 if " i " off\nvif_del ipv6 " vif "\n"

static struct story *advertised(void)
{
	struct story *story = story_new(NULL);

	story_links(story, 1);
	story_reload(story, "phyint eth0 mrdisc");
	story_expect(story, ADD("0", "1") ON("1"));
	return story;
}

static void link_up(struct story *story, bool up)
{
	struct link_info link = {
		.ifindex = 1,
		.name = "eth0",
		.multicast = true,
		.up = up,
	};

	router_link(story->router, &link);
}

/* by the word alone, whether there is a VIF already or not. */
START_TEST(reload_of_the_word)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth0\nphyint eth1 mrdisc");
	story_expect(story, ADD("0", "1") ADD("1", "2") ON("2"));
	story_reload(story, "phyint eth0 mrdisc\nphyint eth1 mrdisc");
	story_expect(story, ON("1"));
	/* nothing new */
	story_reload(story, "phyint eth0 mrdisc\nphyint eth1 mrdisc");
	story_expect(story, "");
	story_reload(story, "phyint eth0 mrdisc\nphyint eth1");
	story_expect(story, OFF("2"));
	story_reload(story, "phyint eth1");
	story_expect(story, OFF("1") DEL("0"));
	story_end(story);
}
END_TEST

START_TEST(disable)
{
	struct story *story = advertised();

	story_reload(story, "phyint eth0 disable mrdisc");
	story_expect(story, OFF("1") DEL("0"));
	/* a route gives it a VIF, which is not advertised */
	story_reload(story, "phyint eth0 disable mrdisc\n"
		     "group eth0 * " G1);
	story_expect(story, ADD("0", "1") "join if 1 (*, 239.1.1.1) slot 0\n");
	story_reload(story, "phyint eth0 mrdisc\ngroup eth0 * " G1);
	story_expect(story, ON("1"));
	story_end(story);
}
END_TEST

START_TEST(only_where_asked)
{
	struct story *story = story_new(NULL);

	story_links(story, 2);
	story_reload(story, "phyint eth0 mrdisc\n"
		     "route eth0 * 239.1.0.0/16 eth1");
	ck_assert_ptr_null(strstr(story->fake->transcript, "mrdisc ipv4 if 2"));
	story_end(story);
}
END_TEST

START_TEST(interface_goes_and_returns)
{
	struct story *story = advertised();

	router_unlink(story->router, 1);
	story_expect(story, OFF_DEL("0", "1"));
	/* under another index */
	story_link(story, 7, "eth0");
	story_expect(story, ADD("0", "7") ON("7"));
	story_link(story, 8, "eth0");
	story_expect(story, OFF_DEL("0", "7") ADD("0", "8") ON("8"));
	/* renamed */
	story_link(story, 8, "wan");
	story_expect(story, OFF_DEL("0", "8"));
	story_end(story);
}
END_TEST

/* It begins anew when the link is there again. */
START_TEST(down_and_up)
{
	struct story *story = advertised();

	link_up(story, false);
	story_expect(story, OFF("1"));
	story_reload(story, "phyint eth0 mrdisc");
	story_expect(story, "");
	link_up(story, true);
	story_expect(story, ON("1"));
	story_end(story);
}
END_TEST

START_TEST(end_of_the_daemon)
{
	struct story *story = advertised();
	struct fake_kernel *fake = story->fake;

	router_free(story->router);
	ck_assert_str_eq(fake->transcript, OFF_DEL("0", "1"));
	story->router = router_new(&(struct router_config){
		.ops = &fake_kernel_ops,
		.kernel = fake,
	});
	story_end(story);
}
END_TEST

START_TEST(one_family)
{
	struct story *story = story_new(NULL);

	story->fake->no_family[FAMILY_IPV6] = true;
	story_links(story, 1);
	story_reload(story, "phyint eth0 mrdisc");
	story_expect(story, "vif_add ipv4 0 if 1\nmrdisc ipv4 if 1 on\n");
	story_end(story);
}
END_TEST

/* Said once, tried again, and never switched off when it was not on. */
START_TEST(refused)
{
	struct story *story = story_new(NULL);

	story->fake->refuse[FAKE_MRDISC_SET] = EMFILE;
	story_links(story, 1);
	story_reload(story, "phyint eth0 mrdisc");
	ck_assert_uint_eq(story_noted(story, "eth0: no multicast router "
				      "discovery: Too many open files"), 1);
	link_up(story, false);
	link_up(story, true);
	ck_assert_uint_eq(story_noted(story, "discovery"), 1);
	story_skip(story);
	story->fake->refuse[FAKE_MRDISC_SET] = 0;
	story_reload(story, "phyint eth0 mrdisc");
	story_expect(story, ON("1"));
	story->fake->refuse[FAKE_MRDISC_SET] = EOPNOTSUPP;
	link_up(story, false);
	link_up(story, true);
	ck_assert_uint_eq(story_noted(story, "built without mrdisc"), 1);
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("mrdisc");

	tcase_add_test(tcase, reload_of_the_word);
	tcase_add_test(tcase, disable);
	tcase_add_test(tcase, only_where_asked);
	tcase_add_test(tcase, interface_goes_and_returns);
	tcase_add_test(tcase, down_and_up);
	tcase_add_test(tcase, end_of_the_daemon);
	tcase_add_test(tcase, one_family);
	tcase_add_test(tcase, refused);
	return unit_main("core-mrdisc", tcase, NULL);
}
