/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relay guard: its keys, the sockets that come and go with them, and the
 * loop from one to the other.  Must not know headers.
 *
 * A batch is looked at before any of it is taken out of the ring.  When a flow
 * in it has no key, waiting upcalls are served first, and these may change keys
 * and links, and drain the ring.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/relay.h"
#include "kernel/relay-watch.h"
#include "lib/diag.h"
#include "lib/htable.h"

/* Packets of one link before others get their turn. */
#define TURN_MAX 512

/*
 * A packet that wakes this process costs its sender more than all the rest of
 * its way.  When these come within less than WAKE_INTERVAL, the ring is looked
 * at every POLL_INTERVAL instead, until that finds less than POLL_LEAST.  All
 * in seconds; libev has milliseconds.
 */
#define WAKE_INTERVAL 0.0002
#define POLL_INTERVAL 0.001
#define POLL_LEAST 4

/*
 * Sockets without keys are kept for flows that are still to be learned, the
 * first packet of which would be lost else.  Every so many seconds it is asked
 * whether there may be such.
 */
#define LINGER 30.

struct relay_id {
	struct in6_addr source;
	struct in6_addr group;
	unsigned int ifindex;
};

struct relay_key {
	struct htable_node node;
	struct relay_id id;
	struct guard_key guard;
	struct guard_count count;
};

struct relay {
	struct relay_config config;
	struct htable keys;
	struct relay_link *links;
	struct relay_key *last;		/* found last; flows come in trains */
	struct relay_out out;
};

/* Keys */

static struct relay_key *key_find(struct relay *relay,
				  const struct in6_addr *source,
				  const struct in6_addr *group,
				  unsigned int ifindex)
{
	const struct relay_id id = { *source, *group, ifindex };

	if (relay->last && !memcmp(&relay->last->id, &id, sizeof(id)))
		return relay->last;
	relay->last = htable_find(&relay->keys, &id);
	return relay->last;
}

static struct relay_link *link_find(struct relay *relay,
				    struct relay_link_id id)
{
	struct relay_link *link;

	HASH_FIND(hh, relay->links, &id, sizeof(id), link);
	return link;
}

/* From the ring to the wire */

/*
 * Looks up what is next in the ring, without taking it; returns how many.
 * `ret_keys` has NULL for those that are not relayed.
 */
static unsigned int batch_peek(struct relay *relay,
			       const struct relay_link *link,
			       struct relay_key *ret_keys[RELAY_BATCH],
			       bool *ret_missed)
{
	struct in6_addr source, group;
	struct relay_packet packet;
	unsigned int n;

	*ret_missed = false;
	for (n = 0; n < RELAY_BATCH; n++) {
		if (!relay_ring_peek(&link->ring, link->id.family, n, &packet))
			break;
		ret_keys[n] = NULL;
		if (relay_packet_addresses(&packet, &source, &group))
			ret_keys[n] = key_find(relay, &source, &group,
					       link->id.ifindex);
		if (!ret_keys[n])
			*ret_missed = true;
	}
	return n;
}

static void batch_take(struct relay *relay, struct relay_link *link,
		       struct relay_key *const keys[], unsigned int n)
{
	struct relay_out *out = &relay->out;
	struct relay_frame frame;
	unsigned int i;

	link->mtu = 0;
	relay_queue_use(&out->queue, link->send_fd);
	for (i = 0; i < n; i++) {
		if (!relay_ring_next(&link->ring, link->id.family, out->large,
				     &frame))
			break;
		if (!keys[i])
			continue;
		relay_link_forward(link, out, &frame, &keys[i]->guard,
				   &keys[i]->count);
		if (frame.large)
			relay_queue_flush(&out->queue);
	}
	relay_queue_flush(&out->queue);
	relay_ring_release(&link->ring);
}

/* Returns how many packets it took out of the ring. */
static unsigned int link_batch(struct relay *relay, struct relay_link *link)
{
	struct relay_key *keys[RELAY_BATCH];
	bool missed;
	unsigned int n = batch_peek(relay, link, keys, &missed);

	batch_take(relay, link, keys, n);
	return n;
}

/* As link_batch(), but serves upcalls first if that may help. */
static unsigned int link_batch_learn(struct relay *relay,
				     struct relay_link_id id)
{
	struct relay_link *link = link_find(relay, id);
	struct relay_key *keys[RELAY_BATCH];
	unsigned int n = 0;
	bool missed;

	if (!link)
		return 0;
	n = batch_peek(relay, link, keys, &missed);
	if (missed) {
		relay->config.miss(relay->config.arg, id.family);
		/* By now the link may be gone, and the ring empty. */
		link = link_find(relay, id);
		if (!link)
			return 0;
		n = batch_peek(relay, link, keys, &missed);
	}
	batch_take(relay, link, keys, n);
	return n;
}

