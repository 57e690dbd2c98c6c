// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a mapping. It has two forms. A mapping without flows is reclaimed: its count
 * goes from 1 to 0 in one step, so that nobody can join any more, and it is freed after a
 * grace period. A mapping that is ended by force may have flows: it is unpublished, the
 * reaper waits for a grace period (packets that have joined are confirmed or gone
 * then), kills the flows and only then releases the port.
 */
#include "fullcone.h"

/**
 * fullcone_mapping_hint_held() - count a mapping as held or as active
 * @fn: the namespace's state, its lock held, so that no released mapping is counted
 * @m: the mapping
 * @held: whether it is HELD
 *
 * Context: any.
 */
void fullcone_mapping_hint_held(struct fullcone_net *fn, struct fullcone_mapping *m, bool held)
{
	enum fullcone_l4 l4 = fullcone_l4_of(m->ext.proto);

	lockdep_assert_held(&fn->lock);
	if (held == test_bit(FULLCONE_HELD, &m->flags))
		return;
	if (held) {
		set_bit(FULLCONE_HELD, &m->flags);
		set_bit(ntohs(m->ext.port), m->addr->held[l4]);
		atomic_inc(&m->addr->held_count[l4]);
		atomic_dec(fullcone_host_active(m->host, m->ext.proto));
	} else {
		clear_bit(FULLCONE_HELD, &m->flags);
		clear_bit(ntohs(m->ext.port), m->addr->held[l4]);
		atomic_dec(&m->addr->held_count[l4]);
		atomic_inc(fullcone_host_active(m->host, m->ext.proto));
	}
}

static void mapping_free_rcu(struct rcu_head *rcu)
{
	struct fullcone_mapping *m = container_of(rcu, struct fullcone_mapping, rcu);

	if (m->prev)
		nf_conntrack_put(&m->prev->ct_general);
	if (!fullcone_compat_ct_refs(&m->anchor))
		nf_ct_tmpl_free(&m->anchor);	/* reclaimed */
	else
		fullcone_mapping_put(m);
}

/*
 * Releases what a dead mapping holds, the port above all; its memory stays until the last
 * reference is gone.
 */
static void mapping_release(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	spin_lock_bh(&fn->lock);
	fullcone_mapping_hint_held(fn, m, false);
	fullcone_adopt_done(fn, m);
	spin_unlock_bh(&fn->lock);
	atomic_dec(fullcone_host_active(m->host, m->ext.proto));

	/* for the events: fullcone_netlink_exit() waits for whoever sends one */
	rcu_read_lock();
	fullcone_block_released(fn, m);
	fullcone_filter_detach(fn, m);
	fullcone_port_release(m->addr, m->ext.proto, m->ext.port);
	fullcone_addr_put(m->addr);
	fullcone_host_put(fn, m->host);
	rcu_read_unlock();
	fullcone_mapping_uncount(fn, m->profile);
	fullcone_profile_put(fn, m->profile);
}

/**
 * fullcone_mapping_discard() - unmake a mapping that could not be published
 * @fn: the namespace's state
 * @m: the mapping
 *
 * It was in an index for a moment, so packets may use it, and its profile, or have joined
 * it: the reaper releases it, as if it had been ended by force. Context: softirq.
 */
void fullcone_mapping_discard(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	spin_lock_bh(&fn->lock);
	if (!test_and_set_bit(FULLCONE_DEAD, &m->flags))
		list_add_tail(&m->dying, &fn->dying);
	spin_unlock_bh(&fn->lock);
	schedule_work(&fn->reaper);
}

/* Count a mapping's end and send its event. RCU has been held since before it died. */
static void mapping_ended(struct fullcone_net *fn, struct fullcone_mapping *m,
			  enum fullcone_reason reason)
{
	struct fullcone_proto *proto = fullcone_proto_of(fn, m->ext.proto);

