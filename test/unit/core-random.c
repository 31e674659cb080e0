/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever happened before, behind a reload all is as at a fresh start with that
 * file: routes, guards, joins and VIFs.  Random lives of a router are compared
 * with a router that only knows their end.  RANDOM_LIVES=N makes N of them,
 * RANDOM_SEED=N begins with that one; a failure names its seed.
 */
#include "test/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/story.h"

#define LIVES 300
#define EVENTS 60
#define LINKS 5
#define DUMP_MAX (1 << 19)

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct link {
	unsigned int ifindex;		/* 0: not there */
	bool multicast;
};

struct life {
	struct story *story;
	struct link links[LINKS];
	bool own[2];			/* addresses of the host */
	unsigned int next_ifindex;
	uint64_t random;
	char file[4096];
};

static const char *const names[] = {
	"eth0", "eth1", "eth2", "eth3", "eth4", "eth+", "+", "wg0",
};

/* The first half is IPv4, as are the first ones of each. */
static const char *const sources[] = {
	"*", "198.18.1.1", "198.18.1.2", "198.18.1.0/24",
	"*", "fd00:1::1", "fd00:1::2", "fd00:1::/64",
};
static const char *const groups[] = {
	"239.1.1.1", "239.1.1.2", "239.1.1.0/24", "239.0.0.0/8",
	"ff0e::1", "ff0e::2", "ff0e::/112", "ff0e::/16",
};
static const char *const joined[] = {
	"239.1.1.1", "239.1.1.2", "239.1.1.0/30", "239.1.0.0/23",
	"ff0e::1", "ff0e::2", "ff0e::/126", "ff0e::/120",
};
static const char *const phyints[] = {
	"", " disable", " ttl=9", " hairpin=refuse", " ttl=200 hairpin=auto",
};

/* xorshift64* */
static unsigned int pick(struct life *life, unsigned int n)
{
	life->random ^= life->random >> 12;
	life->random ^= life->random << 25;
	life->random ^= life->random >> 27;
	return (unsigned int)((life->random * 0x2545f4914f6cdd1dULL) >> 33) %
	       n;
}

static const char *pick_name(struct life *life, bool wild)
{
	return names[pick(life, wild ? COUNT(names) : LINKS)];
}

static size_t say_route(struct life *life, char *text, size_t size)
{
	unsigned int family = pick(life, 3) ? 0 : 4, oifs = pick(life, 4);
	const char *name = pick_name(life, !pick(life, 3));
	const char *source = sources[family + pick(life, 4)];
	size_t len;

	/* which interface owns an (S,G) that several have is history */
	if (strchr(name, '+'))
		source = "*";
	len = (size_t)snprintf(text, size, "route %s %s %s", name, source,
			       groups[family + pick(life, 4)]);
	for (; oifs > 0; oifs--)
		len += (size_t)snprintf(text + len, size - len, " %s",
					pick_name(life, !pick(life, 3)));
	return len;
}

static size_t say_group(struct life *life, char *text, size_t size)
{
	unsigned int family = pick(life, 3) ? 0 : 4;

	return (size_t)snprintf(text, size, "group %s %s %s",
				pick_name(life, !pick(life, 3)),
				pick(life, 3) ? "*" :
				sources[family + 1 + pick(life, 2)],
				joined[family + pick(life, 4)]);
}

static void say_file(struct life *life)
{
	unsigned int lines = pick(life, 12);
	char *text = life->file;
	size_t len = 0, size = sizeof(life->file);

	text[0] = '\0';
	if (!pick(life, 4))
		len += (size_t)snprintf(text, size, "hairpin refuse\n");
	for (; lines > 0; lines--) {
		switch (pick(life, 6)) {
		case 0:
			len += (size_t)snprintf(text + len, size - len,
						"phyint %s%s",
						pick_name(life, true),
						phyints[pick(life, 5)]);
			break;
		case 1:
			len += say_group(life, text + len, size - len);
			break;
		default:
			len += say_route(life, text + len, size - len);
			break;
		}
		len += (size_t)snprintf(text + len, size - len, "\n");
	}
}

static void tell_link(struct story *story, const struct link *link,
		      const char *name)
{
	struct link_info info = {
		.ifindex = link->ifindex,
		.name = name,
		.multicast = link->multicast,
		.up = true,
	};

	router_link(story->router, &info);
}

static void swap_names(struct life *life, unsigned int a, unsigned int b)
{
	struct link link = life->links[a];

	/* as the kernel lets it be done: by way of a third name */
	if (life->links[b].ifindex)
		return;
	life->links[b] = link;
	life->links[a].ifindex = 0;
	if (link.ifindex)
		tell_link(life->story, &life->links[b], names[b]);
}

