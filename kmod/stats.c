// SPDX-License-Identifier: GPL-2.0
/* Per-CPU counters; the list of them is enum fullcone_stats_attr. */
#include <linux/percpu.h>
#include <net/genetlink.h>

#include "fullcone.h"

int fullcone_stats_init(struct fullcone_net *fn)
{
	fn->stats = alloc_percpu(struct fullcone_stats);
	return fn->stats ? 0 : -ENOMEM;
}

void fullcone_stats_exit(struct fullcone_net *fn)
{
	free_percpu(fn->stats);
}

/* @attr: FULLCONE_STATS_A_* of a counter */
static u64 stat_sum(const struct fullcone_net *fn, int attr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(fn->stats, cpu)->n[attr - FULLCONE_STAT_FIRST];
	return sum;
}

int fullcone_stats_fill(struct fullcone_net *fn, struct sk_buff *skb)
{
	int attr;

	if (nla_put_u8(skb, FULLCONE_STATS_A_ACTIVE, READ_ONCE(fn->active)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS, atomic_read(&fn->mappings)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS_MAX, FULLCONE_MAPPINGS_MAX) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_ADDRESSES, atomic_read(&fn->addrs)))
		return -EMSGSIZE;
	for (attr = FULLCONE_STAT_FIRST; attr <= FULLCONE_STATS_A_MAX; attr++)
		if (nla_put_u64_64bit(skb, attr, stat_sum(fn, attr),
				      FULLCONE_STATS_A_PAD))
			return -EMSGSIZE;
	return 0;
}
