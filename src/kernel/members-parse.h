/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel words who has joined: lines of /proc/net/igmp and
 * /proc/net/igmp6, and rtnetlink messages about multicast addresses.
 */
#ifndef KERNEL_MEMBERS_PARSE_H
#define KERNEL_MEMBERS_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct nlmsghdr;

/* Group on an interface; without padding, so that it can be hashed. */
struct members_key {
	struct in6_addr group;
	uint32_t ifindex;
};

/*
 * Takes a line without its newline apart, which is written to.  `ret->ifindex`
 * is kept by the caller from line to line, 0 at the first: in igmp a line of
 * the device comes before those of its groups.  Returns the users of the group
 * in `ret`, or 0 when the line tells of none: the header, a device, what is
 * malformed.
 */
uint32_t members_parse_line(enum family family, char *line,
			    struct members_key *ret);

enum members_kind {
	MEMBERS_NOTHING,	/* of no interest */
	MEMBERS_FIRST,		/* the group has got its first member */
	MEMBERS_LAST,		/* the last one has left */
};

/* 0, or -EBADMSG and nothing in `ret`. */
int members_parse_msg(const struct nlmsghdr *nlh, enum members_kind *ret_kind,
		      struct members_key *ret);

/*
 * False for groups that no router forwards: 224.0.0.0/24 and scopes up to link
 * local (RFC 4291, 2.7).  The kernel itself is in some of them.
 */
bool members_is_forwarded(const struct in6_addr *group);

#endif
