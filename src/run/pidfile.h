/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PID file.  Supervisors wait for it to appear (the daemon is ready) and
 * for its time to change (a reload is complete).
 */
#ifndef RUN_PIDFILE_H
#define RUN_PIDFILE_H

#include <sys/types.h>

struct diag;

struct pidfile {
	const char *path;		/* borrowed; NULL: none was created */
	pid_t pid;			/* who created it */
	uid_t uid;
	gid_t gid;
};

#define PIDFILE_INIT { NULL, 0, (uid_t)-1, (gid_t)-1 }

/*
 * Writes "PID\n" to `path` (absolute, and valid until pidfile_remove()), mode
 * 0666 less umask, owned by `uid` and `gid` ((uid_t)-1, (gid_t)-1: as it
 * comes).  A missing directory is created.  Returns 0, or -errno with `diag`.
 */
int pidfile_create(struct pidfile *ret, const char *path, uid_t uid, gid_t gid,
		   struct diag *diag);

/* Sets its time to now; one that vanished is created again, same path. */
int pidfile_touch(const struct pidfile *pidfile, struct diag *diag);

/*
 * Removes it if this process created it and it still names this process.
 * Where the directory does not allow that any more (after privs_drop()) it is
 * emptied instead.  Does nothing on PIDFILE_INIT.
 */
void pidfile_remove(struct pidfile *pidfile);

#endif
