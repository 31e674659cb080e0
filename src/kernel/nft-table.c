/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries the netfilter guard's messages to the kernel and tells what became of
 * them.  Knows transactions, and which features which kernels refuse; must not
 * know the router, nor decide when a table is wanted.
 *
 * nfnetlink (net/netfilter/nfnetlink.c) goes through a whole batch even after
 * an error, and answers at its end: an error for each message that failed, and
 * an acknowledgement, of the last one here, that comes also after a failure.
 * When it cannot even list errors, or cannot commit, the error names the batch
 * header.  So the answer is complete with the last message or the header.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "kernel/nft-table.h"
#include "lib/diag.h"

/* af_netlink.c keeps this much of the send buffer to itself. */
#define SEND_RESERVE 32

/* Datagrams of a given up dump: of about a hundred elements each. */
#define DUMP_REST_MAX 65536

enum keys_how {
	KEYS_ADD,
	KEYS_DEL,
	KEYS_PURGE,		/* add, then delete: works for missing keys */
	KEYS_RENEW,		/* likewise; then they are added */
};

void nft_table_init(struct nft_table *table, const char *ident,
		    unsigned int number)
{
	memset(table, 0, sizeof(*table));
	table->nl.fd = -1;
	nft_table_name(ident, number, table->name);
}

static int socket_setup(struct nft_table *table, int fd)
{
	int on = 1, size;
	socklen_t len = sizeof(size);

	netlink_set_sndbuf(fd, NFT_SEND_BUFFER);
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len))
		return -errno;
	table->limit = size > SEND_RESERVE ? (size_t)size - SEND_RESERVE : 0;
	/* Else an error brings the message back, up to 64 KiB of it. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		return -errno;
	return 0;
}

int nft_table_open(struct nft_table *table, int fd)
{
	struct netlink nl = NETLINK_CLOSED;
	int err;

	if (table->nl.fd >= 0)
		return 0;
	err = netlink_open(&nl, NETLINK_NETFILTER);
	if (err)
		return err;
	err = socket_setup(table, nl.fd);
	if (!err)
		err = netlink_move(&nl, fd);
	if (err) {
		netlink_close(&nl);
		return err;
	}
	table->nl = nl;
	return 0;
}

static void batch_begin(const struct nft_table *table, struct nft_batch *batch)
{
	batch->seq = table->nl.seq + 1;
	nft_batch_begin(batch);
}

static uint16_t batch_type(const struct nft_batch *batch, uint32_t seq)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)batch->data;
	int left = (int)batch->len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq == seq)
			return nlh->nlmsg_type & 0xff;
	}
	return 0;
}

/* The state of the answer to a batch. */
struct verdict {
	int err;		/* the first */
	uint32_t seq;		/* of the message that has it */
	bool done;
};

static void take_answer(const struct nft_batch *batch,
			const struct nlmsghdr *nlh, struct verdict *verdict)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	int err = -EPROTO;

	if (nlh->nlmsg_type != NLMSG_ERROR ||
	    nlh->nlmsg_seq - batch->first >= batch->seq - batch->first)
		return;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error->error))
		err = error->error;
	/* That errno has a meaning of its own, see batch_send(). */
	if (err == -EIO)
		err = -EPROTO;
	if (err && !verdict->err) {
		verdict->err = err;
		verdict->seq = nlh->nlmsg_seq;
	}
	if (nlh->nlmsg_seq == batch->last ||
	    (err && nlh->nlmsg_seq == batch->first))
		verdict->done = true;
}

