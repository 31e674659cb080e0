noinst_LIBRARIES += src/run/libroom-run.a
src_run_libroom_run_a_SOURCES = \
	src/run/daemon.c src/run/daemon.h \
	src/run/log.c src/run/log.h \
	src/run/pidfile.c src/run/pidfile.h \
	src/run/privs.c src/run/privs.h \
	src/run/script.c src/run/script.h \
	src/run/service.c src/run/service.h
