/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the messages of the netfilter guard.  Knows the layout of the table,
 * and the bytes nft(8) sends for the same ruleset; must not know sockets, when
 * a table is made, or who asks.
 *
 *	table inet NAME {
 *		set hairpin4 { typeof iif . ip saddr . ip daddr;  counter }
 *		set hairpin6 { typeof iif . ip6 saddr . ip6 daddr; counter }
 *		chain prerouting {
 *			type filter hook prerouting priority raw; policy accept;
 *			rt ip nexthop != 0.0.0.0
 *				iif . ip saddr . ip daddr @hairpin4 drop
 *			rt ip6 nexthop != ::
 *				iif . ip6 saddr . ip6 daddr @hairpin6 drop
 *		}
 *	}
 *
 * Only a copy that the kernel looped back carries a route in PREROUTING; `rt`
 * ends the rule for every other packet, and comes first as the cheapest test.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "kernel/nft-msg.h"

/* NF_IP_PRI_RAW of linux/netfilter_ipv4.h, before conntrack. */
#define PRIORITY_RAW (-300)

/* TYPE_* of nftables' datatype.h; a concatenation has six bits for each. */
#define TYPE_IPADDR 7
#define TYPE_IP6ADDR 8
#define TYPE_IFINDEX 20
#define TYPE_CONCAT3(a, b, c) ((a) << 12 | (b) << 6 | (c))

/* What `list ruleset` needs for "typeof", as nft writes it (host order). */
struct udata_typeof {
	uint8_t order_type, order_len;
	uint32_t order;			/* BYTEORDER_INVALID */
	uint8_t key_type, key_len;	/* NFTNL_UDATA_SET_KEY_TYPEOF */
	uint8_t concat_type, concat_len;
	uint32_t concat;		/* EXPR_CONCAT */
	uint8_t data_type, data_len;
	struct {
		uint8_t type, len, expr_type, expr_len;
		uint32_t expr;		/* EXPR_META */
		uint8_t data_type, data_len, key_type, key_len;
		uint32_t key;		/* NFT_META_IIF */
	} __attribute__((packed)) iif;
	struct {
		uint8_t type, len, expr_type, expr_len;
		uint32_t expr;		/* EXPR_PAYLOAD */
		uint8_t data_type, data_len, proto_type, proto_len;
		uint32_t proto;		/* PROTO_DESC_IP or _IP6 */
		uint8_t field_type, field_len;
		uint32_t field;		/* number of the header field */
	} __attribute__((packed)) addr[2];
} __attribute__((packed));

struct shape {
	const char *set;
	uint32_t set_id;
	uint32_t key_type;
	uint32_t nexthop;	/* NFT_RT_NEXTHOP4, 6 */
	uint8_t nfproto;
	uint32_t addr_len;
	uint32_t saddr, daddr;	/* offsets in the network header */
	uint32_t daddr_reg;
	uint32_t proto, saddr_field, daddr_field;	/* udata_typeof */
};

static const struct shape shapes[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {
		.set = "hairpin4",
		.set_id = 1,
		.key_type = TYPE_CONCAT3(TYPE_IFINDEX, TYPE_IPADDR,
					 TYPE_IPADDR),
		.nexthop = NFT_RT_NEXTHOP4,
		.nfproto = NFPROTO_IPV4,
		.addr_len = 4,
		.saddr = 12,
		.daddr = 16,
		.daddr_reg = NFT_REG32_02,
		.proto = 12, .saddr_field = 11, .daddr_field = 12,
	},
	[FAMILY_IPV6] = {
		.set = "hairpin6",
		.set_id = 2,
		.key_type = TYPE_CONCAT3(TYPE_IFINDEX, TYPE_IP6ADDR,
					 TYPE_IP6ADDR),
		.nexthop = NFT_RT_NEXTHOP6,
		.nfproto = NFPROTO_IPV6,
		.addr_len = 16,
		.saddr = 8,
		.daddr = 24,
		.daddr_reg = NFT_REG32_05,
		.proto = 13, .saddr_field = 8, .daddr_field = 9,
	},
};

