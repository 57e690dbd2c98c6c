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
 * Locks, outermost first. A packet takes none if its flow exists already, nor, except
 * pair_lock for a hairpin, if its mapping does; readers use RCU. Only where a filter
 * remembers remotes, a packet takes the history's lock now and then.
 *
 *   fullcone_net.mutex	activation, and changes of profiles. Process context.
 *   fullcone_net.walk_mutex	a notifier walks the mappings; deactivation waits for it.
 *			Inside mutex, and inside RTNL: never held for long.
 *   fullcone_net.nat_locks	the making of a mapping for a packet, by its internal endpoint. BH.
 *   fullcone_host.lock	the external address of a host, and its rate of new
 *			mappings. BH. The choice of address and port runs under it.
 *   fullcone_net.lock	death of mappings: whoever sets FULLCONE_DEAD unpublishes;
 *			changes of FULLCONE_HELD, FULLCONE_ADOPTED; FULLCONE_UNSEEN, where it is
 *			set still after a walk; the list of the dying. BH.
 *   fullcone_net.addr_lock	birth and death of external addresses, their list. BH.
 *   fullcone_net.host_lock	birth and death of hosts. BH. Not nested with the above two.
 *   fullcone_net.pair_lock	the list of pairs. BH. Not nested with the above three.
 *   fullcone_net.filter_lock	birth and death of histories of filters. BH. Inside
 *			fullcone_host.lock, where a held port is taken from its mapping; not
 *			nested with the others above.
 *   fullcone_history.lock	the remotes of a history. BH. Not nested with the above, but
 *			inside conntrack's lock of a bucket, where a walk notes remotes.
 *   fullcone_net.lost6_lock	IPv6 addresses that have gone. BH. Not nested with any other.
 *   bucket locks of the rhashtables, innermost.
 *
 * Conntrack's bucket locks nest inside ours: a conntrack look-up kills expired entries.
 * So an iterator over conntrack, which runs under a bucket lock, takes none of ours but that
 * of a history.
 *
 * Invariants:
 *  1. Published implies reserved: a mapping in the indexes (both or, for a moment,
 *     the external one) owns the bit of its port. The bit is cleared after the mapping
 *     has been unpublished and, where it still had flows, after those have been killed.
 *  2. References to a mapping: one of the engine's own, from creation to death; one
 *     for each flow; one for each end of a pair, or for both. Whoever finds a mapping in an
 *     index takes one with fullcone_mapping_get(), which fails on a dying one.
 *  3. A mapping never changes its external endpoint, nor a flow its ct->master.
 *  4. Softirq code allocates with GFP_ATOMIC and on failure drops and counts the
 *     packet; it never walks a table, except that of expectations to choose a port, and
 *     never translates without a mapping.
 *  5. A published mapping holds its address, its host and its profile; mapping_release()
 *     lets go of them. So they may be followed from a mapping that was found under RCU,
 *     not from the master of a flow.
 *  6. Namespace exit: hooks off (no more creation), grace period, pairs, mappings, hosts,
 *     addresses, profiles. Flows may outlive all of it: the core frees their anchor.
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
#include <net/netfilter/nf_nat.h>

#include <linux/fullcone.h>

#include "compat/compat.h"

struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;

/* A stamp is written when it is older than this, so that a busy flow does not
 * dirty the mapping with every packet; timers add it, so that none is early.
 */
#define FULLCONE_STAMP_UNIT	(HZ / 4)

/* Zones in which a packet's flow is looked for, where nothing tells the zone. */
#define FULLCONE_ZONES		16

/* Most pairs in a namespace, unless conntrack's limit is higher. */
#define FULLCONE_PAIRS_MAX	65536

#define FULLCONE_PORTS		65536

/* Ports that are counted together. The ports below 1024 are one group. A span has several. */
#define FULLCONE_PORT_GROUP	1024
#define FULLCONE_PORT_GROUPS	(FULLCONE_PORTS / FULLCONE_PORT_GROUP)
#define FULLCONE_PORT_SPAN	8192
#define FULLCONE_PORT_SPANS	(FULLCONE_PORTS / FULLCONE_PORT_SPAN)

enum fullcone_parity {
	FULLCONE_PARITY_EVEN,
	FULLCONE_PARITY_ODD,
	FULLCONE_PARITY_ANY,
};

/* Holds the longest reply: a profile with all lists full, IPv6 sources too. */
#define FULLCONE_MESSAGE_SIZE	8192

/* Mappings that a walk looks at under one RCU section. */
#define FULLCONE_BATCH		256

/* The protocols that have mappings, as indexes of port sets (K-13). */
enum fullcone_l4 {
	FULLCONE_L4_UDP,
	FULLCONE_L4_TCP,
	FULLCONE_L4_ICMP,
	FULLCONE_L4_COUNT
};

/* The families, as indexes. */
#define FULLCONE_FAMILIES	2

static inline int fullcone_family(u8 family)
{
	return family == NFPROTO_IPV6;
}

/* One side of a mapping (K-1, K-2). Hashed as bytes: no padding left unset. */
struct fullcone_endpoint {
	union nf_inet_addr addr;
	__be16 port;		/* or the identifier of an ICMP echo */
	u16 zone;
	u8 family;		/* NFPROTO_IPV4, NFPROTO_IPV6 */
	u8 proto;		/* IPPROTO_* */
	u16 pad;
};

/* Both are of one protocol and zone. */
static inline bool fullcone_endpoint_same(const struct fullcone_endpoint *a,
					  const struct fullcone_endpoint *b)
{
	return a->port == b->port && nf_inet_addr_cmp(&a->addr, &b->addr);
}

/* The other end of a session. */
struct fullcone_remote {
	union nf_inet_addr addr;
	__be16 port;		/* 0: ICMP */
};

