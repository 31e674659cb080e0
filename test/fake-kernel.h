/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for tests of core and ctl: records each call as one line of text,
 * can be told to refuse one, and keeps a model of what a real kernel would
 * hold.  A call that must never be made (first of all a hairpin route without
 * its guard) prints the transcript and aborts.
 *
 * Its context is a struct fake_kernel.  After its birth nothing here allocates
 * memory, so that a test may let allocations fail.
 */
#ifndef TEST_FAKE_KERNEL_H
#define TEST_FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel.h"

#define FAKE_TRANSCRIPT_MAX (1 << 20)
#define FAKE_MFC_MAX 8192
#define FAKE_KEY_MAX 8192
#define FAKE_JOIN_MAX 8192
#define FAKE_SLOT_MAX 1024
#define FAKE_SOURCE_MAX 16
#define FAKE_TROUBLE_MAX 32
#define FAKE_FLIGHT_MAX 4096
#define FAKE_OWN_MAX 64

/* Memberships in one socket: net.ipv4.igmp_max_memberships. */
#define FAKE_SLOT_JOINS 20

/* Addresses that one membership may exclude. */
#define FAKE_BLOCK_MAX 4

enum fake_op {
	FAKE_VIF_ADD,
	FAKE_VIF_DEL,
	FAKE_MRDISC_SET,
	FAKE_MFC_SET,
	FAKE_MFC_DEL,
	FAKE_MFC_COUNT,
	FAKE_MFC_USED,
	FAKE_JOIN,
	FAKE_LEAVE,
	FAKE_BLOCK,
	FAKE_UNBLOCK,
	FAKE_PICK_SOURCE,
	FAKE_GUARD_READY,
	FAKE_GUARD_ADD,
	FAKE_GUARD_DEL,
	FAKE_GUARD_COUNT,
	FAKE_GUARD_SETTLE,
	FAKE_OWN_CHANGED,
	FAKE_OP_COUNT,
};

/*
 * In what follows `stuck` marks what core asked the kernel to drop, and the
 * test made the kernel refuse.
 */
struct fake_vif {
	unsigned int ifindex;		/* 0: number not in use */
	bool table;			/* the second table is ready there */
	bool mrdisc;
	bool stuck;
};

struct fake_mfc {
	struct mfc_route route;
	struct mfc_count count;
	double age;
	bool mirrored;			/* set since the table is ready */
	bool stuck;
};

struct fake_key {
	struct guard_key key;
	enum guard guard;
	struct guard_count count;
	bool stuck;
};

struct fake_join {
	struct join_key key;
	uint32_t slot;
	struct in6_addr blocked[FAKE_BLOCK_MAX];
	size_t n_blocked;
	bool stuck;
};

/* A guard that cannot be had. */
struct fake_trouble {
	enum guard guard;
	enum family family;
	unsigned int ifindex;		/* 0: all */
	int err;
	const char *text;
};

/* A hairpin OIF that was taken out: packets may still leave by it. */
struct fake_flight {
	struct in6_addr source;
	struct in6_addr group;
	unsigned int ifindex;
};

struct fake_source {
	unsigned int ifindex;
	struct in6_addr addr;
};

struct fake_kernel {
	char transcript[FAKE_TRANSCRIPT_MAX];
	size_t len;

	/* To be set by the test at any time. */
	bool no_family[FAMILY_COUNT];
	bool questions;		/* record calls that change nothing, too */
	bool settle_wrong;	/* a packet is counted wrong once it was read */
	uint64_t elsewhere;	/* mfc_count() has so many more than mfc_used() */
	bool off;		/* hairpin off is in force: no guard wanted */
	int refuse[FAKE_OP_COUNT];	/* errno of each such call, 0: works */

	/* Calls so far, questions too; what to refuse, counted like these. */
	unsigned int calls;
	unsigned int op_calls[FAKE_OP_COUNT];
	unsigned int fail_call[2];
	int fail_errno[2];
	unsigned int fail_op_call[FAKE_OP_COUNT];
	int fail_op_errno[FAKE_OP_COUNT];

