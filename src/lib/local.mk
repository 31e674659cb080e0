noinst_LIBRARIES += src/lib/libroom-lib.a
src_lib_libroom_lib_a_SOURCES = \
	src/lib/addr.c src/lib/addr.h \
	src/lib/buf.c src/lib/buf.h \
	src/lib/clock.h \
	src/lib/diag.c src/lib/diag.h \
	src/lib/hash.c src/lib/hash.h \
	src/lib/htable.c src/lib/htable.h \
	src/lib/json.c src/lib/json.h \
	src/lib/num.c src/lib/num.h
