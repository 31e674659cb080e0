/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From root to the user of -p.  Knows user database and capabilities; must not
 * know why a capability is wanted.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP
#include <sys/capability.h>
#include <sys/prctl.h>
#endif

#include "lib/diag.h"
#include "run/privs.h"

static int group_find(const char *name, gid_t *ret, struct diag *diag)
{
	struct group *group;

	group = getgrnam(name);
	if (!group)
		return diag_set(diag, -ENOENT, "unknown group '%s'", name);
	*ret = group->gr_gid;
	return 0;
}

int privs_parse(const char *text, struct privs *ret, struct diag *diag)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	struct privs privs;
	struct passwd *user;
	int err;

	if (len == 0 || len >= sizeof(privs.user) || (colon && !colon[1]))
		return diag_set(diag, -EINVAL,
				"invalid user '%s', expected USER[:GROUP]",
				text);
	memcpy(privs.user, text, len);
	privs.user[len] = '\0';

	user = getpwnam(privs.user);
	if (!user)
		return diag_set(diag, -ENOENT, "unknown user '%s'", privs.user);
	privs.uid = user->pw_uid;
	privs.gid = user->pw_gid;
	if (colon) {
		err = group_find(colon + 1, &privs.gid, diag);
		if (err)
			return err;
	}

	*ret = privs;
	return 0;
}

#ifdef HAVE_LIBCAP

bool privs_available(void)
{
	return true;
}

static int step_failed(struct diag *diag, const char *step)
{
	int err = -errno;

	return diag_set(diag, err, "%s: %s", step, strerror(-err));
}

/* The list is as short as it may be: a container may lack CAP_NET_RAW. */
static int caps_reduce(bool keep_raw)
{
	const cap_value_t wanted[] = { CAP_NET_ADMIN, CAP_NET_RAW };
	cap_flag_value_t raw = CAP_CLEAR;
	cap_t have, caps;
	int n, err = 0;

	have = cap_get_proc();
	if (!have)
		return -errno;
	caps = cap_init();
	if (!caps) {
		err = -errno;
		goto out_have;
	}

	if (keep_raw)
		cap_get_flag(have, CAP_NET_RAW, CAP_PERMITTED, &raw);
	n = raw == CAP_SET ? 2 : 1;
	if (cap_set_flag(caps, CAP_PERMITTED, n, wanted, CAP_SET) ||
	    cap_set_flag(caps, CAP_EFFECTIVE, n, wanted, CAP_SET) ||
	    cap_set_proc(caps))
		err = -errno;

	cap_free(caps);
out_have:
	cap_free(have);
	return err;
}

int privs_drop(const struct privs *privs, bool keep_raw, struct diag *diag)
{
	int err;

	if (privs->uid == 0)
		return 0;

	/* Else setuid() takes the permitted capabilities away. */
	if (prctl(PR_SET_KEEPCAPS, 1L))
		return step_failed(diag, "keeping capabilities");
	if (initgroups(privs->user, privs->gid))
		return step_failed(diag, "setting supplementary groups");
	if (setgid(privs->gid))
		return step_failed(diag, "setting the group");
	if (setuid(privs->uid))
		return step_failed(diag, "setting the user");

	err = caps_reduce(keep_raw);
	if (err)
		return diag_set(diag, err, "setting capabilities: %s",
				strerror(-err));
	prctl(PR_SET_KEEPCAPS, 0L);

	if (!setuid(0))
		return diag_set(diag, -EPERM, "could become root again");
	return 0;
}

#else

bool privs_available(void)
{
	return false;
}

int privs_drop(const struct privs *privs, bool keep_raw, struct diag *diag)
{
	(void)privs;
	(void)keep_raw;
	return diag_set(diag, -EOPNOTSUPP, "built without libcap");
}

#endif
