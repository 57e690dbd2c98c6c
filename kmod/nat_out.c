// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves: flows that a rule has labelled, and the caller's side of flows between
 * two internal hosts.
 */
#include <linux/hash.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>

#include "fullcone.h"

/* Times to look again for a mapping that turns out to be dying. */
#define NAT_RETRIES	3

/* A flow whose source is to be bound. */
struct nat_caller {
	struct fullcone_key key;
	struct fullcone_profile *profile;
	const struct fullcone_settings *settings;
	struct nf_conn *ct;
	const struct fullcone_remote *remote;
	enum fullcone_depend map;
	int ifindex;			/* of the external interface */
};

/*
 * Sets the address that a new mapping is to have, if it is not from a pool. @skb is the first
 * packet of a flow; @arg is what it goes to: a device, or a mapping.
 */
typedef bool nat_select_addr(struct fullcone_net *fn, struct fullcone_request *req,
			     const struct sk_buff *skb, const void *arg);

/* Field by field, the pads as well: so nothing is cleared first, nor copied. */
static __always_inline void nat_key_init(struct fullcone_key *key, const struct nf_conn *ct,
					 u32 realm)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	key->ep.addr = t->src.u3;
	key->ep.port = t->src.u.all;
	key->ep.zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL);
	key->ep.family = t->src.l3num;
	key->ep.proto = t->dst.protonum;
	key->ep.pad = 0;
	key->remote_addr.all[0] = 0;
	key->remote_addr.all[1] = 0;
	key->remote_addr.all[2] = 0;
	key->remote_addr.all[3] = 0;
	key->remote_port = 0;
	key->pad = 0;
	key->realm = realm;
}

static __always_inline void nat_caller_init(struct nat_caller *c, struct nf_conn *ct,
					    struct fullcone_profile *p,
					    const struct fullcone_settings *s, u32 realm,
					    int ifindex, const struct fullcone_remote *remote)
{
	nat_key_init(&c->key, ct, realm);
	c->profile = p;
	c->settings = s;
	c->ct = ct;
	c->remote = remote;
	c->map = s->map[fullcone_l4_of(nf_ct_protonum(ct))];
	c->ifindex = ifindex;
	fullcone_key_depend(&c->key, c->map, remote);
}

/*
 * The mapping of the caller, of whatever mode: older ones keep theirs when the profile gets
 * another (K-8), and an explicit one is the internal endpoint's for all remotes (X-D4). What a
 * remote has of its own comes first.
 */
static noinline struct fullcone_mapping *nat_find_any(struct fullcone_net *fn,
						      const struct nat_caller *c)
{
	struct fullcone_key key = c->key;
	struct fullcone_mapping *m;
	int map;

	for (map = FULLCONE_DEPEND_ADDR_PORT; map > FULLCONE_DEPEND_NONE; map--) {
		key.remote_port = 0;
		fullcone_key_depend(&key, map, c->remote);
		m = fullcone_table_by_key(fn, &key);
		if (m)
			return m;
	}
	key.remote_addr = (union nf_inet_addr){};
	return fullcone_table_by_key(fn, &key);
}

static __always_inline struct fullcone_mapping *nat_find(struct fullcone_net *fn,
							 const struct nat_caller *c)
{
	/* nearly always: the table has no others */
	if (likely(c->map == FULLCONE_DEPEND_NONE && !atomic_read(&fn->map_depends)))
		return fullcone_table_by_key(fn, &c->key);
	return nat_find_any(fn, c);
}

/*
 * Two CPUs do not make the mapping of one key at once. The second one may be refused, if the
 * first has got the last port or the last mapping that the host may have: then it finds that
 * one (X-R2). So it does if it had to wait, lest it take another host's held port (G-8).
 */
static spinlock_t *nat_lock(struct fullcone_net *fn, const struct fullcone_endpoint *ep)
{
	u32 host = (__force u32)(ep->addr.all[0] ^ ep->addr.all[3]);

	return &fn->nat_locks[hash_32(host ^ (__force u32)ep->port << 16,
				      FULLCONE_NAT_LOCKS_ORDER)];
}

