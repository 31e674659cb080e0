/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a loaded configuration.  Knows how directives and names are
 * kept and freed; must not know where they come from.
 *
 * They live in large blocks, mapped and not from malloc(): a configuration is
 * gone as soon as it is applied, and 100,000 small holes between the rules made
 * from it would stay with the process.
 */
#include "ctl/conf-store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/hash.h"

/* Mapped at once; pages that are not written to cost nothing. */
#define BLOCK_SIZE (256u << 10)

struct conf_block {
	struct conf_block *next;
	size_t size;		/* with this head */
	size_t used;
};

/* Its name, in a set. */
struct conf_file {
	UT_hash_handle hh;
	char name[];
};

/* Of `size` bytes and the head at least; the first in the list from now on. */
static struct conf_block *block_new(struct conf *conf, size_t size)
{
	struct conf_block *block;

	size += sizeof(*block);
	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;

	block = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;

	block->next = conf->blocks;
	block->size = size;
	block->used = sizeof(*block);
	conf->blocks = block;
	return block;
}

/* Zeroed.  `align` is a power of two, at most that of a block's head. */
static void *store_alloc(struct conf *conf, size_t size, size_t align)
{
	struct conf_block *block = conf->blocks;
	size_t at = 0;

	if (block)
		at = (block->used + align - 1) & ~(align - 1);
	if (!block || at > block->size || size > block->size - at) {
		block = block_new(conf, size);
		if (!block)
			return NULL;
		at = block->used;
	}

	block->used = at + size;
	return (char *)block + at;
}

static const char *store_text(struct conf *conf, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = store_alloc(conf, size, 1);

	return copy ? memcpy(copy, text, size) : NULL;
}

const char *conf_add_file(struct conf *conf, const char *path)
{
	size_t len = strlen(path);
	struct conf_file *file;

	HASH_FIND(hh, conf->files, path, len, file);
	if (file)
		return file->name;

	file = store_alloc(conf, sizeof(*file) + len + 1,
			   _Alignof(struct conf_file));
	if (!file)
		return NULL;

	memcpy(file->name, path, len);
	HASH_ADD_KEYPTR(hh, conf->files, file->name, len, file);

	return file->hh.tbl ? file->name : NULL;
}

static int store_ifname(struct conf *conf, const struct directive *last,
			struct directive *copy)
{
	if (!copy->ifname)
		return 0;

	if (last && last->ifname && strcmp(last->ifname, copy->ifname) == 0)
		copy->ifname = last->ifname;
	else
		copy->ifname = store_text(conf, copy->ifname);

	return copy->ifname ? 0 : -ENOMEM;
}

static bool same_oifs(const struct directive *a, const struct directive *b)
{
	size_t i;

	if (a->n_oifs != b->n_oifs)
		return false;

	for (i = 0; i < a->n_oifs; i++) {
		if (strcmp(a->oifs[i], b->oifs[i]) != 0)
			return false;
	}

	return true;
}

static int store_oifs(struct conf *conf, const struct directive *last,
		      struct directive *copy)
{
	const char **oifs;
	size_t i;

	if (last && same_oifs(last, copy)) {
		copy->oifs = last->oifs;
		return 0;
	}

	oifs = store_alloc(conf, copy->n_oifs * sizeof(*oifs),
			   _Alignof(const char *));
	if (!oifs)
		return -ENOMEM;

	for (i = 0; i < copy->n_oifs; i++) {
		oifs[i] = store_text(conf, copy->oifs[i]);
		if (!oifs[i])
			return -ENOMEM;
	}

	copy->oifs = oifs;
	return 0;
}

static int conf_grow(struct conf *conf)
{
	size_t cap = conf->cap ? conf->cap * 2 : 64;
	const struct directive **grown;

	if (conf->n < conf->cap)
		return 0;

	grown = reallocarray(conf->directives, cap, sizeof(*grown));
	if (!grown)
		return -ENOMEM;

	conf->directives = grown;
	conf->cap = cap;
	return 0;
}

/* Neighbours tend to have the same interfaces: these are kept once. */
int conf_add_directive(struct conf *conf, const struct directive *directive)
{
	const struct directive *last;
	struct directive *copy;
	int err;

	err = conf_grow(conf);
	if (err)
		return err;

	copy = store_alloc(conf, sizeof(*copy), _Alignof(struct directive));
	if (!copy)
		return -ENOMEM;

	*copy = *directive;
	last = conf->n > 0 ? conf->directives[conf->n - 1] : NULL;
	err = store_ifname(conf, last, copy);
	if (!err)
		err = store_oifs(conf, last, copy);
	if (err)
		return err;

	conf->directives[conf->n++] = copy;
	return 0;
}

void conf_fini(struct conf *conf)
{
	struct conf_block *block;

	free(conf->directives);
	HASH_CLEAR(hh, conf->files);
	while ((block = conf->blocks)) {
		conf->blocks = block->next;
		munmap(block, block->size);
	}

	memset(conf, 0, sizeof(*conf));
}
