# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += \
	test/unit/lib-addr \
	test/unit/lib-buf \
	test/unit/lib-diag \
	test/unit/lib-hash \
	test/unit/lib-htable \
	test/unit/lib-json \
	test/unit/lib-num

test_unit_lib_addr_SOURCES = test/unit/lib-addr.c
test_unit_lib_addr_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_addr_LDADD = $(UNIT_LDADD)

test_unit_lib_buf_SOURCES = test/unit/lib-buf.c
test_unit_lib_buf_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_buf_LDADD = $(UNIT_LDADD)

test_unit_lib_diag_SOURCES = test/unit/lib-diag.c
test_unit_lib_diag_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_diag_LDADD = $(UNIT_LDADD)

test_unit_lib_hash_SOURCES = test/unit/lib-hash.c
test_unit_lib_hash_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_hash_LDADD = $(UNIT_LDADD)

test_unit_lib_htable_SOURCES = test/unit/lib-htable.c
test_unit_lib_htable_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_htable_LDADD = $(UNIT_LDADD)

test_unit_lib_json_SOURCES = test/unit/lib-json.c
test_unit_lib_json_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_json_LDADD = $(UNIT_LDADD)

test_unit_lib_num_SOURCES = test/unit/lib-num.c
test_unit_lib_num_CFLAGS = $(UNIT_CFLAGS)
test_unit_lib_num_LDADD = $(UNIT_LDADD)
