// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of a profile: their defaults, and their change by a request. A change is
 * a new object, checked as a whole, so that bad input changes nothing.
 */
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "fullcone.h"

/*
 * No host gets more than a quarter of the ports, so that it cannot deny service to the
 * others (RFC 6888 REQ-4). With few ports there is no such limit: a quarter is too little.
 */
#define SETTINGS_QUARTER_FROM	256

/* Ports of an address where no range is set: 1024-65535. */
#define SETTINGS_PORTS		64512

static struct netlink_range_validation timer_range = { .min = 1, .max = 86400 };
static struct netlink_range_validation hold_range = { .min = 0, .max = 86400 };
static struct netlink_range_validation limit_range = { .min = 0, .max = 4194304 };
static struct netlink_range_validation mappings_range = { .min = 1, .max = 4194304 };
static struct netlink_range_validation rate_range = { .min = 0, .max = 1000000 };
static struct netlink_range_validation filter_max_range = { .min = 1, .max = 65536 };
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
	[FULLCONE_PROFILE_A_MAP_UDP]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_DEPEND_MAX),
	[FULLCONE_PROFILE_A_MAP_TCP]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_DEPEND_MAX),
	[FULLCONE_PROFILE_A_MAP_ICMP]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_DEPEND_MAX),
	[FULLCONE_PROFILE_A_FILTER_UDP]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_DEPEND_MAX),
	[FULLCONE_PROFILE_A_FILTER_TCP]	= NLA_POLICY_MAX(NLA_U8, FULLCONE_DEPEND_MAX),
	[FULLCONE_PROFILE_A_FILTER_MAX]	= NLA_POLICY_FULL_RANGE(NLA_U32, &filter_max_range),
	[FULLCONE_PROFILE_A_TCP_OPEN]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_TCP_CLOSE]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_TCP_RST]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_TCP_EST]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_TCP_HOLD]	= NLA_POLICY_FULL_RANGE(NLA_U32, &hold_range),
	[FULLCONE_PROFILE_A_ICMP]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timer_range),
	[FULLCONE_PROFILE_A_SESSION_FLOORS] = NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_SYN_SILENT]	= NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_IP6]	= NLA_POLICY_MAX(NLA_U8, 1),
	[FULLCONE_PROFILE_A_DETERMINISTIC] = { .type = NLA_NESTED },
};

static const struct fullcone_settings settings_default = {
	.alloc = FULLCONE_ALLOC_PRESERVE,
	.paired = FULLCONE_PAIRED_STRICT,
	.exhaust_icmp = 13,
	.parity = true,
	.hairpin = true,
	.local_check = true,
	.session_floors = true,
	.syn_silent = true,
	.udp = 300,
	.udp_hold = 120,
	.tcp_open = 240,
	.tcp_close = 240,
	.tcp_rst = 240,
	.tcp_est = 7440,
	.icmp = 60,
	.label = FULLCONE_LABEL_DEFAULT,
	.host_max = 16384,
	.max_mappings = 262144,
	.in_max = 16384,
	.hold_max = 65535,
	.filter_max = 1024,
	.host_limit = { SETTINGS_PORTS / 4, SETTINGS_PORTS / 4 },
	.udp_shorts = 2,
	.udp_short = {
		{ .port = htons(53), .timeout = 30 * HZ },
		{ .port = htons(123), .timeout = 30 * HZ },
	},
};

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

static int settings_parse_limits(struct fullcone_settings *s, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	const struct nlattr *a = tb[FULLCONE_PROFILE_A_EXHAUST_ICMP];
	u64 ports, all;
	int i;

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
	for (i = 0; i < FULLCONE_FAMILIES; i++) {
		all = ports * max(s->source_addrs[i], 1U);
		s->host_limit[i] = s->host_max;
		if (all >= SETTINGS_QUARTER_FROM && s->host_max > all / 4)
			s->host_limit[i] = all / 4;
	}
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
	if (tb[FULLCONE_PROFILE_A_SESSION_FLOORS])
		s->session_floors = nla_get_u8(tb[FULLCONE_PROFILE_A_SESSION_FLOORS]);
	if (tb[FULLCONE_PROFILE_A_SYN_SILENT])
		s->syn_silent = nla_get_u8(tb[FULLCONE_PROFILE_A_SYN_SILENT]);
	if (tb[FULLCONE_PROFILE_A_IP6])
		s->ip6 = nla_get_u8(tb[FULLCONE_PROFILE_A_IP6]);
}

/*
 * With ipv6.disable=1 the kernel has the code of IPv6 but none of its tables: functions that
 * look up an address there must not be called.
 */
static int settings_check_ip6(const struct fullcone_settings *s, struct nlattr **tb,
			      struct netlink_ext_ack *extack)
{
	if (!s->ip6 || ipv6_mod_enabled())
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[FULLCONE_PROFILE_A_IP6], "this kernel runs without IPv6");
	return -EAFNOSUPPORT;
}

/* What mappings and filters depend on, of each protocol. */
static void settings_parse_modes(struct fullcone_settings *s, struct nlattr **tb)
{
	int i;

	for (i = 0; i < FULLCONE_L4_COUNT; i++)
		if (tb[FULLCONE_PROFILE_A_MAP_UDP + i])
			s->map[i] = nla_get_u8(tb[FULLCONE_PROFILE_A_MAP_UDP + i]);
	/* no filter for echo mappings: only answers come in by them */
	for (i = 0; i < FULLCONE_L4_ICMP; i++)
		if (tb[FULLCONE_PROFILE_A_FILTER_UDP + i])
			s->filter[i] = nla_get_u8(tb[FULLCONE_PROFILE_A_FILTER_UDP + i]);
	if (tb[FULLCONE_PROFILE_A_FILTER_MAX])
		s->filter_max = nla_get_u32(tb[FULLCONE_PROFILE_A_FILTER_MAX]);
}

struct fullcone_settings *fullcone_settings_default(void)
{
	struct fullcone_settings *s = kmemdup(&settings_default, sizeof(settings_default),
					      GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	s->max_mappings = fullcone_mapping_bound(s->max_mappings);
	if (!fullcone_session_init(s))
		return s;
	fullcone_settings_free(s);
	return NULL;
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
	memset(s->floors, 0, sizeof(s->floors));
	memset(s->floors_at, 0, sizeof(s->floors_at));
	settings_parse_switches(s, tb);
	settings_parse_modes(s, tb);
	err = settings_check_ip6(s, tb, extack) ?: settings_parse_ports(s, tb, extack) ?:
	      settings_parse_selectors(s, tb, extack) ?:
	      fullcone_settings_timers(s, tb, extack) ?: fullcone_settings_source(s, tb, extack) ?:
	      settings_parse_limits(s, tb, extack) ?: fullcone_settings_reserve(s, tb, extack) ?:
	      fullcone_settings_blocks(s, tb, extack) ?:
	      fullcone_session_init(s);
	if (!err)
		return s;
	fullcone_settings_free(s);
	return ERR_PTR(err);
}

void fullcone_settings_free(struct fullcone_settings *s)
{
	fullcone_session_exit(s);
	bitmap_free(s->reserved);
	kfree(s);
}

static void settings_free_rcu(struct rcu_head *rcu)
{
	fullcone_settings_free(container_of(rcu, struct fullcone_settings, rcu));
}

/* Frees settings when nobody reads them any more. */
void fullcone_settings_free_rcu(struct fullcone_settings *s)
{
	call_rcu(&s->rcu, settings_free_rcu);
}