static inline bool fullcone_proto_is_icmp(u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* Where a reply tuple has the port of the external endpoint; an echo identifier is in src. */
static inline __be16 *fullcone_reply_port(struct nf_conntrack_tuple *reply)
{
	return fullcone_proto_is_icmp(reply->dst.protonum) ? &reply->src.u.all : &reply->dst.u.all;
}

/* What finds the mapping of an outbound packet (K-1). */
struct fullcone_key {
	struct fullcone_endpoint ep;
	union nf_inet_addr remote_addr;	/* zero if the mapping is endpoint-independent */
	__be16 remote_port;
	u16 pad;
	u32 realm;		/* see fullcone_realm_is_pool() */
};

/* Completes the key of a mapping that depends on the remote. */
static inline void fullcone_key_depend(struct fullcone_key *key, enum fullcone_depend map,
				       const struct fullcone_remote *remote)
{
	if (map == FULLCONE_DEPEND_NONE)
		return;
	key->remote_addr = remote->addr;
	if (map == FULLCONE_DEPEND_ADDR_PORT)
		key->remote_port = remote->port;
}

/*
 * A realm is where external addresses come from (K-1): the index of the external
 * interface with masquerade, or a profile that has sources of its own.
 */
#define FULLCONE_REALM_POOL	BIT(31)

static inline bool fullcone_realm_is_pool(u32 realm)
{
	return realm & FULLCONE_REALM_POOL;
}

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
	u32 id;			/* counts up, and begins anew: the major cursor of walks */
	bool counted;		/* its namespace is not the initial one */
	u32 realm;		/* of an adopted flow that tells its interface, else 0 */
	struct list_head list;	/* fullcone_net.addr_list */
	/* Bits of FULLCONE_PORTS each, made when the protocol is first used. */
	unsigned long *used[FULLCONE_L4_COUNT];
	/* Hints: the owner was HELD when GC last saw it. */
	unsigned long *held[FULLCONE_L4_COUNT];
	/* How many ports have an owner, and how many owners are HELD. */
	atomic_t used_count[FULLCONE_L4_COUNT];
	atomic_t held_count[FULLCONE_L4_COUNT];
	/* The former by groups of even and odd ports: at no time more than there are bits. */
	atomic_t used_in[FULLCONE_L4_COUNT][FULLCONE_PORT_GROUPS][2];
	/* The same by spans, so that few counts tell how many ports are free. */
	atomic_t used_span[FULLCONE_L4_COUNT][FULLCONE_PORT_SPANS][2];
	struct rcu_head rcu;
};

/*
 * An internal host in a realm (RFC 6888: a subscriber): its external address, and how
 * many mappings it has. Mappings hold references.
 */
struct fullcone_host {
	struct rhash_head node;
	struct fullcone_host_key {
		union nf_inet_addr addr;
		u32 realm;
		u16 zone;
		u8 family;
		u8 subnet;		/* a /64 of hosts, not a host (V-6) */
	} key;
	refcount_t ref;			/* zero only under fullcone_net.host_lock */
	struct fullcone_host *subscriber; /* itself or, with a reference, its /64 */
	struct fullcone_profile *profile;	/* of its first mapping */
	atomic_t active[FULLCONE_L4_COUNT];	/* of a subscriber: mappings that are not HELD */
	atomic_t overflow;		/* mappings beyond its block */
	unsigned long flags;		/* FULLCONE_HOST_* */

	spinlock_t lock;		/* the rest */
	bool bound;			/* the host is paired with ext_addr */
	union nf_inet_addr ext_addr;	/* with masquerade, that of its first mapping */
	u64 rate_credit;		/* new mappings that it may have at once, times HZ */
	unsigned long rate_stamp;	/* jiffies up to which credit was given */
	struct rcu_head rcu;
};

/* Bits of fullcone_host.flags */
enum {
	FULLCONE_HOST_ANNOUNCED,	/* ext_addr is valid, and listeners know it */
};

/* Bits of fullcone_mapping.flags */
enum {
	FULLCONE_DEAD,		/* unpublished, or about to be; set under fullcone_net.lock */
	FULLCONE_SHORT,		/* every destination is in udp_short */
	FULLCONE_OFFLOADED,	/* a packet of it was seen with its flow in a flowtable */
	FULLCONE_HELD,		/* GC has seen it without flows after its timer */
	FULLCONE_STATIC,	/* open without traffic, for ever */
	FULLCONE_EXPLICIT,	/* open without traffic, until explicit_end */
	FULLCONE_ADOPTED,	/* has adopted flows, which do not hold it */
	FULLCONE_UNSEEN,	/* GC: a walk has found none of its adopted flows yet */
	FULLCONE_CLOSING,	/* TCP: an established session has left, see lifetime_tcp.c */
	FULLCONE_UNESTABLISHED,	/* GC: a walk has found no established session yet */
	FULLCONE_OVERFLOW,	/* its port is beyond the block of its host */
	FULLCONE_ANNOUNCED,	/* the event of its creation comes first, see mapping_announce() */
	FULLCONE_ZONE_DIR,	/* its zone is that of one direction only: nobody gets in (X-Z2) */
};

