/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to requests and back.  Knows the layout and its limits; must not know
 * sockets, nor what a command means.  Nothing a peer sends is believed before
 * it is checked.
 */
#include "ctl/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

/* Points `args` at `count` strings that fill `body` but for the last NUL. */
static int args_find(const char *body, size_t len, const char **args,
		     size_t count)
{
	const char *end = body + len;
	const char *nul;
	size_t i;

	for (i = 0; i < count; i++) {
		nul = memchr(body, '\0', (size_t)(end - body));
		if (!nul)
			return -EBADMSG;
		args[i] = body;
		body = nul + 1;
	}

	return end - body == 1 && *body == '\0' ? 0 : -EBADMSG;
}

int wire_decode(const char *data, size_t len, struct wire_request *ret,
		size_t *ret_len)
{
	struct wire_header header;
	struct wire_request request;
	size_t body_len;
	int err;

	if (len < sizeof(header))
		return -EAGAIN;

	memcpy(&header, data, sizeof(header));
	if (header.len > WIRE_REQUEST_MAX)
		return -EMSGSIZE;
	if (header.len <= sizeof(header) || header.cmd > UINT8_MAX)
		return -EBADMSG;

	/* each string takes one byte at least, and one NUL ends them all */
	body_len = header.len - sizeof(header);
	if (header.count >= body_len)
		return -EBADMSG;
	if (len < header.len)
		return -EAGAIN;

	request.cmd = (char)header.cmd;
	request.n_args = header.count;
	request.args = calloc(request.n_args + 1, sizeof(*request.args));
	if (!request.args)
		return -ENOMEM;

	err = args_find(data + sizeof(header), body_len, request.args,
			request.n_args);
	if (err) {
		wire_request_fini(&request);
		return err;
	}

	*ret = request;
	*ret_len = header.len;
	return 0;
}

void wire_request_fini(struct wire_request *request)
{
	free(request->args);
	request->args = NULL;
	request->n_args = 0;
}

int wire_encode(char cmd, const char *const *args, size_t n, struct buf *out)
{
	struct wire_header header;
	size_t len = sizeof(header) + 1;
	size_t i;

	for (i = 0; i < n; i++) {
		len += strlen(args[i]) + 1;
		if (len > WIRE_REQUEST_MAX)
			return -EMSGSIZE;
	}

	/* the padding goes over the wire as well */
	memset(&header, 0, sizeof(header));
	header.len = len;
	header.cmd = (unsigned char)cmd;
	header.count = (uint16_t)n;

	buf_add(out, &header, sizeof(header));
	for (i = 0; i < n; i++)
		buf_add(out, args[i], strlen(args[i]) + 1);
	buf_putc(out, '\0');

	return buf_error(out);
}
