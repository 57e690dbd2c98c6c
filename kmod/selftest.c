// SPDX-License-Identifier: GPL-2.0
/*
 * Checks at load, with selftest=1: keys and indexes, in both families, in two zones,
 * and for every member of the key, without packets.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": selftest: " fmt

#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

struct selftest_case {
	const char *what;
	struct fullcone_key key;
	union nf_inet_addr ext_addr;
};

#define SELFTEST_V4	.addr = { .ip6 = { htonl(0xc0a80101) } }, .family = NFPROTO_IPV4
#define SELFTEST_V6	.addr = { .ip6 = { htonl(0xfd000001), 0, 0, htonl(1) } }, \
			.family = NFPROTO_IPV6
#define SELFTEST_UDP	.port = htons(3000), .proto = IPPROTO_UDP
#define SELFTEST_EXT4	.ext_addr = { .ip6 = { htonl(0xcb007101) } }
#define SELFTEST_EXT6	.ext_addr = { .ip6 = { htonl(0x20010db8), 0, 0, htonl(1) } }

/* Each differs from the first of its family in one member of the key. */
static const struct selftest_case cases[] __initconst = {
	{ "IPv4", { .ep = { SELFTEST_V4, SELFTEST_UDP }, .realm = 2 }, SELFTEST_EXT4 },
	{ "IPv4 zone", { .ep = { SELFTEST_V4, SELFTEST_UDP, .zone = 1 }, .realm = 2 },
	  SELFTEST_EXT4 },
	{ "IPv4 realm", { .ep = { SELFTEST_V4, SELFTEST_UDP }, .realm = 3 }, SELFTEST_EXT4 },
	{ "IPv4 port", { .ep = { SELFTEST_V4, .port = htons(3001), .proto = IPPROTO_UDP },
	  .realm = 2 }, SELFTEST_EXT4 },
	{ "IPv4 protocol", { .ep = { SELFTEST_V4, .port = htons(3000), .proto = IPPROTO_TCP },
	  .realm = 2 }, SELFTEST_EXT4 },
	{ "IPv4 remote", { .ep = { SELFTEST_V4, SELFTEST_UDP }, .realm = 2,
	  .remote_addr = { .ip6 = { htonl(0xcb00710b) } } }, SELFTEST_EXT4 },
	{ "IPv4 remote port", { .ep = { SELFTEST_V4, SELFTEST_UDP }, .realm = 2,
	  .remote_addr = { .ip6 = { htonl(0xcb00710b) } }, .remote_port = htons(53) },
	  SELFTEST_EXT4 },
	{ "IPv6", { .ep = { SELFTEST_V6, SELFTEST_UDP }, .realm = 2 }, SELFTEST_EXT6 },
	{ "IPv6 zone", { .ep = { SELFTEST_V6, SELFTEST_UDP, .zone = 1 }, .realm = 2 },
	  SELFTEST_EXT6 },
	{ "IPv6 address", { .ep = { .addr = { .ip6 = { htonl(0xfd000001), 0, 0, htonl(2) } },
	  .family = NFPROTO_IPV6, SELFTEST_UDP }, .realm = 2 }, SELFTEST_EXT6 },
};

static struct fullcone_mapping *made[ARRAY_SIZE(cases)] __initdata;

/* As a packet would make it, or find it. */
static struct fullcone_mapping *__init selftest_make(struct fullcone_net *fn,
						     const struct selftest_case *c)
{
	struct fullcone_request req = {
		.profile = fn->default_profile,
		.key = c->key,
		.ext_addr = c->ext_addr,
		.ext_zone = c->key.ep.zone,
	};
	struct fullcone_mapping *m;

	nf_ct_zone_init(&req.zone, c->key.ep.zone, NF_CT_DEFAULT_ZONE_DIR, 0);
	local_bh_disable();
	rcu_read_lock();
	req.settings = rcu_dereference(fn->default_profile->settings);
	m = fullcone_mapping_create(fn, &req);
	rcu_read_unlock();
	local_bh_enable();
	return m;
}

static int __init selftest_count(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(made); i++)
		if (made[i] == m)
			((u8 *)data)[i]++;
	return 0;
}

/* Every mapping is found under its own key and endpoint, and visited once. */
static int __init selftest_find(struct fullcone_net *fn)
{
	struct fullcone_cursor cursor = {};
	u8 seen[ARRAY_SIZE(made)] = {};
	bool ok;
	int i;

	while (fullcone_table_walk(fn, &cursor, 3, selftest_count, seen))
		;
	for (i = 0; i < ARRAY_SIZE(made); i++) {
		rcu_read_lock();
		ok = fullcone_table_by_key(fn, &cases[i].key) == made[i] &&
		     fullcone_table_by_ext(fn, &made[i]->ext) == made[i] && seen[i] == 1;
		rcu_read_unlock();
		if (!ok) {
			pr_err("%s: not found, or found as another, or seen %u times\n",
			       cases[i].what, seen[i]);
			return -EINVAL;
		}
	}
	return 0;
}

int __init fullcone_selftest(void)
{
	struct fullcone_net *fn = fullcone_pernet(&init_net);
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		made[i] = selftest_make(fn, &cases[i]);
		if (IS_ERR(made[i])) {
			err = PTR_ERR(made[i]);
			made[i] = NULL;
			pr_err("%s: cannot be made (%d)\n", cases[i].what, err);
			break;
		}
	}
	err = err ?: selftest_find(fn);
	for (i = 0; !err && i < ARRAY_SIZE(cases); i++) {
		if (selftest_make(fn, &cases[i]) == made[i])
			continue;
		pr_err("%s: a second mapping was made\n", cases[i].what);
		err = -EINVAL;
	}

	for (i = 0; i < ARRAY_SIZE(cases) && made[i]; i++) {
		rcu_read_lock();
		if (!fullcone_mapping_end(fn, made[i], FULLCONE_REASON_FLUSHED) && !err)
			err = -EBUSY;
		if (fullcone_table_by_key(fn, &cases[i].key) && !err)
			err = -EEXIST;
		rcu_read_unlock();
	}
	fullcone_mapping_reap(fn);
	pr_info("%s\n", err ? "failed" : "ok");
	return err;
}
