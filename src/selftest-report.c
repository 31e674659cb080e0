/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-test's findings as a table and as JSON; smcrouted(8) describes both.
 * Must not judge: that is done by then.
 */
#include <stdio.h>
#include <sys/utsname.h>

#include "core/guard.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "selftest-report.h"

static const int ttls[SELFTEST_TTL_COUNT] = SELFTEST_TTLS;

static const char *const family_names[FAMILY_COUNT] = { "IPv4", "IPv6" };
static const char *const family_keys[FAMILY_COUNT] = { "ipv4", "ipv6" };

static const char *kernel_release(struct utsname *uts)
{
	return uname(uts) ? "unknown" : uts->release;
}

/* Text */

static void text_header(struct buf *out)
{
	unsigned int i;

	buf_printf(out, "%-21s", "");
	for (i = 0; i < SELFTEST_TTL_COUNT; i++)
		buf_printf(out, "%*sTTL %-2d", i ? 7 : 2, "", ttls[i]);
	buf_printf(out, "\n%-6s  %-13s", "FAMILY", "GUARD");
	for (i = 0; i < SELFTEST_TTL_COUNT; i++)
		buf_puts(out, "  WIRE  LOCAL");
	buf_puts(out, "  EXACT  REMARK\n");
}

static const char *trial_remark(const struct trial_result *trial)
{
	if (*trial->reason)
		return trial->reason;
	if (trial->n_counts < SELFTEST_TTL_COUNT ||
	    !trial->counts[SELFTEST_TTL_COUNT - 1].complete)
		return trial->late ? "the time was up" :
				     "a packet that had to come back did not";
	return trial->remark ? trial->remark : "";
}

static void text_trial(const char *family, const struct trial_result *trial,
		       struct buf *out)
{
	const char *remark = trial_remark(trial);
	unsigned int i;

	buf_printf(out, "%-6s  %-13s", family, trial->name);
	for (i = 0; i < SELFTEST_TTL_COUNT; i++) {
		if (i < trial->n_counts)
			buf_printf(out, "  %4u  %5u", trial->counts[i].wire,
				   trial->counts[i].local);
		else
			buf_printf(out, "  %4s  %5s", "-", "-");
	}
	buf_printf(out, "  %*s%s\n", *remark ? -7 : 0, !trial->ran ? "-" :
		   trial->exact ? "yes" : "no", remark);
}

static const char *affected_text(enum affected affected)
{
	switch (affected) {
	case AFFECTED_YES:
		return "this kernel multiplies hairpin packets";
	case AFFECTED_NO:
		return "this kernel does not multiply hairpin packets";
	case AFFECTED_UNKNOWN:
		break;
	}
	return "this kernel sends no hairpin packet back";
}

static void text_verdict(const char *name, const struct family_result *family,
			 struct buf *out)
{
	const char *guard = guard_name(family->chosen);

	if (!family->present) {
		buf_printf(out, "%s: absent: %s\n", name, family->reason);
		return;
	}
	buf_printf(out, "%s: %s; auto: %s, %s\n", name,
		   affected_text(family->affected), guard ? guard : "no guard",
		   family->exact ? "exact" : "not exact");
}

void selftest_report_text(const struct selftest_result *result,
			  struct buf *out)
{
	struct utsname uts;
	unsigned int f, i;

	buf_printf(out, "Hairpin self-test, Linux %s\n\n",
		   kernel_release(&uts));
	text_header(out);
	for (f = 0; f < FAMILY_COUNT; f++) {
		const struct family_result *family = &result->families[f];

		for (i = 0; i < family->n_trials; i++)
			text_trial(family_names[f], &family->trials[i], out);
	}
	buf_putc(out, '\n');
	for (f = 0; f < FAMILY_COUNT; f++)
		text_verdict(family_names[f], &result->families[f], out);
}

/* JSON */

static void json_counts(struct json *json, const struct trial_result *trial)
{
	unsigned int i;

	json_array_begin(json, "packets");
	for (i = 0; i < trial->n_counts; i++) {
		const struct probe_count *count = &trial->counts[i];

		json_object_begin(json, NULL);
		json_uint(json, "ttl", (uint64_t)ttls[i]);
		json_uint(json, "wire", count->wire);
		json_uint(json, "local", count->local);
		json_bool(json, "complete", count->complete);
		json_object_end(json);
	}
	json_array_end(json);
}

static void json_trial(struct json *json, const struct trial_result *trial)
{
	json_object_begin(json, NULL);
	json_string(json, "name", trial->name);
	json_bool(json, "available", trial->ran);
	json_string(json, "reason", *trial->reason ? trial->reason : NULL);
	json_string(json, "guard", guard_name(trial->guard));
	if (trial->ran)
		json_bool(json, "exact", trial->exact);
	else
		json_null(json, "exact");
	json_counts(json, trial);
	json_object_end(json);
}

static void json_affected(struct json *json, enum affected affected)
{
	switch (affected) {
	case AFFECTED_YES:
	case AFFECTED_NO:
		json_bool(json, "affected", affected == AFFECTED_YES);
		return;
	case AFFECTED_UNKNOWN:
		break;
	}
	json_null(json, "affected");
}

static void json_family(struct json *json, const char *key,
			const struct family_result *family)
{
	unsigned int i;

	json_object_begin(json, NULL);
	json_string(json, "family", key);
	json_bool(json, "present", family->present);
	json_string(json, "reason", family->present ? NULL : family->reason);
	json_affected(json, family->affected);
	json_string(json, "auto", guard_name(family->chosen));
	if (family->present)
		json_bool(json, "exact", family->exact);
	else
		json_null(json, "exact");
	json_array_begin(json, "trials");
	for (i = 0; i < family->n_trials; i++)
		json_trial(json, &family->trials[i]);
	json_array_end(json);
	json_object_end(json);
}

void selftest_report_json(const struct selftest_result *result,
			  struct buf *out)
{
	struct utsname uts;
	struct json json;
	unsigned int f;

	json_init(&json, out);
	json_object_begin(&json, NULL);
	json_object_begin(&json, "selftest");
	json_string(&json, "kernel", kernel_release(&uts));
	json_bool(&json, "exact", result->exact);
	json_array_begin(&json, "families");
	for (f = 0; f < FAMILY_COUNT; f++)
		json_family(&json, family_keys[f], &result->families[f]);
	json_array_end(&json);
	json_object_end(&json);
	json_object_end(&json);
	buf_putc(out, '\n');
}
