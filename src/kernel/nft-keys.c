/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guard keys as elements of the two sets, both ways.  Knows how a key is laid
 * out and how many go into a message; must not know sockets or the table's
 * rules.
 *
 * A key is iif . saddr . daddr: the interface in host order, the addresses as
 * they are in the packet.  All three are multiples of four bytes, so there is
 * no padding between them.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "kernel/netlink.h"
#include "kernel/nft-msg.h"

#define ADDR_LEN(family) ((family) == FAMILY_IPV4 ? 4u : 16u)
#define KEY_LEN(family) (4 + 2 * ADDR_LEN(family))

/* Headers of the element, of its key, and of the value in it. */
#define ELEM_LEN(family) (3 * (unsigned int)sizeof(struct nlattr) + \
			  KEY_LEN(family))

/* Elements of one message; the list's own header counts too. */
#define ELEM_MAX(family) ((NFT_NEST_MAX - sizeof(struct nlattr)) / \
			  ELEM_LEN(family))

#define IPV4_OFFSET 12

static void key_pack(const struct guard_key *key, enum family family,
		     uint8_t *ret)
{
	size_t len = ADDR_LEN(family);
	size_t skip = family == FAMILY_IPV4 ? IPV4_OFFSET : 0;
	uint32_t iif = key->ifindex;

	memcpy(ret, &iif, sizeof(iif));
	memcpy(ret + 4, key->source.s6_addr + skip, len);
	memcpy(ret + 4 + len, key->group.s6_addr + skip, len);
}

static void key_unpack(const uint8_t *data, enum family family,
		       struct guard_key *ret)
{
	uint32_t iif;

	memset(ret, 0, sizeof(*ret));
	memcpy(&iif, data, sizeof(iif));
	ret->ifindex = iif;
	if (family == FAMILY_IPV4) {
		struct in_addr source, group;

		memcpy(&source, data + 4, sizeof(source));
		memcpy(&group, data + 8, sizeof(group));
		ret->source = addr_from_ipv4(source);
		ret->group = addr_from_ipv4(group);
		return;
	}
	memcpy(&ret->source, data + 4, sizeof(ret->source));
	memcpy(&ret->group, data + 20, sizeof(ret->group));
}

size_t nft_keys_fit(const struct guard_key *keys, size_t n, size_t size)
{
	size_t i, used = NFT_BATCH_OVERHEAD;

	for (i = 0; i < n; i++) {
		used += ELEM_LEN(addr_family(&keys[i].group));
		if (used > size)
			break;
	}
	return i;
}

static void put_elem(struct nlmsghdr *nlh, const struct guard_key *key,
		     enum family family)
{
	uint8_t data[KEY_LEN(FAMILY_IPV6)];
	struct nlattr *elem, *value;

	key_pack(key, family, data);
	elem = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	value = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, KEY_LEN(family), data);
	mnl_attr_nest_end(nlh, value);
	mnl_attr_nest_end(nlh, elem);
}

/* One message with keys of one family from `pos` on; returns where it ended. */
static size_t put_elems(struct nft_batch *batch, struct nlmsghdr *nlh,
			enum family family, const struct guard_key *keys,
			size_t pos, size_t n)
{
	struct nlattr *list;
	size_t count = 0;

	list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (; pos < n && count < ELEM_MAX(family); pos++) {
		if (addr_family(&keys[pos].group) != family)
			continue;
		put_elem(nlh, &keys[pos], family);
		count++;
	}
	mnl_attr_nest_end(nlh, list);
	if (count)
		nft_batch_close(batch, nlh);
	else
		batch->seq--;
	return pos;
}

void nft_batch_keys(struct nft_batch *batch, const char *name,
		    enum nft_verb verb, const struct guard_key *keys, size_t n)
{
	uint16_t msg = verb == NFT_ADD ? NFT_MSG_NEWSETELEM :
					 NFT_MSG_DELSETELEM;
	uint16_t flags = verb == NFT_ADD ? NLM_F_CREATE : 0;
	int family;

	for (family = 0; family < FAMILY_COUNT; family++) {
		size_t pos = 0;

		while (pos < n) {
			struct nlmsghdr *nlh = nft_batch_msg(batch, msg, flags);

			mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, name);
			mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET,
					  nft_set_name(family));
			pos = put_elems(batch, nlh, family, keys, pos, n);
		}
	}
}

