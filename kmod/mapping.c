// SPDX-License-Identifier: GPL-2.0
/* The mapping object: birth, references and state. Its death is in mapping_end.c. */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "fullcone.h"

/* What a mapping takes at most: itself, and its share of the indexes. */
#define MAPPING_BYTES	640

/*
 * Over all namespaces: a limit for each does not bind a user who can make namespaces. The
 * initial namespace is exempt, so that others cannot deny it service.
 */
static unsigned int max_mappings = UINT_MAX;
module_param(max_mappings, uint, 0644);
MODULE_PARM_DESC(max_mappings,
		 "most mappings over all namespaces, the initial one not refused (1048576, or by memory)");

static atomic_t mappings_total;

/*
 * Tests of the races build with FULLCONE_RACE_DELAY: the microseconds between the moments
 * when a packet finds a mapping and when it joins it.
 */
static inline void mapping_race_window(void)
{
#ifdef FULLCONE_RACE_DELAY
	udelay(FULLCONE_RACE_DELAY);
#endif
}

/**
 * fullcone_memory_bound() - bound a number of objects by the machine's memory
 * @n: the number for a machine with enough of it
 * @bytes: what one takes
 *
 * Hosts that misbehave, or forge addresses, can fill every table, and so can users who make
 * namespaces; a small router survives it.
 * Return: @n, or as many as a quarter of the memory holds if those are fewer.
 */
unsigned int fullcone_memory_bound(unsigned int n, size_t bytes)
{
	return min_t(u64, n, div_u64((u64)totalram_pages() << (PAGE_SHIFT - 2), bytes));
}

unsigned int fullcone_mapping_bound(unsigned int n)
{
	return fullcone_memory_bound(n, MAPPING_BYTES);
}

void __init fullcone_mapping_init(void)
{
	if (max_mappings == UINT_MAX)
		max_mappings = fullcone_mapping_bound(1048576);
}

/*
 * Counts one mapping more if the limits allow it; adoption, and what replaces another one, need
 * only meet the total.
 */
static bool mapping_count(struct fullcone_net *fn, const struct fullcone_request *req)
{
	u32 max = rcu_dereference(fn->default_profile->settings)->max_mappings;
	struct fullcone_profile *p = req->profile;
	u32 here = atomic_inc_return(&fn->mappings);
	u32 mine = atomic_inc_return(&p->mappings);
	u32 total = atomic_inc_return(&mappings_total);

	if (here > max - max / 10 && !test_and_set_bit(0, &fn->threshold))
		fullcone_event_threshold(fn, fn->default_profile);
	/* else a user who makes namespaces could have any number of flows adopted */
	if ((total <= READ_ONCE(max_mappings) || net_eq(fn->net, &init_net)) &&
	    (req->want == FULLCONE_WANT_ADOPT || req->replaces ||
	     (here <= max && mine <= req->settings->max_mappings)))
		return true;
	fullcone_mapping_uncount(fn, p);
	return false;
}

void fullcone_mapping_uncount(struct fullcone_net *fn, struct fullcone_profile *p)
{
	atomic_dec(&fn->mappings);
	atomic_dec(&p->mappings);
	atomic_dec(&mappings_total);
}

/**
 * fullcone_mapping_get() - take a reference on a mapping found in an index
 * @m: the mapping, under RCU
 *
 * Return: false if it is dying; look it up again then.
 */
bool fullcone_mapping_get(struct fullcone_mapping *m)
{
	mapping_race_window();
	if (!fullcone_compat_ct_inc_not_zero(&m->anchor))
		return false;
	/* Pairs with the grace period of the reaper: if the mapping is not dead yet,
	 * the reaper waits for this RCU section before it looks for our flow.
	 */
	smp_mb__after_atomic();
	if (likely(!test_bit(FULLCONE_DEAD, &m->flags)))
		return true;
	fullcone_mapping_put(m);
	return false;
}

/**
 * fullcone_mapping_destination() - note the port that a session goes to
 * @m: the mapping, found under RCU
 * @port: destination port
 *
 * The short timer applies only while every destination is in udp_short (U-5a).
 */
void fullcone_mapping_destination(struct fullcone_mapping *m, __be16 port)
{
	u32 timeout;

	if (likely(!test_bit(FULLCONE_SHORT, &m->flags)))
		return;
	timeout = fullcone_settings_udp_short(rcu_dereference(m->profile->settings), port);
	if (!timeout)
		clear_bit(FULLCONE_SHORT, &m->flags);
	else if (timeout > READ_ONCE(m->short_timeout))
		WRITE_ONCE(m->short_timeout, timeout);
}

/**
 * fullcone_mapping_place() - try to get a port of an external address
 * @fn: the namespace's state
 * @m: the mapping; on success it holds address and port
 * @req: who asks, and the address
 *
 * Context: softirq, RCU held. Return: 0; on failure @req says why.
 */