/* As much as one turn allows; returns how many packets. */
static unsigned int link_turn(struct relay *relay, struct relay_link_id id)
{
	unsigned int n, taken = 0;

	do {
		n = link_batch_learn(relay, id);
		taken += n;
	} while (n == RELAY_BATCH && taken < TURN_MAX);
	return taken;
}

static void link_close(struct relay *relay, struct relay_link *link)
{
	ev_io_stop(relay->config.loop, &link->io);
	ev_timer_stop(relay->config.loop, &link->poll);
	ev_timer_stop(relay->config.loop, &link->linger);
	relay_watch_stop(relay->config.loop, link);
	HASH_DEL(relay->links, link);
	relay_ring_close(&link->ring);
	/* Another socket may get the number. */
	relay_queue_use(&relay->out.queue, -1);
	close(link->send_fd);
	free(link);
}

/* Of an interface that is gone, and of use to nobody. */
static bool link_is_dead(const struct relay_link *link)
{
	return !link->keys &&
	       !relay_ring_is_bound(&link->ring, link->id.ifindex);
}

static void link_poll(struct relay *relay, struct relay_link *link,
		      double delay)
{
	ev_io_stop(relay->config.loop, &link->io);
	ev_timer_set(&link->poll, delay, 0.);
	ev_timer_start(relay->config.loop, &link->poll);
}

static void on_packets(struct ev_loop *loop, ev_io *io, int revents)
{
	struct relay_link *link = io->data;
	struct relay *relay = link->relay;
	const struct relay_link_id id = link->id;
	unsigned int taken = link_turn(relay, id);
	double now = ev_now(loop);

	(void)revents;
	link = link_find(relay, id);
	if (!link)
		return;
	/* Woken for something else: an error, maybe. */
	if (!taken && link_is_dead(link)) {
		link_close(relay, link);
		return;
	}
	if (!taken)
		relay_ring_update(&link->ring);
	else if (taken >= TURN_MAX || now - link->woken < WAKE_INTERVAL)
		link_poll(relay, link, POLL_INTERVAL);
	link->woken = now;
}

static void on_poll(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct relay_link *link = timer->data;
	struct relay *relay = link->relay;
	const struct relay_link_id id = link->id;
	unsigned int taken = link_turn(relay, id);

	(void)revents;
	link = link_find(relay, id);
	if (!link)
		return;
	if (taken >= POLL_LEAST)
		link_poll(relay, link, taken < TURN_MAX ? POLL_INTERVAL : 0.);
	else
		ev_io_start(loop, &link->io);
}

void relay_drain(struct relay *relay)
{
	struct relay_link *link, *next;
	unsigned int left, n;

	HASH_ITER(hh, relay->links, link, next) {
		/* What comes meanwhile has to wait for its turn. */
		left = link->ring.slots;
		do {
			n = link_batch(relay, link);
			left -= n < left ? n : left;
		} while (n && left);
	}
}

/* Links */

static void on_linger(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct relay_link *link = timer->data;
	const struct relay_config *config = &link->relay->config;

	(void)loop;
	(void)revents;
	if (!config->wanted(config->arg, link->id.family, link->id.ifindex))
		link_close(link->relay, link);
}

/* Without keys so far. */
static int link_open(struct relay *relay, struct relay_link_id id,
		     struct relay_link **ret)
{
	struct relay_link *link = calloc(1, sizeof(*link));
	int err;

	if (!link)
		return -ENOMEM;
	link->id = id;
	link->relay = relay;
	err = relay_send_open(id.family, id.ifindex, &link->send_fd);
	if (err)
		goto err_free;
	err = relay_ring_open(id.family, id.ifindex, &link->ring);
	if (err)
		goto err_close;
	HASH_ADD(hh, relay->links, id, sizeof(link->id), link);
	if (!link->hh.tbl) {
		err = -ENOMEM;
		goto err_ring;
	}
	ev_io_init(&link->io, on_packets, link->ring.fd, EV_READ);
	link->io.data = link;
	ev_timer_init(&link->poll, on_poll, 0., 0.);
	link->poll.data = link;
	ev_io_start(relay->config.loop, &link->io);
	ev_timer_init(&link->linger, on_linger, 0., LINGER);
	link->linger.data = link;
	ev_timer_again(relay->config.loop, &link->linger);
	relay_watch_start(relay->config.loop, link);
	*ret = link;
	return 0;

err_ring:
	relay_ring_close(&link->ring);
err_close:
	close(link->send_fd);
err_free:
	free(link);
	return err;
}

/* One that lingers may be that of an interface which is gone. */
static int link_need(struct relay *relay, struct relay_link_id id,
		     struct relay_link **ret)
{
	struct relay_link *link = link_find(relay, id);

	if (link && link_is_dead(link)) {
		link_close(relay, link);
		link = NULL;
	}
	if (!link)
		return link_open(relay, id, ret);
	*ret = link;
	return 0;
}

static int link_get(struct relay *relay, struct relay_link_id id,
		    struct relay_link **ret)
{
	struct relay_link *link;
	int err = link_need(relay, id, &link);

