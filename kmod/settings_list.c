// SPDX-License-Identifier: GPL-2.0
/* Settings that are lists: short timers, sources, reserved ports. Each is set as a whole. */
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "fullcone.h"

static struct netlink_range_validation short_range = { .min = 1, .max = 86400 };

static const struct nla_policy short_policy[FULLCONE_UDP_SHORT_A_MAX + 1] = {
	[FULLCONE_UDP_SHORT_A_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[FULLCONE_UDP_SHORT_A_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &short_range),
};

static const struct nla_policy source_policy[FULLCONE_SOURCE_A_MAX + 1] = {
	[FULLCONE_SOURCE_A_FIRST] = { .type = NLA_BINARY, .len = sizeof(struct in6_addr) },
	[FULLCONE_SOURCE_A_LAST] = { .type = NLA_BINARY, .len = sizeof(struct in6_addr) },
};

static const struct nla_policy reserve_policy[FULLCONE_RESERVE_A_MAX + 1] = {
	[FULLCONE_RESERVE_A_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[FULLCONE_RESERVE_A_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
};

static int parse_udp_short(struct fullcone_settings *s, struct nlattr **tb, int n,
			   const struct nlattr *entry, struct netlink_ext_ack *extack)
{
	if (n == FULLCONE_UDP_SHORT_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "udp_short: at most 16 entries");
		return -ERANGE;
	}
	if (!tb[FULLCONE_UDP_SHORT_A_PORT] || !tb[FULLCONE_UDP_SHORT_A_SECONDS]) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "udp_short: port and seconds needed");
		return -EINVAL;
	}
	s->udp_short[n].port = htons(nla_get_u16(tb[FULLCONE_UDP_SHORT_A_PORT]));
	s->udp_short[n].timeout = nla_get_u32(tb[FULLCONE_UDP_SHORT_A_SECONDS]) * HZ;
	s->udp_shorts = n + 1;
	return 0;
}

/* IPv4: not in 0/8, 127/8 or from 224/8 on. IPv6: unicast, not of the link or the host. */
static bool source_of_host(u8 family, const union nf_inet_addr *addr)
{
	const int wrong = IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK;
	u8 net = ntohl(addr->ip) >> 24;
	int type;

	if (family == NFPROTO_IPV4)
		return net && net != 127 && net < 224;
	type = ipv6_addr_type(&addr->in6);
	return (type & IPV6_ADDR_UNICAST) && !(type & wrong);
}

static bool sources_overlap(const struct fullcone_source *a, const struct fullcone_source *b)
{
	return a->family == b->family &&
	       (fullcone_pool_distance(a->family, &a->first, &b->first) < a->count ||
		fullcone_pool_distance(a->family, &b->first, &a->first) < b->count);
}

static int parse_source_range(struct fullcone_source *range, const struct nlattr *first,
			      const struct nlattr *last, struct netlink_ext_ack *extack)
{
	union nf_inet_addr end = {};
	u64 distance;

	if ((nla_len(first) != sizeof(struct in_addr) &&
	     nla_len(first) != sizeof(struct in6_addr)) || nla_len(first) != nla_len(last)) {
		NL_SET_ERR_MSG_ATTR(extack, first, "source: addresses of 4 or of 16 bytes");
		return -EINVAL;
	}
	range->family = nla_len(first) == sizeof(struct in_addr) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	range->first = (union nf_inet_addr){};
	memcpy(&range->first, nla_data(first), nla_len(first));
	memcpy(&end, nla_data(last), nla_len(last));
	/* in network order */
	if (memcmp(&range->first, &end, sizeof(end)) > 0) {
		NL_SET_ERR_MSG_ATTR(extack, first, "source: the range ends before it begins");
		return -ERANGE;
	}
	if (!source_of_host(range->family, &range->first) ||
	    !source_of_host(range->family, &end) ||
	    (range->family == NFPROTO_IPV4 && ntohl(range->first.ip) < INADDR_LOOPBACK &&
	     ntohl(end.ip) > INADDR_LOOPBACK)) {
		NL_SET_ERR_MSG_ATTR(extack, first, "source: not an address that a host can have");
		return -EINVAL;
	}
	distance = fullcone_pool_distance(range->family, &range->first, &end);
	if (distance >= FULLCONE_SOURCE_ADDRS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, first, "source: more than 65536 addresses");
		return -ERANGE;
	}
	range->count = distance + 1;
	return 0;
}