const char *nft_set_name(enum family family)
{
	return shapes[family].set;
}

void nft_table_name(const char *ident, unsigned int table,
		    char ret[NFT_NAME_SIZE])
{
	char tail[16];
	size_t len, room;

	snprintf(tail, sizeof(tail), "-%u", table);
	room = NFT_NAME_SIZE - strlen(tail);
	len = (size_t)snprintf(ret, room, "smcrouted-");
	for (; *ident; ident++) {
		unsigned char c = (unsigned char)*ident;
		bool plain = isascii(c) && (isalnum(c) || strchr("-_.", c));

		if (len + (plain ? 1 : 3) >= room)
			break;
		len += (size_t)snprintf(ret + len, room - len,
					plain ? "%c" : "/%02X", c);
	}
	memcpy(ret + len, tail, strlen(tail) + 1);
}

static struct nlmsghdr *put_header(void *buf, uint16_t type, uint16_t flags,
				   uint8_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

struct nlmsghdr *nft_msg_begin(void *buf, uint16_t msg, uint16_t flags)
{
	return put_header(buf, NFNL_SUBSYS_NFTABLES << 8 | msg, flags,
			  NFPROTO_INET);
}

static struct nlmsghdr *batch_put(struct nft_batch *batch, uint16_t type,
				  uint16_t flags, uint8_t family)
{
	struct nlmsghdr *nlh;

	nlh = put_header(batch->data + batch->len, type, flags, family);
	nlh->nlmsg_seq = batch->seq++;
	return nlh;
}

struct nlmsghdr *nft_batch_msg(struct nft_batch *batch, uint16_t msg,
			       uint16_t flags)
{
	return batch_put(batch, NFNL_SUBSYS_NFTABLES << 8 | msg, flags,
			 NFPROTO_INET);
}

void nft_batch_close(struct nft_batch *batch, const struct nlmsghdr *nlh)
{
	batch->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void batch_mark(struct nft_batch *batch, uint16_t type)
{
	struct nlmsghdr *nlh = batch_put(batch, type, 0, AF_UNSPEC);
	struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	nfg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	nft_batch_close(batch, nlh);
}

void nft_batch_begin(struct nft_batch *batch)
{
	batch->len = 0;
	batch->first = batch->seq;
	batch_mark(batch, NFNL_MSG_BATCH_BEGIN);
}

/*
 * Only the last message is acknowledged: that says the transaction is
 * committed.  A message that fails is reported in any case.
 */
void nft_batch_end(struct nft_batch *batch)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)batch->data, *last = nlh;
	int left = (int)batch->len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		last = nlh;
	last->nlmsg_flags |= NLM_F_ACK;
	batch->last = last->nlmsg_seq;
	batch_mark(batch, NFNL_MSG_BATCH_END);
}

/* The handle decides; kernels before 4.16 go by the name. */
void nft_batch_del_table(struct nft_batch *batch, const char *name,
			 uint64_t handle)
{
	struct nlmsghdr *nlh = nft_batch_msg(batch, NFT_MSG_DELTABLE, 0);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
	mnl_attr_put_u64(nlh, NFTA_TABLE_HANDLE, htobe64(handle));
	nft_batch_close(batch, nlh);
}

static void add_table(struct nft_batch *batch, const struct nft_setup *setup)
{
	struct nlmsghdr *nlh = nft_batch_msg(batch, NFT_MSG_NEWTABLE,
					     NLM_F_CREATE | NLM_F_EXCL);
	uint8_t udata[2 + sizeof(NFT_TABLE_MARK)] = {
		NFT_UDATA_TABLE_COMMENT, sizeof(NFT_TABLE_MARK),
	};

	memcpy(udata + 2, NFT_TABLE_MARK, sizeof(NFT_TABLE_MARK));
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, setup->name);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS,
			 htonl(setup->owner ? NFT_TABLE_F_OWNER : 0));
	mnl_attr_put(nlh, NFTA_TABLE_USERDATA, sizeof(udata), udata);
	nft_batch_close(batch, nlh);
}

