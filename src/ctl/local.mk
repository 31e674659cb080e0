noinst_LIBRARIES += src/ctl/libroom-ctl.a
src_ctl_libroom_ctl_a_SOURCES = \
	src/ctl/batch.c src/ctl/batch.h \
	src/ctl/client.c src/ctl/client.h \
	src/ctl/command.c src/ctl/command.h \
	src/ctl/conf.c src/ctl/conf.h \
	src/ctl/conf-store.c src/ctl/conf-store.h \
	src/ctl/flow.c src/ctl/flow.h \
	src/ctl/grammar.c src/ctl/grammar.h \
	src/ctl/grammar-request.c \
	src/ctl/lines.c src/ctl/lines.h \
	src/ctl/listen.c src/ctl/listen.h \
	src/ctl/server.c src/ctl/server.h \
	src/ctl/show.c src/ctl/show.h src/ctl/show-part.h \
	src/ctl/show-groups.c \
	src/ctl/show-hairpin.c \
	src/ctl/show-interfaces.c \
	src/ctl/show-pending.c \
	src/ctl/show-routes.c \
	src/ctl/table.c src/ctl/table.h \
	src/ctl/verbs.c src/ctl/verbs.h \
	src/ctl/wire.c src/ctl/wire.h \
	src/ctl/words.c src/ctl/words.h
