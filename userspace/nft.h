/* SPDX-License-Identifier: GPL-2.0 */
/* nf_tables of this network namespace: reading it, and changing it in one transaction. */
#ifndef _FULLCONE_NFT_H
#define _FULLCONE_NFT_H

#include "nl.h"

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

struct nft {
	struct nl nl;
	uint32_t generation;	/* of the ruleset, when it was last read */
};

int nft_open(struct nft *n);
void nft_close(struct nft *n);

/* The counter of changes to the ruleset, into n->generation. */
int nft_read_generation(struct nft *n);

/*
 * Call @cb for every object. @cb frees a rule, which is NULL if libnftnl cannot read it;
 * these functions free the others.
 */
int nft_each_table(struct nft *n, int (*cb)(struct nftnl_table *t, void *data), void *data);
int nft_each_chain(struct nft *n, int (*cb)(struct nftnl_chain *c, void *data), void *data);
int nft_each_rule(struct nft *n, uint8_t family, const char *table,
		  int (*cb)(struct nftnl_rule *r, void *data), void *data);
/* Counts the named sets, objects and flowtables of a table. */
int nft_count_named(struct nft *n, uint8_t family, const char *table, unsigned int *count);
/* The elements of a set; the caller frees it. NULL if there is none or it cannot be read. */
struct nftnl_set *nft_read_set(struct nft *n, uint8_t family, const char *table,
			       const char *name);

/*
 * A transaction. Every message is one of the nft_batch_* calls; nft_batch_commit()
 * applies all or none of them, and nothing if the ruleset is no longer the one of
 * n->generation: -ERESTART.
 */
struct nft_batch {
	struct mnl_nlmsg_batch *msgs;
	char *buf;
	uint32_t seq;
	uint32_t first, last;	/* sequence numbers that are acknowledged */
};

int nft_batch_begin(struct nft *n, struct nft_batch *b);
void nft_batch_table(struct nft_batch *b, uint16_t type, struct nftnl_table *t);
void nft_batch_chain(struct nft_batch *b, uint16_t type, struct nftnl_chain *c);
void nft_batch_set(struct nft_batch *b, struct nftnl_set *s);
void nft_batch_rule(struct nft_batch *b, uint16_t type, struct nftnl_rule *r);
int nft_batch_commit(struct nft *n, struct nft_batch *b);
void nft_batch_free(struct nft_batch *b);

#endif /* _FULLCONE_NFT_H */
