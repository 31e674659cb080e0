/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only seam between the pure `core` and Linux: what core asks of a kernel
 * (struct kernel_ops) and the values it is told by one.  kernel/linux-ops.c
 * fills it for real, test/fake-kernel.c records the calls as text.
 *
 * Every operation takes the context given to router_new() and returns 0 or
 * -errno, after the kernel has done it (or refused it): nothing is deferred
 * but what guard_del() says.
 */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "core/directive.h"

struct diag;

/* MAXVIFS and MAXMIFS of linux/mroute.h and linux/mroute6.h. */
#define VIF_MAX 32

/* Most guard keys in one guard_add() or guard_del(). */
#define GUARD_BATCH_MAX 2048

/* Most guard keys in one guard_count(): the kernel answers each by itself. */
#define GUARD_COUNT_MAX 64

/* An MFC entry as the kernel is to hold it. */
struct mfc_route {
	struct in6_addr source;
	struct in6_addr group;
	unsigned int parent;		/* VIF or MIF */
	/* 0: not an OIF, else forwarded when TTL > ttls[vif]; IPv6: 0 or 1 */
	uint8_t ttls[VIF_MAX];
	bool own;			/* the source is this host */
};

/* Counters of an MFC entry: SIOCGETSGCNT, SIOCGETSGCNT_IN6. */
struct mfc_count {
	uint64_t packets;
	uint64_t bytes;
	uint64_t wrong_if;
};

/*
 * The same, and for how long nothing came to the entry, on whichever interface;
 * setting it counts as well.  RTM_GETROUTE.
 */
struct mfc_used {
	struct mfc_count count;
	double age;			/* seconds, too small by 1/HZ at most */
};

/*
 * What keeps a hairpin entry from feeding on its own looped copies.  Behind
 * GUARD_NETFILTER and GUARD_TABLE the entry in the kernel has its hairpin OIF;
 * GUARD_RELAY sends that leg itself, the entry lacks the OIF.
 */
enum guard {
	GUARD_NONE,
	GUARD_NETFILTER,
	GUARD_TABLE,			/* IPv4 only */
	GUARD_RELAY,
};
#define GUARD_COUNT 4

/* What a guard suppresses looped copies of, or relays. */
struct guard_key {
	struct in6_addr source;
	struct in6_addr group;
	unsigned int ifindex;
	/*
	 * RELAY, IPv4: sent when TTL > threshold.  No part of the identity:
	 * adding a key that is there sets its threshold.
	 */
	uint8_t threshold;
};

/* Packets of a key since it was added. */
struct guard_count {
	uint64_t suppressed;		/* looped copies that were stopped */
	uint64_t relayed;		/* sent by the relay */
	uint64_t dropped;		/* that the relay could not send */
};

typedef void guard_count_fn(void *arg, const struct guard_key *key,
			    const struct guard_count *count);

struct join_key {
	unsigned int ifindex;
	struct in6_addr source;		/* addr_any: of any source (ASM) */
	struct in6_addr group;
};

struct kernel_ops {
	/*
	 * True when multicast routing of that family works: the mroute socket
	 * is open.  Constant while the router lives.
	 */
	bool (*family_ready)(void *ctx, enum family family);

	int (*vif_add)(void *ctx, enum family family, unsigned int vif,
		       unsigned int ifindex);
	/* A VIF that is gone with its interface already is no error. */
	int (*vif_del)(void *ctx, enum family family, unsigned int vif);

	/*
	 * The interface, which has a VIF, advertises itself as a multicast
	 * router (RFC 4286) from now on, or says that it no longer does.  What
	 * cannot be sent is no error.  -EOPNOTSUPP: not in this build.
	 */
	int (*mrdisc_set)(void *ctx, enum family family, unsigned int ifindex,
			  bool on);

	/* Adds the entry, or changes the one of that (S,G) in place. */
	int (*mfc_set)(void *ctx, const struct mfc_route *route);
	/* An entry that is not there is no error. */
	int (*mfc_del)(void *ctx, const struct in6_addr *source,
		       const struct in6_addr *group);
	int (*mfc_count)(void *ctx, const struct in6_addr *source,
			 const struct in6_addr *group, struct mfc_count *ret);
	/*
	 * -ENOENT no such entry, -EOPNOTSUPP and others the kernel does not
	 * tell.  Costs ten times as much as mfc_count().
	 */
	int (*mfc_used)(void *ctx, const struct in6_addr *source,
			const struct in6_addr *group, struct mfc_used *ret);

