// SPDX-License-Identifier: GPL-2.0
/*
 * Adoption (X-C5): mappings from flows that conntrack has already, translated by an
 * earlier load of the module, by masquerade while no module was loaded, or on another router
 * (conntrackd). They keep their external endpoint: the internal endpoint's next flow gets the
 * same one, and no other host gets it.
 *
 * A confirmed flow's ct->master never changes, since its id is made of it. So an adopted
 * flow does not hold its mapping. Where it holds the anchor of an earlier load, the
 * mapping holds that anchor as well and so sees when its flows are gone; for flows without
 * one, the mapping knows the time that their conntrack entries have left.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* Least time between two walks over conntrack for flows that may have ended unseen. */
#define ADOPT_WALK_INTERVAL	(30 * HZ)

/* Read for packets: kept apart from what is written for every mapping. */
atomic_t fullcone_adopted __read_mostly;

/**
 * fullcone_adopt_ends() - the two endpoints that a flow's translation ties together
 * @ct: the flow, translated
 * @side: NF_NAT_MANIP_SRC: the side that sent first; NF_NAT_MANIP_DST: the other side
 * @in: the internal endpoint
 * @ext: the external endpoint
 *
 * Return: whether there is a translation on that side, of a kind that has mappings.
 */
bool fullcone_adopt_ends(const struct nf_conn *ct, enum nf_nat_manip_type side,
			 struct fullcone_endpoint *in, struct fullcone_endpoint *ext)
{
	const struct nf_conntrack_tuple *orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	u16 orig_zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL);
	u16 reply_zone = nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_REPLY);

	/* an identifier is only ever translated from inside */
	bool icmp = fullcone_proto_is_icmp(orig->dst.protonum);
	__be16 ext_port = icmp ? reply->src.u.all : reply->dst.u.all;
	unsigned long translated = side == NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;

	if (!fullcone_nat_has_mapping(orig) ||
	    (icmp && side == NF_NAT_MANIP_DST) || !(READ_ONCE(ct->status) & translated))
		return false;
	*in = (struct fullcone_endpoint) {
		.addr = side == NF_NAT_MANIP_SRC ? orig->src.u3 : reply->src.u3,
		.port = side == NF_NAT_MANIP_SRC ? orig->src.u.all : reply->src.u.all,
		.zone = side == NF_NAT_MANIP_SRC ? orig_zone : reply_zone,
		.family = orig->src.l3num,
		.proto = orig->dst.protonum,
	};
	*ext = (struct fullcone_endpoint) {
		.addr = side == NF_NAT_MANIP_SRC ? reply->dst.u3 : orig->dst.u3,
		.port = side == NF_NAT_MANIP_SRC ? ext_port : orig->dst.u.all,
		.zone = side == NF_NAT_MANIP_SRC ? reply_zone : orig_zone,
		.family = orig->src.l3num,
		.proto = orig->dst.protonum,
	};
	/* port 0 is nobody's; an identifier may be 0 */
	return icmp || (in->port && ext->port);
}

/**
 * fullcone_adopt_find() - the mapping of a flow that does not hold it
 * @fn: the namespace's state
 * @ct: the flow
 * @side: which of its sides
 *
 * Context: RCU held. Return: the mapping, maybe a dying one; NULL if there is none.
 */
struct fullcone_mapping *fullcone_adopt_find(struct fullcone_net *fn, const struct nf_conn *ct,
					     enum nf_nat_manip_type side)
{
	struct fullcone_endpoint in, ext;
	struct fullcone_mapping *m;

	if (!fullcone_adopt_ends(ct, side, &in, &ext))
		return NULL;
	m = fullcone_table_by_ext(fn, &ext);
	return m && fullcone_endpoint_same(&m->key.ep, &in) ? m : NULL;
}

/*
 * The mapping lasts as long as this flow, unless it counts the flow by its anchor. Some end before
 * their time, as nearly all that have been offloaded do, to which conntrack gives a day:
 * fullcone_walker_restamp() looks for them, see fullcone_adopt_due().
 */
void fullcone_adopt_packet(struct fullcone_mapping *m, const struct nf_conn *ct)
{
	unsigned long end;

	if (ct->master && ct->master == READ_ONCE(m->prev))
		return;
	end = jiffies + nf_ct_expires(ct);
	if (time_after(end, READ_ONCE(m->adopted_end)))
		WRITE_ONCE(m->adopted_end, end);
	if (test_bit(FULLCONE_UNSEEN, &m->flags))
		clear_bit(FULLCONE_UNSEEN, &m->flags);
}

