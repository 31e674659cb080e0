/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay: rings that the kernel has given up on.  For relay.c alone. */
#ifndef KERNEL_RELAY_WATCH_H
#define KERNEL_RELAY_WATCH_H

#include "kernel/relay-link.h"

/*
 * Looks at the ring of the link about once a second, and makes a dead one anew;
 * what comes until then is lost.  A warning tells of the first.  `loop` is
 * borrowed until relay_watch_stop().
 */
void relay_watch_start(struct ev_loop *loop, struct relay_link *link);
void relay_watch_stop(struct ev_loop *loop, struct relay_link *link);

#endif
