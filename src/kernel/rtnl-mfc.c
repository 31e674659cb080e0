/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks for one MFC entry: RTM_GETROUTE in the families RTNL_FAMILY_IPMR and
 * RTNL_FAMILY_IP6MR (ipmr_rtm_getroute(), mr_fill_mroute()).  Knows that
 * message; must not know what an age is good for.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "kernel/netlink.h"
#include "kernel/rtnl-mfc.h"

static const struct netlink_attr policy[] = {
	[RTA_MFC_STATS] = { MNL_TYPE_BINARY, sizeof(struct rta_mfc_stats) },
	/* in clock ticks of sysconf(3) */
	[RTA_EXPIRES] = { MNL_TYPE_U64, 0 },
};

#define POLICY_SIZE (sizeof(policy) / sizeof(*policy))

struct answer {
	struct mfc_used used;
	bool given;
};

static int read_route(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[POLICY_SIZE];
	struct answer *answer = arg;
	struct rta_mfc_stats stats;
	int err;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	err = netlink_parse(nlh, sizeof(struct rtmsg), policy, POLICY_SIZE,
			    attrs);
	if (err)
		return err;
	if (!attrs[RTA_MFC_STATS] || !attrs[RTA_EXPIRES])
		return 0;

	memcpy(&stats, mnl_attr_get_payload(attrs[RTA_MFC_STATS]),
	       sizeof(stats));
	answer->used.count.packets = stats.mfcs_packets;
	answer->used.count.bytes = stats.mfcs_bytes;
	answer->used.count.wrong_if = stats.mfcs_wrong_if;
	answer->used.age = (double)mnl_attr_get_u64(attrs[RTA_EXPIRES]) /
			   (double)sysconf(_SC_CLK_TCK);
	answer->given = true;
	return 0;
}

/*
 * Without a number ip6mr_rtm_getroute() looks into RT_TABLE_DEFAULT, but the
 * table that MRT6_INIT takes is RT6_TABLE_DFLT, which is RT_TABLE_MAIN.
 */
static uint32_t table_number(bool ipv4, unsigned int table)
{
	if (table)
		return table;
	return ipv4 ? RT_TABLE_DEFAULT : RT_TABLE_MAIN;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type,
		     const struct in6_addr *addr)
{
	struct in_addr ipv4;

	if (addr_family(addr) == FAMILY_IPV6) {
		mnl_attr_put(nlh, type, sizeof(*addr), addr);
		return;
	}
	ipv4 = addr_to_ipv4(addr);
	mnl_attr_put(nlh, type, sizeof(ipv4), &ipv4);
}

int rtnl_mfc_used(struct netlink *requests, unsigned int table,
		  const struct in6_addr *source, const struct in6_addr *group,
		  struct mfc_used *ret)
{
	_Alignas(struct nlmsghdr) char buf[128] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct answer answer = { .given = false };
	bool ipv4 = addr_family(group) == FAMILY_IPV4;
	struct rtmsg *rtm;
	int err;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = ipv4 ? RTNL_FAMILY_IPMR : RTNL_FAMILY_IP6MR;
	rtm->rtm_src_len = ipv4 ? 32 : 128;
	rtm->rtm_dst_len = rtm->rtm_src_len;
	put_addr(nlh, RTA_SRC, source);
	put_addr(nlh, RTA_DST, group);
	mnl_attr_put_u32(nlh, RTA_TABLE, table_number(ipv4, table));

	err = netlink_request(requests, nlh, read_route, &answer);
	if (err)
		return err;
	if (!answer.given)
		return -EOPNOTSUPP;
	*ret = answer.used;
	return 0;
}
