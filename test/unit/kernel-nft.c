/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the netfilter guard, both ways, and the guard before it has a
 * table.  What the kernel makes of them is for the network tests.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <ev.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>

#include "kernel/nft-late.h"
#include "kernel/nft-msg.h"
#include "kernel/nft.h"
#include "test/unit/nft-golden.h"
#include "test/unit/unit.h"

#define BATCH_SIZE (512 * 1024)
#define NFT_TYPE(msg) (NFNL_SUBSYS_NFTABLES << 8 | (msg))

static const struct nft_setup setup_plain = { .name = "t", .counter = true };

static struct nft_batch batch;

static void setup(void)
{
	memset(&batch, 0, sizeof(batch));
	batch.data = calloc(1, BATCH_SIZE);
	ck_assert_ptr_nonnull(batch.data);
	batch.seq = 100;
}

static void teardown(void)
{
	free(batch.data);
}

/* The message at that place of the batch, or NULL. */
static struct nlmsghdr *message(size_t at)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)batch.data;
	int left = (int)batch.len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (!at--)
			return nlh;
	}
	ck_assert_int_eq(left, 0);
	return NULL;
}

static void make_setup(const struct nft_setup *what)
{
	nft_batch_begin(&batch);
	nft_batch_setup(&batch, what);
	nft_batch_end(&batch);
}

START_TEST(test_name)
{
	static const struct {
		const char *ident;
		unsigned int table;
		const char *name;
	} cases[] = {
		{ "smcroute", 0, "smcrouted-smcroute-0" },
		{ "a.b-c_d", 4294967295u, "smcrouted-a.b-c_d-4294967295" },
		{ "a b", 1, "smcrouted-a/20b-1" },
		{ "a/20b", 1, "smcrouted-a/2F20b-1" },
		{ "\xc3\xa9\"{", 1, "smcrouted-/C3/A9/22/7B-1" },
	};
	char name[NFT_NAME_SIZE];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nft_table_name(cases[i].ident, cases[i].table, name);
		ck_assert_str_eq(name, cases[i].name);
	}
}
END_TEST

/* The end tells tables apart, so it must not be what is cut. */
START_TEST(test_name_long)
{
	char ident[400], name[NFT_NAME_SIZE];
	size_t i;

	for (i = 0; i < 3; i++) {
		memset(ident, i ? '"' : 'x', sizeof(ident));
		ident[sizeof(ident) - 1 - i] = '\0';
		nft_table_name(ident + i, 4294967295u, name);
		ck_assert_uint_le(strlen(name), NFT_NAME_SIZE - 1);
		ck_assert_uint_ge(strlen(name), NFT_NAME_SIZE - 3);
		ck_assert_str_eq(name + strlen(name) - 11, "-4294967295");
	}
}
END_TEST

static void check_golden(size_t at, uint16_t msg, const uint8_t *golden,
			 size_t size)
{
	const struct nlmsghdr *nlh = message(at);

	ck_assert_ptr_nonnull(nlh);
	ck_assert_uint_eq(nlh->nlmsg_type, NFT_TYPE(msg));
	ck_assert_uint_eq(nlh->nlmsg_len,
			  NLMSG_LENGTH(sizeof(struct nfgenmsg)) + size);
	ck_assert_mem_eq(mnl_nlmsg_get_payload_offset(
				nlh, sizeof(struct nfgenmsg)), golden, size);
}

#if __BYTE_ORDER == __LITTLE_ENDIAN
START_TEST(test_setup_as_nft)
{
	make_setup(&setup_plain);
	check_golden(1, NFT_MSG_NEWTABLE, golden_table, sizeof(golden_table));
	check_golden(2, NFT_MSG_NEWCHAIN, golden_chain, sizeof(golden_chain));
	check_golden(3, NFT_MSG_NEWSET, golden_set4, sizeof(golden_set4));
	check_golden(4, NFT_MSG_NEWSET, golden_set6, sizeof(golden_set6));
	check_golden(5, NFT_MSG_NEWRULE, golden_rule4, sizeof(golden_rule4));
	check_golden(6, NFT_MSG_NEWRULE, golden_rule6, sizeof(golden_rule6));
}
END_TEST
#endif