static void add_chain(struct nft_batch *batch, const struct nft_setup *setup)
{
	struct nlmsghdr *nlh = nft_batch_msg(batch, NFT_MSG_NEWCHAIN,
					     NLM_F_CREATE);
	struct nlattr *hook;

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, setup->name);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, NFT_CHAIN);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "filter");
	mnl_attr_put_u32(nlh, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(NF_INET_PRE_ROUTING));
	mnl_attr_put_u32(nlh, NFTA_HOOK_PRIORITY,
			 htonl((uint32_t)PRIORITY_RAW));
	mnl_attr_nest_end(nlh, hook);
	nft_batch_close(batch, nlh);
}

static void put_typeof(struct nlmsghdr *nlh, const struct shape *shape)
{
	struct udata_typeof udata = {
		.order_type = 0, .order_len = 4,
		.key_type = 3, .key_len = 68,
		.concat_type = 0, .concat_len = 4, .concat = 13,
		.data_type = 1, .data_len = 60,
		.iif = {
			.type = 0, .len = 14,
			.expr_type = 0, .expr_len = 4, .expr = 9,
			.data_type = 1, .data_len = 6,
			.key_type = 0, .key_len = 4, .key = NFT_META_IIF,
		},
	};
	int i;

	for (i = 0; i < 2; i++) {
		udata.addr[i].type = (uint8_t)(1 + i);
		udata.addr[i].len = 20;
		udata.addr[i].expr_len = 4;
		udata.addr[i].expr = 7;
		udata.addr[i].data_type = 1;
		udata.addr[i].data_len = 12;
		udata.addr[i].proto_len = 4;
		udata.addr[i].proto = shape->proto;
		udata.addr[i].field_type = 1;
		udata.addr[i].field_len = 4;
	}
	udata.addr[0].field = shape->saddr_field;
	udata.addr[1].field = shape->daddr_field;
	mnl_attr_put(nlh, NFTA_SET_USERDATA, sizeof(udata), &udata);
}

static void add_set(struct nft_batch *batch, const struct nft_setup *setup,
		    const struct shape *shape)
{
	struct nlmsghdr *nlh = nft_batch_msg(batch, NFT_MSG_NEWSET,
					     NLM_F_CREATE);
	struct nlattr *expr, *data;

	mnl_attr_put_strz(nlh, NFTA_SET_TABLE, setup->name);
	mnl_attr_put_strz(nlh, NFTA_SET_NAME, shape->set);
	mnl_attr_put_u32(nlh, NFTA_SET_FLAGS, 0);
	mnl_attr_put_u32(nlh, NFTA_SET_KEY_TYPE, htonl(shape->key_type));
	mnl_attr_put_u32(nlh, NFTA_SET_KEY_LEN,
			 htonl(4 + 2 * shape->addr_len));
	mnl_attr_put_u32(nlh, NFTA_SET_ID, htonl(shape->set_id));
	put_typeof(nlh, shape);
	if (setup->counter) {
		expr = mnl_attr_nest_start(nlh, NFTA_SET_EXPR);
		mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "counter");
		data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
		mnl_attr_nest_end(nlh, data);
		mnl_attr_nest_end(nlh, expr);
	}
	nft_batch_close(batch, nlh);
}

/* An expression is open from its name to expr_end(). */
struct expr {
	struct nlmsghdr *nlh;
	struct nlattr *elem;
	struct nlattr *data;
};

static struct expr expr_begin(struct nlmsghdr *nlh, const char *name)
{
	struct expr expr = { .nlh = nlh };

	expr.elem = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, name);
	expr.data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	return expr;
}

static void expr_u32(const struct expr *expr, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(expr->nlh, type, htonl(value));
}

static void expr_end(const struct expr *expr)
{
	mnl_attr_nest_end(expr->nlh, expr->data);
	mnl_attr_nest_end(expr->nlh, expr->elem);
}

