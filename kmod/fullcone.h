/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Full-cone NAT on conntrack: internal types.
 *
 * A mapping (RFC 4787) ties an internal endpoint to an external one. Each is
 * headed by an anchor, a template conntrack, and every flow of the mapping
 * holds a reference on it through ct->master. The core drops that reference
 * when the flow ends, however it ends: the count tells how many flows are left,
 * and no code of this module is needed for it.
 *
 * Locks, outermost first. None is taken on the path of a packet whose flow exists
 * already, nor, but for a hairpin's pair, of one whose mapping does; readers use RCU.
 *
 *   fullcone_net.mutex	activation, and changes of the profile. Process context.
 *   fullcone_net.lock	death of mappings: who sets FULLCONE_DEAD unpublishes;
 *			and the list of the dying. BH.
 *   fullcone_net.addr_lock	birth and death of external addresses, their list. BH.
 *   fullcone_net.pair_lock	the list of pairs. BH. Not nested with the two above.
 *   bucket locks of the rhashtables, innermost.
 *
 * Conntrack's bucket locks are outside all of ours: the walker's iterator runs
 * under one of them and takes none of ours. So never call nf_ct_kill() or
 * nf_ct_put() on a conntrack with a lock of ours held.
 *
 * Invariants:
 *  1. Published implies reserved: a mapping in the indexes (both or, for a moment,
 *     the external one) owns the bit of its port. The bit is cleared after the mapping
 *     has been unpublished and, where it still had flows, after those have been killed.
 *  2. References to a mapping: one of the engine's own, from creation to death; one
 *     for each flow; one for each end of a pair. Whoever finds a mapping in an
 *     index takes one with fullcone_mapping_get(), which fails on a dying one.
 *  3. A mapping never changes its external endpoint, nor a flow its ct->master.
 *  4. Softirq code allocates with GFP_ATOMIC and on failure drops and counts the
 *     packet; it never walks a table and never translates without a mapping.
 *  5. Namespace exit: hooks off (no more creation), grace period, pairs, mappings,
 *     addresses. Flows may outlive all of it: their anchor is freed by the core.
 */
#ifndef _FULLCONE_H
#define _FULLCONE_H

#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/netfilter/nf_conntrack.h>

#include <linux/fullcone.h>

#include "compat/compat.h"

struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;

/* A stamp is written when it is older than this, so that a busy flow does not
 * dirty the mapping with every packet; timers add it, so that none is early.
 */
#define FULLCONE_STAMP_UNIT	(HZ / 4)

/* Default bound of mappings in a namespace, in any state (RFC 6888 REQ-5). */
#define FULLCONE_MAPPINGS_MAX	262144
/* The same over all namespaces, and the bound of pairs in a namespace. */
#define FULLCONE_MAPPINGS_TOTAL_MAX	(4 * FULLCONE_MAPPINGS_MAX)
#define FULLCONE_PAIRS_MAX	65536

#define FULLCONE_PORTS		65536

/* The protocols that have mappings, as indexes of port sets (K-13). */
enum fullcone_l4 {
	FULLCONE_L4_UDP,
	FULLCONE_L4_TCP,
	FULLCONE_L4_ICMP,
	FULLCONE_L4_COUNT
};

/* One side of a mapping (K-1, K-2). Hashed as bytes: no padding left unset. */
struct fullcone_endpoint {
	union nf_inet_addr addr;
	__be16 port;		/* or the identifier of an ICMP echo */
	u16 zone;
	u8 family;		/* NFPROTO_IPV4, NFPROTO_IPV6 */
	u8 proto;		/* IPPROTO_* */
	u16 pad;
};

/* What finds the mapping of an outbound packet (K-1). */
struct fullcone_key {
	struct fullcone_endpoint ep;
	union nf_inet_addr remote_addr;	/* zero if the mapping is endpoint-independent */
	__be16 remote_port;
	u16 pad;
	u32 realm;		/* masquerade: index of the external interface */
};

/* An external address and the ports taken on it. Mappings hold references. */
struct fullcone_addr {
	struct rhash_head node;
	struct fullcone_addr_key {
		union nf_inet_addr addr;
		u16 zone;
		u8 family;
		u8 pad;
	} key;
	refcount_t ref;		/* one of the table's, one for each mapping */
	u32 id;			/* order of creation: the major cursor of walks */
	struct list_head list;	/* fullcone_net.addr_list, by id */
	/* Bits of FULLCONE_PORTS each, made when the protocol is first used. */
	unsigned long *used[FULLCONE_L4_COUNT];
	/* Hints: the owner was HELD when GC last saw it. */
	unsigned long *held[FULLCONE_L4_COUNT];
	struct rcu_head rcu;
};

