noinst_LIBRARIES += src/core/libroom-core.a
src_core_libroom_core_a_SOURCES = \
	src/core/add.c \
	src/core/commit-guard.c \
	src/core/commit-route.c \
	src/core/commit.c src/core/commit.h \
	src/core/cursor.c src/core/cursor.h \
	src/core/directive.c src/core/directive.h \
	src/core/expiry-heap.c \
	src/core/expiry.c \
	src/core/filter.c \
	src/core/group.c \
	src/core/guard.c src/core/guard.h \
	src/core/hairpin.c \
	src/core/iface.c src/core/iface.h \
	src/core/internal.h \
	src/core/join.c \
	src/core/kernel.h \
	src/core/ladder.c \
	src/core/member.c src/core/member.h \
	src/core/metadata.c src/core/metadata.h \
	src/core/mfc.c \
	src/core/mrdisc.c \
	src/core/note.c src/core/note.h \
	src/core/null-kernel.c src/core/null-kernel.h \
	src/core/oifset.c \
	src/core/own.c \
	src/core/policy.c \
	src/core/reload.c src/core/reload.h \
	src/core/reload-line.c \
	src/core/router.c src/core/router.h \
	src/core/rule.c \
	src/core/scan.c \
	src/core/shape.c \
	src/core/state.h \
	src/core/statement.c \
	src/core/upcall.c \
	src/core/wild.c
