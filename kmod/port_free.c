// SPDX-License-Identifier: GPL-2.0
/*
 * The free ports of an address, by the counts of their groups and by the bits: where hardly
 * any is left, and draws from all ports would be in vain.
 */
#include "port.h"

/* Picks of a free port, which may be reserved or out of range, before counting. */
#define PORT_PICKS	16

/* A range in which it is cheaper to count than to pick. */
#define PORT_NARROW	4096

/* Words of the bitmap that are counted together. */
#define PORT_WORDS	(FULLCONE_PORT_GROUP / BITS_PER_LONG)

/* Groups in a span. */
#define PORT_STRIDE	(FULLCONE_PORT_SPAN / FULLCONE_PORT_GROUP)

/* Of the ports in a word of a bitmap. */
#define PORTS_EVEN	(~0UL / 3)
#define PORTS_ODD	(PORTS_EVEN << 1)

static unsigned long port_parity_bits(enum fullcone_parity parity)
{
	switch (parity) {
	case FULLCONE_PARITY_EVEN:
		return PORTS_EVEN;
	case FULLCONE_PARITY_ODD:
		return PORTS_ODD;
	default:
		return ~0UL;
	}
}

/* The bits of @word that are in the range, of the parity, free and not reserved. */
static unsigned long port_free_bits(const struct port_search *s, const struct port_range *r,
				    enum fullcone_parity parity, u32 word)
{
	unsigned long bits = ~(READ_ONCE(s->used[word]) | fullcone_port_reserved_bits(s, word)) &
			     port_parity_bits(parity);
	u32 first = word * BITS_PER_LONG, last = first + BITS_PER_LONG - 1;

	if (r->min > first)
		bits &= ~0UL << (r->min - first);
	if (r->max < last)
		bits &= ~0UL >> (last - r->max);
	return bits;
}

/*
 * The ports of a group, or of a span, that have no owner: among them those that are just being
 * taken or given back. If it is 0, none is free.
 */
static u32 port_free_in(const atomic_t used[2], u32 ports, enum fullcone_parity parity)
{
	if (parity != FULLCONE_PARITY_ANY)
		return ports / 2 - atomic_read(&used[parity]);
	return ports - atomic_read(&used[0]) - atomic_read(&used[1]);
}

static u32 port_free_group(const struct port_search *s, enum fullcone_parity parity, u32 group)
{
	return port_free_in(s->addr->used_in[s->l4][group], FULLCONE_PORT_GROUP, parity);
}

static u32 port_free_span(const struct port_search *s, enum fullcone_parity parity, u32 span)
{
	return port_free_in(s->addr->used_span[s->l4][span], FULLCONE_PORT_SPAN, parity);
}

/* How many groups from @group to @last are counted at once: those of a whole span, or one. */
static u32 port_stride(u32 group, u32 last)
{
	return group % PORT_STRIDE || group + PORT_STRIDE - 1 > last ? 1 : PORT_STRIDE;
}

static u32 port_free_stride(const struct port_search *s, enum fullcone_parity parity, u32 group,
			    u32 stride)
{
	return stride == 1 ? port_free_group(s, parity, group) :
			     port_free_span(s, parity, group / PORT_STRIDE);
}

/* The first word from @word to @last that may have a free port; or one after @last. */
static u32 port_free_word(const struct port_search *s, enum fullcone_parity parity, u32 word,
			  u32 last)
{
	const u32 span = PORT_WORDS * PORT_STRIDE;

	while (word <= last) {
		if (!port_free_span(s, parity, word / span))
			word = round_down(word, span) + span;
		else if (!port_free_group(s, parity, word / PORT_WORDS))
			word = round_down(word, PORT_WORDS) + PORT_WORDS;
		else if (READ_ONCE(s->used[word]) == ~0UL)
			word++;
		else
			return word;
	}
	return last + 1;
}

/* Goes on, by @most groups at once, to where the free port is that @skip come before. */
static bool port_skip_groups(const struct port_search *s, enum fullcone_parity parity, u32 *group,
			     u32 last, u32 most, u32 *skip)
{
	u32 n, stride;

	for (; *group <= last; *group += stride) {
		stride = min(most, port_stride(*group, last));
		n = port_free_stride(s, parity, *group, stride);
		if (*skip < n)
			return true;
		*skip -= n;
	}
	return false;
}

/* Of the free ports of the range's groups, the one that @skip come before. */
static bool port_nth_free(const struct port_search *s, const struct port_range *r,
			  enum fullcone_parity parity, u32 skip, u16 *port)
{
	u32 group = r->min / FULLCONE_PORT_GROUP, last = r->max / FULLCONE_PORT_GROUP, word, n;
	unsigned long bits;

