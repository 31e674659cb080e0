/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many requests of one client, over one connection: further ones are sent while
 * replies to earlier ones are still to come.  With a daemon that does not know
 * WIRE_BATCH, and after the connection was lost, each request without a reply
 * has a connection of its own.
 */
#ifndef CTL_BATCH_H
#define CTL_BATCH_H

#include <stddef.h>

struct batch;
struct diag;

/* Most requests, and bytes of requests, that wait for a reply. */
#define BATCH_WAITING_MAX 1024
#define BATCH_BYTES_MAX 262144

/* What the caller wants back with the reply. */
struct batch_task {
	size_t line;
	const void *what;
};

/*
 * Takes the reply to a request, in the order of the requests; must not make
 * another one.  0 with the reply (its final NUL included, empty when the daemon
 * gave none), or -errno with the reason as the NUL-terminated `data`.
 */
typedef void batch_reply_fn(void *ctx, const struct batch_task *task, int err,
			    const char *data, size_t len);

/* `path` of the socket is borrowed.  NULL: out of memory. */
struct batch *batch_new(const char *path, batch_reply_fn *reply, void *ctx);

/* Requests without a reply are given up. */
void batch_free(struct batch *batch);

/*
 * Makes a request; may wait for replies to earlier ones to have room.  -errno
 * with the reason in `diag`: it was not made, and has no reply.
 */
int batch_request(struct batch *batch, const struct batch_task *task, char cmd,
		  const char *const *args, size_t n, struct diag *diag);

/* Sends and takes replies until `fd` can be read. */
void batch_wait(struct batch *batch, int fd);

/* Sends and takes replies until there is none to come. */
void batch_drain(struct batch *batch);

#endif
