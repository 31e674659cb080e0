# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += \
	test/unit/run-daemon \
	test/unit/run-log \
	test/unit/run-pidfile \
	test/unit/run-privs \
	test/unit/run-script \
	test/unit/run-service

test_unit_run_daemon_SOURCES = test/unit/run-daemon.c
test_unit_run_daemon_CFLAGS = $(UNIT_CFLAGS)
test_unit_run_daemon_LDADD = $(UNIT_LDADD)

test_unit_run_log_SOURCES = test/unit/run-log.c
test_unit_run_log_CFLAGS = $(UNIT_CFLAGS)
test_unit_run_log_LDADD = $(UNIT_LDADD)

test_unit_run_pidfile_SOURCES = test/unit/run-pidfile.c
test_unit_run_pidfile_CFLAGS = $(UNIT_CFLAGS)
test_unit_run_pidfile_LDADD = $(UNIT_LDADD)

test_unit_run_privs_SOURCES = test/unit/run-privs.c
test_unit_run_privs_CFLAGS = $(UNIT_CFLAGS)
test_unit_run_privs_LDADD = $(UNIT_LDADD)

test_unit_run_script_SOURCES = test/unit/run-script.c
test_unit_run_script_CFLAGS = $(UNIT_CFLAGS)
test_unit_run_script_LDADD = $(UNIT_LDADD)

test_unit_run_service_SOURCES = test/unit/run-service.c
test_unit_run_service_CFLAGS = $(UNIT_CFLAGS)
test_unit_run_service_LDADD = $(UNIT_LDADD)
