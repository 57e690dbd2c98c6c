// SPDX-License-Identifier: GPL-2.0
/* An expectation has a namespace and a zone, and stays in the hash when it has expired. */
#include <net/netfilter/nf_conntrack_expect.h>

bool (*probe(void))(const struct nf_conntrack_expect *exp);
bool (*probe(void))(const struct nf_conntrack_expect *exp)
{
	return nf_ct_exp_is_expired;
}

bool (*probe_zone(void))(const struct nf_conntrack_expect *a, const struct nf_conntrack_zone *b);
bool (*probe_zone(void))(const struct nf_conntrack_expect *a, const struct nf_conntrack_zone *b)
{
	return nf_ct_exp_zone_equal_any;
}
