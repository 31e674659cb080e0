/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UNIX socket that clients talk to.  Nothing here ever blocks: a silent
 * client, or one that does not read, costs a slot and some memory.
 */
#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <stddef.h>

struct buf;
struct diag;
struct ev_loop;
struct server;
struct show;
struct wire_request;

/* Longest path of a socket: sun_path of <sys/un.h> without its NUL. */
#define SERVER_PATH_MAX 107

/*
 * Most clients at a time.  When one more comes, the one that was silent for
 * longest is disconnected.
 */
#define SERVER_CLIENTS_MAX 64

/* Most requests that are given to be executed together. */
#define SERVER_RUN_MAX 256

/*
 * Executes the first of `n` requests of the same letter, or more of them, and
 * returns how many.  Appends the replies, final NULs included, to `reply`; or
 * the reply to the first is a table, which is rendered as the client reads it:
 * then it is put into `ret_show`, which was NULL, and is the server's to close.
 * An error (-errno) ends the connection.
 */
typedef int server_handle_fn(void *ctx, const struct wire_request *requests,
			     size_t n, struct buf *reply,
			     struct show **ret_show);

struct server_config {
	struct ev_loop *loop;
	const char *path;
	server_handle_fn *handle;
	void *ctx;
};

/*
 * Creates the socket, with its directory when that is missing, by the umask of
 * the process.  A stale socket is replaced.  -EADDRINUSE: another process
 * listens there; -EEXIST: something that is no socket has the name;
 * -ENAMETOOLONG; or what the system says.  The reason is in `diag`.
 */
int server_open(const struct server_config *config, struct server **ret,
		struct diag *diag);

/*
 * Between the two no request is served and no reply leaves, that of the request
 * at hand included: its work is not complete yet.
 */
void server_hold(struct server *server);
void server_release(struct server *server);

/*
 * Disconnects all, closes their tables, and removes the socket, if it still is
 * this server's.
 */
void server_close(struct server *server);

#endif
