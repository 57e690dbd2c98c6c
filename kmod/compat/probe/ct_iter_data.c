// SPDX-License-Identifier: GPL-2.0
/* nf_ct_iterate_cleanup_net() takes a struct nf_ct_iter_data (6.0). */
#include <net/netfilter/nf_conntrack.h>

void probe(int (*iter)(struct nf_conn *ct, void *data), const struct nf_ct_iter_data *data);
void probe(int (*iter)(struct nf_conn *ct, void *data), const struct nf_ct_iter_data *data)
{
	nf_ct_iterate_cleanup_net(iter, data);
}