/* Makes the mapping, or finds the one that another CPU has made. NULL: refused. */
static struct fullcone_mapping *nat_make(struct fullcone_net *fn, const struct nat_caller *c,
					 nat_select_addr *select_addr, const void *arg,
					 struct sk_buff *skb)
{
	struct fullcone_request req = {
		.key = c->key,
		.profile = c->profile,
		.settings = c->settings,
		.zone = *nf_ct_zone(c->ct),
		.ct = c->ct,
		.dst_port = c->remote->port,
		.ext_zone = nf_ct_zone_id(nf_ct_zone(c->ct), IP_CT_DIR_REPLY),
		.ifindex = c->ifindex,
		.reply = c->ct->tuplehash[IP_CT_DIR_REPLY].tuple,
		.map = c->map,
		.refusal = FULLCONE_REFUSED_NO_ADDRESS,
	};
	bool pool = fullcone_realm_is_pool(req.key.realm) &&
		    req.settings->source_addrs[fullcone_family(req.key.ep.family)];
	spinlock_t *lock = nat_lock(fn, &req.key.ep);
	struct fullcone_mapping *m = NULL;

	if (!spin_trylock_bh(lock)) {
		spin_lock_bh(lock);
		m = nat_find(fn, c);
	}
	if (!m && (pool || select_addr(fn, &req, skb, arg)))
		m = fullcone_mapping_create(fn, &req);
	if (IS_ERR_OR_NULL(m))
		m = nat_find(fn, c);
	spin_unlock_bh(lock);
	if (m)
		return m;
	fullcone_refuse(fn, &req, skb);
	return NULL;
}

/*
 * Not so easily had: there is none yet, or @m is dying. Apart, so that a flow that has a mapping
 * does not pay for the request of one.
 */
static noinline struct fullcone_mapping *nat_mapping_new(struct fullcone_net *fn,
							 struct fullcone_mapping *m,
							 const struct nat_caller *c,
							 nat_select_addr *select_addr,
							 const void *arg, struct sk_buff *skb)
{
	int i;

	for (i = 0; i < NAT_RETRIES; i++) {
		if (!m)
			m = nat_make(fn, c, select_addr, arg, skb);
		if (!m)
			return NULL;
		if (likely(fullcone_mapping_get(m)))
			return m;
		fullcone_stat_inc(fn, JOIN_RETRY);
		/* Dying: whoever ends it holds the lock until it is unpublished. */
		spin_lock_bh(&fn->lock);
		spin_unlock_bh(&fn->lock);
		m = nat_find(fn, c);
	}
	fullcone_stat_inc(fn, CLASH_DROP);
	return NULL;
}

/* Find or make the mapping of the caller, who gets a reference. NULL: refused. */
static __always_inline struct fullcone_mapping *nat_mapping(struct fullcone_net *fn,
							    const struct nat_caller *c,
							    nat_select_addr *select_addr,
							    const void *arg, struct sk_buff *skb)
{
	struct fullcone_mapping *m = nat_find(fn, c);

	if (likely(m && fullcone_mapping_get(m)))
		return m;
	return nat_mapping_new(fn, m, c, select_addr, arg, skb);
}

/* The address that masquerade would choose. */
static bool nat_addr_masquerade(struct fullcone_net *fn, struct fullcone_request *req,
				const struct sk_buff *skb, const void *arg)
{
	const struct net_device *out = arg;

	if (req->key.ep.family == NFPROTO_IPV6)
		return fullcone_masquerade_addr6(fn, req, out, &ipv6_hdr(skb)->daddr);
	return fullcone_masquerade_addr4(req, out, rt_nexthop(skb_rtable(skb),
							      ip_hdr(skb)->daddr));
}

/* A hairpin's caller gets an address of the realm it calls into. */
static bool nat_addr_of_callee(struct fullcone_net *fn, struct fullcone_request *req,
			       const struct sk_buff *skb, const void *arg)
{
	const struct fullcone_mapping *dst = arg;
	const struct net_device *dev;
	bool has = false;

	/* the profile has no pool any more, but its mappings have their addresses (K-8) */
	if (fullcone_realm_is_pool(dst->key.realm)) {
		req->addr_given = true;
		if (!fullcone_host_address(fn, req))
			req->ext_addr = dst->ext.addr;
		return true;
	}
	/*
	 * One of its own, as outside (U-2): the callee's may be deprecated (V-2), or a second one
	 * that add was asked for.
	 */
	dev = dev_get_by_index_rcu(fn->net, dst->key.realm);
	if (dev && req->key.ep.family == NFPROTO_IPV6)
		has = fullcone_masquerade_addr6(fn, req, dev, NULL);
	else if (dev)
		has = fullcone_masquerade_addr4(req, dev, fullcone_masquerade_next_hop(dev) ?:
							  dst->ext.addr.ip);
	if (!has)
		req->ext_addr = dst->ext.addr;
	return true;
}

