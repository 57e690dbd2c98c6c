// SPDX-License-Identifier: GPL-2.0
/*
 * External addresses. Each has a bit for every port of every protocol: whoever sets
 * the bit owns the port (K-2). Walks of the mapping table follow the order of these
 * bits, which is stable whatever happens to the table meanwhile.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

static const struct rhashtable_params addr_params = {
	.head_offset = offsetof(struct fullcone_addr, node),
	.key_offset = offsetof(struct fullcone_addr, key),
	.key_len = sizeof(struct fullcone_addr_key),
	.automatic_shrinking = true,
};

/* What an address takes at most: two bitmaps for each protocol, and itself. */
#define ADDR_BYTES	(FULLCONE_L4_COUNT * 2 * FULLCONE_PORTS / BITS_PER_BYTE + \
			 sizeof(struct fullcone_addr))

/*
 * Most external addresses of all namespaces but the initial one together: a user who can make
 * namespaces can have any number of them.
 */
#define ADDRS_MAX	16384

static atomic_t addrs_total;

/* An id after the last one is one that no address has, see fullcone_table_walk(). */
static const struct xa_limit addr_id_limit = XA_LIMIT(1, INT_MAX);

/* Has the namespace as many external addresses as it may? Others need not be tried. */
bool fullcone_addr_full(const struct fullcone_net *fn)
{
	return atomic_read(&fn->addrs) >= fn->addr_max ||
	       atomic_read(&addrs_total) >= fn->addr_total_max;
}

static bool addr_count(struct fullcone_addr *a, const struct fullcone_net *fn)
{
	a->counted = !net_eq(fn->net, &init_net);
	if (fullcone_addr_full(fn))
		return false;
	if (!a->counted || atomic_inc_return(&addrs_total) <= fn->addr_total_max)
		return true;
	atomic_dec(&addrs_total);
	return false;
}

static void addr_free(struct fullcone_addr *a)
{
	int l4;

	if (a->counted)
		atomic_dec(&addrs_total);
	for (l4 = 0; l4 < FULLCONE_L4_COUNT; l4++) {
		bitmap_free(a->used[l4]);
		bitmap_free(a->held[l4]);
	}
	kfree(a);
}

static void addr_free_rcu(struct rcu_head *rcu)
{
	addr_free(container_of(rcu, struct fullcone_addr, rcu));
}

/* For packets that conntrack calls invalid, which have lost their zone. */
static void addr_note_zone(struct fullcone_net *fn, u16 zone)
{
	u32 i, n = fn->zone_count;

	lockdep_assert_held(&fn->addr_lock);
	if (zone == NF_CT_DEFAULT_ZONE_ID || n == FULLCONE_ZONES)
		return;
	for (i = 0; i < n; i++)
		if (fn->zones[i] == zone)
			return;
	fn->zones[n] = zone;
	/* pairs with the acquire in early_reopen() */
	smp_store_release(&fn->zone_count, n + 1);
}

static struct fullcone_addr *addr_create(struct fullcone_net *fn,
					 const struct fullcone_addr_key *key)
{
	struct fullcone_addr *a, *other;

	a = kzalloc(sizeof(*a), GFP_ATOMIC);
	if (!a)
		return NULL;
	if (!addr_count(a, fn)) {
		kfree(a);
		return NULL;
	}
	a->key = *key;
	refcount_set(&a->ref, 2);	/* the table's and the caller's */

	spin_lock_bh(&fn->addr_lock);
	if (xa_alloc_cyclic(&fn->addr_ids, &a->id, a, addr_id_limit, &fn->addr_next_id,
			    GFP_ATOMIC) < 0)
		goto err_unlock;
	other = rhashtable_lookup_get_insert_fast(&fn->addr_table, &a->node, addr_params);
	if (other) {
		/* made by another CPU meanwhile, or no memory; it cannot die under the lock */
		if (!IS_ERR(other))
			refcount_inc(&other->ref);
		xa_erase(&fn->addr_ids, a->id);
		spin_unlock_bh(&fn->addr_lock);
		call_rcu(&a->rcu, addr_free_rcu);	/* a walk may have seen it */
		return IS_ERR(other) ? NULL : other;
	}
	list_add_tail_rcu(&a->list, &fn->addr_list);
	atomic_inc(&fn->addrs);
	addr_note_zone(fn, key->zone);
	spin_unlock_bh(&fn->addr_lock);
	/* here, since there may be no port of it for a mapping */
	fullcone_gc_kick(fn);
	return a;

err_unlock:
	spin_unlock_bh(&fn->addr_lock);
	addr_free(a);
	return NULL;
}

