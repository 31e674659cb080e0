/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which word shows which table; must not know what is in one. */
#include "ctl/show.h"

void show_table(struct router *router, const char *word, enum show_form form,
		struct buf *out)
{
	switch (*word) {
	case 'g':
		show_groups(router, form, out);
		break;
	case 'h':
		show_hairpin(router, form, out);
		break;
	case 'i':
		show_interfaces(router, form, out);
		break;
	case 'p':
		show_pending(router, form, out);
		break;
	default:
		show_routes(router, form, out);
		break;
	}
}