	/*
	 * Joins.  `ret_slot` names the socket that holds the membership, for
	 * the calls that follow.  -EADDRINUSE is never returned.
	 */
	int (*join)(void *ctx, const struct join_key *key, uint32_t *ret_slot);
	int (*leave)(void *ctx, const struct join_key *key, uint32_t slot);

	/* Excludes `source` from an IPv4 membership of any source, and back. */
	int (*block)(void *ctx, const struct join_key *key, uint32_t slot,
		     const struct in6_addr *source);
	int (*unblock)(void *ctx, const struct join_key *key, uint32_t slot,
		       const struct in6_addr *source);

	/*
	 * The address the kernel picks when it forwards IPv4 multicast out of
	 * that interface; hairpin.md, fact 2.  -EADDRNOTAVAIL: none.
	 */
	int (*pick_source)(void *ctx, unsigned int ifindex,
			   const struct in6_addr *group, struct in6_addr *ret);

	/*
	 * An address became one of this host's, or is no longer: it was told
	 * of the first, or gone from the last interface that had it.
	 */
	void (*own_changed)(void *ctx, const struct in6_addr *addr, bool own);

	/*
	 * Makes the guard usable for that family on that interface, if it is
	 * not.  0: `diag` has a remark for the operator, or no text.  -errno:
	 * it has errno's text and what is likely missing.
	 */
	int (*guard_ready)(void *ctx, enum guard guard, enum family family,
			   unsigned int ifindex, struct diag *diag);

	/*
	 * All `n` (at most GUARD_BATCH_MAX, both families mixed) are in place
	 * at return, or, with -errno, none of them.  A key that is in place
	 * already counts as added by this call.
	 */
	int (*guard_add)(void *ctx, enum guard guard,
			 const struct guard_key *keys, size_t n);
	/*
	 * Keys that are not there are no error; GUARD_RELAY: cannot fail.
	 * GUARD_NETFILTER: they may go a moment later.
	 */
	int (*guard_del)(void *ctx, enum guard guard,
			 const struct guard_key *keys, size_t n);

	/*
	 * Calls `fn` for each of the `n` keys (at most GUARD_COUNT_MAX, both
	 * families mixed) that is in place, in any order; for some of them or
	 * none with -errno.  GUARD_RELAY also has a key of any source and group
	 * (0.0.0.0 or ::) for an interface: `dropped` are the packets that were
	 * lost before their flow was known.
	 */
	int (*guard_count)(void *ctx, enum guard guard,
			   const struct guard_key *keys, size_t n,
			   guard_count_fn *fn, void *arg);

	/*
	 * Returns when each packet that was being forwarded at the call has
	 * left the receive path and the relay has dealt with all it captured
	 * until then, under the keys as they are.  Between taking a hairpin
	 * OIF out of the kernel and adding a GUARD_RELAY key: else packets
	 * that both have seen would be doubled.  On failure such a key must
	 * not be added.
	 */
	int (*guard_settle)(void *ctx);
};

/* A network interface as rtnetlink reports it. */
struct link_info {
	unsigned int ifindex;
	const char *name;
	bool multicast;			/* IFF_MULTICAST */
	bool up;			/* IFF_UP */
	/* received packets carry a metadata dst: no netfilter guard */
	bool metadata;
	/* indexes in this namespace, 0: none */
	unsigned int lower;		/* the device it stands on, as a vlan */
	unsigned int master;		/* the device whose port it is */
};

enum upcall_kind {
	UPCALL_NOCACHE,
	UPCALL_WRONGVIF,		/* and WRONGMIF */
	/*
	 * The second table of GUARD_TABLE has no entry for a packet of an own
	 * source.  The main table may have: then it is to be set again.
	 */
	UPCALL_UNMIRRORED,
};

struct upcall {
	enum upcall_kind kind;
	enum family family;
	unsigned int vif;
	struct in6_addr source;
	struct in6_addr group;
};

#endif
