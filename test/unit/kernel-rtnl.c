/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink messages, built by hand, read into values. */
#include "config.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>

#include "kernel/rtnl-msg.h"
#include "test/unit/unit.h"

static _Alignas(struct nlmsghdr) char buf[1024];
static struct rtnl_msg msg;

static struct nlmsghdr *link_msg(uint16_t type, int ifindex, unsigned int flags)
{
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = flags;
	return nlh;
}

static struct nlmsghdr *addr_msg(uint16_t type, uint8_t family,
				 unsigned int ifindex)
{
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = family;
	ifa->ifa_index = ifindex;
	return nlh;
}

static struct in6_addr addr(const char *text)
{
	struct in6_addr ret;

	ck_assert_int_eq(addr_parse(text, &ret), 0);
	return ret;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	struct in6_addr a = addr(text);
	struct in_addr ipv4 = addr_to_ipv4(&a);

	if (addr_family(&a) == FAMILY_IPV4)
		mnl_attr_put(nlh, type, sizeof(ipv4), &ipv4);
	else
		mnl_attr_put(nlh, type, sizeof(a), &a);
}

static bool metadata_of(const char *kind, unsigned int attr, size_t len,
			uint8_t value)
{
	struct nlmsghdr *nlh = link_msg(RTM_NEWLINK, 3, IFF_MULTICAST);
	struct nlattr *info, *data;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "tun0");
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, 1, 1);
	if (attr)
		mnl_attr_put(nlh, (uint16_t)attr, len, &value);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);

	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_LINK);
	return msg.link.metadata;
}

START_TEST(link_values)
{
	struct nlmsghdr *nlh = link_msg(RTM_NEWLINK, 7, IFF_UP);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_LINK);
	ck_assert_uint_eq(msg.link.ifindex, 7);
	ck_assert_str_eq(msg.link.name, "eth0");
	ck_assert(msg.link.up);
	ck_assert(!msg.link.multicast);
	ck_assert(!msg.link.metadata);

	nlh = link_msg(RTM_NEWLINK, 7, IFF_MULTICAST);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert(!msg.link.up);
	ck_assert(msg.link.multicast);

	nlh = link_msg(RTM_DELLINK, 7, 0);
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_UNLINK);
	ck_assert_uint_eq(msg.ifindex, 7);
}
END_TEST

/* A port that leaves its bridge is not gone. */
START_TEST(link_of_bridge)
{
	struct nlmsghdr *nlh = link_msg(RTM_DELLINK, 7, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	ifi->ifi_family = AF_BRIDGE;
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_NOTHING);
}
END_TEST

/* Wireless events look like links. */
START_TEST(link_without_name)
{
	struct nlmsghdr *nlh = link_msg(RTM_NEWLINK, 7, IFF_UP);

	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_NOTHING);
}
END_TEST

START_TEST(link_bad)
{
	struct nlmsghdr *nlh;

	nlh = link_msg(RTM_NEWLINK, 7, 0);
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + sizeof(struct ifinfomsg) - 1;
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);

	nlh = link_msg(RTM_NEWLINK, 0, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);

	/* no NUL, nothing at all, too long for an interface */
	nlh = link_msg(RTM_NEWLINK, 7, 0);
	mnl_attr_put(nlh, IFLA_IFNAME, 4, "eth0");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);
	nlh = link_msg(RTM_NEWLINK, 7, 0);
	mnl_attr_put(nlh, IFLA_IFNAME, 0, "");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);
	nlh = link_msg(RTM_NEWLINK, 7, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "0123456789abcdef");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);

	/* an attribute that reaches past the message */
	nlh = link_msg(RTM_NEWLINK, 7, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0");
	nlh->nlmsg_len -= 4;
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);
}
END_TEST

/*
 * Every length that a message can be cut to: what is left never says that the
 * guard may be used, but where it is cut right behind the name.
 */
START_TEST(link_cut)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	uint32_t name_end = MNL_NLMSG_HDRLEN + sizeof(struct ifinfomsg) +
			    MNL_ATTR_HDRLEN + sizeof("tun0");
	uint32_t len;

	ck_assert(metadata_of("geneve", IFLA_GENEVE_COLLECT_METADATA, 0, 0));

	for (len = nlh->nlmsg_len - 1; len >= MNL_NLMSG_HDRLEN; len--) {
		nlh->nlmsg_len = len;
		if (len >= name_end && len <= MNL_ALIGN(name_end))
			ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
		else if (!rtnl_msg_parse(nlh, &msg))
			ck_assert_int_eq(msg.kind, RTNL_NOTHING);
	}
}
END_TEST

static const struct {
	const char *kind;
	unsigned int attr;
} flags[] = {
	{ "geneve", IFLA_GENEVE_COLLECT_METADATA },
	{ "gre", IFLA_GRE_COLLECT_METADATA },
	{ "gretap", IFLA_GRE_COLLECT_METADATA },
	{ "ip6gre", IFLA_GRE_COLLECT_METADATA },
	{ "ip6gretap", IFLA_GRE_COLLECT_METADATA },
	{ "erspan", IFLA_GRE_COLLECT_METADATA },
	{ "ip6erspan", IFLA_GRE_COLLECT_METADATA },
	{ "ipip", IFLA_IPTUN_COLLECT_METADATA },
	{ "sit", IFLA_IPTUN_COLLECT_METADATA },
	{ "ip6tnl", IFLA_IPTUN_COLLECT_METADATA },
	{ "xfrm", 3 },
};

