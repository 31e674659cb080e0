/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel as tests see it: its transcript, what it is to refuse, and
 * what its model holds.
 */
#include "test/fake-internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const bool is_question[FAKE_OP_COUNT] = {
	[FAKE_MFC_COUNT] = true,
	[FAKE_MFC_USED] = true,
	[FAKE_PICK_SOURCE] = true,
	[FAKE_GUARD_READY] = true,
	[FAKE_GUARD_COUNT] = true,
	[FAKE_OWN_CHANGED] = true,
};

void fake_kernel_abort(const struct fake_kernel *fake, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s\nfake kernel: ", fake->transcript);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void fake_say(struct fake_kernel *fake, const char *fmt, ...)
{
	size_t room = sizeof(fake->transcript) - fake->len;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(fake->transcript + fake->len, room, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= room)
		fake_kernel_abort(fake, "transcript is full");
	fake->len += (size_t)len;
}

/* Counts the call and ends its line; what it is to fail with, or 0. */
int fake_call_end(struct fake_kernel *fake, enum fake_op op, size_t start)
{
	int err = fake->refuse[op];

	fake->calls++;
	fake->op_calls[op]++;
	for (int i = 0; i < 2; i++)
		if (fake->fail_call[i] && fake->calls == fake->fail_call[i])
			err = fake->fail_errno[i];
	if (fake->fail_op_call[op] &&
	    fake->op_calls[op] == fake->fail_op_call[op])
		err = fake->fail_op_errno[op];
	if (is_question[op] && !fake->questions && !err) {
		fake->len = start;
		fake->transcript[start] = '\0';
		return 0;
	}
	if (err)
		fake_say(fake, ": %s", strerror(err));
	fake_say(fake, "\n");
	return -err;
}

void fake_say_pair(struct fake_kernel *fake, const struct in6_addr *source,
		     const struct in6_addr *group)
{
	char s[ADDR_STRLEN], g[ADDR_STRLEN];

	fake_say(fake, "(%s, %s)",
	    addr_is_any(source) ? "*" : addr_format(source, s),
	    addr_format(group, g));
}

struct fake_mfc *fake_find_mfc(struct fake_kernel *fake,
				 const struct in6_addr *source,
				 const struct in6_addr *group)
{
	for (size_t i = 0; i < fake->n_mfcs; i++)
		if (addr_equal(&fake->mfcs[i].route.source, source) &&
		    addr_equal(&fake->mfcs[i].route.group, group))
			return &fake->mfcs[i];
	return NULL;
}

struct fake_key *fake_find_key(struct fake_kernel *fake, enum guard guard,
				 const struct in6_addr *source,
				 const struct in6_addr *group,
				 unsigned int ifindex)
{
	for (size_t i = 0; i < fake->n_keys; i++) {
		const struct guard_key *key = &fake->keys[i].key;

		if (key->ifindex == ifindex &&
		    (guard == GUARD_NONE || fake->keys[i].guard == guard) &&
		    addr_equal(&key->source, source) &&
		    addr_equal(&key->group, group))
			return &fake->keys[i];
	}
	return NULL;
}

struct fake_kernel *fake_kernel_new(void)
{
	struct fake_kernel *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	for (int family = 0; family < FAMILY_COUNT; family++) {
		fake_kernel_break(fake, GUARD_TABLE, (enum family)family, 0,
				  EOPNOTSUPP, "no second table");
		fake_kernel_break(fake, GUARD_RELAY, (enum family)family, 0,
				  EPERM, "no CAP_NET_RAW");
	}
	return fake;
}

void fake_kernel_clear(struct fake_kernel *fake)
{
	fake->len = 0;
	fake->transcript[0] = '\0';
}

void fake_kernel_fail(struct fake_kernel *fake, unsigned int nth, int err)
{
	fake->fail_call[0] = fake->calls + nth;
	fake->fail_errno[0] = err;
}

void fake_kernel_fail_also(struct fake_kernel *fake, unsigned int nth,
			   int err)
{
	fake->fail_call[1] = fake->calls + nth;
	fake->fail_errno[1] = err;
}

void fake_kernel_fail_op(struct fake_kernel *fake, enum fake_op op,
			 unsigned int nth, int err)
{
	fake->fail_op_call[op] = fake->op_calls[op] + nth;
	fake->fail_op_errno[op] = err;
}

void fake_kernel_set_guard(struct fake_kernel *fake, int err,
			   const char *text)
{
	fake->guard_errno = err;
	fake->guard_text = text;
}

void fake_kernel_break(struct fake_kernel *fake, enum guard guard,
		       enum family family, unsigned int ifindex, int err,
		       const char *text)
{
	if (fake->n_troubles == FAKE_TROUBLE_MAX)
		fake_kernel_abort(fake, "too many troubles");
	fake->troubles[fake->n_troubles++] = (struct fake_trouble){
		guard, family, ifindex, err, text,
	};
	for (int vif = 0; guard == GUARD_TABLE && vif < VIF_MAX; vif++)
		if (!ifindex || fake->vifs[family][vif].ifindex == ifindex)
			fake->vifs[family][vif].table = false;
}

void fake_kernel_mend(struct fake_kernel *fake, enum guard guard,
		      enum family family, unsigned int ifindex)
{
	size_t i = 0;

	while (i < fake->n_troubles) {
		const struct fake_trouble *trouble = &fake->troubles[i];

		if (trouble->guard == guard && trouble->family == family &&
		    (!ifindex || trouble->ifindex == ifindex))
			fake->troubles[i] = fake->troubles[--fake->n_troubles];
		else
			i++;
	}
}

void fake_kernel_mend_all(struct fake_kernel *fake, enum guard guard)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		fake_kernel_mend(fake, guard, (enum family)family, 0);
}

