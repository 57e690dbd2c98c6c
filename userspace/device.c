// SPDX-License-Identifier: GPL-2.0
/* The addresses of a network device. */
#include "device.h"
#include "nl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* No packet should leave with one of these as its source. */
#define UNUSABLE (IFA_F_TENTATIVE | IFA_F_DADFAILED)

struct search {
	uint32_t ifindex;
	uint8_t family;		/* AF_* */
	unsigned int best;	/* how good the one that was found is; 0: none was */
	union addr *addr;
};

static unsigned int quality(uint32_t flags)
{
	if (flags & IFA_F_DEPRECATED)
		return 1;
	/* is IFA_F_SECONDARY, of IPv4 */
	return flags & IFA_F_TEMPORARY ? 2 : 3;
}

static int look(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	size_t size = s->family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	const void *local = NULL, *address = NULL;
	const struct nlattr *attr;
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
	if (!local || flags & UNUSABLE || quality(flags) <= s->best)
		return 0;
	s->best = quality(flags);
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
	nl.hdrlen = sizeof(*ifa);
	nlh = mnl_nlmsg_put_header(nl.req);
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	nlh->nlmsg_type = RTM_GETADDR;
	ifa->ifa_family = s.family;
	ret = nl_transact(&nl, NLM_F_DUMP, look, &s);
	nl_close(&nl);
	return ret ? ret : s.best ? 0 : -EADDRNOTAVAIL;
}
