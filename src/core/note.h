/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of state that an operator wants to read about.  core does not log;
 * it hands a note to the edge, once per change, never per packet.
 */
#ifndef CORE_NOTE_H
#define CORE_NOTE_H

enum note_level {
	NOTE_WARNING,
	NOTE_NOTICE,
	NOTE_INFO,
	NOTE_DEBUG,
};

/* Notes of one kind are summed up by the edge when they come in a flood. */
enum note_kind {
	NOTE_HAIRPIN,		/* a hairpin rule or entry was added */
	NOTE_ONE_ROUTER,	/* one hairpin router a link, for now */
	NOTE_UNGUARDED,		/* hairpin off, and joined here */
	NOTE_SUSPENDED,		/* an entry lost its hairpin OIF */
	NOTE_GUARD_LOST,
	NOTE_GUARD_BACK,
	NOTE_PENDING,		/* waits for an interface, or no longer */
	NOTE_IFACE,		/* an interface cannot be used */
	NOTE_FLOW,		/* learned, stop filter, moved, expired */
	NOTE_KERNEL,		/* the kernel refused something */
	NOTE_JOIN,
	NOTE_MEMBER,		/* others have joined, or no longer */
};

#define NOTE_KIND_COUNT (NOTE_MEMBER + 1)

typedef void note_fn(void *ctx, enum note_level level, enum note_kind kind,
		     const char *text);

/*
 * A finding about one directive of a reload: `level` below NOTE_NOTICE counts
 * as an error of the file.
 */
struct directive;
struct diag;
typedef void report_fn(void *arg, enum note_level level,
		       const struct diag *diag);

#endif