/* Addresses that GC looks at before it lets softirqs in. */
#define ADDR_GC_BATCH	64

/* So many addresses are compared one by one; beyond that, hashing is cheaper. */
#define ADDR_FEW	4

static bool addr_key_same(const struct fullcone_addr_key *a, const struct fullcone_addr_key *b)
{
	return a->family == b->family && a->zone == b->zone && nf_inet_addr_cmp(&a->addr, &b->addr);
}

/* RCU held. */
static struct fullcone_addr *addr_find(struct fullcone_net *fn,
				       const struct fullcone_addr_key *key)
{
	struct fullcone_addr *a;
	int n = 0;

	list_for_each_entry_rcu(a, &fn->addr_list, list) {
		if (addr_key_same(&a->key, key))
			return a;
		if (++n == ADDR_FEW)
			break;
	}
	return n < ADDR_FEW ? NULL : rhashtable_lookup(&fn->addr_table, key, addr_params);
}

/* The state of an external address, if it has any mappings. RCU held. */
struct fullcone_addr *fullcone_addr_find(struct fullcone_net *fn, const union nf_inet_addr *addr,
					 u8 family, u16 zone)
{
	struct fullcone_addr_key key = { .addr = *addr, .family = family, .zone = zone };

	return addr_find(fn, &key);
}

/**
 * fullcone_addr_get() - find or make the state of an external address
 * @fn: the namespace's state
 * @addr: the address
 * @family: NFPROTO_*
 * @zone: conntrack zone of replies to it
 *
 * Context: softirq, RCU held.
 * Return: the address, with a reference for the caller; NULL without memory.
 */
struct fullcone_addr *fullcone_addr_get(struct fullcone_net *fn,
					const union nf_inet_addr *addr, u8 family, u16 zone)
{
	struct fullcone_addr_key key = { .addr = *addr, .family = family, .zone = zone };
	struct fullcone_addr *a = addr_find(fn, &key);

	if (a && refcount_inc_not_zero(&a->ref))
		return a;
	return addr_create(fn, &key);
}

/* The first address with an id of @id or more. RCU held. */
struct fullcone_addr *fullcone_addr_next(struct fullcone_net *fn, u32 id)
{
	unsigned long index = id;

	return xa_find(&fn->addr_ids, &index, U32_MAX, XA_PRESENT);
}

/* Has this address any mapping, in any zone? RCU held. */
bool fullcone_addr_known(struct fullcone_net *fn, const union nf_inet_addr *addr)
{
	const struct fullcone_addr *a;

	list_for_each_entry_rcu(a, &fn->addr_list, list)
		if (nf_inet_addr_cmp(&a->key.addr, addr))
			return true;
	return false;
}

/* Has the destination address of an inbound flow any TCP mappings? RCU held. */
bool fullcone_addr_has_tcp(struct fullcone_net *fn, const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	u16 zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL);
	const struct fullcone_addr *a = fullcone_addr_find(fn, &t->dst.u3, t->src.l3num, zone);

	return a && atomic_read(&a->used_count[FULLCONE_L4_TCP]);
}

/*
 * May this be an external address? Most new flows go to other addresses, and most routers
 * have an address or two: then nothing need be hashed. RCU held.
 */
