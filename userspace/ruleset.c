// SPDX-License-Identifier: GPL-2.0
/* All chains and rules of nf_tables in this network namespace that packets may pass. */
#include "ruleset.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

static int add_table(struct nftnl_table *t, void *data)
{
	struct ruleset *rs = data;
	struct ruleset_table *grown;

	if (!(nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS) & NFT_TABLE_F_DORMANT))
		return 0;
	grown = realloc(rs->dormant, (rs->dormant_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rs->dormant = grown;
	grown[rs->dormant_count].family = nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY);
	grown[rs->dormant_count].name = strdup(nftnl_table_get_str(t, NFTNL_TABLE_NAME));
	return grown[rs->dormant_count++].name ? 0 : -ENOMEM;
}

bool ruleset_dormant(const struct ruleset *rs, uint8_t family, const char *table)
{
	size_t i;

	for (i = 0; i < rs->dormant_count; i++)
		if (rs->dormant[i].family == family && !strcmp(rs->dormant[i].name, table))
			return true;
	return false;
}

/* A chain at devices names one of them, or several. */
static int add_devices(struct ruleset_chain *rc, const struct nftnl_chain *c)
{
	const char *const *names = nftnl_chain_get(c, NFTNL_CHAIN_DEVICES);
	const char *one[] = { nftnl_chain_get_str(c, NFTNL_CHAIN_DEV), NULL };
	size_t count = 0, i;

	if (!names)
		names = one;
	while (names[count])
		count++;
	rc->devices = calloc(count + 1, sizeof(*rc->devices));
	for (i = 0; rc->devices && i < count; i++) {
		rc->devices[i] = strdup(names[i]);
		if (!rc->devices[i])
			return -ENOMEM;
	}
	return rc->devices ? 0 : -ENOMEM;
}

static int add_chain(struct nftnl_chain *c, void *data)
{
	struct ruleset *rs = data;
	struct ruleset_chain *grown, *rc;

	if (ruleset_dormant(rs, nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY),
			    nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE)))
		return 0;
	grown = realloc(rs->chains, (rs->chain_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rs->chains = grown;
	rc = &grown[rs->chain_count];
	memset(rc, 0, sizeof(*rc));
	rc->family = nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY);
	rc->table = strdup(nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE));
	rc->name = strdup(nftnl_chain_get_str(c, NFTNL_CHAIN_NAME));
	rs->chain_count++;
	if (!rc->table || !rc->name)
		return -ENOMEM;
	if (!nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM))
		return 0;
	rc->base = true;
	rc->hook = nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM);
	rc->priority = nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO);
	rc->policy_drop = nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP;
	rc->nat = nftnl_chain_is_set(c, NFTNL_CHAIN_TYPE) &&
		  !strcmp(nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE), "nat");
	if (rc->family == NFPROTO_NETDEV)
		rc->hook += RULESET_INGRESS;
	if (rc->hook == RULESET_INGRESS || rc->hook == RULESET_EGRESS)
		return add_devices(rc, c);
	return 0;
}

static int add_rule(struct nftnl_rule *r, void *data)
{
	struct ruleset *rs = data;
	void *grown;

	if (!r) {
		rs->unreadable++;
		return 0;
	}
	if (ruleset_dormant(rs, nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY),
			    nftnl_rule_get_str(r, NFTNL_RULE_TABLE))) {
		nftnl_rule_free(r);
		return 0;
	}
	grown = realloc(rs->rules, (rs->rule_count + 1) * sizeof(*rs->rules));
	if (!grown) {
		nftnl_rule_free(r);
		return -ENOMEM;
	}
	rs->rules = grown;
	rs->rules[rs->rule_count++] = r;
	return 0;
}

/* For reading only: if the ruleset keeps changing, the result of the last try will do. */
int ruleset_read(struct nft *n, struct ruleset *rs)
{
	unsigned int tries;
	bool changed;
	int ret;

	for (tries = 0; tries < NL_DUMP_TRIES; tries++) {
		memset(rs, 0, sizeof(*rs));
		rs->nft = n;
		ret = nft_each_table(n, add_table, rs);
		changed = n->nl.changed;
		if (!ret)
			ret = nft_each_chain(n, add_chain, rs);
		changed |= n->nl.changed;
		if (!ret)
			ret = nft_each_rule(n, NFPROTO_UNSPEC, NULL, add_rule, rs);
		if (ret) {
			ruleset_free(rs);
			return ret;
		}
		if ((!changed && !n->nl.changed) || tries == NL_DUMP_TRIES - 1)
			break;
		ruleset_free(rs);
	}
	return 0;
}

void ruleset_free(struct ruleset *rs)
{
	size_t i, k;

	for (i = 0; i < rs->dormant_count; i++)
		free(rs->dormant[i].name);
	for (i = 0; i < rs->chain_count; i++) {
		for (k = 0; rs->chains[i].devices && rs->chains[i].devices[k]; k++)
			free(rs->chains[i].devices[k]);
		free(rs->chains[i].devices);
		free(rs->chains[i].table);
		free(rs->chains[i].name);
	}
	for (i = 0; i < rs->rule_count; i++)
		nftnl_rule_free(rs->rules[i]);
	free(rs->dormant);
	free(rs->chains);
	free(rs->rules);
	memset(rs, 0, sizeof(*rs));
}

const struct ruleset_chain *ruleset_chain(const struct ruleset *rs, uint8_t family,
					  const char *table, const char *name)
{
	size_t i;

	for (i = 0; i < rs->chain_count; i++)
		if (rs->chains[i].family == family && !strcmp(rs->chains[i].table, table) &&
		    !strcmp(rs->chains[i].name, name))
			return &rs->chains[i];
	return NULL;
}

bool ruleset_sees(const struct ruleset_chain *c, uint8_t family)
{
	return c->family == family || c->family == NFPROTO_INET || c->family == NFPROTO_NETDEV;
}

bool ruleset_at_device(const struct ruleset_chain *c, const char *dev)
{
	size_t i;

	for (i = 0; c->devices && c->devices[i]; i++)
		if (!strcmp(c->devices[i], dev))
			return true;
	return false;
}

bool ruleset_in_chain(const struct nftnl_rule *r, const struct ruleset_chain *c)
{
	return nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY) == c->family &&
	       !strcmp(nftnl_rule_get_str(r, NFTNL_RULE_TABLE), c->table) &&
	       !strcmp(nftnl_rule_get_str(r, NFTNL_RULE_CHAIN), c->name);
}
