// SPDX-License-Identifier: GPL-2.0
/* What a chain of nf_tables does with a packet, and those it jumps to. */
#include "path.h"

#define DEPTH_MAX 16

/* PATH_NONE: the flow reached the end of the chain, or returned. */
static enum path_verdict walk(const struct ruleset *rs, const struct ruleset_chain *c,
			      const struct path_flow *flow, bool certain, bool *maybe,
			      struct nftnl_rule **by, unsigned int depth)
{
	enum path_verdict verdict;
	struct path_step step;
	size_t i;

	if (!c || depth == DEPTH_MAX)
		return PATH_NONE;
	for (i = 0; i < rs->rule_count; i++) {
		bool sure;

		if (!ruleset_in_chain(rs->rules[i], c))
			continue;
		path_rule(rs, rs->rules[i], flow, &step);
		if (step.match == PATH_NO)
			continue;
		sure = certain && step.match == PATH_YES;
		verdict = step.verdict;
		if (verdict == PATH_DROP && sure)
			*by = rs->rules[i];
		if (verdict == PATH_JUMP || verdict == PATH_GOTO) {
			verdict = walk(rs, ruleset_chain(rs, c->family, c->table, step.chain),
				       flow, sure, maybe, by, depth + 1);
			if (verdict == PATH_NONE && step.verdict == PATH_GOTO)
				verdict = PATH_RETURN;
		}
		/* a return may leave it to what accepts, up to the policy */
		if ((verdict == PATH_ACCEPT ||
		     (verdict == PATH_RETURN && certain && (depth || !c->policy_drop))) && !sure)
			*maybe = true;
		else if (verdict != PATH_NONE && sure)
			return verdict == PATH_RETURN ? PATH_NONE : verdict;
	}
	return PATH_NONE;
}

enum path_verdict path_chain(const struct ruleset *rs, const struct ruleset_chain *c,
			     const struct path_flow *flow, bool *maybe, struct nftnl_rule **by)
{
	enum path_verdict verdict;

	*maybe = false;
	*by = NULL;
	verdict = walk(rs, c, flow, true, maybe, by, 0);
	if (verdict == PATH_NONE)
		verdict = c->policy_drop ? PATH_DROP : PATH_ACCEPT;
	return verdict;
}

static enum path_match find(const struct ruleset *rs, const struct ruleset_chain *c,
			    const struct path_flow *flow,
			    bool (*does)(const struct path_step *step),
			    struct nftnl_rule **by, unsigned int depth)
{
	enum path_match match, seldom = PATH_YES;
	struct path_step step;
	size_t i;

	for (i = 0; c && depth < DEPTH_MAX && i < rs->rule_count; i++) {
		if (!ruleset_in_chain(rs->rules[i], c))
			continue;
		path_rule(rs, rs->rules[i], flow, &step);
		match = step.match < seldom ? step.match : seldom;
		if (match == PATH_NO)
			continue;
		if (does(&step)) {
			*by = rs->rules[i];
			return match;
		}
		if (step.verdict == PATH_JUMP || step.verdict == PATH_GOTO) {
			enum path_match there;

			there = find(rs, ruleset_chain(rs, c->family, c->table, step.chain),
				     flow, does, by, depth + 1);
			if (there != PATH_NO)
				return there < match ? there : match;
		}
		if (step.verdict == PATH_NONE || step.verdict == PATH_JUMP)
			continue;
		if (match == PATH_YES)
			return PATH_NO;
		seldom = PATH_MAYBE;	/* what has not been accepted */
	}
	return PATH_NO;
}

enum path_match path_find(const struct ruleset *rs, const struct ruleset_chain *c,
			  const struct path_flow *flow, bool (*does)(const struct path_step *step),
			  struct nftnl_rule **by)
{
	return find(rs, c, flow, does, by, 0);
}
