/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay: what relay.c and relay-loop.c share, and nobody else knows. */
#ifndef KERNEL_RELAY_INTERNAL_H
#define KERNEL_RELAY_INTERNAL_H

#include "kernel/relay.h"
#include "kernel/relay-link.h"
#include "lib/htable.h"

struct relay_id {
	struct in6_addr source;
	struct in6_addr group;
	unsigned int ifindex;
};

struct relay_key {
	struct htable_node node;
	struct relay_id id;
	struct guard_key guard;
	struct guard_count count;
};

struct relay {
	struct relay_config config;
	struct htable keys;
	struct relay_link *links;
	struct relay_key *last;		/* found last; flows come in trains */
	struct relay_out out;
};

/* relay.c: NULL when there is none. */
struct relay_key *relay_key_find(struct relay *relay,
				 const struct in6_addr *source,
				 const struct in6_addr *group,
				 unsigned int ifindex);
struct relay_link *relay_link_find(struct relay *relay,
				   struct relay_link_id id);
/* Closes its sockets and frees it; it has no keys. */
void relay_link_close(struct relay *relay, struct relay_link *link);
/* Of an interface that is gone, and of use to nobody. */
bool relay_link_is_dead(const struct relay_link *link);

/* relay-loop.c: looks at the ring of the link, until the stop. */
void relay_loop_start(struct relay_link *link);
void relay_loop_stop(struct relay_link *link);

#endif
