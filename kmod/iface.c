// SPDX-License-Identifier: GPL-2.0
/*
 * Which interfaces are internal. One through which the first packet of a labelled flow
 * came in is internal, one through which it left is external; neither or both
 * counts as external. Nothing is inferred from addresses (U-7); only for mappings
 * that no packet has made, the routes are asked, once.
 */
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>

#include "fullcone.h"

/*
 * What flows have shown counts for more than what was asked for: a mapping at an address that
 * the router has inside does not make its LAN external.
 */
enum {
	FULLCONE_IFACE_IN = BIT(0),
	FULLCONE_IFACE_OUT = BIT(1),
	FULLCONE_IFACE_ASKED_IN = BIT(2),
	FULLCONE_IFACE_ASKED_OUT = BIT(3),
};

static unsigned long iface_bits(struct fullcone_net *fn, int ifindex)
{
	void *entry = xa_load(&fn->ifaces, ifindex);

	return entry ? xa_to_value(entry) : 0;
}

static bool iface_add(struct fullcone_net *fn, int ifindex, unsigned long bit)
{
	unsigned long bits = iface_bits(fn, ifindex);
	void *old;

	if (likely(bits & bit))
		return true;
	xa_lock_bh(&fn->ifaces);
	bits = iface_bits(fn, ifindex) | bit;
	old = __xa_store(&fn->ifaces, ifindex, xa_mk_value(bits), GFP_ATOMIC);
	xa_unlock_bh(&fn->ifaces);
	return !xa_is_err(old);
}

/* Two indexes in a word that is read and written at once; 0 if they do not fit. */
static u32 iface_pair(int in, int out)
{
	return in <= U16_MAX && out <= U16_MAX ? (u32)in << 16 | out : 0;
}

/**
 * fullcone_iface_in() - by which interface a packet came in
 * @skb: the packet, behind PREROUTING
 * @state: where
 *
 * PREROUTING sees the device that is in a VRF, later hooks see the VRF's own (X-Z3), by which
 * come packets from inside and from outside, where both are in it. Return: the index.
 */
int fullcone_iface_in(struct sk_buff *skb, const struct nf_hook_state *state)
{
	int enslaved = state->pf == NFPROTO_IPV4 ? inet_sdif(skb) : inet6_sdif(skb);

	return enslaved ?: state->in->ifindex;
}

static noinline void iface_learn(struct fullcone_net *fn, const struct nf_hook_state *state,
				 int enslaved, u32 pair)
{
	/* PREROUTING sees the enslaved device, later hooks see the VRF's own (X-Z3) */
	if (enslaved)
		iface_add(fn, enslaved, FULLCONE_IFACE_IN);
	if (iface_add(fn, state->in->ifindex, FULLCONE_IFACE_IN) &&
	    iface_add(fn, state->out->ifindex, FULLCONE_IFACE_OUT))
		WRITE_ONCE(fn->iface_last, pair);
}

/**
 * fullcone_iface_learn() - note the interfaces of a labelled flow
 * @fn: the namespace's state
 * @skb: its first packet
 * @state: where it came in and leaves
 *
 * Without memory they are learnt from a later flow. Context: softirq, RCU held.
 */
void fullcone_iface_learn(struct fullcone_net *fn, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	u32 pair = iface_pair(state->in->ifindex, state->out->ifindex);
	int enslaved = state->pf == NFPROTO_IPV4 ? inet_sdif(skb) : inet6_sdif(skb);

	if (unlikely(!pair || READ_ONCE(fn->iface_last) != pair || enslaved))
		iface_learn(fn, state, enslaved, pair);
}

static int iface_towards4(struct net *net, __be32 addr, bool inside, int vrf)
{
	struct flowi4 fl4 = { .daddr = addr, .flowi4_oif = vrf };
	struct fib_result res;

	if (!addr || fib_lookup(net, &fl4, &res, 0) || res.type != RTN_UNICAST)
		return 0;
	if (!res.prefixlen && inside)
		return 0;
	return FIB_RES_DEV(res) ? FIB_RES_DEV(res)->ifindex : 0;
}

