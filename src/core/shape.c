/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pairs of prefix lengths are in use, and by how many rules.  Knows
 * neither rules nor interfaces.
 */
#include "core/iface.h"

#include <errno.h>
#include <stdlib.h>

int shape_add(struct rule_shape **shapes, size_t *n, uint8_t source_len,
	      uint8_t group_len)
{
	struct rule_shape *grown;

	for (size_t i = 0; i < *n; i++) {
		struct rule_shape *shape = &(*shapes)[i];

		if (shape->source_len == source_len &&
		    shape->group_len == group_len) {
			shape->rules++;
			return 0;
		}
	}
	grown = realloc(*shapes, (*n + 1) * sizeof(**shapes));
	if (!grown)
		return -ENOMEM;
	grown[*n] = (struct rule_shape){ source_len, group_len, 1 };
	*shapes = grown;
	(*n)++;
	return 0;
}

void shape_del(struct rule_shape *shapes, size_t *n, uint8_t source_len,
	       uint8_t group_len)
{
	for (size_t i = 0; i < *n; i++) {
		if (shapes[i].source_len != source_len ||
		    shapes[i].group_len != group_len)
			continue;
		if (--shapes[i].rules == 0)
			shapes[i] = shapes[--*n];
		return;
	}
}
