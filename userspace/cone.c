// SPDX-License-Identifier: GPL-2.0
/* The tables "fullcone" as a whole: which of our rules are in them, and changing that. */
#include "cone.h"

#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

/* How often a transaction is built again because somebody else changed the ruleset. */
#define CHANGE_TRIES 10

/* --- reading --- */

static int read_table(struct nftnl_table *t, void *data)
{
	uint32_t family = nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY);
	struct cone *c = data;

	if (strcmp(nftnl_table_get_str(t, NFTNL_TABLE_NAME), RULE_TABLE) ||
	    family >= NFPROTO_NUMPROTO || !rule_family_name(family))
		return 0;
	c->table[family].exists = true;
	return 0;
}

static int read_chain(struct nftnl_chain *ch, void *data)
{
	uint32_t family = nftnl_chain_get_u32(ch, NFTNL_CHAIN_FAMILY);
	const char *name = nftnl_chain_get_str(ch, NFTNL_CHAIN_NAME);
	struct cone *c = data;

	if (strcmp(nftnl_chain_get_str(ch, NFTNL_CHAIN_TABLE), RULE_TABLE) ||
	    family >= NFPROTO_NUMPROTO)
		return 0;
	if (strcmp(name, RULE_LABEL_CHAIN) && strcmp(name, RULE_NAT_CHAIN))
		c->table[family].foreign++;
	return 0;
}

struct rule_reader {
	struct cone *c;
	uint8_t family;
	/* names of the sets of the rules in c->rules, read when the dump is over */
	char (*sets)[32];
};

static bool grow(struct cone *c, struct rule_reader *rr)
{
	void *rules = realloc(c->rules, (c->count + 1) * sizeof(*c->rules));
	void *sets = rules ? realloc(rr->sets, (c->count + 1) * sizeof(*rr->sets)) : NULL;

	if (rules)
		c->rules = rules;
	if (sets)
		rr->sets = sets;
	return sets;
}

static bool decode(struct nftnl_rule *r, struct found_rule *f, char *set)
{
	const char *chain = nftnl_rule_get_str(r, NFTNL_RULE_CHAIN);

	memset(f, 0, sizeof(*f));
	f->nat = !strcmp(chain, RULE_NAT_CHAIN);
	f->handle = nftnl_rule_get_u64(r, NFTNL_RULE_HANDLE);
	return (f->nat || !strcmp(chain, RULE_LABEL_CHAIN)) &&
	       rule_decode(r, f->nat, &f->rule, set);
}

static int read_rule(struct nftnl_rule *r, void *data)
{
	struct rule_reader *rr = data;
	struct cone *c = rr->c;
	int ret = 0;

	if (r && strcmp(nftnl_rule_get_str(r, NFTNL_RULE_TABLE), RULE_TABLE)) {
		nftnl_rule_free(r);
		return 0;
	}
	if (!grow(c, rr)) {
		ret = -ENOMEM;
	} else if (r && decode(r, &c->rules[c->count], rr->sets[c->count])) {
		c->count++;
	} else {
		c->foreign++;
		c->table[rr->family].foreign++;
	}
	nftnl_rule_free(r);
	return ret;
}

/* The protocols of a rule are the elements of its anonymous set. */
static bool read_protos(struct nft *n, struct rule *rule, const char *name)
{
	struct nftnl_set *s = nft_read_set(n, rule->family, RULE_TABLE, name);
	struct nftnl_set_elems_iter *iter;
	struct nftnl_set_elem *e;
	bool ok = true;

	if (!s)
		return false;
	iter = nftnl_set_elems_iter_create(s);
	while (iter && (e = nftnl_set_elems_iter_next(iter))) {
		uint32_t len;
		const uint8_t *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);

		ok = ok && key && len && rule_add_proto(rule, *key);
	}
	nftnl_set_elems_iter_destroy(iter);
	nftnl_set_free(s);
	return ok && rule->protos;
}

static int read_family(struct nft *n, struct cone *c, uint8_t family)
{
	struct rule_reader rr = { .c = c, .family = family };
	size_t i, first = c->count, kept = first;
	int ret;

	ret = nft_count_named(n, family, RULE_TABLE, &c->table[family].foreign);
	if (!ret)
		ret = nft_each_rule(n, family, RULE_TABLE, read_rule, &rr);
	for (i = first; !ret && i < c->count; i++) {
		if (*rr.sets[i] && !read_protos(n, &c->rules[i].rule, rr.sets[i])) {
			c->foreign++;
			c->table[family].foreign++;
			continue;
		}
		c->rules[kept++] = c->rules[i];
	}
	c->count = kept;
	free(rr.sets);
	return ret;
}

