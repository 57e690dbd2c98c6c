// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of a profile: their defaults, and their change by a request. A change is
 * a new object, checked as a whole, so that bad input changes nothing.
 */
#include <linux/slab.h>
#include <net/genetlink.h>

#include "fullcone.h"

/* RFC 4787 REQ-5: no UDP mapping expires sooner than two minutes. */
#define SETTINGS_UDP_FLOOR	120

/*
 * No host gets more than a quarter of the ports, lest it takes the service from all
 * others (RFC 6888 REQ-4). Of a handful of ports a quarter is of no use to anybody.
 */
#define SETTINGS_QUARTER_FROM	256

/* Ports of an address where no range is set: 1024-65535. */
#define SETTINGS_PORTS		64512

static struct netlink_range_validation timer_range = { .min = 1, .max = 86400 };
static struct netlink_range_validation hold_range = { .min = 0, .max = 86400 };
static struct netlink_range_validation limit_range = { .min = 0, .max = 4194304 };
static struct netlink_range_validation mappings_range = { .min = 1, .max = 4194304 };
static struct netlink_range_validation rate_range = { .min = 0, .max = 1000000 };
static struct netlink_range_validation hold_max_range = { .min = 0, .max = 65535 };

const struct nla_policy fullcone_profile_policy[FULLCONE_PROFILE_A_MAX + 1] = {
	[FULLCONE_PROFILE_A_NAME]	= { .type = NLA_NUL_STRING, .len = FULLCONE_NAME_SIZE - 1 },
	[FULLCONE_PROFILE_A_PORT_MIN]	= { .type = NLA_U16 },
	[FULLCONE_PROFILE_A_PORT_MAX]	= { .type = NLA_U16 },
	[FULLCONE_PROFILE_A_ALLOC]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_ALLOC_MAX),
	[FULLCONE_PROFILE_A_PARITY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_UDP]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_UDP_HOLD]	= NLA_POLICY_FULL_RANGE(NLA_U32, &hold_range),
	[FULLCONE_PROFILE_A_UDP_SHORT]	= { .type = NLA_NESTED },
	[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS] = NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_LABEL]	= { .type = NLA_U32 },
	[FULLCONE_PROFILE_A_MARK]	= { .type = NLA_U32 },
	[FULLCONE_PROFILE_A_MARK_MASK]	= { .type = NLA_U32 },
	[FULLCONE_PROFILE_A_SOURCE]	= { .type = NLA_NESTED },
	[FULLCONE_PROFILE_A_PAIRED]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_PAIRED_MAX),
	[FULLCONE_PROFILE_A_RESERVE]	= { .type = NLA_NESTED },
	[FULLCONE_PROFILE_A_HAIRPIN]	= NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_LOCAL_CHECK] = NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_HOST_MAX]	= NLA_POLICY_FULL_RANGE(NLA_U32, &limit_range),
	[FULLCONE_PROFILE_A_HOST_RATE]	= NLA_POLICY_FULL_RANGE(NLA_U32, &rate_range),
	[FULLCONE_PROFILE_A_MAX_MAPPINGS] = NLA_POLICY_FULL_RANGE(NLA_U32, &mappings_range),
	[FULLCONE_PROFILE_A_IN_MAX]	= NLA_POLICY_FULL_RANGE(NLA_U32, &limit_range),
	[FULLCONE_PROFILE_A_HOLD_MAX]	= NLA_POLICY_FULL_RANGE(NLA_U32, &hold_max_range),
	[FULLCONE_PROFILE_A_EXHAUST_ICMP] = { .type = NLA_U8 },
	[FULLCONE_PROFILE_A_LOG_DST]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct fullcone_settings settings_default = {
	.alloc = FULLCONE_ALLOC_PRESERVE,
	.paired = FULLCONE_PAIRED_STRICT,
	.exhaust_icmp = 13,
	.parity = true,
	.hairpin = true,
	.local_check = true,
	.udp = 300,
	.udp_hold = 120,
	.label = FULLCONE_LABEL_DEFAULT,
	.host_max = 16384,
	.max_mappings = 262144,
	.in_max = 16384,
	.hold_max = 65535,
	.host_limit = SETTINGS_PORTS / 4,
	.udp_shorts = 2,
	.udp_short = {
		{ .port = htons(53), .timeout = 30 * HZ },
		{ .port = htons(123), .timeout = 30 * HZ },
	},
};

