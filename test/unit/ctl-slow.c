/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large tables to clients: slow ones, such as leave, and a server that ends. */
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/unit/unit.h"
#include "test/unit/ctl-router.h"
#include "ctl/command.h"
#include "ctl/wire.h"
#include "lib/buf.h"

static char dir[32];
static char path[64];
static struct ev_loop *loop;
static struct server *server;
static struct command_ctx ctx;
static int client;

/* Route i is about this source. */
static const char *source_of(unsigned int i)
{
	static char addr[32];

	snprintf(addr, sizeof(addr), "10.1.%u.%u", i >> 8, i & 255);
	return addr;
}

static int route_add(unsigned int i)
{
	const char *args[] = { "a1", source_of(i), "225.1.2.3", "a2" };
	struct directive directive;
	struct diag diag;

	ck_assert_int_eq(grammar_request('a', args, 4, &directive, &diag), 0);
	return router_add(router, &directive, &diag);
}

static int handle(void *arg, const struct wire_request *wanted, size_t n,
		  struct buf *reply, struct show **ret_show)
{
	return command_execute(arg, wanted, n, reply, ret_show);
}

static void turn(unsigned int n)
{
	while (n-- > 0)
		ev_run(loop, EVRUN_NOWAIT);
}

static int client_open(char cmd, size_t n, const char *const *args)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct buf out = BUF_INIT;

	strcpy(addr.sun_path, path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	ck_assert_int_eq(wire_encode(cmd, args, n, &out), 0);
	ck_assert_int_eq(send(fd, out.data, out.len, MSG_NOSIGNAL),
			 (ssize_t)out.len);
	buf_fini(&out);

	return fd;
}

/* What is there now; true when it is all. */
static bool take(int fd, struct buf *text)
{
	static char chunk[65536];
	ssize_t n;

	while ((n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
		buf_add(text, chunk, (size_t)n);

	return n == 0;
}

#define MANY 16000		/* routes: a `show -d` of 2.5 MB */

static void server_setup(void)
{
	struct server_config config = { .path = path, .handle = handle };
	static const char *const args[] = { "r" };
	unsigned int i;

	router_setup();
	link_add(3, "a1", true);
	link_add(5, "a2", true);
	strcpy(dir, "/tmp/ctl-stream-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	ctx = (struct command_ctx){ .router = router };
	config.loop = loop = ev_loop_new(EVFLAG_AUTO);
	config.ctx = &ctx;
	ck_assert_int_eq(server_open(&config, &server, NULL), 0);
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(route_add(i), 0);

	client = client_open('S', 1, args);
	turn(200);
}

static void server_teardown(void)
{
	close(client);
	server_close(server);
	ck_assert_ptr_null(router->cursors);
	router_teardown();
	ev_loop_destroy(loop);
	rmdir(dir);
}

/* Nothing is rendered for a client that does not read; others are served. */
START_TEST(slow_reader)
{
	size_t rendered = n_counted;
	struct buf text = BUF_INIT, reply = BUF_INIT;
	unsigned int i;

	ck_assert_uint_gt(rendered, 0);
	ck_assert_uint_lt(rendered, MANY / 2);
	turn(100);
	ck_assert_uint_eq(n_counted, rendered);

	for (i = 0; i < MANY; i += 2) {
		const char *args[] = { "a1", source_of(i), "225.1.2.3" };
		int fd = client_open('r', 3, args);

		while (!take(fd, &reply))
			turn(1);
		close(fd);
	}
	/* nothing but success */
	ck_assert_uint_eq(reply.len, MANY / 2);
	ck_assert_str_eq(reply.data, "");
	ck_assert_uint_eq(n_counted, rendered);

	while (!take(client, &text))
		turn(1);
	ck_assert_uint_eq(strlen(text.data), text.len - 1);
	ck_assert_ptr_nonnull(strstr(text.data, "\nKernel MFC Table_\n"));
	ck_assert_ptr_null(strstr(text.data, "(10.1.62.126, "));
	ck_assert_ptr_nonnull(strstr(text.data, "(10.1.62.127, "));
	/* every rule of the rest and its entry; what was shown before */
	ck_assert_uint_ge(n_counted, MANY);
	ck_assert_uint_le(n_counted, MANY + rendered);
	buf_fini(&text);
	buf_fini(&reply);
}
END_TEST

START_TEST(client_leaves)
{
	ck_assert_ptr_nonnull(router->cursors);
	close(client);
	turn(4);
	ck_assert_ptr_null(router->cursors);
	client = -1;
}
END_TEST

/* Both the slices and what is made already stay. */
START_TEST(held)
{
	struct buf text = BUF_INIT;
	size_t rendered = n_counted, len;

	server_hold(server);
	take(client, &text);
	turn(10);
	len = text.len;
	ck_assert(!take(client, &text));
	ck_assert_uint_eq(text.len, len);
	ck_assert_uint_eq(n_counted, rendered);

	server_release(server);
	while (!take(client, &text))
		turn(1);
	ck_assert_uint_eq(n_counted, 2 * MANY);
	buf_fini(&text);
}
END_TEST

/* server_teardown() looks for what is left */
START_TEST(server_ends)
{
	ck_assert_ptr_nonnull(router->cursors);
}
END_TEST

int main(void)
{
	TCase *clients = tcase_create("clients");

	tcase_add_checked_fixture(clients, server_setup, server_teardown);
	tcase_set_timeout(clients, 30);
	tcase_add_test(clients, slow_reader);
	tcase_add_test(clients, client_leaves);
	tcase_add_test(clients, held);
	tcase_add_test(clients, server_ends);

	return unit_main("ctl-slow", clients, NULL);
}
