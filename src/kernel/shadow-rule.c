/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a policy rule of ours goes in, stays, moves and goes out.  Knows what
 * the rules as a whole lead to (mrule.h) and how many keys an interface has;
 * must not know what a key is, nor the router.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "kernel/shadow-rule.h"
#include "kernel/shadow-table.h"
#include "run/log.h"

#define LINK_ATTRS (IFLA_LINKINFO + 1)
#define INFO_ATTRS (IFLA_INFO_SLAVE_KIND + 1)

/* An interface as it is now. */
struct link {
	char name[IFACE_NAME_MAX];
	unsigned int master;
	bool vrf;			/* it is one, or belongs to one */
};

static const struct netlink_attr link_policy[] = {
	[IFLA_IFNAME] = { MNL_TYPE_NUL_STRING, 0 },
	[IFLA_MASTER] = { MNL_TYPE_U32, 0 },
	[IFLA_LINKINFO] = { MNL_TYPE_NESTED, 0 },
};

static const struct netlink_attr info_policy[] = {
	[IFLA_INFO_KIND] = { MNL_TYPE_NUL_STRING, 0 },
	[IFLA_INFO_SLAVE_KIND] = { MNL_TYPE_NUL_STRING, 0 },
};

static bool is_vrf(const struct nlattr *kind)
{
	return kind && !strcmp(mnl_attr_get_str(kind), "vrf");
}

static int read_link(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *info[INFO_ATTRS];
	const struct nlattr *tb[LINK_ATTRS];
	struct link *link = arg;
	int err;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	err = netlink_parse(nlh, sizeof(struct ifinfomsg), link_policy,
			    LINK_ATTRS, tb);
	if (err)
		return err;
	if (!tb[IFLA_IFNAME])
		return -EBADMSG;
	snprintf(link->name, sizeof(link->name), "%s",
		 mnl_attr_get_str(tb[IFLA_IFNAME]));
	if (tb[IFLA_MASTER])
		link->master = mnl_attr_get_u32(tb[IFLA_MASTER]);
	if (!tb[IFLA_LINKINFO])
		return 0;

	err = netlink_parse_nested(tb[IFLA_LINKINFO], info_policy, INFO_ATTRS,
				   info);
	if (err)
		return err;
	link->vrf = is_vrf(info[IFLA_INFO_KIND]) ||
		    is_vrf(info[IFLA_INFO_SLAVE_KIND]);
	return 0;
}

static int fetch_link(struct netlink *nl, unsigned int ifindex,
		      struct link *ret)
{
	_Alignas(struct nlmsghdr) char buf[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int err;

	nlh->nlmsg_type = RTM_GETLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;

	*ret = (struct link){ 0 };
	err = netlink_request(nl, nlh, read_link, ret);
	if (!err && !*ret->name)
		err = -ENODEV;
	return err;
}

/* Interfaces */

static struct shadow_iface *iface_find(const struct shadow_rules *rules,
				       unsigned int ifindex)
{
	struct shadow_iface *iface;

	HASH_FIND(hh, rules->ifaces, &ifindex, sizeof(ifindex), iface);
	return iface;
}

static struct shadow_iface *iface_get(struct shadow_rules *rules,
				      unsigned int ifindex)
{
	struct shadow_iface *iface = iface_find(rules, ifindex);

	if (iface)
		return iface;
	iface = calloc(1, sizeof(*iface));
	if (!iface)
		return NULL;
	iface->ifindex = ifindex;
	HASH_ADD(hh, rules->ifaces, ifindex, sizeof(ifindex), iface);
	if (!iface->hh.tbl) {
		free(iface);
		return NULL;
	}
	return iface;
}

/* Ours is in effect, in front of what leads to the main table. */
static bool is_in_front(const struct shadow_rules *rules,
			const struct shadow_iface *iface,
			const struct mrules *all,
			const struct mrule_verdict *verdict)
{
	size_t at;

	return !mrules_find(all, rules->table, iface->ifindex, &at) &&
	       at < verdict->place;
}

/* What stands in the way of a rule of ours, or that none is needed. */
static int iface_answer(const struct shadow_rules *rules,
			const struct shadow_iface *iface,
			const struct mrules *all,
			const struct mrule_verdict *verdict,
			struct diag *diag)
{
	char text[MRULE_TEXT_MAX];

	if (verdict->needed && !all->rules[verdict->place].pref &&
	    !is_in_front(rules, iface, all, verdict)) {
		mrule_describe(&all->rules[verdict->place], text);
		return diag_set(diag, -EBUSY, "multicast %s stands first, "
				"nothing gets in front of it", text);
	}
	if (verdict->needed)
		return diag_set(diag, 0, "%s", "");
	if (!verdict->table)
		return diag_set(diag, 0, "looped copies of %s go to no table, "
				"no rule is needed", iface->name);
	return diag_set(diag, 0, "looped copies of %s go to table %u, "
			"no rule is needed", iface->name, verdict->table);
}

static int iface_ask(struct shadow_rules *rules, struct shadow_iface *iface,
		     struct mrules *all, struct mrule_verdict *ret,
		     struct diag *diag)
{
	struct link link;
	int err;

