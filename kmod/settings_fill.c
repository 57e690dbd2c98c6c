// SPDX-License-Identifier: GPL-2.0
/* The settings of a profile as a message. */
#include <net/genetlink.h>

#include "fullcone.h"

static int fill_udp_short(struct sk_buff *skb, const struct fullcone_settings *s)
{
	struct nlattr *list = nla_nest_start(skb, FULLCONE_PROFILE_A_UDP_SHORT), *entry;
	int i;

	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < s->udp_shorts; i++) {
		entry = nla_nest_start(skb, FULLCONE_UDP_SHORT_A_ENTRY);
		if (!entry ||
		    nla_put_u16(skb, FULLCONE_UDP_SHORT_A_PORT, ntohs(s->udp_short[i].port)) ||
		    nla_put_u32(skb, FULLCONE_UDP_SHORT_A_SECONDS, s->udp_short[i].timeout / HZ))
			return -EMSGSIZE;
		nla_nest_end(skb, entry);
	}
	nla_nest_end(skb, list);
	return 0;
}

static int fill_source(struct sk_buff *skb, const struct fullcone_settings *s)
{
	struct nlattr *list = nla_nest_start(skb, FULLCONE_PROFILE_A_SOURCE), *entry;
	union nf_inet_addr last;
	int i, size;

	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < s->sources; i++) {
		const struct fullcone_source *source = &s->source[i];

		size = source->family == NFPROTO_IPV4 ? sizeof(last.in) : sizeof(last.in6);
		fullcone_pool_nth(source, source->count - 1, &last);
		entry = nla_nest_start(skb, FULLCONE_SOURCE_A_ENTRY);
		if (!entry || nla_put(skb, FULLCONE_SOURCE_A_FIRST, size, &source->first) ||
		    nla_put(skb, FULLCONE_SOURCE_A_LAST, size, &last))
			return -EMSGSIZE;
		nla_nest_end(skb, entry);
	}
	nla_nest_end(skb, list);
	return 0;
}

static int fill_reserve(struct sk_buff *skb, const struct fullcone_settings *s)
{
	struct nlattr *list = nla_nest_start(skb, FULLCONE_PROFILE_A_RESERVE), *entry;
	int i;

	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < s->reserves; i++) {
		entry = nla_nest_start(skb, FULLCONE_RESERVE_A_ENTRY);
		if (!entry ||
		    nla_put_u16(skb, FULLCONE_RESERVE_A_FIRST, s->reserve[i].first) ||
		    nla_put_u16(skb, FULLCONE_RESERVE_A_LAST, s->reserve[i].last))
			return -EMSGSIZE;
		nla_nest_end(skb, entry);
	}
	nla_nest_end(skb, list);
	return 0;
}

static int fill_limits(struct sk_buff *skb, const struct fullcone_settings *s)
{
	return nla_put_u32(skb, FULLCONE_PROFILE_A_HOST_MAX, s->host_max) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_HOST_RATE, s->host_rate) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_MAX_MAPPINGS, s->max_mappings) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_IN_MAX, s->in_max) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_HOLD_MAX, s->hold_max) ||
	       nla_put_u8(skb, FULLCONE_PROFILE_A_EXHAUST_ICMP, s->exhaust_icmp) ?
	       -EMSGSIZE : 0;
}

static int fill_modes(struct sk_buff *skb, const struct fullcone_settings *s)
{
	int i;

	for (i = 0; i < FULLCONE_L4_COUNT; i++)
		if (nla_put_u8(skb, FULLCONE_PROFILE_A_MAP_UDP + i, s->map[i]))
			return -EMSGSIZE;
	for (i = 0; i < FULLCONE_L4_ICMP; i++)
		if (nla_put_u8(skb, FULLCONE_PROFILE_A_FILTER_UDP + i, s->filter[i]))
			return -EMSGSIZE;
	return nla_put_u32(skb, FULLCONE_PROFILE_A_FILTER_MAX, s->filter_max);
}

static int fill_timers(struct sk_buff *skb, const struct fullcone_settings *s)
{
	return nla_put_u32(skb, FULLCONE_PROFILE_A_UDP, s->udp) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_UDP_HOLD, s->udp_hold) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_TCP_OPEN, s->tcp_open) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_TCP_CLOSE, s->tcp_close) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_TCP_RST, s->tcp_rst) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_TCP_EST, s->tcp_est) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_TCP_HOLD, s->tcp_hold) ||
	       nla_put_u32(skb, FULLCONE_PROFILE_A_ICMP, s->icmp) ||
	       nla_put_u8(skb, FULLCONE_PROFILE_A_SESSION_FLOORS, s->session_floors) ||
	       nla_put_u8(skb, FULLCONE_PROFILE_A_SYN_SILENT, s->syn_silent) ||
	       nla_put_u8(skb, FULLCONE_PROFILE_A_IP6, s->ip6) ?
	       -EMSGSIZE : 0;
}

/**
 * fullcone_settings_fill() - the attributes of a profile
 * @skb: the message
 * @name: of the profile
 * @s: its settings
 *
 * Return: 0, or -EMSGSIZE: the caller cancels.
 */
int fullcone_settings_fill(struct sk_buff *skb, const char *name,
			   const struct fullcone_settings *s)
{
	if (nla_put_string(skb, FULLCONE_PROFILE_A_NAME, name) ||
	    nla_put_u16(skb, FULLCONE_PROFILE_A_PORT_MIN, s->port_min) ||
	    nla_put_u16(skb, FULLCONE_PROFILE_A_PORT_MAX, s->port_max) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_ALLOC, s->alloc) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_PARITY, s->parity) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS, s->unsafe_timeouts) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_LABEL, s->label) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_MARK, s->mark) ||
	    nla_put_u32(skb, FULLCONE_PROFILE_A_MARK_MASK, s->mark_mask) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_PAIRED, s->paired) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_HAIRPIN, s->hairpin) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_LOCAL_CHECK, s->local_check) ||
	    nla_put_u8(skb, FULLCONE_PROFILE_A_LOG_DST, s->log_dst) ||
	    fill_modes(skb, s) || fill_timers(skb, s) || fill_limits(skb, s) ||
	    fullcone_block_fill_settings(skb, s) || fill_udp_short(skb, s) ||
	    fill_source(skb, s) || fill_reserve(skb, s))
		return -EMSGSIZE;
	return 0;
}
