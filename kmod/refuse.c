// SPDX-License-Identifier: GPL-2.0
/*
 * Refusal: no mapping can be made, so the packet is dropped (RFC 6888 REQ-11). It is
 * counted, and where a resource or a limit is the reason the sender learns of it
 * by ICMP (RFC 5508 REQ-8), the operator by an event and the kernel log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ratelimit.h>
#include <net/icmp.h>

#include "fullcone.h"

static const struct refusal {
	int stat;			/* FULLCONE_STATS_A_* */
	enum fullcone_event event;	/* 0: the counter says enough, and the sender */
	enum fullcone_reason reason;	/* is not told */
	const char *text;
} refusals[FULLCONE_REFUSED_COUNT] = {
	[FULLCONE_REFUSED_NOMEM] = {
		.stat = FULLCONE_STATS_A_NOMEM,
	},
	[FULLCONE_REFUSED_NO_ADDRESS] = {
		.stat = FULLCONE_STATS_A_NO_ADDRESS,
	},
	[FULLCONE_REFUSED_NO_PORT] = {
		.stat = FULLCONE_STATS_A_NO_PORT,
		.event = FULLCONE_EVENT_PORTS_EXHAUSTED,
		.text = "no external port is free",
	},
	[FULLCONE_REFUSED_EXHAUSTED] = {
		.stat = FULLCONE_STATS_A_NO_PORT,
		.event = FULLCONE_EVENT_ADDRESSES_EXHAUSTED,
		.text = "no external address has a free port",
	},
	[FULLCONE_REFUSED_TAKEN] = {	/* asked for by name, or adopted */
		.stat = FULLCONE_STATS_A_NO_PORT,
	},
	[FULLCONE_REFUSED_HOST_MAX] = {
		.stat = FULLCONE_STATS_A_HOST_LIMIT,
		.event = FULLCONE_EVENT_QUOTA_EXCEEDED,
		.reason = FULLCONE_REASON_HOST_MAX,
		.text = "the host has as many mappings as it may (host_max)",
	},
	[FULLCONE_REFUSED_HOST_RATE] = {
		.stat = FULLCONE_STATS_A_HOST_RATE,
		.event = FULLCONE_EVENT_QUOTA_EXCEEDED,
		.reason = FULLCONE_REASON_HOST_RATE,
		.text = "the host makes mappings faster than it may (host_rate)",
	},
	[FULLCONE_REFUSED_MAX_MAPPINGS] = {
		.stat = FULLCONE_STATS_A_TABLE_FULL,
		.event = FULLCONE_EVENT_QUOTA_EXCEEDED,
		.reason = FULLCONE_REASON_MAX_MAPPINGS,
		.text = "the mapping table is full (max_mappings)",
	},
};

static const char *refuse_proto_name(u8 proto)
{
	switch (proto) {
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_TCP:
		return "tcp";
	default:
		return "icmp";
	}
}

/* Rate-limited over all namespaces, so that making them does not fill the log. */
static void refuse_log(const struct fullcone_net *fn, const struct fullcone_request *req,
		       const struct refusal *r)
{
	static DEFINE_RATELIMIT_STATE(ratelimit, 5 * HZ, 10);
	const struct fullcone_settings *s = req->settings;
	const struct fullcone_endpoint *ep = &req->key.ep;
	u16 low = s->port_max ? s->port_min : 1024;
	u16 high = s->port_max ?: 65535;

	if (fn->net->user_ns != &init_user_ns || !__ratelimit(&ratelimit))
		return;
	if (ep->family == NFPROTO_IPV6)
		pr_warn("%s [%pI6c]:%u, profile %s, ports %u-%u: %s\n",
			refuse_proto_name(ep->proto), &ep->addr, ntohs(ep->port),
			req->profile->name, low, high, r->text);
	else
		pr_warn("%s %pI4:%u, profile %s, ports %u-%u: %s\n",
			refuse_proto_name(ep->proto), &ep->addr, ntohs(ep->port),
			req->profile->name, low, high, r->text);
}

/*
 * icmp_send() takes care of RFC 1812 section 4.3.2.7 (no error about an error, a
 * fragment, a broadcast), icmpv6_send() of RFC 4443 section 2.4, and both of the kernel's
 * rate limits.
 */
static void refuse_icmp(const struct fullcone_request *req, struct sk_buff *skb)
{
	u8 code = req->settings->exhaust_icmp;

	if (code && req->key.ep.family == NFPROTO_IPV4)
		icmp_send(skb, ICMP_DEST_UNREACH, code, 0);
	else if (code)	/* IPv6 has one code for it, whichever is set (V-4) */
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED, 0);
}

/**
 * fullcone_refuse() - report that there can be no mapping for a packet
 * @fn: the namespace's state
 * @req: who asked, and why there is none
 * @skb: the packet, its source as it came in; the caller drops it. NULL if a flow cannot be
 *	adopted
 *
 * Context: softirq, RCU held, none of our locks.
 */
void fullcone_refuse(struct fullcone_net *fn, const struct fullcone_request *req,
		     struct sk_buff *skb)
{
	const struct refusal *r = &refusals[req->refusal];
	int n = r->stat - FULLCONE_STAT_FIRST;

	this_cpu_inc(fn->stats->n[n]);
	this_cpu_inc(req->profile->stats->n[n]);
	this_cpu_inc(fullcone_proto_of(fn, req->key.ep.proto)->stats->n[n]);
	if (!r->event)
		return;
	fullcone_event_refusal(fn, req, r->event, r->reason);
	refuse_log(fn, req, r);
	if (skb)
		refuse_icmp(req, skb);
}
