// SPDX-License-Identifier: GPL-2.0
/*
 * Time: every packet that leaves refreshes its mapping or not, and GC frees the
 * mappings whose time is up. The state of a mapping follows from its stamp and its
 * count at any moment; GC only notices it, so its pace delays nothing but the
 * release of ports and pairs.
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "fullcone.h"

/*
 * Between two turns of GC, for each GC_BUDGET of mappings and in all. Bounds how late a
 * port is released.
 */
#ifdef FULLCONE_RACE_DELAY	/* see mapping_race_window(): as often as it can be */
#define GC_INTERVAL		1
#else
#define GC_INTERVAL		(HZ / 2)
#endif
#define GC_INTERVAL_MAX		(2 * HZ)
/* Mappings looked at before GC lets others run and softirqs in. */
#define GC_BATCH		256
/* Mappings looked at in one go; the next go begins a jiffy later. */
#define GC_BUDGET		8192
/* A mapping with offloaded flows is looked after this long before its deadline, so
 * that GC comes by in time.
 */
#define GC_RESTAMP_AHEAD	(2 * GC_INTERVAL_MAX)
/* Beyond the longest timer, and well within half of the range of 32 bits. */
#define GC_REBASE_AGE		(4U * 86400 * HZ)
/* Walks over conntrack are no more frequent than this. */
#define GC_RESTAMP_INTERVAL	HZ
/* For flows that are over, with so many mappings in DRAIN. */
#define GC_SWEEP_INTERVAL	(5 * HZ)
#define GC_SWEEP_FROM		256
/* ... that have been there no longer than this. conntrack itself is slower by a minute. */
#define GC_SWEEP_AGE		(180 * HZ)

/*
 * The kind of conntrack's last segment of a session, where that was a reset. One that ended
 * nothing leaves the session established.
 */
#define LIFETIME_TCP_RST	4

/* Never back: a class of TCP that is longer than established has a stamp to come. */
static __always_inline void lifetime_refresh(struct fullcone_mapping *m)
{
	unsigned long now = jiffies;

	if (unlikely(time_after_eq(now, READ_ONCE(m->stamp) + FULLCONE_STAMP_UNIT)))
		WRITE_ONCE(m->stamp, now);
}

/* A packet goes out from @m, and its filter remembers where to (K-9). */
static __always_inline void lifetime_sent(struct fullcone_mapping *m, const struct nf_conn *ct,
					  enum ip_conntrack_dir dir)
{
	lifetime_refresh(m);
	if (unlikely(test_bit(FULLCONE_FILTERED, &m->flags)))
		fullcone_filter_packet(m, ct, dir);
}

/* Is its mapping's time another than that of the last packet out? See lifetime_tcp.c. */
static __always_inline bool lifetime_is_transitory(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) == IPPROTO_TCP &&
	       (READ_ONCE(ct->proto.tcp.state) != TCP_CONNTRACK_ESTABLISHED ||
		READ_ONCE(ct->proto.tcp.last_index) == LIFETIME_TCP_RST);
}

/* A packet of @m's, that goes out from its host or in to it. */
static void lifetime_packet(struct fullcone_mapping *m, struct nf_conn *ct,
			    enum ip_conntrack_info ctinfo, const struct sk_buff *skb,
			    bool outbound)
{
	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		fullcone_lifetime_tcp(m, ct, ctinfo, skb, outbound);
	else if (outbound)
		lifetime_sent(m, ct, CTINFO2DIR(ctinfo));
}

/* A flow that will be confirmed next gets its timeouts. @m is not dead. */
static bool lifetime_begin(struct nf_conn *ct, unsigned long status,
			   const struct fullcone_mapping *m, struct net *net)
{
	if ((status & IPS_CONFIRMED) ||
	    fullcone_session_attach(ct, rcu_dereference(m->profile->settings)))
		return true;
	fullcone_stat_inc(fullcone_pernet(net), NOMEM);
	return false;
}

/* Was the flow begun by the mapping's own host? */
static bool lifetime_begun_inside(const struct nf_conn *ct, unsigned long status,
				  const struct fullcone_mapping *m)
{
	const struct nf_conntrack_man *src = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src;

	switch (status & IPS_NAT_MASK) {
	case IPS_SRC_NAT:
		return true;
	case IPS_DST_NAT:
		return false;
	}
	/* A rule of the user's has translated the other side as well. */
	return src->u.all == m->key.ep.port && nf_inet_addr_cmp(&src->u3, &m->key.ep.addr);
}

