// SPDX-License-Identifier: GPL-2.0
/* check: the filter chains that our flows pass on their way through the router. */
#include "check.h"
#include "array.h"

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
	struct path_flow flow = { 0 };
	enum check_drops result;
	const char *what;
	char mend[256];

	result = drops_worst(c, rs, ch, way, dev, &flow);
	/* in postrouting, unlike in forward, an ordinary filter knows the LAN's interfaces only */
	if (result == DROPS_NOTHING ||
	    (result == DROPS_PERHAPS && way->hook == NF_INET_POST_ROUTING))
		return;
	what = flow.l4proto == IPPROTO_UDP ? "UDP" : "TCP";
	check_accept_line(ch, way->out ? NULL : dev, way->out ? dev : NULL, NULL, 0, way->mend,
			  mend, sizeof(mend));
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
