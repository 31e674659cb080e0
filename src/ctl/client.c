/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests from the client's side.  Knows how to reach a daemon and what the
 * heading marks of a reply become; must not know what a table holds.
 *
 * The socket is a blocking one: waiting for its one answer is all that this
 * program does.
 */
#include "ctl/client.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ctl/wire.h"
#include "lib/buf.h"
#include "lib/diag.h"

static int try_connect(const struct sockaddr_un *addr, int *ret)
{
	int fd, err;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;

	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr))) {
		err = -errno;
		close(fd);
		return err;
	}

	*ret = fd;
	return 0;
}

static int connect_error(const char *path, int err, struct diag *diag)
{
	switch (err) {
	case -ENOENT:
		return diag_set(diag, err,
				"daemon not running, there is no %s (options -i and -u name another)",
				path);
	case -ECONNREFUSED:
		return diag_set(diag, err, "daemon not running, nobody at %s", path);
	case -EACCES:
	case -EPERM:
		return diag_set(diag, err, "no permission for %s, root is needed",
				path);
	default:
		return diag_set(diag, err, "cannot connect to %s: %s", path,
				strerror(-err));
	}
}

int client_connect(const char *path, int *ret, struct diag *diag)
{
	const struct timespec pause = { .tv_nsec = CLIENT_PAUSE_MS * 1000000L };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int tries = CLIENT_TRIES;
	int err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return diag_set(diag, -ENAMETOOLONG,
				"%s: socket path longer than %zu characters",
				path, sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);

	err = try_connect(&addr, ret);
	while (err == -ECONNREFUSED && tries-- > 0) {
		nanosleep(&pause, NULL);
		err = try_connect(&addr, ret);
	}

	return err ? connect_error(path, err, diag) : 0;
}

static int send_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}

	return 0;
}

/*
 * A daemon that rejects a request may close before it has read all of it: what
 * it said comes first, the error of the connection after.
 */
static int receive_all(int fd, struct buf *reply)
{
	char chunk[16384];
	ssize_t n;

	for (;;) {
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && reply->len == 0)
			return -errno;
		if (n <= 0)
			return buf_error(reply);
		buf_add(reply, chunk, (size_t)n);
	}
}

int client_encode(char cmd, const char *const *args, size_t n,
		  struct buf *request, struct diag *diag)
{
	int err = wire_encode(cmd, args, n, request);

	if (err == -EMSGSIZE)
		return diag_set(diag, err, "command longer than %d bytes",
				WIRE_REQUEST_MAX);

	return err ? diag_set(diag, err, "%s", strerror(-err)) : 0;
}

int client_exchange(const char *path, const char *data, size_t len,
		    struct buf *reply, struct diag *diag)
{
	int fd, err;

	err = client_connect(path, &fd, diag);
	if (err)
		return err;

	err = send_all(fd, data, len);
	if (!err || err == -EPIPE)
		err = receive_all(fd, reply);
	if (err)
		diag_set(diag, err, "lost the daemon: %s", strerror(-err));
	close(fd);

	return err;
}

int client_request(const char *path, char cmd, const char *const *args,
		   size_t n, struct buf *reply, struct diag *diag)
{
	struct buf request = BUF_INIT;
	int err;

	err = client_encode(cmd, args, n, &request, diag);
	if (!err)
		err = client_exchange(path, request.data, request.len, reply,
				      diag);
	buf_fini(&request);

	return err;
}

struct client_style client_style_of(int fd)
{
	struct client_style style = {
		.headings = HEADINGS_PLAIN,
		.width = CLIENT_WIDTH,
	};
	struct winsize size;

	if (!isatty(fd))
		return style;

	style.headings = HEADINGS_TERMINAL;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		style.width = size.ws_col;

	return style;
}

static void print_rule(char c, size_t len, FILE *out)
{
	size_t i;

	for (i = 0; i < len || i < CLIENT_WIDTH; i++)
		putc(c, out);
	putc('\n', out);
}

static void print_title(const char *line, size_t len,
			const struct client_style *style, FILE *out)
{
	switch (style->headings) {
	case HEADINGS_NONE:
		break;
	case HEADINGS_PLAIN:
		print_rule('_', len, out);
		fprintf(out, "%.*s\n", (int)len, line);
		break;
	case HEADINGS_TERMINAL:
		fprintf(out, "\033[4m%*s\033[0m\n%.*s\n", (int)style->width, "",
			(int)len, line);
		break;
	}
}

static void print_header(const char *line, size_t len,
			 const struct client_style *style, FILE *out)
{
	switch (style->headings) {
	case HEADINGS_NONE:
		break;
	case HEADINGS_PLAIN:
		print_rule('=', len, out);
		fprintf(out, "%.*s\n", (int)len, line);
		print_rule('=', len, out);
		break;
	case HEADINGS_TERMINAL:
		fprintf(out, "\033[7m%-*.*s\033[0m\n", (int)style->width,
			(int)len, line);
		break;
	}
}

static void print_line(const char *line, size_t len,
		       const struct client_style *style, FILE *out)
{
	char mark = len > 0 ? line[len - 1] : '\0';

	if (mark == '_') {
		print_title(line, len - 1, style, out);
	} else if (mark == '=') {
		print_header(line, len - 1, style, out);
	} else {
		fwrite(line, 1, len, out);
		putc('\n', out);
	}
}

void client_print(const char *text, size_t len,
		  const struct client_style *style, FILE *out)
{
	const char *end = text + len;
	const char *eol;

	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', (size_t)(end - text));
		if (!eol)
			eol = end;
		print_line(text, (size_t)(eol - text), style, out);
	}
}