/* The short timer of a destination port in jiffies, 0 if it has none (U-5a). */
u32 fullcone_settings_udp_short(const struct fullcone_settings *s, __be16 port)
{
	int i;

	for (i = 0; i < s->udp_shorts; i++)
		if (s->udp_short[i].port == port)
			return s->udp_short[i].timeout;
	return 0;
}

static const struct nla_policy short_policy[FULLCONE_UDP_SHORT_A_MAX + 1] = {
	[FULLCONE_UDP_SHORT_A_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[FULLCONE_UDP_SHORT_A_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
};

static const struct nla_policy source_policy[FULLCONE_SOURCE_A_MAX + 1] = {
	[FULLCONE_SOURCE_A_FIRST] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[FULLCONE_SOURCE_A_LAST] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
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

static int parse_source(struct fullcone_settings *s, struct nlattr **tb, int n,
			const struct nlattr *entry, struct netlink_ext_ack *extack)
{
	const struct nlattr *first = tb[FULLCONE_SOURCE_A_FIRST];
	const struct nlattr *last = tb[FULLCONE_SOURCE_A_LAST] ?: first;
	struct fullcone_source *range = &s->source[n];
	int i;

	if (n == FULLCONE_SOURCE_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "source: at most 64 ranges");
		return -ERANGE;
	}
	if (!first) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "source: an address is needed");
		return -EINVAL;
	}
	range->first = ntohl(nla_get_in_addr(first));
	range->last = ntohl(nla_get_in_addr(last));
	if (range->first > range->last) {
		NL_SET_ERR_MSG_ATTR(extack, first, "source: the range ends before it begins");
		return -ERANGE;
	}
	/* 0/8, 127/8, and from 224/8 on */
	if (range->first >> 24 < 1 || range->last >> 24 > 223 ||
	    (range->first >> 24 <= 127 && range->last >> 24 >= 127)) {
		NL_SET_ERR_MSG_ATTR(extack, first, "source: not an address that a host can have");
		return -EINVAL;
	}
	for (i = 0; i < n; i++) {
		if (range->first > s->source[i].last || range->last < s->source[i].first)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, first, "source: two ranges overlap");
		return -EINVAL;
	}
	if (range->last - range->first >= FULLCONE_SOURCE_ADDRS_MAX - s->source_addrs) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "source: more than 65536 addresses");
		return -ERANGE;
	}
	s->source_addrs += range->last - range->first + 1;
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

/* A list is set as a whole; all lists are of entries, and those are attribute 1. */
static int settings_parse_list(struct fullcone_settings *s, const struct nlattr *list,
			       const struct nla_policy *policy, int max,
			       int (*parse)(struct fullcone_settings *s, struct nlattr **tb, int n,
					    const struct nlattr *entry,
					    struct netlink_ext_ack *extack),
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

static int settings_parse_ports(struct fullcone_settings *s, struct nlattr **tb,
				struct netlink_ext_ack *extack)
{
	struct nlattr *min = tb[FULLCONE_PROFILE_A_PORT_MIN];
	struct nlattr *max = tb[FULLCONE_PROFILE_A_PORT_MAX];

	if (!min && !max)
		return 0;
	if (!min || !max) {
		NL_SET_ERR_MSG_ATTR(extack, min ?: max, "ports: both ends of the range are needed");
		return -EINVAL;
	}
	s->port_min = nla_get_u16(min);
	s->port_max = nla_get_u16(max);
	if (s->port_min > s->port_max) {
		NL_SET_ERR_MSG_ATTR(extack, min, "ports: the lower end is above the upper one");
		return -ERANGE;
	}
	if (!s->port_min && s->port_max) {
		NL_SET_ERR_MSG_ATTR(extack, min, "ports: 1-65535, or 0-0 for the default");
		return -ERANGE;
	}
	return 0;
}

static int settings_parse_selectors(struct fullcone_settings *s, struct nlattr **tb,
				    struct netlink_ext_ack *extack)
{
	struct nlattr *a = tb[FULLCONE_PROFILE_A_LABEL];

	if (a) {
		s->label = nla_get_u32(a);
		if (s->label > FULLCONE_LABEL_DEFAULT && s->label != FULLCONE_LABEL_NONE) {
			NL_SET_ERR_MSG_ATTR(extack, a, "label: 0-127, or none");
			return -ERANGE;
		}
	}
	if (tb[FULLCONE_PROFILE_A_MARK])
		s->mark = nla_get_u32(tb[FULLCONE_PROFILE_A_MARK]);
	if (tb[FULLCONE_PROFILE_A_MARK_MASK])
		s->mark_mask = nla_get_u32(tb[FULLCONE_PROFILE_A_MARK_MASK]);
	if (s->mark & ~s->mark_mask) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FULLCONE_PROFILE_A_MARK] ?:
				    tb[FULLCONE_PROFILE_A_MARK_MASK],
				    "mark: a bit of the value is not in the mask, nothing would match");
		return -EINVAL;
	}
	return 0;
}