	if (!port_skip_groups(s, parity, &group, last, PORT_STRIDE, &skip) ||
	    !port_skip_groups(s, parity, &group, last, 1, &skip))
		return false;
	for (word = group * PORT_WORDS; word < (group + 1) * PORT_WORDS; word++) {
		bits = ~READ_ONCE(s->used[word]) & port_parity_bits(parity);
		n = hweight_long(bits);
		if (skip >= n) {
			skip -= n;
			continue;
		}
		for (; skip; skip--)
			bits &= bits - 1;
		*port = word * BITS_PER_LONG + __ffs(bits);
		return true;
	}
	/* another CPU has taken it */
	return false;
}

/* Picks from the @free ports of the range's groups until one will do. */
static bool port_pick(struct port_search *s, const struct port_range *r,
		      enum fullcone_parity parity, u32 free, u16 *port)
{
	int i, picks = min_t(u32, free, PORT_PICKS);

	for (i = 0; i < picks && s->refusals < PORT_REFUSALS; i++)
		if (port_nth_free(s, r, parity, port_chance(s, free), port) &&
		    *port >= r->min && *port <= r->max && fullcone_port_claim(s, *port))
			return true;
	return false;
}

/* Draws from @free ports: a random one, and those after it if it is refused. */
static bool port_draw_free(struct port_search *s, const struct port_range *r,
			   enum fullcone_parity parity, u32 free, u16 *port)
{
	u32 first = r->min / BITS_PER_LONG, last = r->max / BITS_PER_LONG, word;
	unsigned long bits;
	u32 skip;
	int turn;

	if (!free)
		return false;
	skip = port_chance(s, free);

	/* twice around, since the beginning of the first turn is skipped */
	for (turn = 0; turn < 2; turn++) {
		for (word = port_free_word(s, parity, first, last); word <= last;
		     word = port_free_word(s, parity, word + 1, last)) {
			bits = port_free_bits(s, r, parity, word);
			if (skip >= hweight_long(bits)) {
				skip -= hweight_long(bits);
				continue;
			}
			for (; skip; skip--)
				bits &= bits - 1;
			for (; bits; bits &= bits - 1) {
				if (s->refusals >= PORT_REFUSALS)
					return false;
				*port = word * BITS_PER_LONG + __ffs(bits);
				if (fullcone_port_claim(s, *port))
					return true;
			}
		}
	}
	return false;
}

/* Counts the free ports, and draws from them. */
static bool port_draw_counted(struct port_search *s, const struct port_range *r,
			      enum fullcone_parity parity, u16 *port)
{
	struct port_range part = *r;	/* what is before and after it is taken */
	u32 last = r->max / BITS_PER_LONG, word, free = 0;
	unsigned long bits;

	for (word = port_free_word(s, parity, r->min / BITS_PER_LONG, last); word <= last;
	     word = port_free_word(s, parity, word + 1, last)) {
		bits = port_free_bits(s, r, parity, word);
		if (!bits)
			continue;
		if (!free)
			part.min = max(r->min, word * BITS_PER_LONG);
		part.max = min(r->max, word * BITS_PER_LONG + BITS_PER_LONG - 1);
		free += hweight_long(bits);
	}
	return port_draw_free(s, &part, parity, free, port);
}

bool fullcone_port_take_free(struct port_search *s, const struct port_range *r,
			     enum fullcone_parity parity, u16 *port)
{
	u32 group, last = r->max / FULLCONE_PORT_GROUP, stride, free = 0;

	for (group = r->min / FULLCONE_PORT_GROUP; group <= last; group += stride) {
		stride = port_stride(group, last);
		free += port_free_stride(s, parity, group, stride);
	}
	if (!free)
		return false;
	return (r->max - r->min >= PORT_NARROW && port_pick(s, r, parity, free, port)) ||
	       port_draw_counted(s, r, parity, port);
}

/* Some ports of the range may be free, but reserved. */
bool fullcone_port_range_taken(const struct port_search *s, const struct port_range *r)
{
	u32 last = r->max / BITS_PER_LONG, word;

	if (!port_scarce(s, r))
		return false;
	for (word = port_free_word(s, FULLCONE_PARITY_ANY, r->min / BITS_PER_LONG, last);
	     word <= last; word = port_free_word(s, FULLCONE_PARITY_ANY, word + 1, last))
		if (port_free_bits(s, r, FULLCONE_PARITY_ANY, word))
			return false;
	return true;
}