START_TEST(metadata_flag)
{
	ck_assert(metadata_of(flags[_i].kind, flags[_i].attr, 0, 0));
	ck_assert(!metadata_of(flags[_i].kind, 0, 0, 0));
	/* the same number says something else in another kind */
	ck_assert(!metadata_of("veth", flags[_i].attr, 0, 0));
}
END_TEST

START_TEST(metadata_vxlan)
{
	unsigned int attr = IFLA_VXLAN_COLLECT_METADATA;

	ck_assert(metadata_of("vxlan", attr, 1, 1));
	ck_assert(!metadata_of("vxlan", attr, 1, 0));
	ck_assert(!metadata_of("vxlan", 0, 0, 0));
}
END_TEST

START_TEST(metadata_bareudp)
{
	ck_assert(metadata_of("bareudp", 0, 0, 0));
}
END_TEST

/* The devices below and above; IFLA_LINK may be one of another namespace. */
START_TEST(link_stack)
{
	struct nlmsghdr *nlh = link_msg(RTM_NEWLINK, 7, IFF_UP);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "mv0");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_uint_eq(msg.link.lower, 0);
	ck_assert_uint_eq(msg.link.master, 0);

	mnl_attr_put_u32(nlh, IFLA_LINK, 5);
	mnl_attr_put_u32(nlh, IFLA_MASTER, 6);
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_uint_eq(msg.link.lower, 5);
	ck_assert_uint_eq(msg.link.master, 6);

	mnl_attr_put_u32(nlh, IFLA_LINK_NETNSID, 0);
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_uint_eq(msg.link.lower, 0);
	ck_assert_uint_eq(msg.link.master, 6);

	nlh = link_msg(RTM_NEWLINK, 7, IFF_UP);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "mv0");
	mnl_attr_put(nlh, IFLA_LINK, 3, "abc");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);
}
END_TEST

START_TEST(addr_ipv4)
{
	struct in6_addr own = addr("192.0.2.1");
	struct nlmsghdr *nlh;

	/* Point-to-point: IFA_ADDRESS is the other end. */
	nlh = addr_msg(RTM_NEWADDR, AF_INET, 5);
	put_addr(nlh, IFA_ADDRESS, "192.0.2.2");
	put_addr(nlh, IFA_LOCAL, "192.0.2.1");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_ADDR_ADD);
	ck_assert_uint_eq(msg.ifindex, 5);
	ck_assert(addr_equal(&msg.addr, &own));

	nlh = addr_msg(RTM_DELADDR, AF_INET, 5);
	put_addr(nlh, IFA_LOCAL, "192.0.2.1");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_ADDR_DEL);
}
END_TEST

START_TEST(addr_ipv6)
{
	struct in6_addr own = addr("2001:db8::1");
	struct nlmsghdr *nlh = addr_msg(RTM_NEWADDR, AF_INET6, 5);
	struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	ifa->ifa_flags = IFA_F_TENTATIVE;
	put_addr(nlh, IFA_ADDRESS, "2001:db8::1");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_ADDR_ADD);
	ck_assert(addr_equal(&msg.addr, &own));

	nlh = addr_msg(RTM_NEWADDR, AF_INET6, 5);
	put_addr(nlh, IFA_ADDRESS, "2001:db8::2");
	put_addr(nlh, IFA_LOCAL, "2001:db8::1");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert(addr_equal(&msg.addr, &own));
}
END_TEST

START_TEST(addr_bad)
{
	struct nlmsghdr *nlh;

	nlh = addr_msg(RTM_NEWADDR, AF_INET, 5);
	mnl_attr_put(nlh, IFA_LOCAL, 3, "abc");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);

	/* four bytes are no IPv6 address */
	nlh = addr_msg(RTM_NEWADDR, AF_INET6, 5);
	put_addr(nlh, IFA_LOCAL, "192.0.2.1");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);

	nlh = addr_msg(RTM_NEWADDR, AF_INET, 0);
	put_addr(nlh, IFA_LOCAL, "192.0.2.1");
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), -EBADMSG);

	nlh = addr_msg(RTM_NEWADDR, AF_APPLETALK, 5);
	ck_assert_int_eq(rtnl_msg_parse(nlh, &msg), 0);
	ck_assert_int_eq(msg.kind, RTNL_NOTHING);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("rtnl");

	tcase_add_test(tcase, link_values);
	tcase_add_test(tcase, link_of_bridge);
	tcase_add_test(tcase, link_without_name);
	tcase_add_test(tcase, link_bad);
	tcase_add_test(tcase, link_cut);
	tcase_add_loop_test(tcase, metadata_flag, 0,
			    sizeof(flags) / sizeof(*flags));
	tcase_add_test(tcase, metadata_vxlan);
	tcase_add_test(tcase, metadata_bareudp);
	tcase_add_test(tcase, link_stack);
	tcase_add_test(tcase, addr_ipv4);
	tcase_add_test(tcase, addr_ipv6);
	tcase_add_test(tcase, addr_bad);
	return unit_main("kernel-rtnl", tcase, NULL);
}
