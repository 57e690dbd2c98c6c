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
 * Addresses on which a packet may look for a port in vain, and those it may pass by since
 * they are known to be full: the one costs a search, the other a look at their bits.
 */
#define POOL_TRIES	16
#define POOL_LOOKS	256

/* The @n-th address of all sources, from 0. */
__be32 fullcone_pool_addr(const struct fullcone_settings *s, u32 n)
{
	int i;

	for (i = 0; i < s->sources; i++) {
		u32 count = s->source[i].last - s->source[i].first + 1;

		if (n < count)
			return htonl(s->source[i].first + n);
		n -= count;
	}
	return 0;
}

/* The opposite: which of them is this? */
bool fullcone_pool_index(const struct fullcone_settings *s, __be32 addr, u32 *n)
{
	u32 ip = ntohl(addr);
	int i;

	*n = 0;
	for (i = 0; i < s->sources; i++) {
		if (ip >= s->source[i].first && ip <= s->source[i].last) {
			*n += ip - s->source[i].first;
			return true;
		}
		*n += s->source[i].last - s->source[i].first + 1;
	}
	return false;
}

bool fullcone_pool_has(const struct fullcone_settings *s, u8 family,
		       const union nf_inet_addr *addr)
{
	u32 ip = ntohl(addr->ip);
	int i;

	for (i = 0; family == NFPROTO_IPV4 && i < s->sources; i++)
		if (ip >= s->source[i].first && ip <= s->source[i].last)
			return true;
	return false;
}

/*
 * Where a host begins to look: hosts spread over the addresses, and a host that has no
 * mapping yet begins where its first one will.
 */
static u32 pool_first(const struct fullcone_settings *s, const struct fullcone_key *key)
{
	static u32 secret __read_mostly;
	int words = key->ep.family == NFPROTO_IPV6 ? 2 : 4;	/* a /64 is one host (V-6) */

	net_get_random_once(&secret, sizeof(secret));
	return reciprocal_scale(jhash2((__force const u32 *)key->ep.addr.ip6, words, secret),
				s->source_addrs);
}

/**
 * fullcone_pool_address() - the address of a host for what has no mapping (K-13)
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
	if (!s->source_addrs || req->key.ep.family != NFPROTO_IPV4)
		return false;
	req->ext_addr.ip = fullcone_pool_addr(s, pool_first(s, &req->key));
	return true;
}

/* An address, and those after it if it is full. */
static int pool_place_anywhere(struct fullcone_net *fn, struct fullcone_mapping *m,
			       struct fullcone_request *req)
{
	const struct fullcone_settings *s = req->settings;
	int err = -ENOSPC, tries = 0;
	u32 i, n;

	if (!s->source_addrs) {
		req->refusal = FULLCONE_REFUSED_NO_ADDRESS;
		return -EADDRNOTAVAIL;
	}
	n = pool_first(s, &req->key);
	for (i = 0; i < min_t(u32, s->source_addrs, POOL_LOOKS) && tries < POOL_TRIES; i++) {
		req->ext_addr.ip = fullcone_pool_addr(s, (n + i) % s->source_addrs);
		if (fullcone_addr_full(fn, req))
			continue;
		tries++;
		err = fullcone_mapping_place(fn, m, req);
		if (err != -ENOSPC)
			return err;
	}
	req->refusal = FULLCONE_REFUSED_EXHAUSTED;
	return err;
}

/*
 * Has the host an address, and is that a source still? If the sources have changed, its
 * next mapping begins anew with them, and its older ones stay (K-8).
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
		if (req->addr_given && !nf_inet_addr_cmp(&req->ext_addr, &block.addr)) {
			req->refusal = FULLCONE_REFUSED_NO_ADDRESS;
			return -EADDRNOTAVAIL;
		}
		req->ext_addr = block.addr;
		return fullcone_mapping_place(fn, m, req);
	}
	if (req->addr_given)
		return fullcone_mapping_place(fn, m, req);
	if (!pool_bound(host, req->settings))
		return pool_place_anywhere(fn, m, req);
	req->ext_addr = host->ext_addr;
	err = fullcone_mapping_place(fn, m, req);
	if (err == -ENOSPC && req->settings->paired == FULLCONE_PAIRED_SOFT)
		return pool_place_anywhere(fn, m, req);
	return err;
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
		host->ext_addr = m->ext.addr;
		host->bound = true;
	}
	spin_unlock_bh(&host->lock);
	return err;
}
