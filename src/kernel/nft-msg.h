/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of nf_tables: the table, sets, chain and rules of the netfilter
 * guard as netlink wants them, and what comes back taken apart.  Nothing here
 * touches a socket.
 *
 * Sources: linux/netfilter/nf_tables.h, and for what only nft(8) reads (user
 * data, data types) libnftnl's udata.h and nftables' datatype.h.
 */
#ifndef KERNEL_NFT_MSG_H
#define KERNEL_NFT_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel.h"

struct nlmsghdr;

/* NFT_NAME_MAXLEN: longest name of a table with its final NUL. */
#define NFT_NAME_SIZE 256

/* Our base chain. */
#define NFT_CHAIN "prerouting"

/* The comment that marks a table as made by this program. */
#define NFT_TABLE_MARK "smcrouted hairpin guard"

/* NFTNL_UDATA_TABLE_COMMENT, libnftnl/udata.h: a comment with its NUL. */
#define NFT_UDATA_TABLE_COMMENT 0

/* Enough for every batch without elements. */
#define NFT_SETUP_SIZE 8192

/* Bytes that a batch needs besides its elements, messages included. */
#define NFT_BATCH_OVERHEAD 4096

/* An IPv6 key as an element: three headers, interface, two addresses. */
#define NFT_ELEM_SIZE_MAX 48

/* Most bytes of a nested attribute: struct nlattr has 16 bits of length. */
#define NFT_NEST_MAX 65535

/* One transaction.  Each message has a sequence number, counted up by one. */
struct nft_batch {
	char *data;		/* the caller's, aligned, all zero: see below */
	size_t len;
	uint32_t first;		/* sequence number of the batch header */
	uint32_t seq;		/* the next one */
	uint32_t last;		/* of the message that is acknowledged */
};

/* What the setup of a table may differ in. */
struct nft_setup {
	const char *name;
	uint64_t stale;		/* handle of the table it replaces; 0: none */
	bool owner;		/* NFT_TABLE_F_OWNER, since Linux 5.12 */
	bool counter;		/* counters in the sets, since Linux 5.7 */
};

/* Answer to nft_msg_get_table(). */
struct nft_found {
	uint64_t handle;
	uint32_t owner;		/* port id; 0: none */
	bool marked;		/* has our comment */
	bool dormant;
};

/* A notification of the group NFNLGRP_NFTABLES. */
struct nft_event {
	uint16_t type;		/* NFT_MSG_... */
	uint32_t port;		/* port id of who did it */
	bool ours;		/* names our table */
	/* of NFT_MSG_NEWGEN, which ends a transaction; "" when unknown */
	char process[16];	/* TASK_COMM_LEN */
};

enum nft_verb {
	NFT_ADD,		/* what is there already is no error */
	NFT_DEL,
};

/*
 * "smcrouted-IDENT-TABLE".  Bytes of `ident` that nft(8) would not read back
 * become "/XX", X a hexadecimal digit; what is too long is cut.
 */
void nft_table_name(const char *ident, unsigned int table,
		    char ret[NFT_NAME_SIZE]);

/* "hairpin4" or "hairpin6". */
const char *nft_set_name(enum family family);

/* A message of NFT_MSG_`msg` about family inet, alone or at a batch's end. */
struct nlmsghdr *nft_msg_begin(void *buf, uint16_t msg, uint16_t flags);
struct nlmsghdr *nft_batch_msg(struct nft_batch *batch, uint16_t msg,
			       uint16_t flags);
void nft_batch_close(struct nft_batch *batch, const struct nlmsghdr *nlh);

/*
 * Building a batch: begin, any of the messages, end.  `data` must have room
 * (see NFT_SETUP_SIZE and NFT_ELEM_SIZE_MAX), and be all zero: libmnl leaves
 * the padding of attributes as it is.
 */
void nft_batch_begin(struct nft_batch *batch);
void nft_batch_setup(struct nft_batch *batch, const struct nft_setup *setup);
void nft_batch_del_table(struct nft_batch *batch, const char *name,
			 uint64_t handle);
void nft_batch_keys(struct nft_batch *batch, const char *name,
		    enum nft_verb verb, const struct guard_key *keys, size_t n);
void nft_batch_end(struct nft_batch *batch);

/* How many of the `n` keys fit into a batch of `size` bytes. */
size_t nft_keys_fit(const struct guard_key *keys, size_t n, size_t size);

/* Single requests, in `buf` of NFT_SETUP_SIZE bytes that are all zero. */
struct nlmsghdr *nft_msg_get_table(void *buf, const char *name);
struct nlmsghdr *nft_msg_dump_rules(void *buf, const char *name);

/*
 * Asks for keys of one family among the `n` (at most GUARD_COUNT_MAX); NULL:
 * there is none.
 */
struct nlmsghdr *nft_msg_get_keys(void *buf, const char *name,
				  enum family family,
				  const struct guard_key *keys, size_t n);

/* True for a whole message of NFT_MSG_`msg`. */
bool nft_msg_is(const struct nlmsghdr *nlh, uint16_t msg);

/* Each: 0, or -EINVAL when the message is not what it should be. */
int nft_parse_table(const struct nlmsghdr *nlh, struct nft_found *ret);

/* Handle of a rule of our chain; 0 for a rule of another one. */
int nft_parse_rule(const struct nlmsghdr *nlh, const char *name,
		   uint64_t *ret);

/* Calls `fn` for every key of a part of the answer to it. */
int nft_parse_keys(const struct nlmsghdr *nlh, enum family family,
		   guard_count_fn *fn, void *arg);

int nft_parse_event(const struct nlmsghdr *nlh, const char *name,
		    struct nft_event *ret);

/*
 * What the message of that type of a setup makes, and what a kernel that
 * refuses it likely lacks; static texts.
 */
void nft_setup_explain(uint16_t type, const char **ret_what,
		       const char **ret_missing);

#endif
