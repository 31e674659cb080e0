/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol, byte for byte, and what must not be believed of a peer. */
#include <errno.h>
#include <string.h>

#include "test/unit/unit.h"
#include "ctl/wire.h"
#include "lib/buf.h"

#define HEADER sizeof(struct wire_header)

static void encode(struct buf *out, char cmd, const char *const *args, size_t n)
{
	buf_init(out);
	ck_assert_int_eq(wire_encode(cmd, args, n, out), 0);
}

/* As SMCRoute's client sends it; hexadecimal digits of compat, LP64. */
START_TEST(bytes)
{
	static const char *const args[] = {
		"eth0", "225.1.2.3", "eth1", "eth2",
	};
	static const char expected[] =
		"\x2a\0\0\0\0\0\0\0" "a\0" "\4\0" "\0\0\0\0"
		"eth0\0" "225.1.2.3\0" "eth1\0" "eth2\0";
	struct wire_request request;
	struct buf out;
	size_t len;

	encode(&out, WIRE_ADD, args, 4);
#if defined(__LP64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	ck_assert_uint_eq(sizeof(expected), 0x2a);
	ck_assert_uint_eq(out.len, sizeof(expected));
	ck_assert_mem_eq(out.data, expected, sizeof(expected));
#else
	(void)expected;
#endif
	ck_assert_int_eq(wire_decode(out.data, out.len, &request, &len), 0);
	ck_assert_uint_eq(len, out.len);
	ck_assert_int_eq(request.cmd, 'a');
	ck_assert_uint_eq(request.n_args, 4);
	ck_assert_str_eq(request.args[0], "eth0");
	ck_assert_str_eq(request.args[3], "eth2");
	wire_request_fini(&request);
	buf_fini(&out);
}
END_TEST

START_TEST(no_arguments)
{
	struct wire_request request;
	struct buf out;
	size_t len;

	encode(&out, WIRE_SHOW, NULL, 0);
	ck_assert_uint_eq(out.len, HEADER + 1);
	ck_assert_int_eq(wire_decode(out.data, out.len, &request, &len), 0);
	ck_assert_uint_eq(request.n_args, 0);
	wire_request_fini(&request);
	buf_fini(&out);
}
END_TEST

START_TEST(partial)
{
	static const char *const args[] = { "eth0", "", "x" };
	struct wire_request request;
	struct buf out;
	size_t len, i;

	encode(&out, WIRE_JOIN, args, 3);
	for (i = 0; i < out.len; i++)
		ck_assert_int_eq(wire_decode(out.data, i, &request, &len),
				 -EAGAIN);

	/* two in a row: only the first is taken */
	ck_assert_int_eq(wire_encode(WIRE_FLUSH, NULL, 0, &out), 0);
	ck_assert_int_eq(wire_decode(out.data, out.len, &request, &len), 0);
	ck_assert_uint_eq(len, out.len - HEADER - 1);
	ck_assert_str_eq(request.args[1], "");
	ck_assert_str_eq(request.args[2], "x");
	wire_request_fini(&request);
	buf_fini(&out);
}
END_TEST

/* Decodes header and body as given; nothing may be left to free. */
static int decode(size_t claim, uint16_t cmd, uint16_t count, const char *body,
		  size_t body_len)
{
	struct wire_header header;
	struct wire_request request;
	struct buf in = BUF_INIT;
	size_t len;
	int err;

	memset(&header, 0, sizeof(header));
	header.len = claim;
	header.cmd = cmd;
	header.count = count;
	buf_add(&in, &header, sizeof(header));
	buf_add(&in, body, body_len);
	err = wire_decode(in.data, in.len, &request, &len);
	buf_fini(&in);

	return err;
}

START_TEST(malformed)
{
	size_t n = HEADER;

	ck_assert_int_eq(decode(0, 's', 0, "", 1), -EBADMSG);
	ck_assert_int_eq(decode(1, 's', 0, "", 1), -EBADMSG);
	ck_assert_int_eq(decode(n, 's', 0, "", 1), -EBADMSG);
	ck_assert_int_eq(decode(WIRE_REQUEST_MAX + 1, 's', 0, "", 1),
			 -EMSGSIZE);
	ck_assert_int_eq(decode(SIZE_MAX, 's', 0, "", 1), -EMSGSIZE);
	ck_assert_int_eq(decode(n + 1, 's' | 0x100, 0, "", 1), -EBADMSG);

	/* no last NUL */
	ck_assert_int_eq(decode(n + 1, 's', 0, "x", 1), -EBADMSG);
	ck_assert_int_eq(decode(n + 3, 's', 1, "abc", 3), -EBADMSG);
	ck_assert_int_eq(decode(n + 2, 's', 1, "a\0", 2), -EBADMSG);

	/* more strings, or fewer, than there are */
	ck_assert_int_eq(decode(n + 3, 's', 2, "a\0\0", 3), -EBADMSG);
	ck_assert_int_eq(decode(n + 3, 's', 0, "a\0\0", 3), -EBADMSG);
	ck_assert_int_eq(decode(n + 3, 's', 65535, "a\0\0", 3), -EBADMSG);
	ck_assert_int_eq(decode(n + 5, 's', 1, "a\0b\0\0", 5), -EBADMSG);
}
END_TEST

START_TEST(largest)
{
	size_t room = WIRE_REQUEST_MAX - HEADER - 1;
	char *word = calloc(1, room + 1);
	const char *const args[] = { word };
	struct wire_request request;
	struct buf out = BUF_INIT;
	size_t len;

	memset(word, 'x', room);
	ck_assert_int_eq(wire_encode(WIRE_ADD, args, 1, &out), -EMSGSIZE);
	ck_assert_uint_eq(out.len, 0);

	word[room - 1] = '\0';
	ck_assert_int_eq(wire_encode(WIRE_ADD, args, 1, &out), 0);
	ck_assert_uint_eq(out.len, WIRE_REQUEST_MAX);
	ck_assert_int_eq(wire_decode(out.data, out.len, &request, &len), 0);
	ck_assert_str_eq(request.args[0], word);
	wire_request_fini(&request);
	buf_fini(&out);
	free(word);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("wire");

	tcase_add_test(tc, bytes);
	tcase_add_test(tc, no_arguments);
	tcase_add_test(tc, partial);
	tcase_add_test(tc, malformed);
	tcase_add_test(tc, largest);

	return unit_main("ctl-wire", tc, NULL);
}
