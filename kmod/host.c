// SPDX-License-Identifier: GPL-2.0
/*
 * Internal hosts, which RFC 6888 calls subscribers. A host has an external address in
 * each realm (RFC 4787 REQ-2), and a limit of mappings. It exists from its first mapping
 * to the end of its last.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "fullcone.h"

/* For IPv4, only the words that can differ: the rest is zero. */
static u32 host_hash(const void *data, u32 len, u32 seed)
{
	const struct fullcone_host_key *key = data;

	if (key->family == NFPROTO_IPV4)
		return jhash_3words((__force u32)key->addr.ip, key->realm, key->zone, seed);
	return jhash2(data, sizeof(*key) / sizeof(u32), seed);
}

/* As in table.c, without memcmp(). */
static int host_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct fullcone_host_key *a = arg->key;
	const struct fullcone_host_key *b = &((const struct fullcone_host *)obj)->key;

	return a->realm != b->realm || a->zone != b->zone || a->family != b->family ||
	       a->subnet != b->subnet || !nf_inet_addr_cmp(&a->addr, &b->addr);
}

static const struct rhashtable_params host_params = {
	.head_offset = offsetof(struct fullcone_host, node),
	.key_offset = offsetof(struct fullcone_host, key),
	.key_len = sizeof(struct fullcone_host_key),
	.hashfn = host_hash,
	.obj_cmpfn = host_compare,
	.automatic_shrinking = true,
};

static void host_key_init(struct fullcone_host_key *key, const struct fullcone_key *k)
{
	*key = (struct fullcone_host_key) {
		.addr = k->ep.addr,
		.realm = k->realm,
		.zone = k->ep.zone,
		.family = k->ep.family,
	};
}

static struct fullcone_host *host_find(struct fullcone_net *fn,
				       const struct fullcone_host_key *key,
				       struct fullcone_profile *profile);

/*
 * Whom the limits of a host apply to: itself, but in IPv6 its /64, where it can take any
 * address (V-6). Returns a reference; NULL without memory.
 */
static struct fullcone_host *host_subscriber(struct fullcone_net *fn, struct fullcone_host *host)
{
	struct fullcone_host_key key = host->key;

	if (key.family != NFPROTO_IPV6 || key.subnet)
		return host;
	key.addr.ip6[2] = 0;
	key.addr.ip6[3] = 0;
	key.subnet = true;
	return host_find(fn, &key, host->profile);
}

/* The host is not in the table, nor will be. */
static void host_free(struct fullcone_net *fn, struct fullcone_host *host)
{
	if (host->subscriber && host->subscriber != host)
		fullcone_host_put(fn, host->subscriber);
	fullcone_profile_put(fn, host->profile);
	kfree_rcu(host, rcu);
}

static void host_count(struct fullcone_net *fn, const struct fullcone_host *host, int n)
{
	if (host->key.subnet)
		return;
	atomic_add(n, &fn->hosts);
	atomic_add(n, &host->profile->hosts);
}

static struct fullcone_host *host_create(struct fullcone_net *fn,
					 const struct fullcone_host_key *key,
					 struct fullcone_profile *profile)
{
	struct fullcone_host *host, *other;

	host = kzalloc(sizeof(*host), GFP_ATOMIC);
	if (!host)
		return NULL;
	fullcone_profile_get(profile);
	host->profile = profile;
	host->key = *key;
	refcount_set(&host->ref, 1);
	spin_lock_init(&host->lock);
	host->rate_stamp = jiffies - HZ;	/* the burst is there at once */
	host->subscriber = host_subscriber(fn, host);
	if (!host->subscriber) {
		host_free(fn, host);
		return NULL;
	}

	spin_lock_bh(&fn->host_lock);
	other = rhashtable_lookup_get_insert_fast(&fn->host_table, &host->node, host_params);
	if (other) {
		/* made by another CPU meanwhile, or no memory; it cannot die under the lock */
		if (IS_ERR(other))
			other = NULL;
		else
			refcount_inc(&other->ref);
		spin_unlock_bh(&fn->host_lock);
		host_free(fn, host);
		return other;
	}
	spin_unlock_bh(&fn->host_lock);
	host_count(fn, host, 1);
	return host;
}

static struct fullcone_host *host_find(struct fullcone_net *fn,
				       const struct fullcone_host_key *key,
				       struct fullcone_profile *profile)
{
	struct fullcone_host *host = rhashtable_lookup(&fn->host_table, key, host_params);

	if (host && refcount_inc_not_zero(&host->ref))
		return host;
	return host_create(fn, key, profile);
}

/**
 * fullcone_host_get() - find or make the host of a mapping
 * @fn: the namespace's state
 * @req: who asks
 *
 * Context: softirq, RCU held.
 * Return: the host, with a reference for the caller; NULL without memory.
 */
struct fullcone_host *fullcone_host_get(struct fullcone_net *fn,
					const struct fullcone_request *req)
{
	struct fullcone_host_key key;

	host_key_init(&key, &req->key);
	return host_find(fn, &key, req->profile);
}

/**
 * fullcone_host_address() - the external address that a host has
 * @fn: the namespace's state
 * @req: for whom; gets the address
 *
 * Context: softirq, RCU held. Return: false if it has none yet.
 */
bool fullcone_host_address(struct fullcone_net *fn, struct fullcone_request *req)
{
	struct fullcone_host_key key;
	struct fullcone_host *host;
	bool has;

	host_key_init(&key, &req->key);
	host = rhashtable_lookup(&fn->host_table, &key, host_params);
	if (!host)
		return false;
	spin_lock_bh(&host->lock);
	has = host->bound || test_bit(FULLCONE_HOST_ANNOUNCED, &host->flags);
	if (has)
		req->ext_addr = host->ext_addr;
	spin_unlock_bh(&host->lock);
	return has;
}

