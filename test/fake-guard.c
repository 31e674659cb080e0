/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guards of the fake kernel, and the two promises of this project: no
 * hairpin OIF without a guard, no packet sent back twice.  Knows core/guard.h
 * for names.
 */
#include <errno.h>
#include <string.h>

#include "core/guard.h"
#include "lib/diag.h"
#include "test/fake-internal.h"

/* Keys of one call that are written out; more are only counted. */
#define KEYS_SHOWN 8

const char *fake_family_word(enum family family)
{
	return family == FAMILY_IPV4 ? "ipv4" : "ipv6";
}

void fake_check_guarded(struct fake_kernel *fake,
			const struct mfc_route *route, unsigned int ifindex)
{
	const struct in6_addr *source = &route->source, *group = &route->group;

	if (!route->ttls[route->parent])
		return;
	if (fake_find_key(fake, GUARD_RELAY, source, group, ifindex))
		fake_kernel_abort(fake, "kernel and relay both send back");
	if (!fake->off &&
	    !fake_find_key(fake, GUARD_NETFILTER, source, group, ifindex) &&
	    !fake_find_key(fake, GUARD_TABLE, source, group, ifindex))
		fake_kernel_abort(fake, "hairpin route without a guard");
}

/* Until guard_settle() packets may still leave by the OIF that goes. */
void fake_entry_changes(struct fake_kernel *fake, const struct fake_mfc *mfc,
			const struct mfc_route *route)
{
	const struct mfc_route *old = &mfc->route;
	enum family family = addr_family(&old->group);
	struct fake_flight *flight;

	if (!old->ttls[old->parent] ||
	    (route && route->parent == old->parent &&
	     route->ttls[route->parent]))
		return;
	flight = &fake->flights[fake->n_flights++ % FAKE_FLIGHT_MAX];
	flight->source = old->source;
	flight->group = old->group;
	flight->ifindex = fake->vifs[family][old->parent].ifindex;
}

static void check_settled(struct fake_kernel *fake,
			  const struct guard_key *key)
{
	for (size_t i = 0; i < fake->n_flights && i < FAKE_FLIGHT_MAX; i++) {
		const struct fake_flight *flight = &fake->flights[i];

		if (flight->ifindex == key->ifindex &&
		    addr_equal(&flight->source, &key->source) &&
		    addr_equal(&flight->group, &key->group))
			fake_kernel_abort(fake, "relayed while packets are "
					  "on their way");
	}
}

static void check_relay(struct fake_kernel *fake, const struct guard_key *key)
{
	const struct fake_mfc *mfc = fake_find_mfc(fake, &key->source,
						   &key->group);
	enum family family = addr_family(&key->group);

	if (!mfc)
		fake_kernel_abort(fake, "relay of what has no entry");
	if (fake->vifs[family][mfc->route.parent].ifindex != key->ifindex)
		fake_kernel_abort(fake, "relay on another interface");
	if (mfc->route.ttls[mfc->route.parent])
		fake_kernel_abort(fake, "kernel and relay both send back");
	if (!key->threshold)
		fake_kernel_abort(fake, "relay without a threshold");
	check_settled(fake, key);
}

bool fake_owns(const struct fake_kernel *fake, const struct in6_addr *addr)
{
	for (size_t i = 0; i < fake->n_own; i++)
		if (addr_equal(&fake->own[i], addr))
			return true;
	return false;
}

static bool forwards(const struct mfc_route *route)
{
	return memcmp(route->ttls, (uint8_t[VIF_MAX]){ 0 }, VIF_MAX) != 0;
}

/* The rule to the second table must not take own sources' routes away. */
static void check_mirror(struct fake_kernel *fake, const struct guard_key *key)
{
	const struct fake_vif *vifs = fake->vifs[FAMILY_IPV4];

	for (size_t i = 0; i < fake->n_mfcs; i++) {
		const struct fake_mfc *mfc = &fake->mfcs[i];

		if (mfc->route.own && !mfc->mirrored &&
		    forwards(&mfc->route) &&
		    addr_family(&mfc->route.group) == FAMILY_IPV4 &&
		    vifs[mfc->route.parent].ifindex == key->ifindex &&
		    fake_owns(fake, &mfc->route.source))
			fake_kernel_abort(fake, "the second table lacks "
					  "entry %zu", i);
	}
}

