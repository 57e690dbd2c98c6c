/* SPDX-License-Identifier: GPL-2.0 */
/* The tables "fullcone" as a whole: which of our rules are in them, and changing that. */
#ifndef _FULLCONE_CONE_H
#define _FULLCONE_CONE_H

#include "rule.h"

/* Tries to read the tables or to change them, if somebody else changes them meanwhile. */
#define CONE_TRIES 10

/* One nft rule that rule_decode() knows. */
struct found_rule {
	struct rule rule;
	uint64_t handle;
	bool nat;		/* in the chain that translates */
};

/* What stands in the tables "fullcone" of all three families. */
struct cone {
	struct found_rule *rules;
	size_t count;
	unsigned int foreign;	/* rules in all of them that are none of ours */
	struct {
		bool exists;
		unsigned int foreign;	/* rules, chains, sets, ... that are none of ours */
	} table[NFPROTO_NUMPROTO];
};

/* 0 or a negative errno value with a sentence in n->nl.error. */
int cone_read(struct nft *n, struct cone *c);
void cone_free(struct cone *c);

/*
 * In one transaction, makes @rule the only rule of its interface, family and profile, beside
 * those for other profiles. @all: the profiles, in the order in which the engine looks at
 * them; empty if they are not known. @changed is false if the rule was there already.
 */
int cone_add(struct nft *n, const struct rule *rule, const struct profiles *all, bool *changed);
/*
 * Removes the rules of @oif, in @family or in all (0), for profile @p or for all (NULL), and
 * a table that then has nothing else. @count: how many rules were removed.
 */
int cone_del(struct nft *n, uint8_t family, const char *oif, const struct profile *p,
	     unsigned int *count);

#endif /* _FULLCONE_CONE_H */