static int parse_source(struct fullcone_settings *s, struct nlattr **tb, int n,
			const struct nlattr *entry, struct netlink_ext_ack *extack)
{
	const struct nlattr *first = tb[FULLCONE_SOURCE_A_FIRST];
	const struct nlattr *last = tb[FULLCONE_SOURCE_A_LAST] ?: first;
	struct fullcone_source *range = &s->source[n];
	int i, err;

	if (n == FULLCONE_SOURCE_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "source: at most 64 ranges");
		return -ERANGE;
	}
	if (!first) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "source: an address is needed");
		return -EINVAL;
	}
	err = parse_source_range(range, first, last, extack);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (!sources_overlap(&s->source[i], range))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, first, "source: two ranges overlap");
		return -EINVAL;
	}
	if (range->count > FULLCONE_SOURCE_ADDRS_MAX - s->source_addrs[0] - s->source_addrs[1]) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "source: more than 65536 addresses");
		return -ERANGE;
	}
	s->source_addrs[fullcone_family(range->family)] += range->count;
	s->sources = n + 1;
	return 0;
}

static int parse_reserve(struct fullcone_settings *s, struct nlattr **tb, int n,
			 const struct nlattr *entry, struct netlink_ext_ack *extack)
{
	const struct nlattr *first = tb[FULLCONE_RESERVE_A_FIRST];
	const struct nlattr *last = tb[FULLCONE_RESERVE_A_LAST] ?: first;
	struct fullcone_reserve *range = &s->reserve[n];

	if (n == FULLCONE_RESERVE_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "reserve: at most 64 ranges");
		return -ERANGE;
	}
	if (!first) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "reserve: a port is needed");
		return -EINVAL;
	}
	range->first = nla_get_u16(first);
	range->last = nla_get_u16(last);
	if (range->first > range->last) {
		NL_SET_ERR_MSG_ATTR(extack, first, "reserve: the range ends before it begins");
		return -ERANGE;
	}
	s->reserves = n + 1;
	return 0;
}

/* Sets a list as a whole; the entries of every list are attribute 1. */
static int list_parse(struct fullcone_settings *s, const struct nlattr *list,
		      const struct nla_policy *policy, int max,
		      int (*parse)(struct fullcone_settings *s, struct nlattr **tb, int n,
				   const struct nlattr *entry, struct netlink_ext_ack *extack),
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FULLCONE_UDP_SHORT_A_MAX + 1];
	const struct nlattr *entry;
	int rem, err, n = 0;

	BUILD_BUG_ON(FULLCONE_UDP_SHORT_A_MAX != FULLCONE_SOURCE_A_MAX ||
		     FULLCONE_UDP_SHORT_A_MAX != FULLCONE_RESERVE_A_MAX);
	BUILD_BUG_ON(FULLCONE_UDP_SHORT_A_ENTRY != 1 || FULLCONE_SOURCE_A_ENTRY != 1 ||
		     FULLCONE_RESERVE_A_ENTRY != 1);
	nla_for_each_nested(entry, list, rem) {
		if (nla_type(entry) != 1) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "not an entry of the list");
			return -EINVAL;
		}
		err = nla_parse_nested(tb, max, entry, policy, extack) ?:
		      parse(s, tb, n, entry, extack);
		if (err)
			return err;
		n++;
	}
	return 0;
}

int fullcone_settings_udp_shorts(struct fullcone_settings *s, const struct nlattr *list,
				 struct netlink_ext_ack *extack)
{
	s->udp_shorts = 0;
	return list_parse(s, list, short_policy, FULLCONE_UDP_SHORT_A_MAX, parse_udp_short, extack);
}

int fullcone_settings_source(struct fullcone_settings *s, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_SOURCE];

	if (tb[FULLCONE_PROFILE_A_PAIRED])
		s->paired = nla_get_u8(tb[FULLCONE_PROFILE_A_PAIRED]);
	if (!a)
		return 0;
	s->sources = 0;
	memset(s->source_addrs, 0, sizeof(s->source_addrs));
	return list_parse(s, a, source_policy, FULLCONE_SOURCE_A_MAX, parse_source,
				   extack);
}

/* Makes a bitmap of the reserves, so that checking a port is one look-up. */
int fullcone_settings_reserve(struct fullcone_settings *s, struct nlattr **tb,
			      struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_RESERVE];
	int i, err;

	if (a) {
		s->reserves = 0;
		err = list_parse(s, a, reserve_policy, FULLCONE_RESERVE_A_MAX, parse_reserve,
				 extack);
		if (err)
			return err;
	}
	if (!s->reserves)
		return 0;
	s->reserved = bitmap_zalloc(FULLCONE_PORTS, GFP_KERNEL_ACCOUNT);
	if (!s->reserved)
		return -ENOMEM;
	for (i = 0; i < s->reserves; i++)
		bitmap_set(s->reserved, s->reserve[i].first,
			   s->reserve[i].last - s->reserve[i].first + 1);
	return 0;
}