int fullcone_mapping_place(struct fullcone_net *fn, struct fullcone_mapping *m,
			   struct fullcone_request *req)
{
	int err;

	req->refusal = FULLCONE_REFUSED_NOMEM;
	m->addr = fullcone_addr_get(fn, &req->ext_addr, req->key.ep.family, req->ext_zone);
	if (!m->addr)
		return -ENOMEM;
	m->ext = (struct fullcone_endpoint) {
		.addr = req->ext_addr,
		.zone = req->ext_zone,
		.family = req->key.ep.family,
		.proto = req->key.ep.proto,
	};
	req->reply.dst.u3 = req->ext_addr;
	err = fullcone_port_choose(fn, m->addr, req, &m->ext.port);
	if (err)
		fullcone_addr_put(m->addr);
	else if (fullcone_block_applies(req))
		fullcone_block_placed(fn, m, req->settings);
	return err;
}

static void mapping_init(struct fullcone_mapping *m, const struct fullcone_request *req)
{
	const struct fullcone_settings *s = req->settings;

	m->key = req->key;
	m->map = req->map;
	m->filter = s->filter[fullcone_l4_of(req->key.ep.proto)];
	m->ifindex = req->ifindex;
	if (req->key.ep.proto == IPPROTO_UDP)
		m->short_timeout = fullcone_settings_udp_short(s, req->dst_port);
	if (m->short_timeout)
		__set_bit(FULLCONE_SHORT, &m->flags);
	if (m->key.ep.zone != req->ext_zone)
		__set_bit(FULLCONE_ZONE_DIR, &m->flags);
	m->created = get_jiffies_64();
	fullcone_lifetime_init(m, s, req->ct);
	m->adopted_end = m->created;
	if (!req->explicit)
		return;
	/* no packet has left from it yet: its timer does not keep it open */
	m->stamp = m->created - m->timeout - 2 * FULLCONE_STAMP_UNIT;
	m->explicit_end = m->created + req->lifetime;
	RCU_INIT_POINTER(m->remotes, fullcone_remotes_get(req->remotes));
	__set_bit(req->lifetime ? FULLCONE_EXPLICIT : FULLCONE_STATIC, &m->flags);
}

/* Makes a mapping that owns its port and is not published yet. */
static struct fullcone_mapping *mapping_make(struct fullcone_net *fn,
					     struct fullcone_request *req)
{
	struct nf_conntrack_tuple tuple = {
		.src.u3 = req->key.ep.addr,
		.src.u.all = req->key.ep.port,
		.src.l3num = req->key.ep.family,
		.dst.protonum = req->key.ep.proto,
	};
	struct fullcone_profile *p = req->profile;
	struct fullcone_mapping *m;
	int err;

	m = fullcone_anchor_alloc(sizeof(*m) + fullcone_session_room(req->key.ep.proto), fn->net,
				  &req->zone, &tuple, fullcone_cookie);
	if (!m) {
		req->refusal = FULLCONE_REFUSED_NOMEM;
		return ERR_PTR(-ENOMEM);
	}
	mapping_init(m, req);
	m->host = fullcone_host_get(fn, req);
	if (!m->host || fullcone_filter_attach(fn, m)) {
		req->refusal = FULLCONE_REFUSED_NOMEM;
		err = -ENOMEM;
		goto err_host;
	}
	if (!fullcone_host_admit(m->host, req)) {
		err = -EDQUOT;
		goto err_host;
	}
	if (fullcone_realm_is_pool(req->key.realm))
		err = fullcone_pool_place(fn, m, req);
	else
		err = fullcone_mapping_place(fn, m, req);
	if (err)
		goto err_admitted;
	m->profile = p;
	fullcone_profile_get(p);
	return m;

err_admitted:
	fullcone_host_return(m->host, req);
	atomic_dec(fullcone_host_active(m->host, req->key.ep.proto));
err_host:
	fullcone_filter_detach(fn, m);
	if (m->host)
		fullcone_host_put(fn, m->host);
	nf_ct_tmpl_free(&m->anchor);
	return ERR_PTR(err);
}

/* Does a host of masquerade get a new external address because the router has lost its old one? */
static bool mapping_moves_host(struct fullcone_net *fn, const struct fullcone_mapping *m)
{
	const struct fullcone_host *host = m->host;

	return !host->bound && !nf_inet_addr_cmp(&host->ext_addr, &m->ext.addr) &&
	       !fullcone_local_address(fn->net, host->key.family, &host->ext_addr, m->ifindex);
}

