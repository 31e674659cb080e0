/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files.  Knows files, lines and inclusion, and can stop and go
 * on at any line; must not know what a statement other than `include` says,
 * nor apply one, nor how it is kept.
 */
#include "ctl/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/conf-store.h"
#include "ctl/grammar.h"
#include "ctl/words.h"
#include "lib/buf.h"
#include "lib/diag.h"

/* A file that is being read, down to the line and inclusion it is at. */
struct frame {
	struct buf text;	/* lines are cut in place */
	size_t next;		/* where the next line starts */
	struct place place;	/* of the line before it */

	/* the inclusion under way; NULL: none */
	const char *pattern;	/* points into the text */
	glob_t found;
	size_t n_included;	/* of the files found */
};

struct conf_loader {
	struct conf conf;
	report_fn *report;
	void *arg;
	size_t n_files;		/* opened so far */
	size_t budget;		/* lines left of the slice */
	unsigned int depth;	/* frames in use; each includes the next */
	struct frame frame[CONF_DEPTH_MAX];
};

__attribute__((format(printf, 3, 4)))
static void finding(struct conf_loader *loader, struct place *place,
		    const char *fmt, ...)
{
	struct diag diag = { .file = place->file, .line = place->line };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(diag.text, sizeof(diag.text), fmt, ap);
	va_end(ap);

	place->bad = true;
	loader->report(loader->arg, NOTE_WARNING, &diag);
}

