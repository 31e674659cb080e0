/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-test: the router as it runs in production, one for each guard and
 * family, on a network of its own.  Knows what to try and what is right; must
 * not know how packets are made (kernel/lab.c) or counted (kernel/probe.c).
 */
#include "config.h"

#include "selftest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <ev.h>

#include "core/cursor.h"
#include "core/null-kernel.h"
#include "core/router.h"
#include "core/state.h"
#include "kernel/lab.h"
#include "kernel/linux.h"
#include "kernel/mroute.h"
#include "kernel/probe.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "run/log.h"
#include "selftest-report.h"

/* Seconds that one packet may take, and all of them. */
#define PACKET_TIMEOUT 1.0
#define TOTAL_TIMEOUT 20.0

/* Who joins the group on the router; both may. */
#define JOIN_DAEMON  0x1		/* mgroup: with a source filter */
#define JOIN_PROGRAM 0x2		/* plainly, as any program does */

static const int ttls[SELFTEST_TTL_COUNT] = SELFTEST_TTLS;

struct trial {
	const char *name;
	enum policy policy;
	unsigned int joins;
	bool bare;		/* the kernel is given no guard */
	bool ipv4_only;
	const char *remark;
};

/*
 * The first shows what the kernel does by itself, the last what an operator
 * gets.  A join of a program makes the kernel loop every packet: each guard has
 * to do with that.  The source filter is for a daemon alone with its joins.
 */
static const struct trial trials[] = {
	{
		.name = "none",
		.policy = POLICY_OFF,
		.joins = JOIN_PROGRAM,
	}, {
		.name = "source filter",
		.policy = POLICY_NETFILTER,
		.joins = JOIN_DAEMON,
		.bare = true,
		.ipv4_only = true,
		.remark = "for joins of smcrouted only",
	}, {
		.name = "netfilter",
		.policy = POLICY_NETFILTER,
		.joins = JOIN_DAEMON | JOIN_PROGRAM,
	}, {
		.name = "relay",
		.policy = POLICY_RELAY,
		.joins = JOIN_DAEMON | JOIN_PROGRAM,
	}, {
		.name = "table",
		.policy = POLICY_TABLE,
		.joins = JOIN_DAEMON | JOIN_PROGRAM,
		.ipv4_only = true,
	}, {
		.name = "auto",
		.policy = POLICY_AUTO,
		.joins = JOIN_DAEMON | JOIN_PROGRAM,
	},
};

#define TRIAL_COUNT (sizeof(trials) / sizeof(trials[0]))
#define TRIAL_NONE 0
#define TRIAL_AUTO (TRIAL_COUNT - 1)

_Static_assert(TRIAL_COUNT <= SELFTEST_TRIALS_MAX, "no room for all trials");

struct selftest {
	struct lab *lab;
	struct ev_loop *loop;
	double end;			/* of all packets: clock_steady() */
	struct selftest_result result;
};

/* One router on the lab's network. */
struct bench {
	struct linux_kernel *kernel;
	struct router *router;
	struct probe *probe;
	struct kernel_ops ops;
};

static void ignore_note(void *ctx, enum note_level level, enum note_kind kind,
			const char *text)
{
	(void)ctx, (void)level, (void)kind, (void)text;
}

static void ignore_report(void *arg, enum note_level level,
			  const struct diag *diag)
{
	(void)arg, (void)level, (void)diag;
}

/* True: no guard does anything, though each says it does. */
static bool test_no_guard(void)
{
#ifdef ENABLE_TEST
	const char *value = getenv("SMCROUTE_TEST_NO_GUARD");

	return value && !strcmp(value, "1");
#else
	return false;
#endif
}

/* The real kernel, and guards that agree to everything and do nothing. */
static void ops_init(struct kernel_ops *ops, bool bare)
{
	*ops = linux_ops;
	if (!bare)
		return;
	ops->guard_ready = null_kernel_ops.guard_ready;
	ops->guard_add = null_kernel_ops.guard_add;
	ops->guard_del = null_kernel_ops.guard_del;
	ops->guard_count = null_kernel_ops.guard_count;
	ops->guard_settle = null_kernel_ops.guard_settle;
}

/* Bench */

static int bench_start(const struct selftest *test, const struct trial *trial,
		       struct bench *bench, struct diag *diag)
{
	struct linux_config linux_config = {
		.loop = test->loop,
		.ident = "selftest",
		.mrdisc_interval = 20,
	};
	struct router_config router_config = {
		.ops = &bench->ops,
		.note = ignore_note,
		.note_level = NOTE_WARNING,
		.policy = trial->policy,
	};
	int err = linux_open(&linux_config, &bench->kernel, diag);

