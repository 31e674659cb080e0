/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talks to the service manager: sd_notify(3).  Without libsystemd, or without a
 * manager that listens, every function does nothing.  A failed notification is
 * nobody's error.  `status` is one line for a human, shown by systemctl status.
 */
#ifndef RUN_SERVICE_H
#define RUN_SERVICE_H

/* Started, or a reload is complete. */
void service_ready(const char *status);

/* A reload begins. */
void service_reloading(const char *status);

/* The end begins. */
void service_stopping(const char *status);

/*
 * Seconds between two calls of service_watchdog() that keep the manager calm
 * (half of what it asks for), or 0 when it does not watch.
 */
double service_watchdog_period(void);
void service_watchdog(void);

/*
 * For a child, between fork and exec: takes the manager's variables out of the
 * environment, so that a script cannot speak for the daemon.
 */
void service_forget(void);

#endif
