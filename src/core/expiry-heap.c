/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learned entries in order of when they are to be looked at: a binary heap that
 * tells each where it is.  Knows due times only.
 */
#include "core/internal.h"

#include <errno.h>
#include <stdlib.h>

#define HEAP_ROOM_MIN 64

static void heap_put(struct router *router, struct expiry *expiry,
		     uint32_t place)
{
	router->expiries[place] = expiry;
	expiry->place = place;
}

static void heap_rise(struct router *router, struct expiry *expiry)
{
	struct expiry **heap = router->expiries;
	uint32_t place = expiry->place;

	while (place > 0 && expiry->due < heap[(place - 1) / 2]->due) {
		heap_put(router, heap[(place - 1) / 2], place);
		place = (place - 1) / 2;
	}
	heap_put(router, expiry, place);
}

static void heap_sink(struct router *router, struct expiry *expiry)
{
	struct expiry **heap = router->expiries;
	uint32_t place = expiry->place;

	for (;;) {
		uint32_t child = place * 2 + 1;

		if (child + 1 < router->n_learned &&
		    heap[child + 1]->due < heap[child]->due)
			child++;
		if (child >= router->n_learned ||
		    heap[child]->due >= expiry->due)
			break;
		heap_put(router, heap[child], place);
		place = child;
	}
	heap_put(router, expiry, place);
}

int expiry_heap_add(struct router *router, struct expiry *expiry)
{
	if (router->n_learned == router->expiries_room) {
		uint32_t room = router->expiries_room * 2;
		struct expiry **heap;

		if (!room)
			room = HEAP_ROOM_MIN;
		heap = realloc(router->expiries, room * sizeof(*heap));
		if (!heap)
			return -ENOMEM;
		router->expiries = heap;
		router->expiries_room = room;
	}
	heap_put(router, expiry, router->n_learned++);
	heap_rise(router, expiry);
	return 0;
}

void expiry_heap_move(struct router *router, struct expiry *expiry)
{
	heap_rise(router, expiry);
	heap_sink(router, expiry);
}

void expiry_heap_del(struct router *router, struct expiry *expiry)
{
	struct expiry *last = router->expiries[--router->n_learned];

	if (last != expiry) {
		heap_put(router, last, expiry->place);
		expiry_heap_move(router, last);
	}
	if (router->n_learned)
		return;
	free(router->expiries);
	router->expiries = NULL;
	router->expiries_room = 0;
}
