/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What passes for an upcall. */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/mroute.h>
#include <linux/mroute6.h>

#include "kernel/mroute.h"
#include "test/unit/unit.h"

static struct upcall upcall;

static struct in6_addr addr(const char *text)
{
	struct in6_addr ret;

	ck_assert_int_eq(addr_parse(text, &ret), 0);
	return ret;
}

static struct igmpmsg good4(void)
{
	struct in6_addr source = addr("198.18.1.1");
	struct in6_addr group = addr("239.1.1.1");

	return (struct igmpmsg) {
		.im_msgtype = IGMPMSG_NOCACHE,
		.im_vif = 31,
		.im_src = addr_to_ipv4(&source),
		.im_dst = addr_to_ipv4(&group),
	};
}

static int check4(const struct igmpmsg *msg)
{
	return mroute4_ops.check(msg, sizeof(*msg), &upcall);
}

START_TEST(ipv4_good)
{
	struct in6_addr source = addr("198.18.1.1");
	struct in6_addr group = addr("239.1.1.1");
	struct igmpmsg msg = good4();

	ck_assert_int_eq(check4(&msg), 0);
	ck_assert_int_eq(upcall.kind, UPCALL_NOCACHE);
	ck_assert_int_eq(upcall.family, FAMILY_IPV4);
	ck_assert_uint_eq(upcall.vif, 31);
	ck_assert(addr_equal(&upcall.source, &source));
	ck_assert(addr_equal(&upcall.group, &group));

	msg.im_msgtype = IGMPMSG_WRONGVIF;
	ck_assert_int_eq(check4(&msg), 0);
	ck_assert_int_eq(upcall.kind, UPCALL_WRONGVIF);
}
END_TEST

START_TEST(ipv4_bad)
{
	struct igmpmsg msg;
	size_t len;

	msg = good4();
	for (len = 0; len < sizeof(msg); len++)
		ck_assert_int_eq(mroute4_ops.check(&msg, len, &upcall),
				 -EBADMSG);

	/* an IGMP packet has its protocol there */
	msg.im_mbz = IPPROTO_IGMP;
	ck_assert_int_eq(check4(&msg), -EBADMSG);

	msg = good4();
	msg.im_msgtype = 0;
	ck_assert_int_eq(check4(&msg), -EBADMSG);
	msg.im_msgtype = IGMPMSG_WHOLEPKT;
	ck_assert_int_eq(check4(&msg), -EPROTONOSUPPORT);
	msg.im_msgtype = IGMPMSG_WRVIFWHOLE;
	ck_assert_int_eq(check4(&msg), -EPROTONOSUPPORT);

	msg = good4();
	msg.im_vif = 32;
	ck_assert_int_eq(check4(&msg), -EBADMSG);
	msg = good4();
	msg.im_vif_hi = 1;
	ck_assert_int_eq(check4(&msg), -EBADMSG);

	msg = good4();
	msg.im_dst = msg.im_src;
	ck_assert_int_eq(check4(&msg), -EBADMSG);
	msg = good4();
	msg.im_src = msg.im_dst;
	ck_assert_int_eq(check4(&msg), -EBADMSG);
}
END_TEST

#ifdef ENABLE_IPV6
static struct mrt6msg good6(void)
{
	return (struct mrt6msg) {
		.im6_msgtype = MRT6MSG_NOCACHE,
		.im6_mif = 31,
		.im6_src = addr("fd00:1::1"),
		.im6_dst = addr("ff0e::1"),
	};
}

static int check6(const struct mrt6msg *msg)
{
	return mroute6_ops.check(msg, sizeof(*msg), &upcall);
}

START_TEST(ipv6_good)
{
	struct in6_addr source = addr("fd00:1::1");
	struct in6_addr group = addr("ff0e::1");
	struct mrt6msg msg = good6();

	ck_assert_int_eq(check6(&msg), 0);
	ck_assert_int_eq(upcall.kind, UPCALL_NOCACHE);
	ck_assert_int_eq(upcall.family, FAMILY_IPV6);
	ck_assert_uint_eq(upcall.vif, 31);
	ck_assert(addr_equal(&upcall.source, &source));
	ck_assert(addr_equal(&upcall.group, &group));

	msg.im6_msgtype = MRT6MSG_WRONGMIF;
	ck_assert_int_eq(check6(&msg), 0);
	ck_assert_int_eq(upcall.kind, UPCALL_WRONGVIF);
}
END_TEST

START_TEST(ipv6_bad)
{
	struct mrt6msg msg;
	size_t len;

	msg = good6();
	for (len = 0; len < sizeof(msg); len++)
		ck_assert_int_eq(mroute6_ops.check(&msg, len, &upcall),
				 -EBADMSG);

	msg.im6_mbz = 1;
	ck_assert_int_eq(check6(&msg), -EBADMSG);

	msg = good6();
	msg.im6_msgtype = 0;
	ck_assert_int_eq(check6(&msg), -EBADMSG);
	msg.im6_msgtype = MRT6MSG_WHOLEPKT;
	ck_assert_int_eq(check6(&msg), -EPROTONOSUPPORT);

	msg = good6();
	msg.im6_mif = 32;
	ck_assert_int_eq(check6(&msg), -EBADMSG);

	msg = good6();
	msg.im6_dst = msg.im6_src;
	ck_assert_int_eq(check6(&msg), -EBADMSG);

	/* would be taken for IPv4 */
	msg = good6();
	msg.im6_src = addr("198.18.1.1");
	ck_assert_int_eq(check6(&msg), -EBADMSG);
}
END_TEST

/* The kernel's field has 16 bits: it would be another interface. */
START_TEST(ipv6_large_ifindex)
{
	ck_assert_int_eq(mroute6_ops.vif_add(-1, 0, 65536), -EOVERFLOW);
	ck_assert_int_eq(mroute6_ops.vif_add(-1, 0, 65535), -EBADF);
}
END_TEST
#endif

int main(void)
{
	TCase *tcase = tcase_create("mroute");

	tcase_add_test(tcase, ipv4_good);
	tcase_add_test(tcase, ipv4_bad);
#ifdef ENABLE_IPV6
	tcase_add_test(tcase, ipv6_good);
	tcase_add_test(tcase, ipv6_bad);
	tcase_add_test(tcase, ipv6_large_ifindex);
#endif
	return unit_main("kernel-mroute", tcase, NULL);
}
