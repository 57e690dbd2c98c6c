// SPDX-License-Identifier: GPL-2.0
/*
 * The choice of an external port, in bounded time (D4):
 *
 *  1. the internal port itself, if the profile preserves and it is free;
 *  2. a random free port of the same class and parity;
 *  3. a random free port of the same class;
 *  4. for an internal port below 1024, the same in the other class;
 *  5. a port from the reuse hold, as a last resort (G-8).
 *
 * Whoever sets a port's bit owns the port, without a lock. A number of random ports are
 * tried first, which nearly always succeeds; if not, or if hardly any port is left, free ones
 * are picked by the counts of their groups. At last the free ones are counted and one of them
 * is drawn, so that even the last is found. Whichever way, every free port is equally likely
 * (P-9). A live mapping's port is never taken.
 */
#include "port.h"

#define PORT_NAT_PMP	5350
#define PORT_PCP	5351

/* Draws before counting: at 93 % occupancy they fail once in a hundred times. */
#define PORT_DRAWS	64

/* The ranges of a host with a block: the block, and the ports in no block. */
static int port_ranges_block(const struct fullcone_request *req, struct port_range r[2])
{
	const struct fullcone_endpoint *ep = &req->key.ep;
	struct fullcone_block block;
	int n = 0;

	if (fullcone_block_of(req->settings, ep->family, &ep->addr, &block))
		r[n++] = (struct port_range){ block.first, block.last };
	if (fullcone_block_dynamic(req->settings, &block))
		r[n++] = (struct port_range){ block.first, block.last };
	return n;
}

/* The ranges to choose from, in order of preference; maybe none. */
static int port_ranges(const struct fullcone_request *req, u16 want, struct port_range r[2])
{
	const struct fullcone_settings *p = req->settings;

	if (fullcone_block_applies(req))
		return port_ranges_block(req, r);
	if (p->port_min) {
		r[0] = (struct port_range){ p->port_min, p->port_max };
		return 1;
	}
	/* identifiers have no classes */
	if (fullcone_proto_is_icmp(req->key.ep.proto)) {
		r[0] = (struct port_range){ 0, 65535 };
		return 1;
	}
	if (want >= 1024) {
		r[0] = (struct port_range){ 1024, 65535 };
		return 1;
	}
	r[0] = (struct port_range){ 1, 1023 };
	r[1] = (struct port_range){ 1024, 65535 };
	return 2;
}

/*
 * The ports of a word that must not be handed out: the sysctl's, the profile's, and those of
 * NAT-PMP and PCP, since an answer from these would be taken for the router's.
 */
unsigned long fullcone_port_reserved_bits(const struct port_search *s, u32 word)
{
	const unsigned long *reserved = fullcone_compat_reserved_ports(s->fn->net);
	unsigned long bits;

	if (fullcone_proto_is_icmp(s->req->key.ep.proto))
		return 0;
	bits = reserved ? READ_ONCE(reserved[word]) : 0;
	if (s->req->settings->reserved)
		bits |= s->req->settings->reserved[word];
	BUILD_BUG_ON(PORT_NAT_PMP / BITS_PER_LONG != PORT_PCP / BITS_PER_LONG);
	if (s->req->key.ep.proto == IPPROTO_UDP && word == PORT_PCP / BITS_PER_LONG)
		bits |= BIT(PORT_NAT_PMP % BITS_PER_LONG) | BIT(PORT_PCP % BITS_PER_LONG);
	return bits;
}

static bool port_reserved(const struct port_search *s, u16 port)
{
	return fullcone_port_reserved_bits(s, port / BITS_PER_LONG) & BIT(port % BITS_PER_LONG);
}

/* May a port without a mapping be handed out? */
static bool port_usable(struct port_search *s, u16 port)
{
	struct fullcone_request *req = s->req;
	struct fullcone_endpoint ext = {
		.addr = req->ext_addr,
		.port = htons(port),
		.zone = req->ext_zone,
		.family = req->key.ep.family,
		.proto = req->key.ep.proto,
	};
	struct nf_conntrack_tuple from_anybody = {
		.src.l3num = req->key.ep.family,
		.dst.protonum = req->key.ep.proto,
		.dst.u3 = req->ext_addr,
		.dst.u.all = htons(port),
	};

	if (req->settings->local_check &&
	    fullcone_local_socket(s->fn->net, &from_anybody, req->ifindex))
		return false;
	if (fullcone_clash_expected(s->fn, &ext, &req->key.ep))
		return false;
	if (!req->ct)
		return true;
	*fullcone_reply_port(&req->reply) = htons(port);
	return !fullcone_clash_certain(req->ct, &req->reply, req->ifindex);
}