/*
 * A UDP flow that nobody has answered yet is kept out of flowtables, as one of our own (see
 * nat_mark()), unless it is in one already. Its first reply ends that.
 */
static void adopt_mark(struct nf_conn *ct)
{
	if (nf_ct_protonum(ct) == IPPROTO_UDP &&
	    !(READ_ONCE(ct->status) & (IPS_SEEN_REPLY | IPS_OFFLOAD)))
		set_bit(IPS_NAT_CLASH_BIT, &ct->status);
}

/*
 * Note that a mapping has a flow that does not hold it. If its host has sent in it, the remote
 * may begin sessions (K-9): nobody else remembers whom a host has sent to.
 */
static void adopt_attach(struct fullcone_net *fn, struct fullcone_mapping *m,
			 struct nf_conn *ct, enum nf_nat_manip_type side,
			 const struct fullcone_remote *remote, bool hairpin)
{
	adopt_mark(ct);
	spin_lock(&fn->lock);
	if (!test_bit(FULLCONE_DEAD, &m->flags)) {
		if (!test_and_set_bit(FULLCONE_ADOPTED, &m->flags)) {
			WRITE_ONCE(m->adopted_end, jiffies);
			atomic_inc(&fn->adopted);
			atomic_inc(&fullcone_adopted);
		}
		/* the anchor of a pair has more holders than its flow */
		if (ct->master && !m->prev && !hairpin) {
			nf_conntrack_get(&ct->master->ct_general);
			WRITE_ONCE(m->prev, ct->master);
		}
		/* perhaps none of its packets will pass a hook */
		if (test_bit(IPS_OFFLOAD_BIT, &ct->status))
			set_bit(FULLCONE_OFFLOADED, &m->flags);
		fullcone_lifetime_adopt(m, ct);
		fullcone_adopt_packet(m, ct);
	}
	spin_unlock(&fn->lock);
	/* without memory for it, the next packet is noted */
	if (side == NF_NAT_MANIP_SRC || test_bit(IPS_SEEN_REPLY_BIT, &ct->status))
		fullcone_filter_sent(fn, m, &remote->addr, remote->port);
}

/* The mapping has no adopted flow any more, or is dead. */
void fullcone_adopt_done(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	lockdep_assert_held(&fn->lock);
	if (!test_and_clear_bit(FULLCONE_ADOPTED, &m->flags))
		return;
	atomic_dec(&fn->adopted);
	atomic_dec(&fullcone_adopted);
}

/*
 * GC: shall the next walk over conntrack tell whether its adopted flows still exist? A flow
 * without an anchor ends unseen, and early if somebody deletes it: a mapping that waited
 * until its time is over would keep the port for days. RCU held.
 */
bool fullcone_adopt_due(const struct fullcone_net *fn, const struct fullcone_mapping *m,
			unsigned long now)
{
	return test_bit(FULLCONE_ADOPTED, &m->flags) &&
	       time_before(now, READ_ONCE(m->adopted_end)) &&
	       time_after(now, fullcone_mapping_deadline(m)) &&
	       now - fn->gc_last_restamp >= ADOPT_WALK_INTERVAL;
}

/*
 * GC: has the walk over conntrack, before which it was marked, found none of its adopted flows?
 * Until then its time stays as it was: nobody may take it for unused meanwhile. RCU held.
 */
void fullcone_adopt_unseen(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	if (!test_bit(FULLCONE_UNSEEN, &m->flags))
		return;
	/* a flow that is adopted just now may be one that the walk could not meet */
	spin_lock_bh(&fn->lock);
	if (test_and_clear_bit(FULLCONE_UNSEEN, &m->flags))
		WRITE_ONCE(m->adopted_end, jiffies);
	spin_unlock_bh(&fn->lock);
}

/* GC: are its adopted flows gone? Then it becomes a mapping like any other. RCU held. */
void fullcone_adopt_expire(struct fullcone_net *fn, struct fullcone_mapping *m,
			   unsigned long now)
{
	if (time_before(now, READ_ONCE(m->adopted_end)) || test_bit(FULLCONE_OFFLOADED, &m->flags))
		return;
	spin_lock_bh(&fn->lock);
	/* does only the mapping hold the old anchor? */
	if (!test_bit(FULLCONE_DEAD, &m->flags) &&
	    (!m->prev || fullcone_compat_ct_refs(m->prev) == 1))
		fullcone_adopt_done(fn, m);
	spin_unlock_bh(&fn->lock);
}

