// SPDX-License-Identifier: GPL-2.0
/*
 * Binding flows to endpoints. The decisions are in nat_out.c and nat_in.c: nf_nat calls
 * their functions for the first packet of a flow that no rule before them has bound;
 * NF_ACCEPT without a binding leaves the flow to the rules after them, or untranslated if
 * none of those binds it.
 *
 * All of it runs in softirq with RCU held. Only this file calls nf_nat_setup_info().
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_nat.h>

#include "fullcone.h"

/**
 * fullcone_nat_has_mapping() - is this the tuple of a flow that has a mapping (K-13)?
 * @t: the tuple of its original direction
 *
 * In ICMP, only echo requests have an identifier that an internal host owns.
 */
bool fullcone_nat_has_mapping(const struct nf_conntrack_tuple *t)
{
	switch (t->dst.protonum) {
	case IPPROTO_UDP:
	case IPPROTO_TCP:
		return true;
	case IPPROTO_ICMP:
		return t->src.l3num == NFPROTO_IPV4 && t->dst.u.icmp.type == ICMP_ECHO;
	case IPPROTO_ICMPV6:
		return t->src.l3num == NFPROTO_IPV6 &&
		       t->dst.u.icmp.type == ICMPV6_ECHO_REQUEST;
	}
	return false;
}

/* From a link-local source, which is not translated but may reach the router itself (V-3). */
bool fullcone_nat_link_local(const struct nf_conntrack_tuple *t)
{
	return t->src.l3num == NFPROTO_IPV6 &&
	       (ipv6_addr_type(&t->src.u3.in6) & IPV6_ADDR_LINKLOCAL);
}

/* The label makes the flow known to conntrackd and to a later load of the engine. */
static __always_inline void nat_label(const struct fullcone_settings *s, struct nf_conn *ct)
{
	struct nf_conn_labels *labels;

	if (s->label == FULLCONE_LABEL_NONE)
		return;
	labels = nf_ct_labels_find(ct);
	if (labels && !test_and_set_bit(fullcone_label_bit(s->label), labels->bits))
		nf_conntrack_event_cache(IPCT_LABEL, ct);
}

/* Marks a flow of a mapping before it is bound. */
static __always_inline void nat_mark(struct nf_conn *ct, const struct fullcone_settings *s)
{
	nat_label(s, ct);
	/*
	 * nft offloads UDP from the second packet on, after which the core never
	 * learns of a reply. Flow offload skips flows with this bit; the first
	 * reply clears it, see lifetime.c.
	 */
	if (nf_ct_protonum(ct) == IPPROTO_UDP)
		__set_bit(IPS_NAT_CLASH_BIT, &ct->status);
}

/**
 * fullcone_nat_bind_dst() - bind the destination of a flow to an internal endpoint
 * @ct: the flow
 * @s: the settings of the mapping's profile
 * @to: the endpoint
 *
 * The reply tuple is checked for a clash when the source is bound. Return: the verdict.
 */
unsigned int fullcone_nat_bind_dst(struct nf_conn *ct, const struct fullcone_settings *s,
				   const struct fullcone_endpoint *to)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
		.min_addr = to->addr,
		.max_addr = to->addr,
		.min_proto.all = to->port,
		.max_proto.all = to->port,
	};

	nat_mark(ct, s);
	return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST);
}

/* nf_nat has taken the neighbour of the port: a stranger makes way, or the packet is dropped. */
static noinline unsigned int nat_bind_taken(struct fullcone_net *fn, struct nf_conn *ct,
					    const struct fullcone_endpoint *to, int ifindex)
{
	struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	struct nf_conntrack_tuple wanted = *reply;

	*fullcone_reply_port(&wanted) = to->port;
	if (!fullcone_clash_resolve(fn, ct, &wanted, ifindex)) {
		fullcone_stat_inc(fn, CLASH_DROP);
		return NF_DROP;
	}
	/* nobody else sees it before it is confirmed */
	*reply = wanted;
	return NF_ACCEPT;
}

/**
 * fullcone_nat_bind_src() - bind the source of a flow to exactly an external endpoint
 * @fn: the namespace's state
 * @ct: the flow, its destination is bound
 * @s: the settings of the mapping's profile
 * @to: the endpoint
 * @ifindex: the external interface
 *
 * nf_nat takes the first port of a range whose reply tuple is free, and PROTO_OFFSET says
 * which port it tries first. So the range is the port and its neighbour: if nf_nat takes the
 * neighbour, the port's tuple is taken, and flows need no look-up of our own. Then a stranger
 * makes way (X-S4), or the packet is dropped; the neighbour is never used. (Kernels that end
 * a TCP session in TIME_WAIT to free its tuple may do that for either port.)
 *
 * Return: the verdict; a drop is counted.
 */
unsigned int fullcone_nat_bind_src(struct fullcone_net *fn, struct nf_conn *ct,
				   const struct fullcone_settings *s,
				   const struct fullcone_endpoint *to, int ifindex)
{
	struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED |
			 NF_NAT_RANGE_PROTO_RANDOM_FULLY | NF_NAT_RANGE_PROTO_OFFSET,
		.min_addr = to->addr,
		.max_addr = to->addr,
		.min_proto.all = to->port & ~htons(1),
		.max_proto.all = to->port | htons(1),
		/* the search starts at the distance of the current port from this */
		.base_proto.all = htons(ntohs(*fullcone_reply_port(reply)) -
					(ntohs(to->port) & 1)),
	};

	nat_mark(ct, s);
	if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC) != NF_ACCEPT)
		return NF_DROP;
	if (likely(*fullcone_reply_port(reply) == to->port))
		return NF_ACCEPT;
	return nat_bind_taken(fn, ct, to, ifindex);
}

/**
 * fullcone_nat_bind_addr() - bind the source to an address, nf_nat chooses the rest
 * @ct: a flow of a protocol without mappings
 * @addr: the external address
 */
unsigned int fullcone_nat_bind_addr(struct nf_conn *ct, const union nf_inet_addr *addr)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS,
		.min_addr = *addr,
		.max_addr = *addr,
	};

	return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
}

/**
 * fullcone_nat_keep_source() - leave the source of a flow as it is, if that is free
 * @ct: an inbound flow of UDP or TCP
 *
 * nf_nat keeps a port that is in the range if the reply tuple is free, else it moves on to
 * another port of the range: so the range has a second one, by which the caller can tell.
 * If that is taken as well, the flow may keep its own port; confirmation then drops it.
 *
 * Return: the verdict; if it is NF_ACCEPT, the reply tuple says where the source is now.
 */
unsigned int fullcone_nat_keep_source(struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
		.min_addr = t->src.u3,
		.max_addr = t->src.u3,
		.min_proto.all = t->src.u.all & ~htons(1),
		.max_proto.all = t->src.u.all | htons(1),
	};

	return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
}
