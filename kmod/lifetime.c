// SPDX-License-Identifier: GPL-2.0
/*
 * Time: which packets refresh their mapping, and which do not. The state of a mapping
 * follows from its stamp and its count at any moment; gc.c only notices it.
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "fullcone.h"

/*
 * conntrack's last_index of a session whose last segment was a reset. A reset that ended
 * nothing leaves the session established.
 */
#define LIFETIME_TCP_RST	4

/* Never sets it back: a TCP class longer than established has a stamp in the future. */
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
	if (unlikely(fullcone_mapping_is_filtered(m)))
		fullcone_filter_packet(m, ct, dir);
}

/* May its mapping's time differ from that of the last packet out? See lifetime_tcp.c. */
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

/*
 * A flow that will be confirmed next gets its timeouts; UDP needs none. If its mapping was ended
 * meanwhile it must not be confirmed.
 */
static bool lifetime_begin(struct fullcone_net *fn, struct nf_conn *ct,
			   const struct fullcone_mapping *m)
{
	if (test_bit(FULLCONE_DEAD, &m->flags))
		return false;
	if (nf_ct_protonum(ct) == IPPROTO_UDP ||
	    fullcone_session_attach(ct, rcu_dereference(m->profile->settings)))
		return true;
	fullcone_stat_inc(fn, NOMEM);
	return false;
}

/* Was the flow begun by the mapping's own host? @status: of the flow. Any context. */
bool fullcone_lifetime_begun_inside(const struct nf_conn *ct, unsigned long status,
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
 * An answered UDP flow may be offloaded from now on (see nat_mark()). A walk over conntrack
 * must look for an offloaded one when its mapping is about to expire.
 */
static void lifetime_offload(struct nf_conn *ct, unsigned long status,
			     struct fullcone_mapping *m)
{
	/* a flow that lost the core's race for its tuple keeps the bit for good */
	if ((status & (IPS_SEEN_REPLY | IPS_NAT_CLASH | IPS_FIXED_TIMEOUT)) ==
	    (IPS_SEEN_REPLY | IPS_NAT_CLASH))
		clear_bit(IPS_NAT_CLASH_BIT, &ct->status);
	if ((status & IPS_OFFLOAD) && !test_bit(FULLCONE_OFFLOADED, &m->flags))
		set_bit(FULLCONE_OFFLOADED, &m->flags);
}

/*
 * A packet that goes in to @m. A flow that was begun outside and never answered
 * ends with the mapping's time (K-6).
 */
static unsigned int lifetime_inward(struct fullcone_net *fn, struct nf_conn *ct,
				    unsigned long status, const struct fullcone_mapping *m)
{
	if (!(status & IPS_CONFIRMED) || (status & IPS_SEEN_REPLY) ||
	    fullcone_mapping_state(m, jiffies) == FULLCONE_STATE_OPEN)
		return NF_ACCEPT;
	nf_ct_kill(ct);
	fullcone_stat_inc(fn, UNREPLIED_KILLED);
	return NF_DROP;
}

/* A hairpin: the original direction is the caller's outbound, the reply the callee's. */
static unsigned int lifetime_hairpin(struct fullcone_net *fn, struct sk_buff *skb,
				     struct nf_conn *ct, enum ip_conntrack_info ctinfo,
				     struct fullcone_mapping *src, struct fullcone_mapping *dst)
{
	bool original = CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL;
	unsigned long status = READ_ONCE(ct->status);

	if (ctinfo == IP_CT_RELATED || ctinfo == IP_CT_RELATED_REPLY)
		return NF_ACCEPT;
	if (status & IPS_CONFIRMED) {
		lifetime_offload(ct, status, dst);
		if (src)
			lifetime_offload(ct, status, src);
	} else if ((src && test_bit(FULLCONE_DEAD, &src->flags)) ||
		   !lifetime_begin(fn, ct, dst)) {
		return NF_DROP;
	}
	lifetime_packet(dst, ct, ctinfo, skb, !original);
	if (src)
		lifetime_packet(src, ct, ctinfo, skb, original);
	return original ? lifetime_inward(fn, ct, status, dst) : NF_ACCEPT;
}

/* A flow begun inside, or outside. */
static __always_inline unsigned int lifetime_flow(struct fullcone_net *fn, struct sk_buff *skb,
						  struct nf_conn *ct,
						  enum ip_conntrack_info ctinfo,
						  struct fullcone_mapping *m)
{
	unsigned long status = READ_ONCE(ct->status);
	bool original = CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL;
	bool outbound;

	/* ICMP errors about the flow refresh nothing (K-5, P-7.1) and end nothing. */
	if (ctinfo == IP_CT_RELATED || ctinfo == IP_CT_RELATED_REPLY)
		return NF_ACCEPT;
	if (status & IPS_CONFIRMED)
		lifetime_offload(ct, status, m);
	else if (!lifetime_begin(fn, ct, m))
		return NF_DROP;
	outbound = fullcone_lifetime_begun_inside(ct, status, m) == original;
	lifetime_packet(m, ct, ctinfo, skb, outbound);
	return original && !outbound ? lifetime_inward(fn, ct, status, m) : NF_ACCEPT;
}

/*
 * A flow older than the engine: its external endpoint finds its mapping. If it holds no
 * anchor, the mapping does not count it, but lasts as long as its conntrack entry.
 */
static noinline unsigned int lifetime_adopted(struct fullcone_net *fn, struct sk_buff *skb,
					      struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
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
		return lifetime_hairpin(fn, skb, ct, ctinfo, src, dst);
	if (src || dst)
		return lifetime_flow(fn, skb, ct, ctinfo, src ?: dst);
	return NF_ACCEPT;
}

/* Is it the anchor of a mapping that notes no remotes, as most are? In one comparison. */
static __always_inline struct fullcone_mapping *lifetime_plain(struct nf_conn *master)
{
	if (!master || fullcone_cookie_of(master) != fullcone_cookie)
		return NULL;
	return container_of(master, struct fullcone_mapping, anchor);
}

/*
 * Packets that fullcone_lifetime_packet() does not decide by itself. Apart, so that the others do
 * not pay for what is looked up here.
 */
static noinline unsigned int lifetime_any(struct fullcone_net *fn, struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct fullcone_mapping *m;
	struct fullcone_pair *pair;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct)
		return fullcone_early_invalid(skb, state) ? NF_DROP : NF_ACCEPT;
	m = fullcone_mapping_of(ct->master);
	if (likely(m))
		return lifetime_flow(fn, skb, ct, ctinfo, m);
	pair = fullcone_pair_of(ct->master);
	if (pair)
		return lifetime_hairpin(fn, skb, ct, ctinfo, READ_ONCE(pair->src), pair->dst);
	if (likely(!atomic_read(&fullcone_adopted)))
		return NF_ACCEPT;
	return lifetime_adopted(fn, skb, ct, ctinfo);
}

