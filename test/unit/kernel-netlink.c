/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receiving and checking: a UNIX socket pair plays the kernel, with messages
 * that are put there by hand.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "kernel/netlink.h"
#include "test/unit/unit.h"

static _Alignas(struct nlmsghdr) char buf[1024];
static struct netlink nl;
static int peer;
static unsigned int seen[8], n_seen;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK |
				    SOCK_CLOEXEC, 0, fds), 0);
	nl = (struct netlink) { .fd = fds[0] };
	peer = fds[1];
	n_seen = 0;
}

static void teardown(void)
{
	netlink_close(&nl);
	netlink_close(&nl);
	close(peer);
}

static size_t put(size_t at, uint16_t type, size_t payload)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + at);

	nlh->nlmsg_type = type;
	mnl_nlmsg_put_extra_header(nlh, payload);
	return at + nlh->nlmsg_len;
}

static void feed(size_t len)
{
	ck_assert_int_eq(send(peer, buf, len, 0), (ssize_t)len);
}

static int note(void *arg, const struct nlmsghdr *nlh)
{
	int *result = arg;

	ck_assert_uint_lt(n_seen, 8);
	seen[n_seen++] = nlh->nlmsg_type;
	return result ? *result : 0;
}

START_TEST(drain_in_order)
{
	size_t len = put(0, 17, 16);

	feed(put(len, 18, 16));
	feed(put(0, 19, 4));
	ck_assert_int_eq(netlink_drain(&nl, 10, note, NULL), 0);
	ck_assert_uint_eq(n_seen, 3);
	ck_assert_uint_eq(seen[0], 17);
	ck_assert_uint_eq(seen[1], 18);
	ck_assert_uint_eq(seen[2], 19);
}
END_TEST

START_TEST(drain_limit)
{
	feed(put(0, 17, 4));
	feed(put(0, 18, 4));
	ck_assert_int_eq(netlink_drain(&nl, 1, note, NULL), 1);
	ck_assert_uint_eq(n_seen, 1);
}
END_TEST

START_TEST(drain_overrun)
{
	feed(put(put(0, 17, 4), NLMSG_OVERRUN, 4));
	ck_assert_int_eq(netlink_drain(&nl, 10, note, NULL), -ENOBUFS);
}
END_TEST

/* A message that claims more than there is must not be looked at. */
START_TEST(drain_cut)
{
	size_t len = put(0, 17, 64);

	feed(len - 1);
	feed(3);
	ck_assert_int_eq(netlink_drain(&nl, 10, note, NULL), 0);
	ck_assert_uint_eq(n_seen, 0);
}
END_TEST

START_TEST(drain_stops)
{
	int result = -EIO;

	feed(put(put(0, 17, 4), 18, 4));
	ck_assert_int_eq(netlink_drain(&nl, 10, note, &result), -EIO);
	ck_assert_uint_eq(n_seen, 1);
}
END_TEST

static const struct netlink_attr policy[] = {
	[1] = { MNL_TYPE_U32, 0 },
	[2] = { MNL_TYPE_NUL_STRING, 0 },
	[3] = { MNL_TYPE_BINARY, 4 },
	[4] = { MNL_TYPE_NESTED, 0 },
};

static struct nlmsghdr *empty(void)
{
	memset(buf, 0, sizeof(buf));
	return mnl_nlmsg_put_header(buf);
}

static int parse(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	return netlink_parse(nlh, 0, policy, 5, tb);
}

START_TEST(attrs_good)
{
	struct nlmsghdr *nlh = empty();
	const struct nlattr *tb[5];

	mnl_attr_put_u32(nlh, 1, 42);
	mnl_attr_put_strz(nlh, 2, "x");
	mnl_attr_put(nlh, 3, 6, "abcdef");
	mnl_attr_put_u32(nlh, 900, 1);
	mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, 4));

	ck_assert_int_eq(parse(nlh, tb), 0);
	ck_assert_uint_eq(mnl_attr_get_u32(tb[1]), 42);
	ck_assert_str_eq(mnl_attr_get_str(tb[2]), "x");
	ck_assert_ptr_nonnull(tb[3]);
	ck_assert_ptr_nonnull(tb[4]);
	ck_assert_ptr_null(tb[0]);
}
END_TEST

START_TEST(attrs_bad)
{
	const struct nlattr *tb[5];
	struct nlmsghdr *nlh;

	nlh = empty();
	mnl_attr_put(nlh, 1, 3, "abc");
	ck_assert_int_eq(parse(nlh, tb), -EBADMSG);

	nlh = empty();
	mnl_attr_put(nlh, 2, 1, "x");
	ck_assert_int_eq(parse(nlh, tb), -EBADMSG);

	nlh = empty();
	mnl_attr_put(nlh, 3, 3, "abc");
	ck_assert_int_eq(parse(nlh, tb), -EBADMSG);

	/* longer than the message, and shorter than its own header */
	nlh = empty();
	mnl_attr_put_u32(nlh, 1, 42);
	((struct nlattr *)mnl_nlmsg_get_payload(nlh))->nla_len = 9;
	ck_assert_int_eq(parse(nlh, tb), -EBADMSG);
	((struct nlattr *)mnl_nlmsg_get_payload(nlh))->nla_len = 3;
	ck_assert_int_eq(parse(nlh, tb), -EBADMSG);

	/* no room for the family header */
	nlh = empty();
	ck_assert_int_eq(netlink_parse(nlh, 4, policy, 5, tb), -EBADMSG);
}
END_TEST

int main(void)
{
	TCase *drain = tcase_create("drain");
	TCase *attrs = tcase_create("attrs");

	tcase_add_checked_fixture(drain, setup, teardown);
	tcase_add_test(drain, drain_in_order);
	tcase_add_test(drain, drain_limit);
	tcase_add_test(drain, drain_overrun);
	tcase_add_test(drain, drain_cut);
	tcase_add_test(drain, drain_stops);
	tcase_add_test(attrs, attrs_good);
	tcase_add_test(attrs, attrs_bad);
	return unit_main("kernel-netlink", drain, attrs, NULL);
}