struct fullcone_mapping {
	union {
		struct nf_conn anchor;	/* first: ct->master of the flows; its count is ours */
		/*
		 * In the place of a tuple that a template has no use for: beside the cookie,
		 * so that a packet of an established flow reads one cache line of ours.
		 */
		struct {
			u8 before[offsetof(struct nf_conn,
					   tuplehash[IP_CT_DIR_REPLY].tuple)];
			unsigned long stamp;	/* jiffies of the last packet out, see STAMP_UNIT */
		};
	};
	unsigned long flags;
	u32 timeout;		/* jiffies, as the next; TCP: of established sessions */
	union {
		u32 short_timeout;	/* the timer with FULLCONE_SHORT, then without hold */
		u32 tcp_open;		/* of sessions: opening; below: closing, reset */
	};
	u32 tcp_close;
	u32 tcp_rst;
	u32 hold;
	u8 map;				/* enum fullcone_depend, as it was made */
	u8 filter;			/* the same */
	u8 end_reason;			/* enum fullcone_reason, once it is dead */
	struct fullcone_key key;
	struct fullcone_endpoint ext;
	struct rhash_head int_node;
	struct rhash_head ext_node;
	struct fullcone_addr *addr;
	struct fullcone_host *host;
	struct fullcone_profile *profile;
	u32 ifindex;			/* external interface of its first flow */
	u64 created;			/* jiffies */
	unsigned long closing_stamp;	/* FULLCONE_CLOSING: the stamp without established ones */
	unsigned long held_since;	/* valid with FULLCONE_HELD; GC only */
	unsigned long explicit_end;	/* valid with FULLCONE_EXPLICIT */
	unsigned long adopted_end;	/* FULLCONE_ADOPTED: flows without an anchor may live */
	struct nf_conn *prev;		/* the anchor of an earlier load, if old flows hold one */
	struct fullcone_history *filter_history;	/* NULL without a filter */
	struct fullcone_remotes __rcu *remotes;	/* counts while it is explicit; under lock */
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

/* Timeouts that flows may get, see session.c. */
enum fullcone_floor {
	FULLCONE_FLOOR_TCP,
	FULLCONE_FLOOR_ICMP,
	FULLCONE_FLOOR_ICMPV6,
	FULLCONE_FLOORS
};

struct fullcone_udp_short {
	__be16 port;
	u32 timeout;			/* jiffies */
};

/* External addresses that follow each other. */
struct fullcone_source {
	union nf_inet_addr first;
	u32 count;
	u8 family;
};

/* Ports, both ends included. */
struct fullcone_reserve {
	u16 first;
	u16 last;
};

/* How ports follow from internal addresses, see block.c; with 0 hosts, they do not. */
struct fullcone_blocks {
	u32 first_host;			/* host order */
	u32 hosts;
	u32 per_addr;			/* hosts that share an external address */
	u16 port_min;
	u16 port_max;
	u16 size;			/* ports of a host */
	u16 factor;
	u16 host_ports;
	u8 prefix_len;
};

struct fullcone_block {
	union nf_inet_addr addr;	/* external */
	u16 first;
	u16 last;
};

/* The settings of a profile. Replaced as a whole, read under RCU. */
struct fullcone_settings {
	u16 port_min;			/* both 0: by the class of the internal port */
	u16 port_max;
	u8 alloc;			/* enum fullcone_alloc */
	u8 paired;			/* enum fullcone_paired */
	u8 exhaust_icmp;		/* ICMP code, 0: none */
	bool parity;
	bool hairpin;
	bool local_check;
	bool log_dst;
	bool unsafe_timeouts;
	bool session_floors;
	bool ip6;
	bool syn_silent;
	u8 map[FULLCONE_L4_COUNT];	/* enum fullcone_depend */
	u8 filter[FULLCONE_L4_COUNT];	/* the same */
	u32 filter_max;
	u32 udp;			/* timers in seconds */
	u32 udp_hold;
	u32 tcp_open;
	u32 tcp_close;
	u32 tcp_rst;
	u32 tcp_est;
	u32 tcp_hold;
	u32 icmp;
	u32 label;
	u32 mark;
	u32 mark_mask;
	u32 host_max;
	u32 host_rate;
	u32 max_mappings;
	u32 in_max;
	u32 hold_max;
	u8 udp_shorts;
	u8 sources;
	u8 reserves;
	/* of IPv4 and of IPv6, see fullcone_family() */
	u32 host_limit[FULLCONE_FAMILIES]; /* of host_max and the ports there are */
	u32 source_addrs[FULLCONE_FAMILIES]; /* in all sources */
	struct fullcone_blocks blocks;
	struct nf_ct_timeout *floors[FULLCONE_FLOORS];	/* NULL where flows get none */
	unsigned long floors_at[FULLCONE_FLOORS];	/* jiffies: last filled, 0: never */
	u32 floor_tcp[TCP_CONNTRACK_TIMEOUT_MAX];	/* jiffies, by state of conntrack */
	unsigned long *reserved;	/* bits of the reserves, NULL if there are none */
	struct fullcone_udp_short udp_short[FULLCONE_UDP_SHORT_MAX];
	struct fullcone_source source[FULLCONE_SOURCE_MAX];
	struct fullcone_reserve reserve[FULLCONE_RESERVE_MAX];
	struct rcu_head rcu;
};

/* A named profile. Mappings hold references, so it may outlive its deletion. */
struct fullcone_profile {
	struct list_head list;		/* fullcone_net.profiles, in order of selection */
	struct fullcone_settings __rcu *settings;
	struct fullcone_stats __percpu *stats;
	u32 id;				/* part of a realm, never used again */
	char name[FULLCONE_NAME_SIZE];

	/* written with every mapping: not in the cache line that every new flow reads */
	refcount_t ref ____cacheline_aligned_in_smp; /* the list's, each mapping's and host's */
	atomic_t mappings;
	atomic_t hosts;
	unsigned long event_stamp[4];	/* jiffies of the last events that are rationed */
	struct rcu_head rcu;
};

/* Counters: the attribute numbers of the protocol are the indexes. */
#define FULLCONE_STAT_FIRST	FULLCONE_STATS_A_MAPPINGS_CREATED
#define FULLCONE_STAT_LAST	FULLCONE_STATS_A_SYN_SILENCED
#define FULLCONE_STAT_COUNT	(FULLCONE_STAT_LAST - FULLCONE_STAT_FIRST + 1)

struct fullcone_stats {
	u64 n[FULLCONE_STAT_COUNT];
};

/* What is counted for each protocol that has mappings (M-3). */
struct fullcone_proto {
	struct fullcone_stats __percpu *stats;
};

/* Where a walk of the external index is: address, protocol, port. */
struct fullcone_cursor {
	u32 addr_id;
	u16 l4;
	u32 port;
};

/* IPv6 addresses that have gone and whose interface is remembered, see notifier.c. */
#define FULLCONE_LOST6_MAX	16

/* IPv6 addresses that interfaces have lost. */
struct fullcone_lost6 {
	unsigned int count;
	struct {
		struct in6_addr addr;
		int ifindex;
	} at[FULLCONE_LOST6_MAX];
};

/* How many locks the making of mappings is spread over: two to this. */
#define FULLCONE_NAT_LOCKS_ORDER	6

/* What is called for packets, with the namespace's state as @priv. */
struct fullcone_hooks {
	struct nf_hook_ops nat[4];	/* lookup functions of nf_nat */
	struct nf_hook_ops packet[2];
};

struct fullcone_net {
	struct net *net;
	spinlock_t nat_locks[1 << FULLCONE_NAT_LOCKS_ORDER];	/* see nat_make() */
	struct rhashtable int_table;
	struct rhashtable ext_table;
	struct rhashtable addr_table;
	spinlock_t addr_lock;		/* changes of addr_table and addr_list */
	struct list_head addr_list;
	struct xarray addr_ids;		/* by id, for walks */
	u32 addr_next_id;		/* under addr_lock */
	atomic_t addrs;
	int addr_max;			/* addresses here, and over all namespaces but the first */
	int addr_total_max;
	u16 zones[FULLCONE_ZONES];	/* of external addresses so far, but for 0 */
	u32 zone_count;
	atomic_t mappings;
	struct rhashtable host_table;
	spinlock_t host_lock;		/* changes of host_table */
	atomic_t hosts;
	struct list_head profiles;	/* written under mutex, read under RCU */
	struct fullcone_profile *default_profile;	/* always the last one */
	atomic_t profile_count;		/* those deleted but in use included */
	u32 profile_last_id;		/* under mutex */
	u32 profile_changes;		/* the same; never 0, so that a dump can tell */
	unsigned long threshold;	/* bit 0: its event has been sent */
	struct xarray ifaces;		/* by ifindex: FULLCONE_IFACE_* */
	u32 iface_last;			/* the pair of interfaces that was learnt last */
	struct fullcone_stats __percpu *stats;
	struct fullcone_proto protos[FULLCONE_L4_COUNT];