void fake_own_changed(void *ctx, const struct in6_addr *addr, bool own)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len, i;
	char text[ADDR_STRLEN];

	fake_say(fake, "own_changed %s %s", addr_format(addr, text),
		 own ? "own" : "foreign");
	fake_call_end(fake, FAKE_OWN_CHANGED, start);
	if (own == fake_owns(fake, addr) || fake->n_own == FAKE_OWN_MAX)
		fake_kernel_abort(fake, "it is so already");
	if (own) {
		fake->own[fake->n_own++] = *addr;
		return;
	}
	for (i = 0; !addr_equal(&fake->own[i], addr); i++)
		;
	fake->own[i] = fake->own[--fake->n_own];
}

/* What ails the guard there; NULL: nothing. */
static const struct fake_trouble *trouble_find(const struct fake_kernel *fake,
					       enum guard guard,
					       enum family family,
					       unsigned int ifindex)
{
	for (size_t i = 0; i < fake->n_troubles; i++) {
		const struct fake_trouble *trouble = &fake->troubles[i];

		if (trouble->guard == guard && trouble->family == family &&
		    (!trouble->ifindex || trouble->ifindex == ifindex))
			return trouble;
	}
	return NULL;
}

static void table_made(struct fake_kernel *fake, unsigned int ifindex)
{
	for (unsigned int vif = 0; vif < VIF_MAX; vif++) {
		struct fake_vif *found = &fake->vifs[FAMILY_IPV4][vif];

		if (found->ifindex != ifindex || found->stuck || found->table)
			continue;
		found->table = true;
		for (size_t i = 0; i < fake->n_mfcs; i++)
			if (fake->mfcs[i].route.parent == vif)
				fake->mfcs[i].mirrored = false;
	}
}

int fake_guard_ready(void *ctx, enum guard guard, enum family family,
		     unsigned int ifindex, struct diag *diag)
{
	struct fake_kernel *fake = ctx;
	const struct fake_trouble *trouble = trouble_find(fake, guard, family,
							  ifindex);
	size_t start = fake->len;
	int err;

	if (!ifindex)
		fake_kernel_abort(fake, "guard of no interface");
	fake_say(fake, "guard_ready %s %s if %u", guard_name(guard),
		 fake_family_word(family), ifindex);
	err = fake_call_end(fake, FAKE_GUARD_READY, start);
	if (!err && guard == GUARD_NETFILTER && fake->guard_errno)
		return diag_set(diag, -fake->guard_errno, "%s",
				fake->guard_text);
	if (!err && trouble)
		return diag_set(diag, -trouble->err, "%s", trouble->text);
	if (err)
		return diag_set(diag, err, "%s", strerror(-err));
	if (guard == GUARD_TABLE)
		table_made(fake, ifindex);
	return diag_set(diag, 0, "%s", fake->remark ? fake->remark : "");
}

static size_t say_keys(struct fake_kernel *fake, const char *word,
		       enum guard guard, const struct guard_key *keys,
		       size_t n)
{
	size_t start = fake->len;

	fake_say(fake, "%s %s", word, guard_name(guard));
	if (n > 1)
		fake_say(fake, " %zu keys", n);
	for (size_t i = 0; i < n && i < KEYS_SHOWN; i++) {
		fake_say(fake, i ? ", " : " ");
		fake_say_pair(fake, &keys[i].source, &keys[i].group);
		fake_say(fake, " if %u", keys[i].ifindex);
		if (guard == GUARD_RELAY && keys[i].threshold > 1)
			fake_say(fake, " ttl %u", keys[i].threshold);
	}
	if (n > KEYS_SHOWN)
		fake_say(fake, " ...");
	return start;
}

static void key_put(struct fake_kernel *fake, enum guard guard,
		    const struct guard_key *from)
{
	struct fake_key *key = fake_find_key(fake, guard, &from->source,
					     &from->group, from->ifindex);

	if (!from->ifindex)
		fake_kernel_abort(fake, "guard of no interface");
	if (guard == GUARD_RELAY)
		check_relay(fake, from);
	if (guard == GUARD_TABLE)
		check_mirror(fake, from);
	if (!key && fake->n_keys == FAKE_KEY_MAX)
		fake_kernel_abort(fake, "too many guard keys");
	if (!key)
		key = &fake->keys[fake->n_keys++];
	*key = (struct fake_key){ .key = *from, .guard = guard };
}