/*
 * An answered UDP flow may be offloaded from now on (see nat_bind()); and one that
 * is offloaded must be looked after when its mapping is about to expire.
 */
static void lifetime_offload(struct nf_conn *ct, unsigned long status,
			     struct fullcone_mapping *m)
{
	if ((status & (IPS_SEEN_REPLY | IPS_NAT_CLASH)) == (IPS_SEEN_REPLY | IPS_NAT_CLASH))
		clear_bit(IPS_NAT_CLASH_BIT, &ct->status);
	if ((status & IPS_OFFLOAD) && !test_bit(FULLCONE_OFFLOADED, &m->flags))
		set_bit(FULLCONE_OFFLOADED, &m->flags);
}

/*
 * A packet that goes in to @m. A flow that was begun outside and never answered
 * ends with the mapping's time (K-6); one that joined a mapping that has been
 * ended meanwhile is not confirmed any more.
 */
static unsigned int lifetime_inward(struct nf_conn *ct, unsigned long status,
				    const struct fullcone_mapping *m,
				    const struct nf_hook_state *state)
{
	if (!(status & IPS_CONFIRMED) || (status & IPS_SEEN_REPLY) ||
	    fullcone_mapping_state(m, jiffies) == FULLCONE_STATE_OPEN)
		return NF_ACCEPT;
	nf_ct_kill(ct);
	fullcone_stat_inc(fullcone_pernet(state->net), UNREPLIED_KILLED);
	return NF_DROP;
}

static bool lifetime_ended(unsigned long status, const struct fullcone_mapping *m)
{
	return !(status & IPS_CONFIRMED) && test_bit(FULLCONE_DEAD, &m->flags);
}

/* Whatever is not the plain case of fullcone_lifetime_packet(). */
static noinline unsigned int lifetime_slow(struct sk_buff *skb, struct nf_conn *ct,
					   enum ip_conntrack_info ctinfo,
					   struct fullcone_mapping *m,
					   const struct nf_hook_state *state)
{
	unsigned long status = READ_ONCE(ct->status);
	bool original = CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL;
	bool outbound;

	/* ICMP errors about the flow refresh nothing (K-5, P-7.1) and end nothing. */
	if (ctinfo == IP_CT_RELATED || ctinfo == IP_CT_RELATED_REPLY)
		return NF_ACCEPT;
	if (lifetime_ended(status, m) || !lifetime_begin(ct, status, m, state->net))
		return NF_DROP;
	lifetime_offload(ct, status, m);
	outbound = lifetime_begun_inside(ct, status, m) == original;
	lifetime_packet(m, ct, ctinfo, skb, outbound);
	return original && !outbound ? lifetime_inward(ct, status, m, state) : NF_ACCEPT;
}

/* A hairpin: the original direction is the caller's outbound, the reply the callee's. */
static unsigned int lifetime_hairpin(struct sk_buff *skb, struct nf_conn *ct,
				     enum ip_conntrack_info ctinfo,
				     struct fullcone_mapping *src, struct fullcone_mapping *dst,
				     const struct nf_hook_state *state)
{
	bool original = CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL;
	unsigned long status = READ_ONCE(ct->status);

	if (ctinfo == IP_CT_RELATED || ctinfo == IP_CT_RELATED_REPLY)
		return NF_ACCEPT;
	if (lifetime_ended(status, dst) || (src && lifetime_ended(status, src)) ||
	    !lifetime_begin(ct, status, dst, state->net))
		return NF_DROP;
	lifetime_offload(ct, status, dst);
	lifetime_packet(dst, ct, ctinfo, skb, !original);
	if (src) {
		lifetime_offload(ct, status, src);
		lifetime_packet(src, ct, ctinfo, skb, original);
	}
	return original ? lifetime_inward(ct, status, dst, state) : NF_ACCEPT;
}

/*
 * A flow that was there before we were: its mapping is found by its external endpoint. It
 * is not counted where it holds no anchor; then its conntrack's time is the mapping's.
 */