/* Only then does one acknowledgement stand for the whole transaction. */
START_TEST(test_batch_frame)
{
	const struct nlmsghdr *nlh;
	size_t i;

	make_setup(&setup_plain);
	for (i = 0; (nlh = message(i)); i++) {
		ck_assert_uint_eq(nlh->nlmsg_seq, 100 + i);
		ck_assert_int_eq(!!(nlh->nlmsg_flags & NLM_F_ACK), i == 6);
	}
	ck_assert_uint_eq(i, 8);
	ck_assert_uint_eq(message(0)->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	ck_assert_uint_eq(message(7)->nlmsg_type, NFNL_MSG_BATCH_END);
	ck_assert_uint_eq(batch.last, 106);
}
END_TEST

/* A stale table goes by its handle: one that came meanwhile is not ours. */
START_TEST(test_setup_stale)
{
	struct nft_setup what = setup_plain;
	struct nlmsghdr *nlh;
	struct nft_found found;

	what.stale = 0x1234;
	make_setup(&what);
	nlh = message(1);
	ck_assert_uint_eq(nlh->nlmsg_type, NFT_TYPE(NFT_MSG_DELTABLE));
	ck_assert_uint_eq(message(2)->nlmsg_type, NFT_TYPE(NFT_MSG_NEWTABLE));
	ck_assert_uint_eq(message(2)->nlmsg_flags & NLM_F_EXCL, NLM_F_EXCL);
	nlh->nlmsg_type = NFT_TYPE(NFT_MSG_NEWTABLE);
	ck_assert_int_eq(nft_parse_table(nlh, &found), 0);
	ck_assert_uint_eq(found.handle, 0x1234);
}
END_TEST

START_TEST(test_setup_features)
{
	struct nft_setup what = setup_plain;
	size_t with, without;

	make_setup(&what);
	with = message(3)->nlmsg_len;
	what.owner = true;
	what.counter = false;
	make_setup(&what);
	without = message(3)->nlmsg_len;
	/* NFTA_SET_EXPR with a name and empty data. */
	ck_assert_uint_eq(with - without, 20);
	/* NFTA_TABLE_FLAGS is behind the name "t". */
	ck_assert_uint_eq(((uint8_t *)message(1))[20 + 8 + 7],
			  NFT_TABLE_F_OWNER);
}
END_TEST

START_TEST(test_setup_room)
{
	struct nft_setup what = setup_plain;
	char name[NFT_NAME_SIZE];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	what.name = name;
	what.stale = 1;
	make_setup(&what);
	ck_assert_uint_le(batch.len, NFT_SETUP_SIZE);
}
END_TEST

START_TEST(test_table_mark)
{
	struct nft_found found;
	uint8_t *text;

	make_setup(&setup_plain);
	ck_assert_int_eq(nft_parse_table(message(1), &found), 0);
	ck_assert(found.marked);
	/* name 8, flags 8, then the comment: 4 attribute, 2 user data */
	text = (uint8_t *)message(1) + 20 + 8 + 8 + 6;
	ck_assert_int_eq(text[0], NFT_TABLE_MARK[0]);
	text[0]++;
	ck_assert_int_eq(nft_parse_table(message(1), &found), 0);
	ck_assert(!found.marked);
	text[0]--;
	/* a length that reaches past the attribute */
	text[-1] = 255;
	ck_assert_int_eq(nft_parse_table(message(1), &found), 0);
	ck_assert(!found.marked);
	ck_assert_int_eq(nft_parse_table(message(2), &found), -EINVAL);
}
END_TEST

START_TEST(test_table_owner)
{
	_Alignas(8) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_NEWTABLE, 0);
	struct nft_found found;

	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_DORMANT));
	mnl_attr_put_u32(nlh, NFTA_TABLE_OWNER, htonl(4711));
	ck_assert_int_eq(nft_parse_table(nlh, &found), 0);
	ck_assert_uint_eq(found.owner, 4711);
	ck_assert(found.dormant);
	ck_assert(!found.marked);
	mnl_attr_put(nlh, NFTA_TABLE_HANDLE, 4, "1234");
	ck_assert_int_eq(nft_parse_table(nlh, &found), -EINVAL);
}
END_TEST

START_TEST(test_rule)
{
	struct nlmsghdr *nlh;
	uint64_t handle = 1;

	make_setup(&setup_plain);
	nlh = message(6);
	mnl_attr_put_u64(nlh, NFTA_RULE_HANDLE, htobe64(77));
	ck_assert_int_eq(nft_parse_rule(nlh, "t", &handle), 0);
	ck_assert_uint_eq(handle, 77);
	ck_assert_int_eq(nft_parse_rule(nlh, "tt", &handle), 0);
	ck_assert_uint_eq(handle, 0);
}
END_TEST