static void mapping_announce_host(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	struct fullcone_host *host = m->host;
	bool first;

	if (likely(test_bit(FULLCONE_HOST_ANNOUNCED, &host->flags) &&
		   !mapping_moves_host(fn, m)))
		return;
	spin_lock_bh(&host->lock);
	first = !test_bit(FULLCONE_HOST_ANNOUNCED, &host->flags);
	if (!first && mapping_moves_host(fn, m)) {
		fullcone_host_move(fn, host, &m->ext.addr);
	} else if (first) {
		if (!host->bound)
			host->ext_addr = m->ext.addr;
		set_bit(FULLCONE_HOST_ANNOUNCED, &host->flags);
		fullcone_event_host(fn, host, &host->ext_addr, FULLCONE_EVENT_ADDRESS_BIND);
	}
	spin_unlock_bh(&host->lock);
	if (!first)
		return;
	fullcone_stat_inc(fn, HOSTS_CREATED);
	fullcone_stat_inc(m->profile, HOSTS_CREATED);
}

/*
 * Somebody may end the mapping after it is published and before the event of its creation
 * is sent: then the event of its end is sent here, after that. RCU held.
 */
static void mapping_announce(struct fullcone_net *fn, struct fullcone_mapping *m,
			     const struct fullcone_request *req)
{
	fullcone_stat_inc(fn, MAPPINGS_CREATED);
	fullcone_stat_inc(m->profile, MAPPINGS_CREATED);
	fullcone_stat_inc(fullcone_proto_of(fn, m->ext.proto), MAPPINGS_CREATED);
	mapping_announce_host(fn, m);
	fullcone_event_mapping(fn, m, FULLCONE_EVENT_MAPPING_CREATE, 0, req);
	if (unlikely(test_and_set_bit(FULLCONE_ANNOUNCED, &m->flags)))
		fullcone_event_mapping(fn, m, FULLCONE_EVENT_MAPPING_DELETE, m->end_reason, NULL);
}

/**
 * fullcone_mapping_create() - make and publish the mapping of an internal endpoint
 * @fn: the namespace's state
 * @req: who asks, and for what; on failure it says why
 *
 * Context: softirq, RCU held.
 * Return: the mapping, or the one that another CPU made for the same endpoint
 * meanwhile; no reference is taken. On failure an error pointer: -ENOSPC no port,
 * or a full table, -EDQUOT a limit of the host, -EADDRNOTAVAIL no address, -EADDRINUSE
 * the one port that was wanted, -ENOMEM.
 */
struct fullcone_mapping *fullcone_mapping_create(struct fullcone_net *fn,
						 struct fullcone_request *req)
{
	struct fullcone_mapping *m, *owner;
	int err;

	if (!mapping_count(fn, req)) {
		req->refusal = FULLCONE_REFUSED_MAX_MAPPINGS;
		/* not the host's fault: a PCP server tells its client so */
		return ERR_PTR(-ENOSPC);
	}
	m = mapping_make(fn, req);
	if (IS_ERR(m)) {
		fullcone_mapping_uncount(fn, req->profile);
		return m;
	}
	err = fullcone_table_insert(fn, m, &owner);
	if (!err) {
		/* fullcone_mapping_end() marks a mapping dead, then unpublishes it. Either
		 * it finds this one in the internal index, or we see the mark.
		 */
		smp_mb();
		if (unlikely(test_bit(FULLCONE_DEAD, &m->flags)))
			fullcone_table_remove_key(fn, m);
		mapping_announce(fn, m, req);
		return m;
	}

	fullcone_host_return(m->host, req);
	fullcone_mapping_discard(fn, m);
	if (err == -EEXIST)
		return owner;
	req->refusal = FULLCONE_REFUSED_NOMEM;
	return ERR_PTR(err);
}

/* Is it open even without traffic (X-D4, C-2)? */
bool fullcone_mapping_is_explicit(const struct fullcone_mapping *m, unsigned long now)
{
	if (test_bit(FULLCONE_STATIC, &m->flags))
		return true;
	return test_bit(FULLCONE_EXPLICIT, &m->flags) &&
	       time_before(now, READ_ONCE(m->explicit_end));
}

/* May flows without an anchor of ours still use it? */
static bool mapping_is_adopted(const struct fullcone_mapping *m, unsigned long now)
{
	return test_bit(FULLCONE_ADOPTED, &m->flags) &&
	       time_before(now, READ_ONCE(m->adopted_end));
}

/* Does a flow use it? If not, only its timer, the hold or a request keeps it. */
bool fullcone_mapping_in_use(const struct fullcone_mapping *m, unsigned long now)
{
	return fullcone_mapping_sessions(m) || mapping_is_adopted(m, now);
}

/**
 * fullcone_mapping_state() - OPEN, DRAIN or HELD (K-4)
 * @m: the mapping
 * @now: jiffies
 */
u8 fullcone_mapping_state(const struct fullcone_mapping *m, unsigned long now)
{
	if (!time_after(now, fullcone_mapping_deadline(m)) ||
	    unlikely(fullcone_mapping_is_explicit(m, now)))
		return FULLCONE_STATE_OPEN;
	if (fullcone_mapping_in_use(m, now))
		return FULLCONE_STATE_DRAIN;
	return FULLCONE_STATE_HELD;
}
