// SPDX-License-Identifier: GPL-2.0
/* A router that forwards multicast: what a routing daemon for it asks of the kernel. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>

#include "probe.h"

enum { IN, OUT, DEVICES };

static int routing = -1;	/* the kernel forwards while it is open */

static int route4(int fd, const union addr *src, const union addr *group,
		  const unsigned int *devices)
{
	struct mfcctl route = { .mfcc_parent = IN, .mfcc_ttls = { [OUT] = 1 } };
	struct vifctl vif = { .vifc_flags = VIFF_USE_IFINDEX, .vifc_threshold = 1 };
	const int on = 1;

	if (setsockopt(fd, IPPROTO_IP, MRT_INIT, &on, sizeof(on)))
		return -1;
	for (vif.vifc_vifi = IN; vif.vifc_vifi < DEVICES; vif.vifc_vifi++) {
		vif.vifc_lcl_ifindex = devices[vif.vifc_vifi];
		if (setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vif, sizeof(vif)))
			return -1;
	}
	memcpy(&route.mfcc_origin, addr_bytes(src), sizeof(route.mfcc_origin));
	memcpy(&route.mfcc_mcastgrp, addr_bytes(group), sizeof(route.mfcc_mcastgrp));
	return setsockopt(fd, IPPROTO_IP, MRT_ADD_MFC, &route, sizeof(route));
}

static int route6(int fd, const union addr *src, const union addr *group,
		  const unsigned int *devices)
{
	struct mf6cctl route = { .mf6cc_parent = IN };
	struct mif6ctl mif = { .vifc_threshold = 1 };
	const int on = 1;

	if (setsockopt(fd, IPPROTO_IPV6, MRT6_INIT, &on, sizeof(on)))
		return -1;
	for (mif.mif6c_mifi = IN; mif.mif6c_mifi < DEVICES; mif.mif6c_mifi++) {
		mif.mif6c_pifi = devices[mif.mif6c_mifi];
		if (setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &mif, sizeof(mif)))
			return -1;
	}
	memcpy(&route.mf6cc_origin.sin6_addr, addr_bytes(src), sizeof(struct in6_addr));
	memcpy(&route.mf6cc_mcastgrp.sin6_addr, addr_bytes(group), sizeof(struct in6_addr));
	IF_SET(OUT, &route.mf6cc_ifset);
	return setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MFC, &route, sizeof(route));
}

/*
 * mroute NETNS SRC GROUP IN OUT: what SRC sends to GROUP is forwarded from one device to the other.
 * mroute off: no more.
 */
int cmd_mroute(int argc, char **argv)
{
	unsigned int devices[DEVICES];
	union addr src, group;
	bool ip6;

	if (argc == 2 && !strcmp(argv[1], "off") && routing >= 0) {
		close(routing);
		routing = -1;
		return reply(true, "-");
	}
	if (argc != 6 || addr_parse(argv[2], &src) || addr_parse(argv[3], &group) || routing >= 0)
		return reply(false, "usage: mroute NETNS SRC GROUP IN OUT, then mroute off");
	ip6 = src.sa.sa_family == AF_INET6;
	if (ns_enter(ns_get(argv[1])))
		return reply(false, "%s: %s", argv[1], strerror(errno));
	devices[IN] = if_nametoindex(argv[4]);
	devices[OUT] = if_nametoindex(argv[5]);
	routing = ip6 ? socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) :
			socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
	if (routing >= 0 && !(ip6 ? route6 : route4)(routing, &src, &group, devices))
		return reply(true, "-");
	return reply(false, "%s", strerror(errno));
}
