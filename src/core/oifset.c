/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outbound interface lists.  Equal lists are one object: a change of an
 * interface is worked out once a list, however many rules share it, and then
 * told to the rules.
 */
#include "core/internal.h"

#include <stdlib.h>

/* A name and its place among those typed. */
struct word {
	const char *name;
	size_t place;
};

static int compare_places(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static int compare_names(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : compare_places(a, b);
}

/* The wildcards' share, from the interfaces that have a number now. */
static uint32_t oifset_wild_bits(const struct router *router,
				 const struct oifset *set, enum family family)
{
	uint32_t bits = 0;

	if (!set->n_patterns)
		return 0;
	for (unsigned int vif = 0; vif < VIF_MAX; vif++) {
		const struct iface *iface = router->vifs[family][vif];

		for (size_t i = 0; iface && i < set->n_patterns; i++)
			if (ifname_matches(set->patterns[i], iface->name))
				bits |= iface_bit(iface, family);
	}
	return bits;
}

static bool oifset_refresh(const struct router *router, struct oifset *set)
{
	bool changed = false;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		uint32_t wild = oifset_wild_bits(router, set, family);
		uint32_t bits = 0;

		for (size_t i = 0; i < set->n_uses; i++)
			bits |= iface_bit(set->uses[i].iface, family);
		if (bits != set->bits[f] || wild != set->wild_bits[f])
			changed = true;
		set->bits[f] = bits;
		set->wild_bits[f] = wild;
	}
	return changed;
}

static void oifset_tell(struct router *router, struct oifset *set,
			bool rewrite)
{
	struct rule *rule;

	DL_FOREACH2(set->rules, rule, set_next)
		rule_touch(router, rule, rewrite);
}

bool oifset_names(const struct oifset *set, const struct iface *iface)
{
	for (size_t i = 0; i < set->n_uses; i++)
		if (set->uses[i].iface == iface)
			return true;
	return false;
}

static bool oifset_has_match(const struct oifset *set, const char *name)
{
	for (size_t i = 0; i < set->n_patterns; i++)
		if (ifname_matches(set->patterns[i], name))
			return true;
	return false;
}

bool oifset_wants(const struct router *router, const char *name)
{
	const struct oifset *set;

	DL_FOREACH2(router->wild_oifsets, set, wild_next)
		if (oifset_has_match(set, name))
			return true;
	return false;
}

void oifset_iface_changed(struct router *router, struct iface *iface,
			  bool rewrite)
{
	struct oifset_use *use;
	struct oifset *set;

	DL_FOREACH(iface->uses, use)
		if (oifset_refresh(router, use->set) || rewrite)
			oifset_tell(router, use->set, rewrite);
	DL_FOREACH2(router->wild_oifsets, set, wild_next) {
		if (!oifset_has_match(set, iface->name))
			continue;
		if (oifset_refresh(router, set) || rewrite)
			oifset_tell(router, set, rewrite);
	}
}

/* Drops repeats, keeps the order; returns what is left. */
static size_t words_unique(struct word *words, size_t n)
{
	size_t kept = 0;

	qsort(words, n, sizeof(*words), compare_names);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(words[kept - 1].name, words[i].name))
			words[kept++] = words[i];
	qsort(words, kept, sizeof(*words), compare_places);
	return kept;
}

/* The names in the order typed, without repeats; the caller frees them. */
static const char **names_unique(const char *const *names, size_t n,
				 size_t *ret_n)
{
	struct word *words = calloc(n ? n : 1, sizeof(*words));
	const char **unique = malloc((n ? n : 1) * sizeof(*unique));

	if (!words || !unique) {
		free(words);
		free(unique);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		words[i] = (struct word){ names[i], i };
	*ret_n = words_unique(words, n);
	for (size_t i = 0; i < *ret_n; i++)
		unique[i] = words[i].name;
	free(words);
	return unique;
}

static size_t names_bytes(const char *const *names, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(names[i]) + 1;
	return bytes;
}

static void oifset_free(struct router *router, struct oifset *set)
{
	for (size_t i = 0; i < set->n_uses; i++) {
		DL_DELETE(set->uses[i].iface->uses, &set->uses[i]);
		iface_unref(router, set->uses[i].iface);
	}
	free(set->uses);
	free(set->patterns);
	free(set);
}

/* Sorts the words of ->text into interfaces and wildcards. */
static int oifset_resolve(struct router *router, struct oifset *set, size_t n)
{
	const char *name = set->text;

	set->uses = calloc(n ? n : 1, sizeof(*set->uses));
	set->patterns = calloc(n ? n : 1, sizeof(*set->patterns));
	if (!set->uses || !set->patterns)
		return -1;
	for (size_t i = 0; i < n; i++, name += strlen(name) + 1) {
		struct oifset_use *use = &set->uses[set->n_uses];

		if (ifname_is_wildcard(name)) {
			set->patterns[set->n_patterns++] = name;
			continue;
		}
		use->iface = iface_get(router, name);
		if (!use->iface)
			return -1;
		use->set = set;
		DL_APPEND(use->iface->uses, use);
		use->iface->refs++;
		set->n_uses++;
	}
	return 0;
}

/* Interfaces get their VIFs in the order in which they were typed. */
static void oifset_claim(struct router *router, const char *const *names,
			 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct iface *iface, *tmp;

		if (!ifname_is_wildcard(names[i])) {
			iface = iface_find(router, names[i]);
			if (iface)
				iface_claim(router, iface);
			continue;
		}
		HASH_ITER(hh, router->ifaces, iface, tmp)
			if (ifname_matches(names[i], iface->name))
				iface_claim(router, iface);
	}
}