/*
 * Unicast, and not from the unspecified address (X-O1, V-3). In IPv4 the route's type tells:
 * its flags do not reveal a directed broadcast that is forwarded.
 */
static bool nat_out_unicast(const struct nf_conntrack_tuple *t, const struct sk_buff *skb)
{
	const int wanted = IPV6_ADDR_UNICAST, local = IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK;
	int src, dst;

	if (t->src.l3num == NFPROTO_IPV4)
		return t->src.u3.ip && skb_rtable(skb)->rt_type == RTN_UNICAST;
	src = ipv6_addr_type(&t->src.u3.in6);
	dst = ipv6_addr_type(&t->dst.u3.in6);
	return src & dst & wanted && !((src | dst) & local);
}

/*
 * Is it for a port of a pool that is nobody's, and routed back: not outbound (K-3, X-S1)? What
 * a stranger sends may select another profile than the one whose pool it is for.
 */
static bool nat_out_returned(struct fullcone_net *fn, const struct fullcone_settings *s,
			     const struct nf_conn *ct, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *real = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;

	if (s->source_addrs[fullcone_family(real->src.l3num)] &&
	    fullcone_pool_has(s, real->src.l3num, &real->src.u3))
		return true;
	return atomic_read(&fn->profile_count) > 1 &&
	       !fullcone_iface_internal(fn, fullcone_iface_in(skb, state)) &&
	       fullcone_pool_any(fn, real->src.l3num, &real->src.u3);
}

/*
 * What a stranger sends there passes unchanged (X-L3): with an address of the pool, which the rule
 * for what we decline would give it, it would be nobody's to end for the host that gets the port
 * (X-S4). What comes from inside is not to leave as it is.
 */
static unsigned int nat_out_pass_back(struct fullcone_net *fn, struct nf_conn *ct,
				      struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (fullcone_iface_internal(fn, fullcone_iface_in(skb, state)))
		return NF_ACCEPT;
	return fullcone_nat_bind_addr(ct, &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3);
}

/* Is this labelled flow ours to bind? If not, the user's rules decide. */
static bool nat_out_eligible(const struct fullcone_settings *s, const struct nf_conn *ct,
			     const struct sk_buff *skb)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	if (t->src.l3num != NFPROTO_IPV4 && !s->ip6)
		return false;
#ifdef CONFIG_XFRM
	/* about to be encrypted: translated, it would not match its policy (X-O3) */
	if (skb_dst(skb)->xfrm)
		return false;
#endif
	return nat_out_unicast(t, skb);
}

/*
 * nf_nat ends the flow when it is routed out of another interface, and masquerade's notifiers
 * end it with its address, even after we are gone. We do not register those notifiers, since
 * unregistering them would end the flows (see notifier.c).
 */
static bool nat_follow_interface(struct nf_conn *ct, int ifindex)
{
	struct nf_conn_nat *nat = nf_ct_nat_ext_add(ct);

	if (!nat)
		return false;
	fullcone_compat_masq_index_set(nat, ifindex);
	return true;
}

static unsigned int nat_drop_nomem(struct fullcone_net *fn)
{
	fullcone_stat_inc(fn, NOMEM);
	return NF_DROP;
}