	int guard_errno;	/* of netfilter, 0: works */
	const char *guard_text;
	struct fake_trouble troubles[FAKE_TROUBLE_MAX];
	size_t n_troubles;
	const char *remark;	/* of guards that work; NULL: none */

	/* The model. */
	struct fake_vif vifs[FAMILY_COUNT][VIF_MAX];
	struct fake_mfc mfcs[FAKE_MFC_MAX];
	size_t n_mfcs;
	struct fake_key keys[FAKE_KEY_MAX];
	size_t n_keys;
	struct fake_flight flights[FAKE_FLIGHT_MAX];
	size_t n_flights;
	struct in6_addr own[FAKE_OWN_MAX];
	size_t n_own;
	struct fake_join joins[FAKE_JOIN_MAX];
	size_t n_joins;
	unsigned int slots[FAKE_SLOT_MAX];	/* joins in each */
	struct fake_source sources[FAKE_SOURCE_MAX];
	size_t n_sources;
};

extern const struct kernel_ops fake_kernel_ops;

/*
 * Aborts when out of memory; released with free().  Of the guards netfilter
 * alone works.
 */
struct fake_kernel *fake_kernel_new(void);

/* Forgets the transcript, not the model. */
void fake_kernel_clear(struct fake_kernel *fake);

/* Refuses the nth call from now (1: the next), of all or of one operation. */
void fake_kernel_fail(struct fake_kernel *fake, unsigned int nth, int err);
/* A second one besides. */
void fake_kernel_fail_also(struct fake_kernel *fake, unsigned int nth,
			   int err);
void fake_kernel_fail_op(struct fake_kernel *fake, enum fake_op op,
			 unsigned int nth, int err);

/* Netfilter works no longer, with errno and text; or again (0, NULL). */
void fake_kernel_set_guard(struct fake_kernel *fake, int err,
			   const char *text);
/*
 * A guard cannot be had for a family on an interface (0: any), or can again:
 * fake_kernel_mend() takes back what is within its arguments.  The text is
 * borrowed.
 */
void fake_kernel_break(struct fake_kernel *fake, enum guard guard,
		       enum family family, unsigned int ifindex, int err,
		       const char *text);
void fake_kernel_mend(struct fake_kernel *fake, enum guard guard,
		      enum family family, unsigned int ifindex);
/* Both families, all interfaces. */
void fake_kernel_mend_all(struct fake_kernel *fake, enum guard guard);

/* Somebody flushed the tables: all guard keys are gone. */
void fake_kernel_lose_guards(struct fake_kernel *fake);
/* The keys of one guard, on one interface (0: all). */
void fake_kernel_lose_guard(struct fake_kernel *fake, enum guard guard,
			    unsigned int ifindex);

/* What pick_source() answers on an interface; NULL: no address. */
void fake_kernel_set_source(struct fake_kernel *fake, unsigned int ifindex,
			    const char *addr);

/* Sets counters of what is in the model; aborts when it is not. */
void fake_kernel_set_count(struct fake_kernel *fake, const char *source,
			   const char *group, uint64_t packets,
			   uint64_t wrong_if);
void fake_kernel_set_age(struct fake_kernel *fake, const char *source,
			 const char *group, double age);
void fake_kernel_set_suppressed(struct fake_kernel *fake, const char *source,
				const char *group, unsigned int ifindex,
				uint64_t packets);

/* NULL: not in the kernel. */
const struct fake_mfc *fake_kernel_mfc(const struct fake_kernel *fake,
				       const char *source, const char *group);
bool fake_kernel_has_key(const struct fake_kernel *fake, const char *source,
			 const char *group, unsigned int ifindex);
/* The guard that the hairpin leg is behind; GUARD_NONE: there is no key. */
enum guard fake_kernel_guard(const struct fake_kernel *fake,
			     const char *source, const char *group,
			     unsigned int ifindex);

/* Aborts when a hairpin route is in the kernel without its guard, or twice. */
void fake_kernel_check_guards(struct fake_kernel *fake);

/* Aborts when anything is left that the test did not make stick. */
void fake_kernel_check_empty(const struct fake_kernel *fake);

/* Prints text and transcript to standard error and aborts. */
void fake_kernel_abort(const struct fake_kernel *fake, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
