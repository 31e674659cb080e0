noinst_LIBRARIES += src/ctl/libroom-ctl.a
src_ctl_libroom_ctl_a_SOURCES =
