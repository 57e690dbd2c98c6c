// SPDX-License-Identifier: GPL-2.0
/* What comes in: flows addressed to a mapping, from outside or from another host inside. */
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/*
 * Send a flow to the internal endpoint of a mapping. @m comes with a reference,
 * which the flow or its pair takes over.
 */
static unsigned int nat_inbound(struct fullcone_net *fn, struct nf_conn *ct,
				struct fullcone_mapping *m, bool hairpin)
{
	const struct fullcone_settings *s = rcu_dereference(m->profile->settings);

	if (hairpin) {
		if (!fullcone_pair_create(fn, ct, m)) {
			fullcone_mapping_put(m);
			return NF_DROP;
		}
	} else {
		fullcone_nat_join(ct, m);
		fullcone_stat_inc(fn, FLOWS_IN);
	}
	/* the reply tuple is checked for a clash when the source is bound */
	return fullcone_nat_bind_dst(ct, s, &m->key.ep);
}

/*
 * Strangers may neither fill the conntrack table through a mapping (X-S8) nor hang any
 * number of sessions on it (X-S3).
 */
static bool nat_in_refused(struct fullcone_net *fn, const struct fullcone_mapping *m,
			   const struct fullcone_settings *s)
{
	u32 max = READ_ONCE(nf_conntrack_max);	/* 0: any number */

	if (max && fullcone_compat_ct_count(fn->net) > max - max / 4) {
		fullcone_stat_inc(fn, IN_PRESSURE);
		return true;
	}
	if (s->in_max && fullcone_mapping_sessions(m) >= s->in_max) {
		fullcone_stat_inc(fn, IN_MAX);
		fullcone_stat_inc(m->profile, IN_MAX);
		return true;
	}
	return false;
}

/*
 * Neither a rule nor a mapping has bound the destination, so it stays. nf_nat would make a
 * null binding, for which it looks up the reply tuple to no effect: a twentieth of the
 * instructions that a new outbound flow costs. The source cannot skip its null binding, since
 * nf_nat enters it into a table.
 */
static unsigned int nat_in_nothing(struct nf_conn *ct)
{
	__set_bit(IPS_DST_NAT_DONE_BIT, &ct->status);
	return NF_ACCEPT;
}

/*
 * A flow to what may be an external address: of a mapping, or of nobody. Apart, so that the
 * flows that go elsewhere do not pay for it.
 */
static noinline unsigned int nat_in_addressed(struct fullcone_net *fn, struct nf_conn *ct,
					      const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct fullcone_endpoint ext = {
		.addr = t->dst.u3,
		.port = t->dst.u.all,
		.zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL),
		.family = t->src.l3num,
		.proto = t->dst.protonum,
	};
	const struct fullcone_settings *s;
	struct fullcone_mapping *m;
	bool internal;

	m = fullcone_table_by_ext(fn, &ext);
	if (!m)
		return nat_in_nothing(ct);
	fullcone_stat_inc(fn, LOOKUPS_IN);

	s = rcu_dereference(m->profile->settings);
	internal = fullcone_iface_internal(fn, state->in->ifindex);
	/* a caller whose source port is 0 can get no mapping */
	if (internal && (!s->hairpin || !t->src.u.all))
		return NF_ACCEPT;
	/* A service of the router's wins, even one that was started later (X-L4). */
	if (s->local_check && fullcone_local_socket(state->net, t, state->in->ifindex)) {
		fullcone_stat_inc(fn, LOCAL_SERVICE);
		return NF_ACCEPT;
	}

	if (fullcone_mapping_state(m, jiffies) != FULLCONE_STATE_OPEN) {
		fullcone_stat_inc(fn, NOT_OPEN);
		return NF_DROP;
	}
	/*
	 * A packet from outside lacks the zone of the host's answers: conntrack would take
	 * those for another flow (X-Z2). A hairpin is filtered when its source is bound: only
	 * then is the caller's external endpoint known.
	 */
	if (unlikely(test_bit(FULLCONE_ZONE_DIR, &m->flags)) ||
	    (!internal && fullcone_filter_refuses(fn, m, &t->src.u3, t->src.u.all))) {
		fullcone_stat_inc(fn, FILTERED);
		return NF_DROP;
	}
	if (!internal && nat_in_refused(fn, m, s))
		return NF_DROP;
	if (!fullcone_mapping_get(m)) {
		fullcone_stat_inc(fn, NOT_OPEN);
		return NF_DROP;
	}
	return nat_inbound(fn, ct, m, internal);
}

