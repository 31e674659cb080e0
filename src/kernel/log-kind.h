/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of log_kind() that this room uses: counted down from the top, as the
 * notes of core are counted up from 0.
 */
#ifndef KERNEL_LOG_KIND_H
#define KERNEL_LOG_KIND_H

#include "core/note.h"
#include "run/log.h"

#define LOG_KIND_UPCALL (LOG_KIND_COUNT - 1)

_Static_assert(LOG_KIND_UPCALL >= (int)NOTE_KIND_COUNT,
	       "kinds of the kernel room and of core's notes overlap");

#endif