	if (err)
		return err;
	ops_init(&bench->ops, trial->bare || test_no_guard());
	router_config.kernel = bench->kernel;
	bench->router = router_new(&router_config);
	if (!bench->router)
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	linux_attach(bench->kernel, bench->router);
	return 0;
}

static void bench_stop(struct bench *bench)
{
	probe_close(bench->probe);
	if (bench->router) {
		linux_detach(bench->kernel);
		router_free(bench->router);
	}
	linux_close(bench->kernel);
}

/* The route and the join, as a configuration file gives them. */
static void bench_configure(struct bench *bench, const struct lab_flow *flow,
			    bool join)
{
	static const char *const oifs[] = { LAB_IFNAME };
	const struct directive route = {
		.kind = DIRECTIVE_MROUTE,
		.ifname = LAB_IFNAME,
		.source = { flow->source, ADDR_BITS },
		.group = { flow->group, ADDR_BITS },
		.oifs = oifs,
		.n_oifs = 1,
	};
	const struct directive group = {
		.kind = DIRECTIVE_MGROUP,
		.ifname = LAB_IFNAME,
		.source = { addr_any, 0 },
		.group = { flow->group, ADDR_BITS },
	};
	const struct directive *const directives[] = { &route, &group };

	router_reload(bench->router, directives, join ? 2 : 1, ignore_report,
		      NULL);
	while (router_work(bench->router))
		;
}

/* True when the entry is in force; else `ret->reason` says why not. */
static bool bench_state(struct bench *bench, struct trial_result *ret)
{
	const struct hairpin *hairpin;
	struct cursor cursor;

	cursor_open(bench->router, CURSOR_HAIRPIN, &cursor);
	hairpin = cursor_take(&cursor);
	cursor_close(&cursor);
	if (!hairpin) {
		snprintf(ret->reason, sizeof(ret->reason),
			 "the route is not in force");
		return false;
	}
	ret->guard = hairpin->guard;
	if (hairpin->state != HAIRPIN_SUSPENDED)
		return true;
	snprintf(ret->reason, sizeof(ret->reason), "%s",
		 hairpin->reason ? hairpin->reason : strerror(ENOMEM));
	return false;
}

/* Trials */

static bool count_is_exact(const struct probe_count *count)
{
	return count->complete && count->wire == 1 && count->local == 1;
}

static double seconds_left(const struct selftest *test)
{
	double left = test->end - clock_steady();

	if (left < 0)
		return 0;
	return left < PACKET_TIMEOUT ? left : PACKET_TIMEOUT;
}

/* What is lost once is not tried again: that takes its time. */
static int trial_measure(const struct selftest *test,
			 const struct bench *bench, struct trial_result *ret)
{
	unsigned int i;
	int err;

	ret->exact = true;
	for (i = 0; i < SELFTEST_TTL_COUNT; i++) {
		struct probe_count *count = &ret->counts[i];

		err = probe_run(bench->probe, ttls[i], seconds_left(test),
				count);
		if (err)
			return err;
		ret->n_counts++;
		ret->exact = ret->exact && count_is_exact(count);
		if (!count->complete) {
			ret->late = seconds_left(test) <= 0;
			break;
		}
	}
	return 0;
}

static int trial_go(const struct selftest *test, const struct trial *trial,
		    enum family family, struct bench *bench,
		    struct trial_result *ret)
{
	int err = probe_open(test->loop, test->lab, family,
			     trial->joins & JOIN_PROGRAM, &bench->probe);

	if (err)
		return err;
	bench_configure(bench, lab_flow(test->lab, family),
			trial->joins & JOIN_DAEMON);
	ret->ran = bench_state(bench, ret);
	if (trial->bare)
		ret->guard = GUARD_NONE;
	if (trial->policy == POLICY_AUTO)
		ret->remark = guard_name(ret->guard);
	return ret->ran ? trial_measure(test, bench, ret) : 0;
}

/* A trial that could not be made tells nothing of the kernel: -errno. */
static int trial_run(const struct selftest *test, const struct trial *trial,
		     enum family family, struct trial_result *ret,
		     struct diag *diag)
{
	struct bench bench = { 0 };
	int err = bench_start(test, trial, &bench, diag);

	ret->name = trial->name;
	ret->remark = trial->remark;
	if (!err) {
		err = trial_go(test, trial, family, &bench, ret);
		if (err)
			diag_set(diag, err, "packets: %s", strerror(-err));
	}
	bench_stop(&bench);
	return err;
}

/* Families */

static enum affected judge_kernel(const struct trial_result *none)
{
	enum affected affected = AFFECTED_NO;
	unsigned int i;

