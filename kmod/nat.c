// SPDX-License-Identifier: GPL-2.0
/*
 * The decisions: outbound, inbound, hairpin. nf_nat calls these functions for the
 * first packet of a flow that no rule before them has bound; NF_ACCEPT without a
 * binding leaves the flow to the rules after them, at last to no translation.
 *
 * All of it is softirq with RCU held. nat_bind() is the only caller of
 * nf_nat_setup_info().
 */
#include <linux/inetdevice.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>

#include "fullcone.h"

/* Times to look again for a mapping that turns out to be dying. */
#define NAT_RETRIES	3

static bool nat_proto_supported(u8 family, u8 proto)
{
	return family == NFPROTO_IPV4 && proto == IPPROTO_UDP;
}

/* The label makes the flow known to conntrackd and to a later load of the engine. */
static void nat_label(const struct fullcone_settings *s, struct nf_conn *ct)
{
	struct nf_conn_labels *labels;

	if (s->label == FULLCONE_LABEL_NONE)
		return;
	labels = nf_ct_labels_find(ct);
	if (labels)
		set_bit(s->label, labels->bits);
}

/*
 * Bind one side of a flow to exactly this endpoint. The caller has checked that the
 * reply tuple is free.
 */
static unsigned int nat_bind(struct nf_conn *ct, const struct fullcone_settings *s,
			     const struct fullcone_endpoint *to, enum nf_nat_manip_type manip)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
		.min_addr = to->addr,
		.max_addr = to->addr,
		.min_proto.all = to->port,
		.max_proto.all = to->port,
	};

	nat_label(s, ct);
	/*
	 * nft offloads UDP from the second packet on, after which the core never
	 * learns of a reply. Flow offload skips flows with this bit; it goes with
	 * the first reply, see lifetime.c.
	 */
	if (to->proto == IPPROTO_UDP)
		__set_bit(IPS_NAT_CLASH_BIT, &ct->status);
	return nf_nat_setup_info(ct, &range, manip);
}

/* The flow holds the mapping from here on, until the core destroys it. */
static void nat_join(struct nf_conn *ct, struct fullcone_mapping *m)
{
	ct->master = &m->anchor;
}

static void nat_key_init(struct fullcone_key *key, const struct nf_conn *ct, u32 realm)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	*key = (struct fullcone_key) {
		.ep = {
			.addr = t->src.u3,
			.port = t->src.u.all,
			.zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL),
			.family = t->src.l3num,
			.proto = t->dst.protonum,
		},
		.realm = realm,
	};
}

/* Find or make the mapping of @req->key; the caller gets a reference. NULL: refused. */
static struct fullcone_mapping *nat_mapping(struct fullcone_net *fn, struct fullcone_request *req,
					    bool (*select_addr)(struct fullcone_request *req,
								const void *arg),
					    const void *arg, struct sk_buff *skb)
{
	bool pool = fullcone_realm_is_pool(req->key.realm);
	struct fullcone_mapping *m;
	int i;

	for (i = 0; i < NAT_RETRIES; i++) {
		m = fullcone_table_by_key(fn, &req->key);
		if (!m) {
			req->refusal = FULLCONE_REFUSED_NO_ADDRESS;
			if (pool || select_addr(req, arg))
				m = fullcone_mapping_create(fn, req);
			if (IS_ERR_OR_NULL(m)) {
				fullcone_refuse(fn, req, skb);
				return NULL;
			}
		}
		if (likely(fullcone_mapping_get(m)))
			return m;
		fullcone_stat_inc(fn, JOIN_RETRY);
		/* Dying: whoever ends it holds the lock until it is unpublished. */
		spin_lock_bh(&fn->lock);
		spin_unlock_bh(&fn->lock);
	}
	fullcone_stat_inc(fn, CLASH_DROP);
	return NULL;
}

/* The reply to the flow as it is now, addressed to @ext. */
static void nat_reply(struct nf_conntrack_tuple *reply, const struct nf_conn *ct,
		      const struct fullcone_endpoint *ext)
{
	*reply = ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	reply->dst.u3 = ext->addr;
	reply->dst.u.all = ext->port;
}

struct nat_route {
	const struct sk_buff *skb;
	const struct net_device *out;
};

/* The address that masquerade would choose. */
static bool nat_addr_masquerade(struct fullcone_request *req, const void *arg)
{
	const struct nat_route *r = arg;
	__be32 nexthop = rt_nexthop(skb_rtable(r->skb), ip_hdr(r->skb)->daddr);

	req->ext_addr.ip = inet_select_addr(r->out, nexthop, RT_SCOPE_UNIVERSE);
	return req->ext_addr.ip;
}

/* A hairpin's caller gets an address of the realm it calls into. */
static bool nat_addr_of_callee(struct fullcone_request *req, const void *arg)
{
	const struct fullcone_mapping *dst = arg;

	req->ext_addr = dst->ext.addr;
	return true;
}

