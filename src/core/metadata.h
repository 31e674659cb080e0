/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which interfaces receive packets with a metadata dst: those in
 * collect-metadata mode, those that stand on one (vlan, macvlan), and those
 * with such a port (bridge, bond, team).  The dst stays on the packet all the
 * way up, and the netfilter guard takes it for the route of a looped copy.
 */
#ifndef CORE_METADATA_H
#define CORE_METADATA_H

#include "core/state.h"

/*
 * Keeps what the link says, and marks the hairpin entries of all interfaces for
 * which the answer is another one now.  Costs nothing unless the link stands
 * elsewhere than before and collect-metadata mode is in use at all.
 */
void metadata_link(struct router *router, struct iface *iface,
		   const struct link_info *link);

/* The interface is absent: out of ->ifaces_by_index. */
void metadata_unlink(struct router *router, struct iface *iface);

#endif
