/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows that kernels differ. FULLCONE_HAVE_* come from the
 * probes beside this file; the rest of the module sees one interface. A block
 * goes when the floor of supported kernels (5.10) passes the release it names.
 */
#ifndef _FULLCONE_COMPAT_H
#define _FULLCONE_COMPAT_H

#include <net/genetlink.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>
#include <net/udp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>

/*
 * May a UDP socket, of either family, have this port? Sockets are counted by the hash of
 * their port: one of another port may be counted, too.
 */
static inline bool fullcone_compat_udp_maybe(struct net *net, __be16 port)
{
#ifdef FULLCONE_HAVE_NET_UDP_TABLE
	struct udp_table *table = net->ipv4.udp_table;
#else						/* < 6.2 */
	struct udp_table *table = &udp_table;
#endif

	return READ_ONCE(udp_hashslot(table, net, ntohs(port))->count);
}

/* The same for TCP: whoever listens has bound a port, and what is bound is hashed by it. */
static inline bool fullcone_compat_tcp_maybe(struct net *net, __be16 port)
{
#if !defined(FULLCONE_HAVE_TCP_LOOKUP_TABLE) || defined(FULLCONE_HAVE_NET_TCP_TABLE)
	const struct inet_hashinfo *table = net->ipv4.tcp_death_row.hashinfo;
#else						/* 5.18 to 6.0 */
	const struct inet_hashinfo *table = &tcp_hashinfo;
#endif
	u32 slot = inet_bhashfn(net, ntohs(port), table->bhash_size);

	return !hlist_empty(&table->bhash[slot].chain);
}

/* A socket that would get this datagram. RCU held; takes no reference. */
static inline struct sock *fullcone_compat_udp4_lookup(struct net *net,
						       const struct nf_conntrack_tuple *in,
						       int dif, int sdif)
{
	__be32 saddr = in->src.u3.ip, daddr = in->dst.u3.ip;
	__be16 sport = in->src.u.udp.port, dport = in->dst.u.udp.port;

#if defined(FULLCONE_HAVE_NET_UDP_TABLE) && defined(FULLCONE_HAVE_UDP_LOOKUP_TABLE)
	return __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif, net->ipv4.udp_table,
				 NULL);
#elif defined(FULLCONE_HAVE_UDP_LOOKUP_TABLE)	/* < 6.2 */
	return __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif, &udp_table, NULL);
#else						/* the table is no longer an argument */
	return __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif, NULL);
#endif
}

/* The same for a socket that listens for this SYN. */
static inline struct sock *fullcone_compat_tcp4_listener(struct net *net,
							 const struct nf_conntrack_tuple *in,
							 int dif, int sdif)
{
	__be32 saddr = in->src.u3.ip, daddr = in->dst.u3.ip;
	__be16 sport = in->src.u.tcp.port;
	u16 dport = ntohs(in->dst.u.tcp.port);

#if !defined(FULLCONE_HAVE_TCP_LOOKUP_TABLE)	/* the table is no longer an argument */
	return __inet_lookup_listener(net, NULL, 0, saddr, sport, daddr, dport, dif, sdif);
#elif defined(FULLCONE_HAVE_NET_TCP_TABLE)
	return __inet_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo, NULL, 0, saddr, sport,
				      daddr, dport, dif, sdif);
#else						/* a pointer leads to it: 5.18 to 6.0 */
	return __inet_lookup_listener(net, &tcp_hashinfo, NULL, 0, saddr, sport, daddr, dport, dif,
				      sdif);
#endif
}

/* Both in IPv6; the tables are the same, and were dropped together with those above. */
#if IS_ENABLED(CONFIG_IPV6)
static inline struct sock *fullcone_compat_udp6_lookup(struct net *net,
						       const struct nf_conntrack_tuple *in,
						       int dif, int sdif)
{
	const struct in6_addr *saddr = &in->src.u3.in6, *daddr = &in->dst.u3.in6;
	__be16 sport = in->src.u.udp.port, dport = in->dst.u.udp.port;

#if defined(FULLCONE_HAVE_NET_UDP_TABLE) && defined(FULLCONE_HAVE_UDP_LOOKUP_TABLE)
	return __udp6_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif, net->ipv4.udp_table,
				 NULL);
