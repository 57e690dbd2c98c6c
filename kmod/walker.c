// SPDX-License-Identifier: GPL-2.0
/*
 * Walks over a namespace's conntracks, for what cannot be known from the mapping
 * side. Process context. The iterators run under conntrack's bucket locks: they
 * take no lock of ours, allocate nothing and kill nothing; the core kills what
 * they return 1 for, outside its locks.
 */
#include "fullcone.h"

static bool walker_dead(const struct fullcone_mapping *m)
{
	return m && test_bit(FULLCONE_DEAD, &m->flags);
}

static int walker_is_dead(struct nf_conn *ct, void *data)
{
	struct fullcone_mapping *m = fullcone_mapping_of(ct->master);
	struct fullcone_pair *pair;

	if (m)
		return walker_dead(m);
	pair = fullcone_pair_of(ct->master);
	return pair && (walker_dead(pair->dst) || walker_dead(READ_ONCE(pair->src)));
}

/* End the flows of mappings that were ended. Flowtables let go of them as well. */
void fullcone_walker_kill_dead(struct net *net)
{
	fullcone_compat_ct_iterate(net, walker_is_dead, NULL);
}

static void walker_stamp(struct fullcone_mapping *m)
{
	WRITE_ONCE(m->stamp, jiffies);
	set_bit(FULLCONE_OFFLOADED, &m->flags);
}

static int walker_restamp(struct nf_conn *ct, void *data)
{
	unsigned long status = READ_ONCE(ct->status);
	struct fullcone_mapping *m;
	struct fullcone_pair *pair;

	if (!(status & IPS_OFFLOAD) || !(status & IPS_SEEN_REPLY))
		return 0;
	m = fullcone_mapping_of(ct->master);
	if (m) {
		walker_stamp(m);
		return 0;
	}
	pair = fullcone_pair_of(ct->master);
	if (pair) {
		walker_stamp(pair->dst);
		m = READ_ONCE(pair->src);
		if (m)
			walker_stamp(m);
	}
	return 0;
}

/*
 * The packets of a flow in a flowtable pass no hook. While it is there and has been
 * answered it counts as outbound activity of its mapping (K-5, X-F2).
 */
void fullcone_walker_restamp(struct net *net)
{
	fullcone_compat_ct_iterate(net, walker_restamp, NULL);
}