	err = fetch_link(&rules->requests, iface->ifindex, &link);
	if (err)
		return diag_set(diag, err, "%s", strerror(-err));
	/* By another name: the rule is detached, and was not deleted. */
	if (strcmp(iface->name, link.name))
		iface->deleted = false;
	memcpy(iface->name, link.name, sizeof(iface->name));
	iface->master = link.master;
	if (link.vrf)
		return diag_set(diag, -EOPNOTSUPP, "%s belongs to a VRF, no "
				"multicast rule tells its looped copies",
				link.name);
	if (iface->deleted)
		return diag_set(diag, -ENOENT, "the multicast rule of %s was "
				"deleted by another program", link.name);

	mrules_judge(all, iface->ifindex, rules->main, rules->table, ret);
	return iface_answer(rules, iface, all, ret, diag);
}

/* Our rules */

static int fetch(struct shadow_rules *rules, struct mrules *ret,
		 struct diag *diag)
{
	int err = mrules_fetch(&rules->requests, ret);

	if (err == -EAFNOSUPPORT)
		return diag_set(diag, err, "no multicast rules, see kernel "
				"option CONFIG_IP_MROUTE_MULTIPLE_TABLES");
	if (err == -EAGAIN)
		return diag_set(diag, err, "multicast rules keep changing");
	if (err)
		return diag_set(diag, err, "cannot read multicast rules: %s",
				strerror(-err));
	return 0;
}

/* One that cannot be taken out is tried again by shadow_rules_close(). */
static int rule_out(struct shadow_rules *rules, struct shadow_iface *iface)
{
	int err;

	if (!iface->placed)
		return 0;
	err = mrule_del(&rules->requests, &iface->rule);
	if (err && err != -ENOENT)
		return err;
	iface->placed = false;
	return 0;
}

/* Others may have added rules between our look at them and our own. */
static int rule_check(struct shadow_rules *rules, struct shadow_iface *iface,
		      struct diag *diag)
{
	struct mrule_verdict verdict;
	struct mrules all;
	int err;

	err = fetch(rules, &all, diag);
	if (err)
		return err;
	err = iface_ask(rules, iface, &all, &verdict, diag);
	if (!err && verdict.needed &&
	    !is_in_front(rules, iface, &all, &verdict))
		err = diag_set(diag, -EAGAIN, "multicast rules of %s keep "
			       "changing", iface->name);
	mrules_free(&all);
	return err;
}

/* Puts our rule in front, where `all` and `verdict` have found the place. */
static int rule_in(struct shadow_rules *rules, struct shadow_iface *iface,
		   const struct mrules *all,
		   const struct mrule_verdict *verdict, struct diag *diag)
{
	struct mrule_own old = iface->rule;
	bool had = iface->placed;
	int err;

	iface->rule = (struct mrule_own){
		.pref = all->rules[verdict->place].pref - 1,
		.table = rules->table,
	};
	memcpy(iface->rule.oif_name, iface->name, sizeof(iface->name));
	err = mrule_add(&rules->requests, &iface->rule);
	if (err && err != -EEXIST) {
		/* Only the answer may have been lost. */
		iface->placed = true;
		rule_out(rules, iface);
		if (had) {
			iface->rule = old;
			iface->placed = true;
		}
		return diag_set(diag, err, "cannot add the multicast rule of "
				"%s: %s", iface->name, strerror(-err));
	}
	iface->placed = true;
	if (had && old.pref != iface->rule.pref)
		mrule_del(&rules->requests, &old);

	err = rule_check(rules, iface, diag);
	/* Where routes are, they go first: shadow_rules_tidy(). */
	if (err && !iface->n_keys)
		rule_out(rules, iface);
	else if (!err && had)
		log_notice("%s: multicast rule moved to %u, in front of others",
			   iface->name, iface->rule.pref);
	return err;
}

/* Makes the interface safe, or says why it is not. */
static int iface_secure(struct shadow_rules *rules, struct shadow_iface *iface,
			struct mrules *all, struct diag *diag)
{
	struct mrule_verdict verdict;
	int err;