bool fullcone_port_claim(struct port_search *s, u16 port)
{
	if (test_bit(port, s->used) || port_reserved(s, port) ||
	    test_and_set_bit(port, s->used))
		return false;
	if (port_usable(s, port))
		return true;
	clear_bit_unlock(port, s->used);
	s->refusals++;
	return false;
}

/* Draws from all ports of the range, free or not. */
static bool port_draw(struct port_search *s, const struct port_range *r,
		      enum fullcone_parity parity, u16 *port)
{
	u32 step = parity == FULLCONE_PARITY_ANY ? 1 : 2;
	u32 first = r->min, count;
	int i;

	if (parity != FULLCONE_PARITY_ANY && (first & 1) != parity)
		first++;
	if (first > r->max)
		return false;
	count = (r->max - first) / step + 1;
	for (i = 0; i < PORT_DRAWS && s->refusals < PORT_REFUSALS; i++) {
		*port = first + step * port_chance(s, count);
		if (fullcone_port_claim(s, *port))
			return true;
	}
	return false;
}

/* One port more has an owner, or one less: @n. */
static void port_count(struct fullcone_addr *a, enum fullcone_l4 l4, u16 port, int n)
{
	atomic_add(n, &a->used_count[l4]);
	atomic_add(n, &a->used_in[l4][port / FULLCONE_PORT_GROUP][port & 1]);
	atomic_add(n, &a->used_span[l4][port / FULLCONE_PORT_SPAN][port & 1]);
}

/* A random port, of @parity if there is one. */
static bool port_random(struct port_search *s, const struct port_range *r,
			enum fullcone_parity parity, u16 *port)
{
	return (!port_scarce(s, r) && port_draw(s, r, parity, port)) ||
	       fullcone_port_take_free(s, r, parity, port) ||
	       (parity != FULLCONE_PARITY_ANY &&
		fullcone_port_take_free(s, r, FULLCONE_PARITY_ANY, port));
}

static bool port_sequential(struct port_search *s, const struct port_range *r, u16 *port)
{
	u32 p = r->min;

	while (s->refusals < PORT_REFUSALS) {
		p = find_next_zero_bit(s->used, r->max + 1, p);
		if (p > r->max)
			return false;
		*port = p;
		if (fullcone_port_claim(s, p))
			return true;
		p++;
	}
	return false;
}

/* Take a port whose mapping has ended and is kept only against quick reuse. */
static bool port_reuse_held(struct port_search *s, const struct port_range *r, u16 *port)
{
	struct fullcone_endpoint ext = {
		.addr = s->addr->key.addr,
		.family = s->addr->key.family,
		.zone = s->addr->key.zone,
		.proto = s->req->key.ep.proto,
	};
	struct fullcone_mapping *m;
	u32 p = r->min + port_chance(s, r->max - r->min + 1);
	int turn;

	for (turn = 0; turn < 2; turn++, p = r->min) {
		while (s->refusals < PORT_REFUSALS) {
			p = find_next_bit(s->held, r->max + 1, p);
			if (p > r->max)
				break;
			ext.port = htons(p);
			m = fullcone_table_by_ext(s->fn, &ext);
			if (!m || fullcone_mapping_state(m, jiffies) != FULLCONE_STATE_HELD) {
				clear_bit(p, s->held);
				s->refusals++;
			} else if (port_reserved(s, p) || !port_usable(s, p)) {
				s->refusals++;
			} else if (fullcone_mapping_reclaim(s->fn, m, FULLCONE_REASON_REUSED) &&
				   fullcone_port_claim(s, p)) {
				*port = p;
				return true;
			}
			p++;
		}
	}
	return false;
}

/* A port asked for by number must not be in another host's block. */
static bool port_may_want(const struct fullcone_request *req)
{
	u16 port = ntohs(req->ext_port);
	struct port_range r[2];
	int n;

	if (!fullcone_block_applies(req))
		return true;
	n = port_ranges_block(req, r);
	while (n--)
		if (port >= r[n].min && port <= r[n].max)
			return true;
	return false;
}

static bool port_search(struct port_search *s, u16 want, u16 *port)
{
	const struct fullcone_settings *p = s->req->settings;
	bool parity_kept = p->parity && !fullcone_proto_is_icmp(s->req->key.ep.proto);
	bool asked = s->req->parity_given;
	enum fullcone_parity parity = FULLCONE_PARITY_ANY;
	struct port_range r[2];
	int i, n = port_ranges(s->req, want, r);

	if (asked || parity_kept)
		parity = asked ? s->req->odd : want & 1;
	if (s->req->want == FULLCONE_WANT_PREFER && port_may_want(s->req)) {
		*port = ntohs(s->req->ext_port);
		if (fullcone_port_claim(s, *port))
			return true;
	}
	if (n && p->alloc == FULLCONE_ALLOC_PRESERVE && want >= r[0].min && want <= r[0].max &&
	    (!asked || (want & 1) == s->req->odd)) {
		*port = want;
		if (fullcone_port_claim(s, want))
			return true;
	}
	for (i = 0; i < n; i++) {
		if (p->alloc == FULLCONE_ALLOC_SEQUENTIAL && !asked) {
			if (port_sequential(s, &r[i], port))
				return true;
			continue;
		}
		if (port_random(s, &r[i], parity, port))
			return true;
	}
	for (i = 0; i < n && !s->req->free_only; i++)
		if (port_reuse_held(s, &r[i], port))
			return true;
	return false;
}

