/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that agrees to everything and does nothing: for `smcrouted -F`.  Its
 * context is not used.
 */
#ifndef CORE_NULL_KERNEL_H
#define CORE_NULL_KERNEL_H

#include "core/kernel.h"

extern const struct kernel_ops null_kernel_ops;

#endif
