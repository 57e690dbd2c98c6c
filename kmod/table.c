// SPDX-License-Identifier: GPL-2.0
/*
 * The two indexes of mappings. Hash functions are keyed by the rhashtables' random
 * seeds (X-S7). The external index is published first: when the first packet of a
 * mapping leaves, an answer from anywhere finds the mapping.
 */
#include <linux/jhash.h>

#include "fullcone.h"

/* For IPv4, only the words that can differ: the rest is zero. */
static u32 table_hash_endpoint(const struct fullcone_endpoint *ep, u32 seed)
{
	if (ep->family == NFPROTO_IPV4)
		return jhash_3words((__force u32)ep->addr.ip,
				    (__force u32)ep->port << 16 | ep->zone, ep->proto, seed);
	return jhash2((const u32 *)ep, sizeof(*ep) / sizeof(u32), seed);
}

static u32 table_hash_ext(const void *data, u32 len, u32 seed)
{
	return table_hash_endpoint(data, seed);
}

static u32 table_hash_key(const void *data, u32 len, u32 seed)
{
	const struct fullcone_key *key = data;
	u32 hash = table_hash_endpoint(&key->ep, seed + key->realm);

	if (likely(!key->remote_addr.ip && !key->remote_port && !key->remote_addr.ip6[3]))
		return hash;
	return jhash2((const u32 *)&key->remote_addr,
		      (sizeof(*key) - offsetof(struct fullcone_key, remote_addr)) / sizeof(u32),
		      hash);
}

/* Member by member: rhashtable's own function calls memcmp(), which costs more than the rest. */
static bool table_endpoint_equal(const struct fullcone_endpoint *a,
				 const struct fullcone_endpoint *b)
{
	return fullcone_endpoint_same(a, b) && a->zone == b->zone && a->family == b->family &&
	       a->proto == b->proto;
}

static int table_compare_key(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct fullcone_key *a = arg->key;
	const struct fullcone_key *b = &((const struct fullcone_mapping *)obj)->key;

	return !table_endpoint_equal(&a->ep, &b->ep) || a->remote_port != b->remote_port ||
	       a->realm != b->realm || !nf_inet_addr_cmp(&a->remote_addr, &b->remote_addr);
}

static int table_compare_ext(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct fullcone_mapping *m = obj;

	return !table_endpoint_equal(arg->key, &m->ext);
}

static const struct rhashtable_params int_params = {
	.head_offset = offsetof(struct fullcone_mapping, int_node),
	.key_offset = offsetof(struct fullcone_mapping, key),
	.key_len = sizeof(struct fullcone_key),
	.hashfn = table_hash_key,
	.obj_cmpfn = table_compare_key,
	.automatic_shrinking = true,
};

const struct rhashtable_params fullcone_ext_params = {
	.head_offset = offsetof(struct fullcone_mapping, ext_node),
	.key_offset = offsetof(struct fullcone_mapping, ext),
	.key_len = sizeof(struct fullcone_endpoint),
	.hashfn = table_hash_ext,
	.obj_cmpfn = table_compare_ext,
	.automatic_shrinking = true,
};

/* RCU held; the result may be dying, see fullcone_mapping_get(). */
struct fullcone_mapping *fullcone_table_by_key(struct fullcone_net *fn,
					       const struct fullcone_key *key)
{
	return rhashtable_lookup(&fn->int_table, key, int_params);
}

/* RCU held; the result may be dying, see fullcone_mapping_get(). */
struct fullcone_mapping *fullcone_table_by_ext(struct fullcone_net *fn,
					       const struct fullcone_endpoint *ext)
{
	return rhashtable_lookup(&fn->ext_table, ext, fullcone_ext_params);
}

/* Where no mapping depends on the remote, nobody need look for one (see nat_find()). */
static void table_count_depend(struct fullcone_net *fn, const struct fullcone_mapping *m, int n)
{
	if (unlikely(m->map != FULLCONE_DEPEND_NONE))
		atomic_add(n, &fn->map_depends);
}

/**
 * fullcone_table_insert() - publish a mapping that owns its port
 * @fn: the namespace's state
 * @m: the mapping
 * @owner: set with -EEXIST: the mapping another CPU made for the same key
 *
 * Context: softirq, RCU held.
 * Return: 0; -EEXIST; or another negative error, mostly -ENOMEM. On any error @m is
 * in neither index, but has been in the external one for a moment: it must be
 * freed after a grace period only.
 */
int fullcone_table_insert(struct fullcone_net *fn, struct fullcone_mapping *m,
			  struct fullcone_mapping **owner)
{
	struct fullcone_mapping *other;
	int err;

	/* no other mapping has this external endpoint: we own the bit of its port */
	err = rhashtable_insert_fast(&fn->ext_table, &m->ext_node, fullcone_ext_params);
	if (err)
		return err;
	table_count_depend(fn, m, 1);
	other = rhashtable_lookup_get_insert_fast(&fn->int_table, &m->int_node, int_params);
	if (!other)
		return 0;
	table_count_depend(fn, m, -1);
	rhashtable_remove_fast(&fn->ext_table, &m->ext_node, fullcone_ext_params);
	if (IS_ERR(other))
		return PTR_ERR(other);
	*owner = other;
	return -EEXIST;
}

