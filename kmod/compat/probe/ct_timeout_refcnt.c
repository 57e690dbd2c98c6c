// SPDX-License-Identifier: GPL-2.0
/* Timeouts of flows count their references (7.x, and stable kernels). */
#include <net/netfilter/nf_conntrack_timeout.h>

int probe(struct nf_ct_timeout *t);
int probe(struct nf_ct_timeout *t)
{
	return t->refcnt.refs.counter + !t->rcu.func;
}
