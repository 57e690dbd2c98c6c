// SPDX-License-Identifier: GPL-2.0
/*
 * The garbage collector of a namespace frees the mappings whose time is up. Their state
 * follows from stamp and count at any moment; GC only notices it, so its pace delays
 * nothing but the release of ports and pairs.
 */
#include "fullcone.h"

/*
 * Time between two turns of GC: for each GC_BUDGET of mappings, and at most. It bounds how
 * late a port is released.
 */
#ifdef FULLCONE_RACE_DELAY	/* see mapping_race_window(): as often as it can be */
#define GC_INTERVAL		1
#else
#define GC_INTERVAL		(HZ / 2)
#endif
#define GC_INTERVAL_MAX		(2 * HZ)
/* Mappings looked at before GC lets others run and softirqs in. */
#define GC_BATCH		64
/* Mappings looked at in one go; the next go begins a jiffy later. */
#define GC_BUDGET		8192
/* So long before its deadline, a mapping with offloaded flows has a walk look for
 * these: longer than GC takes to come by.
 */
#define GC_RESTAMP_AHEAD	(2 * GC_INTERVAL_MAX)
/* Longer than the longest timer, and well below half of the range of 32 bits. */
#define GC_REBASE_AGE		(4U * 86400 * HZ)
/* Least time between two walks over conntrack for what is due. */
#define GC_RESTAMP_INTERVAL	HZ
/* The same for expired flows; they are looked for with so many mappings in DRAIN ... */
#define GC_SWEEP_INTERVAL	(5 * HZ)
#define GC_SWEEP_FROM		256
/* ... whose deadline passed no longer ago than this. conntrack is slower by a minute. */
#define GC_SWEEP_AGE		(180 * HZ)

static void gc_hint_held(struct fullcone_net *fn, struct fullcone_mapping *m, bool held)
{
	if (held == test_bit(FULLCONE_HELD, &m->flags))
		return;
	spin_lock_bh(&fn->lock);
	if (!test_bit(FULLCONE_DEAD, &m->flags))
		fullcone_mapping_hint_held(fn, m, held);
	spin_unlock_bh(&fn->lock);
}

/* Shall its port be held? Not if its address holds hold_max ports already (G-8). */
static bool gc_may_hold(const struct fullcone_mapping *m)
{
	const atomic_t *held = &m->addr->held_count[fullcone_l4_of(m->ext.proto)];

	return fullcone_mapping_hold(m) &&
	       atomic_read(held) < rcu_dereference(m->profile->settings)->hold_max;
}

/*
 * Deadlines that passed long ago would be in the future again where jiffies have 32
 * bits. Only a mapping that nothing refreshes is that late.
 */
static void gc_rebase(struct fullcone_net *fn, struct fullcone_mapping *m, unsigned long now)
{
	unsigned long stamp = READ_ONCE(m->stamp);

	if (time_after(now, stamp + GC_REBASE_AGE))
		cmpxchg(&m->stamp, stamp, now - GC_REBASE_AGE / 2);
	if (!test_bit(FULLCONE_EXPLICIT, &m->flags) || fullcone_mapping_is_explicit(m, now))
		return;
	spin_lock_bh(&fn->lock);
	/* may have been renewed */
	if (!fullcone_mapping_is_explicit(m, jiffies))
		clear_bit(FULLCONE_EXPLICIT, &m->flags);
	spin_unlock_bh(&fn->lock);
}

/*
 * A session has left ESTABLISHED, and the mapping had others. Is the time near when it would
 * expire without an established one, so that a walk must look for one?
 */
static bool gc_closing_due(const struct fullcone_mapping *m, unsigned long now)
{
	return test_bit(FULLCONE_CLOSING, &m->flags) &&
	       time_after(now + GC_RESTAMP_AHEAD,
			  READ_ONCE(m->closing_stamp) + m->timeout + FULLCONE_STAMP_UNIT);
}

/*
 * A filter remembers each remote for a time of its own, however young the mapping: a walk must
 * note the remotes of offloaded flows before that is over. Every walk notes those of all.
 */
static bool gc_filter_due(const struct fullcone_net *fn, const struct fullcone_mapping *m,
			  unsigned long now)
{
	u32 timeout;

	if (!fullcone_mapping_is_filtered(m))
		return false;
	timeout = m->key.ep.proto == IPPROTO_TCP ? m->tcp_open : fullcone_mapping_timeout(m);
	return now - fn->gc_last_restamp >= timeout / 2;
}

static int gc_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	unsigned long now = jiffies;
	u8 state;

	gc_rebase(fn, m, now);
	fullcone_filter_gc(fn, m);
	if (unlikely(test_bit(FULLCONE_ADOPTED, &m->flags))) {
		fullcone_adopt_expire(fn, m, now);
		if (fullcone_adopt_due(fn, m, now))
			fn->gc_want_restamp = true;
	}
	if (test_bit(FULLCONE_OFFLOADED, &m->flags) &&
	    (time_after(now + GC_RESTAMP_AHEAD, fullcone_mapping_deadline(m)) ||
	     gc_filter_due(fn, m, now)))
		fn->gc_want_restamp = true;
	if (unlikely(gc_closing_due(m, now)))
		fn->gc_want_restamp = true;

	state = fullcone_mapping_state(m, now);
	if (state != FULLCONE_STATE_HELD) {
		/* an idle TCP session may last for days: no reason to sweep */
		fn->gc_drains += state == FULLCONE_STATE_DRAIN &&
				 time_before(now, fullcone_mapping_deadline(m) + GC_SWEEP_AGE);
		gc_hint_held(fn, m, false);
		return 0;
	}
	if (!test_bit(FULLCONE_HELD, &m->flags)) {
		WRITE_ONCE(m->held_since, now);
		if (gc_may_hold(m)) {
			gc_hint_held(fn, m, true);
			return 0;
		}
	} else if (time_before(now, m->held_since + fullcone_mapping_hold(m))) {
		return 0;
	}
	fullcone_mapping_reclaim(fn, m, FULLCONE_REASON_EXPIRED);
	return 0;
}