/**
 * fullcone_nat_in() - PREROUTING, last: flows addressed to a mapping (K-10)
 * @priv: the namespace's state
 * @skb: first packet of a flow whose destination no rule has bound
 * @state: where it came in
 */
unsigned int fullcone_nat_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *t;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || ctinfo != IP_CT_NEW || nf_ct_is_confirmed(ct) || ct->master)
		return NF_ACCEPT;
	/* a rule of the user's has given it to a socket (tproxy) */
	if (unlikely(skb->sk))
		return NF_ACCEPT;
	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	/* the router itself answers a query to an external address (P-12) */
	if ((t->dst.protonum != IPPROTO_UDP && t->dst.protonum != IPPROTO_TCP) ||
	    fullcone_nat_link_local(t))
		return NF_ACCEPT;
	if (!fullcone_addr_maybe(priv, &t->dst.u3))
		return nat_in_nothing(ct);
	return nat_in_addressed(priv, ct, state);
}

static bool nat_in_source_kept(const struct nf_conn *ct)
{
	return ct->tuplehash[IP_CT_DIR_REPLY].tuple.dst.u.all ==
	       ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u.all;
}

/**
 * fullcone_nat_in_source() - POSTROUTING, last: an inbound flow keeps its source (K-11)
 * @priv: the namespace's state
 * @skb: first packet of a flow whose source no rule has bound
 * @state: where it came in and leaves
 *
 * nf_nat by itself would change the source port if the reply tuple is taken: by a session
 * of the host's with the same remote on another external endpoint (X-O2), or by the flow's
 * own first packet, on another CPU (X-R3). Here such a packet is dropped (K-14).
 */
unsigned int fullcone_nat_in_source(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct fullcone_net *fn = priv;
	enum ip_conntrack_info ctinfo;
	unsigned int verdict;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || nf_ct_is_confirmed(ct) || !fullcone_mapping_of(ct->master))
		return NF_ACCEPT;
	verdict = fullcone_nat_keep_source(ct);
	if (verdict != NF_ACCEPT || likely(nat_in_source_kept(ct)))
		return verdict;
	fullcone_stat_inc(fn, CLASH_DROP);
	return NF_DROP;
}

/* Could a mapping of some profile have this external endpoint? */
static bool nat_in_possible(struct fullcone_net *fn, const struct nf_conntrack_tuple *t)
{
	u16 port = ntohs(t->dst.u.tcp.port);
	const struct fullcone_settings *s;
	struct fullcone_profile *p;

	list_for_each_entry_rcu(p, &fn->profiles, list) {
		s = rcu_dereference(p->settings);
		if (!s->syn_silent ||
		    (s->source_addrs[fullcone_family(t->src.l3num)] &&
		     !fullcone_pool_has(s, t->src.l3num, &t->dst.u3)))
			continue;
		if (!s->port_max || (port >= s->port_min && port <= s->port_max))
			return true;
	}
	return false;
}

/**
 * fullcone_nat_silent() - LOCAL_IN: a SYN that the router would answer with a reset (T-4)
 * @priv: the namespace's state
 * @skb: first packet of a flow for the router
 * @state: where it came in
 *
 * A host behind the router may be about to open the same connection from its side, and
 * a reset would end that (RFC 5382 REQ-4). So an address of mappings is silent on ports
 * that a mapping could have and nobody has.
 */
unsigned int fullcone_nat_silent(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct fullcone_net *fn = priv;
	const struct nf_conntrack_tuple *t;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;
	int ifindex;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || ctinfo != IP_CT_NEW || nf_ct_is_confirmed(ct) || ct->master)
		return NF_ACCEPT;
	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	ifindex = fullcone_iface_in(skb, state);
	/* a rule of the user's has sent it here, or to a socket; or it comes from inside */
	if (t->dst.protonum != IPPROTO_TCP || ct->proto.tcp.state != TCP_CONNTRACK_SYN_SENT ||
	    skb->sk || (ct->status & IPS_DST_NAT) || fullcone_nat_link_local(t) ||
	    !fullcone_addr_maybe(fn, &t->dst.u3) || fullcone_iface_internal(fn, ifindex))
		return NF_ACCEPT;
	if (!fullcone_addr_has_tcp(fn, ct) || !nat_in_possible(fn, t) ||
	    fullcone_local_socket(state->net, t, ifindex))
		return NF_ACCEPT;
	fullcone_stat_inc(fn, SYN_SILENCED);
	return NF_DROP;
}
