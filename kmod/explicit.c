// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings that were requested over netlink: static ones (X-D4) and those with a
 * lifetime, as a PCP daemon wants them (C-1, C-2). They are open without traffic;
 * otherwise they are mappings like any other.
 */
#include <linux/netlink.h>

#include "fullcone.h"

/* Times to look again for a mapping that turns out to be dying. */
#define EXPLICIT_RETRIES	16

static void explicit_explain(const struct fullcone_request *req, struct netlink_ext_ack *extack)
{
	switch (req->refusal) {
	case FULLCONE_REFUSED_TAKEN:
		NL_SET_ERR_MSG(extack,
			       "the external port is taken, reserved, or a socket's of the router");
		break;
	case FULLCONE_REFUSED_NO_PORT:
	case FULLCONE_REFUSED_EXHAUSTED:
		NL_SET_ERR_MSG(extack, "no external port is free");
		break;
	case FULLCONE_REFUSED_NO_ADDRESS:
		if (req->addr_given)
			NL_SET_ERR_MSG(extack, "not the external address of the host's block");
		else
			NL_SET_ERR_MSG(extack, "there is no external address");
		break;
	case FULLCONE_REFUSED_HOST_MAX:
		NL_SET_ERR_MSG(extack, "the host has as many mappings as it may (host_max)");
		break;
	case FULLCONE_REFUSED_HOST_RATE:
		NL_SET_ERR_MSG(extack, "the host makes mappings faster than it may (host_rate)");
		break;
	case FULLCONE_REFUSED_MAX_MAPPINGS:
		NL_SET_ERR_MSG(extack, "the mapping table is full (max_mappings)");
		break;
	default:
		NL_SET_ERR_MSG(extack, "no memory");
	}
}

static bool explicit_elsewhere(const struct fullcone_mapping *m,
			       const struct fullcone_request *req)
{
	const struct fullcone_endpoint ext = { .addr = req->ext_addr, .port = req->ext_port };

	return req->want == FULLCONE_WANT_EXACT && !fullcone_endpoint_same(&m->ext, &ext);
}

static void explicit_replace_remotes(struct fullcone_net *fn, struct fullcone_mapping *m,
				     struct fullcone_remotes *new)
{
	struct fullcone_remotes *old;

	old = rcu_replace_pointer(m->remotes, new, lockdep_is_held(&fn->lock));
	fullcone_remotes_put(old);
}

/*
 * An existing mapping becomes static or explicit and keeps its external endpoint. Done
 * under the lock, so that fullcone_mapping_reclaim() sees it.
 * Return: false if it has been ended meanwhile.
 */
static bool explicit_mark(struct fullcone_net *fn, struct fullcone_mapping *m,
			  const struct fullcone_request *req)
{
	bool alive;

	spin_lock(&fn->lock);
	alive = !test_bit(FULLCONE_DEAD, &m->flags);
	if (alive) {
		/* those of a request whose lifetime is over went with it */
		if (req->remotes || !fullcone_mapping_is_explicit(m, jiffies))
			explicit_replace_remotes(fn, m, fullcone_remotes_get(req->remotes));
		WRITE_ONCE(m->explicit_end, jiffies + req->lifetime);
		set_bit(req->lifetime ? FULLCONE_EXPLICIT : FULLCONE_STATIC, &m->flags);
		clear_bit(req->lifetime ? FULLCONE_STATIC : FULLCONE_EXPLICIT, &m->flags);
	}
	spin_unlock(&fn->lock);
	return alive;
}

static struct fullcone_mapping *explicit_try(struct fullcone_net *fn,
					     struct fullcone_request *req,
					     struct netlink_ext_ack *extack)
{
	struct fullcone_mapping *m = fullcone_table_by_key(fn, &req->key);

	if (!m && req->renew_only) {
		NL_SET_ERR_MSG(extack, "not an address of the profile's sources");
		return ERR_PTR(-EADDRNOTAVAIL);
	}
	if (!m)
		m = fullcone_mapping_create(fn, req);
	if (IS_ERR(m)) {
		explicit_explain(req, extack);
		return m;
	}
	if (explicit_elsewhere(m, req)) {
		NL_SET_ERR_MSG(extack, "the endpoint has a mapping with another external endpoint");
		return ERR_PTR(-EEXIST);
	}
	if (test_bit(FULLCONE_ZONE_DIR, &m->flags)) {
		NL_SET_ERR_MSG(extack, "the endpoint's zone is of one direction: nobody gets in");
		return ERR_PTR(-EOPNOTSUPP);
	}
	if (!fullcone_mapping_get(m))
		return NULL;
	if (!explicit_mark(fn, m, req)) {
		fullcone_mapping_put(m);
		return NULL;
	}
	if (!fullcone_realm_is_pool(m->key.realm))
		fullcone_iface_expect(fn, &m->key.ep, m->key.realm, NULL, true);
	return m;
}

