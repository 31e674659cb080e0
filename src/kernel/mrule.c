/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicast policy rules as messages: builds, reads and moves them.  Knows
 * their layout, and which conditions of a rule multicast routing looks at; must
 * not know which rules lead where (mrule-judge.c), nor what a guard is.
 */
#include "config.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/mroute.h>
#include <linux/rtnetlink.h>

#include "kernel/mrule.h"
#include "kernel/netlink.h"

_Static_assert(IFACE_NAME_MAX == IFNAMSIZ, "IFACE_NAME_MAX is IFNAMSIZ");
_Static_assert(MRULE_PROTOCOL == RTPROT_MROUTED, "17 is RTPROT_MROUTED");

/* Rules that fit into one message for sure (NLMSG_GOODSIZE). */
#define MRULES_AT_ONCE 16

/* Attempts at a long list that keeps changing, behind the first. */
#define MRULES_TRIES 4

/* What of a rule was read. */
#define MRULE_READ (offsetof(struct mrule, oif_name) + IFACE_NAME_MAX)
_Static_assert(MRULE_READ == 5 * sizeof(uint32_t) + 7 + 2 * IFACE_NAME_MAX,
	       "no padding that would be compared");

#define RULE_ATTRS (FRA_PROTOCOL + 1)
#define LINK_ATTRS (IFLA_AF_SPEC + 1)
#define TABLE_ATTRS (IPMRA_TABLE_ID + 1)

static const struct netlink_attr rule_policy[] = {
	[FRA_IIFNAME] = { MNL_TYPE_NUL_STRING, 0 },
	[FRA_GOTO] = { MNL_TYPE_U32, 0 },
	[FRA_PRIORITY] = { MNL_TYPE_U32, 0 },
	[FRA_FWMARK] = { MNL_TYPE_U32, 0 },
	[FRA_TUN_ID] = { MNL_TYPE_U64, 0 },
	[FRA_TABLE] = { MNL_TYPE_U32, 0 },
	[FRA_FWMASK] = { MNL_TYPE_U32, 0 },
	[FRA_OIFNAME] = { MNL_TYPE_NUL_STRING, 0 },
	[FRA_L3MDEV] = { MNL_TYPE_U8, 0 },
	[FRA_UID_RANGE] = { MNL_TYPE_BINARY, 0 },
	[FRA_PROTOCOL] = { MNL_TYPE_U8, 0 },
};

static const struct netlink_attr link_policy[] = {
	[IFLA_AF_SPEC] = { MNL_TYPE_NESTED, 0 },
};

static const struct netlink_attr table_policy[] = {
	[IPMRA_TABLE_ID] = { MNL_TYPE_U32, 0 },
};

struct nlmsghdr *mrule_put(void *buf, uint16_t type,
			   const struct mrule_own *own)
{
	struct nlmsghdr *nlh;
	struct fib_rule_hdr *frh;

	memset(buf, 0, MRULE_MSG_MAX);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	if (type == RTM_NEWRULE)
		nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;

	frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
	frh->family = RTNL_FAMILY_IPMR;
	frh->action = FR_ACT_TO_TBL;

	mnl_attr_put_u32(nlh, FRA_PRIORITY, own->pref);
	mnl_attr_put_strz(nlh, FRA_IIFNAME, "lo");
	mnl_attr_put_strz(nlh, FRA_OIFNAME, own->oif_name);
	mnl_attr_put_u32(nlh, FRA_TABLE, own->table);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, MRULE_PROTOCOL);
	return nlh;
}

static uint32_t get_u32(const struct nlattr *attr, uint32_t otherwise)
{
	return attr ? mnl_attr_get_u32(attr) : otherwise;
}

static int read_name(const struct nlattr *attr, bool detached,
		     char ret_name[IFACE_NAME_MAX], uint32_t *ret_index)
{
	size_t len;

	if (!attr)
		return 0;
	len = strlen(mnl_attr_get_str(attr));
	if (!len || len >= IFACE_NAME_MAX)
		return -EBADMSG;

	memcpy(ret_name, mnl_attr_get_str(attr), len);
	*ret_index = detached ? MRULE_DETACHED : 0;
	return 0;
}

