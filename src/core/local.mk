noinst_LIBRARIES += src/core/libroom-core.a
src_core_libroom_core_a_SOURCES =
