# Fuzzers (libFuzzer), built by --enable-fuzzers; run one as
#     test/fuzz/prefix -max_total_time=60 CORPUS

FUZZ_FLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

noinst_PROGRAMS += test/fuzz/prefix
test_fuzz_prefix_SOURCES = test/fuzz/prefix.c
test_fuzz_prefix_LDFLAGS = $(FUZZ_FLAGS)
test_fuzz_prefix_LDADD = src/lib/libroom-lib.a

noinst_PROGRAMS += test/fuzz/members
test_fuzz_members_SOURCES = test/fuzz/members.c
test_fuzz_members_LDFLAGS = $(FUZZ_FLAGS)
test_fuzz_members_LDADD = $(DAEMON_LIBS)

noinst_PROGRAMS += test/fuzz/relay
test_fuzz_relay_SOURCES = test/fuzz/relay.c
test_fuzz_relay_LDFLAGS = $(FUZZ_FLAGS)
test_fuzz_relay_LDADD = src/kernel/libroom-kernel.a src/lib/libroom-lib.a