/* The interface for which masquerade translated the flow; 0 if it did not. */
static int adopt_masquerade(const struct nf_conn *ct)
{
	const struct nf_conn_nat *nat = nfct_nat(ct);

	return nat ? fullcone_compat_masq_index(nat) : 0;
}

/*
 * The interface towards the remote, if masquerade would choose this external address there: an
 * uplink may borrow the address of another interface. Otherwise 0.
 */
static int adopt_towards(struct fullcone_net *fn, const struct fullcone_endpoint *ext,
			 const union nf_inet_addr *remote)
{
	struct fullcone_request req = { .key.ep.family = ext->family };
	const struct net_device *dev;
	bool has;

	dev = dev_get_by_index_rcu(fn->net, fullcone_iface_towards(fn->net, ext->family, remote,
								   false, 0));
	if (!dev)
		return 0;
	if (ext->family == NFPROTO_IPV6)
		has = fullcone_masquerade_addr6(fn, &req, dev, &remote->in6);
	else
		has = fullcone_masquerade_addr4(&req, dev, fullcone_masquerade_next_hop(dev));
	return has && nf_inet_addr_cmp(&req.ext_addr, &ext->addr) ? dev->ifindex : 0;
}

/*
 * Zones may have the same addresses, and routes do not know of zones: there, the flows count that
 * know their interface, and come first.
 */
static int adopt_zone_realm(struct fullcone_net *fn, const struct fullcone_endpoint *ext)
{
	const struct fullcone_addr *a;

	if (ext->zone == NF_CT_DEFAULT_ZONE_ID)
		return 0;
	a = fullcone_addr_find(fn, &ext->addr, ext->family, ext->zone);
	return a ? READ_ONCE(a->realm) : 0;
}

/* A hairpin's caller has an address of the realm that it called into. 0: that is not known. */
static u32 adopt_callee_realm(struct fullcone_net *fn, const struct nf_conn *ct,
			      const struct fullcone_endpoint *ext)
{
	struct fullcone_endpoint in, callee;
	const struct fullcone_mapping *m;

	if (!fullcone_adopt_ends(ct, NF_NAT_MANIP_DST, &in, &callee))
		return 0;
	m = fullcone_table_by_ext(fn, &callee);
	if (!m || fullcone_realm_is_pool(m->key.realm) ||
	    !fullcone_local_address(fn->net, ext->family, &ext->addr, m->key.realm))
		return 0;
	return m->key.realm;
}

/*
 * Where does this external address come from? 0: from none of ours. @remote: who is outside;
 * NULL in a hairpin, or if that is not known.
 */
static u32 adopt_realm(struct fullcone_net *fn, struct fullcone_profile *p,
		       const struct nf_conn *ct, enum nf_nat_manip_type side,
		       const struct fullcone_endpoint *ext, const union nf_inet_addr *remote)
{
	int ifindex = side == NF_NAT_MANIP_SRC ? adopt_masquerade(ct) : 0;
	struct net_device *dev;

	if (fullcone_pool_has(rcu_dereference(p->settings), ext->family, &ext->addr))
		return FULLCONE_REALM_POOL | p->id;
	if (!ifindex)
		ifindex = adopt_zone_realm(fn, ext);
	if (!ifindex && remote)
		ifindex = adopt_towards(fn, ext, remote);
	/* an interface may use the address of another one, of its VRF */
	if (ifindex)
		return fullcone_local_address(fn->net, ext->family, &ext->addr, ifindex) ?
		       ifindex : 0;
	dev = fullcone_local_device(fn->net, ext->family, &ext->addr);
	return dev ? dev->ifindex : 0;
}

#define ADOPT_SIDE(side)	BIT(side)
#define ADOPT_HAIRPIN		(ADOPT_SIDE(NF_NAT_MANIP_SRC) | ADOPT_SIDE(NF_NAT_MANIP_DST))

