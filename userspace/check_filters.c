// SPDX-License-Identifier: GPL-2.0
/* check: the filter chains that our flows pass on their way through the router. */
#include "check.h"
#include "array.h"

#include <libnftnl/expr.h>
#include <stdio.h>
#include <string.h>

/* What must get through a hook, between an uplink and the hosts. */
static const struct way {
	uint32_t hook;
	bool out;		/* it leaves by the uplink, else it comes in there */
	bool dnat, reply;	/* as in struct path_flow */
	const char *topic;
	const char *what, *by, *to;
	enum check_accept mend;		/* what tells it from what else takes this way */
} ways[] = {
	{ .hook = NF_INET_FORWARD, .dnat = true, .topic = "forward",
	  .what = "new flows", .by = "from", .to = " to a mapping", .mend = ACCEPT_DNAT },
	{ .hook = NF_INET_POST_ROUTING, .out = true, .topic = "postrouting",
	  .what = "new flows", .by = "that leave by", .to = "", .mend = ACCEPT_ALL },
	{ .hook = NF_INET_POST_ROUTING, .reply = true, .topic = "postrouting",
	  .what = "answers", .by = "from", .to = "", .mend = ACCEPT_ANSWERS },
	{ .hook = NF_INET_POST_ROUTING, .dnat = true, .topic = "postrouting",
	  .what = "new flows", .by = "from", .to = " to a mapping", .mend = ACCEPT_DNAT },
};

/* iptables-nft shows its own chains in its own words only. */
static bool is_iptables(const struct ruleset_chain *ch)
{
	return (ch->family == NFPROTO_IPV4 || ch->family == NFPROTO_IPV6) &&
	       ((!strcmp(ch->table, "filter") && !strcmp(ch->name, "FORWARD")) ||
		(!strcmp(ch->table, "mangle") && !strcmp(ch->name, "FORWARD")) ||
		(!strcmp(ch->table, "mangle") && !strcmp(ch->name, "PREROUTING")) ||
		(!strcmp(ch->table, "raw") && !strcmp(ch->name, "PREROUTING")) ||
		(!strcmp(ch->table, "mangle") && !strcmp(ch->name, "POSTROUTING")));
}

static const struct {
	const char *nft, *iptables;
} kinds[] = {
	[ACCEPT_ALL] = { "", "" },
	[ACCEPT_ANSWERS] = { " ct state established,related",
			     " -m conntrack --ctstate ESTABLISHED,RELATED" },
	[ACCEPT_DNAT] = { " ct status dnat", " -m conntrack --ctstate DNAT" },
};

const char *check_family_name(uint8_t family)
{
	return family == NFPROTO_NETDEV ? "netdev" : rule_family_name(family);
}

void check_delete_line(struct nftnl_rule *r, char *mend, size_t size)
{
	snprintf(mend, size, "nft delete rule %s %s %s handle %llu",
		 check_family_name(nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY)),
		 nftnl_rule_get_str(r, NFTNL_RULE_TABLE), nftnl_rule_get_str(r, NFTNL_RULE_CHAIN),
		 (unsigned long long)nftnl_rule_get_u64(r, NFTNL_RULE_HANDLE));
}

void check_accept_line(const struct ruleset_chain *ch, const char *iif, const char *oif,
		       uint8_t l4proto, enum check_accept what, char *mend, size_t size)
{
	bool iptables = is_iptables(ch);
	size_t used;

	if (iptables)
		used = snprintf(mend, size, "%s%s%s -I %s",
				ch->family == NFPROTO_IPV6 ? "ip6tables" : "iptables",
				strcmp(ch->table, "filter") ? " -t " : "",
				strcmp(ch->table, "filter") ? ch->table : "", ch->name);
	else
		used = snprintf(mend, size, "nft insert rule %s %s %s",
				check_family_name(ch->family), ch->table, ch->name);
	if (iif)
		used += snprintf(mend + used, size - used,
				 iptables ? " -i %s" : " iifname \"%s\"", iif);
	if (oif)
		used += snprintf(mend + used, size - used,
				 iptables ? " -o %s" : " oifname \"%s\"", oif);
	if (l4proto)
		used += snprintf(mend + used, size - used, iptables ? " -p %s" : " meta l4proto %s",
				 l4proto == IPPROTO_UDP ? "udp" : "tcp");
	snprintf(mend + used, size - used, "%s%s",
		 iptables ? kinds[what].iptables : kinds[what].nft,
		 iptables ? " -j ACCEPT" : " accept");
}

enum check_drops check_drops(const struct ruleset *rs, const struct ruleset_chain *ch,
			     const struct path_flow *flow, struct nftnl_rule **by)
{
	bool maybe;

	if (!ruleset_sees(ch, flow->family) || path_chain(rs, ch, flow, &maybe, by) != PATH_DROP)
		return DROPS_NOTHING;
	return maybe ? DROPS_PERHAPS : DROPS;
}

