/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the self-test finds out, and how it is told. */
#ifndef SELFTEST_REPORT_H
#define SELFTEST_REPORT_H

#include <stdbool.h>

#include "core/kernel.h"
#include "kernel/probe.h"
#include "lib/diag.h"

struct buf;

/* TTLs or hop limits that packets are sent with. */
#define SELFTEST_TTLS { 5, 64 }
#define SELFTEST_TTL_COUNT 2

#define SELFTEST_TRIALS_MAX 8

/* One way to deal with a hairpin route, and what came of it. */
struct trial_result {
	const char *name;
	const char *remark;		/* about it as such, or NULL */
	bool ran;			/* else ->reason */
	char reason[DIAG_TEXT_MAX];
	enum guard guard;		/* in place, or NONE */
	unsigned int n_counts;		/* fewer: something was lost */
	bool late;			/* for want of time, maybe */
	struct probe_count counts[SELFTEST_TTL_COUNT];
	bool exact;			/* 1 copy back, 1 delivered, each */
};

enum affected {
	AFFECTED_UNKNOWN,		/* not even the plain packet came */
	AFFECTED_NO,
	AFFECTED_YES,
};

struct family_result {
	bool present;			/* else ->reason */
	char reason[DIAG_TEXT_MAX];
	enum affected affected;
	enum guard chosen;		/* by auto; GUARD_NONE: none */
	bool exact;			/* what an operator gets with auto */
	unsigned int n_trials;
	struct trial_result trials[SELFTEST_TRIALS_MAX];
};

struct selftest_result {
	bool exact;			/* every family present; at least one */
	struct family_result families[FAMILY_COUNT];
};

void selftest_report_text(const struct selftest_result *result,
			  struct buf *out);
void selftest_report_json(const struct selftest_result *result,
			  struct buf *out);

#endif
