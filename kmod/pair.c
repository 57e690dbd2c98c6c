// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs: the master of a flow between two internal hosts. The core does not follow
 * a template's own references, so GC finds pairs through a list: when only the
 * list's reference is left, the flow is gone and the two mappings are released.
 */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* Pairs looked at in one turn of GC. */
#define PAIR_BUDGET	4096

/*
 * So many new pairs have the old ones looked at, out of turn. A packet that is dropped behind
 * PREROUTING, by a rule or by a limit of its sender, takes its conntrack with it, but not its
 * pair: that would take memory, and count as a session of the called mapping, until GC comes by.
 */
#define PAIR_SOON	1024

/**
 * fullcone_pair_create() - join a flow to a mapping that it calls from inside
 * @fn: the namespace's state
 * @ct: the flow, unconfirmed; the pair becomes its master
 * @dst: the mapping, referenced; the pair takes that reference over
 *
 * Context: softirq.
 * Return: the pair; NULL without memory or with too many pairs, and counted.
 */
struct fullcone_pair *fullcone_pair_create(struct fullcone_net *fn, struct nf_conn *ct,
					   struct fullcone_mapping *dst)
{
	u32 n = atomic_inc_return(&fn->pair_count);
	struct fullcone_pair *pair;

	/* each pair in use has a conntrack, so the bound of these is enough */
	if (n > max_t(u32, READ_ONCE(nf_conntrack_max), FULLCONE_PAIRS_MAX)) {
		atomic_dec(&fn->pair_count);
		fullcone_stat_inc(fn, TABLE_FULL);
		return NULL;
	}
	pair = fullcone_anchor_alloc(sizeof(*pair) + fullcone_session_room(nf_ct_protonum(ct)),
				     nf_ct_net(ct), nf_ct_zone(ct),
				     &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple,
				     fullcone_cookie ^ FULLCONE_COOKIE_PAIR);
	if (!pair) {
		atomic_dec(&fn->pair_count);
		fullcone_stat_inc(fn, NOMEM);
		return NULL;
	}
	pair->dst = dst;
	/* one for the list, one for the flow */
	fullcone_compat_ct_refs_set(&pair->anchor, 2);
	ct->master = &pair->anchor;

	spin_lock_bh(&fn->pair_lock);
	list_add_tail(&pair->list, &fn->pairs);
	spin_unlock_bh(&fn->pair_lock);
	if (unlikely(n % PAIR_SOON == 0))
		schedule_work(&fn->pair_reaper);
	return pair;
}

/**
 * fullcone_pair_source() - the caller's mapping is known
 * @pair: the master of the flow
 * @src: the mapping, referenced; the pair takes that reference over
 *
 * A host that calls its own external endpoint has one mapping at both ends (U-9b): it is held
 * once, since the references of a mapping are what its sessions are counted by.
 */
void fullcone_pair_source(struct fullcone_pair *pair, struct fullcone_mapping *src)
{
	WRITE_ONCE(pair->src, src);
	if (src == pair->dst)
		fullcone_mapping_put(src);
}

static void pair_let_go(struct fullcone_pair *pair)
{
	fullcone_mapping_put(pair->dst);
	if (pair->src && pair->src != pair->dst)
		fullcone_mapping_put(pair->src);
}

/* Free pairs whose flow is gone. Process context. Return: whether to come back soon. */
bool fullcone_pair_gc(struct fullcone_net *fn)
{
	struct fullcone_pair *pair, *next;
	unsigned int budget = PAIR_BUDGET;
	bool more = false;
	LIST_HEAD(seen);
	LIST_HEAD(idle);

	spin_lock_bh(&fn->pair_lock);
	list_for_each_entry_safe(pair, next, &fn->pairs, list) {
		if (!budget--) {
			more = !list_empty(&idle);
			break;
		}
		/* Only a flow leads to a pair: at a count of 1 nobody can take another. */
		if (fullcone_compat_ct_refs(&pair->anchor) == 1)
			list_move_tail(&pair->list, &idle);
		else
			list_move_tail(&pair->list, &seen);
	}
	/* the next turn begins with those not looked at yet */
	list_splice_tail(&seen, &fn->pairs);
	spin_unlock_bh(&fn->pair_lock);

	/* what the flow's CPU wrote is seen after the count that its end left */
	smp_rmb();
	list_for_each_entry_safe(pair, next, &idle, list) {
		pair_let_go(pair);
		nf_conntrack_put(&pair->anchor.ct_general);
		atomic_dec(&fn->pair_count);
	}
	return more;
}

void fullcone_pair_reap_work(struct work_struct *work)
{
	fullcone_pair_gc(container_of(work, struct fullcone_net, pair_reaper));
}

/* Namespace exit: no packet of ours any more, but flows may go on. */
void fullcone_pair_exit(struct fullcone_net *fn)
{
	struct fullcone_pair *pair, *next;

	list_for_each_entry_safe(pair, next, &fn->pairs, list) {
		pair_let_go(pair);
		nf_conntrack_put(&pair->anchor.ct_general);
	}
}
