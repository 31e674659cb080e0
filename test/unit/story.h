/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A story of core: a router on a fake kernel, what happens to it in a few words
 * a line, and what the kernel was asked for.
 *
 * Statements are one a line:
 *
 *   route IIF SOURCE GROUP [OIF...]	SOURCE may be * or have a /LEN
 *   group IF SOURCE GROUP
 *   phyint IF [disable] [mrdisc] [ttl=N] [hairpin=POLICY]
 *   hairpin POLICY
 */
#ifndef TEST_UNIT_STORY_H
#define TEST_UNIT_STORY_H

#include <check.h>

#include "core/router.h"
#include "core/state.h"
#include "lib/diag.h"
#include "test/fake-kernel.h"

/* The flow of the stories, and its IPv6 twin. */
#define S1 "198.18.1.1"
#define G1 "239.1.1.1"
#define S6 "fd00:1::1"
#define G6 "ff0e::1"

#define STORY_TEXT_MAX 65536
#define STORY_LINES_MAX 128
#define STORY_WORDS_MAX 64

struct story {
	struct fake_kernel *fake;
	struct router *router;
	double now;
	char notes[STORY_TEXT_MAX];	/* "LEVEL TEXT" lines */
	size_t notes_len;
	char reports[STORY_TEXT_MAX];	/* "LEVEL line N: TEXT" lines */
	size_t reports_len;
	struct diag diag;		/* of the last command */
};

/* `config` may be NULL; its kernel and notes are filled in here. */
struct story *story_new(const struct router_config *config);

/* Frees the router and checks that it left nothing in the kernel. */
/* Counters of the first GUARD_COUNT_MAX hairpins. */
int story_count(struct story *story, struct guard_count *ret);
void story_end(struct story *story);

/* An interface is there, up, with MULTICAST. */
void story_link(struct story *story, unsigned int ifindex, const char *name);
/* eth0, eth1... have ifindex 1, 2... and no address. */
void story_links(struct story *story, unsigned int n);

/* The number of statements in error, from router_reload(). */
size_t story_reload(struct story *story, const char *statements);

/*
 * The same in slices, between which there may be no commands; true while there
 * are more.
 */
void story_reload_begin(struct story *story, const char *statements);
bool story_reload_step(struct story *story);

/* Client commands, of one statement. */
int story_add(struct story *story, const char *statement);
int story_remove(struct story *story, const char *statement);
int story_join(struct story *story, const char *statement);
int story_leave(struct story *story, const char *statement);

/* One packet without an entry, or on the wrong interface; then a commit. */
void story_nocache(struct story *story, unsigned int vif, const char *source,
		   const char *group);
void story_wrongvif(struct story *story, unsigned int vif, const char *source,
		    const char *group);
/* One from this host that the second table has no entry for. */
void story_unmirrored(struct story *story, unsigned int vif,
		      const char *source, const char *group);

void story_addr_add(struct story *story, unsigned int ifindex,
		    const char *addr);
void story_addr_del(struct story *story, unsigned int ifindex,
		    const char *addr);

/* The transcript is exactly this; it starts anew. */
#define story_expect(story, text) \
	do { \
		ck_assert_str_eq((story)->fake->transcript, (text)); \
		fake_kernel_clear((story)->fake); \
	} while (0)

/* What was asked so far does not matter. */
void story_skip(struct story *story);

/* How many notes, or reports, hold this text. */
unsigned int story_noted(const struct story *story, const char *text);
unsigned int story_reported(const struct story *story, const char *text);

/* State and reason of the entry's hairpin, "none" when it has none. */
const char *story_state(const struct story *story, const char *source,
			const char *group);

#endif