	spinlock_t lock;		/* death of mappings, dying */
	struct list_head dying;		/* unpublished mappings for the reaper */
	struct work_struct reaper;

	spinlock_t pair_lock;		/* pairs */
	struct list_head pairs;
	atomic_t pair_count;
	struct work_struct pair_reaper;
	atomic_t adopted;		/* mappings with FULLCONE_ADOPTED */
	u32 left_out;			/* by the last adoption; written under mutex */

	unsigned long expects_at;	/* jiffies of the last look, see clash_expects() */
	bool expects;
	atomic_t map_depends;		/* published mappings that depend on the remote */

	struct rhashtable filter_histories;
	struct rhashtable filter_entries;
	u32 filter_max;			/* entries here, and over all namespaces */
	u32 filter_total_max;
	spinlock_t filter_lock;		/* changes of filter_histories, and filter_dying */
	struct list_head filter_dying;	/* histories for filter_reaper */
	struct work_struct filter_reaper;

	struct delayed_work gc;
	struct fullcone_cursor gc_cursor;	/* gc only */
	bool gc_want_restamp;			/* gc only */
	unsigned long gc_last_restamp;		/* gc only */
	u32 gc_drains;				/* gc only: mappings in DRAIN seen in this turn */
	unsigned long gc_last_sweep;		/* gc only */

