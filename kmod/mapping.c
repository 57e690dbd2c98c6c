// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping object: birth, references, state and death.
 *
 * Death has two forms. A mapping without flows is reclaimed: its count goes from 1
 * to 0 in one step, so that nobody can join any more, and it is freed after a grace
 * period. A mapping that is ended by force may have flows: it is unpublished, the
 * reaper waits for a grace period (packets that have joined are confirmed or gone
 * then), kills the flows and only then releases the port.
 */
#include "fullcone.h"

/* Over all namespaces: a limit for each is none to who can make namespaces. */
static atomic_t mappings_total;

void fullcone_mapping_uncount(struct fullcone_net *fn)
{
	atomic_dec(&fn->mappings);
	atomic_dec(&mappings_total);
}

/* One mapping more, if the bounds allow it. */
bool fullcone_mapping_count(struct fullcone_net *fn)
{
	int here = atomic_inc_return(&fn->mappings);

	if (atomic_inc_return(&mappings_total) <= FULLCONE_MAPPINGS_TOTAL_MAX &&
	    here <= FULLCONE_MAPPINGS_MAX)
		return true;
	fullcone_mapping_uncount(fn);
	return false;
}

/**
 * fullcone_mapping_get() - take a reference on a mapping found in an index
 * @m: the mapping, under RCU
 *
 * Return: false if it is dying; look it up again then.
 */
bool fullcone_mapping_get(struct fullcone_mapping *m)
{
	if (!fullcone_compat_ct_inc_not_zero(&m->anchor))
		return false;
	/* Pairs with the grace period of the reaper: not dead yet means that the
	 * reaper waits for this RCU section before it looks for our flow.
	 */
	smp_mb__after_atomic();
	if (likely(!test_bit(FULLCONE_DEAD, &m->flags)))
		return true;
	fullcone_mapping_put(m);
	return false;
}

static void mapping_free_rcu(struct rcu_head *rcu)
{
	struct fullcone_mapping *m = container_of(rcu, struct fullcone_mapping, rcu);

	if (!fullcone_compat_ct_refs(&m->anchor))
		nf_ct_tmpl_free(&m->anchor);	/* reclaimed */
	else
		fullcone_mapping_put(m);
}

/* The port goes back; the memory stays until the last reference is gone. */
static void mapping_release(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	fullcone_port_release(m->addr, m->ext.proto, m->ext.port);
	fullcone_addr_put(m->addr);
	fullcone_mapping_uncount(fn);
}

/**
 * fullcone_mapping_destination() - a session of the mapping goes to a port
 * @m: the mapping
 * @profile: its profile
 * @port: destination port
 *
 * The short timer applies only while every destination is in udp_short (U-5a).
 */
void fullcone_mapping_destination(struct fullcone_mapping *m,
				  const struct fullcone_profile *profile, __be16 port)
{
	u32 timeout;

	if (likely(!test_bit(FULLCONE_SHORT, &m->flags)))
		return;
	timeout = fullcone_profile_udp_short(profile, port);
	if (!timeout)
		clear_bit(FULLCONE_SHORT, &m->flags);
	else if (timeout > READ_ONCE(m->short_timeout))
		WRITE_ONCE(m->short_timeout, timeout);
}

static int mapping_init(struct fullcone_net *fn, struct fullcone_mapping *m,
			struct fullcone_request *req)
{
	__be16 port = req->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.dst.u.all;
	int err;

	m->addr = fullcone_addr_get(fn, &req->ext_addr, req->key.ep.family, req->ext_zone);
	if (!m->addr)
		return -ENOMEM;
	m->key = req->key;
	m->ext = (struct fullcone_endpoint) {
		.addr = req->ext_addr,
		.zone = req->ext_zone,
		.family = req->key.ep.family,
		.proto = req->key.ep.proto,
	};
	err = fullcone_port_choose(fn, m->addr, req, &m->ext.port);
	if (err) {
		fullcone_addr_put(m->addr);
		return err;
	}
	if (req->key.ep.proto == IPPROTO_UDP)
		m->short_timeout = fullcone_profile_udp_short(req->profile, port);
	if (m->short_timeout)
		__set_bit(FULLCONE_SHORT, &m->flags);
	m->timeout = req->profile->udp * HZ;
	m->hold = req->profile->udp_hold * HZ;
	m->created = jiffies;
	m->stamp = m->created;
	return 0;
}

/**
 * fullcone_mapping_create() - make and publish the mapping of an internal endpoint
 * @fn: the namespace's state
 * @req: who asks, and for what; the port is chosen here
 *
 * Context: softirq, RCU held.
 * Return: the mapping, or the one that another CPU made for the same endpoint
 * meanwhile; no reference is taken. On failure an error pointer, and counted:
 * -ENOSPC no port, -EDQUOT table full, -ENOMEM.
 */
struct fullcone_mapping *fullcone_mapping_create(struct fullcone_net *fn,
						 struct fullcone_request *req)
{
	struct fullcone_mapping *m, *owner;
	int err;

