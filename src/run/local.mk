noinst_LIBRARIES += src/run/libroom-run.a
src_run_libroom_run_a_SOURCES = \
	src/run/log.c src/run/log.h
