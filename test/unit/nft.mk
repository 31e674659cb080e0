# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += test/unit/kernel-nft
test_unit_kernel_nft_SOURCES = test/unit/kernel-nft.c test/unit/nft-golden.h \
	test/unit/unit.h
test_unit_kernel_nft_CFLAGS = $(UNIT_CFLAGS)
test_unit_kernel_nft_LDADD = $(UNIT_LDADD)
