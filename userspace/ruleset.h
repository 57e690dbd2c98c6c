/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All chains and rules of nf_tables in this network namespace that packets may pass, to be
 * looked at by "check". The chains of a dormant table have no hooks.
 */
#ifndef _FULLCONE_RULESET_H
#define _FULLCONE_RULESET_H

#include "nft.h"

#include <netinet/in.h>
#include <linux/netfilter.h>

/* The hooks of a device itself, of families netdev and inet; numbers that no other hook has. */
#define RULESET_INGRESS	NF_INET_INGRESS
#define RULESET_EGRESS	(NF_INET_INGRESS + 1)

struct ruleset_chain {
	uint8_t family;
	char *table;
	char *name;
	bool base;
	bool nat;		/* of type nat; with @base */
	uint32_t hook;
	int32_t priority;
	bool policy_drop;
	char **devices;		/* of RULESET_INGRESS and RULESET_EGRESS, the last one is NULL */
};

struct ruleset_table {
	uint8_t family;
	char *name;
};

struct ruleset {
	struct nft *nft;	/* sets are read when they are met */
	struct ruleset_table *dormant;
	size_t dormant_count;
	struct ruleset_chain *chains;
	size_t chain_count;
	struct nftnl_rule **rules;
	size_t rule_count;
	unsigned int unreadable;	/* rules that libnftnl refuses */
};

/* 0 or a negative errno value with a sentence in n->nl.error. */
int ruleset_read(struct nft *n, struct ruleset *rs);
void ruleset_free(struct ruleset *rs);

const struct ruleset_chain *ruleset_chain(const struct ruleset *rs, uint8_t family,
					  const char *table, const char *name);
/* Whether packets of NFPROTO_IPV4 or NFPROTO_IPV6 may pass the chain. */
bool ruleset_sees(const struct ruleset_chain *c, uint8_t family);
bool ruleset_dormant(const struct ruleset *rs, uint8_t family, const char *table);
/* Whether the chain is at a hook of that device. */
bool ruleset_at_device(const struct ruleset_chain *c, const char *dev);
bool ruleset_in_chain(const struct nftnl_rule *r, const struct ruleset_chain *c);

#endif /* _FULLCONE_RULESET_H */