struct nlmsghdr *nft_msg_get_keys(void *buf, const char *name,
				  enum family family,
				  const struct guard_key *keys, size_t n)
{
	struct nlmsghdr *nlh = nft_msg_begin(buf, NFT_MSG_GETSETELEM, 0);
	size_t i, count = 0;
	struct nlattr *list;

	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, name);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, nft_set_name(family));
	list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (i = 0; i < n; i++) {
		if (addr_family(&keys[i].group) != family)
			continue;
		put_elem(nlh, &keys[i], family);
		count++;
	}
	mnl_attr_nest_end(nlh, list);
	return count ? nlh : NULL;
}

_Static_assert(GUARD_COUNT_MAX * NFT_ELEM_SIZE_MAX <= NFT_SETUP_SIZE / 2,
	       "the keys of one request fit into its buffer");

static uint64_t counter_packets(const struct nlattr *expr)
{
	static const struct netlink_attr expr_policy[NFTA_EXPR_MAX + 1] = {
		[NFTA_EXPR_DATA] = { .type = MNL_TYPE_NESTED },
	};
	static const struct netlink_attr policy[NFTA_COUNTER_MAX + 1] = {
		[NFTA_COUNTER_PACKETS] = { .type = MNL_TYPE_U64 },
	};
	const struct nlattr *data[NFTA_EXPR_MAX + 1];
	const struct nlattr *tb[NFTA_COUNTER_MAX + 1];

	if (netlink_parse_nested(expr, expr_policy, NFTA_EXPR_MAX + 1, data) ||
	    !data[NFTA_EXPR_DATA] ||
	    netlink_parse_nested(data[NFTA_EXPR_DATA], policy,
				 NFTA_COUNTER_MAX + 1, tb) ||
	    !tb[NFTA_COUNTER_PACKETS])
		return 0;
	return be64toh(mnl_attr_get_u64(tb[NFTA_COUNTER_PACKETS]));
}

static int parse_elem(const struct nlattr *elem, enum family family,
		      guard_count_fn *fn, void *arg)
{
	static const struct netlink_attr policy[NFTA_SET_ELEM_MAX + 1] = {
		[NFTA_SET_ELEM_KEY] = { .type = MNL_TYPE_NESTED },
		[NFTA_SET_ELEM_EXPR] = { .type = MNL_TYPE_NESTED },
	};
	static const struct netlink_attr key_policy[NFTA_DATA_MAX + 1] = {
		[NFTA_DATA_VALUE] = { .type = MNL_TYPE_BINARY },
	};
	const struct nlattr *tb[NFTA_SET_ELEM_MAX + 1];
	const struct nlattr *key[NFTA_DATA_MAX + 1];
	const struct nlattr *value;
	struct guard_count count = { 0 };
	struct guard_key found;

	if (netlink_parse_nested(elem, policy, NFTA_SET_ELEM_MAX + 1, tb) ||
	    !tb[NFTA_SET_ELEM_KEY] ||
	    netlink_parse_nested(tb[NFTA_SET_ELEM_KEY], key_policy,
				 NFTA_DATA_MAX + 1, key))
		return -EINVAL;
	value = key[NFTA_DATA_VALUE];
	if (!value || mnl_attr_get_payload_len(value) != KEY_LEN(family))
		return -EINVAL;
	key_unpack(mnl_attr_get_payload(value), family, &found);
	if (tb[NFTA_SET_ELEM_EXPR])
		count.suppressed = counter_packets(tb[NFTA_SET_ELEM_EXPR]);
	fn(arg, &found, &count);
	return 0;
}

int nft_parse_keys(const struct nlmsghdr *nlh, enum family family,
		   guard_count_fn *fn, void *arg)
{
	enum { LIST = NFTA_SET_ELEM_LIST_ELEMENTS };
	static const struct netlink_attr policy[LIST + 1] = {
		[LIST] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[LIST + 1], *elem;
	int err, left;

	if (!nft_msg_is(nlh, NFT_MSG_NEWSETELEM) ||
	    netlink_parse(nlh, sizeof(struct nfgenmsg), policy, LIST + 1, tb))
		return -EINVAL;
	if (!tb[LIST])
		return 0;
	/* A list: all its attributes are of the same type. */
	elem = mnl_attr_get_payload(tb[LIST]);
	left = mnl_attr_get_payload_len(tb[LIST]);
	while (mnl_attr_ok(elem, left)) {
		err = parse_elem(elem, family, fn, arg);
		if (err)
			return err;
		left -= MNL_ALIGN(elem->nla_len);
		elem = mnl_attr_next(elem);
	}
	return 0;
}