/* Both sorts of load: NFTA_RT_* and NFTA_META_* have the same numbers. */
static void put_load(struct nlmsghdr *nlh, const char *name, uint32_t key)
{
	struct expr expr = expr_begin(nlh, name);

	expr_u32(&expr, NFTA_META_KEY, key);
	expr_u32(&expr, NFTA_META_DREG, NFT_REG_1);
	expr_end(&expr);
}

static void put_cmp(struct nlmsghdr *nlh, uint32_t op, const void *value,
		    size_t len)
{
	struct expr expr = expr_begin(nlh, "cmp");
	struct nlattr *data;

	expr_u32(&expr, NFTA_CMP_SREG, NFT_REG_1);
	expr_u32(&expr, NFTA_CMP_OP, op);
	data = mnl_attr_nest_start(nlh, NFTA_CMP_DATA);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(nlh, data);
	expr_end(&expr);
}

static void put_payload(struct nlmsghdr *nlh, uint32_t reg, uint32_t offset,
			uint32_t len)
{
	struct expr expr = expr_begin(nlh, "payload");

	expr_u32(&expr, NFTA_PAYLOAD_DREG, reg);
	expr_u32(&expr, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	expr_u32(&expr, NFTA_PAYLOAD_OFFSET, offset);
	expr_u32(&expr, NFTA_PAYLOAD_LEN, len);
	expr_end(&expr);
}

static void put_lookup(struct nlmsghdr *nlh, const struct shape *shape)
{
	struct expr expr = expr_begin(nlh, "lookup");

	expr_u32(&expr, NFTA_LOOKUP_SREG, NFT_REG_1);
	mnl_attr_put_strz(nlh, NFTA_LOOKUP_SET, shape->set);
	expr_u32(&expr, NFTA_LOOKUP_SET_ID, shape->set_id);
	expr_end(&expr);
}

static void put_drop(struct nlmsghdr *nlh)
{
	struct expr expr = expr_begin(nlh, "immediate");
	struct nlattr *data, *verdict;

	expr_u32(&expr, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(nlh, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(nlh, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(nlh, NFTA_VERDICT_CODE, htonl(NF_DROP));
	mnl_attr_nest_end(nlh, verdict);
	mnl_attr_nest_end(nlh, data);
	expr_end(&expr);
}

static void add_rule(struct nft_batch *batch, const struct nft_setup *setup,
		     const struct shape *shape)
{
	struct nlmsghdr *nlh = nft_batch_msg(batch, NFT_MSG_NEWRULE,
					     NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, setup->name);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, NFT_CHAIN);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	put_load(nlh, "rt", shape->nexthop);
	put_cmp(nlh, NFT_CMP_NEQ, &in6addr_any, shape->addr_len);
	put_load(nlh, "meta", NFT_META_NFPROTO);
	put_cmp(nlh, NFT_CMP_EQ, &shape->nfproto, 1);
	put_load(nlh, "meta", NFT_META_IIF);
	put_payload(nlh, NFT_REG32_01, shape->saddr, shape->addr_len);
	put_payload(nlh, shape->daddr_reg, shape->daddr, shape->addr_len);
	put_lookup(nlh, shape);
	put_drop(nlh);
	mnl_attr_nest_end(nlh, list);
	nft_batch_close(batch, nlh);
}

void nft_batch_setup(struct nft_batch *batch, const struct nft_setup *setup)
{
	int family;

	if (setup->stale)
		nft_batch_del_table(batch, setup->name, setup->stale);
	add_table(batch, setup);
	add_chain(batch, setup);
	for (family = 0; family < FAMILY_COUNT; family++)
		add_set(batch, setup, &shapes[family]);
	for (family = 0; family < FAMILY_COUNT; family++)
		add_rule(batch, setup, &shapes[family]);
}

struct nlmsghdr *nft_msg_get_table(void *buf, const char *name)
{
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_GETTABLE, NLM_F_ACK);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
	return nlh;
}

struct nlmsghdr *nft_msg_dump_rules(void *buf, const char *name)
{
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_GETRULE, NLM_F_DUMP);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, name);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, NFT_CHAIN);
	return nlh;
}