static int settings_parse_timers(struct fullcone_settings *s, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *unsafe = tb[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS];
	struct nlattr *a = tb[FULLCONE_PROFILE_A_UDP];
	int i, err;

	if (unsafe)
		s->unsafe_timeouts = nla_get_u8(unsafe);
	if (a)
		s->udp = nla_get_u32(a);
	if (s->udp < SETTINGS_UDP_FLOOR && !s->unsafe_timeouts) {
		NL_SET_ERR_MSG_ATTR(extack, a ?: unsafe,
				    "udp: below 120 s (RFC 4787 REQ-5) only with unsafe_timeouts=1");
		return -EINVAL;
	}
	if (tb[FULLCONE_PROFILE_A_UDP_HOLD])
		s->udp_hold = nla_get_u32(tb[FULLCONE_PROFILE_A_UDP_HOLD]);
	a = tb[FULLCONE_PROFILE_A_UDP_SHORT];
	if (a) {
		s->udp_shorts = 0;
		err = settings_parse_list(s, a, short_policy, FULLCONE_UDP_SHORT_A_MAX,
					  parse_udp_short, extack);
		if (err)
			return err;
	}
	for (i = 0; i < s->udp_shorts && !s->unsafe_timeouts; i++) {
		if (ntohs(s->udp_short[i].port) < 1024 ||
		    s->udp_short[i].timeout >= SETTINGS_UDP_FLOOR * HZ)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, a ?: unsafe,
				    "udp_short: ports above 1023 below 120 s (RFC 4787 REQ-5a) only with unsafe_timeouts=1");
		return -EINVAL;
	}
	return 0;
}

static int settings_parse_source(struct fullcone_settings *s, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_SOURCE];

	if (tb[FULLCONE_PROFILE_A_PAIRED])
		s->paired = nla_get_u8(tb[FULLCONE_PROFILE_A_PAIRED]);
	if (!a)
		return 0;
	s->sources = 0;
	s->source_addrs = 0;
	return settings_parse_list(s, a, source_policy, FULLCONE_SOURCE_A_MAX, parse_source,
				   extack);
}

