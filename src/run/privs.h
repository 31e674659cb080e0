/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Privileges: from root to the user of -p who may still configure routing.
 * Without libcap there is nothing to drop with; see privs_available().
 */
#ifndef RUN_PRIVS_H
#define RUN_PRIVS_H

#include <stdbool.h>
#include <sys/types.h>

struct diag;

/* Longest name of a user with the final NUL: LOGIN_NAME_MAX of Linux. */
#define PRIVS_NAME_MAX 256

struct privs {
	char user[PRIVS_NAME_MAX];
	uid_t uid;
	gid_t gid;
};

/* False when built without libcap: -p is to be ignored with a warning. */
bool privs_available(void);

/*
 * Looks up "USER" or "USER:GROUP"; the group defaults to that of the user.
 * Returns 0, -EINVAL (malformed) or -ENOENT (unknown), with the reason in
 * `diag`.
 */
int privs_parse(const char *text, struct privs *ret, struct diag *diag);

/*
 * Becomes that user, for good, and keeps CAP_NET_ADMIN, with `keep_raw` also
 * CAP_NET_RAW, as permitted and effective capabilities and nothing else.  root
 * stays what it is.  Returns 0, or -errno with the step that failed in `diag`;
 * the process then keeps what the steps before left it with.
 */
int privs_drop(const struct privs *privs, bool keep_raw, struct diag *diag);

#endif
