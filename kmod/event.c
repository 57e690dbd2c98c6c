// SPDX-License-Identifier: GPL-2.0
/*
 * Events for whoever listens: mappings and addresses that come and go, limits that are
 * hit (RFC 8158, M-1). No message is built while nobody listens. If a reader is too
 * slow, it loses events; the router loses no packets.
 */
#include <linux/ktime.h>
#include <net/genetlink.h>

#include "fullcone.h"

/* Least time between two events that any single packet can cause (M-2). */
#define EVENT_RATION	HZ

struct event {
	struct sk_buff *skb;
	void *hdr;
	struct nlattr *mapping;
};

/* Begins a message and the nest of its subject. */
static bool event_begin(struct fullcone_net *fn, struct event *ev, enum fullcone_event type,
			enum fullcone_reason reason)
{
	if (!fullcone_netlink_listeners(fn))
		return false;
	ev->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!ev->skb)
		goto lost;
	ev->hdr = genlmsg_put(ev->skb, 0, 0, &fullcone_genl_family, 0, FULLCONE_CMD_EVENT);
	if (!ev->hdr || nla_put_u8(ev->skb, FULLCONE_EVENT_A_TYPE, type) ||
	    nla_put_u64_64bit(ev->skb, FULLCONE_EVENT_A_TIME,
			      div_u64(ktime_get_real_ns(), NSEC_PER_MSEC), FULLCONE_EVENT_A_PAD) ||
	    (reason && nla_put_u8(ev->skb, FULLCONE_EVENT_A_REASON, reason)))
		goto lost;
	ev->mapping = nla_nest_start(ev->skb, FULLCONE_EVENT_A_MAPPING);
	if (ev->mapping)
		return true;
lost:
	nlmsg_free(ev->skb);
	fullcone_stat_inc(fn, EVENTS_LOST);
	return false;
}

/* Ends the nest and sends the message, if all of it fitted. */
static void event_send(struct fullcone_net *fn, struct event *ev, int err)
{
	if (err) {
		nlmsg_free(ev->skb);
		fullcone_stat_inc(fn, EVENTS_LOST);
		return;
	}
	nla_nest_end(ev->skb, ev->mapping);
	genlmsg_end(ev->skb, ev->hdr);
	/*
	 * -ESRCH: the event has reached nobody: the buffer of the only reader is full.
	 * -ENOBUFS: that of one of several, which has set NETLINK_BROADCAST_ERROR.
	 */
	if (genlmsg_multicast_netns(&fullcone_genl_family, fn->net, ev->skb, 0, 0, GFP_ATOMIC))
		fullcone_stat_inc(fn, EVENTS_LOST);
}

static int event_put_addr(struct sk_buff *skb, int attr, u8 family,
			  const union nf_inet_addr *addr)
{
	return nla_put(skb, attr, family == NFPROTO_IPV6 ? 16 : 4, addr);
}

static int event_put_destination(struct sk_buff *skb, const struct fullcone_request *req)
{
	const struct nf_conntrack_tuple *t = &req->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	/* where a port would be, the tuple of ICMP has a type and a code */
	return event_put_addr(skb, FULLCONE_MAPPING_A_REMOTE_ADDR, t->src.l3num, &t->dst.u3) ||
	       (!fullcone_proto_is_icmp(t->dst.protonum) &&
		nla_put_be16(skb, FULLCONE_MAPPING_A_REMOTE_PORT, t->dst.u.all));
}

/**
 * fullcone_event_mapping() - tell that a mapping was made or has ended
 * @fn: the namespace's state
 * @m: the mapping
 * @type: FULLCONE_EVENT_MAPPING_CREATE or _DELETE
 * @reason: why it has ended
 * @req: who asked for it, or NULL
 *
 * Context: any, RCU held since before the mapping was dead.
 */
void fullcone_event_mapping(struct fullcone_net *fn, const struct fullcone_mapping *m,
			    enum fullcone_event type, enum fullcone_reason reason,
			    const struct fullcone_request *req)
{
	struct event ev;
	int err;

	if (!event_begin(fn, &ev, type, reason))
		return;
	err = fullcone_mapping_fill_name(ev.skb, m);
	/* RFC 6888 REQ-12: no destinations, unless log_dst asks for them */
	if (!err && req && req->ct && req->settings->log_dst)
		err = event_put_destination(ev.skb, req);
	event_send(fn, &ev, err);
}