/* A FIFO may never end, and no reader can tell an empty one from a late one. */
static int open_file(const char *path)
{
	struct stat st;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;

	err = fstat(fd, &st) ? -errno : 0;
	if (!err && S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!err && !S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		err = -EINVAL;
	if (err) {
		close(fd);
		return err;
	}

	return fd;
}

/* Reads all of `path`; on failure `text` may hold a part. */
static int read_file(const char *path, struct buf *text)
{
	char chunk[16384];
	int fd, err = 0;
	ssize_t len;

	fd = open_file(path);
	if (fd < 0)
		return fd;

	for (;;) {
		len = read(fd, chunk, sizeof(chunk));
		if (len == 0)
			break;
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			err = -errno;
		else if (text->len + (size_t)len > CONF_FILE_MAX)
			err = -EFBIG;
		else
			buf_add(text, chunk, (size_t)len);
		if (!err)
			err = buf_error(text);
		if (err)
			break;
	}

	close(fd);
	return err;
}

static void spend(struct conf_loader *loader, size_t lines)
{
	loader->budget -= lines < loader->budget ? lines : loader->budget;
}

static int frame_push(struct conf_loader *loader, const char *path)
{
	struct buf text = BUF_INIT;
	const char *name;
	int err;

	loader->n_files++;
	err = read_file(path, &text);
	if (err)
		goto err_text;

	name = conf_add_file(&loader->conf, path);
	if (!name) {
		err = -ENOMEM;
		goto err_text;
	}

	loader->frame[loader->depth++] = (struct frame){
		.text = text,
		.place = {
			.file = name,
			.report = loader->report,
			.arg = loader->arg,
		},
	};
	return 0;

err_text:
	buf_fini(&text);
	return err;
}

static void frame_pop(struct conf_loader *loader)
{
	struct frame *frame = &loader->frame[--loader->depth];

	if (frame->pattern)
		globfree(&frame->found);
	buf_fini(&frame->text);
}

/* The line, and what it includes, has been read. */
static void line_end(struct conf_loader *loader, const struct frame *frame)
{
	if (frame->place.bad)
		loader->conf.errors++;
}

/* Finds the files; include_next() reads them. */
static int include_begin(struct conf_loader *loader, struct frame *frame,
			 const char *pattern)
{
	int err;

	if (!pattern) {
		finding(loader, &frame->place, "include: no file given");
		return 0;
	}

	spend(loader, CONF_INCLUDE_LINES);
	err = glob(pattern, 0, NULL, &frame->found);
	if (err == GLOB_NOMATCH)
		return 0;
	if (err == GLOB_NOSPACE)
		return -ENOMEM;
	if (err) {
		finding(loader, &frame->place, "include %s: cannot be read",
			pattern);
		return 0;
	}

	frame->pattern = pattern;
	frame->n_included = 0;
	return 0;
}

static void include_end(struct conf_loader *loader, struct frame *frame)
{
	globfree(&frame->found);
	frame->pattern = NULL;
	line_end(loader, frame);
}

/* Opens one file of an inclusion; only -ENOMEM ends the whole load. */
static int include_file(struct conf_loader *loader, struct place *place,
			const char *path)
{
	int err;

	if (loader->depth >= CONF_DEPTH_MAX) {
		finding(loader, place, "%s: files include files %d deep", path,
			CONF_DEPTH_MAX);
		return 0;
	}

	err = frame_push(loader, path);
	if (err == -ENOMEM)
		return err;
	if (err)
		finding(loader, place, "cannot read %s: %s", path,
			strerror(-err));

	return 0;
}

static int include_next(struct conf_loader *loader, struct frame *frame)
{
	if (frame->n_included == frame->found.gl_pathc) {
		include_end(loader, frame);
		return 0;
	}

	if (loader->n_files >= CONF_FILES_MAX) {
		finding(loader, &frame->place, "include %s: more than %d files",
			frame->pattern, CONF_FILES_MAX);
		include_end(loader, frame);
		return 0;
	}

	spend(loader, CONF_INCLUDE_LINES);
	return include_file(loader, &frame->place,
			    frame->found.gl_pathv[frame->n_included++]);
}

static int line_words(struct conf_loader *loader, struct frame *frame,
		      const struct words *words)
{
	struct directive directive;

	if (words->n == 0)
		return 0;

	if (strcmp(words->word[0], "include") == 0)
		return include_begin(loader, frame,
				     words->n > 1 ? words->word[1] : NULL);

	if (grammar_conf(&frame->place, words->word, words->n, &directive))
		return 0;

	return conf_add_directive(&loader->conf, &directive);
}

static int line_text(struct conf_loader *loader, struct frame *frame,
		     char *line, size_t len)
{
	struct words words;
	int err;

	if (memchr(line, '\0', len)) {
		finding(loader, &frame->place, "line with a NUL byte dropped");
		return 0;
	}

	err = words_split(line, &words);
	if (err)
		return err;

	err = line_words(loader, frame, &words);
	words_fini(&words);
	return err;
}

/* The text has one NUL behind its last byte. */
static int line_next(struct conf_loader *loader, struct frame *frame)
{
	char *line = frame->text.data + frame->next;
	size_t left = frame->text.len - frame->next;
	char *eol = memchr(line, '\n', left);
	size_t len = eol ? (size_t)(eol - line) : left;
	int err;

	spend(loader, 1);
	line[len] = '\0';
	frame->next += len + 1;
	frame->place.line++;
	frame->place.bad = false;

	err = line_text(loader, frame, line, len);
	if (err)
		return err;

	if (!frame->pattern)
		line_end(loader, frame);

	return 0;
}

int conf_begin(const char *path, report_fn *report, void *arg,
	       struct conf_loader **ret)
{
	struct conf_loader *loader = calloc(1, sizeof(*loader));
	int err;

	if (!loader)
		return -ENOMEM;

	loader->report = report;
	loader->arg = arg;
	err = frame_push(loader, path);
	if (err) {
		conf_cancel(loader);
		return err;
	}

	*ret = loader;
	return 0;
}

/* What costs nothing is done at once: the last line is followed by a 0. */
int conf_step(struct conf_loader *loader, size_t lines)
{
	struct frame *frame;
	int err = 0;

	loader->budget = lines;
	while (loader->depth > 0 && !err) {
		frame = &loader->frame[loader->depth - 1];

		if (!frame->pattern && frame->next >= frame->text.len)
			frame_pop(loader);
		else if (loader->budget == 0)
			return 1;
		else if (frame->pattern)
			err = include_next(loader, frame);
		else
			err = line_next(loader, frame);
	}

	return err;
}

void conf_take(struct conf_loader *loader, struct conf *ret)
{
	*ret = loader->conf;
	free(loader);
}

void conf_cancel(struct conf_loader *loader)
{
	while (loader->depth > 0)
		frame_pop(loader);
	conf_fini(&loader->conf);
	free(loader);
}

int conf_load(const char *path, struct conf *ret, report_fn *report, void *arg)
{
	struct conf_loader *loader;
	int err;

	err = conf_begin(path, report, arg, &loader);
	if (err)
		return err;

	do
		err = conf_step(loader, SIZE_MAX);
	while (err > 0);
	if (err) {
		conf_cancel(loader);
		return err;
	}

	conf_take(loader, ret);
	return 0;
}