static struct guard_key make_key(unsigned int i)
{
	struct guard_key key = { .ifindex = 1 + i };
	uint32_t n = htonl(i);

	if (i % 2) {
		key.source = addr_from_ipv4((struct in_addr){
			htonl(0xc6120000 + i) });
		key.group = addr_from_ipv4((struct in_addr){
			htonl(0xef000000 + i) });
		return key;
	}
	ck_assert_int_eq(addr_parse("fd00:1::1", &key.source), 0);
	ck_assert_int_eq(addr_parse("ff0e::1", &key.group), 0);
	memcpy(key.group.s6_addr + 8, &n, sizeof(n));
	return key;
}

struct seen {
	const struct guard_key *keys;
	size_t n;
	unsigned int count[GUARD_BATCH_MAX];
};

static void see(void *arg, const struct guard_key *key,
		const struct guard_count *count)
{
	struct seen *seen = arg;
	size_t i = key->ifindex - 1;

	(void)count;
	ck_assert_uint_lt(i, seen->n);
	ck_assert(addr_equal(&key->source, &seen->keys[i].source));
	ck_assert(addr_equal(&key->group, &seen->keys[i].group));
	seen->count[i]++;
}

/* Parses the batch as if it were a dump; returns the number of messages. */
static size_t read_back(struct seen *seen)
{
	size_t i, messages = 0;
	struct nlmsghdr *nlh;

	for (i = 0; (nlh = message(i)); i++) {
		enum family family;

		if (nlh->nlmsg_type != NFT_TYPE(NFT_MSG_NEWSETELEM))
			continue;
		family = memmem(nlh, 64, "hairpin4", 9) ? FAMILY_IPV4 :
							  FAMILY_IPV6;
		ck_assert_int_eq(nft_parse_keys(nlh, family, see, seen), 0);
		messages++;
	}
	return messages;
}

/*
 * Every key once, in two messages: one a family, or, all IPv6, because the 16
 * bits of an attribute's length end at 1365 of them.
 */
START_TEST(test_keys)
{
	struct guard_key keys[GUARD_BATCH_MAX];
	struct seen seen = { .keys = keys, .n = GUARD_BATCH_MAX };
	size_t i;

	for (i = 0; i < GUARD_BATCH_MAX; i++) {
		keys[i] = make_key(_i ? 2 * i : i);
		keys[i].ifindex = 1 + i;
	}
	nft_batch_begin(&batch);
	nft_batch_keys(&batch, "t", NFT_ADD, keys, GUARD_BATCH_MAX);
	nft_batch_end(&batch);
	ck_assert_uint_eq(read_back(&seen), 2);
	ck_assert_uint_eq(batch.seq, 100 + 4);
	for (i = 0; i < GUARD_BATCH_MAX; i++)
		ck_assert_uint_eq(seen.count[i], 1);
}
END_TEST

/* What is said to fit does; one more would have been room for too. */
START_TEST(test_keys_fit)
{
	struct guard_key keys[GUARD_BATCH_MAX];
	size_t i, size, fit;

	for (i = 0; i < GUARD_BATCH_MAX; i++)
		keys[i] = make_key(i);
	ck_assert_uint_eq(nft_keys_fit(keys, 10, NFT_BATCH_OVERHEAD), 0);
	for (size = NFT_BATCH_OVERHEAD + 100; size < 80000; size += 7919) {
		fit = nft_keys_fit(keys, GUARD_BATCH_MAX, size);
		batch.seq = 1;
		nft_batch_begin(&batch);
		nft_batch_keys(&batch, "t", NFT_DEL, keys, fit);
		nft_batch_end(&batch);
		ck_assert_uint_le(batch.len, size);
		ck_assert_uint_ge(batch.len + NFT_BATCH_OVERHEAD, size -
				  (fit == GUARD_BATCH_MAX ? size : 48));
		ck_assert_uint_eq(message(1)->nlmsg_type,
				  NFT_TYPE(NFT_MSG_DELSETELEM));
	}
}
END_TEST

