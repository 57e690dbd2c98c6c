// SPDX-License-Identifier: GPL-2.0
/* What is the router's own: its sockets and its addresses. RCU held. */
#include <net/route.h>
#include <net/ip_fib.h>
#include <net/sock.h>

#include "fullcone.h"

/**
 * fullcone_local_socket() - would a socket of the router get this packet (X-L1)?
 * @net: namespace
 * @in: the packet as it comes in; an empty source is anybody, whom a connected
 *	socket does not listen to
 * @ifindex: interface it comes in by; without it a socket bound to a device would
 *	be missed
 *
 * Kernel sockets (WireGuard, VXLAN) count as well.
 */
bool fullcone_local_socket(struct net *net, const struct nf_conntrack_tuple *in, int ifindex)
{
	if (in->src.l3num == NFPROTO_IPV4 && in->dst.protonum == IPPROTO_UDP)
		return fullcone_compat_udp4_lookup(net, in, ifindex);
	return false;
}

/**
 * fullcone_local_source() - is this an address of the router?
 * @net: namespace
 * @family: NFPROTO_*
 * @addr: source address of a packet that leaves
 * @out: where it leaves
 *
 * The packets of a tunnel of the router's own enter the output path with a device
 * set, so an input interface does not prove that a packet was forwarded (X-L2).
 */
bool fullcone_local_source(struct net *net, u8 family, const union nf_inet_addr *addr,
			   const struct net_device *out)
{
	if (family == NFPROTO_IPV4)
		return inet_addr_type_dev_table(net, out, addr->ip) == RTN_LOCAL;
	return false;
}