/* Core asks first: what is in trouble is not used. */
static void check_usable(struct fake_kernel *fake, enum guard guard,
			 const struct guard_key *keys, size_t n)
{
	if (guard == GUARD_NONE || !n || n > GUARD_BATCH_MAX)
		fake_kernel_abort(fake, "no such guard, or bad count");
	for (size_t i = 0; guard == GUARD_TABLE && i < n; i++)
		if (addr_family(&keys[i].group) != FAMILY_IPV4)
			fake_kernel_abort(fake, "no second table for IPv6");
}

int fake_guard_add(void *ctx, enum guard guard, const struct guard_key *keys,
		   size_t n)
{
	struct fake_kernel *fake = ctx;
	size_t start = say_keys(fake, "guard_add", guard, keys, n);
	int err = fake_call_end(fake, FAKE_GUARD_ADD, start);

	check_usable(fake, guard, keys, n);
	if (!err && guard == GUARD_NETFILTER)
		err = -fake->guard_errno;
	for (size_t i = 0; i < n && !err; i++)
		if (trouble_find(fake, guard, addr_family(&keys[i].group),
				 keys[i].ifindex))
			err = -ENOENT;
	for (size_t i = 0; i < n && !err; i++)
		key_put(fake, guard, &keys[i]);
	return err;
}

/* A guard goes after its route. */
static void check_unneeded(struct fake_kernel *fake, enum guard guard,
			   const struct guard_key *key)
{
	enum guard other = guard == GUARD_TABLE ? GUARD_NETFILTER : GUARD_TABLE;
	enum family family = addr_family(&key->group);
	const struct fake_mfc *mfc = fake_find_mfc(fake, &key->source,
						   &key->group);

	if (!fake->off && guard != GUARD_RELAY && mfc &&
	    mfc->route.ttls[mfc->route.parent] &&
	    fake->vifs[family][mfc->route.parent].ifindex == key->ifindex &&
	    !fake_find_key(fake, other, &key->source, &key->group,
			   key->ifindex))
		fake_kernel_abort(fake, "a hairpin route needs this guard");
}

/* The relay's keys are our own memory: nothing can keep them. */
int fake_guard_del(void *ctx, enum guard guard, const struct guard_key *keys,
		   size_t n)
{
	struct fake_kernel *fake = ctx;
	size_t start = say_keys(fake, "guard_del", guard, keys, n);
	int err = fake_call_end(fake, FAKE_GUARD_DEL, start);

	check_usable(fake, guard, keys, n);
	if (guard == GUARD_RELAY)
		err = 0;
	for (size_t i = 0; i < n; i++) {
		struct fake_key *key = fake_find_key(fake, guard,
						     &keys[i].source,
						     &keys[i].group,
						     keys[i].ifindex);

		check_unneeded(fake, guard, &keys[i]);
		if (!key)
			continue;
		key->stuck = err != 0;
		if (!err)
			*key = fake->keys[--fake->n_keys];
	}
	return err;
}

int fake_guard_count(void *ctx, enum guard guard,
		     const struct guard_key *keys, size_t n,
		     guard_count_fn *fn, void *arg)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	int err;

	fake_say(fake, "guard_count %s", guard_name(guard));
	err = fake_call_end(fake, FAKE_GUARD_COUNT, start);
	for (size_t i = 0; !err && i < n; i++) {
		const struct fake_key *key =
			fake_find_key(fake, guard, &keys[i].source,
				      &keys[i].group, keys[i].ifindex);

		if (key)
			fn(arg, &keys[i], &key->count);
	}
	return err;
}

int fake_guard_settle(void *ctx)
{
	struct fake_kernel *fake = ctx;
	size_t start = fake->len;
	int err;

	fake_say(fake, "guard_settle");
	err = fake_call_end(fake, FAKE_GUARD_SETTLE, start);
	if (!err)
		fake->n_flights = 0;
	return err;
}
