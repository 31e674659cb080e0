/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has joined a group on an interface: this daemon, others, or both.  Of
 * others the router is told by router_member(); ours are counted here.
 */
#ifndef CORE_MEMBER_H
#define CORE_MEMBER_H

#include "lib/addr.h"

struct router;

enum joined {
	JOINED_NONE,
	JOINED_SMCROUTE,	/* this daemon, any source or one */
	JOINED_OTHER,
	JOINED_BOTH,
};

/* One look into the tables, as good as what the router was told. */
enum joined router_joined(const struct router *router, unsigned int ifindex,
			  const struct in6_addr *group);

/* "none", "smcroute", "other", "both" */
const char *joined_name(enum joined joined);

#endif
