// SPDX-License-Identifier: GPL-2.0
/* What is the router's own: its sockets and its addresses. RCU held. */
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/ip_fib.h>
#include <net/sock.h>

#include "fullcone.h"

static bool local_socket4(struct net *net, const struct nf_conntrack_tuple *in, int dif, int sdif)
{
	switch (in->dst.protonum) {
	case IPPROTO_UDP:
		return fullcone_compat_udp4_lookup(net, in, dif, sdif);
	case IPPROTO_TCP:
		return fullcone_compat_tcp4_listener(net, in, dif, sdif);
	}
	return false;
}

/**
 * fullcone_local_socket() - would a socket of the router get this packet (X-L1)?
 * @net: namespace
 * @in: the packet as it comes in; an empty source is anybody, whom a connected
 *	socket does not listen to
 * @ifindex: interface it comes in by; without it a socket bound to a device would
 *	be missed
 *
 * Kernel sockets (WireGuard, VXLAN) count as well. A socket of any address gets only
 * what is for an address of the router: one of a pool need not be.
 */
bool fullcone_local_socket(struct net *net, const struct nf_conntrack_tuple *in, int ifindex)
{
	/* what comes in by a device of a VRF looks as if it came in by the VRF's (X-Z3) */
	int vrf = l3mdev_master_ifindex_by_index(net, ifindex);
	u32 table;

	if (in->src.l3num != NFPROTO_IPV4 ||
	    !local_socket4(net, in, vrf ?: ifindex, vrf ? ifindex : 0))
		return false;
	table = l3mdev_fib_table_by_index(net, ifindex) ?: RT_TABLE_LOCAL;
	return inet_addr_type_table(net, in->dst.u3.ip, table) == RTN_LOCAL;
}

/**
 * fullcone_local_packet() - is this a packet of the router's own?
 * @skb: a packet that leaves
 * @state: where
 *
 * The packets of a tunnel of the router's own enter the output path with a device
 * set, so an input interface does not prove that a packet was forwarded (X-L2). But what
 * was forwarded has been routed as input.
 */
bool fullcone_local_packet(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (!state->in)
		return true;
	return state->pf == NFPROTO_IPV4 && rt_is_output_route(skb_rtable(skb));
}
