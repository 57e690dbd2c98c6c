// SPDX-License-Identifier: GPL-2.0
/*
 * Checks at load, with selftest=1: the keys and the indexes in both families, in
 * two zones, and every member of the key, without a packet.
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

/* A mapping that owns the next free port of its address, as the port chooser would. */
static struct fullcone_mapping *__init selftest_make(struct fullcone_net *fn, struct nf_conn *ct,
						     const struct selftest_case *c)
{
	enum fullcone_l4 l4 = fullcone_l4_of(c->key.ep.proto);
	struct fullcone_mapping *m;
	unsigned long *used;

	if (!fullcone_mapping_count(fn))
		return NULL;
	m = fullcone_anchor_alloc(sizeof(*m), ct, fullcone_cookie);
	if (!m)
		goto err;
	m->key = c->key;
	m->addr = fullcone_addr_get(fn, &c->ext_addr, c->key.ep.family, c->key.ep.zone);
	used = m->addr ? fullcone_addr_ports(m->addr, l4) : NULL;
	if (!used) {
		if (m->addr)
			fullcone_addr_put(m->addr);
		fullcone_mapping_put(m);
		goto err;
	}
	m->ext = c->key.ep;
	m->ext.addr = c->ext_addr;
	m->ext.port = htons(find_next_zero_bit(used, FULLCONE_PORTS, 1024));
	set_bit(ntohs(m->ext.port), used);
	return m;
err:
	fullcone_mapping_uncount(fn);
	return NULL;
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

/* A second mapping of the same internal endpoint is refused, with the first as owner. */
static int __init selftest_duplicate(struct fullcone_net *fn, struct nf_conn *ct, int i)
{
	struct fullcone_mapping *m = selftest_make(fn, ct, &cases[i]), *owner = NULL;
	int err;

	if (!m)
		return -ENOMEM;
	err = fullcone_table_insert(fn, m, &owner);
	fullcone_port_release(m->addr, m->ext.proto, m->ext.port);
	fullcone_addr_put(m->addr);
	fullcone_mapping_uncount(fn);
	synchronize_rcu();
	fullcone_mapping_put(m);
	if (err == -EEXIST && owner == made[i])
		return 0;
	pr_err("%s: a second mapping was not refused (%d)\n", cases[i].what, err);
	return -EINVAL;
}

int __init fullcone_selftest(void)
{
	struct fullcone_net *fn = fullcone_pernet(&init_net);
	struct nf_conn *ct = nf_ct_tmpl_alloc(&init_net, &nf_ct_zone_dflt, GFP_KERNEL);
	struct fullcone_mapping *owner;
	int i, err = 0;

	if (!ct)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		made[i] = selftest_make(fn, ct, &cases[i]);
		err = made[i] ? fullcone_table_insert(fn, made[i], &owner) : -ENOMEM;
		if (err) {
			pr_err("%s: cannot be inserted (%d)\n", cases[i].what, err);
			break;
		}
	}
	err = err ?: selftest_find(fn);
	for (i = 0; !err && i < ARRAY_SIZE(cases); i++)
		err = selftest_duplicate(fn, ct, i);

	for (i = 0; i < ARRAY_SIZE(cases) && made[i]; i++) {
		rcu_read_lock();
		if (!fullcone_mapping_reclaim(fn, made[i]) && !err)
			err = -EBUSY;
		if (fullcone_table_by_key(fn, &cases[i].key) && !err)
			err = -EEXIST;
		rcu_read_unlock();
	}
	nf_ct_tmpl_free(ct);
	pr_info("%s\n", err ? "failed" : "ok");
	return err;
}
