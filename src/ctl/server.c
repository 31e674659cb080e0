/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections.  Knows when bytes may move and when a connection is over; must
 * not know what a request means, but for WIRE_BATCH, which means the connection
 * itself.  The listening socket is made in listen.c.
 *
 * A client gets one request served a turn of the event loop, and no further one
 * before its reply has left: that bounds what it can make the daemon keep.  A
 * table goes out in slices: one a turn, and none before the last one has left.
 */
#include "config.h"

#include "ctl/server.h"

#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/listen.h"
#include "ctl/show.h"
#include "ctl/wire.h"
#include "lib/buf.h"
#include "lib/hash.h"

/* Seconds without accepting when descriptors ran out. */
#define ACCEPT_PAUSE 1.0

struct client {
	ev_io io;
	struct server *server;
	struct client *prev, *next;	/* the longest silent one first */
	struct buf in;
	struct buf out;
	size_t sent;			/* of `out` */
	struct show *show;		/* what follows `out`; NULL: nothing */
	bool served;			/* a request, at least */
	bool batch;			/* more will come: do not close */
	bool last;			/* nothing more is read */
};

struct server {
	struct ev_loop *loop;
	server_handle_fn *handle;
	void *ctx;
	struct listener listener;
	ev_io io;
	ev_timer pause;
	struct client *clients;
	size_t n_clients;
	bool held;			/* see server_hold() */
};

static void client_free(struct client *client)
{
	struct server *server = client->server;

	ev_io_stop(server->loop, &client->io);
	DL_DELETE(server->clients, client);
	server->n_clients--;
	close(client->io.fd);
	show_close(client->show);
	buf_fini(&client->in);
	buf_fini(&client->out);
	free(client);
}

static void client_wait(struct client *client, int events)
{
	struct ev_loop *loop = client->server->loop;

	if (client->io.events == events)
		return;

	ev_io_stop(loop, &client->io);
	ev_io_set(&client->io, client->io.fd, events);
	if (!client->server->held)
		ev_io_start(loop, &client->io);
}

