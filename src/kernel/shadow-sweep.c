/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy rules that daemons have left which are dead: rules outlive the process
 * that made them, and the host's own multicast would go on being led into a
 * table that is empty.
 */
#include "config.h"

#include <string.h>

#include <linux/fib_rules.h>

#include "kernel/shadow-rule.h"
#include "kernel/shadow-table.h"

static bool has_table(const struct mrules *all, uint32_t table)
{
	size_t i;

	for (i = 0; i < all->n_tables; i++) {
		if (all->tables[i] == table)
			return true;
	}
	return false;
}

/* A rule as only we make them. */
static bool is_shadow_rule(const struct mrule *rule)
{
	return rule->protocol == MRULE_PROTOCOL &&
	       rule->action == FR_ACT_TO_TBL && !rule->invert &&
	       rule->table >= SHADOW_ID_BASE && rule->table < SHADOW_ID_END &&
	       !strcmp(rule->iif_name, "lo") && *rule->oif_name;
}

int shadow_rules_sweep(struct shadow_rules *rules,
		       bool (*held)(uint32_t table))
{
	struct mrules all;
	int err, n = 0;
	size_t i;

	err = mrules_fetch(&rules->requests, &all);
	if (err)
		return err;

	for (i = 0; i < all.n && !err; i++) {
		const struct mrule *rule = &all.rules[i];
		struct mrule_own own = { rule->pref, rule->table, "" };

		/* A table that is not there: asking would make it. */
		if (!is_shadow_rule(rule) ||
		    (has_table(&all, rule->table) && held(rule->table)))
			continue;
		memcpy(own.oif_name, rule->oif_name, sizeof(own.oif_name));
		err = mrule_del(&rules->requests, &own);
		if (!err)
			n++;
	}
	mrules_free(&all);
	return err ? err : n;
}
