// SPDX-License-Identifier: GPL-2.0
/* The tables "fullcone" as a whole: changing which of our rules are in them. */
#include "cone.h"

#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

/* --- parts of a transaction --- */

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

static bool same_flows(const struct rule *a, const struct rule *b)
{
	struct rule x = rule_nat_half(a), y = rule_nat_half(b);

	x.snat = y.snat = (struct addr_range){ 0 };
	x.spares_own = y.spares_own = false;
	return rule_equal(&x, &y);
}

/*
 * The NAT rule that belongs to a label rule, or the inverse; NULL if it is gone. Both name
 * the same flows; if several do, the first belongs to the first, as we write them.
 */
static const struct found_rule *partner(const struct cone *c, const struct found_rule *f)
{
	size_t rank = 0, i;

	for (i = 0; &c->rules[i] != f; i++)
		rank += c->rules[i].nat == f->nat && same_flows(&c->rules[i].rule, &f->rule);
	for (i = 0; i < c->count; i++)
		if (c->rules[i].nat != f->nat && same_flows(&c->rules[i].rule, &f->rule) &&
		    !rank--)
			return &c->rules[i];
	return NULL;
}

/* Whether the rules differ only in the label or mark that they set. */
static bool same_but_selector(const struct rule *a, const struct rule *b)
{
	struct rule x = *a, y = *b;

	x.has_label = y.has_label = false;
	x.label = y.label = 0;
	x.mark = y.mark = (struct mark){ 0 };
	return rule_equal(&x, &y);
}

static bool same_selector(const struct rule *a, const struct rule *b)
{
	return a->has_label == b->has_label && a->label == b->label &&
	       a->mark.value == b->mark.value && a->mark.mask == b->mark.mask;
}

/*
 * A rule of another profile stays beside the new one, even if that profile is not known:
 * the module may have been loaded anew, and the profile not been set again yet. A rule that
 * selected the same profile before its label or mark was changed does not stay: one that
 * differs in nothing else or, for "default", one with the label it has from the start.
 */
static bool stays(const struct rule *old, const struct rule *rule, const struct profiles *all)
{
	const struct profile *p = rule_profile(old, all), *mine = rule_profile(rule, all);

	if (p || !mine)
		return p ? p != mine : !same_selector(old, rule);
	if (!strcmp(mine->name, "default") && old->has_label &&
	    old->label == FULLCONE_LABEL_DEFAULT)
		return false;
	return !same_but_selector(old, rule);
}

/*
 * The first NAT rule that matches decides, so NAT rules are in the order in which the engine
 * looks at profiles, which is that of their listing. The rule of an unknown profile keeps its
 * place.
 */
static void insert(struct wanted *w, const struct rule *rule, const struct profiles *all)
{
	const struct profile *p = rule_profile(rule, all);
	size_t at = w->count++, i;

	for (i = 0; p && i < at; i++)
		if (rule_profile(&w->rules[i], all) > p)
			at = i;
	memmove(&w->rules[at + 1], &w->rules[at], (w->count - 1 - at) * sizeof(*w->rules));
	w->rules[at] = *rule;
}

static int want(struct nft *n, const struct cone *c, const struct rule *rule,
		const struct profiles *all, struct wanted *w)
{
	bool there = false;
	size_t i;

	w->count = 0;
	w->rules = calloc(c->count + 1, sizeof(*w->rules));
	if (!w->rules)
		return nl_error(&n->nl, NULL, -ENOMEM);
	for (i = 0; i < c->count; i++) {
		const struct found_rule *nat = partner(c, &c->rules[i]);
		struct rule old = c->rules[i].rule;

		if (c->rules[i].nat || !concerns(&c->rules[i], rule->family, rule->oif))
			continue;
		if (nat)
			old.snat = nat->rule.snat;
		if (stays(&old, rule, all)) {
			insert(w, &old, all);
		} else if (!there) {
			/* in the place of the one it replaces */
			insert(w, rule, all);
			there = true;
		}
	}
	if (!there)
		insert(w, rule, all);
	return 0;
}

/* Whether the rules of the interface are these already, in this order. */
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
	} while (ret == -ERESTART && ++tries < CONE_TRIES);
	return ret;
}

/* --- taking them away --- */

struct going {
	uint8_t family;		/* 0: all */
	const char *oif;
	const struct profile *p;	/* NULL: all */
};

/* A NAT rule names no profile: it goes with its label rule, or with all of them. */
static bool goes(const struct cone *c, const struct found_rule *f, const struct going *g)
{
	if (!concerns(f, g->family, g->oif))
		return false;
	if (g->p && f->nat)
		f = partner(c, f);
	return !g->p || (f && rule_selects(&f->rule, g->p));
}

/* Whether only our two chains, empty, would be left in the table. */
static bool would_be_empty(const struct cone *c, uint8_t family, const struct going *g)
{
	bool any = false;
	size_t i;

	if (c->table[family].foreign)
		return false;
	for (i = 0; i < c->count; i++) {
		if (c->rules[i].rule.family != family)
			continue;
		if (!goes(c, &c->rules[i], g))
			return false;
		any = true;
	}
	return any;
}

static int del_once(struct nft *n, const struct cone *c, const struct going *g,
		    unsigned int *count)
{
	struct nft_batch b;
	bool ok = true;
	uint8_t t;
	size_t i;
	int ret;

	*count = 0;
	for (i = 0; i < c->count; i++)
		*count += !c->rules[i].nat && goes(c, &c->rules[i], g);
	for (i = 0; !*count && i < c->count; i++)
		*count += goes(c, &c->rules[i], g);
	if (!*count)
		return 0;
	ret = nft_batch_begin(n, &b);
	if (ret)
		return ret;
	for (t = 0; ok && t < NFPROTO_NUMPROTO; t++) {
		if (!c->table[t].exists || (g->family && t != g->family))
			continue;
		if (would_be_empty(c, t, g)) {
			ok = put_table(&b, NFT_MSG_DELTABLE, t);
			continue;
		}
		for (i = 0; ok && i < c->count; i++)
			if (c->rules[i].rule.family == t && goes(c, &c->rules[i], g))
				ok = put_rule_del(&b, &c->rules[i]);
	}
	return commit(n, &b, ok);
}

int cone_del(struct nft *n, uint8_t family, const char *oif, const struct profile *p,
	     unsigned int *count)
{
	const struct going g = { family, oif, p };
	unsigned int tries = 0;
	struct cone c;
	int ret;

	do {
		ret = cone_read(n, &c);
		if (ret)
			return ret;
		ret = del_once(n, &c, &g, count);
		cone_free(&c);
	} while (ret == -ERESTART && ++tries < CONE_TRIES);
	return ret;
}