	for (i = 0; i < SELFTEST_TTL_COUNT; i++) {
		if (none->counts[i].wire > 1)
			affected = AFFECTED_YES;
		else if (i >= none->n_counts || !none->counts[i].wire)
			return AFFECTED_UNKNOWN;
	}
	return affected;
}

/*
 * A kernel that is not affected needs no guard; but one that is in place must
 * not do harm.
 */
static void judge_family(struct family_result *family)
{
	const struct trial_result *none = NULL, *last = NULL;
	unsigned int i;

	for (i = 0; i < family->n_trials; i++) {
		if (family->trials[i].name == trials[TRIAL_NONE].name)
			none = &family->trials[i];
		last = &family->trials[i];
	}
	if (!none || !last)
		return;
	family->affected = judge_kernel(none);
	family->chosen = last->ran ? last->guard : GUARD_NONE;
	family->exact = last->exact ||
			(family->affected == AFFECTED_NO && !last->ran);
}

/* Of lab_has() and mroute_open(): the kernel has no such family. */
static bool is_absence(int err)
{
	return err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT ||
	       err == -EOPNOTSUPP || err == -EACCES;
}

/* 0 when multicast of that family can be routed; else `diag` says why not. */
static int family_probe(const struct selftest *test, enum family f,
			struct diag *diag)
{
	const struct mroute_ops *ops = mroute_family(f);
	int fd, err;

	if (!ops)
		return diag_set(diag, -EPROTONOSUPPORT, "not in this build");
	err = lab_has(test->lab, f, diag);
	if (!err)
		err = mroute_open(ops, STDERR_FILENO + 1, 0, &fd, diag);
	if (!err)
		mroute_close(ops, fd);
	return err;
}

/* 0, or -errno with the reason in `diag`. */
static int family_run(struct selftest *test, enum family f, struct diag *diag)
{
	struct family_result *family = &test->result.families[f];
	int err = family_probe(test, f, diag);
	unsigned int i;

	if (err && !is_absence(err))
		return err;
	if (err) {
		snprintf(family->reason, sizeof(family->reason), "%s",
			 diag->text);
		return 0;
	}
	family->present = true;
	for (i = 0; i < TRIAL_COUNT; i++) {
		if (trials[i].ipv4_only && f != FAMILY_IPV4)
			continue;
		err = trial_run(test, &trials[i], f,
				&family->trials[family->n_trials++], diag);
		if (err)
			return err;
	}
	judge_family(family);
	return 0;
}

static int families_run(struct selftest *test, struct diag *diag)
{
	struct selftest_result *result = &test->result;
	bool any = false, exact = true;
	unsigned int f;
	int err;

	for (f = 0; f < FAMILY_COUNT; f++) {
		const struct family_result *family = &result->families[f];

		err = family_run(test, f, diag);
		if (err)
			return err;
		any = any || family->present;
		exact = exact && (family->exact || !family->present);
	}
	result->exact = any && exact;
	return 0;
}

/* Start and end */

static int report(const struct selftest_result *result, bool as_json)
{
	struct buf out = BUF_INIT;
	int err;

	if (as_json)
		selftest_report_json(result, &out);
	else
		selftest_report_text(result, &out);
	err = buf_error(&out);
	if (!err && (fwrite(out.data, 1, out.len, stdout) != out.len ||
		     fflush(stdout)))
		err = -errno;
	buf_fini(&out);
	if (err) {
		fprintf(stderr, "smcrouted: -T: cannot tell the result: %s\n",
			strerror(-err));
		return EX_IOERR;
	}
	return result->exact ? EX_OK : SELFTEST_NOT_EXACT;
}

/* The reasons of failure that are no failure of the machine. */
static int status_of_error(int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
	case -EOPNOTSUPP:
		return SELFTEST_NO_ANSWER;
	}
	return EX_OSERR;
}

static int selftest_go(struct selftest *test, struct diag *diag)
{
	int err = lab_open(&test->lab, diag);

	if (err)
		return err;
	test->loop = ev_loop_new(EVFLAG_AUTO);
	if (!test->loop)
		return diag_set(diag, -ENOMEM, "no event loop");
	test->end = clock_steady() + TOTAL_TIMEOUT;
	return families_run(test, diag);
}

int selftest_run(bool as_json)
{
	struct selftest test = { 0 };
	struct diag diag;
	int status, err;

	/* Suspended routes, lost guards: what is wrong is in the report. */
	log_open("smcrouted", LOG_LEVEL_NONE, 0);
	err = selftest_go(&test, &diag);
	if (test.loop)
		ev_loop_destroy(test.loop);
	lab_close(test.lab);
	if (!err)
		return report(&test.result, as_json);
	status = status_of_error(err);
	fprintf(stderr, "smcrouted: -T: %s\n", diag.text);
	return status;
}