bool fullcone_addr_maybe(const struct fullcone_net *fn, const union nf_inet_addr *addr)
{
	const struct fullcone_addr *a;
	int n = 0;

	list_for_each_entry_rcu(a, &fn->addr_list, list)
		if (n++ == ADDR_FEW || nf_inet_addr_cmp(&a->key.addr, addr))
			return true;
	return false;
}

void fullcone_addr_put(struct fullcone_addr *a)
{
	/* Never the last reference: the table holds that until fullcone_addr_gc(). */
	refcount_dec(&a->ref);
}

/**
 * fullcone_addr_ports() - find or make the bits of a protocol's ports
 * @a: the address
 * @l4: the protocol
 *
 * Context: softirq. Return: the bits, NULL without memory.
 */
unsigned long *fullcone_addr_ports(struct fullcone_addr *a, enum fullcone_l4 l4)
{
	unsigned long *used, *held;

	/* pairs with the cmpxchg of used below, which follows that of held */
	used = smp_load_acquire(&a->used[l4]);
	if (likely(used))
		return used;
	used = bitmap_zalloc(FULLCONE_PORTS, GFP_ATOMIC);
	held = bitmap_zalloc(FULLCONE_PORTS, GFP_ATOMIC);
	if (!used || !held)
		goto err;
	/* held first: whoever sees used may look at held */
	if (cmpxchg(&a->held[l4], NULL, held))
		bitmap_free(held);
	if (cmpxchg(&a->used[l4], NULL, used))
		bitmap_free(used);
	return a->used[l4];
err:
	bitmap_free(used);
	bitmap_free(held);
	return NULL;
}

static void addr_forget(struct fullcone_net *fn, struct fullcone_addr *a)
{
	lockdep_assert_held(&fn->addr_lock);
	rhashtable_remove_fast(&fn->addr_table, &a->node, addr_params);
	xa_erase(&fn->addr_ids, a->id);
	list_del_rcu(&a->list);
	atomic_dec(&fn->addrs);
	call_rcu(&a->rcu, addr_free_rcu);
}

/*
 * Forget the addresses without mappings. There may be as many as all pools have, so the lock is
 * let go of after each few. Process context.
 */
void fullcone_addr_gc(struct fullcone_net *fn)
{
	struct fullcone_addr *a;
	u32 id = 0;
	int n;

	do {
		spin_lock_bh(&fn->addr_lock);
		for (n = 0; n < ADDR_GC_BATCH; n++) {
			a = fullcone_addr_next(fn, id);
			if (!a)
				break;
			id = a->id + 1;
			if (refcount_dec_if_one(&a->ref))
				addr_forget(fn, a);
		}
		spin_unlock_bh(&fn->addr_lock);
		cond_resched();
	} while (a);
}

int fullcone_addr_init(struct fullcone_net *fn)
{
	INIT_LIST_HEAD(&fn->addr_list);
	/*
	 * Whoever forges sources inside, or has a /64, can have every address of a pool used, and
	 * the bits of its ports are much more than the mappings that max_mappings bounds (X-S6).
	 */
	fn->addr_max = fullcone_memory_bound(INT_MAX, ADDR_BYTES);
	fn->addr_total_max = net_eq(fn->net, &init_net) ?
			     INT_MAX : fullcone_memory_bound(ADDRS_MAX, ADDR_BYTES);
	spin_lock_init(&fn->addr_lock);
	xa_init_flags(&fn->addr_ids, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	return rhashtable_init(&fn->addr_table, &addr_params);
}

static void addr_destroy(void *ptr, void *arg)
{
	addr_free(ptr);
}

/* All mappings are gone, and nobody reads. */
void fullcone_addr_exit(struct fullcone_net *fn)
{
	rhashtable_free_and_destroy(&fn->addr_table, addr_destroy, NULL);
	xa_destroy(&fn->addr_ids);
}
