/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both programs say about themselves. */
#ifndef VERSION_H
#define VERSION_H

#include <stdio.h>

#include "config.h"

/* -i of both programs when it is not given. */
#define DEFAULT_IDENT "smcroute"

static inline void version_print(void)
{
	printf("SMCRoute-NG v%s\n", PACKAGE_VERSION);
	if (*PACKAGE_BUGREPORT || *PACKAGE_URL)
		putchar('\n');
	if (*PACKAGE_BUGREPORT)
		printf("Bug report address: %s\n", PACKAGE_BUGREPORT);
	if (*PACKAGE_URL)
		printf("Project homepage: %s\n", PACKAGE_URL);
}

#endif
