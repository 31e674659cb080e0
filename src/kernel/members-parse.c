/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads who has joined from text and messages of the kernel.  Must not know
 * files or sockets, nor whose a membership is.
 *
 * net/ipv4/igmp.c, igmp_mc_seq_show(); net/ipv6/mcast.c, igmp6_mc_seq_show();
 * inet_fill_ifmcaddr() and inet6_fill_ifmcaddr().
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "kernel/members-parse.h"
#include "kernel/netlink.h"
#include "lib/num.h"

/* linux/rtnetlink.h; RTM_NEWMULTICAST is an enum, and newer than 6.12. */
#define MSG_NEWMULTICAST 56
#define MSG_DELMULTICAST 57

#define ATTRS (IFA_MULTICAST + 1)

/* The next word, its end marked; NULL: no more. */
static char *take_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	char *end = word + strcspn(word, " \t");

	if (end == word)
		return NULL;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool take_number(char **rest, long max, uint32_t *ret)
{
	const char *word = take_word(rest);
	long value;

	if (!word || num_parse(word, 0, max, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Exactly `n` bytes of two digits each. */
static bool hex_bytes(const char *word, uint8_t *ret, size_t n)
{
	size_t i;

	if (!word || strlen(word) != 2 * n)
		return false;
	for (i = 0; i < n; i++) {
		int high = hex_digit(word[2 * i]);
		int low = hex_digit(word[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/*
 * "2\teth0      :     2      V3" is a device, "\t\t\t\t010101EF     1 ..." a
 * group of it.  The address is printed as a number of this machine, though it
 * is in network order: its bytes appear reversed on a little endian one.
 */
static uint32_t parse_igmp(char *line, struct members_key *ret)
{
	bool device = *line != '\t';
	uint32_t users, number;
	struct in_addr ipv4;
	uint8_t bytes[4];

	if (device) {
		if (!take_number(&line, INT_MAX, &ret->ifindex))
			ret->ifindex = 0;
		return 0;
	}
	if (!ret->ifindex || !hex_bytes(take_word(&line), bytes, 4) ||
	    !take_number(&line, INT_MAX, &users))
		return 0;
	number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		 (uint32_t)bytes[2] << 8 | bytes[3];
	ipv4.s_addr = number;
	ret->group = addr_from_ipv4(ipv4);
	return users;
}

/* "2    eth0            ff3e0000...0001     1 00000004 0" */
static uint32_t parse_igmp6(char *line, struct members_key *ret)
{
	struct in6_addr group;
	uint32_t users;

	if (!take_number(&line, INT_MAX, &ret->ifindex) || !ret->ifindex ||
	    !take_word(&line) ||
	    !hex_bytes(take_word(&line), group.s6_addr, sizeof(group)) ||
	    !take_number(&line, INT_MAX, &users))
		return 0;
	ret->group = group;
	return users;
}

uint32_t members_parse_line(enum family family, char *line,
			    struct members_key *ret)
{
	uint32_t users = family == FAMILY_IPV4 ? parse_igmp(line, ret) :
						 parse_igmp6(line, ret);

	return users && addr_is_multicast(&ret->group) ? users : 0;
}

static int parse_multicast(const struct nlmsghdr *nlh,
			   struct members_key *ret)
{
	struct netlink_attr policy[ATTRS] = { 0 };
	const struct nlattr *tb[ATTRS];
	const struct ifaddrmsg *ifa;
	struct in_addr ipv4;
	const void *data;
	bool ipv6;
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return -EBADMSG;
	ifa = mnl_nlmsg_get_payload(nlh);
	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return -ENOENT;
	ipv6 = ifa->ifa_family == AF_INET6;

	policy[IFA_MULTICAST].type = MNL_TYPE_BINARY;
	policy[IFA_MULTICAST].min = ipv6 ? sizeof(ret->group) : sizeof(ipv4);
	err = netlink_parse(nlh, sizeof(*ifa), policy, ATTRS, tb);
	if (err)
		return err;
	if (!ifa->ifa_index || !tb[IFA_MULTICAST])
		return -EBADMSG;

	data = mnl_attr_get_payload(tb[IFA_MULTICAST]);
	if (ipv6) {
		memcpy(&ret->group, data, sizeof(ret->group));
	} else {
		memcpy(&ipv4, data, sizeof(ipv4));
		ret->group = addr_from_ipv4(ipv4);
	}
	ret->ifindex = ifa->ifa_index;
	return 0;
}

int members_parse_msg(const struct nlmsghdr *nlh, enum members_kind *ret_kind,
		      struct members_key *ret)
{
	enum members_kind kind = MEMBERS_NOTHING;
	struct members_key key;
	int err = -ENOENT;

	if (nlh->nlmsg_type == MSG_NEWMULTICAST)
		kind = MEMBERS_FIRST;
	else if (nlh->nlmsg_type == MSG_DELMULTICAST)
		kind = MEMBERS_LAST;
	if (kind != MEMBERS_NOTHING)
		err = parse_multicast(nlh, &key);
	if (err == -ENOENT) {
		*ret_kind = MEMBERS_NOTHING;
		return 0;
	}
	if (err)
		return err;

	*ret_kind = kind;
	*ret = key;
	return 0;
}

bool members_is_forwarded(const struct in6_addr *group)
{
	if (addr_family(group) == FAMILY_IPV4)
		return !addr_is_local_group(group);
	return (group->s6_addr[1] & 0x0f) > 2;
}