/* Bits of fullcone_mapping.flags */
enum {
	FULLCONE_DEAD,		/* unpublished, or about to be; set under fullcone_net.lock */
	FULLCONE_SHORT,		/* every destination is in udp_short */
	FULLCONE_OFFLOADED,	/* a packet of it was seen with its flow in a flowtable */
	FULLCONE_HELD,		/* GC has seen it without flows after its timer */
};

struct fullcone_mapping {
	struct nf_conn anchor;	/* first: ct->master of the flows; its count is ours */
	unsigned long stamp;	/* jiffies of the last outbound packet, see STAMP_UNIT */
	unsigned long flags;
	u32 timeout;		/* jiffies, as the next two */
	u32 short_timeout;	/* counts with FULLCONE_SHORT, and then there is no hold */
	u32 hold;
	struct fullcone_key key;
	struct fullcone_endpoint ext;
	struct rhash_head int_node;
	struct rhash_head ext_node;
	struct fullcone_addr *addr;
	unsigned long created;
	unsigned long held_since;	/* valid with FULLCONE_HELD; GC only */
	struct list_head dying;		/* fullcone_net.dying */
	struct rcu_head rcu;
};

/*
 * A flow between two internal hosts belongs to two mappings and has one master:
 * a pair, headed by an anchor as well, which holds a reference on both.
 */
struct fullcone_pair {
	struct nf_conn anchor;		/* first */
	struct fullcone_mapping *dst;	/* the one whose external endpoint was called */
	struct fullcone_mapping *src;	/* the caller's; NULL until POSTROUTING */
	struct list_head list;		/* fullcone_net.pairs */
};

struct fullcone_udp_short {
	__be16 port;
	u32 timeout;			/* jiffies */
};

/* Named settings. Replaced as a whole, read under RCU. */
struct fullcone_profile {
	char name[FULLCONE_NAME_SIZE];
	u16 port_min;			/* both 0: by the class of the internal port */
	u16 port_max;
	u8 alloc;			/* enum fullcone_alloc */
	bool parity;
	bool unsafe_timeouts;
	u8 udp_shorts;
	u32 udp;			/* seconds */
	u32 udp_hold;			/* seconds */
	u32 label;
	u32 mark;
	u32 mark_mask;
	struct fullcone_udp_short udp_short[FULLCONE_UDP_SHORT_MAX];
	struct rcu_head rcu;
};

/* Counters: the attribute numbers of the protocol are the indexes. */
#define FULLCONE_STAT_FIRST	FULLCONE_STATS_A_MAPPINGS_CREATED
#define FULLCONE_STAT_COUNT	(FULLCONE_STATS_A_MAX - FULLCONE_STAT_FIRST + 1)

struct fullcone_stats {
	u64 n[FULLCONE_STAT_COUNT];
};

/* Where a walk of the external index is: address, protocol, port. */
struct fullcone_cursor {
	u32 addr_id;
	u16 l4;
	u32 port;
};

struct fullcone_net {
	struct net *net;
	struct rhashtable int_table;
	struct rhashtable ext_table;
	struct rhashtable addr_table;
	spinlock_t addr_lock;		/* changes of addr_table and addr_list */
	struct list_head addr_list;
	u32 addr_last_id;		/* under addr_lock */
	atomic_t addrs;
	atomic_t mappings;
	struct fullcone_profile __rcu *profile;
	struct xarray ifaces;		/* by ifindex: FULLCONE_IFACE_* */
	struct fullcone_stats __percpu *stats;

	spinlock_t lock;		/* death of mappings, dying */
	struct list_head dying;		/* unpublished mappings for the reaper */
	struct work_struct reaper;

	spinlock_t pair_lock;		/* pairs */
	struct list_head pairs;
	atomic_t pair_count;

	struct delayed_work gc;
	struct fullcone_cursor gc_cursor;	/* gc only */
	bool gc_want_restamp;			/* gc only */
	unsigned long gc_last_restamp;		/* gc only */

	struct mutex mutex;		/* active, and writing profile */
	bool active;
};

extern unsigned int fullcone_net_id;
extern unsigned long fullcone_cookie;

static inline struct fullcone_net *fullcone_pernet(const struct net *net)
{
	return net_generic(net, fullcone_net_id);
}

/*
 * Is this conntrack an anchor of ours, and of which kind? The cookie is an odd
 * number, random for each load of the module, in a field that nothing reads on a
 * template and that on a real conntrack is an aligned pointer: a remote cannot
 * choose it, and the anchors of an earlier load do not match.
 */
#define FULLCONE_COOKIE_PAIR	2

static __always_inline unsigned long fullcone_cookie_of(const struct nf_conn *ct)
{
	return (unsigned long)ct->tuplehash[IP_CT_DIR_REPLY].hnnode.pprev;
}

