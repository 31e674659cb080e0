/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol between smcroutectl and smcrouted, byte for byte that of
 * SMCRoute, so that old and new programs mix.
 *
 * A request is a struct wire_header in native layout, `count` NUL-terminated
 * strings and one more NUL.  A reply is text and one NUL: tables, the reason of
 * a failure, or nothing for success.
 *
 * The daemon closes a connection when everything is answered and no further
 * bytes are at hand.  Not so behind WIRE_BATCH, which smcrouted of SMCRoute
 * does not know: it is answered with nothing, and from then on the connection
 * lasts until the client closes it.
 */
#ifndef CTL_WIRE_H
#define CTL_WIRE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Largest request in bytes.  SMCRoute itself takes 1024. */
#define WIRE_REQUEST_MAX 65536

struct wire_header {
	size_t len;		/* of all, header and last NUL included */
	uint16_t cmd;		/* enum wire_cmd */
	uint16_t count;
};

enum wire_cmd {
	WIRE_ADD = 'a',
	WIRE_REMOVE = 'r',
	WIRE_JOIN = 'j',
	WIRE_LEAVE = 'l',
	WIRE_FLUSH = 'F',
	WIRE_RELOAD = 'H',
	WIRE_KILL = 'k',
	WIRE_SHOW = 's',
	WIRE_SHOW_DETAIL = 'S',
	WIRE_SHOW_JSON = 'J',
	WIRE_BATCH = 'B',	/* of the connection: server.c */
};

struct wire_request {
	char cmd;		/* any byte: whoever executes it judges */
	const char **args;	/* point into the bytes decoded */
	size_t n_args;
};

/*
 * Decodes the request at the start of `data`.  Returns 0 with its size in
 * `ret_len`, -EAGAIN when more bytes are needed, -EMSGSIZE when it is larger
 * than WIRE_REQUEST_MAX, -EBADMSG when it is malformed, or -ENOMEM.  End `ret`
 * with wire_request_fini(); it borrows `data`.
 */
int wire_decode(const char *data, size_t len, struct wire_request *ret,
		size_t *ret_len);

void wire_request_fini(struct wire_request *request);

/* Appends a request to `out`.  Returns 0, -EMSGSIZE or -ENOMEM. */
int wire_encode(char cmd, const char *const *args, size_t n, struct buf *out);

#endif