static noinline unsigned int lifetime_adopted(struct sk_buff *skb, struct nf_conn *ct,
					      enum ip_conntrack_info ctinfo,
					      const struct nf_hook_state *state)
{
	struct fullcone_net *fn = fullcone_pernet(state->net);
	struct fullcone_mapping *src, *dst;

	if (!atomic_read(&fn->adopted) || !nf_ct_is_confirmed(ct) ||
	    !fullcone_profile_select(fn, ct))
		return NF_ACCEPT;
	src = fullcone_adopt_find(fn, ct, NF_NAT_MANIP_SRC);
	dst = fullcone_adopt_find(fn, ct, NF_NAT_MANIP_DST);
	if (src)
		fullcone_adopt_packet(src, ct);
	if (dst)
		fullcone_adopt_packet(dst, ct);
	if (src && dst)
		return lifetime_hairpin(skb, ct, ctinfo, src, dst, state);
	if (src || dst)
		return lifetime_slow(skb, ct, ctinfo, src ?: dst, state);
	return NF_ACCEPT;
}

/**
 * fullcone_lifetime_packet() - POSTROUTING: every packet
 * @priv: unused
 * @skb: the packet
 * @state: where it goes
 *
 * The cost of the module for an established flow is this function: the plain cases,
 * a flow begun inside in either direction, are decided from the anchor's cookie, the
 * status and the stamp, and of TCP from its state.
 */
unsigned int fullcone_lifetime_packet(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct fullcone_mapping *m;
	struct fullcone_pair *pair;
	unsigned long status;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct)
		return NF_ACCEPT;
	m = fullcone_mapping_of(ct->master);
	if (unlikely(!m)) {
		pair = fullcone_pair_of(ct->master);
		if (pair)
			return lifetime_hairpin(skb, ct, ctinfo, READ_ONCE(pair->src), pair->dst,
						state);
		return atomic_read(&fullcone_adopted) ?
		       lifetime_adopted(skb, ct, ctinfo, state) : NF_ACCEPT;
	}
	if (unlikely(lifetime_is_transitory(ct)))
		return lifetime_slow(skb, ct, ctinfo, m, state);
	status = READ_ONCE(ct->status);
	if (CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY) {
		if ((status & (IPS_NAT_MASK | IPS_NAT_CLASH | IPS_OFFLOAD)) == IPS_SRC_NAT)
			return NF_ACCEPT;
	} else if ((status & (IPS_NAT_MASK | IPS_CONFIRMED | IPS_OFFLOAD)) ==
		   (IPS_SRC_NAT | IPS_CONFIRMED) && ctinfo != IP_CT_RELATED) {
		lifetime_sent(m, ct, IP_CT_DIR_ORIGINAL);
		return NF_ACCEPT;
	}
	return lifetime_slow(skb, ct, ctinfo, m, state);
}

static void gc_hint_held(struct fullcone_net *fn, struct fullcone_mapping *m, bool held)
{
	if (held == test_bit(FULLCONE_HELD, &m->flags))
		return;
	spin_lock_bh(&fn->lock);
	if (!test_bit(FULLCONE_DEAD, &m->flags))
		fullcone_mapping_hint_held(fn, m, held);
	spin_unlock_bh(&fn->lock);
}

/* Shall its port be kept for a while? Not beyond hold_max of an address (G-8). */
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
static void gc_rebase(struct fullcone_mapping *m, unsigned long now)
{
	unsigned long stamp = READ_ONCE(m->stamp);

	if (time_after(now, stamp + GC_REBASE_AGE))
		cmpxchg(&m->stamp, stamp, now - GC_REBASE_AGE / 2);
	if (test_bit(FULLCONE_EXPLICIT, &m->flags) && !fullcone_mapping_is_explicit(m, now))
		clear_bit(FULLCONE_EXPLICIT, &m->flags);
}

/*
 * An established session has left, and others were there. Look for another established one
 * in time before the mapping's time without would be over.
 */
static bool gc_closing_due(const struct fullcone_mapping *m, unsigned long now)
{
	return test_bit(FULLCONE_CLOSING, &m->flags) &&
	       time_after(now + GC_RESTAMP_AHEAD,
			  READ_ONCE(m->closing_stamp) + m->timeout + FULLCONE_STAMP_UNIT);
}

