/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a line of smcroute.conf and a client command both become.  The parser
 * (ctl/grammar.c) has checked everything that needs no knowledge of the
 * system: families match, the group is multicast, lengths are in range, names
 * fit an interface name.
 */
#ifndef CORE_DIRECTIVE_H
#define CORE_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* Longest interface name with the final NUL: IFNAMSIZ of <net/if.h>. */
#define IFACE_NAME_MAX 16

/*
 * Most joins of one MGROUP: its groups times its sources.  The kernel searches
 * all IPv6 groups of an interface at each join, IPv4 ones are hashed.
 */
#define JOINS_MAX_IPV4 (1u << 20)
#define JOINS_MAX_IPV6 (1u << 16)

enum directive_kind {
	DIRECTIVE_PHYINT,
	DIRECTIVE_MGROUP,
	DIRECTIVE_MROUTE,
	DIRECTIVE_HAIRPIN,
	DIRECTIVE_MAX_LEARNED,
};

/* `max-learned` when the file does not say. */
#define MAX_LEARNED_DEFAULT 131072

/* The largest that may be given: a long of 32 bits holds it. */
#define MAX_LEARNED_MAX INT32_MAX

/* What to do about hairpin routes; see smcroute.conf(5). */
enum policy {
	POLICY_UNSET,
	POLICY_AUTO,		/* the best guard that works */
	POLICY_NETFILTER,	/* this guard or none */
	POLICY_TABLE,
	POLICY_RELAY,
	POLICY_REFUSE,		/* reject the rule */
	POLICY_OFF,		/* as the kernel does it */
};

struct directive {
	enum directive_kind kind;
	const char *file;		/* NULL: from the client */
	unsigned int line;

	/* PHYINT, MGROUP, MROUTE: name, or pattern with a trailing '+' */
	const char *ifname;

	/* MGROUP, MROUTE: no source is { addr_any, 0 } */
	struct prefix source;
	struct prefix group;

	/* MROUTE */
	const char *const *oifs;
	size_t n_oifs;

	/* PHYINT */
	bool disable;
	bool mrdisc;
	uint8_t threshold;		/* 1..255 */

	/* MAX_LEARNED: learned entries and stop filters; 0: no limit */
	uint32_t max_learned;

	/* PHYINT (or POLICY_UNSET) and HAIRPIN */
	enum policy policy;
};

/* "auto" and so on; NULL for POLICY_UNSET. */
const char *policy_name(enum policy policy);

/* 0 or -EINVAL. */
int policy_parse(const char *word, enum policy *ret);

/* "auto, netfilter, table, relay, refuse or off": for messages and help. */
const char *policy_words(void);

/* True when `name` ends in '+'. */
bool ifname_is_wildcard(const char *name);

/* True when `name` is `pattern`, or `pattern` is a wildcard that matches. */
bool ifname_matches(const char *pattern, const char *name);

#endif