void fake_kernel_lose_guards(struct fake_kernel *fake)
{
	fake->n_keys = 0;
}

void fake_kernel_lose_guard(struct fake_kernel *fake, enum guard guard,
			    unsigned int ifindex)
{
	size_t i = 0;

	while (i < fake->n_keys) {
		const struct fake_key *key = &fake->keys[i];

		if (key->guard == guard &&
		    (!ifindex || key->key.ifindex == ifindex))
			fake->keys[i] = fake->keys[--fake->n_keys];
		else
			i++;
	}
}

static struct in6_addr parse(const struct fake_kernel *fake, const char *text)
{
	struct in6_addr addr;

	if (addr_parse(text, &addr))
		fake_kernel_abort(fake, "%s: no address", text);
	return addr;
}

void fake_kernel_set_source(struct fake_kernel *fake, unsigned int ifindex,
			    const char *addr)
{
	size_t i;

	for (i = 0; i < fake->n_sources; i++)
		if (fake->sources[i].ifindex == ifindex)
			break;
	if (!addr) {
		if (i < fake->n_sources)
			fake->sources[i] = fake->sources[--fake->n_sources];
		return;
	}
	if (i == FAKE_SOURCE_MAX)
		fake_kernel_abort(fake, "too many source addresses");
	if (i == fake->n_sources)
		fake->n_sources++;
	fake->sources[i].ifindex = ifindex;
	fake->sources[i].addr = parse(fake, addr);
}

/* The finders take what is not const; nothing is changed here. */
static struct fake_mfc *find_mfc(const struct fake_kernel *fake,
				 const char *source, const char *group)
{
	struct in6_addr s = parse(fake, source), g = parse(fake, group);

	return fake_find_mfc((struct fake_kernel *)(uintptr_t)fake, &s, &g);
}

static struct fake_key *find_key(const struct fake_kernel *fake,
				 const char *source, const char *group,
				 unsigned int ifindex)
{
	struct in6_addr s = parse(fake, source), g = parse(fake, group);

	return fake_find_key((struct fake_kernel *)(uintptr_t)fake, GUARD_NONE,
			     &s, &g, ifindex);
}

void fake_kernel_set_count(struct fake_kernel *fake, const char *source,
			   const char *group, uint64_t packets,
			   uint64_t wrong_if)
{
	struct fake_mfc *mfc = find_mfc(fake, source, group);

	if (!mfc)
		fake_kernel_abort(fake, "no (%s, %s)", source, group);
	mfc->count.packets = packets;
	mfc->count.bytes = packets * 100;
	mfc->count.wrong_if = wrong_if;
}

void fake_kernel_set_age(struct fake_kernel *fake, const char *source,
			 const char *group, double age)
{
	struct fake_mfc *mfc = find_mfc(fake, source, group);

	if (!mfc)
		fake_kernel_abort(fake, "no (%s, %s)", source, group);
	mfc->age = age;
}

void fake_kernel_set_suppressed(struct fake_kernel *fake, const char *source,
				const char *group, unsigned int ifindex,
				uint64_t packets)
{
	struct fake_key *key = find_key(fake, source, group, ifindex);

	if (!key)
		fake_kernel_abort(fake, "no guard of (%s, %s) if %u", source,
				  group, ifindex);
	key->count.suppressed = packets;
}

const struct fake_mfc *fake_kernel_mfc(const struct fake_kernel *fake,
				       const char *source, const char *group)
{
	return find_mfc(fake, source, group);
}

bool fake_kernel_has_key(const struct fake_kernel *fake, const char *source,
			 const char *group, unsigned int ifindex)
{
	return find_key(fake, source, group, ifindex) != NULL;
}

enum guard fake_kernel_guard(const struct fake_kernel *fake,
			     const char *source, const char *group,
			     unsigned int ifindex)
{
	const struct fake_key *key = find_key(fake, source, group, ifindex);

	return key ? key->guard : GUARD_NONE;
}

/* A guard stays as long as its route would not go. */
static bool key_is_explained(const struct fake_kernel *fake,
			     const struct fake_key *key)
{
	for (size_t i = 0; i < fake->n_mfcs; i++)
		if (fake->mfcs[i].stuck &&
		    addr_equal(&fake->mfcs[i].route.source,
			       &key->key.source) &&
		    addr_equal(&fake->mfcs[i].route.group, &key->key.group))
			return true;
	return key->stuck;
}

void fake_kernel_check_empty(const struct fake_kernel *fake)
{
	for (size_t i = 0; i < fake->n_mfcs; i++)
		if (!fake->mfcs[i].stuck)
			fake_kernel_abort(fake, "an MFC entry is left");
	for (size_t i = 0; i < fake->n_keys; i++)
		if (!key_is_explained(fake, &fake->keys[i]))
			fake_kernel_abort(fake, "a guard key is left");
	for (size_t i = 0; i < fake->n_joins; i++)
		if (!fake->joins[i].stuck)
			fake_kernel_abort(fake, "a join is left");
	for (int f = 0; f < FAMILY_COUNT; f++)
		for (int vif = 0; vif < VIF_MAX; vif++)
			if (fake->vifs[f][vif].ifindex &&
			    !fake->vifs[f][vif].stuck)
				fake_kernel_abort(fake, "VIF %d is left", vif);
}
