/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words that directives are made of: policies and interface name patterns.
 * Knows no file, no grammar and no interface.
 */
#include "core/directive.h"

#include <errno.h>
#include <string.h>

static const char *const policy_names[] = {
	[POLICY_UNSET] = NULL,
	[POLICY_AUTO] = "auto",
	[POLICY_NETFILTER] = "netfilter",
	[POLICY_TABLE] = "table",
	[POLICY_RELAY] = "relay",
	[POLICY_REFUSE] = "refuse",
	[POLICY_OFF] = "off",
};

#define N_POLICIES (sizeof(policy_names) / sizeof(policy_names[0]))

const char *policy_name(enum policy policy)
{
	return policy_names[policy];
}

int policy_parse(const char *word, enum policy *ret)
{
	for (size_t i = POLICY_UNSET + 1; i < N_POLICIES; i++) {
		if (strcmp(word, policy_names[i]) == 0) {
			*ret = (enum policy)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *policy_words(void)
{
	return "auto, netfilter, table, relay, refuse or off";
}

bool ifname_is_wildcard(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '+';
}

bool ifname_matches(const char *pattern, const char *name)
{
	if (!ifname_is_wildcard(pattern))
		return strcmp(pattern, name) == 0;
	return strncmp(pattern, name, strlen(pattern) - 1) == 0;
}
