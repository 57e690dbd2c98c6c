// SPDX-License-Identifier: GPL-2.0
/* Routes of IPv4, as the kernel chooses them. */
#include "route.h"
#include "nl.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Some global destination. */
#define ANYWHERE 0x02000000

#define TABLES_MAX 64

struct search {
	uint32_t by;
	struct route route;
	uint32_t table[TABLES_MAX];	/* that rules for marks lead to */
	unsigned int tables;
	bool found;
};

static void look_at_hop(struct route *r, uint32_t ifindex, uint32_t by)
{
	if (!r->ifindex)
		r->ifindex = ifindex;
	r->by |= ifindex == by;
}

static struct route parse_route(const struct nlmsghdr *nlh, uint32_t by, uint32_t *table)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct route r = { 0 };

	*table = rtm->rtm_table;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		const struct rtnexthop *hop = mnl_attr_get_payload(attr);
		int left = mnl_attr_get_payload_len(attr);

		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			look_at_hop(&r, mnl_attr_get_u32(attr), by);
			break;
		case RTA_TABLE:
			*table = mnl_attr_get_u32(attr);
			break;
		case RTA_MULTIPATH:
			for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len),
			     hop = RTNH_NEXT(hop))
				look_at_hop(&r, hop->rtnh_ifindex, by);
			break;
		}
	}
	return r;
}

static bool is_route(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type == RTM_NEWROUTE &&
	       mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct rtmsg);
}

static int keep_route(const struct nlmsghdr *nlh, void *data)
{
	struct search *s = data;
	uint32_t table;

	if (is_route(nlh))
		s->route = parse_route(nlh, s->by, &table);
	return 0;
}

struct route route_of_host(struct in_addr host, uint32_t iif, uint32_t by)
{
	struct search s = { .by = by };
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	struct nl nl;

	if (nl_open(&nl, NETLINK_ROUTE))
		return s.route;
	nlh = mnl_nlmsg_put_header(nl.req);
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	nl.hdrlen = sizeof(*rtm);
	nlh->nlmsg_type = RTM_GETROUTE;
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	rtm->rtm_src_len = 32;
	rtm->rtm_flags = RTM_F_FIB_MATCH;	/* all of its next hops */
	mnl_attr_put_u32(nlh, RTA_DST, htonl(ANYWHERE));
	mnl_attr_put_u32(nlh, RTA_SRC, host.s_addr);
	mnl_attr_put_u32(nlh, RTA_IIF, iif);
	nl_transact(&nl, NLM_F_ACK, keep_route, &s);
	nl_close(&nl);
	return s.route;
}

static int keep_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct fib_rule_hdr *frh = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	const struct nlattr *attr;
	bool marked = false;
	uint32_t table;

	if (nlh->nlmsg_type != RTM_NEWRULE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*frh) ||
	    frh->action != FR_ACT_TO_TBL)
		return 0;
	table = frh->table;
	mnl_attr_for_each(attr, nlh, sizeof(*frh)) {
		if (mnl_attr_get_type(attr) == FRA_TABLE)
			table = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == FRA_FWMARK)
			marked = mnl_attr_get_u32(attr);
	}
	if (marked && s->tables < TABLES_MAX)
		s->table[s->tables++] = table;
	return 0;
}

static int keep_default(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	uint32_t table;
	unsigned int i;

	if (!is_route(nlh) || rtm->rtm_dst_len || rtm->rtm_type != RTN_UNICAST ||
	    !parse_route(nlh, s->by, &table).by)
		return 0;
	for (i = 0; i < s->tables; i++)
		s->found |= s->table[i] == table;
	return 0;
}

static void dump(struct nl *nl, uint16_t type, nl_cb cb, struct search *s)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->req);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	nl->hdrlen = sizeof(*rtm);
	nlh->nlmsg_type = type;
	rtm->rtm_family = AF_INET;
	nl_transact(nl, NLM_F_DUMP, cb, s);
}

bool route_is_marked(uint32_t by)
{
	struct search s = { .by = by };
	struct nl nl;

	if (nl_open(&nl, NETLINK_ROUTE))
		return false;
	dump(&nl, RTM_GETRULE, keep_rule, &s);
	if (s.tables)
		dump(&nl, RTM_GETROUTE, keep_default, &s);
	nl_close(&nl);
	return s.found;
}