static __always_inline unsigned int nat_outbound(struct fullcone_net *fn,
						 struct fullcone_profile *p,
						 const struct fullcone_settings *s,
						 struct nf_conn *ct, struct sk_buff *skb,
						 const struct nf_hook_state *state)
{
	/* where it really goes: a rule of the user's may have changed that */
	const struct nf_conntrack_tuple *real = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	const struct fullcone_remote remote = {
		.addr = real->src.u3,
		.port = fullcone_proto_is_icmp(real->dst.protonum) ? 0 : real->src.u.all,
	};
	int ifindex = state->out->ifindex;
	struct fullcone_mapping *m;
	struct nat_caller caller;

	nat_caller_init(&caller, ct, p, s,
			fullcone_profile_realm(p, s, real->src.l3num, ifindex), ifindex, &remote);
	m = nat_mapping(fn, &caller, nat_addr_masquerade, state->out, skb);
	if (!m)
		return NF_DROP;
	fullcone_nat_join(ct, m);
	fullcone_mapping_destination(m, remote.port);

	if (!fullcone_realm_is_pool(caller.key.realm) && !nat_follow_interface(ct, ifindex))
		return nat_drop_nomem(fn);
	if (fullcone_nat_bind_src(fn, ct, s, &m->ext, ifindex) != NF_ACCEPT)
		return NF_DROP;
	if (!fullcone_filter_sent(fn, m, &remote.addr, remote.port))
		return nat_drop_nomem(fn);
	fullcone_stat_inc(fn, FLOWS_OUT);
	return NF_ACCEPT;
}

/*
 * In IPv6 a host keeps the address that masquerade gave its first mapping, while masquerade
 * itself may prefer another one by now (V-2).
 */
static bool nat_other_masquerade(struct fullcone_net *fn, struct fullcone_request *req,
				 const struct net_device *out, const struct in6_addr *towards)
{
	union nf_inet_addr addr;

	if (req->key.ep.family != NFPROTO_IPV6 || !fullcone_host_address(fn, req))
		return false;
	addr = req->ext_addr;
	return fullcone_masquerade_addr6(fn, req, out, towards) &&
	       nf_inet_addr_cmp(&addr, &req->ext_addr);
}

/*
 * What has no mapping leaves from the external address of its host: other protocols (K-13), and
 * what a helper expected and has not translated itself, since servers take the data of passive
 * FTP only from the address of its control connection. With masquerade the user's own rule sees
 * to that, unless it would choose another one.
 */
static unsigned int nat_outbound_other(struct fullcone_net *fn, struct fullcone_profile *p,
				       const struct fullcone_settings *s, struct nf_conn *ct,
				       const struct net_device *out)
{
	const struct nf_conntrack_tuple *real = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	struct fullcone_request req = { .settings = s };
	bool pool;

	nat_key_init(&req.key, ct, fullcone_profile_realm(p, s, nf_ct_l3num(ct), out->ifindex));
	pool = fullcone_realm_is_pool(req.key.realm);
	if (!(pool ? fullcone_pool_address(fn, &req) :
		     nat_other_masquerade(fn, &req, out, &real->src.u3.in6))) {
		fullcone_stat_inc(fn, DECLINED);
		return NF_ACCEPT;
	}
	if (!pool && !nat_follow_interface(ct, out->ifindex))
		return nat_drop_nomem(fn);
	return fullcone_nat_bind_addr(ct, &req.ext_addr);
}

/*
 * No rule has labelled a hairpin. Its caller is treated as in what it sends outside by the same
 * realm, where its profile may filter, or show each remote another endpoint; else by the
 * callee's profile.
 */
static struct fullcone_profile *nat_hairpin_profile(struct fullcone_net *fn,
						    const struct nf_conn *ct,
						    const struct fullcone_mapping *callee)
{
	struct fullcone_key key;

	nat_key_init(&key, ct, callee->key.realm);
	return fullcone_host_profile(fn, &key) ?: callee->profile;
}

