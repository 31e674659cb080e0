/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes apart what nf_tables answers and announces.  Trusts the kernel no
 * further than its lengths go; must not know sockets or what follows.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "kernel/netlink.h"
#include "kernel/nft-msg.h"

bool nft_msg_is(const struct nlmsghdr *nlh, uint16_t msg)
{
	return nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nfgenmsg)) &&
	       nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | msg);
}

static uint32_t be_u32(const struct nlattr *attr)
{
	return attr ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

static uint64_t be_u64(const struct nlattr *attr)
{
	return attr ? be64toh(mnl_attr_get_u64(attr)) : 0;
}

static bool is_text(const struct nlattr *attr, const char *text)
{
	return attr && !strcmp(mnl_attr_get_str(attr), text);
}

/* User data is a row of (type, length, value), a byte for each of the first. */
static bool has_mark(const struct nlattr *attr)
{
	const uint8_t *data = mnl_attr_get_payload(attr);
	size_t left = mnl_attr_get_payload_len(attr);
	size_t size = sizeof(NFT_TABLE_MARK);

	while (left >= 2 && left - 2 >= data[1]) {
		if (data[0] == NFT_UDATA_TABLE_COMMENT && data[1] == size &&
		    !memcmp(data + 2, NFT_TABLE_MARK, size))
			return true;
		left -= 2 + (size_t)data[1];
		data += 2 + data[1];
	}
	return false;
}

int nft_parse_table(const struct nlmsghdr *nlh, struct nft_found *ret)
{
	static const struct netlink_attr policy[NFTA_TABLE_MAX + 1] = {
		[NFTA_TABLE_FLAGS] = { .type = MNL_TYPE_U32 },
		[NFTA_TABLE_HANDLE] = { .type = MNL_TYPE_U64 },
		[NFTA_TABLE_USERDATA] = { .type = MNL_TYPE_BINARY },
		[NFTA_TABLE_OWNER] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[NFTA_TABLE_MAX + 1];

	if (!nft_msg_is(nlh, NFT_MSG_NEWTABLE) ||
	    netlink_parse(nlh, sizeof(struct nfgenmsg), policy,
			  NFTA_TABLE_MAX + 1, tb))
		return -EINVAL;
	ret->handle = be_u64(tb[NFTA_TABLE_HANDLE]);
	ret->owner = be_u32(tb[NFTA_TABLE_OWNER]);
	ret->dormant = be_u32(tb[NFTA_TABLE_FLAGS]) & NFT_TABLE_F_DORMANT;
	ret->marked = tb[NFTA_TABLE_USERDATA] &&
		      has_mark(tb[NFTA_TABLE_USERDATA]);
	return 0;
}

int nft_parse_rule(const struct nlmsghdr *nlh, const char *name,
		   uint64_t *ret)
{
	static const struct netlink_attr policy[NFTA_RULE_MAX + 1] = {
		[NFTA_RULE_TABLE] = { .type = MNL_TYPE_NUL_STRING },
		[NFTA_RULE_CHAIN] = { .type = MNL_TYPE_NUL_STRING },
		[NFTA_RULE_HANDLE] = { .type = MNL_TYPE_U64 },
	};
	const struct nlattr *tb[NFTA_RULE_MAX + 1];

	if (!nft_msg_is(nlh, NFT_MSG_NEWRULE) ||
	    netlink_parse(nlh, sizeof(struct nfgenmsg), policy,
			  NFTA_RULE_MAX + 1, tb))
		return -EINVAL;
	*ret = 0;
	if (is_text(tb[NFTA_RULE_TABLE], name) &&
	    is_text(tb[NFTA_RULE_CHAIN], NFT_CHAIN))
		*ret = be_u64(tb[NFTA_RULE_HANDLE]);
	return 0;
}

/* Who did it: NEWGEN ends the notifications of each transaction. */
static int parse_gen(const struct nlmsghdr *nlh, struct nft_event *ret)
{
	static const struct netlink_attr policy[NFTA_GEN_MAX + 1] = {
		[NFTA_GEN_PROC_NAME] = { .type = MNL_TYPE_NUL_STRING },
	};
	const struct nlattr *tb[NFTA_GEN_MAX + 1];

	if (netlink_parse(nlh, sizeof(struct nfgenmsg), policy,
			  NFTA_GEN_MAX + 1, tb))
		return -EINVAL;
	if (tb[NFTA_GEN_PROC_NAME])
		strncpy(ret->process, mnl_attr_get_str(tb[NFTA_GEN_PROC_NAME]),
			sizeof(ret->process) - 1);
	return 0;
}

/* NFTA_*_TABLE is 1 in messages about tables, chains, sets, rules, elements. */
static int parse_change(const struct nlmsghdr *nlh, const char *name,
			struct nft_event *ret)
{
	static const struct netlink_attr policy[NFTA_TABLE_NAME + 1] = {
		[NFTA_TABLE_NAME] = { .type = MNL_TYPE_NUL_STRING },
	};
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[NFTA_TABLE_NAME + 1];

	if (netlink_parse(nlh, sizeof(*nfg), policy, NFTA_TABLE_NAME + 1, tb))
		return -EINVAL;
	ret->ours = nfg->nfgen_family == NFPROTO_INET &&
		    is_text(tb[NFTA_TABLE_NAME], name);
	return 0;
}

int nft_parse_event(const struct nlmsghdr *nlh, const char *name,
		    struct nft_event *ret)
{
	struct nft_event event = {
		.type = nlh->nlmsg_type & 0xff,
		.port = nlh->nlmsg_pid,
	};
	int err;

	if (!nft_msg_is(nlh, event.type))
		return -EINVAL;
	err = event.type == NFT_MSG_NEWGEN ? parse_gen(nlh, &event) :
					     parse_change(nlh, name, &event);
	if (!err)
		*ret = event;
	return err;
}

void nft_setup_explain(uint16_t type, const char **ret_what,
		       const char **ret_missing)
{
	*ret_missing = "CONFIG_NF_TABLES";
	switch (type) {
	case NFT_MSG_NEWTABLE:
		*ret_what = "setup";
		*ret_missing = "CONFIG_NF_TABLES_INET";
		break;
	case NFT_MSG_NEWCHAIN:
		*ret_what = "chain";
		*ret_missing = "CONFIG_NF_TABLES_INET";
		break;
	case NFT_MSG_NEWSET:
		*ret_what = "set";
		break;
	case NFT_MSG_NEWRULE:
		*ret_what = "rule";
		break;
	default:
		*ret_what = "transaction";
		break;
	}
}