/**
 * fullcone_port_choose() - become the owner of an external port
 * @fn: the namespace's state
 * @a: the external address
 * @req: for whom
 * @port: the port
 *
 * Context: softirq, RCU held.
 * Return: 0; -ENOSPC if there is none; -EADDRINUSE if the one that was wanted is not to
 * be had; -ENOMEM. The request says so as well.
 */
int fullcone_port_choose(struct fullcone_net *fn, struct fullcone_addr *a,
			 struct fullcone_request *req, __be16 *port)
{
	enum fullcone_l4 l4 = fullcone_l4_of(req->key.ep.proto);
	struct port_search s = {
		.fn = fn,
		.addr = a,
		.req = req,
		.l4 = l4,
	};
	u16 chosen = ntohs(req->ext_port);

	s.used = fullcone_addr_ports(a, l4);
	if (!s.used) {
		req->refusal = FULLCONE_REFUSED_NOMEM;
		return -ENOMEM;
	}
	s.held = a->held[l4];
	switch (req->want) {
	case FULLCONE_WANT_ADOPT:
		req->refusal = FULLCONE_REFUSED_TAKEN;
		if (test_and_set_bit(chosen, s.used))
			return -EADDRINUSE;
		break;
	case FULLCONE_WANT_EXACT:
		req->refusal = FULLCONE_REFUSED_TAKEN;
		if (!port_may_want(req) || !fullcone_port_claim(&s, chosen))
			return -EADDRINUSE;
		break;
	default:
		req->refusal = FULLCONE_REFUSED_NO_PORT;
		if (!port_search(&s, ntohs(req->key.ep.port), &chosen))
			return -ENOSPC;
	}
	port_count(a, l4, chosen, 1);
	*port = htons(chosen);
	return 0;
}

/**
 * fullcone_port_none() - would a search for a port be in vain?
 * @fn: the namespace's state
 * @req: for whom, and the external address
 *
 * A look at counts and at some bits, where a search would draw and count. Context: softirq, RCU
 * held. Return: true if each port that @req may have has an owner, and may not be reused.
 */
bool fullcone_port_none(struct fullcone_net *fn, struct fullcone_request *req)
{
	struct port_search s = {
		.fn = fn,
		.addr = fullcone_addr_find(fn, &req->ext_addr, req->key.ep.family, req->ext_zone),
		.req = req,
		.l4 = fullcone_l4_of(req->key.ep.proto),
	};
	struct port_range r[2];
	int i, n;

	if (!s.addr || req->want == FULLCONE_WANT_EXACT || req->want == FULLCONE_WANT_ADOPT)
		return false;
	/* pairs with the release that publishes the bitmap */
	s.used = smp_load_acquire(&s.addr->used[s.l4]);
	if (!s.used || (!req->free_only && atomic_read(&s.addr->held_count[s.l4])))
		return false;
	/* the one that is wanted may be of no range */
	if (req->want == FULLCONE_WANT_PREFER && port_may_want(req) &&
	    !test_bit(ntohs(req->ext_port), s.used))
		return false;
	n = port_ranges(req, ntohs(req->key.ep.port), r);
	for (i = 0; i < n; i++)
		if (!fullcone_port_range_taken(&s, &r[i]))
			return false;
	return true;
}

/**
 * fullcone_port_owed() - could a port be had if its owner let go of it?
 * @fn: the namespace's state
 * @req: for whom, and the external endpoint that is asked for
 *
 * Context: as above. Return: false if it is reserved, a socket's of the router, expected, or of
 * another host's block.
 */
bool fullcone_port_owed(struct fullcone_net *fn, struct fullcone_request *req)
{
	struct port_search s = { .fn = fn, .req = req };
	u16 port = ntohs(req->ext_port);

	return port_may_want(req) && !port_reserved(&s, port) && port_usable(&s, port);
}

/* The mapping has been unpublished and has no flows. */
void fullcone_port_release(struct fullcone_addr *a, u8 proto, __be16 port)
{
	enum fullcone_l4 l4 = fullcone_l4_of(proto);
	u16 p = ntohs(port);

	port_count(a, l4, p, -1);
	clear_bit(p, a->held[l4]);
	clear_bit_unlock(p, a->used[l4]);
}
