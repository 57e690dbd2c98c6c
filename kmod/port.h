/* SPDX-License-Identifier: GPL-2.0 */
/* A search for an external port, which port.c and port_free.c share. */
#ifndef _FULLCONE_PORT_H
#define _FULLCONE_PORT_H

#include <linux/random.h>

#include "fullcone.h"

/* No draws if fewer than one port in this many is free: most would be in vain. */
#define PORT_SCARCE	16

/*
 * A packet may not look at more candidates than this that turn out to belong to a
 * socket or another flow: each costs a lookup or two, in softirq.
 */
#define PORT_REFUSALS	256

struct port_range {
	u32 min;
	u32 max;
};

struct port_search {
	struct fullcone_net *fn;
	struct fullcone_addr *addr;
	struct fullcone_request *req;
	enum fullcone_l4 l4;
	unsigned long *used;
	unsigned long *held;
	unsigned int refusals;
	u64 random;		/* 0: none has been needed yet */
};

/*
 * A search begins with a number that nobody can guess. Later draws follow from that number by
 * Knuth's generator, which goes through all 64-bit numbers: so every draw is as even as the
 * first, and as hidden, since only the port of the last one is ever seen. A new secret for each
 * draw would be half of the cost of checking a port.
 */
static inline u32 port_chance(struct port_search *s, u32 n)
{
	if (!s->random)
		s->random = get_random_u64();
	else
		s->random = s->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return reciprocal_scale(s->random >> 32, n);
}

/* Counts ports outside the range, too: that at worst skips the draws, which does no harm. */
static inline bool port_scarce(const struct port_search *s, const struct port_range *r)
{
	u32 used = atomic_read(&s->addr->used_count[s->l4]);
	u32 count = r->max - r->min + 1;

	return used >= count - count / PORT_SCARCE;
}

/* port.c */
unsigned long fullcone_port_reserved_bits(const struct port_search *s, u32 word);
bool fullcone_port_claim(struct port_search *s, u16 port);

/* port_free.c */
bool fullcone_port_take_free(struct port_search *s, const struct port_range *r,
			     enum fullcone_parity parity, u16 *port);
bool fullcone_port_range_taken(const struct port_search *s, const struct port_range *r);

#endif /* _FULLCONE_PORT_H */
