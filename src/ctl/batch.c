/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client's side of a batch.  Knows which requests are without a reply, and
 * what to do with them when the daemon is an old one; must not know where the
 * commands come from, nor what replies mean.
 *
 * smcrouted of SMCRoute closes a connection as soon as it finds it empty, and
 * what is sent then is lost.  So nothing is sent before it is known whether
 * WIRE_BATCH was understood, and each request is kept until it is answered.
 */
#include "ctl/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/wire.h"
#include "lib/buf.h"
#include "lib/diag.h"

struct waiting {
	struct batch_task task;
	size_t len;		/* of the request */
};

enum batch_state {
	BATCH_CLOSED,		/* no connection yet */
	BATCH_PIPED,		/* one connection for all */
	BATCH_SINGLE,		/* one connection a request */
};

struct batch {
	const char *path;
	batch_reply_fn *reply;
	void *ctx;
	enum batch_state state;
	int fd;			/* -1: not piped */

	struct buf out;		/* requests without a reply, from `start` on */
	size_t start;
	size_t sent;		/* end of what was sent */
	struct buf in;		/* the start of a reply */

	struct waiting waiting[BATCH_WAITING_MAX];	/* a ring */
	size_t first;
	size_t n;
};

struct batch *batch_new(const char *path, batch_reply_fn *reply, void *ctx)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	batch->path = path;
	batch->reply = reply;
	batch->ctx = ctx;
	batch->fd = -1;
	buf_init(&batch->out);
	buf_init(&batch->in);

	return batch;
}

void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	if (batch->fd >= 0)
		close(batch->fd);
	buf_fini(&batch->out);
	buf_fini(&batch->in);
	free(batch);
}

static void waiting_push(struct batch *batch, const struct batch_task *task,
			 size_t len)
{
	size_t i = (batch->first + batch->n) % BATCH_WAITING_MAX;

	batch->waiting[i] = (struct waiting){ *task, len };
	batch->n++;
}

/* The first request without a reply has one, and need not be kept. */
static void waiting_done(struct batch *batch, int err, const char *data,
			 size_t len)
{
	struct waiting done = batch->waiting[batch->first];

	batch->first = (batch->first + 1) % BATCH_WAITING_MAX;
	batch->n--;
	batch->start += done.len;
	if (batch->n == 0 || batch->start >= BATCH_BYTES_MAX) {
		buf_drop(&batch->out, batch->start);
		batch->sent -= batch->start;
		batch->start = 0;
	}
	batch->reply(batch->ctx, &done.task, err, data, len);
}

static void requests_single(struct batch *batch)
{
	struct diag diag = { .file = NULL };
	struct buf reply;
	int err;

	while (batch->n > 0) {
		buf_init(&reply);
		err = client_exchange(batch->path,
				      batch->out.data + batch->start,
				      batch->waiting[batch->first].len,
				      &reply, &diag);
		/* waiting_done() reckons with it as sent */
		batch->sent = batch->start + batch->waiting[batch->first].len;
		waiting_done(batch, err, err ? diag.text : reply.data,
			     err ? 0 : reply.len);
		buf_fini(&reply);
	}
}

/*
 * The daemon ended, or is an old one after all: what it did not answer it did
 * not see, as it answers at once.
 */
static void connection_lost(struct batch *batch)
{
	close(batch->fd);
	batch->fd = -1;
	batch->state = BATCH_SINGLE;
	requests_single(batch);
}

/* Whatever is wrong with the connection, recv() will tell. */
static void requests_send(struct batch *batch)
{
	ssize_t n;

	while (batch->sent < batch->out.len) {
		n = send(batch->fd, batch->out.data + batch->sent,
			 batch->out.len - batch->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		batch->sent += (size_t)n;
	}
}

/* False for a daemon that talks before it is asked. */
static bool reply_is_due(const struct batch *batch)
{
	return batch->n > 0 &&
	       batch->start + batch->waiting[batch->first].len <= batch->sent;
}

/* Hands out whole replies; `old` bytes of `in` are known to be without end. */
static int replies_take(struct batch *batch, size_t old)
{
	const char *data = batch->in.data;
	const char *end = data + batch->in.len;
	const char *scan = data + old;
	const char *nul;

	while (scan < end && (nul = memchr(scan, '\0', (size_t)(end - scan)))) {
		if (!reply_is_due(batch))
			return -EBADMSG;
		scan = nul + 1;
		waiting_done(batch, 0, data, (size_t)(scan - data));
		data = scan;
	}
	buf_drop(&batch->in, (size_t)(data - batch->in.data));
	return 0;
}

/* 0 while the connection lives. */
static int replies_receive(struct batch *batch)
{
	size_t old = batch->in.len;
	char chunk[16384];
	ssize_t n;
	int err;

	do {
		n = recv(batch->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;

	buf_add(&batch->in, chunk, (size_t)n);
	err = buf_error(&batch->in);
	return err ? err : replies_take(batch, old);
}

/* One wait for the daemon and, unless -1, `fd`; true when that can be read. */
static bool batch_turn(struct batch *batch, int fd)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = batch->fd, .events = POLLIN },
	};

	if (batch->sent < batch->out.len)
		fds[1].events |= POLLOUT;
	if (poll(fds, 2, -1) < 0)
		return false;

	if ((fds[1].revents & ~POLLOUT) && replies_receive(batch))
		connection_lost(batch);
	else if (fds[1].revents & POLLOUT)
		requests_send(batch);

	return fds[0].revents != 0;
}

/* True when the daemon understands: then it says nothing else. */
static bool daemon_greet(int fd)
{
	struct buf request = BUF_INIT;
	bool known = false;
	char reply;

	if (wire_encode(WIRE_BATCH, NULL, 0, &request) == 0 &&
	    send(fd, request.data, request.len, MSG_NOSIGNAL) ==
	    (ssize_t)request.len && recv(fd, &reply, 1, 0) == 1)
		known = reply == '\0';
	buf_fini(&request);

	return known;
}

static int batch_open(struct batch *batch, struct diag *diag)
{
	int fd, err;

	err = client_connect(batch->path, &fd, diag);
	if (err)
		return err;

	if (daemon_greet(fd)) {
		batch->fd = fd;
		batch->state = BATCH_PIPED;
	} else {
		close(fd);
		batch->state = BATCH_SINGLE;
	}
	return 0;
}

static bool batch_is_full(const struct batch *batch)
{
	return batch->n == BATCH_WAITING_MAX ||
	       (batch->n > 0 &&
		batch->out.len - batch->start >= BATCH_BYTES_MAX);
}

int batch_request(struct batch *batch, const struct batch_task *task, char cmd,
		  const char *const *args, size_t n, struct diag *diag)
{
	struct buf request = BUF_INIT;
	int err;

	err = client_encode(cmd, args, n, &request, diag);
	if (!err && batch->state == BATCH_CLOSED)
		err = batch_open(batch, diag);
	if (err)
		goto out;

	while (batch_is_full(batch))
		batch_turn(batch, -1);
	buf_add(&batch->out, request.data, request.len);
	err = buf_error(&batch->out);
	if (err) {
		diag_set(diag, err, "%s", strerror(-err));
		goto out;
	}
	waiting_push(batch, task, request.len);
	if (batch->state == BATCH_SINGLE)
		requests_single(batch);
out:
	buf_fini(&request);
	return err;
}

void batch_wait(struct batch *batch, int fd)
{
	while (!batch_turn(batch, fd))
		;
}

void batch_drain(struct batch *batch)
{
	while (batch->n > 0)
		batch_turn(batch, -1);
}