static void change_link(struct life *life)
{
	unsigned int i = pick(life, LINKS);
	struct link *link = &life->links[i];

	if (!link->ifindex) {
		*link = (struct link){ life->next_ifindex++, true };
		tell_link(life->story, link, names[i]);
		return;
	}
	switch (pick(life, 4)) {
	case 0:
		router_unlink(life->story->router, link->ifindex);
		link->ifindex = 0;
		break;
	case 1:
		swap_names(life, i, pick(life, LINKS));
		break;
	default:
		link->multicast = !link->multicast;
		tell_link(life->story, link, names[i]);
		break;
	}
}

/* The hosts' own packets may come in as well. */
#define OWN_IFINDEX 60

static const char *const own_addrs[] = { "198.18.1.1", "fd00:1::2" };

static void change_own(struct life *life)
{
	unsigned int i = pick(life, 2);

	life->own[i] = !life->own[i];
	if (life->own[i])
		story_addr_add(life->story, OWN_IFINDEX, own_addrs[i]);
	else
		story_addr_del(life->story, OWN_IFINDEX, own_addrs[i]);
}

static void send_packet(struct life *life)
{
	static const char *const from[] = {
		"198.18.1.1", "198.18.1.2", "198.18.9.9",
		"fd00:1::1", "fd00:1::2", "fd00:9::9",
	};
	static const char *const to[] = {
		"239.1.1.1", "239.1.1.2", "239.7.7.7",
		"ff0e::1", "ff0e::2", "ff3e::7",
	};
	unsigned int family = pick(life, 3) ? 0 : 3;
	const char *source = from[family + pick(life, 3)];
	const char *group = to[family + pick(life, 3)];
	unsigned int vif = pick(life, LINKS + 1);

	if (fake_kernel_mfc(life->story->fake, source, group))
		story_wrongvif(life->story, vif, source, group);
	else
		story_nocache(life->story, vif, source, group);
}

/* What may come between the slices of a reload. */
static void happen_between(struct life *life)
{
	switch (pick(life, 6)) {
	case 0:
	case 1:
		change_link(life);
		break;
	case 2:
		router_work(life->story->router);
		break;
	case 3:
		send_packet(life);
		break;
	case 4:
		change_own(life);
		break;
	default:
		break;
	}
	fake_kernel_check_guards(life->story->fake);
}

static void reload(struct life *life)
{
	say_file(life);
	story_reload_begin(life->story, life->file);
	do
		happen_between(life);
	while (story_reload_step(life->story));
}

