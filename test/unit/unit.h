/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test needs of Check: one program a module, one suite. */
#ifndef TEST_UNIT_UNIT_H
#define TEST_UNIT_UNIT_H

#include <check.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Runs the test cases, the list of which ends with NULL, and returns the exit
 * status of the program.  That nothing ran is a failure.
 */
static inline int __attribute__((sentinel))
unit_main(const char *name, TCase *first, ...)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	TCase *tcase;
	va_list args;
	int failed, run;

	va_start(args, first);
	for (tcase = first; tcase; tcase = va_arg(args, TCase *))
		suite_add_tcase(suite, tcase);
	va_end(args);

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	return failed || !run ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