/* The bits of the reserves, so that a port is checked at once. */
static int settings_parse_reserve(struct fullcone_settings *s, struct nlattr **tb,
				  struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_RESERVE];
	int i, err;

	if (a) {
		s->reserves = 0;
		err = settings_parse_list(s, a, reserve_policy, FULLCONE_RESERVE_A_MAX,
					  parse_reserve, extack);
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

static int settings_parse_limits(struct fullcone_settings *s, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_EXHAUST_ICMP];
	u64 ports;

	if (tb[FULLCONE_PROFILE_A_HOST_MAX])
		s->host_max = nla_get_u32(tb[FULLCONE_PROFILE_A_HOST_MAX]);
	if (tb[FULLCONE_PROFILE_A_HOST_RATE])
		s->host_rate = nla_get_u32(tb[FULLCONE_PROFILE_A_HOST_RATE]);
	if (tb[FULLCONE_PROFILE_A_MAX_MAPPINGS])
		s->max_mappings = nla_get_u32(tb[FULLCONE_PROFILE_A_MAX_MAPPINGS]);
	if (tb[FULLCONE_PROFILE_A_IN_MAX])
		s->in_max = nla_get_u32(tb[FULLCONE_PROFILE_A_IN_MAX]);
	if (tb[FULLCONE_PROFILE_A_HOLD_MAX])
		s->hold_max = nla_get_u32(tb[FULLCONE_PROFILE_A_HOLD_MAX]);
	if (a) {
		s->exhaust_icmp = nla_get_u8(a);
		if (s->exhaust_icmp != 0 && s->exhaust_icmp != 1 && s->exhaust_icmp != 13) {
			NL_SET_ERR_MSG_ATTR(extack, a,
					    "exhaust_icmp: 13 (RFC 5508 REQ-8), 1 (RFC 6888 REQ-11) or 0");
			return -ERANGE;
		}
	}
	ports = s->port_max ? s->port_max - s->port_min + 1 : SETTINGS_PORTS;
	ports *= max(s->source_addrs, 1U);
	s->host_limit = s->host_max;
	if (ports >= SETTINGS_QUARTER_FROM && s->host_max > ports / 4)
		s->host_limit = ports / 4;
	return 0;
}

static void settings_parse_switches(struct fullcone_settings *s, struct nlattr **tb)
{
	if (tb[FULLCONE_PROFILE_A_ALLOC])
		s->alloc = nla_get_u8(tb[FULLCONE_PROFILE_A_ALLOC]);
	if (tb[FULLCONE_PROFILE_A_PARITY])
		s->parity = nla_get_u8(tb[FULLCONE_PROFILE_A_PARITY]);
	if (tb[FULLCONE_PROFILE_A_HAIRPIN])
		s->hairpin = nla_get_u8(tb[FULLCONE_PROFILE_A_HAIRPIN]);
	if (tb[FULLCONE_PROFILE_A_LOCAL_CHECK])
		s->local_check = nla_get_u8(tb[FULLCONE_PROFILE_A_LOCAL_CHECK]);
	if (tb[FULLCONE_PROFILE_A_LOG_DST])
		s->log_dst = nla_get_u8(tb[FULLCONE_PROFILE_A_LOG_DST]);
}

struct fullcone_settings *fullcone_settings_default(void)
{
	return kmemdup(&settings_default, sizeof(settings_default), GFP_KERNEL_ACCOUNT);
}

/**
 * fullcone_settings_change() - settings as a request wants them
 * @old: as they are; what the request does not name stays
 * @tb: FULLCONE_PROFILE_A_*, validated by policy
 * @extack: where to say what is wrong
 *
 * Context: process. Return: the new ones, or an error pointer.
 */
struct fullcone_settings *fullcone_settings_change(const struct fullcone_settings *old,
						   struct nlattr **tb,
						   struct netlink_ext_ack *extack)
{
	struct fullcone_settings *s = kmemdup(old, sizeof(*old), GFP_KERNEL_ACCOUNT);
	int err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	s->reserved = NULL;
	settings_parse_switches(s, tb);
	err = settings_parse_ports(s, tb, extack) ?: settings_parse_selectors(s, tb, extack) ?:
	      settings_parse_timers(s, tb, extack) ?: settings_parse_source(s, tb, extack) ?:
	      settings_parse_limits(s, tb, extack) ?: settings_parse_reserve(s, tb, extack);
	if (!err)
		return s;
	fullcone_settings_free(s);
	return ERR_PTR(err);
}

void fullcone_settings_free(struct fullcone_settings *s)
{
	bitmap_free(s->reserved);
	kfree(s);
}

static void settings_free_rcu(struct rcu_head *rcu)
{
	fullcone_settings_free(container_of(rcu, struct fullcone_settings, rcu));
}

/* When nobody reads them any more. */
void fullcone_settings_free_rcu(struct fullcone_settings *s)
{
	call_rcu(&s->rcu, settings_free_rcu);
}
