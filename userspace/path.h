/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What nf_tables does with a packet of a flow that is only partly known. A match
 * on an unknown field is neither true nor false, but "maybe".
 */
#ifndef _FULLCONE_PATH_H
#define _FULLCONE_PATH_H

#include "parse.h"
#include "ruleset.h"

/* A packet of a flow, in or out by a certain device. */
struct path_flow {
	uint8_t family;		/* NFPROTO_IPV4 or NFPROTO_IPV6; 0: unknown */
	uint8_t l4proto;	/* 0: unknown */
	const char *iif;	/* NULL: unknown, but not @oif */
	const char *oif;	/* NULL: unknown, but not @iif */
	const union addr *daddr;	/* of @family; NULL: unknown */
	bool dnat;		/* its destination has been translated */
	bool reply;		/* an answer; else the first packet */
	bool early;		/* conntrack has not seen the packet yet: to it, it is invalid */
};

enum path_match { PATH_NO, PATH_MAYBE, PATH_YES };

enum path_verdict {
	PATH_NONE,		/* the rule only does something */
	PATH_ACCEPT,
	PATH_DROP,
	PATH_RETURN,
	PATH_JUMP,
	PATH_GOTO,
};

struct path_step {
	enum path_match match;
	enum path_verdict verdict;
	char chain[128];	/* with PATH_JUMP and PATH_GOTO */
	bool nat_source;	/* a masquerade or snat is in the rule */
	bool nat_destination;	/* a dnat or redirect is in it */
	bool notrack;		/* a notrack is in it */
	bool marks;		/* the packet or its flow gets a mark, but for that of the flow */
};

/* What one rule does with the flow. */
void path_rule(const struct ruleset *rs, struct nftnl_rule *r, const struct path_flow *flow,
	       struct path_step *step);

/*
 * What a base chain does with it. @maybe: some rule on the way may have accepted it. @by: the
 * rule that decides, NULL if it is the policy.
 */
enum path_verdict path_chain(const struct ruleset *rs, const struct ruleset_chain *c,
			     const struct path_flow *flow, bool *maybe, struct nftnl_rule **by);

/* Whether a rule of the chain, or of one it jumps to, does that to the flow; and which one. */
enum path_match path_find(const struct ruleset *rs, const struct ruleset_chain *c,
			  const struct path_flow *flow, bool (*does)(const struct path_step *step),
			  struct nftnl_rule **by);

#endif /* _FULLCONE_PATH_H */
