/* SPDX-License-Identifier: GPL-2.0 */
/* The tables "fullcone" as a whole: which of our rules are in them, and changing that. */
#ifndef _FULLCONE_CONE_H
#define _FULLCONE_CONE_H

#include "rule.h"

/* How often it is read, or a transaction built again, because somebody else changed it. */
#define CONE_TRIES 10

/* One nft rule that rule_decode() knows. */
struct found_rule {
	struct rule rule;
	uint64_t handle;
	bool nat;		/* of the chain that translates */
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
 * In one transaction: @rule becomes the rule of its interface in its family for its
 * profile, beside those for other profiles. @all: the profiles, in the order in which the
 * engine looks at them; none: they are not known.
 * @changed false: it was so already.
 */
int cone_add(struct nft *n, const struct rule *rule, const struct profiles *all, bool *changed);
/*
 * The rules of @oif go, in @family or in all (0), for profile @p or for all (NULL), and a
 * table with them that has nothing else. @count: how many.
 */
int cone_del(struct nft *n, uint8_t family, const char *oif, const struct profile *p,
	     unsigned int *count);

#endif /* _FULLCONE_CONE_H */