static int gc_visit(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	unsigned long now = jiffies;
	u8 state;

	gc_rebase(m, now);
	fullcone_filter_gc(fn, m);
	if (unlikely(test_bit(FULLCONE_ADOPTED, &m->flags)))
		fullcone_adopt_expire(fn, m, now);
	if (test_bit(FULLCONE_OFFLOADED, &m->flags) &&
	    time_after(now + GC_RESTAMP_AHEAD, fullcone_mapping_deadline(m)))
		fn->gc_want_restamp = true;
	if (unlikely(gc_closing_due(m, now)))
		fn->gc_want_restamp = true;

	state = fullcone_mapping_state(m, now);
	if (state != FULLCONE_STATE_HELD) {
		/* an idle TCP session may last for days: nothing there to look for */
		fn->gc_drains += state == FULLCONE_STATE_DRAIN &&
				 time_before(now, fullcone_mapping_deadline(m) + GC_SWEEP_AGE);
		gc_hint_held(fn, m, false);
		return 0;
	}
	if (!test_bit(FULLCONE_HELD, &m->flags)) {
		m->held_since = now;
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

/* The walk tells of the mappings that are due whether they have an offloaded flow still ... */
static int gc_before_walk(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	unsigned long now = jiffies;

	if (test_bit(FULLCONE_OFFLOADED, &m->flags) &&
	    time_after(now + GC_RESTAMP_AHEAD, fullcone_mapping_deadline(m)))
		clear_bit(FULLCONE_OFFLOADED, &m->flags);
	/* a session that leaves from now on sets it again */
	if (gc_closing_due(m, now)) {
		set_bit(FULLCONE_UNESTABLISHED, &m->flags);
		clear_bit(FULLCONE_CLOSING, &m->flags);
	}
	return 0;
}

/* ... and whether a session is established. If none is, and none has been since: */
static int gc_after_walk(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	const unsigned long *began = data;
	unsigned long stamp = READ_ONCE(m->stamp);

	if (!test_bit(FULLCONE_UNESTABLISHED, &m->flags))
		return 0;
	clear_bit(FULLCONE_UNESTABLISHED, &m->flags);
	if (!test_bit(FULLCONE_CLOSING, &m->flags) &&
	    time_before(stamp + FULLCONE_STAMP_UNIT, *began) &&
	    time_after(stamp, READ_ONCE(m->closing_stamp)))
		WRITE_ONCE(m->stamp, READ_ONCE(m->closing_stamp));
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

	if (!fn->gc_want_restamp ||
	    time_before(began, fn->gc_last_restamp + GC_RESTAMP_INTERVAL))
		return;
	gc_walk(fn, gc_before_walk, NULL);
	fullcone_walker_restamp(fn);
	gc_walk(fn, gc_after_walk, &began);
	fn->gc_want_restamp = false;
	fn->gc_last_restamp = jiffies;
}

/*
 * conntrack looks for entries whose time is over once in a minute. Until then they hold
 * their mappings, and these their ports and their place in host_max: a host that asks for
 * many names would be refused for what it has forgotten long ago.
 */
static void gc_sweep(struct fullcone_net *fn)
{
	u32 drains = fn->gc_drains;

	fn->gc_drains = 0;
	if (drains < GC_SWEEP_FROM ||
	    time_before(jiffies, fn->gc_last_sweep + GC_SWEEP_INTERVAL))
		return;
	fullcone_walker_expired(fn);
	fn->gc_last_sweep = jiffies;
}

/* The event of a nearly full table may come again when the table has been less full. */
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

	/* Creation of the first mapping starts it again. */
	if (atomic_read(&fn->mappings) || atomic_read(&fn->pair_count))
		queue_delayed_work(system_power_efficient_wq, &fn->gc,
				   more || pairs ? 1 : gc_interval(fn));
}

/* A mapping was made. Any context; cheap if the work is pending. */
void fullcone_gc_kick(struct fullcone_net *fn)
{
	if (!delayed_work_pending(&fn->gc))
		queue_delayed_work(system_power_efficient_wq, &fn->gc, GC_INTERVAL);
}