/* Can this labelled flow have a mapping? If not, it is the user's rules' to bind. */
static bool nat_out_eligible(const struct nf_conn *ct, const struct sk_buff *skb)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	if (!nat_proto_supported(t->src.l3num, t->dst.protonum))
		return false;
	/* expected by a helper, which knows where it belongs (X-A1) */
	if (ct->master)
		return false;
#ifdef CONFIG_XFRM
	/* about to be encrypted: translated, it would not match its policy (X-O3) */
	if (skb_dst(skb)->xfrm)
		return false;
#endif
	/*
	 * X-O1. The type of the route, not its flags: those of a directed broadcast that
	 * is forwarded do not tell.
	 */
	return t->src.u.all && t->src.u3.ip && skb_rtable(skb)->rt_type == RTN_UNICAST;
}

static void nat_request(struct fullcone_request *req, struct nf_conn *ct,
			struct fullcone_profile *p, const struct fullcone_settings *s,
			u32 realm, int ifindex)
{
	*req = (struct fullcone_request) {
		.profile = p,
		.settings = s,
		.zone = *nf_ct_zone(ct),
		.ct = ct,
		.dst_port = ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.dst.u.all,
		.ext_zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_REPLY),
		.ifindex = ifindex,
		.reply = ct->tuplehash[IP_CT_DIR_REPLY].tuple,
	};
	nat_key_init(&req->key, ct, realm);
}

/*
 * The flow ends when it is routed another way, and, by masquerade's notifiers, with its
 * address, also after we are gone. Those notifiers are not ours to hold: letting
 * go of them would end the flows (see notifier.c).
 */
static bool nat_follow_interface(struct nf_conn *ct, int ifindex)
{
	struct nf_conn_nat *nat = nf_ct_nat_ext_add(ct);

	if (!nat)
		return false;
	nat->masq_index = ifindex;
	return true;
}

static unsigned int nat_outbound(struct fullcone_net *fn, struct fullcone_profile *p,
				 struct nf_conn *ct, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct fullcone_settings *s = rcu_dereference(p->settings);
	struct nat_route route = { .skb = skb, .out = state->out };
	int ifindex = state->out->ifindex;
	struct nf_conntrack_tuple reply;
	struct fullcone_request req;
	struct fullcone_mapping *m;

	nat_request(&req, ct, p, s, fullcone_profile_realm(p, s, ifindex), ifindex);
	m = nat_mapping(fn, &req, nat_addr_masquerade, &route, skb);
	if (!m)
		return NF_DROP;
	nat_join(ct, m);
	fullcone_mapping_destination(m, req.dst_port);

	nat_reply(&reply, ct, &m->ext);
	if (!fullcone_clash_resolve(fn, ct, &reply, ifindex)) {
		fullcone_stat_inc(fn, CLASH_DROP);
		return NF_DROP;
	}
	if (!fullcone_realm_is_pool(req.key.realm) && !nat_follow_interface(ct, ifindex)) {
		fullcone_stat_inc(fn, NOMEM);
		return NF_DROP;
	}
	fullcone_stat_inc(fn, FLOWS_OUT);
	return nat_bind(ct, s, &m->ext, NF_NAT_MANIP_SRC);
}

/* The other half of a hairpin: show the caller's external endpoint (U-9a). */
static unsigned int nat_hairpin_source(struct fullcone_net *fn, struct nf_conn *ct,
				       struct fullcone_pair *pair, struct sk_buff *skb)
{
	const struct fullcone_mapping *callee = pair->dst;
	struct nf_conntrack_tuple reply;
	struct fullcone_request req;
	struct fullcone_mapping *m;

	/* the callee has been ended since PREROUTING; its address may be gone, too */
	if (test_bit(FULLCONE_DEAD, &callee->flags)) {
		fullcone_stat_inc(fn, NOT_OPEN);
		return NF_DROP;
	}
	nat_request(&req, ct, callee->profile, rcu_dereference(callee->profile->settings),
		    callee->key.realm, callee->ifindex);
	m = nat_mapping(fn, &req, nat_addr_of_callee, callee, skb);
	if (!m)
		return NF_DROP;
	WRITE_ONCE(pair->src, m);
	fullcone_mapping_destination(m, req.dst_port);

	nat_reply(&reply, ct, &m->ext);
	if (!fullcone_clash_resolve(fn, ct, &reply, req.ifindex)) {
		fullcone_stat_inc(fn, CLASH_DROP);
		return NF_DROP;
	}
	fullcone_stat_inc(fn, FLOWS_HAIRPIN);
	return nat_bind(ct, req.settings, &m->ext, NF_NAT_MANIP_SRC);
}

/**
 * fullcone_nat_out() - POSTROUTING: flows that leave
 * @priv: unused
 * @skb: first packet of a flow whose source is not bound yet
 * @state: where it came in and leaves
 */
