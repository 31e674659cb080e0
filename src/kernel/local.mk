noinst_LIBRARIES += src/kernel/libroom-kernel.a
src_kernel_libroom_kernel_a_SOURCES =