/*
 * The look-up has no tunnel, and no VRF on interfaces that the guard is used
 * on.  Its user is root, whose number here may be another: some.
 */
static void read_conditions(const struct nlattr *const *tb, struct mrule *ret)
{
	if (get_u32(tb[FRA_FWMARK], 0) || get_u32(tb[FRA_FWMASK], 0) ||
	    tb[FRA_UID_RANGE])
		ret->some = true;
	if (tb[FRA_TUN_ID] && mnl_attr_get_u64(tb[FRA_TUN_ID]))
		ret->never = true;
	if (tb[FRA_L3MDEV] && mnl_attr_get_u8(tb[FRA_L3MDEV]))
		ret->never = true;
}

int mrule_parse(const struct nlmsghdr *nlh, struct mrule *ret)
{
	const struct nlattr *tb[RULE_ATTRS];
	const struct fib_rule_hdr *frh;
	struct mrule rule = { 0 };
	int err;

	if (nlh->nlmsg_type != RTM_NEWRULE && nlh->nlmsg_type != RTM_DELRULE)
		return -ENOMSG;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*frh))
		return -EBADMSG;
	frh = mnl_nlmsg_get_payload(nlh);
	if (frh->family != RTNL_FAMILY_IPMR)
		return -ENOMSG;
	err = netlink_parse(nlh, sizeof(*frh), rule_policy, RULE_ATTRS, tb);
	if (err)
		return err;

	rule.pref = get_u32(tb[FRA_PRIORITY], 0);
	rule.table = get_u32(tb[FRA_TABLE], frh->table);
	rule.target = get_u32(tb[FRA_GOTO], 0);
	rule.action = frh->action;
	rule.protocol = tb[FRA_PROTOCOL] ?
			mnl_attr_get_u8(tb[FRA_PROTOCOL]) : RTPROT_UNSPEC;
	rule.unresolved = frh->flags & FIB_RULE_UNRESOLVED;
	rule.invert = frh->flags & FIB_RULE_INVERT;
	read_conditions(tb, &rule);

	err = read_name(tb[FRA_IIFNAME], frh->flags & FIB_RULE_IIF_DETACHED,
			rule.iif_name, &rule.iif);
	if (!err)
		err = read_name(tb[FRA_OIFNAME],
				frh->flags & FIB_RULE_OIF_DETACHED,
				rule.oif_name, &rule.oif);
	if (err)
		return err;

	*ret = rule;
	return 0;
}

const char *mrule_describe(const struct mrule *rule, char buf[MRULE_TEXT_MAX])
{
	if (rule->action == FR_ACT_GOTO)
		snprintf(buf, MRULE_TEXT_MAX, "rule %u (goto %u)", rule->pref,
			 rule->target);
	else
		snprintf(buf, MRULE_TEXT_MAX, "rule %u (lookup %u)",
			 rule->pref, rule->table);
	return buf;
}

/*
 * A name that stands for an interface right now, maybe as another name of it.
 * One that does not any more went a moment ago, and an event will follow.  When
 * that cannot be asked, as without a descriptor, the rule must not be taken for
 * one without effect.
 */
static int resolve(const char *name, uint32_t *index)
{
	if (!*name || *index == MRULE_DETACHED)
		return 0;
	errno = 0;
	*index = if_nametoindex(name);
	if (*index)
		return 0;
	if (errno && errno != ENODEV)
		return -errno;
	*index = MRULE_DETACHED;
	return 0;
}

static int fetch_rule(void *arg, const struct nlmsghdr *nlh)
{
	struct mrules *rules = arg;
	struct mrule rule, *more;
	int err;

	err = mrule_parse(nlh, &rule);
	if (err)
		return err == -ENOMSG ? 0 : err;
	err = resolve(rule.iif_name, &rule.iif);
	if (!err)
		err = resolve(rule.oif_name, &rule.oif);
	if (err)
		return err;

	more = realloc(rules->rules, (rules->n + 1) * sizeof(rule));
	if (!more)
		return -ENOMEM;
	rules->rules = more;
	rules->rules[rules->n++] = rule;
	return 0;
}

