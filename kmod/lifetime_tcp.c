// SPDX-License-Identifier: GPL-2.0
/*
 * Time of TCP mappings. Each session is opening, established, closing or reset, and
 * gives its mapping the time of that class, counted from the last segment that went out.
 * The mapping's timer is the largest among its sessions.
 *
 * A mapping has one stamp and one timeout, that of established sessions; a shorter class
 * sets a stamp that is earlier by the difference. Every class may move the stamp forward, so
 * the largest counts. It moves back when a session is seen to have left ESTABLISHED: at once
 * if it is the only one; else the mapping is marked FULLCONE_CLOSING with the stamp it would
 * have without established sessions, and shortly before that runs out a walk over conntrack
 * tells whether one is left (see gc_restamp()).
 */
#include <linux/ip.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "fullcone.h"

/* What a session in this state gives its mapping, in jiffies. */
static u32 tcp_class(const struct fullcone_mapping *m, const struct nf_conn *ct)
{
	switch (READ_ONCE(ct->proto.tcp.state)) {
	case TCP_CONNTRACK_ESTABLISHED:
		/* picked up in the middle: conntrack has not seen both directions */
		if (!test_bit(IPS_SEEN_REPLY_BIT, &ct->status))
			return m->tcp_open;
		return m->timeout;
	case TCP_CONNTRACK_NONE:
	case TCP_CONNTRACK_SYN_SENT:
	case TCP_CONNTRACK_SYN_RECV:
	case TCP_CONNTRACK_SYN_SENT2:
		return m->tcp_open;
	case TCP_CONNTRACK_CLOSE:
		return m->tcp_rst;
	default:
		return m->tcp_close;
	}
}

/* The header of a TCP segment; NULL if it is none. @buf: room for a copy; @offset: where. */
const struct tcphdr *fullcone_tcp_header(const struct sk_buff *skb, u8 family,
					 struct tcphdr *buf, unsigned int *offset)
{
	int at = skb_network_offset(skb);
	__be16 frag_off;
	u8 next;

	if (family == NFPROTO_IPV4) {
		next = ip_hdr(skb)->protocol;
		at += ip_hdrlen(skb);
	} else {
		next = ipv6_hdr(skb)->nexthdr;
		at = ipv6_skip_exthdr(skb, at + sizeof(struct ipv6hdr), &next, &frag_off);
	}
	if (at < 0 || next != IPPROTO_TCP)
		return NULL;
	*offset = at;
	return skb_header_pointer(skb, at, sizeof(*buf), buf);
}

static bool tcp_is_reset(const struct sk_buff *skb, u8 family)
{
	struct tcphdr header;
	unsigned int offset;
	const struct tcphdr *th = fullcone_tcp_header(skb, family, &header, &offset);

	return th && th->rst;
}

/*
 * The SYNs of both sides have been seen. They may be of two attempts: one side's SYN was lost or
 * went unanswered, now it listens, and the other one calls (RFC 5128 section 3.4). Then its SYN
 * and ACK begins with another number, which conntrack calls invalid: it would leave untranslated,
 * or be answered with a reset by the router. So the next segment of each side tells its numbers
 * anew, as with flows that come back from a flowtable.
 */
static void tcp_forget_numbers(struct nf_conn *ct)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;

	spin_lock_bh(&ct->lock);
	if (tcp->state == TCP_CONNTRACK_SYN_SENT2) {
		tcp->seen[IP_CT_DIR_ORIGINAL].td_maxwin = 0;
		tcp->seen[IP_CT_DIR_REPLY].td_maxwin = 0;
	}
	spin_unlock_bh(&ct->lock);
}

/*
 * @ct is not established, but the mapping's time is that of a session that was, maybe @ct.
 */
static void tcp_left(struct fullcone_mapping *m, struct nf_conn *ct, unsigned long stamp)
{
	/* refused before it began */
	if (nf_ct_is_dying(ct))
		return;
	if (fullcone_mapping_sessions(m) == 1 && !test_bit(FULLCONE_ADOPTED, &m->flags))
		WRITE_ONCE(m->stamp, stamp);
	else if (!test_and_set_bit(FULLCONE_CLOSING, &m->flags) ||
		 time_after_eq(stamp, READ_ONCE(m->closing_stamp) + FULLCONE_STAMP_UNIT))
		WRITE_ONCE(m->closing_stamp, stamp);
}

