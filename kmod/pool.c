// SPDX-License-Identifier: GPL-2.0
/*
 * The external addresses of a profile with sources (G-3). A host has one of them for
 * all its mappings, of all protocols, from its first mapping to the end of its
 * last (RFC 4787 REQ-2, U-2).
 */
#include <linux/jhash.h>
#include <linux/net.h>

#include "fullcone.h"

/*
 * For one packet: the most addresses searched for a port in vain, and the most passed by
 * because they are known to be full. The first costs a search, the second a look at bits.
 */
#define POOL_TRIES	16
#define POOL_LOOKS	256

static u64 pool_high(const union nf_inet_addr *addr)
{
	return (u64)ntohl(addr->ip6[0]) << 32 | ntohl(addr->ip6[1]);
}

static u64 pool_low(const union nf_inet_addr *addr)
{
	return (u64)ntohl(addr->ip6[2]) << 32 | ntohl(addr->ip6[3]);
}

/**
 * fullcone_pool_distance() - how far it is from one address to another
 * @family: of both
 * @from: the one
 * @to: the other
 *
 * Return: the distance; more than any source has addresses if @to is the lower one.
 */
u64 fullcone_pool_distance(u8 family, const union nf_inet_addr *from,
			   const union nf_inet_addr *to)
{
	u64 borrow;

	if (family == NFPROTO_IPV4)
		return (u64)ntohl(to->ip) - ntohl(from->ip);
	borrow = pool_low(to) < pool_low(from);
	if (pool_high(to) - pool_high(from) - borrow)
		return U64_MAX;
	return pool_low(to) - pool_low(from);
}

/* The @n-th address of a source, from 0. */
void fullcone_pool_nth(const struct fullcone_source *source, u32 n, union nf_inet_addr *addr)
{
	u64 low, high;

	*addr = source->first;
	if (source->family == NFPROTO_IPV4) {
		addr->ip = htonl(ntohl(addr->ip) + n);
		return;
	}
	low = pool_low(addr) + n;
	high = pool_high(addr) + (low < n);
	addr->ip6[0] = htonl(high >> 32);
	addr->ip6[1] = htonl(high);
	addr->ip6[2] = htonl(low >> 32);
	addr->ip6[3] = htonl(low);
}

/* The @n-th address of all sources of a family, from 0. */
static void pool_addr(const struct fullcone_settings *s, u8 family, u32 n,
		      union nf_inet_addr *addr)
{
	int i;

	for (i = 0; i < s->sources; i++) {
		if (s->source[i].family != family)
			continue;
		if (n < s->source[i].count) {
			fullcone_pool_nth(&s->source[i], n, addr);
			return;
		}
		n -= s->source[i].count;
	}
}

static u32 pool_size(const struct fullcone_settings *s, const struct fullcone_request *req)
{
	return s->source_addrs[fullcone_family(req->key.ep.family)];
}

/* The same for IPv4. */
__be32 fullcone_pool_addr(const struct fullcone_settings *s, u32 n)
{
	union nf_inet_addr addr = {};

	pool_addr(s, NFPROTO_IPV4, n, &addr);
	return addr.ip;
}

/* The reverse: the index of an IPv4 address in the sources. */
bool fullcone_pool_index(const struct fullcone_settings *s, __be32 addr, u32 *n)
{
	const union nf_inet_addr ext = { .ip = addr };
	const struct fullcone_source *source;
	u64 distance;
	int i;

	*n = 0;
	for (i = 0; i < s->sources; i++) {
		source = &s->source[i];
		if (source->family != NFPROTO_IPV4)
			continue;
		distance = fullcone_pool_distance(NFPROTO_IPV4, &source->first, &ext);
		if (distance < source->count) {
			*n += distance;
			return true;
		}
		*n += source->count;
	}
	return false;
}

bool fullcone_pool_has(const struct fullcone_settings *s, u8 family,
		       const union nf_inet_addr *addr)
{
	const struct fullcone_source *source;
	int i;

	for (i = 0; i < s->sources; i++) {
		source = &s->source[i];
		if (source->family == family &&
		    fullcone_pool_distance(family, &source->first, addr) < source->count)
			return true;
	}
	return false;
}

/* Is this an address of any profile's sources? RCU held. */
bool fullcone_pool_any(struct fullcone_net *fn, u8 family, const union nf_inet_addr *addr)
{
	const struct fullcone_profile *p;

	list_for_each_entry_rcu(p, &fn->profiles, list)
		if (fullcone_pool_has(rcu_dereference(p->settings), family, addr))
			return true;
	return false;
}

/*
 * Where the search for a host's address begins: hosts spread over the addresses, and a host
 * without mappings gets the address where its first mapping will begin.
 */
static u32 pool_first(const struct fullcone_settings *s, const struct fullcone_request *req)
{
	const union nf_inet_addr *addr = &req->key.ep.addr;
	static u32 secret __read_mostly;

	net_get_random_once(&secret, sizeof(secret));
	return reciprocal_scale(jhash2((__force const u32 *)addr->ip6, ARRAY_SIZE(addr->ip6),
				       secret), pool_size(s, req));
}

/**
 * fullcone_pool_address() - a host's address for protocols without mappings (K-13)
 * @fn: the namespace's state
 * @req: for whom; gets the address
 *
 * Context: softirq, RCU held. Return: whether there is one.
 */
