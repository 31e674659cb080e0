/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that receive packets with a metadata dst.  Knows how devices are
 * stacked; must not know what kind of device does what, nor guard policy.
 *
 * A device hands packets up to those that stand on it and to its master.  Links
 * are told in any order, and the two ends of a veth are each other's lower
 * device, so the answer is always found from the bottom, for all at once.
 */
#include "core/metadata.h"

#include <stdio.h>

#include "core/internal.h"

static unsigned int origin_of(const struct router *router, unsigned int ifindex)
{
	const struct iface *iface;

	if (!ifindex)
		return 0;
	iface = iface_find_index(router, ifindex);
	return iface ? iface->new_origin : 0;
}

/* One step up, to this interface and from it.  True when there was one. */
static bool origin_spread(const struct router *router, struct iface *iface)
{
	struct iface *master;
	bool spread = false;

	if (!iface->new_origin) {
		iface->new_origin = origin_of(router, iface->lower);
		spread = iface->new_origin != 0;
	}
	if (!iface->new_origin || !iface->master)
		return spread;
	master = iface_find_index(router, iface->master);
	if (!master || master->new_origin)
		return spread;
	master->new_origin = iface->new_origin;
	return true;
}

static void origin_set(struct router *router, struct iface *iface,
		       unsigned int origin)
{
	const struct iface *device = iface_find_index(router, origin);

	if (iface->origin == origin)
		return;
	iface->origin = origin;
	iface->metadata = origin != 0;
	iface->metadata_reason[0] = '\0';
	if (device)
		snprintf(iface->metadata_reason,
			 sizeof(iface->metadata_reason),
			 "%s is in collect-metadata mode, the netfilter "
			 "guard would drop its packets", device->name);
	hairpin_touch_iface(router, iface);
}

/* Ends: each round but the last finds an origin for one more interface. */
static void metadata_judge(struct router *router)
{
	struct iface *iface, *tmp;
	bool more;

	HASH_ITER(hh_index, router->ifaces_by_index, iface, tmp)
		iface->new_origin = iface->external ? iface->ifindex : 0;
	do {
		more = false;
		HASH_ITER(hh_index, router->ifaces_by_index, iface, tmp)
			more = origin_spread(router, iface) || more;
	} while (more);

	router->any_metadata = false;
	HASH_ITER(hh_index, router->ifaces_by_index, iface, tmp) {
		origin_set(router, iface, iface->new_origin);
		router->any_metadata = router->any_metadata || iface->metadata;
	}
}

void metadata_link(struct router *router, struct iface *iface,
		   const struct link_info *link)
{
	bool same = iface->judged && iface->external == link->metadata &&
		    iface->lower == link->lower &&
		    iface->master == link->master;

	iface->judged = true;
	iface->external = link->metadata;
	iface->lower = link->lower;
	iface->master = link->master;
	if (!same && (router->any_metadata || link->metadata))
		metadata_judge(router);
}

void metadata_unlink(struct router *router, struct iface *iface)
{
	bool was = iface->metadata;

	iface->judged = false;
	iface->external = false;
	iface->lower = 0;
	iface->master = 0;
	origin_set(router, iface, 0);
	if (was)
		metadata_judge(router);
}
