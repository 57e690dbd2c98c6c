// SPDX-License-Identifier: GPL-2.0
/*
 * Walks over a namespace's conntracks, for what the mappings themselves cannot
 * tell. Process context. The iterators run under conntrack's bucket locks: they
 * kill nothing; the core kills what they return 1 for, outside its locks.
 */
#include <linux/slab.h>

#include "fullcone.h"

static bool walker_dead(const struct fullcone_mapping *m)
{
	return m && test_bit(FULLCONE_DEAD, &m->flags);
}

/* An adopted flow does not hold its mapping. */
static bool walker_gone(struct rhashtable *gone, const struct nf_conn *ct,
			enum nf_nat_manip_type side)
{
	const struct fullcone_mapping *m;
	struct fullcone_endpoint in, ext;

	if (!fullcone_adopt_ends(ct, side, &in, &ext))
		return false;
	m = rhashtable_lookup_fast(gone, &ext, fullcone_ext_params);
	return m && fullcone_endpoint_same(&in, &m->key.ep);
}

static int walker_is_dead(struct nf_conn *ct, void *data)
{
	struct fullcone_mapping *m = fullcone_mapping_of(ct->master);
	struct fullcone_pair *pair;
	struct rhashtable *gone = data;

	if (m)
		return walker_dead(m);
	pair = fullcone_pair_of(ct->master);
	if (pair)
		return walker_dead(pair->dst) || walker_dead(READ_ONCE(pair->src));
	return gone && (walker_gone(gone, ct, NF_NAT_MANIP_SRC) ||
			walker_gone(gone, ct, NF_NAT_MANIP_DST));
}

/* Dead mappings with adopted flows, by ext. Not on the stack: it contains a work item. */
static struct rhashtable *walker_gone_alloc(void)
{
	struct rhashtable *gone = kzalloc(sizeof(*gone), GFP_KERNEL);

	if (!gone || !rhashtable_init(gone, &fullcone_ext_params))
		return gone;
	kfree(gone);
	return NULL;
}

/**
 * fullcone_walker_kill_dead() - end the flows of mappings that were ended
 * @fn: the namespace's state
 * @dying: those mappings; nobody can find them any more
 *
 * Flowtables let go of the flows as well.
 */
void fullcone_walker_kill_dead(struct fullcone_net *fn, struct list_head *dying)
{
	struct rhashtable *gone = NULL;
	struct fullcone_mapping *m;

	list_for_each_entry(m, dying, dying) {
		if (!test_bit(FULLCONE_ADOPTED, &m->flags))
			continue;
		if (!gone)
			gone = walker_gone_alloc();
		if (!gone)
			break;	/* no memory: adopted flows end by themselves */
		rhashtable_insert_fast(gone, &m->ext_node, fullcone_ext_params);
	}
	fullcone_compat_ct_iterate(fn->net, walker_is_dead, gone);
	if (gone)
		rhashtable_destroy(gone);
	kfree(gone);
}

/* @dir: in which direction of the flow the mapping's host sends */
static void walker_stamp(struct fullcone_mapping *m, const struct nf_conn *ct,
			 enum ip_conntrack_dir dir)
{
	if (!m)
		return;
	if (test_bit(FULLCONE_UNESTABLISHED, &m->flags))
		clear_bit(FULLCONE_UNESTABLISHED, &m->flags);
	if (!(READ_ONCE(ct->status) & IPS_OFFLOAD))
		return;
	WRITE_ONCE(m->stamp, jiffies);
	set_bit(FULLCONE_OFFLOADED, &m->flags);
	if (fullcone_mapping_is_filtered(m))
		fullcone_filter_packet(m, ct, dir);
}

static void walker_stamp_own(struct fullcone_mapping *m, const struct nf_conn *ct)
{
	bool inside = fullcone_lifetime_begun_inside(ct, READ_ONCE(ct->status), m);

	walker_stamp(m, ct, inside ? IP_CT_DIR_ORIGINAL : IP_CT_DIR_REPLY);
}

/*
 * Flows in a flowtable count, and the established sessions of TCP. Older kernels (5.10) offload
 * a session with its SYN-ACK, so that conntrack has it in SYN_RECV for as long as it lasts; one
 * that closes leaves the flowtable.
 */
static bool walker_counts(const struct nf_conn *ct)
{
	unsigned long status = READ_ONCE(ct->status);

	if (!(status & IPS_SEEN_REPLY))
		return false;
	return (status & IPS_OFFLOAD) ||
	       (nf_ct_protonum(ct) == IPPROTO_TCP &&
		READ_ONCE(ct->proto.tcp.state) == TCP_CONNTRACK_ESTABLISHED);
}

