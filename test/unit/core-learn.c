/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates, learned entries, stop filters, and the union of rules. */
#include "test/unit/unit.h"

#include <errno.h>

#include "test/unit/story.h"

static struct story *three_links(const char *statements)
{
	struct story *story = story_new(NULL);

	story_links(story, 3);
	/* fixed numbers: eth0 is VIF 0, eth1 VIF 1, eth2 VIF 2 */
	ck_assert_uint_eq(story_reload(story, "phyint eth0\nphyint eth1\n"
				       "phyint eth2"), 0);
	for (char *line = strdup(statements), *p = line, *next; p;
	     p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		if (*p)
			ck_assert_int_eq(story_add(story, p), 0);
		if (!next)
			free(line);
	}
	story_skip(story);
	return story;
}

START_TEST(learned_and_stopped)
{
	struct story *story = three_links("route eth0 * " G1 "/24 eth1\n");

	story_expect(story, "");
	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 1:1\n");
	story_nocache(story, 0, S1, "239.2.2.2");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.2.2.2) parent 0 oifs -\n");
	story_nocache(story, 1, S1, "239.1.1.9");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.9) parent 1 oifs -\n");
	story_nocache(story, 0, S6, G6);
	story_expect(story, "mfc_set (fd00:1::1, ff0e::1) parent 0 oifs -\n");
	ck_assert_uint_eq(story_noted(story, "does not match any rule"), 3);
	story_end(story);
}
END_TEST

START_TEST(learned_hairpin_is_guarded)
{
	struct story *story = three_links("route eth0 * " G1 " eth0 eth1\n");

	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n");
	/* said again: the kernel lost it, the guard is there */
	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 1:1\n");
	story_end(story);
}
END_TEST

/*
 * A burst of upcalls has its guards in one call; the newest flow, which the
 * kernel finds first, is set first.
 */
START_TEST(burst_shares_a_transaction)
{
	struct story *story = three_links("route eth0 * " G1 "/24 eth0\n");
	struct upcall call = { .kind = UPCALL_NOCACHE };

	addr_parse(S1, &call.source);
	addr_parse("239.1.1.1", &call.group);
	router_upcall(story->router, &call, 0);
	addr_parse("239.1.1.2", &call.group);
	router_upcall(story->router, &call, 0);
	story_expect(story, "");
	router_commit(story->router);
	story_expect(story,
		     "guard_add netfilter 2 keys (198.18.1.1, 239.1.1.2) if 1,"
		     " (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.2) parent 0 oifs 0:1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1\n");
	story_end(story);
}
END_TEST

/* whatever the order, the entry has what all rules want. */
static const char *const union_steps[] = {
	"route eth0 * 239.1.1.0/24 eth1",
	"route eth0 198.18.1.0/24 " G1 " eth2",
	"route eth0 " S1 " " G1 " eth0",
	NULL,	/* the first packet */
};

static const int union_orders[][4] = {
	{ 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 3, 0, 1 }, { 1, 3, 2, 0 },
	{ 3, 0, 2, 1 }, { 2, 1, 0, 3 },
};

START_TEST(union_in_any_order)
{
	struct story *story = three_links("");
	const struct fake_mfc *mfc;

	for (int i = 0; i < 4; i++) {
		const char *step = union_steps[union_orders[_i][i]];

		if (step)
			ck_assert_int_eq(story_add(story, step), 0);
		else
			story_nocache(story, 0, S1, G1);
	}
	mfc = fake_kernel_mfc(story->fake, S1, G1);
	ck_assert_ptr_nonnull(mfc);
	for (int vif = 0; vif < VIF_MAX; vif++)
		ck_assert_int_eq(mfc->route.ttls[vif], vif < 3);
	ck_assert(fake_kernel_has_key(story->fake, S1, G1, 1));
	/* and back, one by one, in the same order */
	for (int i = 0; i < 4; i++) {
		const char *step = union_steps[union_orders[_i][i]];

		if (step)
			ck_assert_int_eq(story_remove(story, step), 0);
	}
	mfc = fake_kernel_mfc(story->fake, S1, G1);
	ck_assert_ptr_nonnull(mfc);
	for (int vif = 0; vif < VIF_MAX; vif++)
		ck_assert_int_eq(mfc->route.ttls[vif], 0);
	ck_assert(!fake_kernel_has_key(story->fake, S1, G1, 1));
	story_end(story);
}
END_TEST

START_TEST(stop_filter_becomes_route_and_back)
{
	struct story *story = three_links("");

	story_nocache(story, 0, S1, G1);
	story_skip(story);
	story_add(story, "route eth0 * " G1 " eth0 eth2");
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1 2:1\n");
	/* no rule is left: it goes, the next packet tells what it is then */
	story_remove(story, "route eth0 * " G1);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs -\n");
	/* a rule of another group or interface does not wake it */
	story_add(story, "route eth0 * 239.1.1.2 eth2");
	story_add(story, "route eth1 * " G1 " eth2");
	story_expect(story, "");
	story_end(story);
}
END_TEST

