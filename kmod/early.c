// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that an older flow keeps from being the first of their own: of strangers that wrote to
 * an external endpoint before there was a mapping, and of called hosts that call back while
 * conntrack remembers the session.
 */
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* States in which a flow is more than one side's unanswered packets to the router. */
#define EARLY_SETTLED	(IPS_SEEN_REPLY | IPS_ASSURED | IPS_NAT_MASK | IPS_OFFLOAD)

/* Would the packet find a mapping now if it were the first of its flow? */
static bool early_has_mapping(struct fullcone_net *fn, const struct nf_conn *ct, int ifindex)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct fullcone_endpoint ext = {
		.addr = t->dst.u3,
		.port = t->dst.u.all,
		.zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL),
		.family = t->src.l3num,
		.proto = t->dst.protonum,
	};
	const struct fullcone_mapping *m = fullcone_table_by_ext(fn, &ext);
	const struct fullcone_settings *s;

	if (!m)
		return false;
	s = rcu_dereference(m->profile->settings);
	if (!s->hairpin && fullcone_iface_internal(fn, ifindex))
		return false;
	return !s->local_check || !fullcone_local_socket(fn->net, t, ifindex);
}

/* Is this flow ours? It may be one of an earlier load (X-C5). RCU held. */
static bool early_is_ours(struct fullcone_net *fn, const struct nf_conn *ct)
{
	return fullcone_mapping_of(ct->master) || fullcone_pair_of(ct->master) ||
	       ((READ_ONCE(ct->status) & IPS_NAT_MASK) && fullcone_profile_select(fn, ct));
}

/* What becomes of a session whose called side sends a SYN, and of that. */
enum early_verdict {
	EARLY_NOT_OURS,
	EARLY_DROP,		/* the session stays */
	EARLY_END,		/* it ends, if it is certain whose SYN it is */
	EARLY_END_CLOSED,	/* it ends: nobody loses anything */
};

static enum early_verdict early_judge(const struct nf_conn *ct, bool from_inside)
{
	switch (READ_ONCE(ct->proto.tcp.state)) {
	case TCP_CONNTRACK_SYN_RECV:
		/* of a simultaneous open, once more: the other side's answer is on its way */
		return EARLY_DROP;
	case TCP_CONNTRACK_LAST_ACK:
	case TCP_CONNTRACK_CLOSE:
		return EARLY_END_CLOSED;
	case TCP_CONNTRACK_ESTABLISHED:
	case TCP_CONNTRACK_FIN_WAIT:
	case TCP_CONNTRACK_CLOSE_WAIT:
		/*
		 * Outside, anybody may forge it, with a host's own address as well; inside, the
		 * host has forgotten the session.
		 */
		if (from_inside &&
		    (fullcone_pair_of(ct->master) ||
		     (READ_ONCE(ct->status) & IPS_NAT_MASK) == IPS_DST_NAT))
			return EARLY_END;
		return EARLY_DROP;
	default:	/* conntrack calls it invalid for another reason */
		return EARLY_NOT_OURS;
	}
}

/* The session of a zone whose called side would send this; with a reference. */
static struct nf_conn *early_find(struct fullcone_net *fn,
				  const struct nf_conntrack_tuple *tuple, u16 id)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_zone zone;

	nf_ct_zone_init(&zone, id, NF_CT_DEFAULT_ZONE_DIR, 0);
	h = nf_conntrack_find_get(fn->net, &zone, tuple);
	if (!h)
		return NULL;
	if (NF_CT_DIRECTION(h) == IP_CT_DIR_REPLY)
		return nf_ct_tuplehash_to_ctrack(h);
	nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return NULL;
}

/*
 * Judges the session whose called side has sent this SYN. Where zones have the same addresses,
 * each may have one to which it is invalid: then none that lives ends, as it may be another's.
 */
static enum early_verdict early_reopen(struct fullcone_net *fn,
				       const struct nf_conntrack_tuple *tuple, bool from_inside)
{
	enum early_verdict verdict = EARLY_NOT_OURS, judged;
	struct nf_conn *ct, *worst = NULL;
	int i, n, found = 0;

	/* pairs with the release in addr_note_zone() */
	n = smp_load_acquire(&fn->zone_count);
	for (i = -1; i < n; i++) {
		ct = early_find(fn, tuple, i < 0 ? NF_CT_DEFAULT_ZONE_ID : fn->zones[i]);
		if (!ct)
			continue;
		judged = early_judge(ct, from_inside);
		if (judged != EARLY_NOT_OURS)
			found++;
		if (judged > verdict && early_is_ours(fn, ct)) {
			verdict = judged;
			swap(ct, worst);
		}
		if (ct)
			nf_ct_put(ct);
	}
	if (verdict == EARLY_END && found > 1)
		verdict = EARLY_DROP;
	if (verdict >= EARLY_END && nf_ct_kill(worst))
		fullcone_stat_inc(fn, CLASH_KILLED);
	if (worst)
		nf_ct_put(worst);
	return verdict;
}