unsigned int fullcone_nat_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct fullcone_net *fn = fullcone_pernet(state->net);
	enum ip_conntrack_info ctinfo;
	struct fullcone_profile *p;
	struct fullcone_pair *pair;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || ctinfo != IP_CT_NEW || nf_ct_is_confirmed(ct))
		return NF_ACCEPT;
	pair = fullcone_pair_of(ct->master);
	if (pair)
		return pair->src ? NF_ACCEPT : nat_hairpin_source(fn, ct, pair, skb);
	/* Inbound: the true source is shown, unless the user has a rule (K-11). */
	if (fullcone_mapping_of(ct->master))
		return NF_ACCEPT;

	p = fullcone_profile_select(fn, ct);
	if (!p)
		return NF_ACCEPT;
	if (fullcone_local_packet(skb, state)) {
		fullcone_stat_inc(fn, DECLINED);
		return NF_ACCEPT;
	}
	fullcone_iface_learn(fn, skb, state);
	if (!nat_out_eligible(ct, skb)) {
		fullcone_stat_inc(fn, DECLINED);
		return NF_ACCEPT;
	}
	return nat_outbound(fn, p, ct, skb, state);
}

/*
 * Send a flow to the internal endpoint of a mapping. @m comes with a reference,
 * which the flow or its pair takes over.
 */
static unsigned int nat_inbound(struct fullcone_net *fn, struct nf_conn *ct,
				struct fullcone_mapping *m, bool hairpin)
{
	const struct fullcone_settings *s = rcu_dereference(m->profile->settings);
	struct nf_conntrack_tuple reply = ct->tuplehash[IP_CT_DIR_REPLY].tuple;

	if (hairpin) {
		/* the reply tuple is looked at when the source is known */
		if (!fullcone_pair_create(fn, ct, m)) {
			fullcone_mapping_put(m);
			return NF_DROP;
		}
		return nat_bind(ct, s, &m->key.ep, NF_NAT_MANIP_DST);
	}

	nat_join(ct, m);
	reply.src.u3 = m->key.ep.addr;
	reply.src.u.all = m->key.ep.port;
	if (nf_conntrack_tuple_taken(&reply, ct)) {
		fullcone_stat_inc(fn, CLASH_DROP);
		return NF_DROP;
	}
	fullcone_stat_inc(fn, FLOWS_IN);
	return nat_bind(ct, s, &m->key.ep, NF_NAT_MANIP_DST);
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

/**
 * fullcone_nat_in() - PREROUTING: flows addressed to a mapping (K-10)
 * @priv: unused
 * @skb: first packet of a flow whose destination no rule has bound
 * @state: where it came in
 */
unsigned int fullcone_nat_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct fullcone_net *fn = fullcone_pernet(state->net);
	const struct fullcone_settings *s;
	const struct nf_conntrack_tuple *t;
	struct fullcone_endpoint ext;
	struct fullcone_mapping *m;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;
	bool internal;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || ctinfo != IP_CT_NEW || nf_ct_is_confirmed(ct) || ct->master)
		return NF_ACCEPT;
	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	if (!nat_proto_supported(t->src.l3num, t->dst.protonum) ||
	    !fullcone_addr_maybe(fn, &t->dst.u3))
		return NF_ACCEPT;

	ext = (struct fullcone_endpoint) {
		.addr = t->dst.u3,
		.port = t->dst.u.all,
		.zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL),
		.family = t->src.l3num,
		.proto = t->dst.protonum,
	};
	m = fullcone_table_by_ext(fn, &ext);
	if (!m)
		return NF_ACCEPT;
	fullcone_stat_inc(fn, LOOKUPS_IN);

	s = rcu_dereference(m->profile->settings);
	internal = fullcone_iface_internal(fn, state->in);
	if (internal && !s->hairpin)
		return NF_ACCEPT;
	/* A service of the router's wins, also one that was started later (X-L4). */
	if (s->local_check && fullcone_local_socket(state->net, t, state->in->ifindex)) {
		fullcone_stat_inc(fn, LOCAL_SERVICE);
		return NF_ACCEPT;
	}

	if (fullcone_mapping_state(m, jiffies) != FULLCONE_STATE_OPEN) {
		fullcone_stat_inc(fn, NOT_OPEN);
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
 * fullcone_nat_in_source() - POSTROUTING, last: an inbound flow keeps its source (K-11)
 * @priv: unused
 * @skb: first packet of a flow whose source no rule has bound
 * @state: where it came in and leaves
 *
 * Left to nf_nat, the source would get another port if its reply tuple has been taken
 * since PREROUTING: by the host's own first packet to the same remote, on another CPU.
 * Bound exactly, it clashes when it is confirmed, and one of the two is lost (X-R3).
 */
unsigned int fullcone_nat_in_source(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *t;
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
	};
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || nf_ct_is_confirmed(ct) || !fullcone_mapping_of(ct->master))
		return NF_ACCEPT;
	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	range.min_addr = t->src.u3;
	range.max_addr = t->src.u3;
	range.min_proto.all = t->src.u.all;
	range.max_proto.all = t->src.u.all;
	return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
}
