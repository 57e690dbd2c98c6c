// SPDX-License-Identifier: GPL-2.0
/* The tables "fullcone" as a whole: which of our rules are in them. */
#include "cone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	return ok && rule_protos_ok(rule);
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

	for (tries = 0; tries < CONE_TRIES; tries++) {
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