/*
 * The header of a SYN that begins a session. A broken one belongs to no zone's session: conntrack
 * calls it invalid in all of them.
 */
static bool early_is_syn(struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct tcphdr *th;
	struct tcphdr header;
	unsigned int at;

	th = fullcone_tcp_header(skb, state->pf, &header, &at);
	return th && th->syn && !th->ack && !th->rst && !th->fin &&
	       th->doff * 4 >= sizeof(*th) && th->doff * 4 <= skb->len - at &&
	       !nf_checksum(skb, state->hook, at, IPPROTO_TCP, state->pf);
}

/**
 * fullcone_early_invalid() - a packet that conntrack calls invalid
 * @skb: a packet without a conntrack; if it is not to be tracked, nothing is done
 * @state: where
 *
 * When the side that had begun a session sends a SYN, conntrack passes it or, after a reset,
 * ends the session and begins a new one. A SYN of the other side it calls invalid, in all
 * states from SYN_RECV on but TIME_WAIT. So a host that has lost its end of a session, or whose
 * session has been reset or closed (P-2.2), could for minutes or days neither be called by that
 * remote nor call it; and the router itself would answer the remote with a reset, at worst in
 * the middle of a simultaneous open (T-4). So here it is dropped, and the session ends if it is
 * over, or if a host inside has forgotten it: the next SYN is the first packet of a new one. A
 * packet without a conntrack has no zone either, so the flow is looked for in those that mappings
 * have had.
 *
 * Return: whether the packet must be dropped: it would leave untranslated, or the router would
 * answer it.
 */
bool fullcone_early_invalid(struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct fullcone_net *fn = fullcone_pernet(state->net);
	enum early_verdict verdict;
	enum ip_conntrack_info ctinfo;
	struct nf_conntrack_tuple tuple;
	bool from_inside;

	nf_ct_get(skb, &ctinfo);
	if (ctinfo == IP_CT_UNTRACKED || !early_is_syn(skb, state) ||
	    !nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf, state->net, &tuple))
		return false;
	/* what the router sends itself came in nowhere */
	from_inside = state->in && fullcone_iface_internal(fn, fullcone_iface_in(skb, state));
	verdict = early_reopen(fn, &tuple, from_inside);
	/* a service of the router's hears what ends nothing (X-L4) */
	return verdict >= EARLY_END ||
	       (verdict == EARLY_DROP &&
		!fullcone_local_socket(state->net, &tuple, state->in ? state->in->ifindex : 0));
}

/**
 * fullcone_early_pool() - PREROUTING, where there are pools
 * @priv: unused
 * @skb: a packet that comes in
 * @state: where
 */
unsigned int fullcone_early_pool(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	if (likely(skb_nfct(skb)))
		return NF_ACCEPT;
	return fullcone_early_invalid(skb, state) ? NF_DROP : NF_ACCEPT;
}

/**
 * fullcone_early_packet() - LOCAL_IN, first: a later packet of a flow that nobody answers
 * @priv: the namespace's state
 * @skb: a packet for the router
 * @state: where it came in
 *
 * A datagram for a port that is nobody's leaves a conntrack entry, and as long as its sender
 * goes on, NAT is not asked again: a host that gets the port meanwhile would never hear from
 * a peer that tried too early. So such a flow is killed once there is a mapping, and the packet
 * comes in once more, as the first of a new flow. TCP flows end by the router's reset, or were
 * never let in (T-4).
 */
unsigned int fullcone_early_packet(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	struct fullcone_net *fn = priv;
	const struct nf_conntrack_tuple *t;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (unlikely(!ct))
		return fullcone_early_invalid(skb, state) ? NF_DROP : NF_ACCEPT;
	if (likely(ctinfo != IP_CT_NEW || !nf_ct_is_confirmed(ct)))
		return NF_ACCEPT;
	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	/*
	 * A rule of the user's has given it to a socket (tproxy), and would do so again; what the
	 * router sends to itself has no other way in.
	 */
	if (t->dst.protonum != IPPROTO_UDP || ct->master || skb->sk ||
	    (READ_ONCE(ct->status) & EARLY_SETTLED) || (state->in->flags & IFF_LOOPBACK) ||
	    fullcone_nat_link_local(t) || !fullcone_addr_maybe(fn, &t->dst.u3) ||
	    !early_has_mapping(fn, ct, fullcone_iface_in(skb, state)))
		return NF_ACCEPT;

	nf_ct_kill(ct);
	fullcone_stat_inc(fn, CLASH_KILLED);
	/* nothing comes in anew by a VRF's own device: let the next packet be the first */
	if (netif_is_l3_master(state->in))
		return NF_DROP;
	nf_reset_ct(skb);
	skb_dst_drop(skb);
	netif_rx(skb);
	return NF_STOLEN;
}
