# SPDX-License-Identifier: GPL-2.0-or-later
check_LIBRARIES = test/unit/libstory.a
test_unit_libstory_a_SOURCES = test/unit/story.c test/unit/story.h \
	test/fake-control.c test/fake-guard.c test/fake-internal.h \
	test/fake-join.c \
	test/fake-kernel.c test/fake-kernel.h
test_unit_libstory_a_CFLAGS = $(UNIT_CFLAGS)

CORE_LDADD = test/unit/libstory.a $(UNIT_LDADD)

check_PROGRAMS += \
	test/unit/core-expiry \
	test/unit/core-fail \
	test/unit/core-filter \
	test/unit/core-group \
	test/unit/core-guard \
	test/unit/core-iface \
	test/unit/core-installed \
	test/unit/core-ladder \
	test/unit/core-learn \
	test/unit/core-lost \
	test/unit/core-member \
	test/unit/core-metadata \
	test/unit/core-mrdisc \
	test/unit/core-policy \
	test/unit/core-random \
	test/unit/core-reload \
	test/unit/core-rung \
	test/unit/core-add \
	test/unit/core-slice \
	test/unit/core-static \
	test/unit/core-wild

test_unit_core_expiry_SOURCES = test/unit/core-expiry.c
test_unit_core_expiry_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_expiry_LDADD = $(CORE_LDADD)

test_unit_core_fail_SOURCES = test/unit/core-fail.c
test_unit_core_fail_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_fail_LDADD = $(CORE_LDADD)
test_unit_core_fail_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=strdup

test_unit_core_filter_SOURCES = test/unit/core-filter.c
test_unit_core_filter_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_filter_LDADD = $(CORE_LDADD)

test_unit_core_group_SOURCES = test/unit/core-group.c
test_unit_core_group_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_group_LDADD = $(CORE_LDADD)

test_unit_core_guard_SOURCES = test/unit/core-guard.c
test_unit_core_guard_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_guard_LDADD = $(CORE_LDADD)

test_unit_core_iface_SOURCES = test/unit/core-iface.c
test_unit_core_iface_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_iface_LDADD = $(CORE_LDADD)

test_unit_core_installed_SOURCES = test/unit/core-installed.c
test_unit_core_installed_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_installed_LDADD = $(CORE_LDADD)

test_unit_core_ladder_SOURCES = test/unit/core-ladder.c test/unit/ladder.h
test_unit_core_ladder_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_ladder_LDADD = $(CORE_LDADD)

test_unit_core_learn_SOURCES = test/unit/core-learn.c
test_unit_core_learn_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_learn_LDADD = $(CORE_LDADD)

test_unit_core_lost_SOURCES = test/unit/core-lost.c
test_unit_core_lost_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_lost_LDADD = $(CORE_LDADD)

test_unit_core_metadata_SOURCES = test/unit/core-metadata.c
test_unit_core_metadata_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_metadata_LDADD = $(CORE_LDADD)

test_unit_core_mrdisc_SOURCES = test/unit/core-mrdisc.c
test_unit_core_mrdisc_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_mrdisc_LDADD = $(CORE_LDADD)

test_unit_core_policy_SOURCES = test/unit/core-policy.c
test_unit_core_policy_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_policy_LDADD = $(CORE_LDADD)

test_unit_core_random_SOURCES = test/unit/core-random.c test/unit/unit.h
test_unit_core_random_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_random_LDADD = $(CORE_LDADD)

test_unit_core_reload_SOURCES = test/unit/core-reload.c
test_unit_core_reload_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_reload_LDADD = $(CORE_LDADD)

test_unit_core_static_SOURCES = test/unit/core-static.c
test_unit_core_static_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_static_LDADD = $(CORE_LDADD)

test_unit_core_wild_SOURCES = test/unit/core-wild.c
test_unit_core_wild_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_wild_LDADD = $(CORE_LDADD)

test_unit_core_slice_SOURCES = test/unit/core-slice.c
test_unit_core_slice_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_slice_LDADD = $(CORE_LDADD)
test_unit_core_slice_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=prefix_covers

test_unit_core_add_SOURCES = test/unit/core-add.c
test_unit_core_add_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_add_LDADD = $(CORE_LDADD)

test_unit_core_member_SOURCES = test/unit/core-member.c
test_unit_core_member_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_member_LDADD = $(CORE_LDADD)

test_unit_core_rung_SOURCES = test/unit/core-rung.c test/unit/ladder.h
test_unit_core_rung_CFLAGS = $(UNIT_CFLAGS)
test_unit_core_rung_LDADD = $(CORE_LDADD)
