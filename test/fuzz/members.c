/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of /proc/net/igmp and igmp6, and rtnetlink messages: what is taken is a
 * group on an interface.  The first byte says which of the three it is.
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "kernel/members-parse.h"

/* Longer input has nothing new to say. */
#define INPUT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_lines(enum family family, const uint8_t *data, size_t size)
{
	struct members_key key = { .ifindex = 0 };
	char text[INPUT_MAX], *line = text, *end;

	memcpy(text, data, size);
	text[size] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		if (members_parse_line(family, line, &key) &&
		    (!key.ifindex || !addr_is_multicast(&key.group)))
			abort();
		line = end + 1;
	}
}

static void fuzz_message(const uint8_t *data, size_t size)
{
	_Alignas(struct nlmsghdr) uint8_t buf[INPUT_MAX];
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	struct members_key key;
	enum members_kind kind;

	memcpy(buf, data, size);
	/* mnl_nlmsg_ok() takes lengths beyond INT_MAX for negative ones */
	if (!mnl_nlmsg_ok(nlh, (int)size) || nlh->nlmsg_len > size ||
	    members_parse_msg(nlh, &kind, &key))
		return;
	if (kind != MEMBERS_NOTHING && !key.ifindex)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size >= INPUT_MAX)
		return 0;
	if (data[0] % 3 == 2)
		fuzz_message(data + 1, size - 1);
	else
		fuzz_lines(data[0] % 3 ? FAMILY_IPV6 : FAMILY_IPV4, data + 1,
			   size - 1);
	return 0;
}
