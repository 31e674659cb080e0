/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service manager is told, read from a socket of our own. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "run/service.h"
#include "unit.h"

static int fd = -1;
static char text[1024];

/* An abstract socket: nothing is left behind. */
static void setup(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char name[64];
	socklen_t len;
	int n;

	n = snprintf(name, sizeof(name), "@run-service-%ld", (long)getpid());
	memcpy(addr.sun_path + 1, name + 1, (size_t)n - 1);
	len = (socklen_t)(sizeof(sa_family_t) + (size_t)n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void teardown(void)
{
	close(fd);
}

/* Datagrams of AF_UNIX are there when send() returns. */
static const char *told(void)
{
	ssize_t len = recv(fd, text, sizeof(text) - 1, 0);

	if (len < 0)
		return "";
	text[len] = '\0';
	return text;
}

#ifdef HAVE_LIBSYSTEMD

START_TEST(messages)
{
	char want[128];
	char *end;

	service_ready("ready");
	snprintf(want, sizeof(want), "READY=1\nSTATUS=ready\nMAINPID=%ld\n",
		 (long)getpid());
	ck_assert_str_eq(told(), want);

	service_reloading("reloading");
	snprintf(want, sizeof(want),
		 "RELOADING=1\nSTATUS=reloading\nMONOTONIC_USEC=");
	ck_assert_int_eq(strncmp(told(), want, strlen(want)), 0);
	ck_assert_uint_gt(strtoull(text + strlen(want), &end, 10), 0);
	ck_assert_str_eq(end, "\n");

	service_stopping("exiting");
	ck_assert_str_eq(told(), "STOPPING=1\nSTATUS=exiting\n");
	service_watchdog();
	ck_assert_str_eq(told(), "WATCHDOG=1\n");
}
END_TEST

START_TEST(watchdog_period)
{
	char pid[32];

	unsetenv("WATCHDOG_USEC");
	ck_assert_double_eq(service_watchdog_period(), 0.);

	setenv("WATCHDOG_USEC", "3000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	ck_assert_double_eq(service_watchdog_period(), 1.5);

	/* Meant for another process. */
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_double_eq(service_watchdog_period(), 0.);
}
END_TEST

#else

START_TEST(silence)
{
	service_ready("ready");
	service_reloading("reloading");
	service_stopping("exiting");
	service_watchdog();
	ck_assert_str_eq(told(), "");
	setenv("WATCHDOG_USEC", "3000000", 1);
	ck_assert_double_eq(service_watchdog_period(), 0.);
}
END_TEST

#endif

START_TEST(forget)
{
	setenv("WATCHDOG_USEC", "3000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	service_forget();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	service_ready("ready");
	ck_assert_str_eq(told(), "");
}
END_TEST

int main(void)
{
	TCase *notify = tcase_create("notify");

	tcase_add_checked_fixture(notify, setup, teardown);
#ifdef HAVE_LIBSYSTEMD
	tcase_add_test(notify, messages);
	tcase_add_test(notify, watchdog_period);
#else
	tcase_add_test(notify, silence);
#endif
	tcase_add_test(notify, forget);
	return unit_main("run/service", notify, NULL);
}