/* Notes that an adopted flow, which does not hold its mapping, still exists. */
static void walker_adopted(struct fullcone_net *fn, struct nf_conn *ct,
			   enum nf_nat_manip_type side, bool counts)
{
	struct fullcone_mapping *m;

	rcu_read_lock();
	m = fullcone_adopt_find(fn, ct, side);
	if (m && !nf_ct_is_expired(ct))
		fullcone_adopt_packet(m, ct);
	if (counts)
		walker_stamp(m, ct, side == NF_NAT_MANIP_SRC ? IP_CT_DIR_ORIGINAL :
							       IP_CT_DIR_REPLY);
	rcu_read_unlock();
}

static int walker_restamp(struct nf_conn *ct, void *data)
{
	bool counts = walker_counts(ct), adopted = atomic_read(&fullcone_adopted);
	struct fullcone_net *fn = data;
	struct fullcone_mapping *m;
	struct fullcone_pair *pair;

	if (!counts && !adopted)
		return 0;
	m = fullcone_mapping_of(ct->master);
	pair = fullcone_pair_of(ct->master);
	if (!m && !pair) {
		if (adopted) {
			walker_adopted(fn, ct, NF_NAT_MANIP_SRC, counts);
			walker_adopted(fn, ct, NF_NAT_MANIP_DST, counts);
		}
		return 0;
	}
	if (!counts)
		return 0;
	/* for the filters */
	rcu_read_lock();
	if (m) {
		walker_stamp_own(m, ct);
	} else {
		walker_stamp(pair->dst, ct, IP_CT_DIR_REPLY);
		walker_stamp(READ_ONCE(pair->src), ct, IP_CT_DIR_ORIGINAL);
	}
	rcu_read_unlock();
	return 0;
}

/*
 * The packets of a flow in a flowtable pass no hook. While the flow is there and has been
 * answered, it counts as outbound activity of its mapping (K-5, X-F2), and as sent to its remote
 * (K-9). An established TCP session keeps the time of its mapping as it is, see gc_restamp(), and
 * an adopted flow keeps its mapping, see fullcone_adopt_due().
 */
void fullcone_walker_restamp(struct fullcone_net *fn)
{
	fullcone_compat_ct_iterate(fn->net, walker_restamp, fn);
}

/* Was the flow begun by somebody else than the mapping's host? */
static bool walker_calls(const struct nf_conn *ct, unsigned long status,
			 const struct fullcone_mapping *m)
{
	const struct fullcone_pair *pair = fullcone_pair_of(ct->master);

	if (pair)
		return pair->dst == m;
	return fullcone_mapping_of(ct->master) == m &&
	       !fullcone_lifetime_begun_inside(ct, status, m);
}

static int walker_unanswered(struct nf_conn *ct, void *data)
{
	struct fullcone_mapping *m = data;
	unsigned long status = READ_ONCE(ct->status);

	return !(status & IPS_SEEN_REPLY) && walker_calls(ct, status, m) &&
	       fullcone_mapping_state(m, jiffies) != FULLCONE_STATE_OPEN;
}

/*
 * Ends the flows that others, outside or inside, have begun with a mapping that is not open, and
 * that its host has not answered, as the next packet of each would (K-6). The caller holds the
 * mapping.
 */
void fullcone_walker_kill_unanswered(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	fullcone_compat_ct_iterate(fn->net, walker_unanswered, m);
}

static int walker_unmark(struct nf_conn *ct, void *data)
{
	const u8 *family = data;

	/* the core has given both bits to flows that lost a race */
	if ((READ_ONCE(ct->status) & (IPS_NAT_CLASH | IPS_FIXED_TIMEOUT)) == IPS_NAT_CLASH &&
	    (*family == NFPROTO_UNSPEC || *family == nf_ct_l3num(ct)))
		clear_bit(IPS_NAT_CLASH_BIT, &ct->status);
	return 0;
}

/**
 * fullcone_walker_unmark() - the engine leaves, and its flows stay
 * @fn: the namespace's state
 * @family: it leaves this one, in which no packet is in any function of ours; NFPROTO_UNSPEC: all
 *
 * Nobody will clear the bit that nat_mark() has given UDP flows at their first reply. With it,
 * conntrack would never call them assured, but end them first when its table is full, and no
 * flowtable would take them.
 */
void fullcone_walker_unmark(struct fullcone_net *fn, u8 family)
{
	fullcone_compat_ct_iterate(fn->net, walker_unmark, &family);
}

static int walker_expired(struct nf_conn *ct, void *data)
{
	return nf_ct_is_expired(ct) &&
	       (fullcone_mapping_of(ct->master) || fullcone_pair_of(ct->master));
}

/* Ends expired flows, as conntrack itself would later. */
void fullcone_walker_expired(struct fullcone_net *fn)
{
	fullcone_compat_ct_iterate(fn->net, walker_expired, NULL);
}
