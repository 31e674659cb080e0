/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications of the service manager.  Knows sd_notify(3); must not know what
 * the daemon is doing.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "run/service.h"

#ifdef HAVE_LIBSYSTEMD

void service_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s\nMAINPID=%ld\n", status,
		   (long)getpid());
}

void service_reloading(const char *status)
{
	struct timespec now;
	uint64_t usec;

	/* sd_notify(3): a reload of Type=notify-reload must carry the time. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	sd_notifyf(0, "RELOADING=1\nSTATUS=%s\nMONOTONIC_USEC=%" PRIu64 "\n",
		   status, usec);
}

void service_stopping(const char *status)
{
	sd_notifyf(0, "STOPPING=1\nSTATUS=%s\n", status);
}

double service_watchdog_period(void)
{
	uint64_t usec;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0.;
	return (double)usec / 1e6 / 2.;
}

void service_watchdog(void)
{
	sd_notify(0, "WATCHDOG=1\n");
}

#else

void service_ready(const char *status)
{
	(void)status;
}

void service_reloading(const char *status)
{
	(void)status;
}

void service_stopping(const char *status)
{
	(void)status;
}

double service_watchdog_period(void)
{
	return 0.;
}

void service_watchdog(void)
{
}

#endif

void service_forget(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}
