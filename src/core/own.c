/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of this host.  The looped copy of a packet of our own is how the
 * kernel forwards it, so an entry with such a source is not treated as a
 * hairpin: hairpin.c and commit.c ask here.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

bool own_has(const struct router *router, const struct in6_addr *addr)
{
	struct own_count *count;

	HASH_FIND(hh, router->own_counts, addr, sizeof(*addr), count);
	return count != NULL;
}

bool router_owns(const struct router *router, const struct in6_addr *addr)
{
	return own_has(router, addr);
}

static struct own_addr *own_find(const struct router *router,
				 unsigned int ifindex,
				 const struct in6_addr *addr)
{
	struct own_addr_key key;
	struct own_addr *own;

	memset(&key, 0, sizeof(key));
	key.addr = *addr;
	key.ifindex = ifindex;
	HASH_FIND(hh, router->own, &key, sizeof(key), own);
	return own;
}

static struct own_count *own_count_get(struct router *router,
				       const struct in6_addr *addr)
{
	struct own_count *count;

	HASH_FIND(hh, router->own_counts, addr, sizeof(*addr), count);
	if (count)
		return count;
	count = calloc(1, sizeof(*count));
	if (!count)
		return NULL;
	count->addr = *addr;
	HASH_ADD(hh, router->own_counts, addr, sizeof(count->addr), count);
	if (!count->hh.tbl) {
		free(count);
		return NULL;
	}
	return count;
}

static void own_count_put(struct router *router, struct own_count *count)
{
	if (count->interfaces > 0)
		return;
	HASH_DEL(router->own_counts, count);
	free(count);
}

/* `own` is what own_has() says by now. */
static void own_became(struct router *router, const struct in6_addr *addr,
		       bool own)
{
	router->config.ops->own_changed(router->config.kernel, addr, own);
	hairpin_touch_source(router, addr);
}

static struct own_addr *own_add(struct router *router, unsigned int ifindex,
				const struct in6_addr *addr)
{
	struct own_count *count = own_count_get(router, addr);
	struct own_addr *own;

	if (!count)
		return NULL;
	own = calloc(1, sizeof(*own));
	if (!own)
		goto err_put;
	own->key.addr = *addr;
	own->key.ifindex = ifindex;
	HASH_ADD(hh, router->own, key, sizeof(own->key), own);
	if (!own->hh.tbl)
		goto err_free;
	if (count->interfaces++ == 0)
		own_became(router, addr, true);
	return own;

err_free:
	free(own);
err_put:
	own_count_put(router, count);
	return NULL;
}

static void own_del(struct router *router, struct own_addr *own)
{
	struct in6_addr addr = own->key.addr;
	struct own_count *count;

	HASH_FIND(hh, router->own_counts, &own->key.addr,
		  sizeof(own->key.addr), count);
	HASH_DEL(router->own, own);
	free(own);
	if (!count || --count->interfaces > 0)
		return;
	own_count_put(router, count);
	own_became(router, &addr, false);
}

/* The kernel's choice of a source address hangs on any address of the host. */
static void own_changed(struct router *router, const struct in6_addr *addr)
{
	router_commit(router);
	if (addr_family(addr) == FAMILY_IPV4)
		filter_follow_all(router);
}

int router_addr_add(struct router *router, unsigned int ifindex,
		    const struct in6_addr *addr)
{
	struct own_addr *own = own_find(router, ifindex, addr);

	if (!own)
		own = own_add(router, ifindex, addr);
	if (own)
		own->seen = true;
	else
		router_note(router, NOTE_WARNING, NOTE_IFACE,
			    "an address is not known: out of memory");
	own_changed(router, addr);
	return own ? 0 : -ENOMEM;
}

void router_addr_del(struct router *router, unsigned int ifindex,
		     const struct in6_addr *addr)
{
	struct in6_addr copy = *addr;
	struct own_addr *own = own_find(router, ifindex, addr);

	if (own)
		own_del(router, own);
	own_changed(router, &copy);
}

void own_forget_iface(struct router *router, unsigned int ifindex)
{
	struct own_addr *own, *tmp;

	HASH_ITER(hh, router->own, own, tmp)
		if (own->key.ifindex == ifindex)
			own_del(router, own);
}

void router_resync_begin(struct router *router)
{
	struct iface *iface, *tmp;
	struct own_addr *own, *own_tmp;

	HASH_ITER(hh, router->ifaces, iface, tmp)
		iface->seen = false;
	HASH_ITER(hh, router->own, own, own_tmp)
		own->seen = false;
}

void own_resync_end(struct router *router)
{
	struct own_addr *own, *tmp;

	HASH_ITER(hh, router->own, own, tmp)
		if (!own->seen)
			own_del(router, own);
}

void own_free_all(struct router *router)
{
	struct own_addr *own, *tmp;

	HASH_ITER(hh, router->own, own, tmp)
		own_del(router, own);
}