/**
 * fullcone_explicit_check() - could the endpoint be had if its owner let go of it?
 * @fn: the namespace's state, active
 * @req: for whom, and which one
 * @extack: where to say why not
 *
 * Context: process, RCU held. Return: 0, or what fullcone_explicit_add() would return.
 */
int fullcone_explicit_check(struct fullcone_net *fn, struct fullcone_request *req,
			    struct netlink_ext_ack *extack)
{
	int err = 0;

	if (fullcone_block_elsewhere(req)) {
		req->refusal = FULLCONE_REFUSED_NO_ADDRESS;
		err = -EADDRNOTAVAIL;
	} else {
		local_bh_disable();
		if (!fullcone_port_owed(fn, req)) {
			req->refusal = FULLCONE_REFUSED_TAKEN;
			err = -EADDRINUSE;
		}
		local_bh_enable();
	}
	if (err)
		explicit_explain(req, extack);
	return err;
}

/**
 * fullcone_explicit_add() - make a mapping that is open without traffic
 * @fn: the namespace's state, active
 * @req: for whom, and where
 * @lifetime: seconds, 0: for ever
 * @extack: where to say why not
 *
 * Context: process, RCU held.
 * Return: the mapping, with a reference for the caller; or an error pointer.
 */
struct fullcone_mapping *fullcone_explicit_add(struct fullcone_net *fn,
					       struct fullcone_request *req, u32 lifetime,
					       struct netlink_ext_ack *extack)
{
	struct fullcone_mapping *m = NULL;
	int i;

	req->explicit = true;
	req->lifetime = lifetime * HZ;
	for (i = 0; !m && i < EXPLICIT_RETRIES; i++) {
		/* as a packet would */
		local_bh_disable();
		m = explicit_try(fn, req, extack);
		local_bh_enable();
	}
	if (m)
		return m;
	NL_SET_ERR_MSG(extack, "the endpoint's mapping is just ending; try again");
	return ERR_PTR(-EAGAIN);
}

/**
 * fullcone_explicit_del() - take back what fullcone_explicit_add() did
 * @fn: the namespace's state
 * @m: the mapping, under RCU
 *
 * A mapping that the endpoint's own traffic keeps open goes on; an unused one ends.
 * Return: 0, or -ENOENT if it is neither static nor explicit.
 */
int fullcone_explicit_del(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	bool was_static, was_explicit;

	spin_lock_bh(&fn->lock);
	was_static = test_and_clear_bit(FULLCONE_STATIC, &m->flags);
	was_explicit = test_and_clear_bit(FULLCONE_EXPLICIT, &m->flags);
	if (!test_bit(FULLCONE_DEAD, &m->flags))
		explicit_replace_remotes(fn, m, NULL);
	spin_unlock_bh(&fn->lock);
	if (!was_static && !was_explicit)
		return -ENOENT;
	if (fullcone_mapping_state(m, jiffies) == FULLCONE_STATE_HELD)
		fullcone_mapping_reclaim(fn, m, FULLCONE_REASON_DELETED);
	return 0;
}

/**
 * fullcone_explicit_drained() - end a mapping after fullcone_explicit_del(), if it is unused
 * @fn: the namespace's state
 * @m: the mapping, with a reference, which this takes over
 *
 * Others whom its host has never answered do not use it (K-6): without them, its port is free
 * at once, not when conntrack forgets them and the hold is over. The pairs of those inside are let
 * go of here, since each holds the mapping until GC comes by.
 *
 * Context: process, may sleep.
 */
void fullcone_explicit_drained(struct fullcone_net *fn, struct fullcone_mapping *m)
{
	bool dead;

	fullcone_walker_kill_unanswered(fn, m);
	while (fullcone_pair_gc(fn))
		cond_resched();
	/* unless it is dead already, its memory stays until the end of this section */
	rcu_read_lock();
	dead = test_bit(FULLCONE_DEAD, &m->flags);
	fullcone_mapping_put(m);
	if (!dead)
		fullcone_mapping_reclaim(fn, m, FULLCONE_REASON_DELETED);
	rcu_read_unlock();
}
