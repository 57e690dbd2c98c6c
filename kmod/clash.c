// SPDX-License-Identifier: GPL-2.0
/*
 * nf_nat does not look whether a reply tuple is free when it is told exactly what
 * to bind; the packet would be dropped at confirmation. So look before (D5).
 */
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fullcone.h"

/* States in which a flow is more than one side's unanswered packet. */
#define CLASH_SETTLED	(IPS_SEEN_REPLY | IPS_ASSURED | IPS_NAT_MASK | IPS_OFFLOAD)

static struct nf_conn *clash_holder(struct nf_conn *ct, const struct nf_conntrack_tuple *reply,
				    int *dir)
{
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), reply);
	if (!h)
		return NULL;
	*dir = NF_CT_DIRECTION(h);
	return nf_ct_tuplehash_to_ctrack(h);
}

/*
 * Unsolicited packets for a port of the router that nobody listened on leave a
 * conntrack behind. It holds the tuple that a flow begun inside will want as its
 * reply, and must not change the flow's external port (X-S4).
 */
static bool clash_is_stranger(struct nf_conn *holder, int dir,
			      const struct nf_conntrack_tuple *reply, int ifindex)
{
	return dir == IP_CT_DIR_ORIGINAL && !holder->master &&
	       !(READ_ONCE(holder->status) & CLASH_SETTLED) &&
	       !fullcone_local_socket(nf_ct_net(holder), reply, ifindex);
}

/**
 * fullcone_clash_check() - is a wanted reply tuple in use?
 * @ct: the flow that wants it
 * @reply: the tuple
 * @ifindex: the external interface
 *
 * Context: softirq, RCU held.
 */
enum fullcone_clash fullcone_clash_check(struct nf_conn *ct,
					 const struct nf_conntrack_tuple *reply, int ifindex)
{
	enum fullcone_clash clash;
	struct nf_conn *holder;
	int dir;

	if (likely(!nf_conntrack_tuple_taken(reply, ct)))
		return FULLCONE_CLASH_NONE;
	holder = clash_holder(ct, reply, &dir);
	if (!holder)
		return FULLCONE_CLASH_NONE;
	clash = clash_is_stranger(holder, dir, reply, ifindex) ? FULLCONE_CLASH_STRANGER :
								   FULLCONE_CLASH_HARD;
	nf_ct_put(holder);
	return clash;
}

/**
 * fullcone_clash_resolve() - make way for a flow
 * @fn: the namespace's state
 * @ct: the flow
 * @reply: the reply tuple it will have
 * @ifindex: the external interface
 *
 * Its mapping has been published, so what comes after the stranger is killed is
 * translated and does not take the tuple again.
 *
 * Context: softirq, RCU held, none of our locks.
 * Return: whether the tuple is free.
 */
bool fullcone_clash_resolve(struct fullcone_net *fn, struct nf_conn *ct,
			    const struct nf_conntrack_tuple *reply, int ifindex)
{
	struct nf_conn *holder;
	bool stranger;
	int dir, i;

	/* A second one can have come in before the mapping was published. */
	for (i = 0; i < 2; i++) {
		if (likely(!nf_conntrack_tuple_taken(reply, ct)))
			return true;
		holder = clash_holder(ct, reply, &dir);
		if (!holder)
			continue;
		stranger = clash_is_stranger(holder, dir, reply, ifindex);
		if (stranger) {
			nf_ct_kill(holder);
			fullcone_stat_inc(fn, CLASH_KILLED);
		}
		nf_ct_put(holder);
		if (!stranger)
			return false;
	}
	return !nf_conntrack_tuple_taken(reply, ct);
}