/* Unpublish in the internal index only; harmless if it is not there. */
void fullcone_table_remove_key(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	if (!rhashtable_remove_fast(&fn->int_table, &m->int_node, int_params))
		table_count_depend(fn, m, -1);
}

/* Unpublish. The caller has set FULLCONE_DEAD. */
void fullcone_table_remove(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	lockdep_assert_held(&fn->lock);
	fullcone_table_remove_key(fn, m);
	rhashtable_remove_fast(&fn->ext_table, &m->ext_node, fullcone_ext_params);
}

static u8 walk_proto(u8 family, int l4)
{
	switch (l4) {
	case FULLCONE_L4_UDP:
		return IPPROTO_UDP;
	case FULLCONE_L4_TCP:
		return IPPROTO_TCP;
	default:
		return family == NFPROTO_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	}
}

/*
 * The first port from @port that has an owner, FULLCONE_PORTS if none has. By the counts of
 * groups, since most addresses of a large pool have few mappings, and the bits take 8 KiB of
 * each: a port is counted before its mapping is published, and until after it is unpublished.
 */
static u32 walk_next_port(const struct fullcone_addr *a, enum fullcone_l4 l4,
			  const unsigned long *used, u32 port)
{
	u32 group, end;

	for (; port < FULLCONE_PORTS; port = end) {
		group = port / FULLCONE_PORT_GROUP;
		end = (group + 1) * FULLCONE_PORT_GROUP;
		if (!atomic_read(&a->used_in[l4][group][0]) &&
		    !atomic_read(&a->used_in[l4][group][1]))
			continue;
		port = find_next_bit(used, end, port);
		if (port < end)
			return port;
	}
	return FULLCONE_PORTS;
}

/*
 * The next mapping at or after the cursor, which then stands on it. A port whose mapping has
 * ended, as all of an address do after a flush, costs a look-up, too. RCU held.
 */
static struct fullcone_mapping *walk_next(struct fullcone_net *fn, struct fullcone_addr *a,
					  struct fullcone_cursor *c, unsigned int *budget)
{
	struct fullcone_endpoint ext = {
		.addr = a->key.addr,
		.family = a->key.family,
		.zone = a->key.zone,
	};
	struct fullcone_mapping *m;

	for (; c->l4 < FULLCONE_L4_COUNT; c->l4++, c->port = 0) {
		const unsigned long *used = READ_ONCE(a->used[c->l4]);

		if (!used)
			continue;
		ext.proto = walk_proto(ext.family, c->l4);
		for (;;) {
			c->port = walk_next_port(a, c->l4, used, c->port);
			if (c->port >= FULLCONE_PORTS)
				break;
			ext.port = htons(c->port);
			m = fullcone_table_by_ext(fn, &ext);
			if (m)
				return m;
			c->port++;	/* being made or unmade just now */
			if (!--*budget)
				return NULL;
		}
	}
	return NULL;
}

/**
 * fullcone_table_walk() - visit mappings by external address, protocol and port
 * @fn: the namespace's state
 * @cursor: where to begin, zeroes for the start; where to go on
 * @budget: most mappings to visit, addresses, and ports whose mapping has ended
 * @visit: called with RCU held for each; not zero: stop, the cursor stays on it
 * @data: for @visit
 *
 * A mapping that lives throughout is visited exactly once, since the order is that of
 * its external endpoint, which neither changes nor is shared.
 *
 * Return: whether there may be more.
 */
bool fullcone_table_walk(struct fullcone_net *fn, struct fullcone_cursor *cursor,
			 unsigned int budget,
			 int (*visit)(struct fullcone_net *fn, struct fullcone_mapping *m,
				      void *data),
			 void *data)
{
	struct fullcone_mapping *m;
	struct fullcone_addr *a;

	rcu_read_lock();
	while ((a = fullcone_addr_next(fn, cursor->addr_id))) {
		if (a->id != cursor->addr_id)
			*cursor = (struct fullcone_cursor){ .addr_id = a->id };
		while (budget && (m = walk_next(fn, a, cursor, &budget))) {
			if (visit(fn, m, data))
				goto out;
			cursor->port++;
			budget--;
		}
		if (!budget)
			break;
		*cursor = (struct fullcone_cursor){ .addr_id = a->id + 1 };
		budget--;
	}
out:
	rcu_read_unlock();
	return a;
}

int fullcone_table_init(struct fullcone_net *fn)
{
	int err = rhashtable_init(&fn->int_table, &int_params);

	if (err)
		return err;
	err = rhashtable_init(&fn->ext_table, &fullcone_ext_params);
	if (err)
		rhashtable_destroy(&fn->int_table);
	return err;
}

/* Leave the memory to the flows that hold it. */
static void table_abandon(void *ptr, void *arg)
{
	struct fullcone_mapping *m = ptr;

	if (test_bit(FULLCONE_ADOPTED, &m->flags))
		atomic_dec(&fullcone_adopted);
	if (m->prev)
		nf_conntrack_put(&m->prev->ct_general);
	fullcone_filter_detach(arg, m);
	fullcone_mapping_uncount(arg, m->profile);
	fullcone_profile_put(arg, m->profile);
	fullcone_mapping_put(m);
}

/* After the grace period that follows the last packet. */
void fullcone_table_exit(struct fullcone_net *fn)
{
	rhashtable_destroy(&fn->int_table);
	rhashtable_free_and_destroy(&fn->ext_table, table_abandon, fn);
}
