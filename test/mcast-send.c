/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic tool of the network tests: what packets carry, and their pace.  This
 * file must not know of what protocol they are.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "mcast.h"

size_t mcast_payload(const struct mcast_options *opt, unsigned int number,
		     char *ret)
{
	size_t len;

	if (opt->text) {
		len = strlen(opt->text);
		if (len > MCAST_SIZE_MAX)
			mcast_usage("-m: text is too long");
		memcpy(ret, opt->text, len);
	} else {
		len = snprintf(ret, MCAST_SIZE_MAX, "%010u", number);
	}
	if (!opt->size)
		return len;
	if (opt->size > len)
		memset(ret + len, 0, opt->size - len);
	return opt->size;
}

/*
 * A flood goes on while the link is down or congested: what finds no way out
 * is skipped and not counted.
 */
static bool error_passes(const struct mcast_options *opt)
{
	return errno == EINTR ||
	       (opt->flood && (errno == ENOBUFS || errno == ENETDOWN ||
			       errno == ENETUNREACH));
}

static unsigned int send_batch(const struct mcast_options *opt, int fd,
			       struct mmsghdr *batch, unsigned int n)
{
	unsigned int i = 0, sent = 0;
	int ret;

	while (i < n) {
		ret = sendmmsg(fd, batch + i, n - i, 0);
		if (ret < 0 && !error_passes(opt))
			mcast_die("send");
		if (ret > 0)
			sent += ret;
		i += ret > 0 ? (unsigned int)ret : 1;
	}
	return sent;
}

/* Milliseconds behind -r that are caught up with. */
#define LATE_MAX 5
unsigned int mcast_send_all(const struct mcast_options *opt, int fd,
			    struct mmsghdr *batch, mcast_fill_fn *fill,
			    void *arg)
{
	int64_t end = mcast_deadline(opt);
	int64_t start = mcast_now();
	unsigned int left, i, n, sent = 0;
	int64_t due, late;

	while (!opt->count || sent < opt->count) {
		n = opt->flood && !opt->rate ? opt->batch : 1;
		left = opt->count - sent;
		if (opt->count && n > left)
			n = left;
		for (i = 0; i < n; i++)
			fill(arg, i, sent + i);
		sent += send_batch(opt, fd, batch, n);

		due = start;
		if (opt->rate)
			due += (int64_t)sent * 1000 / opt->rate;
		late = mcast_now() - due;
		if (opt->rate && late > LATE_MAX) {
			start += late;
			due += late;
		}
		if (end >= 0 && due > end)
			due = end;
		if (mcast_wait(-1, due) < 0)
			break;
		if (end >= 0 && mcast_now() >= end)
			break;
	}
	return sent;
}