/*
 * For each mapping that is due, the walk tells whether it still has an offloaded flow, or an
 * adopted one ...
 */
static int gc_before_walk(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	unsigned long now = jiffies;

	if (test_bit(FULLCONE_OFFLOADED, &m->flags) &&
	    time_after(now + GC_RESTAMP_AHEAD, fullcone_mapping_deadline(m)))
		clear_bit(FULLCONE_OFFLOADED, &m->flags);
	if (unlikely(fullcone_adopt_due(fn, m, now)))
		set_bit(FULLCONE_UNSEEN, &m->flags);
	/* a session that leaves ESTABLISHED from now on sets it again */
	if (gc_closing_due(m, now)) {
		set_bit(FULLCONE_UNESTABLISHED, &m->flags);
		clear_bit(FULLCONE_CLOSING, &m->flags);
	}
	return 0;
}

/*
 * ... or an established session. Without one, then or since, its stamp goes back; without an
 * adopted one, only its timer and the hold keep it.
 */
static int gc_after_walk(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	const unsigned long *began = data;
	unsigned long stamp = READ_ONCE(m->stamp);

	fullcone_adopt_unseen(fn, m);
	if (!test_bit(FULLCONE_UNESTABLISHED, &m->flags))
		return 0;
	clear_bit(FULLCONE_UNESTABLISHED, &m->flags);
	if (!test_bit(FULLCONE_CLOSING, &m->flags) &&
	    time_before(stamp + FULLCONE_STAMP_UNIT, *began) &&
	    time_after(stamp, READ_ONCE(m->closing_stamp)))
		cmpxchg(&m->stamp, stamp, READ_ONCE(m->closing_stamp));
	return 0;
}

static void gc_walk(struct fullcone_net *fn,
		    int (*visit)(struct fullcone_net *fn, struct fullcone_mapping *m, void *data),
		    void *data)
{
	struct fullcone_cursor cursor = {};

	while (fullcone_table_walk(fn, &cursor, GC_BATCH, visit, data))
		cond_resched();
}

/* One walk over conntrack for all mappings that are due. */
static void gc_restamp(struct fullcone_net *fn)
{
	unsigned long began = jiffies;

	/* unsigned: right however long ago it was */
	if (!fn->gc_want_restamp || began - fn->gc_last_restamp < GC_RESTAMP_INTERVAL)
		return;
	gc_walk(fn, gc_before_walk, NULL);
	fullcone_walker_restamp(fn);
	gc_walk(fn, gc_after_walk, &began);
	fn->gc_want_restamp = false;
	fn->gc_last_restamp = jiffies;
}

/*
 * conntrack looks for expired entries once a minute. Until then they hold their mappings,
 * which keep their ports and count towards host_max: a host that sends many DNS queries
 * would be refused because of answered ones.
 */
static void gc_sweep(struct fullcone_net *fn)
{
	u32 drains = fn->gc_drains;

	fn->gc_drains = 0;
	if (drains < GC_SWEEP_FROM || jiffies - fn->gc_last_sweep < GC_SWEEP_INTERVAL)
		return;
	fullcone_walker_expired(fn);
	fn->gc_last_sweep = jiffies;
}

/* Once the table is less full, the event of a nearly full table may be sent again. */
static void gc_threshold(struct fullcone_net *fn)
{
	u32 max;

	rcu_read_lock();
	max = rcu_dereference(fn->default_profile->settings)->max_mappings;
	rcu_read_unlock();
	if (atomic_read(&fn->mappings) < max - max / 5)
		clear_bit(0, &fn->threshold);
}

static unsigned long gc_interval(const struct fullcone_net *fn)
{
	unsigned long budgets = 1 + atomic_read(&fn->mappings) / GC_BUDGET;

	return min_t(unsigned long, budgets * GC_INTERVAL, GC_INTERVAL_MAX);
}

/* The garbage collector of a namespace. Process context, resumable. */
void fullcone_gc_work(struct work_struct *work)
{
	struct fullcone_net *fn = container_of(work, struct fullcone_net, gc.work);
	unsigned int batches = GC_BUDGET / GC_BATCH;
	bool more = true, pairs;

	pairs = fullcone_pair_gc(fn);
	while (more && batches--) {
		more = fullcone_table_walk(fn, &fn->gc_cursor, GC_BATCH, gc_visit, NULL);
		cond_resched();
	}
	if (!more) {
		fn->gc_cursor = (struct fullcone_cursor){};
		fullcone_addr_gc(fn);
		gc_threshold(fn);
		gc_sweep(fn);
	}
	gc_restamp(fn);

	/* The first address, which every mapping needs, starts it again. */
	if (atomic_read(&fn->addrs) || atomic_read(&fn->pair_count))
		queue_delayed_work(system_power_efficient_wq, &fn->gc,
				   more || pairs ? 1 : gc_interval(fn));
}

/* An external address has come into use. Any context. */
void fullcone_gc_kick(struct fullcone_net *fn)
{
	/* if it is queued, it stays so: a mere look could miss that it has just begun to run */
	queue_delayed_work(system_power_efficient_wq, &fn->gc, GC_INTERVAL);
}
