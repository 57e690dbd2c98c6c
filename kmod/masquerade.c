// SPDX-License-Identifier: GPL-2.0
/*
 * The external address without a pool, chosen as the kernel's masquerade would. In IPv6,
 * where addresses come and go, it is chosen once for each host, which keeps it as long as
 * the interface does, deprecated or not (V-2).
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip_fib.h>

#include "fullcone.h"

/* Some global destination, for callers without a packet. */
static const struct in6_addr anywhere = { .s6_addr = { 0x20 } };

/**
 * fullcone_masquerade_next_hop() - the gateway of an interface's default route
 * @dev: the interface
 *
 * For callers without a packet: of several addresses masquerade takes one in the network of the
 * next hop, and the others may be of no use outside, such as the one for a modem's own pages.
 *
 * Context: RCU held. Return: its address, 0 if there is none.
 */
__be32 fullcone_masquerade_next_hop(const struct net_device *dev)
{
	struct flowi4 fl4 = { .flowi4_oif = dev->ifindex };
	const struct fib_nh_common *nhc;
	struct fib_result res;

	if (fib_lookup(dev_net(dev), &fl4, &res, 0) || res.type != RTN_UNICAST)
		return 0;
	nhc = FIB_RES_NHC(res);
	return nhc->nhc_dev == dev && nhc->nhc_gw_family == AF_INET ? nhc->nhc_gw.ipv4 : 0;
}

/**
 * fullcone_masquerade_addr4() - the address of an interface
 * @req: for whom; gets the address
 * @dev: the interface
 * @towards: the next hop, or 0
 *
 * Context: RCU held. Return: whether there is one.
 */
bool fullcone_masquerade_addr4(struct fullcone_request *req, const struct net_device *dev,
			       __be32 towards)
{
	req->ext_addr.ip = inet_select_addr(dev, towards, RT_SCOPE_UNIVERSE);
	return req->ext_addr.ip;
}

/**
 * fullcone_masquerade_addr6() - the address of a host on an interface
 * @fn: the namespace's state
 * @req: for whom; gets the address
 * @dev: the interface
 * @towards: the destination, or NULL
 *
 * Context: RCU held. Return: whether there is one that remotes can reach (V-3).
 */
bool fullcone_masquerade_addr6(struct fullcone_net *fn, struct fullcone_request *req,
			       const struct net_device *dev, const struct in6_addr *towards)
{
	const int wrong = IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK;
	struct in6_addr addr;
	bool has;

	if (!IS_ENABLED(CONFIG_IPV6))
		return false;
	has = fullcone_host_address(fn, req);
	if (has && ipv6_chk_addr(fn->net, &req->ext_addr.in6, dev, 1))
		return true;
	if (ipv6_dev_get_saddr(fn->net, dev, towards ?: &anywhere, 0, &addr) ||
	    (ipv6_addr_type(&addr) & wrong))
		return false;
	/*
	 * An uplink without an address of its own uses those of other interfaces, which one
	 * depends on the destination. A host keeps the one that it has there, too.
	 */
	if (!has || ipv6_chk_addr(fn->net, &addr, dev, 1) ||
	    !ipv6_chk_addr(fn->net, &req->ext_addr.in6, dev, 0))
		req->ext_addr.in6 = addr;
	return true;
}
