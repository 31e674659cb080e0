/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side of the socket, and how replies look on a terminal. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buf;
struct diag;

/* A socket that nobody listens on is tried again: a daemon may be starting. */
#define CLIENT_TRIES 30
#define CLIENT_PAUSE_MS 100

/* Width of a terminal that does not tell. */
#define CLIENT_WIDTH 79

/*
 * A connection, blocking and close-on-exec.  -errno with the reason in `diag`.
 */
int client_connect(const char *path, int *ret, struct diag *diag);

/* As wire_encode(), with the reason in `diag`. */
int client_encode(char cmd, const char *const *args, size_t n,
		  struct buf *request, struct diag *diag);

/*
 * Sends one request, `len` bytes, over a connection of its own and reads the
 * reply to its end into `reply`.  -errno with the reason in `diag`.
 */
int client_exchange(const char *path, const char *data, size_t len,
		    struct buf *reply, struct diag *diag);

/* Both: encodes a request and exchanges it for its reply. */
int client_request(const char *path, char cmd, const char *const *args,
		   size_t n, struct buf *reply, struct diag *diag);

enum client_headings {
	HEADINGS_NONE,
	HEADINGS_PLAIN,		/* ruled lines */
	HEADINGS_TERMINAL,	/* underlined and in reverse */
};

struct client_style {
	enum client_headings headings;
	unsigned int width;	/* columns of the terminal */
};

/*
 * HEADINGS_TERMINAL and its width when `fd` is a terminal, else
 * HEADINGS_PLAIN.
 */
struct client_style client_style_of(int fd);

/* Writes a table, `len` bytes with heading marks, the way `style` wants it. */
void client_print(const char *text, size_t len,
		  const struct client_style *style, FILE *out);

#endif
