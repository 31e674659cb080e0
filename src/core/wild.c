/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements whose inbound interface is a wildcard.  They are kept as typed and
 * become an ordinary rule for each interface that matches, as it comes; the
 * rule goes with its interface unless it was also named in so many letters.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

static struct wild *wild_find(const struct router *router,
			      const struct directive *directive)
{
	struct statement_key key;

	statement_key_fill(directive->ifname, &directive->source,
			   &directive->group, &key);
	return htable_find(&router->wilds, &key);
}

static void wild_free(struct router *router, struct wild *wild)
{
	cursor_forget(router, CURSOR_WILD, wild);
	htable_del(&router->wilds, wild);
	oifset_put(router, wild->oifs);
	free(wild);
}

static int wild_merge(struct router *router, struct wild *wild,
		      const struct directive *directive)
{
	struct oifset *oifs;

	if (wild->generation != router->generation)
		oifs = oifset_get(router, directive->oifs, directive->n_oifs);
	else
		oifs = oifset_unite(router, wild->oifs, directive->oifs,
				    directive->n_oifs);
	if (!oifs)
		return -ENOMEM;
	if (wild->generation != router->generation)
		wild->split = false;
	oifset_put(router, wild->oifs);
	wild->oifs = oifs;
	wild->generation = router->generation;
	return 0;
}

int wild_keep(struct router *router, const struct directive *directive)
{
	struct wild *wild = wild_find(router, directive);

	if (wild)
		return wild_merge(router, wild, directive);
	wild = calloc(1, sizeof(*wild));
	if (!wild)
		return -ENOMEM;
	statement_key_fill(directive->ifname, &directive->source,
			   &directive->group, &wild->key);
	wild->source = directive->source;
	wild->group = directive->group;
	wild->generation = router->generation;
	wild->oifs = oifset_get(router, directive->oifs, directive->n_oifs);
	if (!wild->oifs)
		goto err_free;
	if (htable_add(&router->wilds, wild))
		goto err_put;
	return 0;

err_put:
	oifset_put(router, wild->oifs);
err_free:
	free(wild);
	return -ENOMEM;
}

int wild_add(struct router *router, const struct directive *directive)
{
	struct iface *iface, *tmp;
	int err = wild_keep(router, directive);

	HASH_ITER(hh, router->ifaces, iface, tmp) {
		struct rule *rule;

		if (!err && iface->usable &&
		    ifname_matches(directive->ifname, iface->name))
			err = statement_apply(router, iface, directive,
					      RULE_WILD, &rule);
	}
	return err;
}

int wild_del(struct router *router, const struct directive *directive)
{
	struct wild *wild = wild_find(router, directive);
	struct oifset *oifs;

	if (!wild)
		return -ENOENT;
	if (!directive->n_oifs) {
		wild_free(router, wild);
		return 0;
	}
	oifs = oifset_subtract(router, wild->oifs, directive->oifs,
			       directive->n_oifs, NULL);
	if (!oifs)
		return -ENOMEM;
	if (oifset_is_split(router, wild->oifs, directive->oifs,
			    directive->n_oifs))
		wild->split = true;
	oifset_put(router, wild->oifs);
	wild->oifs = oifs;
	return 0;
}

/*
 * The names of a list, one after the other, as an array into its text.  Names
 * that stand for a wildcard do not mean the IIF.
 */
static const char **wild_list(const struct wild *wild,
			      const struct iface *iif, size_t *ret_n)
{
	const struct oifset *set = wild->oifs;
	size_t n = set->n_uses + set->n_patterns, kept = 0;
	const char **names = malloc((n ? n : 1) * sizeof(*names));
	const char *pos = set->text;

	if (!names)
		return NULL;
	for (size_t i = 0; i < n; i++, pos += strlen(pos) + 1)
		if (!wild->split || strcmp(pos, iif->name) != 0)
			names[kept++] = pos;
	*ret_n = kept;
	return names;
}

static void wild_apply(struct router *router, const struct wild *wild,
		       struct iface *iface)
{
	struct directive directive = {
		.kind = DIRECTIVE_MROUTE,
		.ifname = wild->key.name,
		.source = wild->source,
		.group = wild->group,
	};
	const char **names = wild_list(wild, iface, &directive.n_oifs);
	struct rule *rule;

	directive.oifs = names;
	if (!names || statement_apply(router, iface, &directive, RULE_WILD,
				      &rule))
		router_note(router, NOTE_WARNING, NOTE_PENDING,
			    "%s: a route from %s is missing: out of memory",
			    iface->name, wild->key.name);
	else
		rule_note_hairpin(router, rule);
	free(names);
}

void wild_iface_usable(struct router *router, struct iface *iface)
{
	struct wild *wild;

	for (wild = htable_first(&router->wilds); wild;
	     wild = htable_next(wild))
		/* others are of the old file, and about to go */
		if (wild->generation == router->generation &&
		    ifname_matches(wild->key.name, iface->name))
			wild_apply(router, wild, iface);
}

void wild_iface_unusable(struct router *router, struct iface *iface)
{
	struct rule *rule, *tmp;

	DL_FOREACH_SAFE2(iface->rules, rule, tmp, if_next)
		if (!(rule->flags & RULE_EXPLICIT))
			rule_del(router, rule);
}

void wild_sweep(struct router *router)
{
	struct wild *wild, *tmp;

	HTABLE_FOREACH_SAFE(&router->wilds, wild, tmp)
		if (wild->generation != router->generation)
			wild_free(router, wild);
}

void wild_free_all(struct router *router)
{
	struct wild *wild, *tmp;

	HTABLE_FOREACH_SAFE(&router->wilds, wild, tmp)
		wild_free(router, wild);
}