/**
 * fullcone_host_profile() - the profile that selects what a host sends
 * @fn: the namespace's state
 * @k: a key of the host's
 *
 * Context: softirq, RCU held. Return: the profile of its first mapping in that realm; NULL if it
 * has none, or if the profile has been deleted, so that it makes no new mappings.
 */
struct fullcone_profile *fullcone_host_profile(struct fullcone_net *fn,
					       const struct fullcone_key *k)
{
	struct fullcone_host_key key;
	struct fullcone_profile *p;
	struct fullcone_host *host;

	host_key_init(&key, k);
	host = rhashtable_lookup(&fn->host_table, &key, host_params);
	if (!host)
		return NULL;
	/* one that is listed stays for this RCU section */
	list_for_each_entry_rcu(p, &fn->profiles, list)
		if (p == host->profile)
			return p;
	return NULL;
}

/**
 * fullcone_host_move() - change the external address of a host
 * @fn: the namespace's state
 * @host: the host, its lock held
 * @ext: the address
 *
 * If listeners know the old address, they are told that it goes and of the new one.
 */
void fullcone_host_move(struct fullcone_net *fn, struct fullcone_host *host,
			const union nf_inet_addr *ext)
{
	bool announced = test_bit(FULLCONE_HOST_ANNOUNCED, &host->flags) &&
			 !nf_inet_addr_cmp(&host->ext_addr, ext);

	lockdep_assert_held(&host->lock);
	if (announced)
		fullcone_event_host(fn, host, &host->ext_addr, FULLCONE_EVENT_ADDRESS_UNBIND);
	host->ext_addr = *ext;
	if (announced)
		fullcone_event_host(fn, host, ext, FULLCONE_EVENT_ADDRESS_BIND);
}

/**
 * fullcone_host_put() - let go of a host
 * @fn: the namespace's state
 * @host: the host
 *
 * Context: any. The host goes with its last reference, and listeners are told before
 * another host can have the same key.
 */
void fullcone_host_put(struct fullcone_net *fn, struct fullcone_host *host)
{
	if (refcount_dec_not_one(&host->ref))
		return;
	spin_lock_bh(&fn->host_lock);
	if (!refcount_dec_and_test(&host->ref)) {
		spin_unlock_bh(&fn->host_lock);
		return;
	}
	if (test_bit(FULLCONE_HOST_ANNOUNCED, &host->flags))
		fullcone_event_host(fn, host, &host->ext_addr, FULLCONE_EVENT_ADDRESS_UNBIND);
	rhashtable_remove_fast(&fn->host_table, &host->node, host_params);
	spin_unlock_bh(&fn->host_lock);
	host_count(fn, host, -1);
	host_free(fn, host);
}

/* A mapping costs HZ of credit. Each jiffy adds the profile's rate, up to a second's worth. */
static bool host_take_credit(struct fullcone_host *host, u32 rate)
{
	unsigned long now, elapsed;
	bool taken = false;

	spin_lock_bh(&host->lock);
	now = jiffies;
	elapsed = min_t(unsigned long, now - host->rate_stamp, HZ);
	host->rate_credit = min(host->rate_credit + (u64)elapsed * rate, (u64)rate * HZ);
	host->rate_stamp = now;
	if (host->rate_credit >= HZ) {
		host->rate_credit -= HZ;
		taken = true;
	}
	spin_unlock_bh(&host->lock);
	return taken;
}

/**
 * fullcone_host_admit() - may the host have one mapping more (G-4)?
 * @host: the host
 * @req: who asks; says why not
 *
 * If so, the mapping is counted as active until it is held or gone. Context: softirq.
 */
bool fullcone_host_admit(struct fullcone_host *host, struct fullcone_request *req)
{
	atomic_t *active = fullcone_host_active(host, req->key.ep.proto);
	const struct fullcone_settings *s = req->settings;
	u32 limit = s->host_limit[fullcone_family(host->key.family)];
	u32 now = atomic_inc_return(active);

	if (req->want == FULLCONE_WANT_ADOPT || req->replaces)
		return true;
	if (limit && now > limit)
		req->refusal = FULLCONE_REFUSED_HOST_MAX;
	else if (s->host_rate && !host_take_credit(host->subscriber, s->host_rate))
		req->refusal = FULLCONE_REFUSED_HOST_RATE;
	else
		return true;
	atomic_dec(active);
	return false;
}

/* Gives back the credit of a mapping that was admitted, but not made. */
void fullcone_host_return(struct fullcone_host *host, const struct fullcone_request *req)
{
	if (!req->settings->host_rate || req->want == FULLCONE_WANT_ADOPT || req->replaces)
		return;
	host = host->subscriber;
	spin_lock_bh(&host->lock);
	host->rate_credit += HZ;
	spin_unlock_bh(&host->lock);
}

int fullcone_host_init(struct fullcone_net *fn)
{
	spin_lock_init(&fn->host_lock);
	return rhashtable_init(&fn->host_table, &host_params);
}

static void host_destroy(void *ptr, void *arg)
{
	struct fullcone_host *host = ptr;

	fullcone_profile_put(arg, host->profile);
	kfree(host);
}

/* All mappings are gone, and nobody reads. */
void fullcone_host_exit(struct fullcone_net *fn)
{
	rhashtable_free_and_destroy(&fn->host_table, host_destroy, fn);
}
