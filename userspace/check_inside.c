// SPDX-License-Identifier: GPL-2.0
/* check: filters on the way between each network inside and the uplinks, and back into it. */
#include "check.h"
#include "array.h"

#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

enum way_end { NOWHERE, UPLINK, INSIDE };

static const struct way {
	uint32_t hook;
	enum way_end from, to;
	bool dnat, reply;	/* as in struct path_flow */
	enum check_accept mend;
	const char *topic, *what;
	const char *and_so;
} ways[] = {
	{ NF_INET_FORWARD, INSIDE, UPLINK, .mend = ACCEPT_ALL, .topic = "forward-out",
	  .what = "new flows", .and_so = "no host there gets out" },
	{ NF_INET_FORWARD, UPLINK, INSIDE, .reply = true, .mend = ACCEPT_ANSWERS,
	  .topic = "forward-out", .what = "answers", .and_so = "no host there hears any" },
	{ NF_INET_FORWARD, INSIDE, UPLINK, .dnat = true, .reply = true, .mend = ACCEPT_ANSWERS,
	  .topic = "forward-out", .what = "answers to flows begun outside",
	  .and_so = "nobody outside hears any" },
	{ NF_INET_FORWARD, INSIDE, INSIDE, .dnat = true, .mend = ACCEPT_DNAT,
	  .topic = "hairpin", .what = "new flows to a mapping",
	  .and_so = "hosts there do not reach each other by their external endpoints" },
	{ NF_INET_PRE_ROUTING, INSIDE, NOWHERE, .mend = ACCEPT_ALL, .topic = "prerouting",
	  .what = "new flows", .and_so = "no host there gets out" },
	{ NF_INET_PRE_ROUTING, INSIDE, NOWHERE, .dnat = true, .reply = true,
	  .mend = ACCEPT_ANSWERS, .topic = "prerouting", .what = "answers to flows begun outside",
	  .and_so = "nobody outside hears any" },
	{ RULESET_INGRESS, INSIDE, NOWHERE, .mend = ACCEPT_ALL, .topic = "ingress",
	  .what = "new flows", .and_so = "no host there gets out" },
};

static const char *device(enum way_end end, const char *uplink, const char *inside)
{
	return end == UPLINK ? uplink : end == INSIDE ? inside : NULL;
}

static bool hairpins(const struct check *c, const struct rule *rule)
{
	const struct profile *p = rule_profile(rule, &c->profiles);

	return p && p->hairpin;
}

#define DROPS_UDP 1U
#define DROPS_TCP 2U

/*
 * Which of the protocols that rules for @uplink are for the chain drops altogether. @by: a rule
 * that should not be there.
 */
static unsigned int drops(const struct check *c, const struct ruleset *rs,
			  const struct ruleset_chain *ch, const struct way *way,
			  const char *uplink, const struct ifaddrs *link, unsigned int *asked,
			  struct nftnl_rule **by)
{
	const char *inside = link->ifa_name;
	struct path_flow flow = {
		.iif = device(way->from, uplink, inside), .oif = device(way->to, uplink, inside),
		.dnat = way->dnat, .reply = way->reply,
		.early = ch->hook == RULESET_INGRESS ||
			 (ch->hook == NF_INET_PRE_ROUTING && ch->priority < NF_IP_PRI_CONNTRACK),
	};
	unsigned int dropped = 0, n;
	struct nftnl_rule *rule_by;
	size_t i;

	*asked = 0;
	*by = NULL;
	if (flow.early && flow.reply)
		return 0;	/* as the first packet */
	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;

		if (c->cone.rules[i].nat || strcmp(rule->oif, uplink) ||
		    (way->from == way->to && !hairpins(c, rule)))
			continue;
		for (n = 0; n < CHECK_FLOWS; n++) {
			unsigned int proto = n & 2 ? DROPS_TCP : DROPS_UDP;

			if (!check_flow(rule, n, &flow) || !check_is_inside(c, link, flow.family) ||
			    !ruleset_sees(ch, flow.family))
				continue;
			*asked |= proto;
			if (check_drops(rs, ch, &flow, &rule_by) != DROPS)
				continue;
			dropped |= proto;
			if (flow.early && check_by_state(rule_by))
				*by = rule_by;
		}
	}
	return dropped;
}

/* Of several networks inside, one may be meant to be closed. */
static bool drops_all(const struct check *c, const struct ruleset *rs,
		      const struct ruleset_chain *ch, const struct way *way, const char *uplink)
{
	const struct ifaddrs *i;
	struct nftnl_rule *by;
	unsigned int asked;

	for (i = c->links; i; i = i->ifa_next)
		if (!drops(c, rs, ch, way, uplink, i, &asked, &by) && asked)
			return false;
	return true;
}

static void report(struct check *c, const struct ruleset_chain *ch, const struct way *way,
		   enum check_level level, const char *uplink, const char *inside, uint8_t l4proto,
		   const char *protos, struct nftnl_rule *by)
{
	const char *iif = device(way->from, uplink, inside);
	const char *oif = device(way->to, uplink, inside);
	char mend[256];

	/* a rule can be deleted once */
	if (by)
		check_delete_line(by, mend, sizeof(mend));
	if (by && check_has_line(c, mend))
		return;
	if (!by)
		check_accept_line(ch, iif, oif, NULL, l4proto, way->mend, mend,
				  sizeof(mend));
	check_add(c, level, way->topic, mend,
		  "the chain %s %s %s drops %s (%s) from %s%s%s, so %s; %s",
		  check_family_name(ch->family), ch->table, ch->name, way->what, protos, iif,
		  oif ? way->from == way->to ? " back to " : " to " : "", oif ? oif : "",
		  way->and_so, by ? "conntrack comes later, so all is invalid to it there" :
				    "accept them there");
}

/* A network that is cut off by one way needs no word about the next ones. */
static void check_network(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
			  const char *uplink, const struct ifaddrs *link)
{
	unsigned int asked, dropped, out = 0;
	enum check_level level;
	struct nftnl_rule *by;
	size_t w;

	for (w = 0; w < ARRAY_SIZE(ways); w++) {
		const struct way *way = &ways[w];

		if (way->hook != ch->hook)
			continue;
		dropped = drops(c, rs, ch, way, uplink, link, &asked, &by);
		/* what accepts new flows accepts these as well */
		if (way->from == INSIDE && (way->reply || way->to == INSIDE))
			dropped &= ~out;
		else if (way->from == INSIDE)
			out = dropped;
		if (!dropped)
			continue;
		level = way->from != way->to && drops_all(c, rs, ch, way, uplink) ? CHECK_WARN :
										     CHECK_INFO;
		report(c, ch, way, level, uplink, link->ifa_name,
		       dropped == asked ? 0 : dropped == DROPS_UDP ? IPPROTO_UDP : IPPROTO_TCP,
		       dropped == DROPS_UDP ? "UDP" : dropped == DROPS_TCP ? "TCP" : "UDP, TCP",
		       by);
	}
}

void check_inside(struct check *c, const struct ruleset *rs)
{
	const struct ifaddrs *link;
	size_t i, k;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		if (!ch->base || ch->nat)
			continue;
		for (k = 0; k < c->cone.count; k++)
			for (link = c->links; link && check_is_first(c, k); link = link->ifa_next)
				if (ch->hook != RULESET_INGRESS ||
				    ruleset_at_device(ch, link->ifa_name))
					check_network(c, rs, ch, c->cone.rules[k].rule.oif, link);
	}
}
