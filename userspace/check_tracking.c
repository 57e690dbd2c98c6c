// SPDX-License-Identifier: GPL-2.0
/* check: flows that conntrack does not track get no label, and no translation at all. */
#include "check.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

static bool notracks(const struct path_step *step)
{
	return step->notrack;
}

/* A source address or a protocol, in either of the headers of IP. */
static bool is_source(struct nftnl_expr *e)
{
	uint32_t at = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t len = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);

	return (at == 12 && len <= 4) || (at == 8 && len <= 16) || (at < 12 && len == 1);
}

static int find_destination(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	bool *found = data;

	if (!strcmp(name, "payload"))
		*found |= nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) ==
			  NFT_PAYLOAD_NETWORK_HEADER && !is_source(e);
	else if (!strcmp(name, "match"))
		*found |= strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME), "udp") &&
			  strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME), "tcp") &&
			  strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME), "multiport") &&
			  strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME), "comment");
	else
		*found |= strcmp(name, "meta") && strcmp(name, "cmp") && strcmp(name, "bitwise") &&
			  strcmp(name, "range") && strcmp(name, "lookup") &&
			  strcmp(name, "counter") && strcmp(name, "notrack") &&
			  strcmp(name, "immediate") && strcmp(name, "target");
	return 0;
}

/* Whether the rule, or one on the way to its chain, asks for more than devices, hosts inside and ports. */
static bool says_more(const struct ruleset *rs, struct nftnl_rule *r, unsigned int depth)
{
	const struct path_flow any = { 0 };
	struct path_step step;
	bool found = false;
	size_t i;

	nftnl_expr_foreach(r, find_destination, &found);
	for (i = 0; !found && depth < 8 && i < rs->rule_count; i++) {
		struct nftnl_rule *from = rs->rules[i];

		if (nftnl_rule_get_u32(from, NFTNL_RULE_FAMILY) !=
		    nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY) ||
		    strcmp(nftnl_rule_get_str(from, NFTNL_RULE_TABLE),
			   nftnl_rule_get_str(r, NFTNL_RULE_TABLE)))
			continue;
		path_rule(rs, from, &any, &step);
		if ((step.verdict == PATH_JUMP || step.verdict == PATH_GOTO) &&
		    !strcmp(step.chain, nftnl_rule_get_str(r, NFTNL_RULE_CHAIN)))
			found = says_more(rs, from, depth + 1);
	}
	return found;
}

/*
 * Behind conntrack itself, a notrack does nothing. One for some ports takes flows through the
 * router as well as those to it; one that says more, such as an address to, may mean the latter.
 */
static struct nftnl_rule *find_notrack(const struct ruleset *rs, const struct path_flow *flow,
				       enum path_match least)
{
	enum path_match match;
	struct nftnl_rule *by;
	size_t i;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		if (ch->base && !ch->nat && ch->hook == NF_INET_PRE_ROUTING &&
		    ch->priority < NF_IP_PRI_CONNTRACK && ruleset_sees(ch, flow->family)) {
			match = path_find(rs, ch, flow, notracks, &by);
			if (match == PATH_NO || match < least)
				continue;
			if (match == PATH_YES || !says_more(rs, by, 0))
				return by;
		}
	}
	return NULL;
}

/* A rule met by UDP or TCP that a rule of ours is for and that comes in by @link: all, or some. */
static struct nftnl_rule *untracked(const struct check *c, const struct ruleset *rs,
				    const struct ifaddrs *link, enum path_match least,
				    struct path_flow *flow)
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
			    (by = find_notrack(rs, flow, least)))
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
		    !untracked(c, rs, i, PATH_YES, &flow))
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
	bool another, some;
	char mend[256];

	if (!any_notrack(rs))
		return;
	another = any_inside_tracked(c, rs);
	for (i = c->links; i; i = i->ifa_next) {
		by = untracked(c, rs, i, PATH_YES, &flow);
		some = !by;
		if (some)
			by = untracked(c, rs, i, PATH_MAYBE, &flow);
		if (!by || by == told)
			continue;
		told = by;
		check_delete_line(by, mend, sizeof(mend));
		/* one of several networks may be meant to be without translation */
		level = some || (another && !check_is_uplink(c, i, flow.family)) ? CHECK_INFO :
										   CHECK_WARN;
		check_add(c, level, "notrack", mend,
			  "a notrack in the chain %s %s %s keeps conntrack from %swhat comes in by "
			  "%s (%s), so it is not translated",
			  rule_family_name(nftnl_rule_get_u32(by, NFTNL_RULE_FAMILY)),
			  nftnl_rule_get_str(by, NFTNL_RULE_TABLE),
			  nftnl_rule_get_str(by, NFTNL_RULE_CHAIN), some ? "some of " : "",
			  i->ifa_name,
			  flow.l4proto == IPPROTO_UDP ? "UDP" : "TCP");
	}
}
