/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads rtnetlink messages about links and addresses.  Knows their layout and
 * which kinds of device attach a metadata dst to received packets; must not
 * know sockets, nor what a message leads to.
 */
#include "config.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>

#include "kernel/netlink.h"
#include "kernel/rtnl-msg.h"

_Static_assert(IFACE_NAME_MAX == IFNAMSIZ, "IFACE_NAME_MAX is IFNAMSIZ");

/* IFLA_XFRM_COLLECT_METADATA of linux/if_link.h, which is newer than 6.0. */
#define XFRM_COLLECT_METADATA 3

/* Highest attribute number of interest, of all kinds below. */
#define METADATA_MAX 32

/* Attribute within IFLA_INFO_DATA that tells of collect-metadata mode. */
static const struct metadata_kind {
	const char *kind;	/* IFLA_INFO_KIND */
	unsigned int attr;	/* 0: always in that mode */
} metadata_kinds[] = {
	{ "vxlan", IFLA_VXLAN_COLLECT_METADATA },
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
	{ "xfrm", XFRM_COLLECT_METADATA },
	{ "bareudp", 0 },
};

static const struct netlink_attr link_policy[] = {
	[IFLA_IFNAME] = { MNL_TYPE_NUL_STRING, 0 },
	[IFLA_LINK] = { MNL_TYPE_U32, 0 },
	[IFLA_MASTER] = { MNL_TYPE_U32, 0 },
	[IFLA_LINKINFO] = { MNL_TYPE_NESTED, 0 },
	[IFLA_LINK_NETNSID] = { MNL_TYPE_U32, 0 },
};

static const struct netlink_attr info_policy[] = {
	[IFLA_INFO_KIND] = { MNL_TYPE_NUL_STRING, 0 },
	[IFLA_INFO_DATA] = { MNL_TYPE_NESTED, 0 },
};

#define LINK_ATTRS (IFLA_LINK_NETNSID + 1)
#define INFO_ATTRS (IFLA_INFO_DATA + 1)
#define ADDR_ATTRS (IFA_LOCAL + 1)

/* A flag is there or not; vxlan has a number, 0 or 1. */
static int read_metadata(const struct nlattr *data, unsigned int number,
			 bool *ret)
{
	struct netlink_attr policy[METADATA_MAX] = { 0 };
	const struct nlattr *tb[METADATA_MAX];
	const struct nlattr *attr;
	int err;

	policy[number].type = MNL_TYPE_BINARY;
	err = netlink_parse_nested(data, policy, METADATA_MAX, tb);
	if (err)
		return err;

	attr = tb[number];
	*ret = attr && (!mnl_attr_get_payload_len(attr) ||
			mnl_attr_get_u8(attr));
	return 0;
}

static int read_linkinfo(const struct nlattr *linkinfo, bool *ret)
{
	const struct nlattr *tb[INFO_ATTRS];
	const struct metadata_kind *kind;
	size_t i;
	int err;

	err = netlink_parse_nested(linkinfo, info_policy, INFO_ATTRS, tb);
	if (err)
		return err;
	if (!tb[IFLA_INFO_KIND])
		return 0;

	for (i = 0; i < sizeof(metadata_kinds) / sizeof(*kind); i++) {
		kind = &metadata_kinds[i];
		if (strcmp(mnl_attr_get_str(tb[IFLA_INFO_KIND]), kind->kind))
			continue;
		if (!kind->attr) {
			*ret = true;
			return 0;
		}
		if (!tb[IFLA_INFO_DATA])
			return 0;
		return read_metadata(tb[IFLA_INFO_DATA], kind->attr, ret);
	}
	return 0;
}

/*
 * Where the device stands.  IFLA_LINK of another namespace is an index there;
 * IFLA_LINK_NETNSID says so.
 */
static void read_stack(const struct nlattr *const *tb, struct link_info *ret)
{
	if (tb[IFLA_LINK] && !tb[IFLA_LINK_NETNSID])
		ret->lower = mnl_attr_get_u32(tb[IFLA_LINK]);
	if (tb[IFLA_MASTER])
		ret->master = mnl_attr_get_u32(tb[IFLA_MASTER]);
}