static void happen(struct life *life)
{
	struct story *story = life->story;
	char text[256];

	story->now += 0.5;
	router_time(story->router, story->now);
	switch (pick(life, 14)) {
	case 12:
		change_own(life);
		break;
	case 13:
		if (!pick(life, 4))
			router_flush(story->router);
		break;
	case 0:
		reload(life);
		break;
	case 1:
	case 2:
	case 3:
		change_link(life);
		break;
	case 4:
		say_route(life, text, sizeof(text));
		story_add(story, text);
		break;
	case 5:
	case 6:
		say_route(life, text, sizeof(text));
		story_remove(story, text);
		break;
	case 7:
		say_group(life, text, sizeof(text));
		if (pick(life, 2))
			story_join(story, text);
		else
			story_leave(story, text);
		break;
	case 8:
		router_work(story->router);
		break;
	case 9:
		router_tick(story->router, story->now);
		break;
	default:
		send_packet(life);
		break;
	}
	fake_kernel_check_guards(story->fake);
	story_skip(story);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One line each, sorted. */
struct dump {
	char text[DUMP_MAX];
	size_t len;
	const char *lines[16384];
	size_t n;
};

static void dump_line(struct dump *dump, const char *line)
{
	size_t len = strlen(line) + 1;

	ck_assert_uint_lt(dump->n, COUNT(dump->lines));
	ck_assert_uint_lt(dump->len + len, sizeof(dump->text));
	dump->lines[dump->n++] = memcpy(dump->text + dump->len, line, len);
	dump->len += len;
}

static void dump_mfc(struct dump *dump, const struct fake_kernel *fake,
		     const struct mfc_route *route)
{
	const struct fake_vif *vifs = fake->vifs[addr_family(&route->group)];
	char a[ADDR_STRLEN], b[ADDR_STRLEN], line[1024];
	unsigned int ttls[64] = { 0 };
	size_t len;

	for (unsigned int vif = 0; vif < VIF_MAX; vif++)
		if (route->ttls[vif] && vifs[vif].ifindex < COUNT(ttls))
			ttls[vifs[vif].ifindex] = route->ttls[vif];
	len = (size_t)snprintf(line, sizeof(line), "route %s %s if %u:",
			       addr_format(&route->source, a),
			       addr_format(&route->group, b),
			       vifs[route->parent].ifindex);
	for (unsigned int i = 0; i < COUNT(ttls); i++)
		if (ttls[i])
			len += (size_t)snprintf(line + len, sizeof(line) - len,
						" %u/%u", i, ttls[i]);
	dump_line(dump, line);
}

static void dump_kernel(struct dump *dump, const struct story *story)
{
	const struct fake_kernel *fake = story->fake;
	char a[ADDR_STRLEN], b[ADDR_STRLEN], line[256];

	for (size_t i = 0; i < fake->n_mfcs; i++)
		dump_mfc(dump, fake, &fake->mfcs[i].route);
	for (size_t i = 0; i < fake->n_joins; i++) {
		const struct join_key *key = &fake->joins[i].key;

		snprintf(line, sizeof(line), "join %u %s %s", key->ifindex,
			 addr_format(&key->source, a),
			 addr_format(&key->group, b));
		dump_line(dump, line);
	}
	for (size_t i = 0; i < fake->n_keys; i++) {
		const struct guard_key *key = &fake->keys[i].key;

		snprintf(line, sizeof(line), "guard %u %s %s", key->ifindex,
			 addr_format(&key->source, a),
			 addr_format(&key->group, b));
		dump_line(dump, line);
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		for (int i = 0; i < VIF_MAX; i++) {
			if (!fake->vifs[f][i].ifindex)
				continue;
			snprintf(line, sizeof(line), "vif %d if %u", f,
				 fake->vifs[f][i].ifindex);
			dump_line(dump, line);
		}
	snprintf(line, sizeof(line), "rules %u wilds %u groups %u",
		 story->router->rules.n, story->router->wilds.n,
		 story->router->groups.n);
	dump_line(dump, line);
	qsort(dump->lines, dump->n, sizeof(*dump->lines), by_text);
}

/* What was learned is learned again, on the interface where it was. */
static void learn_as(struct story *fresh, const struct life *life,
		     uint64_t seed)
{
	struct router *router = life->story->router;
	char source[ADDR_STRLEN], group[ADDR_STRLEN];
	const struct mfc *mfc;

	for (mfc = htable_first(&router->mfcs); mfc; mfc = htable_next(mfc)) {
		enum family family = addr_family(&mfc->key.group);
		const struct iface *iface;
		int vif;

		/* behind a static one it is not in effect */
		if (!mfc->expiry || mfc->iif != mfc->expiry->iif ||
		    !(mfc->flags & MFC_IN_KERNEL))
			continue;
		HASH_FIND_STR(fresh->router->ifaces, mfc->expiry->iif->name,
			      iface);
		vif = iface ? iface->vif[family] : -1;
		ck_assert_msg(vif >= 0, "seed %llu: learned on %s, which is "
			      "not used, with\n%s", (unsigned long long)seed,
			      mfc->expiry->iif->name, life->file);
		story_nocache(fresh, (unsigned int)vif,
			      addr_format(&mfc->key.source, source),
			      addr_format(&mfc->key.group, group));
	}
}

static void compare(const struct life *life, const struct story *fresh,
		    uint64_t seed)
{
	struct dump *old = calloc(1, sizeof(*old));
	struct dump *new = calloc(1, sizeof(*new));
	size_t i;

	ck_assert(old && new);
	dump_kernel(old, life->story);
	dump_kernel(new, fresh);
	for (i = 0; i < old->n && i < new->n; i++)
		if (strcmp(old->lines[i], new->lines[i]) != 0)
			break;
	ck_assert_msg(i == old->n && i == new->n,
		      "seed %llu: '%s' where a fresh start has '%s', with\n%s",
		      (unsigned long long)seed,
		      i < old->n ? old->lines[i] : "",
		      i < new->n ? new->lines[i] : "", life->file);
	free(old);
	free(new);
}

static void work_all(struct story *story)
{
	while (router_work(story->router))
		;
}

static void live(uint64_t seed)
{
	struct router_config config = { .idle = 20 };
	struct life life = {
		.story = story_new(&config),
		.next_ifindex = 1,
		.random = seed * 0x9e3779b97f4a7c15ULL + 1,
	};
	struct story *fresh = story_new(&config);

	life.story->now = fresh->now = 1000;
	for (int i = 0; i < EVENTS; i++)
		happen(&life);
	reload(&life);
	work_all(life.story);
	for (unsigned int i = 0; i < LINKS; i++)
		if (life.links[i].ifindex)
			tell_link(fresh, &life.links[i], names[i]);
	for (unsigned int i = 0; i < COUNT(own_addrs); i++)
		if (life.own[i])
			story_addr_add(fresh, OWN_IFINDEX, own_addrs[i]);
	story_reload(fresh, life.file);
	work_all(fresh);
	learn_as(fresh, &life, seed);
	compare(&life, fresh, seed);
	story_end(fresh);
	story_end(life.story);
}

START_TEST(reload_is_a_fresh_start)
{
	const char *lives = getenv("RANDOM_LIVES");
	const char *first = getenv("RANDOM_SEED");
	uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
	uint64_t end = seed + (lives ? strtoull(lives, NULL, 10) :
			       first ? 1 : LIVES);

	for (; seed < end; seed++)
		live(seed);
}
END_TEST

int main(void)
{
	TCase *lives = tcase_create("lives");

	tcase_set_timeout(lives, 300);
	tcase_add_test(lives, reload_is_a_fresh_start);
	return unit_main("core-random", lives, NULL);
}
