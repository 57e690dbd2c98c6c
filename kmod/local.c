// SPDX-License-Identifier: GPL-2.0
/* The router's own sockets, addresses and packets. RCU held. */
#include <linux/filter.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
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

static bool local_socket6(struct net *net, const struct nf_conntrack_tuple *in, int dif, int sdif)
{
	switch (in->dst.protonum) {
	case IPPROTO_UDP:
		return fullcone_compat_udp6_lookup(net, in, dif, sdif);
	case IPPROTO_TCP:
		return fullcone_compat_tcp6_listener(net, in, dif, sdif);
	}
	return false;
}

/**
 * fullcone_local_address() - is this an address of the router?
 * @net: namespace
 * @family: NFPROTO_*
 * @addr: the address
 * @ifindex: an interface of the VRF whose addresses count, 0: no VRF
 */
bool fullcone_local_address(struct net *net, u8 family, const union nf_inet_addr *addr,
			    int ifindex)
{
	u32 table;

	if (family == NFPROTO_IPV6)
		return ipv6_mod_enabled() &&
		       ipv6_chk_addr(net, &addr->in6, dev_get_by_index_rcu(net, ifindex), 0);
	table = l3mdev_fib_table_by_index(net, ifindex) ?: RT_TABLE_LOCAL;
	return inet_addr_type_table(net, addr->ip, table) == RTN_LOCAL;
}

/**
 * fullcone_local_device() - the interface that has an address
 * @net: namespace
 * @family: NFPROTO_*
 * @addr: the address
 *
 * Return: the interface, NULL if none has it.
 */
struct net_device *fullcone_local_device(struct net *net, u8 family,
					 const union nf_inet_addr *addr)
{
	if (family == NFPROTO_IPV4)
		return __ip_dev_find(net, addr->ip, false);
	return ipv6_mod_enabled() ? ipv6_dev_find(net, &addr->in6, NULL) : NULL;
}

/*
 * Nearly always no socket has this port, whatever its address and device. With programs that
 * look up sockets (BPF_PROG_TYPE_SK_LOOKUP), any socket may get a packet for any port.
 */
static bool local_port_maybe(struct net *net, const struct nf_conntrack_tuple *in)
{
	if (static_branch_unlikely(&bpf_sk_lookup_enabled))
		return true;
	switch (in->dst.protonum) {
	case IPPROTO_UDP:
		return fullcone_compat_udp_maybe(net, in->dst.u.udp.port);
	case IPPROTO_TCP:
		return fullcone_compat_tcp_maybe(net, in->dst.u.tcp.port);
	}
	return false;
}

/*
 * A route of type local makes addresses the router's own that no interface has. In IPv4
 * fullcone_local_address() looks at the routes anyway.
 */
static bool local_route6(struct net *net, u8 family, const union nf_inet_addr *addr)
{
	struct rt6_info *rt;
	bool local;

	if (!IS_ENABLED(CONFIG_IPV6) || family != NFPROTO_IPV6 || !ipv6_mod_enabled())
		return false;
	rt = rt6_lookup(net, &addr->in6, NULL, 0, NULL, 0);
	if (!rt)
		return false;
	local = rt->rt6i_flags & RTF_LOCAL;
	ip6_rt_put(rt);
	return local;
}

/**
 * fullcone_local_socket() - would a socket of the router get this packet (X-L1)?
 * @net: namespace
 * @in: the packet as it comes in; an empty source stands for anybody, whom a
 *	connected socket does not listen to
 * @ifindex: interface it comes in by; without it a socket bound to a device would
 *	be missed
 *
 * Kernel sockets (WireGuard, VXLAN) count as well. A wildcard socket gets only packets
 * for an address of the router, which an address of a pool need not be.
 */
bool fullcone_local_socket(struct net *net, const struct nf_conntrack_tuple *in, int ifindex)
{
	int vrf, dif, sdif;

	if (likely(!local_port_maybe(net, in)))
		return false;
	/* a socket sees a packet of an enslaved device as one of the VRF's own (X-Z3) */
	vrf = l3mdev_master_ifindex_by_index(net, ifindex);
	dif = vrf ?: ifindex;
	sdif = vrf ? ifindex : 0;
	if (!(in->src.l3num == NFPROTO_IPV6 ? local_socket6(net, in, dif, sdif) :
					      local_socket4(net, in, dif, sdif)))
		return false;
	return fullcone_local_address(net, in->src.l3num, &in->dst.u3, ifindex) ||
	       local_route6(net, in->src.l3num, &in->dst.u3);
}

/**
 * fullcone_local_packet() - is this a packet of the router's own?
 * @skb: a packet that leaves
 * @state: where
 *
 * The packets of the router's own tunnels enter the output path with a device set, so
 * an input interface does not prove that a packet was forwarded (X-L2). But a forwarded
 * packet has an input route; in IPv6, where routes do not tell, its source is no address
 * of the router.
 */
bool fullcone_local_packet(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (!state->in)
		return true;
	if (state->pf == NFPROTO_IPV4)
		return rt_is_output_route(skb_rtable(skb));
	return IS_ENABLED(CONFIG_IPV6) &&
	       ipv6_chk_addr(state->net, &ipv6_hdr(skb)->saddr, state->out, 0);
}