/* Sends what there is.  -EAGAIN: not all; other errors: the peer is gone. */
static int client_send(struct client *client)
{
	ssize_t n;

	while (client->sent < client->out.len) {
		n = send(client->io.fd, client->out.data + client->sent,
			 client->out.len - client->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		client->sent += (size_t)n;
	}

	client->sent = 0;
	if (client->show) {
		buf_drop(&client->out, client->out.len);
		return 0;
	}

	/* a large reply must not stay allocated for the next small one */
	buf_fini(&client->out);
	buf_init(&client->out);
	return 0;
}

/*
 * Takes in what is there, called when `in` holds no whole request: so it does
 * not grow beyond one of the largest size and one chunk.  -EAGAIN: nothing at
 * hand; other errors: the peer is gone.
 */
static int client_receive(struct client *client)
{
	char chunk[16384];
	ssize_t n;

	if (client->last)
		return 0;

	do {
		n = recv(client->io.fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	if (n == 0)
		client->last = true;
	buf_add(&client->in, chunk, (size_t)n);
	return buf_error(&client->in);
}

/* Framing is lost: the peer is told, and disconnected. */
static int client_reject(struct client *client, int err)
{
	const char *text = err == -EMSGSIZE ? "request too long" :
			   err == -ENOMEM ? "out of memory" :
			   "malformed request";

	client->last = true;
	buf_fini(&client->in);
	buf_init(&client->in);
	buf_add(&client->out, text, strlen(text) + 1);

	return buf_error(&client->out);
}

/* The next slice of the table, to an empty `out`. */
static int client_render(struct client *client)
{
	if (!show_step(client->show, &client->out)) {
		buf_putc(&client->out, '\0');
		show_close(client->show);
		client->show = NULL;
	}

	return buf_error(&client->out);
}

/* The one request that is about the connection.  One is served. */
static int client_keep(struct client *client)
{
	client->batch = true;
	buf_putc(&client->out, '\0');
	return 1;
}

/* Whole requests of one letter at the head of `in`. */
struct run {
	struct wire_request requests[SERVER_RUN_MAX];
	size_t ends[SERVER_RUN_MAX];	/* of each, in bytes of `in` */
	size_t n;
};

/* 0, or why there is not even one: -EAGAIN, or what wire_decode() says. */
static int run_collect(const struct client *client, struct run *run)
{
	size_t pos = 0, len;
	int err = -EAGAIN;

	for (run->n = 0; run->n < SERVER_RUN_MAX; run->n++) {
		struct wire_request *next = &run->requests[run->n];

		if (pos == client->in.len)
			break;
		err = wire_decode(client->in.data + pos, client->in.len - pos,
				  next, &len);
		if (err)
			break;
		if (next->cmd != run->requests[0].cmd) {
			wire_request_fini(next);
			break;
		}
		pos += len;
		run->ends[run->n] = pos;
	}

	return run->n ? 0 : err;
}

static void run_fini(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		wire_request_fini(&run->requests[i]);
}

/* Serves requests at the head of `in`.  -EAGAIN: there is no whole one. */
static int client_serve(struct client *client)
{
	struct server *server = client->server;
	struct run run;
	int served;

	served = run_collect(client, &run);
	if (served == -EAGAIN)
		return served;
	if (served)
		return client_reject(client, served);

	if (run.requests[0].cmd == WIRE_BATCH)
		served = client_keep(client);
	else
		served = server->handle(server->ctx, run.requests, run.n,
					&client->out, &client->show);
	run_fini(&run);
	if (served < 0)
		return served;

	client->served = true;
	buf_drop(&client->in, run.ends[served - 1]);
	return client->show ? client_render(client) : buf_error(&client->out);
}

/* True when there is no reason to wait for more bytes. */
static bool client_is_done(const struct client *client)
{
	return client->last ||
	       (client->served && !client->batch && client->in.len == 0);
}

/*
 * Makes the next piece of reply: more of a table, or one request is served, for
 * which bytes are taken in when there is no whole one.  -EAGAIN: there is none;
 * other errors end the connection.
 */
static int client_advance(struct client *client)
{
	int err;

	if (client->show)
		return client_render(client);

	err = client_serve(client);
	if (err != -EAGAIN)
		return err;

	err = client_receive(client);
	if (err && err != -EAGAIN)
		return err;

	return client_serve(client);
}

/*
 * One turn: what is left of a reply, then the next piece.  Returns the events
 * to wait for, or 0 when the connection is over.
 */
static int client_turn(struct client *client)
{
	int err;

	err = client_send(client);
	if (err)
		return err == -EAGAIN ? EV_WRITE : 0;

	err = client_advance(client);
	if (err == -EAGAIN)
		return client_is_done(client) ? 0 : EV_READ;
	if (err)
		return 0;

	if (client->server->held)
		return EV_WRITE;

	/* it is writable at once when all went out: the next turn */
	err = client_send(client);
	return err && err != -EAGAIN ? 0 : EV_WRITE;
}

static void client_ready(struct ev_loop *loop, ev_io *io, int revents)
{
	struct client *client = io->data;
	struct server *server = client->server;
	int events;

	(void)loop;
	(void)revents;
	DL_DELETE(server->clients, client);
	DL_APPEND(server->clients, client);

	events = client_turn(client);
	if (events)
		client_wait(client, events);
	else
		client_free(client);
}

static int client_new(struct server *server, int fd)
{
	struct client *client;

	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;

	if (server->n_clients >= SERVER_CLIENTS_MAX)
		client_free(server->clients);

	client->server = server;
	buf_init(&client->in);
	buf_init(&client->out);
	DL_APPEND(server->clients, client);
	server->n_clients++;

	ev_io_init(&client->io, client_ready, fd, EV_READ);
	client->io.data = client;
	if (!server->held)
		ev_io_start(server->loop, &client->io);
	return 0;
}

/* The socket stays readable: without a pause the loop would spin. */
static void accept_pause(struct server *server)
{
	ev_io_stop(server->loop, &server->io);
	ev_timer_set(&server->pause, ACCEPT_PAUSE, 0.);
	ev_timer_start(server->loop, &server->pause);
}

static void accept_resume(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct server *server = timer->data;

	(void)revents;
	ev_io_start(loop, &server->io);
}

static void accept_ready(struct ev_loop *loop, ev_io *io, int revents)
{
	struct server *server = io->data;
	int fd;

	(void)loop;
	(void)revents;
	fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			accept_pause(server);
		return;
	}

	if (client_new(server, fd))
		close(fd);
}

int server_open(const struct server_config *config, struct server **ret,
		struct diag *diag)
{
	struct server *server;
	int err;

	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;

	err = listener_open(&server->listener, config->path, diag);
	if (err) {
		free(server);
		return err;
	}

	server->loop = config->loop;
	server->handle = config->handle;
	server->ctx = config->ctx;

	ev_init(&server->pause, accept_resume);
	server->pause.data = server;
	ev_io_init(&server->io, accept_ready, server->listener.fd, EV_READ);
	server->io.data = server;
	ev_io_start(server->loop, &server->io);

	*ret = server;
	return 0;
}

void server_hold(struct server *server)
{
	struct client *client;

	if (!server || server->held)
		return;

	server->held = true;
	DL_FOREACH(server->clients, client)
		ev_io_stop(server->loop, &client->io);
}

void server_release(struct server *server)
{
	struct client *client;

	if (!server || !server->held)
		return;

	server->held = false;
	DL_FOREACH(server->clients, client)
		ev_io_start(server->loop, &client->io);
}

void server_close(struct server *server)
{
	struct client *client, *next;

	if (!server)
		return;

	DL_FOREACH_SAFE(server->clients, client, next)
		client_free(client);

	ev_timer_stop(server->loop, &server->pause);
	ev_io_stop(server->loop, &server->io);
	listener_close(&server->listener);
	free(server);
}
