/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnoses as text.  Knows how a place in a file is written for a human; must
 * not know who reads it: neither the log nor the client.
 */
#include <stdarg.h>
#include <stdio.h>

#include "lib/diag.h"

int diag_set(struct diag *diag, int err, const char *fmt, ...)
{
	va_list args;

	if (!diag)
		return err;

	va_start(args, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, args);
	va_end(args);
	return err;
}

const char *diag_format(const struct diag *diag, char *buf, unsigned int size)
{
	if (!diag->file)
		snprintf(buf, size, "%s", diag->text);
	else if (diag->line == 0)
		snprintf(buf, size, "%s: %s", diag->file, diag->text);
	else
		snprintf(buf, size, "%s line %u: %s", diag->file, diag->line,
			 diag->text);
	return buf;
}