#elif defined(FULLCONE_HAVE_UDP_LOOKUP_TABLE)	/* < 6.2 */
	return __udp6_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif, &udp_table, NULL);
#else
	return __udp6_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif, NULL);
#endif
}

static inline struct sock *fullcone_compat_tcp6_listener(struct net *net,
							 const struct nf_conntrack_tuple *in,
							 int dif, int sdif)
{
	const struct in6_addr *saddr = &in->src.u3.in6, *daddr = &in->dst.u3.in6;
	__be16 sport = in->src.u.tcp.port;
	u16 dport = ntohs(in->dst.u.tcp.port);

#if !defined(FULLCONE_HAVE_TCP_LOOKUP_TABLE)
	return inet6_lookup_listener(net, NULL, 0, saddr, sport, daddr, dport, dif, sdif);
#elif defined(FULLCONE_HAVE_NET_TCP_TABLE)
	return inet6_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo, NULL, 0, saddr, sport,
				     daddr, dport, dif, sdif);
#else						/* 5.18 to 6.0 */
	return inet6_lookup_listener(net, &tcp_hashinfo, NULL, 0, saddr, sport, daddr, dport, dif,
				     sdif);
#endif
}
#else
static inline struct sock *fullcone_compat_udp6_lookup(struct net *net,
						       const struct nf_conntrack_tuple *in,
						       int dif, int sdif)
{
	return NULL;
}

static inline struct sock *fullcone_compat_tcp6_listener(struct net *net,
							 const struct nf_conntrack_tuple *in,
							 int dif, int sdif)
{
	return NULL;
}
#endif

/* The bits of net.ipv4.ip_local_reserved_ports, or NULL. */
static inline const unsigned long *fullcone_compat_reserved_ports(const struct net *net)
{
#ifdef CONFIG_SYSCTL
	return net->ipv4.sysctl_local_reserved_ports;
#else
	return NULL;
#endif
}

/* Calls @iter for every confirmed conntrack of @net and ends those it returns 1 for. */
static inline void fullcone_compat_ct_iterate(struct net *net,
					      int (*iter)(struct nf_conn *ct, void *data),
					      void *data)
{
#ifdef FULLCONE_HAVE_CT_ITER_DATA
	struct nf_ct_iter_data iter_data = { .net = net, .data = data };

	nf_ct_iterate_cleanup_net(iter, &iter_data);
#else						/* < 6.0 */
	nf_ct_iterate_cleanup_net(net, iter, data, 0, 0);
#endif
}

#ifdef FULLCONE_HAVE_GENL_RESV_START_OP
#define FULLCONE_GENL_RESV_START_OP .resv_start_op = 1,
#else						/* < 6.1 */
#define FULLCONE_GENL_RESV_START_OP
#endif

/* The count of a conntrack, and so of what it heads. */
#ifdef FULLCONE_HAVE_CT_REFCOUNT
static inline unsigned int fullcone_compat_ct_refs(const struct nf_conn *ct)
{
	return refcount_read(&ct->ct_general.use);
}

static inline void fullcone_compat_ct_refs_set(struct nf_conn *ct, int n)
{
	refcount_set(&ct->ct_general.use, n);
}

static inline bool fullcone_compat_ct_inc_not_zero(struct nf_conn *ct)
{
	return refcount_inc_not_zero(&ct->ct_general.use);
}

static inline bool fullcone_compat_ct_dec_if_one(struct nf_conn *ct)
{
	return refcount_dec_if_one(&ct->ct_general.use);
}
#else						/* < 5.18 */
static inline unsigned int fullcone_compat_ct_refs(const struct nf_conn *ct)
{
	return atomic_read(&ct->ct_general.use);
}

static inline void fullcone_compat_ct_refs_set(struct nf_conn *ct, int n)
{
	atomic_set(&ct->ct_general.use, n);
}

static inline bool fullcone_compat_ct_inc_not_zero(struct nf_conn *ct)
{
	return atomic_inc_not_zero(&ct->ct_general.use);
}

static inline bool fullcone_compat_ct_dec_if_one(struct nf_conn *ct)
{
	return atomic_cmpxchg_release(&ct->ct_general.use, 1, 0) == 1;
}
#endif