/* An element as the kernel dumps it, its key cut to `len` bytes. */
static struct nlmsghdr *put_dumped(char *buf, size_t len, bool counter)
{
	static const uint8_t data[12] = { 0 };
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_NEWSETELEM, 0);
	struct nlattr *list, *elem, *nest, *inner;

	list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	elem = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	nest = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, len, data);
	mnl_attr_nest_end(nlh, nest);
	if (counter) {
		nest = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_EXPR);
		mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "counter");
		inner = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
		mnl_attr_put_u64(nlh, NFTA_COUNTER_BYTES, htobe64(9999));
		mnl_attr_put_u64(nlh, NFTA_COUNTER_PACKETS,
				 htobe64(0x100000003));
		mnl_attr_nest_end(nlh, inner);
		mnl_attr_nest_end(nlh, nest);
	}
	mnl_attr_nest_end(nlh, elem);
	mnl_attr_nest_end(nlh, list);
	return nlh;
}

START_TEST(test_get_keys)
{
	struct guard_key keys[GUARD_COUNT_MAX];
	_Alignas(8) char buf[NFT_SETUP_SIZE];
	struct nlmsghdr *nlh;
	struct seen seen = { keys, GUARD_COUNT_MAX, { 0 } };
	int family;

	for (unsigned int i = 0; i < GUARD_COUNT_MAX; i++)
		keys[i] = make_key(i);
	for (family = 0; family < FAMILY_COUNT; family++) {
		memset(buf, 0, sizeof(buf));
		nlh = nft_msg_get_keys(buf, "t", (enum family)family, keys,
				       GUARD_COUNT_MAX);
		ck_assert_uint_eq(nlh->nlmsg_type,
				  NFT_TYPE(NFT_MSG_GETSETELEM));
		ck_assert_uint_eq(nlh->nlmsg_flags & NLM_F_DUMP, 0);
		/* the answer looks the same */
		nlh->nlmsg_type = NFT_TYPE(NFT_MSG_NEWSETELEM);
		ck_assert_int_eq(nft_parse_keys(nlh, (enum family)family, see,
						&seen), 0);
	}
	for (size_t i = 0; i < GUARD_COUNT_MAX; i++)
		ck_assert_uint_eq(seen.count[i], 1);
	/* keys[0] is of IPv6 */
	memset(buf, 0, sizeof(buf));
	ck_assert_ptr_null(nft_msg_get_keys(buf, "t", FAMILY_IPV4, keys, 1));
}
END_TEST

static void sum(void *arg, const struct guard_key *key,
		const struct guard_count *count)
{
	(void)key;
	*(uint64_t *)arg += count->suppressed + 1;
}

START_TEST(test_dump)
{
	_Alignas(8) char buf[NFT_SETUP_SIZE] = { 0 };
	uint64_t total = 0;

	ck_assert_int_eq(nft_parse_keys(put_dumped(buf, 12, true),
					FAMILY_IPV4, sum, &total), 0);
	ck_assert_uint_eq(total, 0x100000004);
	total = 0;
	ck_assert_int_eq(nft_parse_keys(put_dumped(buf, 12, false),
					FAMILY_IPV4, sum, &total), 0);
	ck_assert_uint_eq(total, 1);
	total = 0;
	ck_assert_int_eq(nft_parse_keys(put_dumped(buf, 11, true),
					FAMILY_IPV4, sum, &total), -EINVAL);
	ck_assert_int_eq(nft_parse_keys(put_dumped(buf, 12, true),
					FAMILY_IPV6, sum, &total), -EINVAL);
	ck_assert_uint_eq(total, 0);
}
END_TEST

START_TEST(test_event_change)
{
	_Alignas(8) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_DELRULE, 0);
	struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	struct nft_event event;

	nlh->nlmsg_pid = 42;
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, "ours");
	ck_assert_int_eq(nft_parse_event(nlh, "ours", &event), 0);
	ck_assert(event.ours);
	ck_assert_uint_eq(event.port, 42);
	ck_assert_uint_eq(event.type, NFT_MSG_DELRULE);
	ck_assert_int_eq(nft_parse_event(nlh, "our", &event), 0);
	ck_assert(!event.ours);
	ck_assert_int_eq(nft_parse_event(nlh, "ours2", &event), 0);
	ck_assert(!event.ours);
	nfg->nfgen_family = NFPROTO_IPV4;
	ck_assert_int_eq(nft_parse_event(nlh, "ours", &event), 0);
	ck_assert(!event.ours);
}
END_TEST

/* The number in NEWGEN has the attribute type that the table name has. */
START_TEST(test_event_process)
{
	_Alignas(8) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_NEWGEN, 0);
	struct nft_event event;

	mnl_attr_put_u32(nlh, NFTA_GEN_ID, 0);
	mnl_attr_put_strz(nlh, NFTA_GEN_PROC_NAME, "longer-than-16-bytes");
	ck_assert_int_eq(nft_parse_event(nlh, "", &event), 0);
	ck_assert(!event.ours);
	ck_assert_str_eq(event.process, "longer-than-16-");
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8;
	ck_assert_int_eq(nft_parse_event(nlh, "", &event), -EINVAL);
}
END_TEST