static __always_inline struct fullcone_mapping *fullcone_mapping_of(struct nf_conn *master)
{
	if (!master || fullcone_cookie_of(master) != fullcone_cookie)
		return NULL;
	return container_of(master, struct fullcone_mapping, anchor);
}

static __always_inline struct fullcone_pair *fullcone_pair_of(struct nf_conn *master)
{
	if (!master || fullcone_cookie_of(master) != (fullcone_cookie ^ FULLCONE_COOKIE_PAIR))
		return NULL;
	return container_of(master, struct fullcone_pair, anchor);
}

/* Counters. Any context. */
#define fullcone_stat_inc(fn, name) \
	this_cpu_inc((fn)->stats->n[FULLCONE_STATS_A_##name - FULLCONE_STAT_FIRST])

/*
 * Packet path: softirq, RCU held.
 */

/* nat.c */
unsigned int fullcone_nat_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
unsigned int fullcone_nat_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
/* lifetime.c */
unsigned int fullcone_lifetime_packet(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state);
void fullcone_gc_kick(struct fullcone_net *fn);

/* anchor.c */
void *fullcone_anchor_alloc(size_t size, const struct nf_conn *ct, unsigned long cookie);

/* mapping.c */
struct fullcone_request {
	const struct fullcone_profile *profile;
	struct nf_conn *ct;
	struct fullcone_key key;
	union nf_inet_addr ext_addr;
	u16 ext_zone;
	int ifindex;			/* of the external interface */
	/* The reply the flow will want, but for its destination: the external endpoint. */
	struct nf_conntrack_tuple reply;
};

struct fullcone_mapping *fullcone_mapping_create(struct fullcone_net *fn,
						 struct fullcone_request *req);
bool fullcone_mapping_count(struct fullcone_net *fn);
void fullcone_mapping_uncount(struct fullcone_net *fn);
bool fullcone_mapping_get(struct fullcone_mapping *m);
bool fullcone_mapping_reclaim(struct fullcone_net *fn, struct fullcone_mapping *m);
void fullcone_mapping_destination(struct fullcone_mapping *m,
				  const struct fullcone_profile *profile, __be16 port);

static inline void fullcone_mapping_put(struct fullcone_mapping *m)
{
	nf_conntrack_put(&m->anchor.ct_general);
}

/* table.c */
struct fullcone_mapping *fullcone_table_by_key(struct fullcone_net *fn,
					       const struct fullcone_key *key);
struct fullcone_mapping *fullcone_table_by_ext(struct fullcone_net *fn,
					       const struct fullcone_endpoint *ext);
void fullcone_table_remove_key(struct fullcone_net *fn, struct fullcone_mapping *m);
int fullcone_table_insert(struct fullcone_net *fn, struct fullcone_mapping *m,
			  struct fullcone_mapping **owner);
void fullcone_table_remove(struct fullcone_net *fn, struct fullcone_mapping *m);

/* addr.c */
struct fullcone_addr *fullcone_addr_get(struct fullcone_net *fn,
					const union nf_inet_addr *addr, u8 family, u16 zone);
void fullcone_addr_put(struct fullcone_addr *a);
unsigned long *fullcone_addr_ports(struct fullcone_addr *a, enum fullcone_l4 l4);
enum fullcone_l4 fullcone_l4_of(u8 proto);

/* port.c */
int fullcone_port_choose(struct fullcone_net *fn, struct fullcone_addr *a,
			 struct fullcone_request *req, __be16 *port);
void fullcone_port_release(struct fullcone_addr *a, u8 proto, __be16 port);

/* clash.c */
enum fullcone_clash {
	FULLCONE_CLASH_NONE,
	FULLCONE_CLASH_STRANGER,	/* unreplied, for the router, nobody listens */
	FULLCONE_CLASH_HARD,
};

enum fullcone_clash fullcone_clash_check(struct nf_conn *ct,
					 const struct nf_conntrack_tuple *reply, int ifindex);
bool fullcone_clash_resolve(struct fullcone_net *fn, struct nf_conn *ct,
			    const struct nf_conntrack_tuple *reply, int ifindex);

/* local.c */
bool fullcone_local_socket(struct net *net, const struct nf_conntrack_tuple *in, int ifindex);
bool fullcone_local_source(struct net *net, u8 family, const union nf_inet_addr *addr,
			   const struct net_device *out);

/* pair.c */
struct fullcone_pair *fullcone_pair_create(struct fullcone_net *fn, struct nf_conn *ct,
					   struct fullcone_mapping *dst);

/* iface.c */
void fullcone_iface_learn(struct fullcone_net *fn, const struct net_device *in,
			  const struct net_device *out);
bool fullcone_iface_internal(struct fullcone_net *fn, const struct net_device *dev);

/* profile.c */
bool fullcone_profile_selects(const struct fullcone_profile *p, const struct nf_conn *ct);
u32 fullcone_profile_udp_short(const struct fullcone_profile *p, __be16 port);

/*
 * Any context, RCU held or a reference on the mapping.
 */

/* mapping.c */
u8 fullcone_mapping_state(const struct fullcone_mapping *m, unsigned long now);

static inline unsigned long fullcone_mapping_deadline(const struct fullcone_mapping *m)
{
	u32 timeout = test_bit(FULLCONE_SHORT, &m->flags) ? READ_ONCE(m->short_timeout) :
							     m->timeout;

	return READ_ONCE(m->stamp) + timeout + FULLCONE_STAMP_UNIT;
}

/* How long its port is kept from others after its last session, in jiffies. */
static inline u32 fullcone_mapping_hold(const struct fullcone_mapping *m)
{
	return test_bit(FULLCONE_SHORT, &m->flags) ? 0 : m->hold;
}

static inline u32 fullcone_mapping_sessions(const struct fullcone_mapping *m)
{
	unsigned int refs = fullcone_compat_ct_refs(&m->anchor);

	return refs ? refs - 1 : 0;
}

/*
 * Process context, may sleep.
 */

/* activate.c */
int fullcone_activate(struct fullcone_net *fn, struct netlink_ext_ack *extack);
int fullcone_activate_locked(struct fullcone_net *fn, struct netlink_ext_ack *extack);
void fullcone_deactivate(struct fullcone_net *fn);

/* table.c */
int fullcone_table_init(struct fullcone_net *fn);
void fullcone_table_exit(struct fullcone_net *fn);
bool fullcone_table_walk(struct fullcone_net *fn, struct fullcone_cursor *cursor,
			 unsigned int budget,
			 int (*visit)(struct fullcone_net *fn, struct fullcone_mapping *m,
				      void *data),
			 void *data);

/* addr.c */
int fullcone_addr_init(struct fullcone_net *fn);
void fullcone_addr_exit(struct fullcone_net *fn);
void fullcone_addr_gc(struct fullcone_net *fn);

/* mapping.c */
bool fullcone_mapping_end(struct fullcone_net *fn, struct fullcone_mapping *m,
			  enum fullcone_reason reason);
void fullcone_mapping_reap_work(struct work_struct *work);

/* lifetime.c */
void fullcone_gc_work(struct work_struct *work);

/* walker.c */
void fullcone_walker_kill_dead(struct net *net);
void fullcone_walker_restamp(struct net *net);

/* pair.c */
bool fullcone_pair_gc(struct fullcone_net *fn);
void fullcone_pair_exit(struct fullcone_net *fn);

/* iface.c */
bool fullcone_iface_leaves(struct fullcone_net *fn, const struct net_device *dev);
void fullcone_iface_forget(struct fullcone_net *fn, int ifindex);

/* profile.c */
int fullcone_profile_init(struct fullcone_net *fn);
void fullcone_profile_exit(struct fullcone_net *fn);
int fullcone_profile_set(struct fullcone_net *fn, struct genl_info *info);
int fullcone_profile_fill(struct fullcone_net *fn, struct sk_buff *skb);

/* stats.c */
int fullcone_stats_init(struct fullcone_net *fn);
void fullcone_stats_exit(struct fullcone_net *fn);
int fullcone_stats_fill(struct fullcone_net *fn, struct sk_buff *skb);

/* netlink.c */
extern struct genl_family fullcone_genl_family;
int fullcone_netlink_init(void);
void fullcone_netlink_exit(void);

/* netlink_dump.c */
struct fullcone_filter {
	u32 present;			/* bit for each FULLCONE_MAPPING_A_* given */
	struct fullcone_endpoint in;
	struct fullcone_endpoint ext;
	u8 int_prefix_len;
	u8 family;
	u8 proto;
	u8 state;
	u16 zone;
	u32 ifindex;
	char profile[FULLCONE_NAME_SIZE];
};

int fullcone_filter_parse(struct fullcone_filter *f, struct nlattr **attrs,
			  struct netlink_ext_ack *extack);
bool fullcone_filter_match(const struct fullcone_filter *f, const struct fullcone_mapping *m);
int fullcone_mapping_fill(struct sk_buff *skb, const struct fullcone_mapping *m);
int fullcone_dump_start(struct netlink_callback *cb);
int fullcone_dump(struct sk_buff *skb, struct netlink_callback *cb);
int fullcone_dump_done(struct netlink_callback *cb);

/* notifier.c */
int fullcone_notifier_init(void);
void fullcone_notifier_exit(void);

/* selftest.c: at load, if asked for */
int fullcone_selftest(void);

#endif /* _FULLCONE_H */