static int iface_towards6(struct net *net, const struct in6_addr *addr, bool inside, int vrf)
{
	struct rt6_info *rt;
	int ifindex = 0;

	if (!IS_ENABLED(CONFIG_IPV6))
		return 0;
	rt = rt6_lookup(net, addr, NULL, vrf, NULL, 0);
	if (!rt)
		return 0;
	if (!(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST)) && (rt->rt6i_dst.plen || !inside))
		ifindex = READ_ONCE(rt->dst.dev)->ifindex;
	ip6_rt_put(rt);
	return ifindex;
}

/**
 * fullcone_iface_towards() - where packets for an address leave
 * @net: namespace
 * @family: NFPROTO_*
 * @addr: the address, or NULL
 * @inside: it is a host's, towards which the default route does not lead
 * @vrf: the VRF whose routes count, 0: none
 *
 * Context: RCU held. Return: the index of the interface; 0 if no route tells.
 */
int fullcone_iface_towards(struct net *net, u8 family, const union nf_inet_addr *addr, bool inside,
			   int vrf)
{
	if (!addr)
		return 0;
	return family == NFPROTO_IPV4 ? iface_towards4(net, addr->ip, inside, vrf) :
					iface_towards6(net, &addr->in6, inside, vrf);
}

/**
 * fullcone_iface_expect() - the same for a mapping that no packet has made
 * @fn: the namespace's state
 * @in: its internal endpoint
 * @ifindex: its external interface; 0: that of the route to @outside
 * @outside: somebody outside, or NULL
 * @asked: on request; else there are flows
 *
 * The internal interface is that of the route to @in, unless this is the default route, which
 * leads outside. Nothing is learnt without an external interface.
 *
 * Context: RCU held.
 */
void fullcone_iface_expect(struct fullcone_net *fn, const struct fullcone_endpoint *in,
			   int ifindex, const union nf_inet_addr *outside, bool asked)
{
	int vrf;

	if (!ifindex)
		ifindex = fullcone_iface_towards(fn->net, in->family, outside, false, 0);
	if (!ifindex)
		return;
	iface_add(fn, ifindex, asked ? FULLCONE_IFACE_ASKED_OUT : FULLCONE_IFACE_OUT);
	/* in the VRF of the uplink, or else outside of all */
	vrf = l3mdev_master_ifindex_by_index(fn->net, ifindex);
	ifindex = fullcone_iface_towards(fn->net, in->family, &in->addr, true, vrf);
	if (!ifindex && vrf)
		ifindex = fullcone_iface_towards(fn->net, in->family, &in->addr, true, 0);
	if (ifindex)
		iface_add(fn, ifindex, asked ? FULLCONE_IFACE_ASKED_IN : FULLCONE_IFACE_IN);
}

bool fullcone_iface_internal(struct fullcone_net *fn, int ifindex)
{
	u32 last = READ_ONCE(fn->iface_last);
	unsigned long bits;

	/* nearly always: the last flow that was learnt from has left through it */
	if (likely(last && (last & U16_MAX) == ifindex))
		return false;
	bits = iface_bits(fn, ifindex);
	if (bits & (FULLCONE_IFACE_IN | FULLCONE_IFACE_OUT))
		return !(bits & FULLCONE_IFACE_OUT);
	return bits == FULLCONE_IFACE_ASKED_IN;
}

/* Has a labelled flow ever left through this, or is it a mapping's that was asked for? */
bool fullcone_iface_leaves(struct fullcone_net *fn, const struct net_device *dev)
{
	return iface_bits(fn, dev->ifindex) & (FULLCONE_IFACE_OUT | FULLCONE_IFACE_ASKED_OUT);
}

/* The device is going away; its index may come back as another one. */
void fullcone_iface_forget(struct fullcone_net *fn, int ifindex)
{
	xa_lock_bh(&fn->ifaces);
	__xa_erase(&fn->ifaces, ifindex);
	WRITE_ONCE(fn->iface_last, 0);
	xa_unlock_bh(&fn->ifaces);
}