/* The attributes of a dump's request. */
static inline struct nlattr **fullcone_compat_dump_attrs(const struct genl_dumpit_info *info)
{
#ifdef FULLCONE_HAVE_GENL_DUMPIT_ATTRS		/* < 6.7 */
	return info->attrs;
#else
	return info->info.attrs;
#endif
}

/*
 * The interface for which masquerade translated a flow, 0: none. Without masquerade in the
 * kernel a flow has no room for it, and nothing would look at it.
 */
static inline int fullcone_compat_masq_index(const struct nf_conn_nat *nat)
{
#if IS_ENABLED(CONFIG_NF_NAT_MASQUERADE)
	return nat->masq_index;
#else
	return 0;
#endif
}

static inline void fullcone_compat_masq_index_set(struct nf_conn_nat *nat, int ifindex)
{
#if IS_ENABLED(CONFIG_NF_NAT_MASQUERADE)
	nat->masq_index = ifindex;
#endif
}

/* How many conntracks a namespace has. */
static inline u32 fullcone_compat_ct_count(const struct net *net)
{
#ifdef FULLCONE_HAVE_CT_COUNT
	return nf_conntrack_count(net);
#else						/* < 5.13 */
	return atomic_read(&net->ct.count);
#endif
}

/*
 * Does an expectation wait for a flow in this namespace, and is it of this zone? RCU does not keep
 * its master, so newer kernels know that without it. They leave expired ones in the hash.
 */
#ifdef FULLCONE_HAVE_CT_EXP_EXPIRED
static inline bool fullcone_compat_expect_waits(struct nf_conntrack_expect *exp,
						const struct net *net)
{
	return net_eq(nf_ct_exp_net(exp), net) && !nf_ct_exp_is_expired(exp);
}

static inline bool fullcone_compat_expect_zone(const struct nf_conntrack_expect *exp, u16 id)
{
	const struct nf_conntrack_zone zone = { .id = id };

	return nf_ct_exp_zone_equal_any(exp, &zone);
}
#else						/* older, and not backported */
static inline bool fullcone_compat_expect_waits(struct nf_conntrack_expect *exp,
						const struct net *net)
{
	return net_eq(nf_ct_net(exp->master), net);
}

static inline bool fullcone_compat_expect_zone(const struct nf_conntrack_expect *exp, u16 id)
{
	return nf_ct_zone(exp->master)->id == id;
}
#endif

/*
 * Timeouts of flows. Where they are reference-counted, the core frees them with the last
 * flow; on older kernels, a flow has a mere pointer.
 */
#ifdef FULLCONE_HAVE_CT_TIMEOUT_REFCNT
#define FULLCONE_TIMEOUTS_COUNTED 1

static inline void fullcone_compat_timeout_init(struct nf_ct_timeout *t)
{
	refcount_set(&t->refcnt, 1);
}

/* Any context; no code of the module's runs later. */
static inline void fullcone_compat_timeout_put(struct nf_ct_timeout *t)
{
	if (refcount_dec_and_test(&t->refcnt))
		kfree_rcu(t, rcu);
}
#else						/* < 7.0 and not backported */
#define FULLCONE_TIMEOUTS_COUNTED 0

static inline void fullcone_compat_timeout_init(struct nf_ct_timeout *t)
{
}

static inline void fullcone_compat_timeout_put(struct nf_ct_timeout *t)
{
}
#endif

/*
 * Members of the event group need CAP_NET_ADMIN; without the flag there is no group. The
 * flags of groups began as those of operations, and then got names and values of their own.
 */
#ifndef GENL_MCAST_CAP_NET_ADMIN		/* < 6.8 and not backported */
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif
#ifdef FULLCONE_HAVE_GENL_MCGRP_FLAGS
#define FULLCONE_GENL_MCGRP_FLAGS .flags = GENL_MCAST_CAP_NET_ADMIN,
#define FULLCONE_GENL_MCGRPS 1
#else						/* < 6.7 and not backported */
#define FULLCONE_GENL_MCGRP_FLAGS
#define FULLCONE_GENL_MCGRPS 0
#endif

#ifndef GENL_REQ_ATTR_CHECK			/* < 6.1 */
#define GENL_REQ_ATTR_CHECK(info, attr) (!(info)->attrs[attr])
#endif

#endif /* _FULLCONE_COMPAT_H */
