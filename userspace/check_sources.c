// SPDX-License-Identifier: GPL-2.0
/*
 * check: the addresses of profiles. Packets for one of them that belong to no mapping must
 * end here: without a route they go back by the default route, to whoever sent them.
 */
#include "check.h"
#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

/* Most addresses of a range that are looked at. */
#define LOOKED_AT 256

/* In the order in which the findings come; of the first two, there is none. */
enum route { ROUTE_UNKNOWN, ROUTE_HERE, ROUTE_AWAY, ROUTE_ON_LINK, ROUTE_BROADCAST, ROUTE_COUNT };

struct answer {
	uint8_t type;
	uint8_t prefix_len;
	bool gateway;
};

static int keep_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct answer *a = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return 0;
	a->type = rtm->rtm_type;
	a->prefix_len = rtm->rtm_dst_len;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		a->gateway |= mnl_attr_get_type(attr) == RTA_GATEWAY ||
			      mnl_attr_get_type(attr) == RTA_MULTIPATH;
	return 0;
}

/*
 * Where a packet to the address goes, in the VRF or without one; the route itself, not what the
 * cache made of it.
 */
static enum route find_route(struct nl *nl, uint32_t vrf, uint8_t family, const union addr *addr)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->req);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	struct answer a = { 0 };
	int ret;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm->rtm_family = family == NFPROTO_IPV6 ? AF_INET6 : AF_INET;
	rtm->rtm_dst_len = addr_size(family) * 8;
	rtm->rtm_flags = RTM_F_FIB_MATCH;
	mnl_attr_put(nlh, RTA_DST, addr_size(family), addr);
	if (vrf)
		mnl_attr_put_u32(nlh, RTA_OIF, vrf);
	ret = nl_transact(nl, NLM_F_ACK, keep_route, &a);
	/* A blackhole, unreachable or prohibit route answers with its error. */
	if (ret == -EINVAL || ret == -EHOSTUNREACH || ret == -EACCES)
		return ROUTE_HERE;
	if (ret == -ENETUNREACH)
		return ROUTE_AWAY;
	if (ret || !a.type)
		return ROUTE_UNKNOWN;
	if (a.type == RTN_BROADCAST)
		return ROUTE_BROADCAST;
	if (a.type != RTN_UNICAST)
		return ROUTE_HERE;
	return a.gateway || !a.prefix_len ? ROUTE_AWAY : ROUTE_ON_LINK;
}

struct count {
	unsigned int addrs;
	union addr first;
};

static void count_one(struct count *n, const union addr *addr)
{
	if (!n->addrs++)
		n->first = *addr;
}

static void next_addr(uint8_t family, union addr *addr)
{
	size_t i = addr_size(family);

	while (i-- && !++addr->bytes[i])
		;
}

static void check_range(struct nl *nl, uint32_t vrf, const struct addr_range *r,
			struct count n[ROUTE_COUNT])
{
	union addr addr = r->first;
	unsigned int i;

	for (i = 0; i < LOOKED_AT; i++) {
		count_one(&n[find_route(nl, vrf, r->family, &addr)], &addr);
		if (addr_equal(r->family, &addr, &r->last))
			break;
		next_addr(r->family, &addr);
	}
}

/* The VRF of the first interface whose rule selects the profile; 0: none. */
static uint32_t find_vrf(const struct check *c, const struct profile *p)
{
	size_t i;

	for (i = 0; i < c->cone.count; i++)
		if (!c->cone.rules[i].nat && rule_selects(&c->cone.rules[i].rule, p))
			return device_vrf(if_nametoindex(c->cone.rules[i].rule.oif));
	return 0;
}

static void check_profile(struct check *c, struct nl *nl, const struct profile *p, uint8_t family)
{
	const char *const dash6 = family == NFPROTO_IPV6 ? "-6 " : "";
	const unsigned int len = addr_size(family) * 8;
	struct count n[ROUTE_COUNT] = { 0 }, *found;
	char addr[INET6_ADDRSTRLEN], mend[128], name[IFNAMSIZ] = "";
	uint32_t vrf = find_vrf(c, p);
	unsigned int i;

	if (vrf && !if_indextoname(vrf, name))
		vrf = 0;

	for (i = 0; i < p->source_count; i++)
		if (p->source[i].family == family)
			check_range(nl, vrf, &p->source[i], n);
	found = &n[ROUTE_AWAY];
	if (found->addrs) {
		format_addr(family, &found->first, addr, sizeof(addr));
		snprintf(mend, sizeof(mend), "ip %sroute add %s%s%sblackhole %s/%u", dash6,
			 vrf ? "vrf " : "", name, vrf ? " " : "", addr, len);
		check_add(c, CHECK_WARN, "source", mend,
			  "profile %s: %u address%s of its source, the first one %s, neither of this "
			  "router nor routed: what comes for no mapping would be sent back out; give "
			  "each a blackhole route (mappings go before it)", p->name, found->addrs,
			  found->addrs == 1 ? "" : "es", addr);
	}
	found = &n[ROUTE_ON_LINK];
	if (found->addrs) {
		format_addr(family, &found->first, addr, sizeof(addr));
		snprintf(mend, sizeof(mend), "ip %saddress add %s/%u dev DEV", dash6, addr, len);
		check_add(c, CHECK_WARN, "source", mend,
			  "profile %s: %u address%s of its source, the first one %s, in a network of "
			  "this router's but not its own: nobody answers %s for them unless it has "
			  "them", p->name, found->addrs, found->addrs == 1 ? "" : "es", addr,
			  family == NFPROTO_IPV6 ? "neighbour solicitations" : "ARP");
	}
	found = &n[ROUTE_BROADCAST];
	if (found->addrs) {
		format_addr(family, &found->first, addr, sizeof(addr));
		check_add(c, CHECK_WARN, "source", NULL,
			  "profile %s: %u address%s of its source, the first one %s, for broadcasts "
			  "in a network of this router's: nobody answers a host that gets one", p->name,
			  found->addrs, found->addrs == 1 ? "" : "es", addr);
	}
}

void check_sources(struct check *c)
{
	struct nl nl;
	size_t i;

	for (i = 0; i < c->profiles.count && !c->profiles.profile[i].source_count; i++)
		;
	if (i == c->profiles.count)
		return;
	if (nl_open(&nl, NETLINK_ROUTE)) {
		check_add(c, CHECK_INFO, "source", NULL, "the routes cannot be read: %s", nl.error);
		return;
	}
	nl.hdrlen = sizeof(struct rtmsg);
	for (; i < c->profiles.count; i++) {
		check_profile(c, &nl, &c->profiles.profile[i], NFPROTO_IPV4);
		check_profile(c, &nl, &c->profiles.profile[i], NFPROTO_IPV6);
	}
	nl_close(&nl);
}
