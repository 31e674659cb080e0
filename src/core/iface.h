/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces by name, their VIFs and MIFs, and `phyint` settings.
 *
 * An interface is usable while it is present and has the MULTICAST flag.  A
 * wanted and usable interface has a VIF and a MIF, as far as the families work
 * and numbers are free.
 */
#ifndef CORE_IFACE_H
#define CORE_IFACE_H

#include "core/state.h"

/* NULL: never spoken of. */
struct iface *iface_find(const struct router *router, const char *name);
struct iface *iface_find_index(const struct router *router,
			       unsigned int ifindex);

/* Finds it or speaks of it for the first time.  NULL: out of memory. */
struct iface *iface_get(struct router *router, const char *name);

/*
 * One more or one less rule, list or group names it.  The first reference to a
 * usable interface gives it its VIF; the last does not take it away, see
 * iface_release().
 */
void iface_ref(struct router *router, struct iface *iface);
void iface_unref(struct router *router, struct iface *iface);

/* Gives a wanted, usable interface the VIF and MIF that it lacks. */
void iface_claim(struct router *router, struct iface *iface);

/* False when it has no VIF or MIF and all numbers are taken. */
bool iface_can_claim(const struct router *router, const struct iface *iface);

/* Takes VIF and MIF of what is no longer wanted, and forgets what is gone. */
void iface_release(struct router *router);

/* Gives VIF and MIF to all that want and lack them. */
void iface_claim_all(struct router *router);

/*
 * Recomputes what `phyint` lines say about all interfaces; those that a line
 * enables get their VIFs in the order of the lines.
 */
void iface_settings_apply(struct router *router);

/* Why it cannot be used, as text, or NULL when it can. */
const char *iface_trouble(const struct iface *iface);

/* Bit of its VIF or MIF, 0 when it has none. */
uint32_t iface_bit(const struct iface *iface, enum family family);

/* The policy in force on an interface of that name, present or not. */
enum policy iface_policy_of_name(const struct router *router,
				 const char *name);

void iface_free_all(struct router *router);

/*
 * A multiset of prefix lengths: the look-up of what covers an address is one
 * hash access for each pair of lengths in use.
 */
int shape_add(struct rule_shape **shapes, size_t *n, uint8_t source_len,
	      uint8_t group_len);
void shape_del(struct rule_shape *shapes, size_t *n, uint8_t source_len,
	       uint8_t group_len);

#endif