/* The other half of a hairpin: show the caller's external endpoint (U-9a). */
static noinline unsigned int nat_hairpin_source(struct fullcone_net *fn, struct nf_conn *ct,
						struct fullcone_pair *pair, struct sk_buff *skb)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct fullcone_remote remote = { .addr = t->dst.u3, .port = t->dst.u.all };
	struct fullcone_mapping *callee = pair->dst, *m;
	const struct fullcone_settings *s;
	struct nat_caller caller;
	struct fullcone_profile *p;

	/* the callee's mapping was ended after PREROUTING; its address may be gone, too */
	if (test_bit(FULLCONE_DEAD, &callee->flags)) {
		fullcone_stat_inc(fn, NOT_OPEN);
		return NF_DROP;
	}
	p = nat_hairpin_profile(fn, ct, callee);
	nat_caller_init(&caller, ct, p, rcu_dereference(p->settings), callee->key.realm,
			callee->ifindex, &remote);
	m = nat_mapping(fn, &caller, nat_addr_of_callee, callee, skb);
	if (!m)
		return NF_DROP;
	fullcone_pair_source(pair, m);
	fullcone_mapping_destination(m, remote.port);

	/* the flow has the label of the callee's profile already */
	s = rcu_dereference(callee->profile->settings);
	if (fullcone_nat_bind_src(fn, ct, s, &m->ext, caller.ifindex) != NF_ACCEPT)
		return NF_DROP;
	/* noted as sent even if the callee refuses it: so two hosts can meet (N-8) */
	if (!fullcone_filter_sent(fn, m, &remote.addr, remote.port))
		return nat_drop_nomem(fn);
	if (fullcone_filter_refuses(fn, callee, &m->ext.addr, m->ext.port)) {
		fullcone_stat_inc(fn, FILTERED);
		return NF_DROP;
	}
	fullcone_stat_inc(fn, FLOWS_HAIRPIN);
	return NF_ACCEPT;
}

/*
 * Where profiles select by labels, every flow begins with room for them. One without room could
 * not be labelled, because memory ran out: the user's rules would translate it without a mapping
 * (X-E5).
 */
static bool nat_out_label_lost(const struct fullcone_net *fn, const struct nf_conn *ct,
			       struct sk_buff *skb, const struct nf_hook_state *state)
{
	return IS_ENABLED(CONFIG_NF_CONNTRACK_LABELS) && unlikely(!nf_ct_labels_find(ct)) &&
	       READ_ONCE(fn->labels) && !fullcone_local_packet(skb, state);
}

/*
 * A flow that no mapping has taken in. Apart, since the first packets of all flows come by, and
 * those from outside need not pay for this.
 */
static noinline unsigned int nat_out_new(struct fullcone_net *fn, struct nf_conn *ct,
					 struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct fullcone_settings *s;
	struct fullcone_profile *p;

	p = fullcone_profile_select(fn, ct);
	if (!p)
		return nat_out_label_lost(fn, ct, skb, state) ? nat_drop_nomem(fn) : NF_ACCEPT;
	if (fullcone_local_packet(skb, state)) {
		fullcone_stat_inc(fn, DECLINED);
		return NF_ACCEPT;
	}
	fullcone_iface_learn(fn, skb, state);
	s = rcu_dereference(p->settings);
	if (!nat_out_eligible(s, ct, skb)) {
		fullcone_stat_inc(fn, DECLINED);
		return NF_ACCEPT;
	}
	if (nat_out_returned(fn, s, ct, skb, state)) {
		fullcone_stat_inc(fn, DECLINED);
		return nat_out_pass_back(fn, ct, skb, state);
	}
	/* nor can what a helper expected have one: the helper's flow is its master (X-A1) */
	if (!fullcone_nat_has_mapping(t) || ct->master)
		return nat_outbound_other(fn, p, s, ct, state->out);
	/* port 0 is nobody's; an identifier may be 0 */
	if (!t->src.u.all && !fullcone_proto_is_icmp(t->dst.protonum)) {
		fullcone_stat_inc(fn, DECLINED);
		return NF_ACCEPT;
	}
	return nat_outbound(fn, p, s, ct, skb, state);
}

/**
 * fullcone_nat_out() - POSTROUTING: flows that leave
 * @priv: the namespace's state
 * @skb: first packet of a flow whose source is not bound yet
 * @state: where it came in and leaves
 */
unsigned int fullcone_nat_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct fullcone_pair *pair;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	/* a flow that a helper expected begins as related */
	if (!ct || (ctinfo != IP_CT_NEW && ctinfo != IP_CT_RELATED) || nf_ct_is_confirmed(ct))
		return NF_ACCEPT;
	pair = fullcone_pair_of(ct->master);
	if (pair)
		return pair->src ? NF_ACCEPT : nat_hairpin_source(priv, ct, pair, skb);
	/* Inbound: the true source is shown, unless the user has a rule (K-11). */
	if (fullcone_mapping_of(ct->master))
		return NF_ACCEPT;
	return nat_out_new(priv, ct, skb, state);
}