/* What a static rule leaves, a template that covers it goes on with. */
START_TEST(template_adopts_an_entry)
{
	struct story *story = three_links("route eth0 " S1 " " G1 " eth1\n"
					  "route eth0 * " G1 " eth2\n");

	story_remove(story, "route eth0 " S1 " " G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 2:1\n");
	router_flush(story->router);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n");
	story_end(story);
}
END_TEST

START_TEST(learned_becomes_static)
{
	struct story *story = three_links("route eth0 * " G1 " eth1\n");

	story_nocache(story, 0, S1, G1);
	story_skip(story);
	story_add(story, "route eth0 " S1 " " G1);
	story_expect(story, "");
	router_flush(story->router);
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(flow_moves_to_where_a_template_is)
{
	struct story *story = three_links("route eth0 * " G1 " eth0\n"
					  "route eth1 * " G1 " eth1\n");

	story_nocache(story, 0, S1, G1);
	story_skip(story);
	story_wrongvif(story, 1, S1, G1);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 2\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 1:1\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	ck_assert_uint_eq(story_noted(story, "moves from eth0 to eth1"), 1);
	/* no template there */
	story_wrongvif(story, 2, S1, G1);
	story_expect(story, "");
	ck_assert_uint_eq(story_noted(story, "came in on eth2 instead"), 1);
	story_end(story);
}
END_TEST

/*
 * IPv6 reports the copies that it loops back where the group is joined on an
 * outbound interface.  Meanwhile the flow goes on where it came in.
 */
START_TEST(looped_copies_are_no_move)
{
	struct story *story = three_links("route eth0 * " G6 " eth1\n"
					  "route eth1 * " G6 " eth0\n");

	story_join(story, "group eth1 * " G6);
	story_nocache(story, 0, S6, G6);
	story_skip(story);
	for (unsigned int i = 1; i <= 5; i++) {
		fake_kernel_set_count(story->fake, S6, G6, 20 * i, 10 * i);
		story_wrongvif(story, 1, S6, G6);
		story_expect(story, "");
	}
	ck_assert_uint_eq(story_noted(story, "moves from"), 0);
	/* nothing came in on eth0 since: what the kernel counts is eth1's */
	fake_kernel_set_count(story->fake, S6, G6, 107, 57);
	story_wrongvif(story, 1, S6, G6);
	story_expect(story, "mfc_set (fd00:1::1, ff0e::1) parent 1 oifs 0:1\n");
	ck_assert_uint_eq(story_noted(story, "moves from eth0 to eth1"), 1);
	/* and the same the other way round */
	fake_kernel_set_count(story->fake, S6, G6, 120, 60);
	story_wrongvif(story, 0, S6, G6);
	story_expect(story, "");
	story_wrongvif(story, 0, S6, G6);
	story_expect(story, "mfc_set (fd00:1::1, ff0e::1) parent 0 oifs 1:1\n");
	story_end(story);
}
END_TEST

/* What cannot be a looped copy moves though the old place has traffic. */
START_TEST(moves_at_once)
{
	struct story *story = three_links("route eth0 * " G6 " eth2\n"
					  "route eth1 * " G6 " eth0\n"
					  "route eth0 * " G1 " eth1\n"
					  "route eth1 * " G1 " eth0\n");

	story_nocache(story, 0, S6, G6);
	story_nocache(story, 0, S1, G1);
	story_skip(story);
	/* not an outbound interface */
	fake_kernel_set_count(story->fake, S6, G6, 20, 1);
	story_wrongvif(story, 1, S6, G6);
	story_expect(story, "mfc_set (fd00:1::1, ff0e::1) parent 1 oifs 0:1\n");
	/* IPv4 keeps its looped copies to itself */
	fake_kernel_set_count(story->fake, S1, G1, 20, 1);
	story_wrongvif(story, 1, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	story_end(story);
}
END_TEST

/* The point of a static rule is that it does not move. */
/*
 * The second table asks for what it lacks: an entry of the main table is set
 * again as it is, wherever the looped copy was made; one that is not, learned.
 */
START_TEST(second_table_asks)
{
	struct story *story = three_links("route eth1 * " G1 " eth0\n"
					  "route eth0 * " G1 " eth2");

	story_addr_add(story, 2, S1);
	story_nocache(story, 1, S1, G1);
	story_skip(story);
	story_unmirrored(story, 0, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 1 oifs 0:1\n");
	story_unmirrored(story, 0, S1, "239.1.1.2");
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.2) parent 0 oifs -\n");
	story_end(story);
}
END_TEST

START_TEST(static_entry_does_not_move)
{
	struct story *story = three_links("route eth0 " S1 " " G1 " eth2\n"
					  "route eth1 * " G1 " eth2\n");

	story_wrongvif(story, 1, S1, G1);
	story_wrongvif(story, 1, S1, "239.7.7.7");
	story_expect(story, "");
	story_end(story);
}
END_TEST

START_TEST(upcalls_out_of_range)
{
	struct story *story = three_links("route eth0 * " G1 " eth1\n");

	story_nocache(story, VIF_MAX, S1, G1);
	story_nocache(story, ~0U, S6, G6);
	story_expect(story, "");
	story_wrongvif(story, 31, S1, G1);
	story_expect(story, "");
	story_end(story);
}
END_TEST

/*
 * The interface went before the upcall was read: the kernel is not left with a
 * flow that waits, of which it would not ask again.
 */
START_TEST(upcalls_too_late)
{
	struct story *story = three_links("route eth0 * " G1 " eth1\n");

	story_nocache(story, 31, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 31 oifs -\n"
		     "mfc_del (198.18.1.1, 239.1.1.1)\n");
	/* an own source's may wait in the second table */
	story_addr_add(story, 1, "192.0.2.1");
	story_unmirrored(story, 31, "192.0.2.1", G1);
	story_expect(story,
		     "mfc_set (192.0.2.1, 239.1.1.1) parent 31 oifs -\n"
		     "mfc_del (192.0.2.1, 239.1.1.1)\n");
	/* it has an entry by now */
	story_nocache(story, 0, S1, G1);
	story_skip(story);
	story_nocache(story, 31, S1, G1);
	story_expect(story, "");
	/* not taken, not taken back */
	story->fake->refuse[FAKE_MFC_SET] = ENOMEM;
	story_nocache(story, 31, S6, G6);
	story_expect(story, "mfc_set (fd00:1::1, ff0e::1) parent 31 oifs -: "
		     "Cannot allocate memory\n");
	story->fake->refuse[FAKE_MFC_SET] = 0;
	story_end(story);
}
END_TEST

/* at once, stop filters too, static entries not. */
START_TEST(flush)
{
	struct story *story = three_links("route eth0 * " G1 " eth0\n"
					  "route eth1 " S1 " 239.3.3.3 eth2\n");

	story_nocache(story, 0, S1, G1);
	story_nocache(story, 2, S1, "239.4.4.4");
	story_skip(story);
	router_flush(story->router);
	story_expect(story, "mfc_del (198.18.1.1, 239.1.1.1)\n"
		     "mfc_del (198.18.1.1, 239.4.4.4)\n"
		     "guard_del netfilter (198.18.1.1, 239.1.1.1) if 1\n");
	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "guard_add netfilter (198.18.1.1, 239.1.1.1) if 1\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 0:1\n");
	story_end(story);
}
END_TEST

/* A static rule of an absent interface does not hold the flow back. */
START_TEST(flow_of_a_waiting_static_rule)
{
	struct story *story = three_links("");

	story_reload(story, "phyint eth0\nphyint eth1\nphyint eth2\n"
		     "route far " S1 " " G1 " eth1\n"
		     "route eth0 * " G1 " eth2");
	story_nocache(story, 0, S1, G1);
	story_expect(story,
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 0 oifs 2:1\n");
	story_link(story, 9, "far");
	story_expect(story, "vif_add ipv4 3 if 9\nvif_add ipv6 3 if 9\n"
		     "mfc_set (198.18.1.1, 239.1.1.1) parent 3 oifs 1:1\n");
	story_end(story);
}
END_TEST

int main(void)
{
	TCase *learn = tcase_create("learn");
	TCase *unite = tcase_create("unite");
	TCase *move = tcase_create("move");

	tcase_add_test(learn, learned_and_stopped);
	tcase_add_test(learn, learned_hairpin_is_guarded);
	tcase_add_test(learn, burst_shares_a_transaction);
	tcase_add_test(learn, upcalls_out_of_range);
	tcase_add_test(learn, upcalls_too_late);
	tcase_add_test(learn, flush);
	tcase_add_loop_test(unite, union_in_any_order, 0, 6);
	tcase_add_test(unite, stop_filter_becomes_route_and_back);
	tcase_add_test(unite, template_adopts_an_entry);
	tcase_add_test(unite, learned_becomes_static);
	tcase_add_test(move, flow_moves_to_where_a_template_is);
	tcase_add_test(move, looped_copies_are_no_move);
	tcase_add_test(move, moves_at_once);
	tcase_add_test(move, second_table_asks);
	tcase_add_test(move, static_entry_does_not_move);
	tcase_add_test(move, flow_of_a_waiting_static_rule);
	return unit_main("core-learn", learn, unite, move, NULL);
}