static int batch_wait(const struct nft_table *table,
		      const struct nft_batch *batch, struct verdict *verdict)
{
	_Alignas(struct nlmsghdr) char buf[NETLINK_RECV_MAX];
	const struct nlmsghdr *nlh;
	int len;

	while (!verdict->done) {
		len = netlink_recv(&table->nl, buf);
		if (len < 0)
			return -EIO;
		nlh = (const struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			take_answer(batch, nlh, verdict);
	}
	return verdict->err;
}

/*
 * One transaction: 0 when it is committed, else -errno and nothing of it is in
 * place, but for -EIO: the answer is lost, it may be.  `ret_type` (may be NULL)
 * is the message that was refused, NFT_MSG_... or that of the batch header.
 */
static int batch_send(struct nft_table *table, struct nft_batch *batch,
		      uint16_t *ret_type)
{
	struct verdict verdict = { .err = 0 };
	int err;

	nft_batch_end(batch);
	table->nl.seq = batch->seq - 1;
	if (batch->len > table->limit)
		return -EMSGSIZE;
	err = netlink_send(&table->nl, batch->data, batch->len);
	if (err)
		return err == -EIO ? -EPROTO : err;
	err = batch_wait(table, batch, &verdict);
	if (verdict.err && ret_type)
		*ret_type = batch_type(batch, verdict.seq);
	return err;
}

static int skip(void *arg, const struct nlmsghdr *nlh)
{
	(void)arg;
	(void)nlh;
	return 0;
}

/* A dump that was given up half-way has to end before the next: -EBUSY. */
static void dump_settle(struct nft_table *table)
{
	netlink_drain(&table->nl, DUMP_REST_MAX, skip, NULL);
}

static int on_found(void *arg, const struct nlmsghdr *nlh)
{
	return nft_parse_table(nlh, arg);
}

int nft_table_look(struct nft_table *table, struct nft_found *ret)
{
	_Alignas(struct nlmsghdr) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nft_found found = { .handle = 0 };
	int err;

	err = netlink_request(&table->nl, nft_msg_get_table(buf, table->name),
			      on_found, &found);
	if (!err)
		*ret = found;
	return err;
}

bool nft_table_is_stale(const struct nft_table *table,
			const struct nft_found *found)
{
	return found->marked &&
	       (!found->owner || found->owner == table->nl.portid);
}

static bool is_unknown(int err)
{
	return err == -EINVAL || err == -EOPNOTSUPP;
}

/* What an older kernel refuses is left out; races are worth another look. */
static bool is_worth_retry(struct nft_table *table, uint16_t type, int err)
{
	switch (type) {
	case NFT_MSG_NEWTABLE:
		if (err == -EEXIST)
			return true;
		if (table->no_owner || !is_unknown(err))
			return false;
		return table->no_owner = true;
	case NFT_MSG_NEWSET:
		if (table->no_counter || !is_unknown(err))
			return false;
		return table->no_counter = true;
	case NFT_MSG_DELTABLE:
		return err == -ENOENT;
	default:
		return false;
	}
}

static int make_refused(const struct nft_table *table, uint16_t type, int err,
			struct diag *diag)
{
	const char *what, *missing;
	int errnum = -err;

	nft_setup_explain(type, &what, &missing);
	if (err == -EPERM)
		missing = "CAP_NET_ADMIN";
	else if (err == -ENOENT || err == -EAFNOSUPPORT)
		err = -EOPNOTSUPP;
	else if (!is_unknown(err))
		return diag_set(diag, err, "netfilter: %s of table %s: %s",
				what, table->name, strerror(errnum));
	return diag_set(diag, err,
			"netfilter: %s of table %s: %s, %s is likely missing",
			what, table->name, strerror(errnum), missing);
}

int nft_table_make(struct nft_table *table, uint64_t stale, struct diag *diag)
{
	_Alignas(struct nlmsghdr) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nft_batch batch = { .data = buf };
	const struct nft_setup setup = {
		.name = table->name,
		.stale = stale,
		.owner = !table->no_owner,
		.counter = !table->no_counter,
	};
	uint16_t type = 0;
	int err;

	batch_begin(table, &batch);
	nft_batch_setup(&batch, &setup);
	err = batch_send(table, &batch, &type);
	/* With the answer lost it may be there. */
	table->made |= !err || err == -EIO;
	if (!err)
		return 0;
	if (is_worth_retry(table, type, err))
		return -EAGAIN;
	return make_refused(table, type, err, diag);
}

struct rules_arg {
	const char *name;
	struct nft_trace *trace;
};

static int on_rule(void *arg, const struct nlmsghdr *nlh)
{
	const struct rules_arg *rules = arg;
	struct nft_trace *trace = rules->trace;
	uint64_t handle;
	int err;

	err = nft_parse_rule(nlh, rules->name, &handle);
	if (err || !handle)
		return err;
	if (trace->rule_count < FAMILY_COUNT)
		trace->rules[trace->rule_count] = handle;
	trace->rule_count++;
	return 0;
}

static void rules_restart(void *arg)
{
	const struct rules_arg *rules = arg;

	rules->trace->rule_count = 0;
}

static int trace_take(struct nft_table *table, struct nft_trace *ret)
{
	_Alignas(struct nlmsghdr) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nft_trace trace = { .table = 0 };
	struct rules_arg arg = { table->name, &trace };
	struct nft_found found;
	int err;

	err = nft_table_look(table, &found);
	if (err)
		return err;
	trace.table = found.handle;
	dump_settle(table);
	err = netlink_dump(&table->nl, nft_msg_dump_rules(buf, table->name),
			   on_rule, rules_restart, &arg);
	if (err)
		return err;
	if (!found.marked || found.dormant || trace.rule_count != FAMILY_COUNT)
		return -ENOENT;
	*ret = trace;
	return 0;
}

int nft_table_trace(struct nft_table *table)
{
	return trace_take(table, &table->trace);
}

bool nft_table_is_intact(struct nft_table *table)
{
	struct nft_trace now;

	return !trace_take(table, &now) && now.table == table->trace.table &&
	       !memcmp(now.rules, table->trace.rules, sizeof(now.rules));
}

int nft_table_remove(struct nft_table *table)
{
	_Alignas(struct nlmsghdr) char buf[NFT_SETUP_SIZE] = { 0 };
	struct nft_batch batch = { .data = buf };
	struct nft_found found;
	int err;

	if (!table->made)
		return 0;
	err = nft_table_look(table, &found);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (!nft_table_is_stale(table, &found))
		return 0;
	batch_begin(table, &batch);
	nft_batch_del_table(&batch, table->name, found.handle);
	return batch_send(table, &batch, NULL);
}

static int keys_batch(struct nft_table *table, enum keys_how how,
		      const struct guard_key *keys, size_t n)
{
	/* For all verbs, and generously: exactness is not worth a pass. */
	size_t size = 3 * (NFT_BATCH_OVERHEAD + n * NFT_ELEM_SIZE_MAX);
	struct nft_batch batch = { .data = calloc(1, size) };
	int err;

	if (!batch.data)
		return -ENOMEM;
	batch_begin(table, &batch);
	if (how != KEYS_DEL)
		nft_batch_keys(&batch, table->name, NFT_ADD, keys, n);
	if (how != KEYS_ADD)
		nft_batch_keys(&batch, table->name, NFT_DEL, keys, n);
	if (how == KEYS_RENEW)
		nft_batch_keys(&batch, table->name, NFT_ADD, keys, n);
	err = batch_send(table, &batch, NULL);
	free(batch.data);
	return err;
}

static bool is_too_big(int err)
{
	return err == -EMSGSIZE || err == -ENOBUFS || err == -ENOMEM;
}

/* In as few transactions as go; `*done` counts the keys of those committed. */
static int keys_send(struct nft_table *table, enum keys_how how,
		     const struct guard_key *keys, size_t n, size_t *done)
{
	static const size_t verbs[] = {
		[KEYS_ADD] = 1, [KEYS_DEL] = 1, [KEYS_PURGE] = 2,
		[KEYS_RENEW] = 3,
	};
	size_t fit, limit = table->limit;
	int err;

	for (*done = 0; *done < n; *done += fit) {
		fit = nft_keys_fit(keys + *done, n - *done,
				   limit / verbs[how]);
		if (!fit)
			return -EMSGSIZE;
		err = keys_batch(table, how, keys + *done, fit);
		if (is_too_big(err) && limit >= 2 * NFT_BATCH_MIN) {
			limit /= 2;
			fit = 0;
		} else if (err) {
			return err;
		}
	}
	return 0;
}

int nft_table_add(struct nft_table *table, const struct guard_key *keys,
		  size_t n, bool renew)
{
	size_t done, undone;
	int err;

	err = keys_send(table, renew ? KEYS_RENEW : KEYS_ADD, keys, n, &done);
	if (!err || err == -ENOENT)
		return err;
	/* The answer is lost: the batch behind `done` may be in place too. */
	if (err == -EIO)
		done = n;
	if (keys_send(table, KEYS_PURGE, keys, done, &undone))
		return -ENOTRECOVERABLE;
	return err;
}

int nft_table_del(struct nft_table *table, const struct guard_key *keys,
		  size_t n)
{
	size_t done;
	int err;

	err = keys_send(table, KEYS_DEL, keys, n, &done);
	if (err == -ENOENT)
		err = keys_send(table, KEYS_PURGE, keys, n, &done);
	return err;
}

struct count_arg {
	enum family family;
	guard_count_fn *fn;
	void *arg;
};

static int on_keys(void *arg, const struct nlmsghdr *nlh)
{
	const struct count_arg *count = arg;

	return nft_parse_keys(nlh, count->family, count->fn, count->arg);
}

int nft_table_count(struct nft_table *table, const struct guard_key *keys,
		    size_t n, guard_count_fn *fn, void *arg)
{
	int err = 0, family;

	for (family = 0; family < FAMILY_COUNT && !err; family++) {
		_Alignas(struct nlmsghdr) char buf[NFT_SETUP_SIZE] = { 0 };
		struct count_arg count = { (enum family)family, fn, arg };
		struct nlmsghdr *nlh;

		nlh = nft_msg_get_keys(buf, table->name, count.family, keys, n);
		if (nlh)
			err = netlink_request(&table->nl, nlh, on_keys,
					      &count);
	}
	return err;
}
