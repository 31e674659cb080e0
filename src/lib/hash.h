/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uthash and utlist, as this project uses them: a keyed hash function (senders
 * choose the keys: source and group of any packet), and out of memory is an
 * error of the one insertion.  Include this, never uthash.h itself.
 *
 * After HASH_ADD* the caller checks the element's `hh.tbl`: NULL means that it
 * was not added for lack of memory.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* SipHash-1-3 (Aumasson, Bernstein 2012), cut to the 32 bits uthash wants. */
uint32_t hash_bytes(const void *data, size_t len);

/*
 * Sets the key, once, before the first table; from getrandom(2).  Without a
 * call the key is all zero, so that tests are repeatable.
 */
void hash_set_key(const uint8_t key[16]);

#define HASH_FUNCTION(keyptr, keylen, hashv) \
	((hashv) = hash_bytes((keyptr), (keylen)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(elt) ((void)(elt))

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wimplicit-fallthrough"
#endif
#include <uthash.h>
#include <utlist.h>
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif
