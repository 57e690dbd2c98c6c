// SPDX-License-Identifier: GPL-2.0
/*
 * Filtering that depends on the remote (K-9): only remotes that the internal endpoint has
 * sent to lately may begin a session from outside. Its mappings share this history: what
 * counts is whom the endpoint has sent to, not by which port (RFC 4787 section 5).
 *
 * Readers look up an entry under RCU and take no lock. Entries are made and moved under
 * the lock of their history, at most once in FULLCONE_STAMP_UNIT for each. A history leaves
 * the table with its last mapping, and a work item frees its entries.
 */
#include <linux/slab.h>

#include "fullcone.h"

/*
 * Most entries in a namespace, and in all of them, unless a quarter of the memory holds fewer.
 * At the limit, an endpoint must forget a remote to remember another.
 */
#define FILTER_ENTRIES_MAX	(1024 * 1024)
#define FILTER_ENTRIES_TOTAL	(4 * FILTER_ENTRIES_MAX)

/* What an entry takes at most: itself, and its share of the table. */
#define FILTER_BYTES		128

/* Entries forgotten under the lock in one go. */
#define FILTER_BATCH		64

static atomic_t filter_total;

struct fullcone_history {
	struct rhash_head node;
	struct history_key {
		struct fullcone_endpoint ep;
		u32 realm;
	} key;
	refcount_t ref;			/* mappings; zero only under fullcone_net.filter_lock */
	unsigned long depends;		/* bits of enum fullcone_depend: how they filter */
	struct list_head dying;		/* fullcone_net.filter_dying */
	spinlock_t lock;		/* the rest */
	struct list_head entries;	/* least recently sent to first */
	u32 count;
	bool dead;
	struct rcu_head rcu;
};

struct filter_entry {
	struct rhash_head node;
	struct filter_key {
		const struct fullcone_history *history;
		union nf_inet_addr addr;
		__be16 port;		/* zero with FULLCONE_DEPEND_ADDR */
		u8 depend;
		u8 pad[5];
	} key;
	unsigned long end;		/* expires FULLCONE_STAMP_UNIT later */
	struct list_head list;
	struct rcu_head rcu;
};

static const struct rhashtable_params history_params = {
	.head_offset = offsetof(struct fullcone_history, node),
	.key_offset = offsetof(struct fullcone_history, key),
	.key_len = sizeof(struct history_key),
	.automatic_shrinking = true,
};

static const struct rhashtable_params entry_params = {
	.head_offset = offsetof(struct filter_entry, node),
	.key_offset = offsetof(struct filter_entry, key),
	.key_len = sizeof(struct filter_key),
	.automatic_shrinking = true,
};

static struct fullcone_history *history_create(struct fullcone_net *fn,
					       const struct history_key *key)
{
	struct fullcone_history *h, *other;

	h = kzalloc(sizeof(*h), GFP_ATOMIC);
	if (!h)
		return NULL;
	h->key = *key;
	refcount_set(&h->ref, 1);
	spin_lock_init(&h->lock);
	INIT_LIST_HEAD(&h->entries);

	spin_lock_bh(&fn->filter_lock);
	other = rhashtable_lookup_get_insert_fast(&fn->filter_histories, &h->node,
						  history_params);
	if (other) {
		/* made by another CPU meanwhile, or no memory; it cannot die under the lock */
		if (IS_ERR(other))
			other = NULL;
		else
			refcount_inc(&other->ref);
		kfree(h);
		h = other;
	}
	spin_unlock_bh(&fn->filter_lock);
	return h;
}

/**
 * fullcone_filter_attach() - give a new mapping the history of its internal endpoint
 * @fn: the namespace's state
 * @m: the mapping, not published yet
 *
 * Context: process or softirq, RCU held. Return: 0, or -ENOMEM.
 */
int fullcone_filter_attach(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	struct history_key key = { .ep = m->key.ep, .realm = m->key.realm };
	struct fullcone_history *h;

	BUILD_BUG_ON(sizeof(struct filter_entry) > FILTER_BYTES);
	BUILD_BUG_ON(sizeof(struct history_key) !=
		     sizeof(struct fullcone_endpoint) + sizeof(u32));
	if (m->filter == FULLCONE_DEPEND_NONE)
		return 0;
	h = rhashtable_lookup(&fn->filter_histories, &key, history_params);
	if (!h || !refcount_inc_not_zero(&h->ref))
		h = history_create(fn, &key);
	if (!h)
		return -ENOMEM;
	set_bit(m->filter, &h->depends);
	m->filter_history = h;
	fullcone_anchor_mark(&m->anchor, FULLCONE_COOKIE_FILTERED);
	return 0;
}

/**
 * fullcone_filter_detach() - a mapping is dead
 * @fn: the namespace's state
 * @m: the mapping; packets may still have it
 *
 * Context: any.
 */
void fullcone_filter_detach(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	struct fullcone_history *h = m->filter_history;
	bool last;

	fullcone_remotes_put(rcu_dereference_raw(m->remotes));
	if (likely(!h) || refcount_dec_not_one(&h->ref))
		return;
	spin_lock_bh(&fn->filter_lock);
	last = refcount_dec_and_test(&h->ref);
	if (last) {
		rhashtable_remove_fast(&fn->filter_histories, &h->node, history_params);
		list_add_tail(&h->dying, &fn->filter_dying);
	}
	spin_unlock_bh(&fn->filter_lock);
	if (last)
		schedule_work(&fn->filter_reaper);
}

static void entry_forget(struct fullcone_net *fn, struct filter_entry *e,
			 struct fullcone_history *h)
{
	lockdep_assert_held(&h->lock);
	rhashtable_remove_fast(&fn->filter_entries, &e->node, entry_params);
	list_del(&e->list);
	h->count--;
	atomic_dec(&filter_total);
	kfree_rcu(e, rcu);
}

static bool entry_expired(const struct filter_entry *e, unsigned long now)
{
	return time_after(now, READ_ONCE(e->end) + FULLCONE_STAMP_UNIT);
}

static void entry_key(struct filter_key *key, const struct fullcone_history *h,
		      enum fullcone_depend depend, const union nf_inet_addr *remote, __be16 port)
{
	*key = (struct filter_key) {
		.history = h,
		.port = depend == FULLCONE_DEPEND_ADDR_PORT ? port : 0,
		.depend = depend,
	};
	if (h->key.ep.family == NFPROTO_IPV6)
		key->addr = *remote;
	else
		key->addr.ip = remote->ip;
}

/* Forgets expired entries. */
static void history_expire(struct fullcone_net *fn, struct fullcone_history *h,
			   unsigned long now, unsigned int budget)
{
	struct filter_entry *e;

	while (budget--) {
		e = list_first_entry_or_null(&h->entries, struct filter_entry, list);
		if (!e || !entry_expired(e, now))
			return;
		entry_forget(fn, e, h);
	}
}

/* As with mappings, the initial namespace is exempt from the total of all. */
static bool filter_full(const struct fullcone_net *fn)
{
	return atomic_read(&fn->filter_entries.nelems) >= fn->filter_max ||
	       (atomic_read(&filter_total) >= fn->filter_total_max &&
		!net_eq(fn->net, &init_net));
}

/* Makes room for one more, at the cost of the least recently sent to. */
static bool history_make_room(struct fullcone_net *fn, struct fullcone_history *h, u32 max)
{
	struct filter_entry *e;
	int i;

	history_expire(fn, h, jiffies, 2);
	/* two, so that the count comes down to a lowered limit */
	for (i = 0; i < 2; i++) {
		/* every history may have one entry, even if others fill the table */
		if (h->count < max && (!h->count || !filter_full(fn)))
			return true;
		e = list_first_entry_or_null(&h->entries, struct filter_entry, list);
		if (!e)
			return false;
		entry_forget(fn, e, h);
		fullcone_stat_inc(fn, FILTER_EVICTED);
	}
	return true;
}

/* The history's lock is held. */
static bool entry_add(struct fullcone_net *fn, struct fullcone_history *h,
		      const struct filter_key *key, unsigned long end, u32 max)
{
	struct filter_entry *e;

	if (h->dead)
		return true;
	if (!history_make_room(fn, h, max))
		return false;
	e = kmalloc(sizeof(*e), GFP_ATOMIC | __GFP_NOWARN);
	if (!e)
		return false;
	e->key = *key;
	e->end = end;
	if (rhashtable_insert_fast(&fn->filter_entries, &e->node, entry_params)) {
		kfree(e);
		return false;
	}
	list_add_tail(&e->list, &h->entries);
	h->count++;
	atomic_inc(&filter_total);
	return true;
}

static bool entry_note(struct fullcone_net *fn, struct fullcone_history *h,
		       const struct filter_key *key, unsigned long end, u32 max)
{
	struct filter_entry *e = rhashtable_lookup(&fn->filter_entries, key, entry_params);
	bool ok = true;

	if (e && time_before(end, READ_ONCE(e->end) + FULLCONE_STAMP_UNIT))
		return true;
	spin_lock_bh(&h->lock);
	/* another CPU may have freed or made it meanwhile */
	e = rhashtable_lookup(&fn->filter_entries, key, entry_params);
	if (e) {
		if (time_after(end, e->end))
			WRITE_ONCE(e->end, end);
		list_move_tail(&e->list, &h->entries);
	} else {
		ok = entry_add(fn, h, key, end, max);
	}
	spin_unlock_bh(&h->lock);
	return ok;
}

/* The mapping's timer from now; in TCP, its sessions' class counts (see lifetime_tcp.c). */
static unsigned long filter_end(const struct fullcone_mapping *m)
{
	unsigned long end, deadline;

	if (m->key.ep.proto != IPPROTO_TCP)
		return jiffies + fullcone_mapping_timeout(m);
	end = jiffies + m->tcp_open;
	deadline = fullcone_mapping_deadline(m) - FULLCONE_STAMP_UNIT;
	return time_after(deadline, end) ? deadline : end;
}

/**
 * fullcone_filter_note() - note that a packet leaves
 * @fn: the namespace's state
 * @m: its mapping, held by its flow or by the caller
 * @remote: where it goes to
 * @port: the port there
 *
 * Context: any, RCU held. Return: false if there is no memory to remember it.
 */
bool fullcone_filter_note(struct fullcone_net *fn, struct fullcone_mapping *m,
			  const union nf_inet_addr *remote, __be16 port)
{
	struct fullcone_history *h = m->filter_history;
	struct filter_key key;
	unsigned long depends, end;
	int depend;
	u32 max;

	/*
	 * If the packet waited until its mapping died, neither the history nor the profile may
	 * be used. If the mapping is not dead now, both stay for this RCU section.
	 */
	if (!h || test_bit(FULLCONE_DEAD, &m->flags))
		return true;
	max = rcu_dereference(m->profile->settings)->filter_max;
	depends = READ_ONCE(h->depends);
	end = filter_end(m);
	for_each_set_bit(depend, &depends, __FULLCONE_DEPEND_MAX) {
		entry_key(&key, h, depend, remote, port);
		if (!entry_note(fn, h, &key, end, max))
			return false;
	}
	return true;
}

/* An adopted hairpin has no pair of ours: the mappings on both of its sides tell. */
static bool filter_is_hairpin(struct fullcone_net *fn, const struct nf_conn *ct)
{
	if (fullcone_mapping_of(ct->master))
		return false;
	return fullcone_pair_of(ct->master) ||
	       (fullcone_adopt_find(fn, ct, NF_NAT_MANIP_SRC) &&
		fullcone_adopt_find(fn, ct, NF_NAT_MANIP_DST));
}

/**
 * fullcone_filter_packet() - note that a packet of a flow leaves
 * @m: the mapping of its sender, with FULLCONE_COOKIE_FILTERED
 * @ct: the flow
 * @dir: direction of the packet in it
 *
 * An existing flow does not depend on the history, so lack of memory is no failure.
 */
void fullcone_filter_packet(struct fullcone_mapping *m, const struct nf_conn *ct,
			    enum ip_conntrack_dir dir)
{
	const struct nf_conntrack_tuple *orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	struct fullcone_net *fn = fullcone_pernet(nf_ct_net(ct));
	bool hairpin = filter_is_hairpin(fn, ct);

	/* in a hairpin, each side sees the other's external endpoint */
	if (dir == IP_CT_DIR_ORIGINAL && hairpin)
		fullcone_filter_note(fn, m, &orig->dst.u3, orig->dst.u.all);
	else if (dir == IP_CT_DIR_ORIGINAL)
		fullcone_filter_note(fn, m, &reply->src.u3, reply->src.u.all);
	else if (hairpin)
		fullcone_filter_note(fn, m, &reply->dst.u3, reply->dst.u.all);
	else
		fullcone_filter_note(fn, m, &orig->src.u3, orig->src.u.all);
}

/**
 * fullcone_filter_pass() - may this remote begin a session with a mapping?
 * @fn: the namespace's state
 * @m: the mapping, found under RCU
 * @remote: who
 * @port: its port
 *
 * Context: softirq, RCU held.
 */
bool fullcone_filter_pass(struct fullcone_net *fn, const struct fullcone_mapping *m,
			  const union nf_inet_addr *remote, __be16 port)
{
	const struct fullcone_remotes *r;
	const struct filter_entry *e;
	struct filter_key key;

	/* an explicit mapping is open to all, or to the remotes it was given (X-D4, C-3) */
	if (fullcone_mapping_is_explicit(m, jiffies)) {
		r = rcu_dereference(m->remotes);
		return !r || fullcone_remotes_match(r, remote, port);
	}
	if (!m->filter_history)
		return true;
	entry_key(&key, m->filter_history, m->filter, remote, port);
	e = rhashtable_lookup(&fn->filter_entries, &key, entry_params);
	return e && !entry_expired(e, jiffies);
}

/**
 * fullcone_filter_gc() - forget expired entries
 * @fn: the namespace's state
 * @m: a mapping, found under RCU
 *
 * Not only for the memory: where jiffies have 32 bits they would become valid again.
 */
void fullcone_filter_gc(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	struct fullcone_history *h = m->filter_history;

	if (likely(!h))
		return;
	spin_lock_bh(&h->lock);
	history_expire(fn, h, jiffies, FILTER_BATCH);
	spin_unlock_bh(&h->lock);
}

static bool history_shrink(struct fullcone_net *fn, struct fullcone_history *h)
{
	struct filter_entry *e, *next;
	unsigned int budget = FILTER_BATCH;

	spin_lock_bh(&h->lock);
	h->dead = true;
	list_for_each_entry_safe(e, next, &h->entries, list) {
		if (!budget--)
			break;
		entry_forget(fn, e, h);
	}
	spin_unlock_bh(&h->lock);
	return h->count;
}

/* Frees histories that nobody can find any more. Process context. */
static void filter_reap_work(struct work_struct *work)
{
	struct fullcone_net *fn = container_of(work, struct fullcone_net, filter_reaper);
	struct fullcone_history *h, *next;
	LIST_HEAD(dying);

	spin_lock_bh(&fn->filter_lock);
	list_splice_init(&fn->filter_dying, &dying);
	spin_unlock_bh(&fn->filter_lock);
	list_for_each_entry_safe(h, next, &dying, dying) {
		while (history_shrink(fn, h))
			cond_resched();
		kfree_rcu(h, rcu);
		cond_resched();
	}
}

int fullcone_filter_init(struct fullcone_net *fn)
{
	int err;

	fn->filter_max = fullcone_memory_bound(FILTER_ENTRIES_MAX, FILTER_BYTES);
	fn->filter_total_max = fullcone_memory_bound(FILTER_ENTRIES_TOTAL, FILTER_BYTES);
	spin_lock_init(&fn->filter_lock);
	INIT_LIST_HEAD(&fn->filter_dying);
	INIT_WORK(&fn->filter_reaper, filter_reap_work);
	err = rhashtable_init(&fn->filter_histories, &history_params);
	if (err)
		return err;
	err = rhashtable_init(&fn->filter_entries, &entry_params);
	if (err)
		rhashtable_destroy(&fn->filter_histories);
	return err;
}

/* All mappings are gone, and nobody reads. */
void fullcone_filter_exit(struct fullcone_net *fn)
{
	flush_work(&fn->filter_reaper);
	rhashtable_destroy(&fn->filter_entries);
	rhashtable_destroy(&fn->filter_histories);
}