	if (!fullcone_mapping_count(fn)) {
		fullcone_stat_inc(fn, TABLE_FULL);
		return ERR_PTR(-EDQUOT);
	}
	m = fullcone_anchor_alloc(sizeof(*m), req->ct, fullcone_cookie);
	if (!m) {
		err = -ENOMEM;
		goto err;
	}
	err = mapping_init(fn, m, req);
	if (err) {
		nf_ct_tmpl_free(&m->anchor);
		goto err;
	}
	err = fullcone_table_insert(fn, m, &owner);
	if (!err) {
		/* fullcone_mapping_end() marks it dead and then unpublishes it. Either it
		 * has found it in the internal index, or we see the mark.
		 */
		smp_mb();
		if (unlikely(test_bit(FULLCONE_DEAD, &m->flags)))
			fullcone_table_remove_key(fn, m);
		fullcone_stat_inc(fn, MAPPINGS_CREATED);
		fullcone_gc_kick(fn);
		return m;
	}

	/* It was in an index for a moment: somebody may hold it, or have ended it,
	 * and then it is the reaper's.
	 */
	if (!test_and_set_bit(FULLCONE_DEAD, &m->flags)) {
		mapping_release(fn, m);
		call_rcu(&m->rcu, mapping_free_rcu);
	}
	if (err == -EEXIST)
		return owner;
	fullcone_stat_inc(fn, NOMEM);
	return ERR_PTR(err);
err:
	fullcone_mapping_uncount(fn);
	if (err == -ENOSPC)
		fullcone_stat_inc(fn, NO_PORT);
	else
		fullcone_stat_inc(fn, NOMEM);
	return ERR_PTR(err);
}

/**
 * fullcone_mapping_state() - OPEN, DRAIN or HELD (K-4)
 * @m: the mapping
 * @now: jiffies
 */
u8 fullcone_mapping_state(const struct fullcone_mapping *m, unsigned long now)
{
	if (!time_after(now, fullcone_mapping_deadline(m)))
		return FULLCONE_STATE_OPEN;
	if (fullcone_mapping_sessions(m))
		return FULLCONE_STATE_DRAIN;
	return FULLCONE_STATE_HELD;
}

/**
 * fullcone_mapping_reclaim() - free a mapping if nothing uses it
 * @fn: the namespace's state
 * @m: the mapping, under RCU
 *
 * Context: any.
 * Return: whether it was freed. Nobody can have joined then, nor will.
 */
bool fullcone_mapping_reclaim(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	bool done = false;

	spin_lock_bh(&fn->lock);
	if (!test_bit(FULLCONE_DEAD, &m->flags) &&
	    fullcone_compat_ct_dec_if_one(&m->anchor)) {
		set_bit(FULLCONE_DEAD, &m->flags);
		fullcone_table_remove(fn, m);
		done = true;
	}
	spin_unlock_bh(&fn->lock);
	if (done) {
		mapping_release(fn, m);
		call_rcu(&m->rcu, mapping_free_rcu);
	}
	return done;
}

/**
 * fullcone_mapping_end() - end a mapping and, by the reaper, its flows
 * @fn: the namespace's state
 * @m: the mapping, under RCU
 * @reason: why, for the counters
 *
 * New packets no longer find it. Context: any; the caller schedules the reaper.
 * Return: false if it was dying already.
 */
bool fullcone_mapping_end(struct fullcone_net *fn, struct fullcone_mapping *m,
			  enum fullcone_reason reason)
{
	bool done;

	spin_lock_bh(&fn->lock);
	done = !test_and_set_bit(FULLCONE_DEAD, &m->flags);
	if (done) {
		fullcone_table_remove(fn, m);
		list_add_tail(&m->dying, &fn->dying);
	}
	spin_unlock_bh(&fn->lock);
	if (!done)
		return false;
	if (reason == FULLCONE_REASON_ADDR_GONE)
		fullcone_stat_inc(fn, MAPPINGS_ADDR_GONE);
	else
		fullcone_stat_inc(fn, MAPPINGS_FLUSHED);
	return true;
}

/* The reaper. Process context. */
void fullcone_mapping_reap_work(struct work_struct *work)
{
	struct fullcone_net *fn = container_of(work, struct fullcone_net, reaper);
	struct fullcone_mapping *m, *next;
	bool flows = false;
	LIST_HEAD(dying);

	spin_lock_bh(&fn->lock);
	list_splice_init(&fn->dying, &dying);
	spin_unlock_bh(&fn->lock);
	if (list_empty(&dying))
		return;

	/* Packets that found them before have confirmed their flows after this. */
	synchronize_rcu();
	list_for_each_entry(m, &dying, dying)
		flows = flows || fullcone_mapping_sessions(m);
	if (flows)
		fullcone_walker_kill_dead(fn->net);
	list_for_each_entry_safe(m, next, &dying, dying) {
		mapping_release(fn, m);
		fullcone_mapping_put(m);
		cond_resched();
	}
}
