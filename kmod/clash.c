// SPDX-License-Identifier: GPL-2.0
/*
 * Reply tuples that are taken (D5): whether a port may be handed out to a flow, and what
 * becomes of a flow whose mapping has its port already.
 */
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* Status bits of a flow that is more than one side's unanswered packet. */
#define CLASH_SETTLED	(IPS_SEEN_REPLY | IPS_ASSURED | IPS_NAT_MASK | IPS_OFFLOAD)

static struct nf_conn *clash_holder(struct nf_conn *ct, const struct nf_conntrack_tuple *reply,
				    int *dir)
{
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), reply);
	if (!h)
		return NULL;
	*dir = NF_CT_DIRECTION(h);
	return nf_ct_tuplehash_to_ctrack(h);
}

/*
 * Unsolicited packets for a port of the router that nobody listened on leave a
 * conntrack behind. It holds the tuple that a flow begun inside will want as its
 * reply, and must not change the flow's external port (X-S4).
 */
static bool clash_is_stranger(struct nf_conn *holder, int dir,
			      const struct nf_conntrack_tuple *reply, int ifindex)
{
	return dir == IP_CT_DIR_ORIGINAL && !holder->master &&
	       !(READ_ONCE(holder->status) & CLASH_SETTLED) &&
	       !fullcone_local_socket(nf_ct_net(holder), reply, ifindex);
}

/**
 * fullcone_clash_certain() - does a wanted reply tuple belong to a flow that will not make way?
 * @ct: the flow that wants it
 * @reply: the tuple
 * @ifindex: the external interface
 *
 * Context: softirq, RCU held.
 */
bool fullcone_clash_certain(struct nf_conn *ct, const struct nf_conntrack_tuple *reply,
			    int ifindex)
{
	struct nf_conn *holder;
	bool stranger;
	int dir;

	if (likely(!nf_conntrack_tuple_taken(reply, ct)))
		return false;
	holder = clash_holder(ct, reply, &dir);
	if (!holder)
		return false;
	stranger = clash_is_stranger(holder, dir, reply, ifindex);
	nf_ct_put(holder);
	return !stranger;
}

/**
 * fullcone_clash_resolve() - kill a stranger's flow that holds a reply tuple
 * @fn: the namespace's state
 * @ct: the flow that needs the tuple
 * @reply: the tuple
 * @ifindex: the external interface
 *
 * The mapping of @ct is published, so packets that come after the stranger's flow is
 * killed are translated and do not take the tuple again.
 *
 * Context: softirq, RCU held, none of our locks.
 * Return: whether the tuple is free.
 */
bool fullcone_clash_resolve(struct fullcone_net *fn, struct nf_conn *ct,
			    const struct nf_conntrack_tuple *reply, int ifindex)
{
	struct nf_conn *holder;
	bool stranger;
	int dir, i;

	/* Another stranger may have come in before the mapping was published. */
	for (i = 0; i < 2; i++) {
		if (likely(!nf_conntrack_tuple_taken(reply, ct)))
			return true;
		holder = clash_holder(ct, reply, &dir);
		if (!holder)
			continue;
		stranger = clash_is_stranger(holder, dir, reply, ifindex);
		if (stranger) {
			nf_ct_kill(holder);
			fullcone_stat_inc(fn, CLASH_KILLED);
		}
		nf_ct_put(holder);
		if (!stranger)
			return false;
	}
	return !nf_conntrack_tuple_taken(reply, ct);
}

/*
 * Will what is expected be sent to this internal endpoint? A SIP helper notes where to. The host
 * has been announced at the expected port, so its own mapping may have that, and should: media
 * that come from elsewhere than the helper expects have no other way in, and leave from there.
 */
static bool clash_expected_by(const struct nf_conntrack_expect *exp,
			      const struct fullcone_endpoint *in)
{
	return exp->saved_proto.all == in->port && nf_inet_addr_cmp(&exp->saved_addr, &in->addr);
}

/* Is this endpoint, or if NULL any, expected in a namespace, and not by @in? RCU held. */
static bool clash_search(struct net *net, const struct fullcone_endpoint *ext,
			 const struct fullcone_endpoint *in)
{
	struct nf_conntrack_expect *exp;
	const struct nf_conntrack_tuple *t;
	unsigned int i;

	for (i = 0; i < nf_ct_expect_hsize; i++) {
		hlist_for_each_entry_rcu(exp, &nf_ct_expect_hash[i], hnode) {
			if (!fullcone_compat_expect_waits(exp, net))
				continue;
			t = &exp->tuple;
			if (!ext || (t->dst.u.all == ext->port &&
				     t->dst.protonum == ext->proto &&
				     t->src.l3num == ext->family &&
				     nf_inet_addr_cmp(&t->dst.u3, &ext->addr) &&
				     fullcone_compat_expect_zone(exp, ext->zone) &&
				     !clash_expected_by(exp, in)))
				return true;
		}
	}
	return false;
}

/*
 * Is anything expected in this namespace? Checked once a jiffy: all namespaces share the
 * hash, and neither what others expect nor an empty hash need be searched for each port. No
 * helper need be loaded: a rule may expect flows as well (nft's ct expectation).
 */
static bool clash_expects(struct fullcone_net *fn)
{
	unsigned long now = jiffies;

	/* pairs with the release below: who sees the time sees the answer */
	if (smp_load_acquire(&fn->expects_at) != now) {
		WRITE_ONCE(fn->expects, clash_search(fn->net, NULL, NULL));
		/* pairs with the acquire above */
		smp_store_release(&fn->expects_at, now);
	}
	return READ_ONCE(fn->expects);
}

/**
 * fullcone_clash_expected() - is a flow to this endpoint expected (X-A2)?
 * @fn: the namespace's state
 * @ext: external endpoint that is about to be handed out
 * @in: the internal endpoint that gets it; what is expected by that one does not count
 *
 * The hash of expectations is keyed with a secret of the core, so all of it is looked
 * at, though only where something is expected: the core bounds how many there can be.
 *
 * Context: RCU held.
 */
bool fullcone_clash_expected(struct fullcone_net *fn, const struct fullcone_endpoint *ext,
			     const struct fullcone_endpoint *in)
{
	return unlikely(clash_expects(fn)) && clash_search(fn->net, ext, in);
}
