# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += \
	test/unit/ctl-batch \
	test/unit/ctl-client \
	test/unit/ctl-command \
	test/unit/ctl-conf \
	test/unit/ctl-grammar \
	test/unit/ctl-lines \
	test/unit/ctl-server \
	test/unit/ctl-show \
	test/unit/ctl-slow \
	test/unit/ctl-stream \
	test/unit/ctl-verbs \
	test/unit/ctl-wire \
	test/unit/ctl-words

test_unit_ctl_batch_SOURCES = test/unit/ctl-batch.c
test_unit_ctl_batch_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_batch_LDADD = $(UNIT_LDADD)

test_unit_ctl_client_SOURCES = test/unit/ctl-client.c
test_unit_ctl_client_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_client_LDADD = $(UNIT_LDADD)

test_unit_ctl_conf_SOURCES = test/unit/ctl-conf.c
test_unit_ctl_conf_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_conf_LDADD = $(UNIT_LDADD)

test_unit_ctl_grammar_SOURCES = test/unit/ctl-grammar.c
test_unit_ctl_grammar_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_grammar_LDADD = $(UNIT_LDADD)

test_unit_ctl_lines_SOURCES = test/unit/ctl-lines.c
test_unit_ctl_lines_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_lines_LDADD = $(UNIT_LDADD)

test_unit_ctl_server_SOURCES = test/unit/ctl-server.c
test_unit_ctl_server_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_server_LDADD = $(UNIT_LDADD)

test_unit_ctl_verbs_SOURCES = test/unit/ctl-verbs.c
test_unit_ctl_verbs_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_verbs_LDADD = $(UNIT_LDADD)

test_unit_ctl_wire_SOURCES = test/unit/ctl-wire.c
test_unit_ctl_wire_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_wire_LDADD = $(UNIT_LDADD)

test_unit_ctl_words_SOURCES = test/unit/ctl-words.c
test_unit_ctl_words_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_words_LDADD = $(UNIT_LDADD)

test_unit_ctl_command_SOURCES = test/unit/ctl-command.c test/unit/ctl-router.h
test_unit_ctl_command_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_command_LDADD = $(UNIT_LDADD)

test_unit_ctl_show_SOURCES = test/unit/ctl-show.c test/unit/ctl-router.h
test_unit_ctl_show_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_show_LDADD = $(UNIT_LDADD)

test_unit_ctl_stream_SOURCES = test/unit/ctl-stream.c test/unit/ctl-router.h
test_unit_ctl_stream_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_stream_LDADD = $(UNIT_LDADD)

test_unit_ctl_slow_SOURCES = test/unit/ctl-slow.c test/unit/ctl-router.h
test_unit_ctl_slow_CFLAGS = $(UNIT_CFLAGS)
test_unit_ctl_slow_LDADD = $(UNIT_LDADD)