static struct oifset *oifset_new(struct router *router,
				 const char *const *unique, size_t n)
{
	size_t bytes = names_bytes(unique, n);
	struct oifset *set = calloc(1, sizeof(*set) + bytes);
	char *pos;

	if (!set)
		return NULL;
	pos = set->text;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(unique[i]) + 1;

		memcpy(pos, unique[i], len);
		pos += len;
	}
	set->text_len = bytes;
	set->refs = 1;
	if (oifset_resolve(router, set, n))
		goto err_free;
	HASH_ADD_KEYPTR(hh, router->oifsets, set->text, set->text_len, set);
	if (!set->hh.tbl)
		goto err_free;
	if (set->n_patterns)
		DL_APPEND2(router->wild_oifsets, set, wild_prev, wild_next);
	return set;

err_free:
	oifset_free(router, set);
	return NULL;
}

static struct oifset *oifset_find(struct router *router,
				  const char *const *unique, size_t n)
{
	size_t bytes = names_bytes(unique, n);
	struct oifset *set = NULL;
	char *text = malloc(bytes ? bytes : 1);
	char *pos = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(unique[i]) + 1;

		memcpy(pos, unique[i], len);
		pos += len;
	}
	HASH_FIND(hh, router->oifsets, text, bytes, set);
	free(text);
	return set;
}

struct oifset *oifset_get(struct router *router, const char *const *names,
			  size_t n)
{
	struct oifset *set;
	size_t kept;
	const char **unique = names_unique(names, n, &kept);

	if (!unique)
		return NULL;
	set = oifset_find(router, unique, kept);
	if (set) {
		set->refs++;
	} else {
		set = oifset_new(router, unique, kept);
		if (set) {
			oifset_claim(router, names, n);
			oifset_refresh(router, set);
		}
	}
	free(unique);
	return set;
}

static size_t oifset_size(const struct oifset *set)
{
	return set->n_uses + set->n_patterns;
}

struct oifset *oifset_unite(struct router *router, struct oifset *set,
			    const char *const *names, size_t n)
{
	size_t own = oifset_size(set), k = 0;
	const char **all = malloc((own + n + 1) * sizeof(*all));
	struct oifset *united;
	const char *pos = set->text;

	if (!all)
		return NULL;
	for (size_t i = 0; i < own; i++, pos += strlen(pos) + 1)
		all[k++] = pos;
	for (size_t i = 0; i < n; i++)
		all[k++] = names[i];
	united = oifset_get(router, all, k);
	free(all);
	return united;
}

struct oifset *oifset_merge(struct router *router, struct oifset *a,
			    const struct oifset *b)
{
	size_t n = oifset_size(b);
	const char **names = malloc((n ? n : 1) * sizeof(*names));
	const char *pos = b->text;
	struct oifset *merged;

	if (!names)
		return NULL;
	for (size_t i = 0; i < n; i++, pos += strlen(pos) + 1)
		names[i] = pos;
	merged = oifset_unite(router, a, names, n);
	free(names);
	return merged;
}

static bool names_match(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (ifname_matches(names[i], name) ||
		    strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* True when taking `names` away takes a part of what `pattern` matches. */
static bool pattern_is_split(const struct router *router, const char *pattern,
			     const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ifname_is_wildcard(names[i]) &&
		    ifname_matches(pattern, names[i]) &&
		    iface_find(router, names[i]))
			return true;
	return false;
}

bool oifset_is_split(const struct router *router, const struct oifset *set,
		     const char *const *names, size_t n)
{
	for (size_t i = 0; i < set->n_patterns; i++)
		if (!names_match(names, n, set->patterns[i]) &&
		    pattern_is_split(router, set->patterns[i], names, n))
			return true;
	return false;
}

/*
 * A wildcard of which one interface is taken away becomes the names of the
 * others.  The IIF was never meant by it and must not become one of them.
 */
struct oifset *oifset_subtract(struct router *router, struct oifset *set,
			       const char *const *names, size_t n,
			       const struct iface *iif)
{
	size_t own = oifset_size(set), k = 0;
	size_t room = own + own * HASH_COUNT(router->ifaces);
	const char **kept = malloc((room + 1) * sizeof(*kept));
	const char *pos = set->text;
	struct oifset *rest;

	if (!kept)
		return NULL;
	for (size_t i = 0; i < own; i++, pos += strlen(pos) + 1) {
		struct iface *iface, *tmp;

		if (names_match(names, n, pos))
			continue;
		if (!ifname_is_wildcard(pos) ||
		    !pattern_is_split(router, pos, names, n)) {
			kept[k++] = pos;
			continue;
		}
		HASH_ITER(hh, router->ifaces, iface, tmp)
			if (iface->usable && iface != iif &&
			    ifname_matches(pos, iface->name) &&
			    !names_match(names, n, iface->name))
				kept[k++] = iface->name;
	}
	rest = oifset_get(router, kept, k);
	free(kept);
	return rest;
}

struct oifset *oifset_hold(struct oifset *set)
{
	set->refs++;
	return set;
}

void oifset_put(struct router *router, struct oifset *set)
{
	if (!set || --set->refs > 0)
		return;
	HASH_DEL(router->oifsets, set);
	if (set->n_patterns)
		DL_DELETE2(router->wild_oifsets, set, wild_prev, wild_next);
	oifset_free(router, set);
}
