// SPDX-License-Identifier: GPL-2.0
/*
 * Anchors: template conntracks that head objects of ours, so that flows can hold
 * them through ct->master and the core can free them.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* A template conntrack by hand: the core's allocator cannot embed one. */
static void anchor_init(struct nf_conn *anchor, const struct nf_conn *ct, unsigned long cookie)
{
	__set_bit(IPS_TEMPLATE_BIT, &anchor->status);
	write_pnet(&anchor->ct_net, nf_ct_net(ct));
	nf_ct_zone_add(anchor, nf_ct_zone(ct));
	fullcone_compat_ct_refs_set(anchor, 1);
	anchor->tuplehash[IP_CT_DIR_REPLY].hnnode.pprev = (void *)cookie;
	/* xt_cluster hashes the master's tuple, and warns if it is empty */
	anchor->tuplehash[IP_CT_DIR_ORIGINAL].tuple = ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
}

/**
 * fullcone_anchor_alloc() - allocate something headed by an anchor
 * @size: of the whole
 * @ct: a flow in the same namespace and zone
 * @cookie: what it shall be recognized by
 *
 * The core frees it with nf_ct_tmpl_free() when its count drops to zero. That
 * function expects the alignment that nf_ct_tmpl_alloc() takes care of.
 */
void *fullcone_anchor_alloc(size_t size, const struct nf_conn *ct, unsigned long cookie)
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
	anchor_init(anchor, ct, cookie);
	return anchor;
}