/**
 * fullcone_lifetime_packet() - POSTROUTING: every packet
 * @priv: the namespace's state
 * @skb: the packet
 * @state: where it goes
 *
 * This function is all that an established flow costs. In a flow begun inside, a reply is
 * decided from the conntrack entry alone, and a packet out reads one cache line of the
 * mapping, with the cookie and the stamp.
 */
unsigned int fullcone_lifetime_packet(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct fullcone_mapping *m;
	unsigned long status;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (unlikely(!ct || lifetime_is_transitory(ct)))
		return lifetime_any(priv, skb, state);
	status = READ_ONCE(ct->status);
	if (ctinfo == IP_CT_ESTABLISHED || ctinfo == IP_CT_NEW) {
		m = lifetime_plain(ct->master);
		if (unlikely(!m || (status & (IPS_NAT_MASK | IPS_CONFIRMED | IPS_OFFLOAD)) !=
			     (IPS_SRC_NAT | IPS_CONFIRMED)))
			return lifetime_any(priv, skb, state);
		lifetime_refresh(m);
		return NF_ACCEPT;
	}
	/*
	 * A reply to a flow begun inside refreshes nothing, whosever flow it is; nor does an
	 * ICMP error.
	 */
	if (likely((status & (IPS_NAT_MASK | IPS_NAT_CLASH | IPS_OFFLOAD)) == IPS_SRC_NAT &&
		   !atomic_read(&fullcone_adopted)))
		return NF_ACCEPT;
	return lifetime_any(priv, skb, state);
}
