// SPDX-License-Identifier: GPL-2.0
/* Per-CPU counters; the list of them is enum fullcone_stats_attr. */
#include <linux/percpu.h>
#include <net/genetlink.h>

#include "fullcone.h"

int fullcone_stats_init(struct fullcone_net *fn)
{
	int l4;

	fn->stats = alloc_percpu(struct fullcone_stats);
	if (!fn->stats)
		return -ENOMEM;
	for (l4 = 0; l4 < FULLCONE_L4_COUNT; l4++) {
		fn->protos[l4].stats = alloc_percpu(struct fullcone_stats);
		if (!fn->protos[l4].stats) {
			fullcone_stats_exit(fn);
			return -ENOMEM;
		}
	}
	return 0;
}

void fullcone_stats_exit(struct fullcone_net *fn)
{
	int l4;

	for (l4 = 0; l4 < FULLCONE_L4_COUNT; l4++)
		free_percpu(fn->protos[l4].stats);
	free_percpu(fn->stats);
}

/* @attr: FULLCONE_STATS_A_* of a counter */
static u64 stat_sum(const struct fullcone_stats __percpu *stats, int attr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(stats, cpu)->n[attr - FULLCONE_STAT_FIRST];
	return sum;
}

static u32 stat_max_mappings(const struct fullcone_profile *p)
{
	u32 max;

	rcu_read_lock();
	max = rcu_dereference(p->settings)->max_mappings;
	rcu_read_unlock();
	return max;
}

int fullcone_stats_fill(struct fullcone_net *fn, struct sk_buff *skb)
{
	int attr;

	if (nla_put_u8(skb, FULLCONE_STATS_A_ACTIVE, READ_ONCE(fn->active)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS, atomic_read(&fn->mappings)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS_MAX,
			stat_max_mappings(fn->default_profile)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_HOSTS, atomic_read(&fn->hosts)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_ADDRESSES, atomic_read(&fn->addrs)))
		return -EMSGSIZE;
	for (attr = FULLCONE_STAT_FIRST; attr <= FULLCONE_STAT_LAST; attr++)
		if (nla_put_u64_64bit(skb, attr, stat_sum(fn->stats, attr),
				      FULLCONE_STATS_A_PAD))
			return -EMSGSIZE;
	return nla_put_u32(skb, FULLCONE_STATS_A_LEFT_OUT, READ_ONCE(fn->left_out));
}

/* What is counted for each profile: mappings and hosts made, mappings ended, refusals. */
static const u16 profile_stats[] = {
	FULLCONE_STATS_A_MAPPINGS_CREATED,
	FULLCONE_STATS_A_MAPPINGS_EXPIRED,
	FULLCONE_STATS_A_HOLD_REUSE,
	FULLCONE_STATS_A_NO_PORT,
	FULLCONE_STATS_A_NO_ADDRESS,
	FULLCONE_STATS_A_TABLE_FULL,
	FULLCONE_STATS_A_NOMEM,
	FULLCONE_STATS_A_HOSTS_CREATED,
	FULLCONE_STATS_A_HOST_LIMIT,
	FULLCONE_STATS_A_HOST_RATE,
	FULLCONE_STATS_A_IN_MAX,
};

int fullcone_stats_fill_profile(struct fullcone_net *fn, const struct fullcone_profile *p,
				struct sk_buff *skb)
{
	int i;

	if (nla_put_string(skb, FULLCONE_STATS_A_PROFILE, p->name) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS, atomic_read(&p->mappings)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS_MAX, stat_max_mappings(p)) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_HOSTS, atomic_read(&p->hosts)))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(profile_stats); i++)
		if (nla_put_u64_64bit(skb, profile_stats[i], stat_sum(p->stats, profile_stats[i]),
				      FULLCONE_STATS_A_PAD))
			return -EMSGSIZE;
	return 0;
}

/* The same for each protocol, and how its mappings ended. */
static const u16 proto_stats[] = {
	FULLCONE_STATS_A_MAPPINGS_CREATED,
	FULLCONE_STATS_A_MAPPINGS_EXPIRED,
	FULLCONE_STATS_A_MAPPINGS_FLUSHED,
	FULLCONE_STATS_A_MAPPINGS_ADDR_GONE,
	FULLCONE_STATS_A_HOLD_REUSE,
	FULLCONE_STATS_A_NO_PORT,
	FULLCONE_STATS_A_NO_ADDRESS,
	FULLCONE_STATS_A_TABLE_FULL,
	FULLCONE_STATS_A_NOMEM,
	FULLCONE_STATS_A_HOST_LIMIT,
	FULLCONE_STATS_A_HOST_RATE,
};

/* Mappings made and not ended: every end is counted once. */
static u32 proto_mappings(const struct fullcone_stats __percpu *stats)
{
	u64 ended = stat_sum(stats, FULLCONE_STATS_A_MAPPINGS_EXPIRED) +
		    stat_sum(stats, FULLCONE_STATS_A_MAPPINGS_FLUSHED) +
		    stat_sum(stats, FULLCONE_STATS_A_MAPPINGS_ADDR_GONE) +
		    stat_sum(stats, FULLCONE_STATS_A_HOLD_REUSE);
	u64 made = stat_sum(stats, FULLCONE_STATS_A_MAPPINGS_CREATED);

	return made > ended ? made - ended : 0;	/* an end may be counted first */
}

int fullcone_stats_fill_proto(struct fullcone_net *fn, enum fullcone_l4 l4, struct sk_buff *skb)
{
	static const u8 protos[FULLCONE_L4_COUNT] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP };
	const struct fullcone_stats __percpu *stats = fn->protos[l4].stats;
	int i;

	if (nla_put_u8(skb, FULLCONE_STATS_A_PROTO, protos[l4]) ||
	    nla_put_u32(skb, FULLCONE_STATS_A_MAPPINGS, proto_mappings(stats)))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(proto_stats); i++)
		if (nla_put_u64_64bit(skb, proto_stats[i], stat_sum(stats, proto_stats[i]),
				      FULLCONE_STATS_A_PAD))
			return -EMSGSIZE;
	return 0;
}
