// SPDX-License-Identifier: GPL-2.0
/*
 * Which way is in. An interface through which the first packet of a labelled flow
 * came in is internal, one through which it left is external; neither or both
 * counts as external. Nothing is inferred from addresses (U-7).
 */
#include <linux/netdevice.h>
#include <net/ip.h>

#include "fullcone.h"

enum {
	FULLCONE_IFACE_IN = BIT(0),
	FULLCONE_IFACE_OUT = BIT(1),
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
	int enslaved = state->pf == NFPROTO_IPV4 ? inet_sdif(skb) : 0;

	if (likely(pair && READ_ONCE(fn->iface_last) == pair && !enslaved))
		return;
	/* PREROUTING sees the device of a VRF, what follows the VRF's own (X-Z3) */
	if (unlikely(enslaved))
		iface_add(fn, enslaved, FULLCONE_IFACE_IN);
	if (iface_add(fn, state->in->ifindex, FULLCONE_IFACE_IN) &&
	    iface_add(fn, state->out->ifindex, FULLCONE_IFACE_OUT))
		WRITE_ONCE(fn->iface_last, pair);
}

/* A mapping was made on it without a packet. Context: RCU held. */
void fullcone_iface_learn_out(struct fullcone_net *fn, int ifindex)
{
	iface_add(fn, ifindex, FULLCONE_IFACE_OUT);
}

bool fullcone_iface_internal(struct fullcone_net *fn, const struct net_device *dev)
{
	return iface_bits(fn, dev->ifindex) == FULLCONE_IFACE_IN;
}

/* Has a labelled flow ever left through this? */
bool fullcone_iface_leaves(struct fullcone_net *fn, const struct net_device *dev)
{
	return iface_bits(fn, dev->ifindex) & FULLCONE_IFACE_OUT;
}

/* The device is going away; its index may come back as another one. */
void fullcone_iface_forget(struct fullcone_net *fn, int ifindex)
{
	xa_lock_bh(&fn->ifaces);
	__xa_erase(&fn->ifaces, ifindex);
	WRITE_ONCE(fn->iface_last, 0);
	xa_unlock_bh(&fn->ifaces);
}