	if (err)
		return err;
	if (!link->keys++)
		ev_timer_stop(relay->config.loop, &link->linger);
	*ret = link;
	return 0;
}

static void link_put(struct relay *relay, struct relay_link *link)
{
	if (--link->keys)
		return;
	/* A ring is large, and interfaces may come and go quickly. */
	if (link_is_dead(link))
		link_close(relay, link);
	else
		ev_timer_again(relay->config.loop, &link->linger);
}

/* The guard */

static int key_add(struct relay *relay, const struct guard_key *guard)
{
	struct relay_key *key = key_find(relay, &guard->source, &guard->group,
					 guard->ifindex);
	struct relay_link_id id = {
		.ifindex = guard->ifindex,
		.family = addr_family(&guard->group),
	};
	struct relay_link *link;
	int err;

	if (key) {
		key->guard.threshold = guard->threshold;
		return 0;
	}
	err = link_get(relay, id, &link);
	if (err)
		return err;
	key = calloc(1, sizeof(*key));
	if (!key) {
		link_put(relay, link);
		return -ENOMEM;
	}
	key->guard = *guard;
	key->id = (struct relay_id){ guard->source, guard->group,
				     guard->ifindex };
	if (htable_add(&relay->keys, key)) {
		free(key);
		link_put(relay, link);
		return -ENOMEM;
	}
	return 0;
}

static void key_del(struct relay *relay, struct relay_key *key)
{
	const struct relay_link_id id = {
		.ifindex = key->guard.ifindex,
		.family = addr_family(&key->guard.group),
	};

	relay->last = NULL;
	htable_del(&relay->keys, key);
	free(key);
	link_put(relay, link_find(relay, id));
}

int relay_add(struct relay *relay, const struct guard_key *keys, size_t n)
{
	size_t i;
	int err;

	if (n > GUARD_BATCH_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		err = key_add(relay, &keys[i]);
		if (err) {
			relay_del(relay, keys, n);
			return err;
		}
	}
	return 0;
}

int relay_del(struct relay *relay, const struct guard_key *keys, size_t n)
{
	struct relay_key *key;
	size_t i;

	for (i = 0; i < n; i++) {
		key = key_find(relay, &keys[i].source, &keys[i].group,
			       keys[i].ifindex);
		if (key)
			key_del(relay, key);
	}
	return 0;
}

static void link_count(struct relay *relay, const struct guard_key *key,
		       guard_count_fn *fn, void *arg)
{
	struct relay_link *link = link_find(relay, (struct relay_link_id){
		.ifindex = key->ifindex,
		.family = addr_family(&key->group),
	});
	struct guard_count count = { 0 };

	if (!link)
		return;
	relay_ring_update(&link->ring);
	count.dropped = link->ring.lost;
	fn(arg, key, &count);
}

int relay_count(struct relay *relay, const struct guard_key *keys, size_t n,
		guard_count_fn *fn, void *arg)
{
	struct relay_key *key;
	size_t i;

	for (i = 0; i < n; i++) {
		if (addr_is_any(&keys[i].group)) {
			link_count(relay, &keys[i], fn, arg);
			continue;
		}
		key = key_find(relay, &keys[i].source, &keys[i].group,
			       keys[i].ifindex);
		if (key)
			fn(arg, &key->guard, &key->count);
	}
	return 0;
}

static int ready_failed(int err, struct diag *diag)
{
	const char *missing = err == -EPERM ?
			      ", CAP_NET_RAW is likely missing" :
			      err == -EAFNOSUPPORT ?
			      ", CONFIG_PACKET is likely missing" : "";

	return diag_set(diag, err, "relay: %s%s", strerror(-err), missing);
}

int relay_ready(struct relay *relay, enum family family, unsigned int ifindex,
		struct diag *diag)
{
	const struct relay_link_id id = { ifindex, family };
	struct relay_link *link;
	int err = 0;

	if (relay->out.around_fd < 0)
		err = relay_around_open(&relay->out.around_fd);
	if (!err)
		err = link_need(relay, id, &link);
	return err ? ready_failed(err, diag) : 0;
}

int relay_open(const struct relay_config *config, struct relay **ret)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return -ENOMEM;
	relay->config = *config;
	relay->keys = HTABLE_INIT(struct relay_key, id);
	relay->out.around_fd = -1;
	relay_queue_init(&relay->out.queue);
	relay_icmp_init(&relay->out.icmp);
	*ret = relay;
	return 0;
}

void relay_close(struct relay *relay)
{
	struct relay_link *link, *next;

	if (!relay)
		return;
	while (relay->keys.first)
		key_del(relay, htable_first(&relay->keys));
	htable_fini(&relay->keys);
	HASH_ITER(hh, relay->links, link, next)
		link_close(relay, link);
	relay_icmp_fini(&relay->out.icmp);
	if (relay->out.around_fd >= 0)
		close(relay->out.around_fd);
	free(relay);
}
