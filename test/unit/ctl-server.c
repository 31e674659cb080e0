/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: good clients, slow ones, rude ones; and the socket's name. */
#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/unit/unit.h"
#include "ctl/server.h"
#include "ctl/wire.h"
#include "lib/buf.h"
#include "lib/diag.h"

/* What 'S' is answered with: more than a socket takes at once. */
#define LARGE (8u << 20)

static char dir[32];
static char path[64];
static struct ev_loop *loop;
static struct server *server;
static size_t n_handled;
static int handle_err;

/* The letter and the start of the first argument come back. */
static int handle(void *ctx, const struct wire_request *request, size_t n,
		  struct buf *reply, struct show **ret_show)
{
	size_t i;

	ck_assert_uint_ge(n, 1);
	for (i = 1; i < n; i++)
		ck_assert_int_eq(request[i].cmd, request->cmd);

	ck_assert_ptr_eq(ctx, &n_handled);
	ck_assert_ptr_null(*ret_show);
	n_handled++;
	buf_printf(reply, "%c", request->cmd);
	if (request->n_args > 0)
		buf_printf(reply, "%.16s", request->args[0]);
	for (i = 0; request->cmd == 'S' && i < LARGE / 16; i++)
		buf_add(reply, "0123456789abcdef", 16);
	buf_putc(reply, '\0');

	return handle_err ? handle_err : 1;
}

static int try_open(const char *name, struct server **ret, struct diag *diag)
{
	struct server_config config = {
		.loop = loop,
		.path = name,
		.handle = handle,
		.ctx = &n_handled,
	};

	return server_open(&config, ret, diag);
}

