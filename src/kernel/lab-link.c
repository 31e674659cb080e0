/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A veth pair and its addresses.  Knows the rtnetlink messages that make them;
 * must not know what they are for, nor in which namespace it works.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "kernel/lab-link.h"
#include "kernel/netlink.h"
#include "lib/clock.h"

/* Larger than each message of this file. */
#define MSG_MAX 512

int lab_link_add(struct netlink *nl, const char *name, unsigned int ifindex,
		 int peer_ns)
{
	_Alignas(struct nlmsghdr) char buf[MSG_MAX] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *info, *data, *peer;
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return netlink_request(nl, nlh, NULL, NULL);
}

int lab_link_up(struct netlink *nl, unsigned int ifindex)
{
	_Alignas(struct nlmsghdr) char buf[MSG_MAX] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	return netlink_request(nl, nlh, NULL, NULL);
}

struct wait {
	unsigned int ifindex;
	bool up;
};

static const struct netlink_attr link_policy[] = {
	[IFLA_OPERSTATE] = { .type = MNL_TYPE_U8 },
};

#define LINK_ATTRS (sizeof(link_policy) / sizeof(link_policy[0]))

/*
 * The operational state is told when the queue of the device is in place: a
 * packet sent between carrier and that moment is dropped without a word (net/
 * core/link_watch.c, linkwatch_do_dev()).  IFF_RUNNING says less: it is set
 * while that state is not known yet.
 */
static int wait_message(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attrs[LINK_ATTRS];
	struct wait *wait = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) ||
	    ifi->ifi_index != (int)wait->ifindex ||
	    netlink_parse(nlh, sizeof(*ifi), link_policy, LINK_ATTRS, attrs))
		return 0;
	wait->up = attrs[IFLA_OPERSTATE] &&
		   mnl_attr_get_u8(attrs[IFLA_OPERSTATE]) == IF_OPER_UP;
	return 0;
}

/*
 * Linux 6.9 brings the state up to date when it is asked for; others do it up
 * to a second later and tell of it (net/core/link_watch.c).
 */
static int link_ask(struct netlink *requests, struct wait *wait)
{
	_Alignas(struct nlmsghdr) char buf[MSG_MAX] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)wait->ifindex;
	return netlink_request(requests, nlh, wait_message, wait);
}

int lab_link_wait(struct netlink *requests, struct netlink *events,
		  unsigned int ifindex, double end)
{
	struct pollfd pfd = { events->fd, POLLIN, 0 };
	struct wait wait = { .ifindex = ifindex };
	double left;
	int err = link_ask(requests, &wait);

	while (err >= 0 && !wait.up) {
		err = netlink_drain(events, 1, wait_message, &wait);
		if (err)
			continue;
		left = end - clock_steady();
		if (left <= 0)
			return -ETIMEDOUT;
		if (!wait.up && poll(&pfd, 1, (int)(left * 1000) + 1) < 0 &&
		    errno != EINTR)
			return -errno;
	}
	return err < 0 ? err : 0;
}

int lab_addr_add(struct netlink *nl, unsigned int ifindex,
		 const struct in6_addr *addr, unsigned int len)
{
	_Alignas(struct nlmsghdr) char buf[MSG_MAX] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;
	struct in_addr ipv4;

	nlh->nlmsg_type = RTM_NEWADDR;
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_index = ifindex;
	ifa->ifa_prefixlen = (uint8_t)len;
	if (addr_family(addr) == FAMILY_IPV4) {
		ipv4 = addr_to_ipv4(addr);
		ifa->ifa_family = AF_INET;
		mnl_attr_put(nlh, IFA_LOCAL, sizeof(ipv4), &ipv4);
		mnl_attr_put(nlh, IFA_ADDRESS, sizeof(ipv4), &ipv4);
	} else {
		ifa->ifa_family = AF_INET6;
		/* nobody else is on the link: not tentative for a second */
		ifa->ifa_flags = IFA_F_NODAD;
		mnl_attr_put(nlh, IFA_LOCAL, sizeof(*addr), addr);
	}
	return netlink_request(nl, nlh, NULL, NULL);
}