	struct work_struct addr6_gone;	/* see fullcone_notifier_work6() */
	spinlock_t lost6_lock;
	struct fullcone_lost6 lost6;	/* under lost6_lock */
	struct mutex walk_mutex;	/* see notifier_gone() */
	struct mutex mutex;		/* active, and writing profiles */
	bool active;
	bool active6;			/* for IPv6 as well */
	bool labels;			/* new conntracks have room for them, by our wish */
	struct fullcone_hooks hooks;	/* while active */
	struct fullcone_hooks hooks6;	/* while active6 */
	struct nf_hook_ops hook_pool[FULLCONE_FAMILIES];	/* once there have been pools */
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
#define FULLCONE_COOKIE_PAIR		2	/* differs from a mapping's in this bit */
#define FULLCONE_COOKIE_FILTERED	4	/* of a mapping: it has a filter_history */

static __always_inline unsigned long fullcone_cookie_of(const struct nf_conn *ct)
{
	return (unsigned long)ct->tuplehash[IP_CT_DIR_REPLY].hnnode.pprev;
}

static __always_inline struct fullcone_mapping *fullcone_mapping_of(struct nf_conn *master)
{
	if (!master || (fullcone_cookie_of(master) & ~FULLCONE_COOKIE_FILTERED) != fullcone_cookie)
		return NULL;
	return container_of(master, struct fullcone_mapping, anchor);
}

/* Are packets that leave noted in a filter_history? */
static __always_inline bool fullcone_mapping_is_filtered(const struct fullcone_mapping *m)
{
	return fullcone_cookie_of(&m->anchor) & FULLCONE_COOKIE_FILTERED;
}

static __always_inline struct fullcone_pair *fullcone_pair_of(struct nf_conn *master)
{
	if (!master || fullcone_cookie_of(master) != (fullcone_cookie ^ FULLCONE_COOKIE_PAIR))
		return NULL;
	return container_of(master, struct fullcone_pair, anchor);
}

/* Counters of a namespace, of a profile or of a protocol. Any context. */
#define fullcone_stat_inc(of, name) \
	this_cpu_inc((of)->stats->n[FULLCONE_STATS_A_##name - FULLCONE_STAT_FIRST])

/* Where a label is in conntrack's bitmap: nft writes all of it as one number of the machine's. */
static __always_inline unsigned int fullcone_label_bit(u32 label)
{
	return IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? label ^ (128 - BITS_PER_LONG) : label;
}

static inline enum fullcone_l4 fullcone_l4_of(u8 proto)
{
	switch (proto) {
	case IPPROTO_UDP:
		return FULLCONE_L4_UDP;
	case IPPROTO_TCP:
		return FULLCONE_L4_TCP;
	default:
		return FULLCONE_L4_ICMP;
	}
}

static inline struct fullcone_proto *fullcone_proto_of(struct fullcone_net *fn, u8 proto)
{
	return &fn->protos[fullcone_l4_of(proto)];
}

/*
 * Packet path: softirq, RCU held.
 */

/* nat.c */
bool fullcone_nat_has_mapping(const struct nf_conntrack_tuple *t);
bool fullcone_nat_link_local(const struct nf_conntrack_tuple *t);
unsigned int fullcone_nat_bind_dst(struct nf_conn *ct, const struct fullcone_settings *s,
				   const struct fullcone_endpoint *to);
unsigned int fullcone_nat_bind_src(struct fullcone_net *fn, struct nf_conn *ct,
				   const struct fullcone_settings *s,
				   const struct fullcone_endpoint *to, int ifindex);
unsigned int fullcone_nat_bind_addr(struct nf_conn *ct, const union nf_inet_addr *addr);
unsigned int fullcone_nat_keep_source(struct nf_conn *ct);

/* The flow holds the mapping from here on, until the core destroys it. */
static inline void fullcone_nat_join(struct nf_conn *ct, struct fullcone_mapping *m)
{
	ct->master = &m->anchor;
}

/* nat_out.c, nat_in.c */
unsigned int fullcone_nat_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
unsigned int fullcone_nat_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
unsigned int fullcone_nat_in_source(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state);
unsigned int fullcone_nat_silent(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);

/* early.c */
bool fullcone_early_invalid(struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int fullcone_early_pool(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);
unsigned int fullcone_early_packet(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state);

/* lifetime.c */
unsigned int fullcone_lifetime_packet(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state);
/* gc.c */
void fullcone_gc_kick(struct fullcone_net *fn);

/* lifetime_tcp.c */
void fullcone_lifetime_init(struct fullcone_mapping *m, const struct fullcone_settings *s,
			    const struct nf_conn *ct);
bool fullcone_lifetime_begun_inside(const struct nf_conn *ct, unsigned long status,
				    const struct fullcone_mapping *m);
void fullcone_lifetime_adopt(struct fullcone_mapping *m, const struct nf_conn *ct);
const struct tcphdr *fullcone_tcp_header(const struct sk_buff *skb, u8 family,
					 struct tcphdr *buf, unsigned int *offset);
void fullcone_lifetime_tcp(struct fullcone_mapping *m, struct nf_conn *ct,
			   enum ip_conntrack_info ctinfo, const struct sk_buff *skb,
			   bool outbound);

/* session.c */
bool fullcone_session_attach(struct nf_conn *ct, struct fullcone_settings *s);
size_t fullcone_session_room(u8 proto);

/* anchor.c */
void fullcone_anchor_mark(struct nf_conn *anchor, unsigned long bit);
void *fullcone_anchor_alloc(size_t size, struct net *net, const struct nf_conntrack_zone *zone,
			    const struct nf_conntrack_tuple *tuple, unsigned long cookie);

/* Why there can be no mapping, see refuse.c. */
enum fullcone_refusal {
	FULLCONE_REFUSED_NOMEM,
	FULLCONE_REFUSED_NO_ADDRESS,	/* the interface or the profile has none */
	FULLCONE_REFUSED_NO_PORT,	/* the host's external address has none left */
	FULLCONE_REFUSED_EXHAUSTED,	/* nor has any other of the profile's */
	FULLCONE_REFUSED_TAKEN,		/* the one port that was asked for */
	FULLCONE_REFUSED_HOST_MAX,
	FULLCONE_REFUSED_HOST_RATE,
	FULLCONE_REFUSED_MAX_MAPPINGS,
	FULLCONE_REFUSED_COUNT
};

/* How much req->ext_port matters. */
enum fullcone_want {
	FULLCONE_WANT_ANY,		/* choose one */
	FULLCONE_WANT_PREFER,		/* that one if it is usable */
	FULLCONE_WANT_EXACT,		/* that one if it is usable, or none */
	FULLCONE_WANT_ADOPT,		/* that one, a flow has it already: no limits */
};

/* Who asks for a mapping, and for what. */
struct fullcone_request {
	struct fullcone_profile *profile;
	const struct fullcone_settings *settings;
	struct fullcone_key key;
	struct nf_conntrack_zone zone;
	struct nf_conn *ct;		/* the flow that asks, or NULL */
	__be16 dst_port;		/* where it goes to, 0: nowhere */
	union nf_inet_addr ext_addr;	/* given with masquerade, else maybe */
	__be16 ext_port;
	bool addr_given;		/* in a pool: ext_addr and no other */
	bool renew_only;		/* ext_addr is only that of a mapping there is (K-8) */
	bool replaces;			/* one of the host's has made way: no more than before */
	bool free_only;			/* leave the reuse hold alone (G-8) */
	bool explicit;			/* open without traffic ... */
	u32 lifetime;			/* ... for as many jiffies, 0: for ever */
	struct fullcone_remotes *remotes;	/* ... to these; NULL: nothing is said */
	bool parity_given;		/* the external port shall be ... */
	bool odd;
	enum fullcone_want want;
	enum fullcone_depend map;
	u16 ext_zone;
	int ifindex;			/* of the external interface */
	/* The reply tuple that the flow will want, without the external endpoint. */
	struct nf_conntrack_tuple reply;
	enum fullcone_refusal refusal;	/* on failure */
};

/* mapping.c */
struct fullcone_mapping *fullcone_mapping_create(struct fullcone_net *fn,
						 struct fullcone_request *req);
int fullcone_mapping_place(struct fullcone_net *fn, struct fullcone_mapping *m,
			   struct fullcone_request *req);
unsigned int fullcone_memory_bound(unsigned int n, size_t bytes);
unsigned int fullcone_mapping_bound(unsigned int n);
void fullcone_mapping_init(void);
void fullcone_mapping_uncount(struct fullcone_net *fn, struct fullcone_profile *p);
bool fullcone_mapping_get(struct fullcone_mapping *m);
void fullcone_mapping_destination(struct fullcone_mapping *m, __be16 port);
bool fullcone_mapping_is_explicit(const struct fullcone_mapping *m, unsigned long now);
bool fullcone_mapping_in_use(const struct fullcone_mapping *m, unsigned long now);

/* mapping_end.c */
void fullcone_mapping_discard(struct fullcone_net *fn, struct fullcone_mapping *m);
bool fullcone_mapping_reclaim(struct fullcone_net *fn, struct fullcone_mapping *m,
			      enum fullcone_reason reason);
bool fullcone_mapping_make_way(struct fullcone_net *fn, struct fullcone_mapping *m);
void fullcone_mapping_hint_held(struct fullcone_net *fn, struct fullcone_mapping *m, bool held);

/* refuse.c */
void fullcone_refuse(struct fullcone_net *fn, const struct fullcone_request *req,
		     struct sk_buff *skb);

/* host.c */
struct fullcone_host *fullcone_host_get(struct fullcone_net *fn,
					const struct fullcone_request *req);
bool fullcone_host_address(struct fullcone_net *fn, struct fullcone_request *req);
struct fullcone_profile *fullcone_host_profile(struct fullcone_net *fn,
					       const struct fullcone_key *k);
void fullcone_host_move(struct fullcone_net *fn, struct fullcone_host *host,
			const union nf_inet_addr *ext);
void fullcone_host_put(struct fullcone_net *fn, struct fullcone_host *host);
bool fullcone_host_admit(struct fullcone_host *host, struct fullcone_request *req);
void fullcone_host_return(struct fullcone_host *host, const struct fullcone_request *req);

/* pool.c */
int fullcone_pool_place(struct fullcone_net *fn, struct fullcone_mapping *m,
			struct fullcone_request *req);
bool fullcone_pool_address(struct fullcone_net *fn, struct fullcone_request *req);
__be32 fullcone_pool_addr(const struct fullcone_settings *s, u32 n);
bool fullcone_pool_index(const struct fullcone_settings *s, __be32 addr, u32 *n);
bool fullcone_pool_any(struct fullcone_net *fn, u8 family, const union nf_inet_addr *addr);
bool fullcone_pool_has(const struct fullcone_settings *s, u8 family,
		       const union nf_inet_addr *addr);
u64 fullcone_pool_distance(u8 family, const union nf_inet_addr *from,
			   const union nf_inet_addr *to);
void fullcone_pool_nth(const struct fullcone_source *source, u32 n, union nf_inet_addr *addr);

/* block.c */
/* Are the ports of the sources divided among hosts of this family? */
static inline bool fullcone_block_applies(const struct fullcone_request *req)
{
	return req->settings->blocks.hosts && req->key.ep.family == NFPROTO_IPV4 &&
	       fullcone_realm_is_pool(req->key.realm);
}

bool fullcone_block_of(const struct fullcone_settings *s, u8 family,
		       const union nf_inet_addr *inside, struct fullcone_block *block);
bool fullcone_block_elsewhere(const struct fullcone_request *req);
bool fullcone_block_dynamic(const struct fullcone_settings *s, struct fullcone_block *block);
bool fullcone_block_owner(const struct fullcone_settings *s, __be32 addr, u16 port,
			  union nf_inet_addr *inside);
void fullcone_block_placed(struct fullcone_net *fn, struct fullcone_mapping *m,
			   const struct fullcone_settings *s);
void fullcone_block_released(struct fullcone_net *fn, struct fullcone_mapping *m);

/* masquerade.c */
__be32 fullcone_masquerade_next_hop(const struct net_device *dev);
bool fullcone_masquerade_addr4(struct fullcone_request *req, const struct net_device *dev,
			       __be32 towards);
bool fullcone_masquerade_addr6(struct fullcone_net *fn, struct fullcone_request *req,
			       const struct net_device *dev, const struct in6_addr *towards);

/* event.c */
void fullcone_event_mapping(struct fullcone_net *fn, const struct fullcone_mapping *m,
			    enum fullcone_event type, enum fullcone_reason reason,
			    const struct fullcone_request *req);
void fullcone_event_host(struct fullcone_net *fn, const struct fullcone_host *host,
			 const union nf_inet_addr *ext, enum fullcone_event type);
void fullcone_event_refusal(struct fullcone_net *fn, const struct fullcone_request *req,
			    enum fullcone_event type, enum fullcone_reason reason);
void fullcone_event_threshold(struct fullcone_net *fn, struct fullcone_profile *p);

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
extern const struct rhashtable_params fullcone_ext_params;
void fullcone_table_remove(struct fullcone_net *fn, struct fullcone_mapping *m);

/* addr.c */
struct fullcone_addr *fullcone_addr_get(struct fullcone_net *fn,
					const union nf_inet_addr *addr, u8 family, u16 zone);
struct fullcone_addr *fullcone_addr_find(struct fullcone_net *fn, const union nf_inet_addr *addr,
					 u8 family, u16 zone);
bool fullcone_addr_has_tcp(struct fullcone_net *fn, const struct nf_conn *ct);
bool fullcone_addr_known(struct fullcone_net *fn, const union nf_inet_addr *addr);
bool fullcone_addr_full(const struct fullcone_net *fn);
struct fullcone_addr *fullcone_addr_next(struct fullcone_net *fn, u32 id);
void fullcone_addr_put(struct fullcone_addr *a);
bool fullcone_addr_maybe(const struct fullcone_net *fn, const union nf_inet_addr *addr);
unsigned long *fullcone_addr_ports(struct fullcone_addr *a, enum fullcone_l4 l4);

static inline atomic_t *fullcone_host_active(const struct fullcone_host *host, u8 proto)
{
	return &host->subscriber->active[fullcone_l4_of(proto)];
}

/* filter.c */
int fullcone_filter_attach(struct fullcone_net *fn, struct fullcone_mapping *m);
bool fullcone_filter_note(struct fullcone_net *fn, struct fullcone_mapping *m,
			  const union nf_inet_addr *remote, __be16 port);
void fullcone_filter_packet(struct fullcone_mapping *m, const struct nf_conn *ct,
			    enum ip_conntrack_dir dir);
bool fullcone_filter_pass(struct fullcone_net *fn, const struct fullcone_mapping *m,
			  const union nf_inet_addr *remote, __be16 port);

/* Notes that a packet of the mapping goes there. False: no memory for that. */
static inline bool fullcone_filter_sent(struct fullcone_net *fn, struct fullcone_mapping *m,
					const union nf_inet_addr *remote, __be16 port)
{
	return likely(!m->filter_history) || fullcone_filter_note(fn, m, remote, port);
}

static inline bool fullcone_filter_refuses(struct fullcone_net *fn,
					   const struct fullcone_mapping *m,
					   const union nf_inet_addr *remote, __be16 port)
{
	return unlikely(m->filter_history || rcu_access_pointer(m->remotes)) &&
	       !fullcone_filter_pass(fn, m, remote, port);
}

/* remotes.c */
struct fullcone_remotes *fullcone_remotes_get(struct fullcone_remotes *r);
void fullcone_remotes_put(struct fullcone_remotes *r);
bool fullcone_remotes_match(const struct fullcone_remotes *r, const union nf_inet_addr *addr,
			    __be16 port);
bool fullcone_prefix_match(const union nf_inet_addr *a, const union nf_inet_addr *b, u8 len);

/* port.c */
int fullcone_port_choose(struct fullcone_net *fn, struct fullcone_addr *a,
			 struct fullcone_request *req, __be16 *port);
void fullcone_port_release(struct fullcone_addr *a, u8 proto, __be16 port);
bool fullcone_port_none(struct fullcone_net *fn, struct fullcone_request *req);
bool fullcone_port_owed(struct fullcone_net *fn, struct fullcone_request *req);

/* clash.c */
bool fullcone_clash_certain(struct nf_conn *ct, const struct nf_conntrack_tuple *reply,
			    int ifindex);
bool fullcone_clash_resolve(struct fullcone_net *fn, struct nf_conn *ct,
			    const struct nf_conntrack_tuple *reply, int ifindex);
bool fullcone_clash_expected(struct fullcone_net *fn, const struct fullcone_endpoint *ext,
			     const struct fullcone_endpoint *in);

/* local.c */
bool fullcone_local_socket(struct net *net, const struct nf_conntrack_tuple *in, int ifindex);
bool fullcone_local_packet(const struct sk_buff *skb, const struct nf_hook_state *state);
bool fullcone_local_address(struct net *net, u8 family, const union nf_inet_addr *addr,
			    int ifindex);
struct net_device *fullcone_local_device(struct net *net, u8 family,
					 const union nf_inet_addr *addr);

/* adopt.c: flows that conntrack had before, and that hold no mapping of ours */
extern atomic_t fullcone_adopted;	/* mappings that have such flows, in all namespaces */
struct fullcone_mapping *fullcone_adopt_find(struct fullcone_net *fn, const struct nf_conn *ct,
					     enum nf_nat_manip_type side);
bool fullcone_adopt_ends(const struct nf_conn *ct, enum nf_nat_manip_type side,
			 struct fullcone_endpoint *in, struct fullcone_endpoint *ext);
void fullcone_adopt_packet(struct fullcone_mapping *m, const struct nf_conn *ct);
void fullcone_adopt_done(struct fullcone_net *fn, struct fullcone_mapping *m);
bool fullcone_adopt_due(const struct fullcone_net *fn, const struct fullcone_mapping *m,
			unsigned long now);
void fullcone_adopt_unseen(struct fullcone_net *fn, struct fullcone_mapping *m);
void fullcone_adopt_expire(struct fullcone_net *fn, struct fullcone_mapping *m,
			   unsigned long now);

/* pair.c */
struct fullcone_pair *fullcone_pair_create(struct fullcone_net *fn, struct nf_conn *ct,
					   struct fullcone_mapping *dst);
void fullcone_pair_source(struct fullcone_pair *pair, struct fullcone_mapping *src);

/* iface.c */
void fullcone_iface_learn(struct fullcone_net *fn, struct sk_buff *skb,
			  const struct nf_hook_state *state);
int fullcone_iface_in(struct sk_buff *skb, const struct nf_hook_state *state);
bool fullcone_iface_internal(struct fullcone_net *fn, int ifindex);
int fullcone_iface_towards(struct net *net, u8 family, const union nf_inet_addr *addr, bool inside,
			   int vrf);
void fullcone_iface_expect(struct fullcone_net *fn, const struct fullcone_endpoint *in,
			   int ifindex, const union nf_inet_addr *outside, bool asked);

/* profile.c */
struct fullcone_profile *fullcone_profile_select(struct fullcone_net *fn,
						 const struct nf_conn *ct);

static inline void fullcone_profile_get(struct fullcone_profile *p)
{
	refcount_inc(&p->ref);
}

void fullcone_profile_put(struct fullcone_net *fn, struct fullcone_profile *p);

/*
 * The realm of flows that this profile selects and that leave through an interface. A
 * family without sources is masqueraded.
 */
static inline u32 fullcone_profile_realm(const struct fullcone_profile *p,
					 const struct fullcone_settings *s, u8 family,
					 int ifindex)
{
	return s->source_addrs[fullcone_family(family)] ? FULLCONE_REALM_POOL | p->id : ifindex;
}

/* settings_timers.c */
u32 fullcone_settings_udp_short(const struct fullcone_settings *s, __be16 port);

/*
 * Any context, RCU held or a reference on the mapping.
 */

/* mapping.c */
u8 fullcone_mapping_state(const struct fullcone_mapping *m, unsigned long now);

/* The timer in jiffies. */
static inline u32 fullcone_mapping_timeout(const struct fullcone_mapping *m)
{
	return test_bit(FULLCONE_SHORT, &m->flags) ? READ_ONCE(m->short_timeout) :
						     READ_ONCE(m->timeout);
}

static inline unsigned long fullcone_mapping_deadline(const struct fullcone_mapping *m)
{
	return READ_ONCE(m->stamp) + fullcone_mapping_timeout(m) + FULLCONE_STAMP_UNIT;
}

/* How long its port is kept from others after its last session, in jiffies. */
static inline u32 fullcone_mapping_hold(const struct fullcone_mapping *m)
{
	return test_bit(FULLCONE_SHORT, &m->flags) ? 0 : m->hold;
}

/* Flows that hold it, those that hold the anchor of an earlier load included. */
static inline u32 fullcone_mapping_sessions(const struct fullcone_mapping *m)
{
	unsigned int refs = fullcone_compat_ct_refs(&m->anchor);
	const struct nf_conn *prev = READ_ONCE(m->prev);
	unsigned int sessions = refs ? refs - 1 : 0;

	/* a dead mapping releases it a grace period later */
	if (unlikely(prev) && !test_bit(FULLCONE_DEAD, &m->flags))
		sessions += fullcone_compat_ct_refs(prev) - 1;
	return sessions;
}

/*
 * Process context, may sleep.
 */

/* activate.c */
int fullcone_activate(struct fullcone_net *fn);
int fullcone_activate_locked(struct fullcone_net *fn, struct netlink_ext_ack *extack);
int fullcone_activate_labels(struct fullcone_net *fn, bool wanted, struct netlink_ext_ack *extack);
int fullcone_activate_ip6(struct fullcone_net *fn, struct netlink_ext_ack *extack);
int fullcone_activate_pool(struct fullcone_net *fn, const struct fullcone_settings *s,
			   struct netlink_ext_ack *extack);
void fullcone_activate_undo(struct fullcone_net *fn, bool active, bool active6);
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

/* mapping_end.c */
bool fullcone_mapping_end(struct fullcone_net *fn, struct fullcone_mapping *m,
			  enum fullcone_reason reason);
void fullcone_mapping_reap(struct fullcone_net *fn);
void fullcone_mapping_reap_work(struct work_struct *work);

/* host.c */
int fullcone_host_init(struct fullcone_net *fn);
void fullcone_host_exit(struct fullcone_net *fn);

/* filter.c */
void fullcone_filter_detach(struct fullcone_net *fn, struct fullcone_mapping *m);
void fullcone_filter_gc(struct fullcone_net *fn, struct fullcone_mapping *m);
int fullcone_filter_init(struct fullcone_net *fn);
void fullcone_filter_exit(struct fullcone_net *fn);

/* remotes.c */
struct fullcone_remotes *fullcone_remotes_parse(const struct nlattr *list, u8 family,
						struct netlink_ext_ack *extack);
int fullcone_remotes_fill(struct sk_buff *skb, const struct fullcone_remotes *r);

/* explicit.c */
int fullcone_explicit_check(struct fullcone_net *fn, struct fullcone_request *req,
			    struct netlink_ext_ack *extack);
struct fullcone_mapping *fullcone_explicit_add(struct fullcone_net *fn,
					       struct fullcone_request *req, u32 lifetime,
					       struct netlink_ext_ack *extack);
int fullcone_explicit_del(struct fullcone_net *fn, struct fullcone_mapping *m);
void fullcone_explicit_drained(struct fullcone_net *fn, struct fullcone_mapping *m);

/* adopt.c */
u32 fullcone_adopt(struct fullcone_net *fn);
void fullcone_adopt_undo(struct fullcone_net *fn, u8 family);

/* gc.c */
void fullcone_gc_work(struct work_struct *work);

/* walker.c */
void fullcone_walker_kill_dead(struct fullcone_net *fn, struct list_head *dying);
void fullcone_walker_restamp(struct fullcone_net *fn);
void fullcone_walker_expired(struct fullcone_net *fn);
void fullcone_walker_kill_unanswered(struct fullcone_net *fn, struct fullcone_mapping *m);
void fullcone_walker_unmark(struct fullcone_net *fn, u8 family);

/* pair.c */
bool fullcone_pair_gc(struct fullcone_net *fn);
void fullcone_pair_reap_work(struct work_struct *work);
void fullcone_pair_exit(struct fullcone_net *fn);

/* iface.c */
bool fullcone_iface_leaves(struct fullcone_net *fn, const struct net_device *dev);
void fullcone_iface_forget(struct fullcone_net *fn, int ifindex);

/* profile.c: all but init and exit with fullcone_net.mutex held */
int fullcone_profile_init(struct fullcone_net *fn);
void fullcone_profile_exit(struct fullcone_net *fn);
struct fullcone_profile *fullcone_profile_find(struct fullcone_net *fn, const char *name);
bool fullcone_profile_has_label(struct fullcone_net *fn);
int fullcone_profile_set(struct fullcone_net *fn, const char *name, struct nlattr **tb,
			 struct netlink_ext_ack *extack);
int fullcone_profile_del(struct fullcone_net *fn, const char *name,
			 struct netlink_ext_ack *extack);

static inline struct fullcone_settings *
fullcone_profile_settings(const struct fullcone_net *fn, const struct fullcone_profile *p)
{
	return rcu_dereference_protected(p->settings, lockdep_is_held(&fn->mutex));
}

/* settings.c */
struct fullcone_settings *fullcone_settings_default(void);
struct fullcone_settings *fullcone_settings_change(const struct fullcone_settings *old,
						   struct nlattr **tb,
						   struct netlink_ext_ack *extack);
void fullcone_settings_free(struct fullcone_settings *s);
void fullcone_settings_free_rcu(struct fullcone_settings *s);
extern const struct nla_policy fullcone_profile_policy[FULLCONE_PROFILE_A_MAX + 1];
/* session.c */
int fullcone_session_init(struct fullcone_settings *s);
void fullcone_session_exit(struct fullcone_settings *s);
/* settings_timers.c */
int fullcone_settings_timers(struct fullcone_settings *s, struct nlattr **tb,
			     struct netlink_ext_ack *extack);
/* settings_list.c */
int fullcone_settings_udp_shorts(struct fullcone_settings *s, const struct nlattr *list,
				 struct netlink_ext_ack *extack);
int fullcone_settings_source(struct fullcone_settings *s, struct nlattr **tb,
			     struct netlink_ext_ack *extack);
int fullcone_settings_reserve(struct fullcone_settings *s, struct nlattr **tb,
			      struct netlink_ext_ack *extack);
/* block.c */
int fullcone_settings_blocks(struct fullcone_settings *s, struct nlattr **tb,
			     struct netlink_ext_ack *extack);
int fullcone_block_fill_settings(struct sk_buff *skb, const struct fullcone_settings *s);
/* settings_fill.c */
int fullcone_settings_fill(struct sk_buff *skb, const char *name,
			   const struct fullcone_settings *s);

/* stats.c */
int fullcone_stats_init(struct fullcone_net *fn);
void fullcone_stats_exit(struct fullcone_net *fn);
int fullcone_stats_fill(struct fullcone_net *fn, struct sk_buff *skb);
int fullcone_stats_fill_profile(struct fullcone_net *fn, const struct fullcone_profile *p,
				struct sk_buff *skb);
int fullcone_stats_fill_proto(struct fullcone_net *fn, enum fullcone_l4 l4, struct sk_buff *skb);

/* netlink.c */
extern struct genl_family fullcone_genl_family;
bool fullcone_netlink_listeners(const struct fullcone_net *fn);
int fullcone_netlink_init(void);
void fullcone_netlink_exit(void);

/* netlink_mapping.c, netlink_profile.c: handlers */
int fullcone_mapping_get_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_mapping_flush_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_mapping_add_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_mapping_del_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_adopt_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_profile_get_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_profile_dump_start(struct netlink_callback *cb);
int fullcone_profile_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int fullcone_profile_set_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_profile_del_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_block_get_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int fullcone_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
struct sk_buff *fullcone_reply_new(struct genl_info *info, u8 cmd, void **hdr);
int fullcone_reply_send(struct sk_buff *skb, struct genl_info *info, void *hdr, int err);

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
int fullcone_mapping_fill_name(struct sk_buff *skb, const struct fullcone_mapping *m);
int fullcone_dump_start(struct netlink_callback *cb);
int fullcone_dump(struct sk_buff *skb, struct netlink_callback *cb);
int fullcone_dump_done(struct netlink_callback *cb);

/* notifier.c */
void fullcone_notifier_work6(struct work_struct *work);
int fullcone_notifier_init(void);
void fullcone_notifier_exit(void);

/* selftest.c: at load, if asked for */
int fullcone_selftest(void);

#endif /* _FULLCONE_H */
