# SPDX-License-Identifier: GPL-2.0-or-later

check_PROGRAMS += \
	test/unit/kernel-join \
	test/unit/kernel-members \
	test/unit/kernel-mrdisc \
	test/unit/kernel-mroute \
	test/unit/kernel-mrule \
	test/unit/kernel-netlink \
	test/unit/kernel-relay-cut \
	test/unit/kernel-relay-packet \
	test/unit/kernel-rtnl \
	test/unit/kernel-shadow

test_unit_kernel_join_SOURCES = test/unit/kernel-join.c test/unit/unit.h
test_unit_kernel_join_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_join_LDADD = $(UNIT_LDADD)

test_unit_kernel_members_SOURCES = test/unit/kernel-members.c test/unit/unit.h
test_unit_kernel_members_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_members_LDADD = $(UNIT_LDADD)

test_unit_kernel_mrdisc_SOURCES = test/unit/kernel-mrdisc.c test/unit/unit.h
test_unit_kernel_mrdisc_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_mrdisc_LDADD = $(UNIT_LDADD)

test_unit_kernel_mroute_SOURCES = test/unit/kernel-mroute.c test/unit/unit.h
test_unit_kernel_mroute_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_mroute_LDADD = $(UNIT_LDADD)

test_unit_kernel_mrule_SOURCES = test/unit/kernel-mrule.c test/unit/unit.h
test_unit_kernel_mrule_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_mrule_LDADD = $(UNIT_LDADD)

test_unit_kernel_netlink_SOURCES = test/unit/kernel-netlink.c test/unit/unit.h
test_unit_kernel_netlink_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_netlink_LDADD = $(UNIT_LDADD)

test_unit_kernel_relay_cut_SOURCES = test/unit/kernel-relay-cut.c \
	test/unit/kernel-relay.h test/unit/unit.h
test_unit_kernel_relay_cut_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_relay_cut_LDADD = $(UNIT_LDADD)

test_unit_kernel_relay_packet_SOURCES = test/unit/kernel-relay-packet.c \
	test/unit/kernel-relay.h test/unit/unit.h
test_unit_kernel_relay_packet_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_relay_packet_LDADD = $(UNIT_LDADD)

test_unit_kernel_rtnl_SOURCES = test/unit/kernel-rtnl.c test/unit/unit.h
test_unit_kernel_rtnl_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_rtnl_LDADD = $(UNIT_LDADD)

test_unit_kernel_shadow_SOURCES = test/unit/kernel-shadow.c test/unit/unit.h
test_unit_kernel_shadow_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_shadow_LDADD = $(UNIT_LDADD)

# The netfilter guard has a list of its own.
