/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Batches: with a daemon of ours, which is a thread of this program, and ones
 * that behave badly.  Old daemons are in test/netns/batch.sh and interop.sh.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/unit/unit.h"
#include "ctl/batch.h"
#include "ctl/wire.h"
#include "lib/buf.h"
#include "lib/diag.h"

#define MANY 20000

static char dir[32];
static char path[64];
static int listener;
static pthread_t thread;
static struct batch *batch;
static struct diag diag;

/* What the daemon does. */
static size_t n_seen;		/* requests but 'B' */
static size_t close_behind;	/* so many, it closes; 0: never */
static size_t hold;		/* answers when it has so many */
static bool babbles;

/* What came back. */
static size_t n_replies;
static size_t n_errors;
static char replies[256];

static void answer(int fd, char cmd)
{
	char text[2] = { cmd, '\0' };

	if (cmd == 'B')
		send(fd, babbles ? "\0?" : "", babbles ? 3 : 1, MSG_NOSIGNAL);
	else
		send(fd, text, 2, MSG_NOSIGNAL);
}

/* Answers with the letters.  True: go on with this connection. */
static bool serve(int fd, struct buf *in, size_t *n, bool *batched)
{
	struct wire_request request;
	char held[MANY];
	size_t n_held = 0, len, i;

	while (wire_decode(in->data, in->len, &request, &len) == 0) {
		held[n_held++] = request.cmd;
		wire_request_fini(&request);
		buf_drop(in, len);
	}
	for (i = 0; i < n_held; i++) {
		/* before the answer: who has it looks at the count */
		n_seen += held[i] != 'B';
		answer(fd, held[i]);
		*batched |= held[i] == 'B';
		if (held[i] == 'B')
			continue;
		if (++*n == close_behind)
			return false;
	}
	return *batched;
}

static void *daemon_main(void *arg)
{
	char chunk[4096];
	struct buf in;
	bool batched;
	size_t n;
	ssize_t len;
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		buf_init(&in);
		n = 0;
		batched = false;
		do {
			len = recv(fd, chunk, sizeof(chunk), 0);
			if (len > 0)
				buf_add(&in, chunk, (size_t)len);
		} while (len > 0 && (in.len < hold ||
				     serve(fd, &in, &n, &batched)));
		close(fd);
		buf_fini(&in);
	}
	return NULL;
}

static void take(void *ctx, const struct batch_task *task, int err,
		 const char *data, size_t len)
{
	ck_assert_ptr_eq(ctx, &n_replies);
	ck_assert_uint_eq(task->line, n_replies);
	n_errors += err != 0;
	if (!err) {
		ck_assert_uint_eq(len, 2);
		ck_assert_int_eq(data[1], '\0');
	}
	if (n_replies < sizeof(replies) - 1)
		replies[n_replies] = err ? '!' : data[0];
	n_replies++;
}

static void setup(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(dir, "/tmp/ctl-batch-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	strcpy(addr.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr,
			      sizeof(addr)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, daemon_main, NULL), 0);
	batch = batch_new(path, take, &n_replies);
	ck_assert_ptr_nonnull(batch);
}

static void teardown(void)
{
	batch_free(batch);
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(listener);
	unlink(path);
	rmdir(dir);
}

static int request(size_t line, char cmd)
{
	const struct batch_task task = { .line = line };
	const char *const args[] = { "eth0", "239.1.1.1" };

	return batch_request(batch, &task, cmd, args, 2, &diag);
}

static void make(const char *letters)
{
	size_t line;

	for (line = 0; letters[line]; line++)
		ck_assert_int_eq(request(line, letters[line]), 0);
	batch_drain(batch);
	ck_assert_uint_eq(n_replies, line);
	ck_assert_str_eq(replies, letters);
	ck_assert_uint_eq(n_errors, 0);
}

START_TEST(in_order)
{
	make("ajrlaFjs");
	ck_assert_uint_eq(n_seen, 8);
}
END_TEST

/* Sent without waiting: this daemon says nothing to a few of them. */
START_TEST(pipelined)
{
	ck_assert_int_eq(request(0, 'a'), 0);
	batch_drain(batch);
	n_replies = 0;
	hold = 400;
	make("abcdefghijklmnopqrst");
}
END_TEST

/* More than anybody holds: neither side waits for the other for ever. */
START_TEST(many)
{
	size_t line;

	for (line = 0; line < MANY; line++) {
		ck_assert_int_eq(request(line, 'a'), 0);
		ck_assert_uint_le(line - n_replies, BATCH_WAITING_MAX);
	}
	batch_drain(batch);
	ck_assert_uint_eq(n_replies, MANY);
	ck_assert_uint_eq(n_seen, MANY);
}
END_TEST

/* What was answered is not made again, and what was not is. */
START_TEST(closed_early)
{
	close_behind = 3;
	make("abcdefgh");
	ck_assert_uint_eq(n_seen, 8);
}
END_TEST

START_TEST(unasked_reply)
{
	babbles = true;
	make("abc");
	ck_assert_uint_eq(n_seen, 3);
}
END_TEST

START_TEST(readable)
{
	int fds[2];
	char byte;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	batch_wait(batch, fds[0]);
	ck_assert_int_eq(request(0, 'a'), 0);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	close(fds[1]);
	batch_wait(batch, fds[0]);
	close(fds[0]);
	batch_drain(batch);
	ck_assert_uint_eq(n_replies, 1);
}
END_TEST

START_TEST(nobody)
{
	struct batch *lonely = batch_new("/nonexistent/sock", take, NULL);
	const struct batch_task task = { .line = 0 };

	ck_assert_int_eq(batch_request(lonely, &task, 'F', NULL, 0, &diag),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(diag.text, "/nonexistent/sock"));
	batch_drain(lonely);
	ck_assert_uint_eq(n_replies, 0);
	batch_free(lonely);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("batch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, in_order);
	tcase_add_test(tc, pipelined);
	tcase_add_test(tc, many);
	tcase_add_test(tc, closed_early);
	tcase_add_test(tc, unasked_reply);
	tcase_add_test(tc, readable);
	tcase_add_test(tc, nobody);

	return unit_main("ctl-batch", tc, NULL);
}
