/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which VIFs are advertised to snooping switches (`phyint IF mrdisc`, RFC
 * 4286).  Knows when; must not know how, nor how often.
 */
#include "core/internal.h"

#include <errno.h>

static bool mrdisc_wanted(const struct iface *iface, enum family family)
{
	return iface->phyint.enable && iface->phyint.mrdisc &&
	       iface->usable && iface->up && iface->vif[family] >= 0;
}

/* Told once: an interface that goes up and down is no news. */
static void mrdisc_note_refused(const struct router *router,
				struct iface *iface, int err)
{
	if (!iface->mrdisc_refused)
		router_note(router, NOTE_WARNING, NOTE_IFACE,
			    "%s: no multicast router discovery: %s",
			    iface->name, err == -EOPNOTSUPP ?
			    "built without mrdisc" : strerror(-err));
	iface->mrdisc_refused = true;
}

static void mrdisc_start(struct router *router, struct iface *iface,
			 enum family family)
{
	int err = router->config.ops->mrdisc_set(router->config.kernel, family,
						 iface->ifindex, true);

	iface->mrdisc[family] = !err;
	if (err)
		mrdisc_note_refused(router, iface, err);
	else
		iface->mrdisc_refused = false;
}

void mrdisc_stop(struct router *router, struct iface *iface,
		 enum family family)
{
	if (!iface->mrdisc[family])
		return;
	/* there is no more to be done about an error */
	router->config.ops->mrdisc_set(router->config.kernel, family,
				       iface->ifindex, false);
	iface->mrdisc[family] = false;
}

void mrdisc_follow(struct router *router, struct iface *iface)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;

		if (!mrdisc_wanted(iface, family))
			mrdisc_stop(router, iface, family);
		else if (!iface->mrdisc[f])
			mrdisc_start(router, iface, family);
	}
}