static int parse_link(const struct nlmsghdr *nlh, struct rtnl_msg *ret)
{
	const struct nlattr *tb[LINK_ATTRS];
	const struct ifinfomsg *ifi;
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return -EBADMSG;
	ifi = mnl_nlmsg_get_payload(nlh);

	/*
	 * A bridge tells of its ports, and IPv6 of its settings, in messages of
	 * the same types: RTM_DELLINK of AF_BRIDGE is a port that leaves.
	 */
	if (ifi->ifi_family != AF_UNSPEC)
		return 0;
	if (ifi->ifi_index <= 0)
		return -EBADMSG;
	ret->ifindex = (unsigned int)ifi->ifi_index;

	if (nlh->nlmsg_type == RTM_DELLINK) {
		ret->kind = RTNL_UNLINK;
		return 0;
	}

	err = netlink_parse(nlh, sizeof(*ifi), link_policy, LINK_ATTRS, tb);
	if (err)
		return err;
	/* Wireless events are links without a name. */
	if (!tb[IFLA_IFNAME])
		return 0;

	ret->link.ifindex = ret->ifindex;
	ret->link.name = mnl_attr_get_str(tb[IFLA_IFNAME]);
	ret->link.multicast = ifi->ifi_flags & IFF_MULTICAST;
	ret->link.up = ifi->ifi_flags & IFF_UP;
	if (!*ret->link.name || strlen(ret->link.name) >= IFACE_NAME_MAX)
		return -EBADMSG;
	read_stack(tb, &ret->link);
	if (tb[IFLA_LINKINFO]) {
		err = read_linkinfo(tb[IFLA_LINKINFO], &ret->link.metadata);
		if (err)
			return err;
	}

	ret->kind = RTNL_LINK;
	return 0;
}

/*
 * The host's own address: IFA_LOCAL where both are there, as on a link with a
 * peer, else IFA_ADDRESS.  Tentative IPv6 ones count.
 */
static int parse_addr(const struct nlmsghdr *nlh, struct rtnl_msg *ret)
{
	struct netlink_attr policy[ADDR_ATTRS] = { 0 };
	const struct nlattr *tb[ADDR_ATTRS], *attr;
	const struct ifaddrmsg *ifa;
	struct in_addr ipv4;
	size_t len;
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return -EBADMSG;
	ifa = mnl_nlmsg_get_payload(nlh);

	if (ifa->ifa_family == AF_INET)
		len = sizeof(ipv4);
	else if (ifa->ifa_family == AF_INET6)
		len = sizeof(ret->addr);
	else
		return 0;
	if (!ifa->ifa_index)
		return -EBADMSG;

	policy[IFA_LOCAL].type = policy[IFA_ADDRESS].type = MNL_TYPE_BINARY;
	policy[IFA_LOCAL].min = policy[IFA_ADDRESS].min = (uint16_t)len;
	err = netlink_parse(nlh, sizeof(*ifa), policy, ADDR_ATTRS, tb);
	if (err)
		return err;

	attr = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!attr)
		return 0;

	if (ifa->ifa_family == AF_INET) {
		memcpy(&ipv4, mnl_attr_get_payload(attr), len);
		ret->addr = addr_from_ipv4(ipv4);
	} else {
		memcpy(&ret->addr, mnl_attr_get_payload(attr), len);
	}
	ret->ifindex = ifa->ifa_index;
	ret->kind = nlh->nlmsg_type == RTM_NEWADDR ? RTNL_ADDR_ADD :
						     RTNL_ADDR_DEL;
	return 0;
}

int rtnl_msg_parse(const struct nlmsghdr *nlh, struct rtnl_msg *ret)
{
	struct rtnl_msg msg = { .kind = RTNL_NOTHING };
	int err = 0;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		err = parse_link(nlh, &msg);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		err = parse_addr(nlh, &msg);
		break;
	}
	if (err)
		return err;

	*ret = msg;
	return 0;
}
