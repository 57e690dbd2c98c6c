// SPDX-License-Identifier: GPL-2.0
/* check: flows that conntrack does not track get no label, and no translation at all. */
#include "check.h"

#include <libnftnl/expr.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

static bool notracks(const struct path_step *step)
{
	return step->notrack;
}

/* Behind conntrack itself, a notrack does nothing. */
static struct nftnl_rule *find_notrack(const struct ruleset *rs, const struct path_flow *flow)
{
	struct nftnl_rule *by;
	size_t i;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		if (ch->base && !ch->nat && ch->hook == NF_INET_PRE_ROUTING &&
		    ch->priority < NF_IP_PRI_CONNTRACK &&
		    ruleset_sees(ch, flow->family) &&
		    path_find(rs, ch, flow, notracks, &by) == PATH_YES)
			return by;
	}
	return NULL;
}

/* A rule that all UDP or TCP that a rule of ours is for, and that comes in by @link, meets. */
static struct nftnl_rule *untracked(const struct check *c, const struct ruleset *rs,
				    const struct ifaddrs *link, struct path_flow *flow)
{
	struct nftnl_rule *by = NULL;
	unsigned int n;
	size_t i;

	flow->iif = link->ifa_name;
	for (i = 0; i < c->cone.count; i++)
		for (n = 0; n < CHECK_FLOWS && !c->cone.rules[i].nat; n++)
			if (check_flow(&c->cone.rules[i].rule, n, flow) &&
			    (check_is_uplink(c, link, flow->family) ||
			     check_is_inside(c, link, flow->family)) &&
			    (by = find_notrack(rs, flow)))
				return by;
	return NULL;
}

/* Whether hosts may be behind an interface of which all is tracked. */
static bool any_inside_tracked(const struct check *c, const struct ruleset *rs)
{
	const struct ifaddrs *i;
	struct path_flow flow = { 0 };

	for (i = c->links; i; i = i->ifa_next)
		if ((check_is_inside(c, i, NFPROTO_IPV4) || check_is_inside(c, i, NFPROTO_IPV6)) &&
		    !untracked(c, rs, i, &flow))
			return true;
	return false;
}

static int find_statement(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	bool *found = data;

	*found |= !strcmp(name, "notrack") ||
		  (!strcmp(name, "target") &&
		   !strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME), "CT"));
	return 0;
}

/* Mostly there is none: then no set need be read again for each interface and flow. */
static bool any_notrack(const struct ruleset *rs)
{
	bool found = false;
	size_t i;

	for (i = 0; !found && i < rs->rule_count; i++)
		nftnl_expr_foreach(rs->rules[i], find_statement, &found);
	return found;
}

void check_tracking(struct check *c, const struct ruleset *rs)
{
	struct nftnl_rule *by, *told = NULL;
	struct path_flow flow = { 0 };
	enum check_level level;
	const struct ifaddrs *i;
	char mend[256];
	bool another;

	if (!any_notrack(rs))
		return;
	another = any_inside_tracked(c, rs);
	for (i = c->links; i; i = i->ifa_next) {
		by = untracked(c, rs, i, &flow);
		if (!by || by == told)
			continue;
		told = by;
		snprintf(mend, sizeof(mend), "nft delete rule %s %s %s handle %llu",
			 rule_family_name(nftnl_rule_get_u32(by, NFTNL_RULE_FAMILY)),
			 nftnl_rule_get_str(by, NFTNL_RULE_TABLE),
			 nftnl_rule_get_str(by, NFTNL_RULE_CHAIN),
			 (unsigned long long)nftnl_rule_get_u64(by, NFTNL_RULE_HANDLE));
		/* one of several networks may be meant to be without translation */
		level = another && !check_is_uplink(c, i, flow.family) ? CHECK_INFO : CHECK_WARN;
		check_add(c, level, "notrack", mend,
			  "a notrack in the chain %s %s %s keeps conntrack from what comes in by "
			  "%s (%s), so it is not translated",
			  rule_family_name(nftnl_rule_get_u32(by, NFTNL_RULE_FAMILY)),
			  nftnl_rule_get_str(by, NFTNL_RULE_TABLE),
			  nftnl_rule_get_str(by, NFTNL_RULE_CHAIN), i->ifa_name,
			  flow.l4proto == IPPROTO_UDP ? "UDP" : "TCP");
	}
}
