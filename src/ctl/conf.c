/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files.  Knows files, lines and inclusion, and owns what was
 * read; must not know what a statement other than `include` says, nor apply
 * one.
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

#include "ctl/grammar.h"
#include "ctl/words.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/hash.h"

/* Its name, in a set. */
struct conf_file {
	UT_hash_handle hh;
	char name[];
};

struct loader {
	struct conf conf;
	report_fn *report;
	void *arg;
	size_t n_files;		/* opened so far */
	unsigned int depth;
};

static int load_file(struct loader *loader, const char *path);

__attribute__((format(printf, 3, 4)))
static void finding(struct loader *loader, struct place *place,
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

/* The name of a file, kept for as long as the directives. */
static const char *intern(struct conf *conf, const char *path)
{
	size_t len = strlen(path);
	struct conf_file *file;

	HASH_FIND(hh, conf->files, path, len, file);
	if (file)
		return file->name;

	file = calloc(1, sizeof(*file) + len + 1);
	if (!file)
		return NULL;

	memcpy(file->name, path, len);
	HASH_ADD_KEYPTR(hh, conf->files, file->name, len, file);
	if (!file->hh.tbl) {
		free(file);
		return NULL;
	}

	return file->name;
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

/*
 * A copy in one allocation: the directive, its list of names, and the texts.
 */
static struct directive *directive_copy(const struct directive *from)
{
	size_t ifname_len = from->ifname ? strlen(from->ifname) + 1 : 0;
	size_t size = sizeof(*from) + from->n_oifs * sizeof(char *);
	struct directive *copy;
	const char **oifs;
	size_t i;
	char *text;

	size += ifname_len;
	for (i = 0; i < from->n_oifs; i++)
		size += strlen(from->oifs[i]) + 1;

	copy = malloc(size);
	if (!copy)
		return NULL;

	*copy = *from;
	oifs = (const char **)(copy + 1);
	text = (char *)(oifs + from->n_oifs);
	if (from->ifname)
		copy->ifname = memcpy(text, from->ifname, ifname_len);
	text += ifname_len;

	for (i = 0; i < from->n_oifs; i++) {
		size_t len = strlen(from->oifs[i]) + 1;

		oifs[i] = memcpy(text, from->oifs[i], len);
		text += len;
	}
	copy->oifs = oifs;

	return copy;
}

static int conf_add(struct conf *conf, const struct directive *directive)
{
	const struct directive **grown;
	struct directive *copy;
	size_t cap;

	if (conf->n == conf->cap) {
		cap = conf->cap ? conf->cap * 2 : 64;
		grown = reallocarray(conf->directives, cap, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		conf->directives = grown;
		conf->cap = cap;
	}

	copy = directive_copy(directive);
	if (!copy)
		return -ENOMEM;

	conf->directives[conf->n++] = copy;
	return 0;
}

/* Loads one file of an inclusion; only -ENOMEM ends the whole load. */
static int include_file(struct loader *loader, struct place *place,
			const char *path)
{
	int err;

	if (loader->depth >= CONF_DEPTH_MAX) {
		finding(loader, place, "%s: files include files %d deep", path,
			CONF_DEPTH_MAX);
		return 0;
	}

	err = load_file(loader, path);
	if (err == -ENOMEM)
		return err;
	if (err)
		finding(loader, place, "cannot read %s: %s", path,
			strerror(-err));

	return 0;
}

static int include_pattern(struct loader *loader, struct place *place,
			   const char *pattern)
{
	glob_t found;
	size_t i;
	int err;

	if (!pattern) {
		finding(loader, place, "include: no file given");
		return 0;
	}

	err = glob(pattern, 0, NULL, &found);
	if (err == GLOB_NOMATCH)
		return 0;
	if (err == GLOB_NOSPACE)
		return -ENOMEM;
	if (err) {
		finding(loader, place, "include %s: cannot be read", pattern);
		return 0;
	}

	for (i = 0; i < found.gl_pathc && !err; i++) {
		if (loader->n_files >= CONF_FILES_MAX) {
			finding(loader, place, "include %s: more than %d files",
				pattern, CONF_FILES_MAX);
			break;
		}
		err = include_file(loader, place, found.gl_pathv[i]);
	}

	globfree(&found);
	return err;
}

static int load_words(struct loader *loader, struct place *place,
		      const struct words *words)
{
	struct directive directive;

	if (words->n == 0)
		return 0;

	if (strcmp(words->word[0], "include") == 0)
		return include_pattern(loader, place,
				       words->n > 1 ? words->word[1] : NULL);

	if (grammar_conf(place, words->word, words->n, &directive))
		return 0;

	return conf_add(&loader->conf, &directive);
}

static int load_line(struct loader *loader, struct place *place, char *line,
		     size_t len)
{
	struct words words;
	int err;

	if (memchr(line, '\0', len)) {
		finding(loader, place, "line with a NUL byte dropped");
	} else {
		err = words_split(line, &words);
		if (err)
			return err;

		err = load_words(loader, place, &words);
		words_fini(&words);
		if (err)
			return err;
	}

	if (place->bad)
		loader->conf.errors++;

	return 0;
}

/* `text` has one NUL behind its last byte; lines are cut in place. */
static int load_text(struct loader *loader, const char *name, char *text,
		     size_t len)
{
	char *end = text + len;
	unsigned int n = 0;
	char *line, *next;
	int err = 0;

	for (line = text; line < end && !err; line = next) {
		struct place place = {
			.file = name,
			.line = ++n,
			.report = loader->report,
			.arg = loader->arg,
		};
		char *eol = memchr(line, '\n', (size_t)(end - line));

		if (!eol)
			eol = end;
		*eol = '\0';
		next = eol + 1;
		err = load_line(loader, &place, line, (size_t)(eol - line));
	}

	return err;
}

static int load_file(struct loader *loader, const char *path)
{
	struct buf text = BUF_INIT;
	const char *name;
	int err;

	loader->n_files++;
	err = read_file(path, &text);
	if (err)
		goto out_text;

	name = intern(&loader->conf, path);
	if (!name) {
		err = -ENOMEM;
		goto out_text;
	}

	loader->depth++;
	if (text.len > 0)
		err = load_text(loader, name, text.data, text.len);
	loader->depth--;

out_text:
	buf_fini(&text);
	return err;
}

int conf_load(const char *path, struct conf *ret, report_fn *report, void *arg)
{
	struct loader loader = { .report = report, .arg = arg };
	int err;

	err = load_file(&loader, path);
	if (err) {
		conf_fini(&loader.conf);
		return err;
	}

	*ret = loader.conf;
	return 0;
}

void conf_fini(struct conf *conf)
{
	struct conf_file *file, *next;
	size_t i;

	for (i = 0; i < conf->n; i++)
		free((void *)(uintptr_t)conf->directives[i]);
	free(conf->directives);

	HASH_ITER(hh, conf->files, file, next) {
		HASH_DELETE(hh, conf->files, file);
		free(file);
	}

	memset(conf, 0, sizeof(*conf));
}
