// SPDX-License-Identifier: GPL-2.0
/*
 * Anchors: template conntracks that head objects of ours, so that flows can hold
 * them through ct->master and the core can free them.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* Sets a bit of the cookie, before anyone else can see the anchor. */
void fullcone_anchor_mark(struct nf_conn *anchor, unsigned long bit)
{
	struct hlist_nulls_node *n = &anchor->tuplehash[IP_CT_DIR_REPLY].hnnode;

	n->pprev = (void *)((unsigned long)n->pprev | bit);
}

/* Makes a template conntrack by hand: the core's allocator cannot embed one. */
static void anchor_init(struct nf_conn *anchor, struct net *net,
			const struct nf_conntrack_zone *zone,
			const struct nf_conntrack_tuple *tuple, unsigned long cookie)
{
	__set_bit(IPS_TEMPLATE_BIT, &anchor->status);
	write_pnet(&anchor->ct_net, net);
	nf_ct_zone_add(anchor, zone);
	fullcone_compat_ct_refs_set(anchor, 1);
	anchor->tuplehash[IP_CT_DIR_REPLY].hnnode.pprev = (void *)cookie;
	/* xt_cluster hashes the master's tuple, and warns if it is empty */
	anchor->tuplehash[IP_CT_DIR_ORIGINAL].tuple = *tuple;
}

/**
 * fullcone_anchor_alloc() - allocate something headed by an anchor
 * @size: of the whole object
 * @net: its namespace
 * @zone: its zone
 * @tuple: of a flow that it is for
 * @cookie: identifies what it heads
 *
 * The core frees it with nf_ct_tmpl_free() when its count drops to zero. That
 * function expects the alignment that nf_ct_tmpl_alloc() takes care of.
 */
void *fullcone_anchor_alloc(size_t size, struct net *net, const struct nf_conntrack_zone *zone,
			    const struct nf_conntrack_tuple *tuple, unsigned long cookie)
{
	struct nf_conn *anchor;
	char *p;

	if (ARCH_KMALLOC_MINALIGN > NFCT_INFOMASK) {
		anchor = kzalloc(size, GFP_ATOMIC);
		if (!anchor)
			return NULL;
	} else {
		p = kzalloc(size + NFCT_INFOMASK, GFP_ATOMIC);
		if (!p)
			return NULL;
		anchor = (struct nf_conn *)ALIGN((unsigned long)p, NFCT_INFOMASK + 1);
		anchor->proto.tmpl_padto = (char *)anchor - p;
	}
	anchor_init(anchor, net, zone, tuple, cookie);
	return anchor;
}