	switch (reason) {
	case FULLCONE_REASON_ADDR_GONE:
		fullcone_stat_inc(fn, MAPPINGS_ADDR_GONE);
		fullcone_stat_inc(proto, MAPPINGS_ADDR_GONE);
		break;
	case FULLCONE_REASON_EXPIRED:
		fullcone_stat_inc(fn, MAPPINGS_EXPIRED);
		fullcone_stat_inc(m->profile, MAPPINGS_EXPIRED);
		fullcone_stat_inc(proto, MAPPINGS_EXPIRED);
		break;
	case FULLCONE_REASON_REUSED:
		fullcone_stat_inc(fn, HOLD_REUSE);
		fullcone_stat_inc(m->profile, HOLD_REUSE);
		fullcone_stat_inc(proto, HOLD_REUSE);
		break;
	default:
		fullcone_stat_inc(fn, MAPPINGS_FLUSHED);
		fullcone_stat_inc(proto, MAPPINGS_FLUSHED);
	}
	/* if its creation is not announced yet, mapping_announce() sends both events */
	m->end_reason = reason;
	if (test_and_set_bit(FULLCONE_ANNOUNCED, &m->flags))
		fullcone_event_mapping(fn, m, FULLCONE_EVENT_MAPPING_DELETE, reason, NULL);
}

/* Nothing but the timer keeps it. */
static bool mapping_is_idle(const struct fullcone_mapping *m, unsigned long now)
{
	if (fullcone_mapping_is_explicit(m, now) || fullcone_mapping_in_use(m, now))
		return false;
	/* of offloaded flows that do not hold it, only a walk knows the end */
	return !test_bit(FULLCONE_ADOPTED, &m->flags) || !test_bit(FULLCONE_OFFLOADED, &m->flags);
}

static bool mapping_reclaim(struct fullcone_net *fn, struct fullcone_mapping *m,
			    enum fullcone_reason reason, bool timed)
{
	unsigned long now = jiffies;
	bool done = false;

	spin_lock_bh(&fn->lock);
	if (!test_bit(FULLCONE_DEAD, &m->flags) &&
	    (timed ? fullcone_mapping_state(m, now) == FULLCONE_STATE_HELD :
		     mapping_is_idle(m, now)) &&
	    fullcone_compat_ct_dec_if_one(&m->anchor)) {
		set_bit(FULLCONE_DEAD, &m->flags);
		fullcone_table_remove(fn, m);
		done = true;
	}
	spin_unlock_bh(&fn->lock);
	if (done) {
		mapping_ended(fn, m, reason);
		mapping_release(fn, m);
		call_rcu(&m->rcu, mapping_free_rcu);
	}
	return done;
}

/**
 * fullcone_mapping_reclaim() - free a mapping if nothing uses it
 * @fn: the namespace's state
 * @m: the mapping, under RCU
 * @reason: why, for the counters and the event
 *
 * Its state is checked again under the lock, so that nobody makes it static meanwhile.
 *
 * Context: any.
 * Return: whether it was freed. If so, no flow has joined it or will.
 */
bool fullcone_mapping_reclaim(struct fullcone_net *fn, struct fullcone_mapping *m,
			      enum fullcone_reason reason)
{
	return mapping_reclaim(fn, m, reason, true);
}

/**
 * fullcone_mapping_make_way() - free a mapping for a flow that has its external endpoint
 * @fn: the namespace's state
 * @m: the mapping, under RCU
 *
 * As the above, but its timer need not be over. Its port is free then, as if it had been flushed.
 *
 * Context: any.
 * Return: false if it has sessions or somebody has asked for it.
 */
bool fullcone_mapping_make_way(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	return mapping_reclaim(fn, m, FULLCONE_REASON_FLUSHED, false);
}

/**
 * fullcone_mapping_end() - end a mapping and, by the reaper, its flows
 * @fn: the namespace's state
 * @m: the mapping, under RCU
 * @reason: why, for the counters and the event
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
	/* the reaper waits for this RCU section before it lets go of anything */
	if (done)
		mapping_ended(fn, m, reason);
	return done;
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

	/* After this, packets that have found them have confirmed their flows. */
	synchronize_rcu();
	list_for_each_entry(m, &dying, dying)
		flows = flows || test_bit(FULLCONE_ADOPTED, &m->flags) ||
			fullcone_mapping_sessions(m);
	if (flows)
		fullcone_walker_kill_dead(fn, &dying);
	list_for_each_entry_safe(m, next, &dying, dying) {
		mapping_release(fn, m);
		call_rcu(&m->rcu, mapping_free_rcu);
		cond_resched();
	}
}

/* On return, the flows of all mappings that were ended have ended and their ports are free. */
void fullcone_mapping_reap(struct fullcone_net *fn)
{
	schedule_work(&fn->reaper);
	flush_work(&fn->reaper);
}