	iface->safe = false;
	err = iface_ask(rules, iface, all, &verdict, diag);
	if (err)
		return err;
	if (!verdict.needed)
		rule_out(rules, iface);
	else if (!is_in_front(rules, iface, all, &verdict))
		err = rule_in(rules, iface, all, &verdict, diag);
	iface->safe = !err;
	return err;
}

/* What the operator sees: true when it is something else than before. */
static bool iface_say(struct shadow_iface *iface, int err,
		      const struct diag *diag)
{
	bool changed = iface->answer != err || strcmp(iface->text, diag->text);

	iface->answer = err;
	snprintf(iface->text, sizeof(iface->text), "%s", diag->text);
	return changed;
}

int shadow_rules_open(struct shadow_rules *rules, uint32_t main)
{
	*rules = (struct shadow_rules){
		.main = main ? main : RT_TABLE_DEFAULT,
	};
	return netlink_open(&rules->requests, NETLINK_ROUTE);
}

void shadow_rules_close(struct shadow_rules *rules)
{
	struct shadow_iface *iface, *tmp;

	HASH_ITER(hh, rules->ifaces, iface, tmp) {
		rule_out(rules, iface);
		HASH_DEL(rules->ifaces, iface);
		free(iface);
	}
	netlink_close(&rules->requests);
}

int shadow_rules_ready(struct shadow_rules *rules, unsigned int ifindex,
		       struct diag *diag)
{
	struct mrule_verdict verdict;
	struct shadow_iface *iface;
	struct mrules all;
	int err;

	iface = iface_get(rules, ifindex);
	if (!iface)
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	err = fetch(rules, &all, diag);
	if (!err) {
		err = iface_ask(rules, iface, &all, &verdict, diag);
		mrules_free(&all);
	}
	iface_say(iface, err, diag);
	return err;
}

int shadow_rules_hold(struct shadow_rules *rules, unsigned int ifindex,
		      bool new)
{
	struct shadow_iface *iface = iface_get(rules, ifindex);
	struct diag diag;
	struct mrules all;
	int err;

	if (!iface)
		return -ENOMEM;
	if (!iface->safe) {
		err = fetch(rules, &all, &diag);
		if (err)
			return err;
		err = iface_secure(rules, iface, &all, &diag);
		mrules_free(&all);
		if (err)
			return err;
	}
	iface->n_keys += new;
	return 0;
}

bool shadow_rules_release(struct shadow_rules *rules, unsigned int ifindex)
{
	struct shadow_iface *iface = iface_find(rules, ifindex);

	if (!iface || !iface->n_keys || --iface->n_keys > 0)
		return false;
	iface->safe = false;
	iface->lost = false;
	return iface->placed;
}

int shadow_rules_tidy(struct shadow_rules *rules)
{
	struct shadow_iface *iface, *tmp;
	int err, result = 0;

	HASH_ITER(hh, rules->ifaces, iface, tmp) {
		err = iface->n_keys ? 0 : rule_out(rules, iface);
		if (err)
			result = err;
	}
	return result;
}

void shadow_rules_forget(struct shadow_rules *rules, unsigned int ifindex)
{
	struct shadow_iface *iface = iface_find(rules, ifindex);

	if (!iface || iface->n_keys || rule_out(rules, iface))
		return;
	HASH_DEL(rules->ifaces, iface);
	free(iface);
}

/* Changes */

/* True when the answer for the interface is another one than before. */
static bool iface_review(struct shadow_rules *rules,
			 struct shadow_iface *iface, struct mrules *all)
{
	struct mrule_verdict verdict;
	struct diag diag;
	bool changed;
	size_t at;
	int err;

	if (iface->placed &&
	    mrules_find(all, rules->table, iface->ifindex, &at)) {
		iface->deleted = iface->n_keys > 0;
		/* It may be there, under a name that is no interface's. */
		rule_out(rules, iface);
	}
	err = iface_ask(rules, iface, all, &verdict, &diag);
	changed = iface_say(iface, err, &diag);
	if (!iface->n_keys)
		return changed;

	err = iface_secure(rules, iface, all, &diag);
	if (err) {
		iface_say(iface, err, &diag);
		iface->lost = true;
	}
	return changed;
}

int shadow_rules_review(struct shadow_rules *rules)
{
	struct shadow_iface *iface, *tmp;
	struct mrules all;
	struct diag diag;
	bool changed = false;
	int err;

	err = fetch(rules, &all, &diag);
	HASH_ITER(hh, rules->ifaces, iface, tmp) {
		if (!err) {
			changed |= iface_review(rules, iface, &all);
			continue;
		}
		iface_say(iface, err, &diag);
		iface->lost = iface->n_keys > 0;
		iface->safe = false;
	}
	if (err)
		return err;
	mrules_free(&all);
	return changed;
}

struct shadow_iface *shadow_rules_lost(struct shadow_rules *rules)
{
	struct shadow_iface *iface, *tmp;

	HASH_ITER(hh, rules->ifaces, iface, tmp) {
		if (iface->lost)
			return iface;
	}
	return NULL;
}

void shadow_rules_reviewed(struct shadow_rules *rules)
{
	struct shadow_iface *iface, *tmp;

	HASH_ITER(hh, rules->ifaces, iface, tmp)
		iface->deleted = false;
}

bool shadow_rules_link(const struct shadow_rules *rules,
		       const struct link_info *link)
{
	const struct shadow_iface *iface = iface_find(rules, link->ifindex);

	return iface && (iface->master != link->master ||
			 strcmp(iface->name, link->name));
}