/**
 * fullcone_event_host() - tell that a host has got or lost an external address or ports of one
 * @fn: the namespace's state
 * @host: the host
 * @ext: the address
 * @type: FULLCONE_EVENT_ADDRESS_BIND, _PORT_BLOCK_BIND or the end of one
 *
 * Context: any.
 */
void fullcone_event_host(struct fullcone_net *fn, const struct fullcone_host *host,
			 const union nf_inet_addr *ext, enum fullcone_event type)
{
	u8 family = host->key.family;
	struct event ev;
	int err;

	if (!event_begin(fn, &ev, type, 0))
		return;
	err = nla_put_u8(ev.skb, FULLCONE_MAPPING_A_FAMILY, family) ||
	      nla_put_u16(ev.skb, FULLCONE_MAPPING_A_ZONE, host->key.zone) ||
	      event_put_addr(ev.skb, FULLCONE_MAPPING_A_INT_ADDR, family, &host->key.addr) ||
	      event_put_addr(ev.skb, FULLCONE_MAPPING_A_EXT_ADDR, family, ext) ||
	      nla_put_string(ev.skb, FULLCONE_MAPPING_A_PROFILE, host->profile->name);
	event_send(fn, &ev, err);
}

/* Lets one event of a type pass in each second, for each profile. */
static bool event_ration(struct fullcone_profile *p, enum fullcone_event type)
{
	unsigned long now = jiffies, last;
	unsigned long *stamp;

	switch (type) {
	case FULLCONE_EVENT_ADDRESSES_EXHAUSTED:
		stamp = &p->event_stamp[0];
		break;
	case FULLCONE_EVENT_PORTS_EXHAUSTED:
		stamp = &p->event_stamp[1];
		break;
	case FULLCONE_EVENT_QUOTA_EXCEEDED:
		stamp = &p->event_stamp[2];
		break;
	default:
		stamp = &p->event_stamp[3];
	}
	last = READ_ONCE(*stamp);
	/* unsigned: right however long ago it was */
	return now - last >= EVENT_RATION && cmpxchg(stamp, last, now) == last;
}

/**
 * fullcone_event_refusal() - tell that a resource or a limit is used up
 * @fn: the namespace's state
 * @req: who asked for a mapping
 * @type: FULLCONE_EVENT_ADDRESSES_EXHAUSTED, _PORTS_EXHAUSTED or _QUOTA_EXCEEDED
 * @reason: which limit, 0: none
 *
 * Context: softirq, RCU held.
 */
void fullcone_event_refusal(struct fullcone_net *fn, const struct fullcone_request *req,
			    enum fullcone_event type, enum fullcone_reason reason)
{
	const struct fullcone_endpoint *ep = &req->key.ep;
	struct event ev;
	int err;

	if (!fullcone_netlink_listeners(fn) || !event_ration(req->profile, type) ||
	    !event_begin(fn, &ev, type, reason))
		return;
	err = nla_put_u8(ev.skb, FULLCONE_MAPPING_A_FAMILY, ep->family) ||
	      nla_put_u8(ev.skb, FULLCONE_MAPPING_A_PROTO, ep->proto) ||
	      nla_put_u16(ev.skb, FULLCONE_MAPPING_A_ZONE, ep->zone) ||
	      event_put_addr(ev.skb, FULLCONE_MAPPING_A_INT_ADDR, ep->family, &ep->addr) ||
	      nla_put_be16(ev.skb, FULLCONE_MAPPING_A_INT_PORT, ep->port) ||
	      nla_put_u32(ev.skb, FULLCONE_MAPPING_A_IFINDEX, req->ifindex) ||
	      nla_put_string(ev.skb, FULLCONE_MAPPING_A_PROFILE, req->profile->name);
	event_send(fn, &ev, err);
}

/* Tell that nine tenths of max_mappings are in use. Context: any. */
void fullcone_event_threshold(struct fullcone_net *fn, struct fullcone_profile *p)
{
	struct event ev;

	if (!fullcone_netlink_listeners(fn) || !event_ration(p, FULLCONE_EVENT_THRESHOLD) ||
	    !event_begin(fn, &ev, FULLCONE_EVENT_THRESHOLD, FULLCONE_REASON_MAX_MAPPINGS))
		return;
	event_send(fn, &ev, nla_put_string(ev.skb, FULLCONE_MAPPING_A_PROFILE, p->name));
}
