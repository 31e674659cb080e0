/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rtnetlink message about a link or an address, read into values.
 */
#ifndef KERNEL_RTNL_MSG_H
#define KERNEL_RTNL_MSG_H

#include "core/kernel.h"

struct nlmsghdr;

enum rtnl_kind {
	RTNL_NOTHING,		/* well-formed, and of no interest */
	RTNL_LINK,		/* new or changed: ->link */
	RTNL_UNLINK,		/* ->ifindex */
	RTNL_ADDR_ADD,		/* ->ifindex, ->addr */
	RTNL_ADDR_DEL,
};

struct rtnl_msg {
	enum rtnl_kind kind;
	unsigned int ifindex;
	struct link_info link;	/* ->name points into the message */
	struct in6_addr addr;	/* of the host, IPv4-mapped */
};

/*
 * Any message of RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR and RTNLGRP_IPV6_IFADDR, or
 * of a dump.  0, or -EBADMSG when it is too short or malformed.
 */
int rtnl_msg_parse(const struct nlmsghdr *nlh, struct rtnl_msg *ret);

#endif