/*
 * A flow with both sides translated is not always a hairpin: a rule of the user's may have
 * redirected what a host sends, or may show a host the router in place of the caller. Then
 * only one side is a mapping's. The anchor of an earlier load tells which: it has the internal
 * endpoint or, if it is a pair's, the whole tuple. Without an anchor, no engine has handled
 * the flow here: if masquerade translated it, it was begun inside; if another router did, it
 * is a hairpin if both external addresses are of one realm, and one side's if the other has no
 * realm. With two realms the sides cannot be told apart, and the flow gets no mapping.
 */
static unsigned int adopt_sides(struct fullcone_net *fn, struct fullcone_profile *p,
				const struct nf_conn *ct)
{
	unsigned long nat = READ_ONCE(ct->status) & IPS_NAT_MASK;
	struct fullcone_endpoint src, dst, src_ext, dst_ext;
	const struct nf_conntrack_tuple *anchor;
	u32 src_realm, dst_realm;

	if (nat != IPS_NAT_MASK)
		return ADOPT_SIDE(nat == IPS_SRC_NAT ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST);
	if (!fullcone_adopt_ends(ct, NF_NAT_MANIP_SRC, &src, &src_ext))
		return 0;
	/* an identifier is translated on one side */
	if (!fullcone_adopt_ends(ct, NF_NAT_MANIP_DST, &dst, &dst_ext))
		return ADOPT_SIDE(NF_NAT_MANIP_SRC);
	if (ct->master) {
		anchor = &ct->master->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
		if (anchor->dst.u.all)
			return ADOPT_HAIRPIN;
		return ADOPT_SIDE(anchor->src.u.all == src.port &&
				  nf_inet_addr_cmp(&anchor->src.u3, &src.addr) ?
				  NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST);
	}
	if (adopt_masquerade(ct))
		return ADOPT_SIDE(NF_NAT_MANIP_SRC);
	src_realm = adopt_realm(fn, p, ct, NF_NAT_MANIP_SRC, &src_ext, NULL);
	dst_realm = adopt_realm(fn, p, ct, NF_NAT_MANIP_DST, &dst_ext, NULL);
	if (src_realm == dst_realm)
		return ADOPT_HAIRPIN;
	if (src_realm && dst_realm)
		return 0;
	return ADOPT_SIDE(src_realm ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST);
}

/* Who the flow is with, as the endpoint at @side sees it. */
static struct fullcone_remote adopt_remote(const struct nf_conn *ct, enum nf_nat_manip_type side,
					   bool hairpin)
{
	const struct nf_conntrack_tuple *orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	struct fullcone_remote remote;

	if (side == NF_NAT_MANIP_SRC) {
		/* in a hairpin, the external endpoint that was called */
		remote.addr = hairpin ? orig->dst.u3 : reply->src.u3;
		remote.port = hairpin ? orig->dst.u.all : reply->src.u.all;
	} else {
		/* in an inbound flow, the true caller, whatever the host was shown */
		remote.addr = hairpin ? reply->dst.u3 : orig->src.u3;
		remote.port = hairpin ? reply->dst.u.all : orig->src.u.all;
	}
	if (fullcone_proto_is_icmp(orig->dst.protonum))
		remote.port = 0;
	return remote;
}

/*
 * Flows of an earlier load come first: masquerade may have given their ports to others since,
 * towards other destinations. Of these, those come first that know their interface.
 */
enum adopt_turn {
	ADOPT_TURN_EARLIER_OUT,
	ADOPT_TURN_EARLIER,
	ADOPT_TURN_OTHERS,
	ADOPT_TURN_COUNT
};

struct adopt {
	struct fullcone_net *fn;
	struct list_head found[ADOPT_TURN_COUNT];
	u32 count;
	u32 left_out;
};

/* A flow that the walk has found. */
struct adopt_flow {
	struct list_head list;
	struct nf_conn *ct;
};

/*
 * The mapping of another endpoint may have the external endpoint of the flow: so it is on a router
 * that takes over again, where hosts have other ones now than in its last turn. One that no flow
 * uses makes way, since two hosts must not share what one of them is using (K-2).
 *
 * Return: false if the flow is left out, because that mapping is in use or has been asked for.
 */