static int read_table(const struct nlmsghdr *nlh, uint32_t *ret)
{
	const struct nlattr *link[LINK_ATTRS];
	const struct nlattr *table[TABLE_ATTRS];
	int err;

	err = netlink_parse(nlh, sizeof(struct ifinfomsg), link_policy,
			    LINK_ATTRS, link);
	if (err)
		return err;
	if (!link[IFLA_AF_SPEC])
		return -EBADMSG;
	err = netlink_parse_nested(link[IFLA_AF_SPEC], table_policy,
				   TABLE_ATTRS, table);
	if (err)
		return err;
	if (!table[IPMRA_TABLE_ID])
		return -EBADMSG;
	*ret = mnl_attr_get_u32(table[IPMRA_TABLE_ID]);
	return 0;
}

static int fetch_table(void *arg, const struct nlmsghdr *nlh)
{
	struct mrules *rules = arg;
	uint32_t table, *more;
	int err;

	err = read_table(nlh, &table);
	if (err)
		return err;

	more = realloc(rules->tables, (rules->n_tables + 1) * sizeof(table));
	if (!more)
		return -ENOMEM;
	rules->tables = more;
	rules->tables[rules->n_tables++] = table;
	return 0;
}

static void forget_rules(void *arg)
{
	struct mrules *rules = arg;

	rules->n = 0;
}

static void forget_tables(void *arg)
{
	struct mrules *rules = arg;

	rules->n_tables = 0;
}

/* The tables are what a dump of links of this family lists; Linux 4.13. */
static int dump_tables(struct netlink *nl, struct mrules *rules)
{
	_Alignas(struct nlmsghdr) char buf[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = RTNL_FAMILY_IPMR;
	return netlink_dump(nl, nlh, fetch_table, forget_tables, rules);
}

static int dump_rules(struct netlink *nl, struct mrules *rules)
{
	_Alignas(struct nlmsghdr) char buf[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *frh;

	nlh->nlmsg_type = RTM_GETRULE;
	frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
	frh->family = RTNL_FAMILY_IPMR;
	return netlink_dump(nl, nlh, fetch_rule, forget_rules, rules);
}

/* Read one after the other, nothing changed in between. */
static bool same_rules(const struct mrules *a, const struct mrules *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (memcmp(&a->rules[i], &b->rules[i], MRULE_READ))
			return false;
	}
	return true;
}

/*
 * What one message of the kernel does not hold comes in parts, and rules that
 * go between two parts make others be missed (dump_rules() of
 * net/core/fib_rules.c), without a word.  So a long list is read until it is
 * the same twice.
 */
static int read_rules(struct netlink *nl, struct mrules *rules)
{
	struct mrules again = { 0 };
	unsigned int tries;
	int err;

	err = dump_rules(nl, rules);
	if (err || rules->n <= MRULES_AT_ONCE)
		return err;
	for (tries = 0; tries < MRULES_TRIES; tries++) {
		err = dump_rules(nl, &again);
		if (err || same_rules(rules, &again))
			break;
		mrules_free(rules);
		*rules = again;
		again = (struct mrules){ 0 };
	}
	mrules_free(&again);
	return tries == MRULES_TRIES ? -EAGAIN : err;
}

int mrules_fetch(struct netlink *nl, struct mrules *ret)
{
	struct mrules rules = { 0 };
	int err;

	err = read_rules(nl, &rules);
	if (!err)
		err = dump_tables(nl, &rules);
	if (err) {
		mrules_free(&rules);
		return err;
	}
	*ret = rules;
	return 0;
}

void mrules_free(struct mrules *rules)
{
	free(rules->rules);
	free(rules->tables);
	*rules = (struct mrules){ 0 };
}

int mrule_add(struct netlink *nl, const struct mrule_own *own)
{
	_Alignas(struct nlmsghdr) char buf[MRULE_MSG_MAX];

	return netlink_request(nl, mrule_put(buf, RTM_NEWRULE, own), NULL,
			       NULL);
}

int mrule_del(struct netlink *nl, const struct mrule_own *own)
{
	_Alignas(struct nlmsghdr) char buf[MRULE_MSG_MAX];

	return netlink_request(nl, mrule_put(buf, RTM_DELRULE, own), NULL,
			       NULL);
}