static int read_once(struct nft *n, struct cone *c, bool *changed)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET };
	uint32_t before;
	size_t i;
	int ret;

	memset(c, 0, sizeof(*c));
	ret = nft_read_generation(n);
	before = n->generation;
	if (!ret)
		ret = nft_each_table(n, read_table, c);
	if (!ret)
		ret = nft_each_chain(n, read_chain, c);
	for (i = 0; !ret && i < sizeof(families); i++)
		if (c->table[families[i]].exists)
			ret = read_family(n, c, families[i]);
	if (!ret)
		ret = nft_read_generation(n);
	*changed = n->generation != before;
	if (ret)
		cone_free(c);
	return ret;
}

/* Several dumps are one state only if the generation is the same before and after. */
int cone_read(struct nft *n, struct cone *c)
{
	unsigned int tries;
	bool changed;
	int ret;

	for (tries = 0; tries < CHANGE_TRIES; tries++) {
		ret = read_once(n, c, &changed);
		if (!changed)
			return ret;
		if (!ret)
			cone_free(c);
	}
	return nl_error(&n->nl, NULL, -EINTR);
}

void cone_free(struct cone *c)
{
	free(c->rules);
	c->rules = NULL;
	c->count = 0;
}

/* --- changing --- */

static bool put_table(struct nft_batch *b, uint16_t type, uint8_t family)
{
	struct nftnl_table *t = nftnl_table_alloc();

	if (!t)
		return false;
	nftnl_table_set_u32(t, NFTNL_TABLE_FAMILY, family);
	nftnl_table_set_str(t, NFTNL_TABLE_NAME, RULE_TABLE);
	nft_batch_table(b, type, t);
	nftnl_table_free(t);
	return true;
}

static bool put_chain(struct nft_batch *b, uint8_t family, const char *name, int32_t priority)
{
	struct nftnl_chain *c = nftnl_chain_alloc();

	if (!c)
		return false;
	nftnl_chain_set_u32(c, NFTNL_CHAIN_FAMILY, family);
	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, RULE_TABLE);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, name);
	nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "nat");
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, NF_INET_POST_ROUTING);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, priority);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	nft_batch_chain(b, NFT_MSG_NEWCHAIN, c);
	nftnl_chain_free(c);
	return true;
}

static bool put_rule_del(struct nft_batch *b, const struct found_rule *f)
{
	struct nftnl_rule *r = nftnl_rule_alloc();

	if (!r)
		return false;
	nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, f->rule.family);
	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, RULE_TABLE);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, f->nat ? RULE_NAT_CHAIN : RULE_LABEL_CHAIN);
	nftnl_rule_set_u64(r, NFTNL_RULE_HANDLE, f->handle);
	nft_batch_rule(b, NFT_MSG_DELRULE, r);
	nftnl_rule_free(r);
	return true;
}

static bool concerns(const struct found_rule *f, uint8_t family, const char *oif)
{
	return (!family || f->rule.family == family) && !strcmp(f->rule.oif, oif);
}

/* --- the rules of one interface, as they shall be --- */

struct wanted {
	struct rule *rules;
	size_t count;
};

/* The address that the NAT rule beside a label rule gives; the two name the same flows. */
static struct addr_range find_fallback(const struct cone *c, const struct rule *label)
{
	const struct rule nat = rule_nat_half(label);
	size_t i;

	for (i = 0; i < c->count; i++) {
		struct rule other = c->rules[i].rule;

		other.snat = (struct addr_range){ 0 };
		if (c->rules[i].nat && rule_equal(&nat, &other))
			return c->rules[i].rule.snat;
	}
	return (struct addr_range){ 0 };
}

/*
 * A rule of another profile stays beside the new one. One that selects no profile is of
 * no use, if the profiles are known; else those with another label or mark stay.
 */
static bool stays(const struct rule *old, const struct rule *rule, const struct profiles *all)
{
	const struct profile *p = rule_profile(old, all);

	if (all->count)
		return p && p != rule_profile(rule, all);
	return old->has_label != rule->has_label || old->label != rule->label ||
	       old->mark.value != rule->mark.value || old->mark.mask != rule->mark.mask;
}

/*
 * The first NAT rule that matches decides, so they are in the order in which the engine
 * looks at profiles, which is that of their listing.
 */
static void insert(struct wanted *w, const struct rule *rule, const struct profiles *all)
{
	const struct profile *p = rule_profile(rule, all);
	size_t i = w->count++;

	for (; i && p && rule_profile(&w->rules[i - 1], all) > p; i--)
		w->rules[i] = w->rules[i - 1];
	w->rules[i] = *rule;
}

static int want(struct nft *n, const struct cone *c, const struct rule *rule,
		const struct profiles *all, struct wanted *w)
{
	size_t i;

	w->count = 0;
	w->rules = calloc(c->count + 1, sizeof(*w->rules));
	if (!w->rules)
		return nl_error(&n->nl, NULL, -ENOMEM);
	for (i = 0; i < c->count; i++) {
		struct rule old = c->rules[i].rule;

		if (c->rules[i].nat || !concerns(&c->rules[i], rule->family, rule->oif) ||
		    !stays(&old, rule, all))
			continue;
		old.snat = find_fallback(c, &old);
		insert(w, &old, all);
	}
	insert(w, rule, all);
	return 0;
}

