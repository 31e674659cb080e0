/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests executed on a router, and what is replied. */
#include <stdbool.h>

#include "test/unit/unit.h"
#include "test/unit/ctl-router.h"
#include "ctl/command.h"
#include "ctl/show.h"
#include "ctl/wire.h"
#include "lib/buf.h"

static struct command_ctx ctx;
static int n_killed, n_reloaded;
static int reload_err;

static void on_kill(void *daemon)
{
	ck_assert_ptr_eq(daemon, &ctx);
	n_killed++;
}

static int on_reload(void *daemon, struct diag *diag)
{
	ck_assert_ptr_eq(daemon, &ctx);
	n_reloaded++;

	return reload_err ? diag_set(diag, reload_err, "unreadable") : 0;
}

static void setup(void)
{
	router_setup();
	link_add(3, "a1", true);
	link_add(5, "a2", true);
	n_killed = n_reloaded = reload_err = 0;
	ctx = (struct command_ctx) {
		.router = router,
		.daemon = &ctx,
		.kill = on_kill,
		.reload = on_reload,
	};
}

/* The reply, which must have its one NUL at the end. */
static const char *execute(char cmd, size_t n, const char **args)
{
	struct wire_request request = {
		.cmd = cmd,
		.args = args,
		.n_args = n,
	};
	static char out[4096];
	struct buf reply = BUF_INIT;
	struct show *show = NULL;

	ck_assert_int_eq(command_execute(&ctx, &request, 1, &reply, &show), 1);
	if (show) {
		ck_assert_uint_eq(reply.len, 0);
		while (show_step(show, &reply))
			;
		buf_putc(&reply, '\0');
		show_close(show);
	}
	ck_assert_uint_gt(reply.len, 0);
	ck_assert_uint_lt(reply.len, sizeof(out));
	ck_assert_uint_eq(strlen(reply.data), reply.len - 1);
	memcpy(out, reply.data, reply.len);
	buf_fini(&reply);

	return out;
}

#define REPLY(cmd, text, ...) do { \
	const char *args_[] = { __VA_ARGS__ }; \
	ck_assert_str_eq(execute(cmd, sizeof(args_) / sizeof(args_[0]), \
				 args_), text); \
} while (0)

#define SUCCEEDS(cmd, ...) REPLY(cmd, "", __VA_ARGS__)

#define FAILS(cmd, ...) do { \
	const char *args_[] = { __VA_ARGS__ }; \
	ck_assert_str_ne(execute(cmd, sizeof(args_) / sizeof(args_[0]), \
				 args_), ""); \
} while (0)

START_TEST(routes)
{
	SUCCEEDS('a', "a1", "225.1.2.3", "a2");
	REPLY('s',
	      "(*,G) Template Rules_\n"
	      "ROUTE (S,G)                                IIF  OIFS=\n"
	      "(*, 225.1.2.3)                             a1   a2\n",
	      "routes");
	SUCCEEDS('r', "a1", "225.1.2.3");
	REPLY('s', "", "routes");
	FAILS('r', "a1", "225.1.2.3");
	FAILS('a', "absent", "225.1.2.3", "a2");
	REPLY('a', "an interface and a group are needed", "a1");
	REPLY('a', "10.0.0.1: not a multicast group", "a1", "10.0.0.1");
}
END_TEST

START_TEST(groups)
{
	SUCCEEDS('j', "a1", "225.1.2.3");
	FAILS('j', "a1", "225.1.2.3");
	SUCCEEDS('l', "a1", "225.1.2.3");
	FAILS('l', "a1", "225.1.2.3");
	FAILS('j', "absent", "225.1.2.3");
	REPLY('J', "{\"groups\":{\"conf\":[],\"kernel\":[]}}\n", "g");
}
END_TEST

START_TEST(tables)
{
	REPLY('s', "No pending routes or groups\n", "p");
	REPLY('S', "No pending routes or groups\n", "pending", "more");
	REPLY('J', "{\"pending\":[]}\n", "pending");
	ck_assert_str_eq(execute('J', 0, NULL),
			 "{\"routes\":{\"asm\":[],\"ssm\":[],\"kernel\":[]}}\n");
	REPLY('J', "{\"hairpin\":{\"policy\":\"auto\",\"interfaces\":[],"
		   "\"routes\":[],\"lost\":[]}}\n", "hairpin");
}
END_TEST

START_TEST(daemon)
{
	ck_assert_str_eq(execute('k', 0, NULL), "");
	ck_assert_int_eq(n_killed, 1);

	ck_assert_str_eq(execute('H', 0, NULL), "");
	reload_err = -ENOENT;
	ck_assert_str_eq(execute('H', 0, NULL), "unreadable");
	ck_assert_int_eq(n_reloaded, 2);
}
END_TEST

START_TEST(flush)
{
	struct upcall upcall = { .kind = UPCALL_NOCACHE };

	SUCCEEDS('a', "a1", "225.1.2.3", "a2");
	ck_assert_int_eq(addr_parse("10.0.0.1", &upcall.source), 0);
	ck_assert_int_eq(addr_parse("225.1.2.3", &upcall.group), 0);
	router_upcall(router, &upcall, 1.0);
	router_commit(router);
	ck_assert_ptr_nonnull(strstr(execute('J', 0, NULL), "10.0.0.1"));
	ck_assert_str_eq(execute('F', 0, NULL), "");
	ck_assert_ptr_null(strstr(execute('J', 0, NULL), "10.0.0.1"));
}
END_TEST

START_TEST(unknown)
{
	REPLY('B', "unknown request", "x");
	REPLY('\xff', "unknown request", "x");
	REPLY('\0', "unknown request", "x");
}
END_TEST

START_TEST(no_hook)
{
	SUCCEEDS('j', "a1", "225.1.2.3");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("command");

	tcase_add_checked_fixture(tc, setup, router_teardown);
	tcase_add_test(tc, routes);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, daemon);
	tcase_add_test(tc, flush);
	tcase_add_test(tc, unknown);
	tcase_add_test(tc, no_hook);

	return unit_main("ctl-command", tc, NULL);
}
