# SPDX-License-Identifier: GPL-2.0-or-later
noinst_PROGRAMS += test/bench/bare test/bench/probe

test_bench_bare_SOURCES = test/bench/bare.c

test_bench_probe_SOURCES = test/bench/probe.c
test_bench_probe_LDADD = \
	src/ctl/libroom-ctl.a \
	src/core/libroom-core.a \
	src/lib/libroom-lib.a

EXTRA_DIST += test/bench/run-bench test/bench/run-guards

# Alone on the machine, or the figures are noise.
#   make bench BENCH_N="2000 20000" BENCH_FLAGS=-j
bench: all
	@BUILDDIR=$(abs_builddir) $(srcdir)/test/bench/run-bench \
		$(BENCH_FLAGS) $(BENCH_N)

.PHONY: bench