/* The rules of the interface are these already, in this order. */
static bool is_there(const struct cone *c, const struct wanted *w)
{
	size_t labels = 0, nats = 0, i;

	for (i = 0; i < c->count; i++) {
		const struct found_rule *f = &c->rules[i];
		size_t *at = f->nat ? &nats : &labels;
		struct rule half;

		if (!concerns(f, w->rules[0].family, w->rules[0].oif))
			continue;
		if (*at == w->count)
			return false;
		half = f->nat ? rule_nat_half(&w->rules[*at]) : rule_label_half(&w->rules[*at]);
		if (!rule_equal(&f->rule, &half))
			return false;
		(*at)++;
	}
	return labels == w->count && nats == w->count;
}

static int commit(struct nft *n, struct nft_batch *b, bool complete)
{
	int ret = complete ? nft_batch_commit(n, b) : nl_error(&n->nl, NULL, -ENOMEM);

	nft_batch_free(b);
	return ret;
}

static int add_once(struct nft *n, const struct cone *c, const struct wanted *w)
{
	const struct rule *rule = &w->rules[0];
	struct nft_batch b;
	bool ok;
	size_t i;
	int ret;

	ret = nft_batch_begin(n, &b);
	if (ret)
		return ret;
	ok = put_table(&b, NFT_MSG_NEWTABLE, rule->family) &&
	     put_chain(&b, rule->family, RULE_LABEL_CHAIN, RULE_LABEL_PRIORITY) &&
	     put_chain(&b, rule->family, RULE_NAT_CHAIN, RULE_NAT_PRIORITY);
	for (i = 0; ok && i < c->count; i++)
		if (concerns(&c->rules[i], rule->family, rule->oif))
			ok = put_rule_del(&b, &c->rules[i]);
	for (i = 0; ok && i < w->count; i++)
		ok = rule_batch_label(&b, &w->rules[i], i + 1) && rule_batch_nat(&b, &w->rules[i]);
	return commit(n, &b, ok);
}

int cone_add(struct nft *n, const struct rule *rule, const struct profiles *all, bool *changed)
{
	unsigned int tries = 0;
	struct wanted w;
	struct cone c;
	int ret;

	do {
		ret = cone_read(n, &c);
		if (ret)
			return ret;
		ret = want(n, &c, rule, all, &w);
		*changed = !ret && !is_there(&c, &w);
		if (*changed)
			ret = add_once(n, &c, &w);
		free(w.rules);
		cone_free(&c);
	} while (ret == -ERESTART && ++tries < CHANGE_TRIES);
	return ret;
}

/* Nothing would be left in the table but our two chains, empty. */
static bool would_be_empty(const struct cone *c, uint8_t family, const char *oif)
{
	bool going = false;
	size_t i;

	if (c->table[family].foreign)
		return false;
	for (i = 0; i < c->count; i++) {
		if (c->rules[i].rule.family != family)
			continue;
		if (!concerns(&c->rules[i], family, oif))
			return false;
		going = true;
	}
	return going;
}

static int del_once(struct nft *n, const struct cone *c, uint8_t family, const char *oif,
		    unsigned int *count)
{
	struct nft_batch b;
	bool ok = true;
	uint8_t t;
	size_t i;
	int ret;

	*count = 0;
	for (i = 0; i < c->count; i++)
		*count += concerns(&c->rules[i], family, oif) && !c->rules[i].nat;
	for (i = 0; !*count && i < c->count; i++)
		*count += concerns(&c->rules[i], family, oif);
	if (!*count)
		return 0;
	ret = nft_batch_begin(n, &b);
	if (ret)
		return ret;
	for (t = 0; ok && t < NFPROTO_NUMPROTO; t++) {
		if (!c->table[t].exists || (family && t != family))
			continue;
		if (would_be_empty(c, t, oif)) {
			ok = put_table(&b, NFT_MSG_DELTABLE, t);
			continue;
		}
		for (i = 0; ok && i < c->count; i++)
			if (c->rules[i].rule.family == t && concerns(&c->rules[i], t, oif))
				ok = put_rule_del(&b, &c->rules[i]);
	}
	return commit(n, &b, ok);
}

int cone_del(struct nft *n, uint8_t family, const char *oif, unsigned int *count)
{
	unsigned int tries = 0;
	struct cone c;
	int ret;

	do {
		ret = cone_read(n, &c);
		if (ret)
			return ret;
		ret = del_once(n, &c, family, oif, count);
		cone_free(&c);
	} while (ret == -ERESTART && ++tries < CHANGE_TRIES);
	return ret;
}
