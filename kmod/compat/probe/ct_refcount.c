// SPDX-License-Identifier: GPL-2.0
/* A conntrack's count is a refcount_t (5.18, and stable kernels; an atomic_t before). */
#include <net/netfilter/nf_conntrack.h>

unsigned int probe(struct nf_conn *ct);
unsigned int probe(struct nf_conn *ct)
{
	return ct->ct_general.use.refs.counter;
}