bool fullcone_pool_address(struct fullcone_net *fn, struct fullcone_request *req)
{
	const struct fullcone_settings *s = req->settings;
	struct fullcone_block block;

	if (fullcone_block_of(s, req->key.ep.family, &req->key.ep.addr, &block)) {
		req->ext_addr = block.addr;
		return true;
	}
	if (fullcone_host_address(fn, req) &&
	    fullcone_pool_has(s, req->key.ep.family, &req->ext_addr))
		return true;
	if (!pool_size(s, req))
		return false;
	pool_addr(s, req->key.ep.family, pool_first(s, req), &req->ext_addr);
	return true;
}

/* Is it an address not in use yet, and is there no room for one more? Then others are shared. */
static bool pool_no_room(struct fullcone_net *fn, const struct fullcone_request *req)
{
	return unlikely(fullcone_addr_full(fn)) &&
	       !fullcone_addr_find(fn, &req->ext_addr, req->key.ep.family, req->ext_zone);
}

/* Tries an address, and those after it if it is full. */
static int pool_try_addresses(struct fullcone_net *fn, struct fullcone_mapping *m,
			      struct fullcone_request *req)
{
	const struct fullcone_settings *s = req->settings;
	u32 i, n = pool_first(s, req), size = pool_size(s, req);
	int err = -ENOSPC, tries = 0;

	for (i = 0; i < min_t(u32, size, POOL_LOOKS) && tries < POOL_TRIES; i++) {
		pool_addr(s, req->key.ep.family, (n + i) % size, &req->ext_addr);
		if (pool_no_room(fn, req) || fullcone_port_none(fn, req))
			continue;
		tries++;
		err = fullcone_mapping_place(fn, m, req);
		if (err != -ENOSPC)
			return err;
	}
	return err;
}

/* A held port is taken only if no address has a free one (G-8). */
static int pool_place_anywhere(struct fullcone_net *fn, struct fullcone_mapping *m,
			       struct fullcone_request *req)
{
	int err;

	if (!pool_size(req->settings, req)) {
		req->refusal = FULLCONE_REFUSED_NO_ADDRESS;
		return -EADDRNOTAVAIL;
	}
	req->free_only = true;
	err = pool_try_addresses(fn, m, req);
	if (err != -ENOSPC)
		return err;
	req->free_only = false;
	err = pool_try_addresses(fn, m, req);
	if (err == -ENOSPC)
		req->refusal = FULLCONE_REFUSED_EXHAUSTED;
	return err;
}

/*
 * Has the host an address that is still in the sources? If not, its next mapping gets one
 * from the new sources, and its older ones stay (K-8).
 */
static bool pool_bound(const struct fullcone_host *host, const struct fullcone_settings *s)
{
	return host->bound && fullcone_pool_has(s, host->key.family, &host->ext_addr);
}

static int pool_place(struct fullcone_net *fn, struct fullcone_mapping *m,
		      struct fullcone_request *req)
{
	struct fullcone_host *host = m->host;
	struct fullcone_block block;
	int err;

	lockdep_assert_held(&host->lock);
	if (fullcone_block_of(req->settings, req->key.ep.family, &req->key.ep.addr, &block) &&
	    req->want != FULLCONE_WANT_ADOPT) {
		if (fullcone_block_elsewhere(req)) {
			req->refusal = FULLCONE_REFUSED_NO_ADDRESS;
			return -EADDRNOTAVAIL;
		}
		req->ext_addr = block.addr;
		return fullcone_mapping_place(fn, m, req);
	}
	if (req->addr_given) {
		err = fullcone_mapping_place(fn, m, req);
		/* a wish for an address that is full cannot be met either (C-1) */
		if (err != -ENOSPC || req->want != FULLCONE_WANT_PREFER)
			return err;
	}
	if (!pool_bound(host, req->settings))
		return pool_place_anywhere(fn, m, req);
	req->ext_addr = host->ext_addr;
	req->free_only = req->settings->paired == FULLCONE_PAIRED_SOFT;
	if (!req->free_only)
		return fullcone_mapping_place(fn, m, req);
	err = fullcone_port_none(fn, req) ? -ENOSPC : fullcone_mapping_place(fn, m, req);
	return err == -ENOSPC ? pool_place_anywhere(fn, m, req) : err;
}

/**
 * fullcone_pool_place() - give a mapping an address of its profile's, and a port
 * @fn: the namespace's state
 * @m: the mapping, its host known
 * @req: who asks; on failure it says why
 *
 * Packets of one host on several CPUs are served one after the other, so that all
 * of them see the first one's choice.
 *
 * Context: softirq, RCU held. Return: 0 or a negative error.
 */
int fullcone_pool_place(struct fullcone_net *fn, struct fullcone_mapping *m,
			struct fullcone_request *req)
{
	struct fullcone_host *host = m->host;
	int err;

	spin_lock_bh(&host->lock);
	err = pool_place(fn, m, req);
	if (!err && !pool_bound(host, req->settings)) {
		fullcone_host_move(fn, host, &m->ext.addr);
		host->bound = true;
	}
	spin_unlock_bh(&host->lock);
	return err;
}
