/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 multicast policy rules ("ip mrule"): which multicast routing table a
 * looped copy is looked up in.  linux/fib_rules.h, net/core/fib_rules.c and
 * ipmr_fib_lookup() in net/ipv4/ipmr.c.
 *
 * A looped copy comes in by `lo` and goes out by the interface that it was
 * sent on, a packet from the wire comes in by its interface and goes out by
 * none: a rule with both names is about looped copies, and the host's own
 * multicast, alone.
 */
#ifndef KERNEL_MRULE_H
#define KERNEL_MRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/directive.h"
#include "lib/addr.h"

struct netlink;
struct nlmsghdr;

/* RTPROT_MROUTED of linux/rtnetlink.h: the mark of our rules. */
#define MRULE_PROTOCOL 17

/* Most bytes of a message about one rule that is built here. */
#define MRULE_MSG_MAX 256

/* Room for what mrule_describe() writes. */
#define MRULE_TEXT_MAX 64

/* Index of a name that no interface has: the rule is detached. */
#define MRULE_DETACHED UINT32_MAX

/* What of a rule counts for multicast routing; the rest is ignored there. */
struct mrule {
	uint32_t pref;			/* preference, lower is earlier */
	uint32_t table;			/* of FR_ACT_TO_TBL */
	uint32_t target;		/* of FR_ACT_GOTO: a preference */
	uint32_t iif;			/* ifindex, 0: any */
	uint32_t oif;
	uint8_t action;			/* FR_ACT_* */
	uint8_t protocol;		/* RTPROT_* */
	bool unresolved;		/* FR_ACT_GOTO without a target */
	bool invert;			/* matches what the rest does not */
	bool some;			/* of those packets only some */
	bool never;			/* asks for what no looped copy has */
	bool leads;			/* scratch of mrules_judge() */
	char iif_name[IFACE_NAME_MAX];	/* "": any */
	char oif_name[IFACE_NAME_MAX];
};

/* All rules, in the order they are searched, and the tables there are. */
struct mrules {
	struct mrule *rules;
	size_t n;
	uint32_t *tables;
	size_t n_tables;
};

/* A rule of ours: looped copies of one interface to the shadow table. */
struct mrule_own {
	uint32_t pref;
	uint32_t table;
	char oif_name[IFACE_NAME_MAX];
};

/* Where looped copies of an interface go, but for rules of ours. */
struct mrule_verdict {
	bool needed;		/* some may get to the main table */
	size_t place;		/* if so: ours comes in front of this rule */
	uint32_t table;		/* if not: where they go, 0: into none */
};

/* RTM_NEWRULE or RTM_DELRULE for the rule, in `buf` of MRULE_MSG_MAX bytes. */
struct nlmsghdr *mrule_put(void *buf, uint16_t type,
			   const struct mrule_own *own);

/*
 * Reads RTM_NEWRULE and RTM_DELRULE.  ->iif and ->oif are 0 or MRULE_DETACHED,
 * what other names stand for is not looked up.  -EBADMSG: malformed; -ENOMSG:
 * not about multicast routing.
 */
int mrule_parse(const struct nlmsghdr *nlh, struct mrule *ret);

/* "rule 100 (lookup 253)" */
const char *mrule_describe(const struct mrule *rule, char buf[MRULE_TEXT_MAX]);

/*
 * Judges by all rules but ours, those of MRULE_PROTOCOL that lead to `own`.
 * `main` and `own` are table IDs as the kernel has them.
 */
void mrules_judge(struct mrules *rules, uint32_t ifindex, uint32_t main,
		  uint32_t own, struct mrule_verdict *ret);

/* Our rule in effect for that interface: its place, or -ENOENT. */
int mrules_find(const struct mrules *rules, uint32_t table, uint32_t ifindex,
		size_t *ret);

/*
 * Reads rules and tables from the kernel.  0 or -errno, -EAFNOSUPPORT: it has
 * no multicast rules, -EAGAIN: there are many, and they keep changing.  On
 * success `ret` is released by mrules_free().
 */
int mrules_fetch(struct netlink *nl, struct mrules *ret);
void mrules_free(struct mrules *rules);

/* 0 or -errno: -EEXIST it is there already, -ENOENT it is not. */
int mrule_add(struct netlink *nl, const struct mrule_own *own);
int mrule_del(struct netlink *nl, const struct mrule_own *own);

#endif