static bool adopt_side(struct adopt *a, struct fullcone_profile *p, struct nf_conn *ct,
		       enum nf_nat_manip_type side, bool hairpin)
{
	struct fullcone_request req = {
		.profile = p,
		.settings = rcu_dereference(p->settings),
		.zone = *nf_ct_zone(ct),
		.ct = ct,
		.want = FULLCONE_WANT_ADOPT,
		.addr_given = true,
	};
	struct fullcone_remote remote = adopt_remote(ct, side, hairpin);
	struct fullcone_mapping *m, *other;
	struct fullcone_endpoint ext;

	if (!fullcone_adopt_ends(ct, side, &req.key.ep, &ext))
		return true;
	req.map = req.settings->map[fullcone_l4_of(req.key.ep.proto)];
	fullcone_key_depend(&req.key, req.map, &remote);
	other = fullcone_table_by_ext(a->fn, &ext);
	if (other && fullcone_endpoint_same(&other->key.ep, &req.key.ep)) {
		adopt_attach(a->fn, other, ct, side, &remote, hairpin);
		return true;
	}
	/* a flow of the router's own */
	if (fullcone_local_address(a->fn->net, req.key.ep.family, &req.key.ep.addr, 0))
		return true;
	req.ext_addr = ext.addr;
	req.ext_port = ext.port;
	req.ext_zone = ext.zone;
	if (side == NF_NAT_MANIP_SRC)
		req.dst_port = remote.port;
	if (hairpin && side == NF_NAT_MANIP_SRC)
		req.key.realm = adopt_callee_realm(a->fn, ct, &ext);
	if (!req.key.realm)
		req.key.realm = adopt_realm(a->fn, p, ct, side, &ext,
					    hairpin ? NULL : &remote.addr);
	/* another profile has the address now: nobody may get the endpoint from that (K-2, K-8) */
	if (!req.key.realm && fullcone_pool_any(a->fn, ext.family, &ext.addr))
		req.key.realm = FULLCONE_REALM_POOL | p->id;
	if (!req.key.realm)
		return true;
	if (!fullcone_realm_is_pool(req.key.realm))
		req.ifindex = req.key.realm;
	/*
	 * Its endpoint may have another mapping: another mode made them, or masquerade this one.
	 * That goes on for other remotes; but nobody else gets an external endpoint in use.
	 */
	if (fullcone_table_by_key(a->fn, &req.key)) {
		req.map = FULLCONE_DEPEND_ADDR_PORT;
		fullcone_key_depend(&req.key, req.map, &remote);
		if (fullcone_table_by_key(a->fn, &req.key))
			return !other;
	}
	if (other && !fullcone_mapping_make_way(a->fn, other))
		return false;
	m = fullcone_mapping_create(a->fn, &req);
	if (IS_ERR(m)) {
		/* a packet was faster, or the owner is about to end */
		if (req.refusal == FULLCONE_REFUSED_TAKEN)
			return false;
		fullcone_refuse(a->fn, &req, NULL);
		return true;
	}
	if (!fullcone_endpoint_same(&m->ext, &ext))
		return true;
	adopt_attach(a->fn, m, ct, side, &remote, hairpin);
	if (side == NF_NAT_MANIP_SRC && adopt_masquerade(ct))
		WRITE_ONCE(m->addr->realm, req.key.realm);
	/* a hairpin's remote is inside and does not tell where outside is */
	fullcone_iface_expect(a->fn, &req.key.ep, req.ifindex, hairpin ? NULL : &remote.addr,
			      false);
	fullcone_stat_inc(a->fn, ADOPTED);
	a->count++;
	return true;
}

/* The profile of an existing flow; NULL for IPv6 unless the profile has it enabled. */
static struct fullcone_profile *adopt_select(struct fullcone_net *fn, const struct nf_conn *ct)
{
	struct fullcone_profile *p = fullcone_profile_select(fn, ct);

	if (p && nf_ct_l3num(ct) == NFPROTO_IPV6 && !rcu_dereference(p->settings)->ip6)
		return NULL;
	return p;
}

/* In the context that a packet of the flow would have. */
static void adopt_one(struct adopt *a, struct nf_conn *ct)
{
	struct fullcone_profile *p;
	unsigned int sides;
	bool taken = true;

	local_bh_disable();
	rcu_read_lock();
	p = adopt_select(a->fn, ct);
	if (p && !nf_ct_is_dying(ct) && !nf_ct_is_expired(ct)) {
		sides = adopt_sides(a->fn, p, ct);
		/* first, since it tells a hairpin's caller its realm */
		if (sides & ADOPT_SIDE(NF_NAT_MANIP_DST))
			taken &= adopt_side(a, p, ct, NF_NAT_MANIP_DST, sides == ADOPT_HAIRPIN);
		if (sides & ADOPT_SIDE(NF_NAT_MANIP_SRC))
			taken &= adopt_side(a, p, ct, NF_NAT_MANIP_SRC, sides == ADOPT_HAIRPIN);
	}
	a->left_out += !taken;
	rcu_read_unlock();
	local_bh_enable();
}

