/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relay guard: its keys, and the sockets that come and go with them.  Must
 * not know headers, nor the way from socket to socket (relay-loop.c).
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/relay-internal.h"
#include "kernel/relay-watch.h"
#include "lib/diag.h"

/*
 * Sockets without keys are kept for flows that are still to be learned, the
 * first packet of which would be lost else.  Every so many seconds it is asked
 * whether there may be such.
 */
#define LINGER 30.

/* Keys */

struct relay_key *relay_key_find(struct relay *relay,
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

struct relay_link *relay_link_find(struct relay *relay,
				   struct relay_link_id id)
{
	struct relay_link *link;

	HASH_FIND(hh, relay->links, &id, sizeof(id), link);
	return link;
}

/* Links */

void relay_link_close(struct relay *relay, struct relay_link *link)
{
	relay_loop_stop(link);
	ev_timer_stop(relay->config.loop, &link->linger);
	relay_watch_stop(relay->config.loop, link);
	HASH_DEL(relay->links, link);
	relay_ring_close(&link->ring);
	/* Another socket may get the number. */
	relay_queue_use(&relay->out.queue, -1);
	close(link->send_fd);
	free(link);
}

bool relay_link_is_dead(const struct relay_link *link)
{
	return !link->keys &&
	       !relay_ring_is_bound(&link->ring, link->id.ifindex);
}

static void on_linger(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct relay_link *link = timer->data;
	const struct relay_config *config = &link->relay->config;

	(void)loop;
	(void)revents;
	if (!config->wanted(config->arg, link->id.family, link->id.ifindex))
		relay_link_close(link->relay, link);
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
	relay_loop_start(link);
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
	struct relay_link *link = relay_link_find(relay, id);

	if (link && relay_link_is_dead(link)) {
		relay_link_close(relay, link);
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
	if (relay_link_is_dead(link))
		relay_link_close(relay, link);
	else
		ev_timer_again(relay->config.loop, &link->linger);
}

/* The guard */

static int key_add(struct relay *relay, const struct guard_key *guard)
{
	struct relay_key *key = relay_key_find(relay, &guard->source,
					       &guard->group, guard->ifindex);
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
	link_put(relay, relay_link_find(relay, id));
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
		key = relay_key_find(relay, &keys[i].source, &keys[i].group,
				     keys[i].ifindex);
		if (key)
			key_del(relay, key);
	}
	return 0;
}

static void link_count(struct relay *relay, const struct guard_key *key,
		       guard_count_fn *fn, void *arg)
{
	struct relay_link *link = relay_link_find(relay, (struct relay_link_id){
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
		key = relay_key_find(relay, &keys[i].source, &keys[i].group,
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
		relay_link_close(relay, link);
	relay_icmp_fini(&relay->out.icmp);
	if (relay->out.around_fd >= 0)
		close(relay->out.around_fd);
	free(relay);
}