static int find_ct(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	bool *found = data;

	*found |= !strcmp(name, "ct") || (!strcmp(name, "match") &&
		  !strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME), "conntrack"));
	return 0;
}

bool check_by_state(struct nftnl_rule *by)
{
	bool found = false;

	if (by)
		nftnl_expr_foreach(by, find_ct, &found);
	return found;
}

static enum check_drops drops(const struct ruleset *rs, const struct ruleset_chain *ch,
			      const struct path_flow *flow)
{
	struct nftnl_rule *by;

	return check_drops(rs, ch, flow, &by);
}

/*
 * To a mapping it is forwarded to one of the interfaces inside. What is dropped for some of
 * them need not be what the owner wants full-cone for.
 */
static enum check_drops drops_inside(const struct check *c, const struct ruleset *rs,
				     const struct ruleset_chain *ch, struct path_flow flow)
{
	enum check_drops one, most = DROPS_NOTHING, least = DROPS;
	const struct ifaddrs *i;
	bool any = false;

	for (i = c->links; i; i = i->ifa_next) {
		if (!check_is_inside(c, i, flow.family))
			continue;
		any = true;
		flow.oif = i->ifa_name;
		one = drops(rs, ch, &flow);
		most = one > most ? one : most;
		least = one < least ? one : least;
	}
	if (!any)
		return drops(rs, ch, &flow);
	return most > least ? DROPS_PERHAPS : most;
}

/* Of the flows that rules for @dev are for, the one that the chain treats worst. */
static enum check_drops drops_worst(const struct check *c, const struct ruleset *rs,
				    const struct ruleset_chain *ch, const struct way *way,
				    const char *dev, struct path_flow *worst)
{
	struct path_flow flow = { .dnat = way->dnat, .reply = way->reply };
	enum check_drops result = DROPS_NOTHING, one;
	unsigned int n;
	size_t i;

	*(way->out ? &flow.oif : &flow.iif) = dev;
	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;

		if (c->cone.rules[i].nat || strcmp(rule->oif, dev))
			continue;
		for (n = 0; n < CHECK_FLOWS; n++) {
			if (!check_flow(rule, n, &flow))
				continue;
			one = way->hook == NF_INET_FORWARD ? drops_inside(c, rs, ch, flow) :
							     drops(rs, ch, &flow);
			if (one <= result)
				continue;
			result = one;
			*worst = flow;
		}
	}
	return result;
}

static void check_chain(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
			const struct way *way, const char *dev)
{
	enum check_drops result;
	struct path_flow flow;
	const char *what;
	char mend[256];

	result = drops_worst(c, rs, ch, way, dev, &flow);
	/* in postrouting, unlike in forward, an ordinary filter knows the LAN's interfaces only */
	if (result == DROPS_NOTHING ||
	    (result == DROPS_PERHAPS && way->hook == NF_INET_POST_ROUTING))
		return;
	what = flow.l4proto == IPPROTO_UDP ? "UDP" : "TCP";
	check_accept_line(ch, way->out ? NULL : dev, way->out ? dev : NULL, 0, way->mend, mend,
			  sizeof(mend));
	if (result == DROPS_PERHAPS)
		check_add(c, CHECK_INFO, way->topic, mend,
			  "the chain %s %s %s lets some %s (%s) %s %s%s pass, but perhaps not all",
			  rule_family_name(ch->family), ch->table, ch->name, way->what, what,
			  way->by, dev, way->to);
	else
		check_add(c, CHECK_WARN, way->topic, mend,
			  "the chain %s %s %s drops %s (%s) %s %s%s; accept them there%s",
			  rule_family_name(ch->family), ch->table, ch->name, way->what, what,
			  way->by, dev, way->to, way->dnat ? " (and never in input)" : "");
}

/* A device has up to two rules a family; one look is enough. */
bool check_is_first(const struct check *c, size_t rule)
{
	size_t i;

	for (i = 0; i < rule; i++)
		if (!strcmp(c->cone.rules[i].rule.oif, c->cone.rules[rule].rule.oif))
			return false;
	return true;
}

void check_filters(struct check *c, const struct ruleset *rs)
{
	size_t i, k, w;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		if (!ch->base || ch->nat)
			continue;
		for (k = 0; k < c->cone.count; k++)
			for (w = 0; check_is_first(c, k) && w < ARRAY_SIZE(ways); w++)
				if (ch->hook == ways[w].hook)
					check_chain(c, rs, ch, &ways[w], c->cone.rules[k].rule.oif);
	}
}