START_TEST(test_guard_without_table)
{
	struct nft_config config = { .ident = "unit", .fd = -1 };
	struct nft_guard *guard = NULL;
	struct guard_key key = make_key(1);

	config.loop = ev_loop_new(EVFLAG_AUTO);
	ck_assert_int_eq(nft_open(&config, &guard), -EBADF);
	ck_assert_ptr_null(guard);
	config.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(nft_open(&config, &guard), 0);
	/* never "in place" where there is no table */
	ck_assert_int_eq(nft_add(guard, &key, 1), -ENOENT);
	ck_assert_int_eq(nft_add(guard, &key, GUARD_BATCH_MAX + 1), -EINVAL);
	ck_assert_int_eq(nft_del(guard, &key, 1), 0);
	ck_assert_int_eq(nft_count(guard, &key, 1, sum, NULL), 0);
	nft_close(guard);
	ck_assert_int_eq(fcntl(config.fd, F_GETFD), -1);
	nft_close(NULL);
	ev_loop_destroy(config.loop);
}
END_TEST

static struct guard_key late_key(unsigned int ifindex)
{
	return (struct guard_key){
		.source = addr_from_ipv4((struct in_addr){ htonl(0xc6120101) }),
		.group = addr_from_ipv4((struct in_addr){ htonl(0xef010101) }),
		.ifindex = ifindex,
		.threshold = (uint8_t)ifindex,
	};
}

/* Those that are due, as their interfaces; 0 behind the last. */
static void expect_due(const struct nft_late *late, double now,
		       const unsigned int *ifindexes)
{
	struct guard_key keys[8];
	size_t n = nft_late_due(late, now, keys, 8), i;

	for (i = 0; i < n; i++)
		ck_assert_uint_eq(keys[i].ifindex, ifindexes[i]);
	ck_assert_uint_eq(ifindexes[n], 0);
}

START_TEST(test_late)
{
	struct guard_key keys[8], same;
	struct nft_late late;
	unsigned int i;
	double due;

	nft_late_init(&late);
	ck_assert(!nft_late_next(&late, &due));
	for (i = 1; i <= 4; i++) {
		keys[i] = late_key(i);
		ck_assert_int_eq(nft_late_put(&late, &keys[i], i), 0);
	}
	ck_assert(nft_late_next(&late, &due));
	ck_assert_double_eq(due, 1);
	expect_due(&late, 0.5, (unsigned int[]){ 0 });
	expect_due(&late, 3, (unsigned int[]){ 1, 2, 3, 0 });
	ck_assert_uint_eq(nft_late_due(&late, 3, keys + 5, 2), 2);
	/* one is wanted again, one is deleted again */
	same = keys[2];
	same.threshold = 99;
	nft_late_drop(&late, &same);
	nft_late_drop(&late, &same);
	ck_assert_int_eq(nft_late_put(&late, &keys[1], 5), 0);
	expect_due(&late, 9, (unsigned int[]){ 3, 4, 1, 0 });
	nft_late_clear(&late);
	expect_due(&late, 9, (unsigned int[]){ 0 });
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("nft");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_name);
	tcase_add_test(tcase, test_name_long);
#if __BYTE_ORDER == __LITTLE_ENDIAN
	tcase_add_test(tcase, test_setup_as_nft);
#endif
	tcase_add_test(tcase, test_batch_frame);
	tcase_add_test(tcase, test_setup_stale);
	tcase_add_test(tcase, test_setup_features);
	tcase_add_test(tcase, test_setup_room);
	tcase_add_test(tcase, test_table_mark);
	tcase_add_test(tcase, test_table_owner);
	tcase_add_test(tcase, test_rule);
	tcase_add_loop_test(tcase, test_keys, 0, 2);
	tcase_add_test(tcase, test_keys_fit);
	tcase_add_test(tcase, test_get_keys);
	tcase_add_test(tcase, test_dump);
	tcase_add_test(tcase, test_event_change);
	tcase_add_test(tcase, test_event_process);
	tcase_add_test(tcase, test_guard_without_table);
	tcase_add_test(tcase, test_late);
	return unit_main("kernel-nft", tcase, NULL);
}