static enum adopt_turn adopt_turn(const struct nf_conn *ct)
{
	if (!ct->master)
		return ADOPT_TURN_OTHERS;
	return adopt_masquerade(ct) ? ADOPT_TURN_EARLIER_OUT : ADOPT_TURN_EARLIER;
}

/* Under a bucket lock of conntrack's: only note the flow. */
static int adopt_found(struct nf_conn *ct, void *data)
{
	struct adopt *a = data;
	struct adopt_flow *flow;
	bool selected;

	if (!(READ_ONCE(ct->status) & IPS_NAT_MASK) || fullcone_mapping_of(ct->master) ||
	    fullcone_pair_of(ct->master))
		return 0;
	/* expected by a helper: its master is no template, as anchors are */
	if (ct->master && !nf_ct_is_template(ct->master))
		return 0;
	rcu_read_lock();
	selected = adopt_select(a->fn, ct);
	rcu_read_unlock();
	flow = selected ? kmalloc(sizeof(*flow), GFP_ATOMIC) : NULL;
	if (flow) {
		nf_conntrack_get(&ct->ct_general);
		flow->ct = ct;
		list_add_tail(&flow->list, &a->found[adopt_turn(ct)]);
	} else if (selected) {
		fullcone_stat_inc(a->fn, NOMEM);
	}
	return 0;
}

/**
 * fullcone_adopt() - make mappings of the selected flows that belong to none
 * @fn: the namespace's state
 *
 * Where masquerade has given an endpoint two external ones, the flow found first decides,
 * and the others get no mapping. How many flows were left out because others have their external
 * endpoints is noted in the namespace. Context: process, the namespace's mutex held. Return: how
 * many were made.
 */
u32 fullcone_adopt(struct fullcone_net *fn)
{
	struct adopt a = { .fn = fn };
	struct adopt_flow *flow, *next;
	LIST_HEAD(found);
	int i;

	lockdep_assert_held(&fn->mutex);
	for (i = 0; i < ADOPT_TURN_COUNT; i++)
		INIT_LIST_HEAD(&a.found[i]);
	fullcone_compat_ct_iterate(fn->net, adopt_found, &a);
	for (i = 0; i < ADOPT_TURN_COUNT; i++)
		list_splice_tail(&a.found[i], &found);
	list_for_each_entry_safe(flow, next, &found, list) {
		adopt_one(&a, flow->ct);
		nf_ct_put(flow->ct);
		kfree(flow);
		cond_resched();
	}
	WRITE_ONCE(fn->left_out, a.left_out);
	return a.count;
}

static int adopt_undo(struct fullcone_net *fn, struct fullcone_mapping *m, void *data)
{
	const u8 *family = data;

	if (*family != NFPROTO_UNSPEC && m->ext.family != *family)
		return 0;
	/* so that the reaper does not take its adopted flows for ones to be ended */
	spin_lock_bh(&fn->lock);
	fullcone_adopt_done(fn, m);
	spin_unlock_bh(&fn->lock);
	fullcone_mapping_end(fn, m, FULLCONE_REASON_FLUSHED);
	return 0;
}

/**
 * fullcone_adopt_undo() - the engine has not become active after all
 * @fn: the namespace's state
 * @family: in which family; NFPROTO_UNSPEC: in any
 *
 * Ends all mappings there; the adopted flows go on. Context: process, the namespace's mutex held,
 * no packet finds the mappings.
 */
void fullcone_adopt_undo(struct fullcone_net *fn, u8 family)
{
	struct fullcone_cursor cursor = {};

	lockdep_assert_held(&fn->mutex);
	while (fullcone_table_walk(fn, &cursor, FULLCONE_BATCH, adopt_undo, &family))
		cond_resched();
	fullcone_mapping_reap(fn);
	fullcone_walker_unmark(fn, family);
	WRITE_ONCE(fn->left_out, 0);
}
