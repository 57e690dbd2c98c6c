// SPDX-License-Identifier: GPL-2.0
/* The addresses of a network device. */
#include "device.h"
#include "nl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* No packet should leave with one of these as its source. */
#define UNUSABLE (IFA_F_TENTATIVE | IFA_F_DADFAILED)

/* Some global destination. */
#define ANYWHERE 0x02000000

struct search {
	uint32_t ifindex;
	uint8_t family;		/* AF_* */
	struct in_addr next_hop;	/* of the default route, in IPv4 */
	unsigned int best;	/* how good the one that was found is; 0: none was */
	union addr *addr;
};

static unsigned int quality(uint32_t flags, bool next_hop)
{
	if (flags & IFA_F_DEPRECATED)
		return 1;
	/* is IFA_F_SECONDARY, of IPv4 */
	if (flags & IFA_F_TEMPORARY)
		return 2;
	return next_hop ? 4 : 3;
}

/* Masquerade takes an address in the network of the next hop, if there is one. */
static bool has_next_hop(const struct search *s, const void *address, uint8_t prefix_len)
{
	struct in_addr network;

	if (s->family != AF_INET || !s->next_hop.s_addr || !prefix_len || prefix_len > 32)
		return false;
	memcpy(&network, address, sizeof(network));
	return !((network.s_addr ^ s->next_hop.s_addr) & htonl(UINT32_MAX << (32 - prefix_len)));
}

static int keep_next_hop(const struct nlmsghdr *nlh, void *data)
{
	struct search *s = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
		if (mnl_attr_get_type(attr) == RTA_GATEWAY &&
		    mnl_attr_get_payload_len(attr) == sizeof(s->next_hop))
			memcpy(&s->next_hop, mnl_attr_get_payload(attr), sizeof(s->next_hop));
	return 0;
}

/* Without a route there is none: that is no failure. */
static void find_next_hop(struct nl *nl, struct search *s)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->req);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	nl->hdrlen = sizeof(*rtm);
	nlh->nlmsg_type = RTM_GETROUTE;
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(ANYWHERE));
	mnl_attr_put_u32(nlh, RTA_OIF, s->ifindex);
	nl_transact(nl, NLM_F_ACK, keep_next_hop, s);
}

static int look(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	size_t size = s->family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	const void *local = NULL, *address = NULL;
	const struct nlattr *attr;
	unsigned int good;
	uint32_t flags;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
	    ifa->ifa_index != s->ifindex || ifa->ifa_family != s->family ||
	    ifa->ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	flags = ifa->ifa_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		uint16_t type = mnl_attr_get_type(attr);
		uint16_t len = mnl_attr_get_payload_len(attr);

		if (type == IFA_LOCAL && len == size)
			local = mnl_attr_get_payload(attr);
		else if (type == IFA_ADDRESS && len == size)
			address = mnl_attr_get_payload(attr);
		else if (type == IFA_FLAGS && len == sizeof(flags))
			flags = mnl_attr_get_u32(attr);
	}
	/* on a point-to-point link, IFA_ADDRESS is the other end */
	if (!local)
		local = address;
	if (!local || flags & UNUSABLE)
		return 0;
	good = quality(flags, has_next_hop(s, address ? address : local, ifa->ifa_prefixlen));
	if (good <= s->best)
		return 0;
	s->best = good;
	memcpy(s->addr, local, size);
	return 0;
}

int device_address(uint32_t ifindex, uint8_t family, union addr *addr)
{
	struct search s = { .ifindex = ifindex, .addr = addr };
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	struct nl nl;
	int ret;

	s.family = family == NFPROTO_IPV6 ? AF_INET6 : AF_INET;
	memset(addr, 0, sizeof(*addr));
	ret = nl_open(&nl, NETLINK_ROUTE);
	if (ret)
		return ret;
	if (s.family == AF_INET)
		find_next_hop(&nl, &s);
	nl.hdrlen = sizeof(*ifa);
	nlh = mnl_nlmsg_put_header(nl.req);
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	nlh->nlmsg_type = RTM_GETADDR;
	ifa->ifa_family = s.family;
	ret = nl_transact(&nl, NLM_F_DUMP, look, &s);
	nl_close(&nl);
	return ret ? ret : s.best ? 0 : -EADDRNOTAVAIL;
}

static int keep_router(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	bool *found = data;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
		*found |= mnl_attr_get_type(attr) == RTA_GATEWAY ||
			  mnl_attr_get_type(attr) == RTA_VIA;
	return 0;
}

bool device_has_router(uint32_t ifindex, uint8_t family)
{
	const struct in6_addr anywhere6 = { .s6_addr = { 0x26 } };
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	bool found = false;
	struct nl nl;

	if (nl_open(&nl, NETLINK_ROUTE))
		return false;
	nlh = mnl_nlmsg_put_header(nl.req);
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	nl.hdrlen = sizeof(*rtm);
	nlh->nlmsg_type = RTM_GETROUTE;
	rtm->rtm_family = family == NFPROTO_IPV6 ? AF_INET6 : AF_INET;
	rtm->rtm_dst_len = addr_size(family) * 8;
	if (family == NFPROTO_IPV6)
		mnl_attr_put(nlh, RTA_DST, sizeof(anywhere6), &anywhere6);
	else
		mnl_attr_put_u32(nlh, RTA_DST, htonl(ANYWHERE));
	mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	nl_transact(&nl, NLM_F_ACK, keep_router, &found);
	nl_close(&nl);
	return found;
}

struct link {
	uint32_t master;
	bool is_vrf;
};

static int keep_link(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *info;
	struct link *l = data;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) == IFLA_MASTER &&
		    mnl_attr_get_payload_len(attr) == sizeof(l->master))
			l->master = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(info, attr)
			if (mnl_attr_get_type(info) == IFLA_INFO_KIND &&
			    !mnl_attr_validate(info, MNL_TYPE_NUL_STRING))
				l->is_vrf = !strcmp(mnl_attr_get_str(info), "vrf");
	}
	return 0;
}

static struct link read_link(struct nl *nl, uint32_t ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->req);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct link l = { 0 };

	nl->hdrlen = sizeof(*ifi);
	nlh->nlmsg_type = RTM_GETLINK;
	ifi->ifi_index = ifindex;
	if (nl_transact(nl, NLM_F_ACK, keep_link, &l))
		l = (struct link){ 0 };
	return l;
}

uint32_t device_vrf(uint32_t ifindex)
{
	struct link l;
	struct nl nl;

	if (!ifindex || nl_open(&nl, NETLINK_ROUTE))
		return 0;
	l = read_link(&nl, ifindex);
	if (!l.is_vrf) {
		ifindex = l.master;
		if (ifindex)
			l = read_link(&nl, ifindex);
	}
	nl_close(&nl);
	return l.is_vrf ? ifindex : 0;
}