/**
 * fullcone_lifetime_tcp() - update a mapping's time for a TCP segment
 * @m: the mapping
 * @ct: the session
 * @ctinfo: direction of the segment
 * @skb: the segment
 * @outbound: it goes out from the mapping's host
 */
void fullcone_lifetime_tcp(struct fullcone_mapping *m, struct nf_conn *ct,
			   enum ip_conntrack_info ctinfo, const struct sk_buff *skb,
			   bool outbound)
{
	unsigned long stamp = jiffies - m->timeout + tcp_class(m, ct);

	if (unlikely(READ_ONCE(ct->proto.tcp.state) == TCP_CONNTRACK_SYN_SENT2))
		tcp_forget_numbers(ct);
	/*
	 * Resets do not refresh: calls to a closed port must not keep a mapping open (P-7.1). No
	 * session begins with one.
	 */
	if (outbound && (!nf_ct_is_confirmed(ct) || !tcp_is_reset(skb, nf_ct_l3num(ct)))) {
		if (time_after_eq(stamp, READ_ONCE(m->stamp) + FULLCONE_STAMP_UNIT))
			WRITE_ONCE(m->stamp, stamp);
		if (unlikely(fullcone_mapping_is_filtered(m)))
			fullcone_filter_packet(m, ct, CTINFO2DIR(ctinfo));
	}
	if (READ_ONCE(ct->proto.tcp.state) == TCP_CONNTRACK_ESTABLISHED ||
	    !time_after(READ_ONCE(m->stamp), stamp))
		return;
	/* ignore what strangers begin and nobody answers */
	if (!outbound && CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL &&
	    !test_bit(IPS_SEEN_REPLY_BIT, &ct->status))
		return;
	tcp_left(m, ct, stamp);
}

/* An adopted session counts as if it had sent a segment just now. */
void fullcone_lifetime_adopt(struct fullcone_mapping *m, const struct nf_conn *ct)
{
	unsigned long stamp;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return;
	stamp = jiffies - m->timeout + tcp_class(m, ct);
	if (time_after(stamp, READ_ONCE(m->stamp)))
		WRITE_ONCE(m->stamp, stamp);
}

static void lifetime_init_tcp(struct fullcone_mapping *m, const struct fullcone_settings *s,
			      const struct nf_conn *ct)
{
	m->timeout = s->tcp_est * HZ;
	m->tcp_open = s->tcp_open * HZ;
	m->tcp_close = s->tcp_close * HZ;
	m->tcp_rst = s->tcp_rst * HZ;
	m->hold = s->tcp_hold * HZ;
	m->stamp = m->created - m->timeout + (ct ? tcp_class(m, ct) : m->tcp_open);
}

/**
 * fullcone_lifetime_init() - the timers of a new mapping
 * @m: the mapping; its key and its time of creation are set
 * @s: settings of its profile
 * @ct: the flow that it is for, or NULL
 */
void fullcone_lifetime_init(struct fullcone_mapping *m, const struct fullcone_settings *s,
			    const struct nf_conn *ct)
{
	enum fullcone_l4 l4 = fullcone_l4_of(m->key.ep.proto);

	m->stamp = m->created;
	if (l4 == FULLCONE_L4_TCP) {
		lifetime_init_tcp(m, s, ct);
	} else if (l4 == FULLCONE_L4_ICMP) {
		m->timeout = s->icmp * HZ;
	} else {
		m->timeout = s->udp * HZ;
		m->hold = s->udp_hold * HZ;
	}
	/* its old peers cannot reach a new owner anyway (RFC 6888 REQ-8c) */
	if (s->map[l4] != FULLCONE_DEPEND_NONE || s->filter[l4] != FULLCONE_DEPEND_NONE)
		m->hold = 0;
}
