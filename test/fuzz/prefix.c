/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever prefix_parse() takes must come out of prefix_format() as text that
 * means the same.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/diag.h"

/* Longer input has nothing new to say. */
#define TEXT_MAX 96

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prefix prefix, again;
	struct diag diag = { 0 };
	char text[TEXT_MAX];
	char out[PREFIX_STRLEN];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';

	if (prefix_parse(text, &prefix, NULL, &diag))
		return 0;
	if (prefix_parse(prefix_format(&prefix, out), &again, NULL, &diag))
		abort();
	if (!prefix_equal(&prefix, &again))
		abort();
	return 0;
}