static void start(void)
{
	strcpy(dir, "/tmp/ctl-server-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	n_handled = 0;
	handle_err = 0;
	loop = ev_loop_new(EVFLAG_AUTO);
	ck_assert_ptr_nonnull(loop);
	ck_assert_int_eq(try_open(path, &server, NULL), 0);
}

static void stop(void)
{
	char command[64];

	server_close(server);
	ev_loop_destroy(loop);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Whatever is ready is done; nothing in the server waits for time. */
static void turn(unsigned int n)
{
	while (n-- > 0)
		ev_run(loop, EVRUN_NOWAIT);
}

static int connect_path(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);

	return fd;
}

static void put(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void put_request(int fd, char cmd, const char *arg)
{
	const char *const args[] = { arg };
	struct buf out = BUF_INIT;

	ck_assert_int_eq(wire_encode(cmd, args, arg ? 1 : 0, &out), 0);
	put(fd, out.data, out.len);
	buf_fini(&out);
}

/* The replies that are there, '|' for NUL, '$' for the end. */
static const char *get(int fd)
{
	static char out[4096];
	ssize_t n;
	size_t len = 0, i;

	while ((n = recv(fd, out + len, sizeof(out) - 2 - len,
			 MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	for (i = 0; i < len; i++) {
		if (out[i] == '\0')
			out[i] = '|';
	}
	if (n == 0)
		out[len++] = '$';
	out[len] = '\0';

	return out;
}

START_TEST(one_request)
{
	int fd = connect_path(path);

	put_request(fd, 'a', "eth0");
	turn(4);
	ck_assert_str_eq(get(fd), "aeth0|$");
	close(fd);
}
END_TEST

START_TEST(several_requests)
{
	int fd = connect_path(path);

	put_request(fd, 'a', "1");
	put_request(fd, 'r', "2");
	put_request(fd, 's', NULL);
	turn(8);
	ck_assert_str_eq(get(fd), "a1|r2|s|$");
	ck_assert_uint_eq(n_handled, 3);
	close(fd);
}
END_TEST

START_TEST(byte_by_byte)
{
	const char *const args[] = { "eth0", "225.1.2.3" };
	struct buf out = BUF_INIT;
	int fd = connect_path(path);
	size_t i;

	ck_assert_int_eq(wire_encode('j', args, 2, &out), 0);
	for (i = 0; i < out.len; i++) {
		ck_assert_str_eq(get(fd), "");
		put(fd, out.data + i, 1);
		turn(3);
	}
	ck_assert_str_eq(get(fd), "jeth0|$");
	buf_fini(&out);
	close(fd);
}
END_TEST

START_TEST(half_closed)
{
	int fd = connect_path(path);

	put_request(fd, 'a', "1");
	put_request(fd, 'a', "2");
	shutdown(fd, SHUT_WR);
	turn(8);
	ck_assert_str_eq(get(fd), "a1|a2|$");
	close(fd);

	/* with part of a request only, there is nothing to answer */
	fd = connect_path(path);
	put(fd, "x", 1);
	shutdown(fd, SHUT_WR);
	turn(8);
	ck_assert_str_eq(get(fd), "$");
	close(fd);
}
END_TEST

START_TEST(malformed)
{
	struct wire_header header;
	int fd = connect_path(path);

	memset(&header, 0, sizeof(header));
	put(fd, &header, sizeof(header));
	turn(4);
	ck_assert_str_eq(get(fd), "malformed request|$");
	close(fd);

	fd = connect_path(path);
	header.len = SIZE_MAX;
	put(fd, &header, sizeof(header));
	turn(4);
	ck_assert_str_eq(get(fd), "request too long|$");
	close(fd);
	ck_assert_uint_eq(n_handled, 0);
}
END_TEST

START_TEST(large_request)
{
	char *arg = calloc(1, WIRE_REQUEST_MAX);
	int fd = connect_path(path);

	memset(arg, 'x', WIRE_REQUEST_MAX - sizeof(struct wire_header) - 2);
	put_request(fd, 'a', arg);
	put_request(fd, 'k', NULL);
	turn(100);
	ck_assert_str_eq(get(fd), "axxxxxxxxxxxxxxxx|k|$");
	close(fd);
	free(arg);
}
END_TEST

/* It is the client who ends a batch, however long it says nothing. */
START_TEST(batch)
{
	int fd = connect_path(path);

	put_request(fd, 'B', NULL);
	turn(8);
	ck_assert_str_eq(get(fd), "|");
	put_request(fd, 'a', "1");
	turn(8);
	ck_assert_str_eq(get(fd), "a1|");
	put_request(fd, 'a', "2");
	put_request(fd, 'r', "3");
	turn(8);
	ck_assert_str_eq(get(fd), "a2|r3|");
	ck_assert_uint_eq(n_handled, 3);

	put_request(fd, 's', NULL);
	shutdown(fd, SHUT_WR);
	turn(8);
	ck_assert_str_eq(get(fd), "s|$");
	close(fd);
}
END_TEST

/* No request is served, nor taken in, before the reply to the last one left. */
START_TEST(batch_slow_reader)
{
	static char chunk[65536];
	int fd = connect_path(path);
	size_t sent = 0, len = 0;
	struct buf out = BUF_INIT;
	ssize_t n = 0;

	ck_assert_int_eq(wire_encode('a', NULL, 0, &out), 0);
	put_request(fd, 'B', NULL);
	put_request(fd, 'S', NULL);
	turn(8);
	ck_assert_uint_eq(n_handled, 1);
	for (; n >= 0; turn(1)) {
		n = send(fd, out.data, out.len, MSG_DONTWAIT);
		sent += n > 0;
	}
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_eq(n_handled, 1);

	while (len < LARGE + 3 + 2 * sent) {
		n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n > 0)
			len += (size_t)n;
		else
			turn(1);
	}
	ck_assert_uint_eq(n_handled, 1 + sent);
	buf_fini(&out);
	close(fd);
}
END_TEST

/* The daemon would die of SIGPIPE, or wait for ever. */
START_TEST(client_leaves)
{
	int fd = connect_path(path);

	put_request(fd, 'S', NULL);
	close(fd);
	turn(4);
	ck_assert_uint_eq(n_handled, 1);

	fd = connect_path(path);
	put_request(fd, 'a', "1");
	turn(4);
	ck_assert_str_eq(get(fd), "a1|$");
	close(fd);
}
END_TEST

/* Others are served meanwhile, and no second reply is made before its time. */
START_TEST(slow_reader)
{
	int slow = connect_path(path), fd, i;
	static char chunk[65536];
	size_t len = 0;
	ssize_t n;

	put_request(slow, 'S', NULL);
	put_request(slow, 'S', NULL);
	turn(10);
	ck_assert_uint_eq(n_handled, 1);

	fd = connect_path(path);
	put_request(fd, 'a', "1");
	turn(4);
	ck_assert_str_eq(get(fd), "a1|$");
	close(fd);

	for (i = 0; i < 100000; i++) {
		n = recv(slow, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n == 0)
			break;
		if (n > 0)
			len += (size_t)n;
		else
			turn(1);
	}
	ck_assert_uint_eq(len, 2 * (LARGE + 2));
	ck_assert_uint_eq(n_handled, 3);
	close(slow);
}
END_TEST

START_TEST(handler_error)
{
	int fd = connect_path(path);

	handle_err = -ENOMEM;
	put_request(fd, 'a', "1");
	turn(4);
	ck_assert_str_eq(get(fd), "$");
	close(fd);
}
END_TEST

START_TEST(silent_clients)
{
	int fds[SERVER_CLIENTS_MAX], fd, i;

	for (i = 0; i < SERVER_CLIENTS_MAX; i++) {
		fds[i] = connect_path(path);
		turn(3);
	}
	/* the first one speaks: the second is the longest silent one then */
	put(fds[0], "x", 1);
	turn(3);

	fd = connect_path(path);
	put_request(fd, 'a', "1");
	turn(5);
	ck_assert_str_eq(get(fd), "a1|$");
	ck_assert_str_eq(get(fds[0]), "");
	ck_assert_str_eq(get(fds[1]), "$");
	ck_assert_str_eq(get(fds[2]), "");
	close(fd);
	for (i = 0; i < SERVER_CLIENTS_MAX; i++)
		close(fds[i]);
}
END_TEST

START_TEST(live_socket)
{
	struct server *second;
	struct diag diag;
	int fd;

	ck_assert_int_eq(try_open(path, &second, &diag), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(diag.text, path));
	turn(3);

	fd = connect_path(path);
	put_request(fd, 'a', "1");
	turn(4);
	ck_assert_str_eq(get(fd), "a1|$");
	close(fd);
}
END_TEST

START_TEST(stale_socket)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct server *second;
	struct diag diag;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/stale", dir);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	ck_assert_int_eq(try_open(addr.sun_path, &second, &diag), 0);
	fd = connect_path(addr.sun_path);
	close(fd);
	server_close(second);
	ck_assert_int_eq(access(addr.sun_path, F_OK), -1);
}
END_TEST

START_TEST(foreign_file)
{
	char name[64];
	struct server *second;
	struct diag diag;
	FILE *file;

	snprintf(name, sizeof(name), "%s/file", dir);
	file = fopen(name, "w");
	fclose(file);
	ck_assert_int_eq(try_open(name, &second, &diag), -EEXIST);
	ck_assert_ptr_nonnull(strstr(diag.text, name));
	ck_assert_int_eq(access(name, F_OK), 0);
}
END_TEST

/* Another one's socket of the same name stays when this server ends. */
START_TEST(only_its_own)
{
	char name[64], moved[64];
	struct server *first, *second;

	snprintf(name, sizeof(name), "%s/own", dir);
	snprintf(moved, sizeof(moved), "%s/moved", dir);
	ck_assert_int_eq(try_open(name, &first, NULL), 0);
	ck_assert_int_eq(rename(name, moved), 0);
	ck_assert_int_eq(try_open(name, &second, NULL), 0);
	server_close(first);
	ck_assert_int_eq(access(name, F_OK), 0);
	server_close(second);
	ck_assert_int_eq(access(name, F_OK), -1);
}
END_TEST

START_TEST(names)
{
	char name[SERVER_PATH_MAX + 2];
	struct server *second;
	struct diag diag;

	snprintf(name, sizeof(name), "%s/a/b/sock", dir);
	ck_assert_int_eq(try_open(name, &second, &diag), 0);
	server_close(second);

	/* a file is in the way of the directory */
	snprintf(name, sizeof(name), "%s/sock/sock", dir);
	ck_assert_int_ne(try_open(name, &second, &diag), 0);
	ck_assert_ptr_nonnull(strstr(diag.text, dir));

	memset(name, 'x', sizeof(name));
	memcpy(name, "/tmp/", 5);
	name[SERVER_PATH_MAX + 1] = '\0';
	ck_assert_int_eq(try_open(name, &second, &diag), -ENAMETOOLONG);
	name[SERVER_PATH_MAX] = '\0';
	ck_assert_int_eq(try_open(name, &second, &diag), 0);
	server_close(second);
	ck_assert_int_eq(try_open("", &second, &diag), -EINVAL);
}
END_TEST

int main(void)
{
	TCase *clients = tcase_create("clients");
	TCase *sockets = tcase_create("sockets");

	tcase_add_checked_fixture(clients, start, stop);
	tcase_add_test(clients, one_request);
	tcase_add_test(clients, several_requests);
	tcase_add_test(clients, byte_by_byte);
	tcase_add_test(clients, half_closed);
	tcase_add_test(clients, malformed);
	tcase_add_test(clients, large_request);
	tcase_add_test(clients, batch);
	tcase_add_test(clients, batch_slow_reader);
	tcase_add_test(clients, client_leaves);
	tcase_add_test(clients, slow_reader);
	tcase_add_test(clients, handler_error);
	tcase_add_test(clients, silent_clients);

	tcase_add_checked_fixture(sockets, start, stop);
	tcase_add_test(sockets, live_socket);
	tcase_add_test(sockets, stale_socket);
	tcase_add_test(sockets, foreign_file);
	tcase_add_test(sockets, only_its_own);
	tcase_add_test(sockets, names);

	return unit_main("ctl-server", clients, sockets, NULL);
}
