// SPDX-License-Identifier: GPL-2.0
/* check: filters before routing on the way in by an uplink, and the last ones on the way out. */
#include "check.h"

#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

/* Of the flows that rules for @dev are for, the one that the chain treats worst. */
static enum check_drops drops_worst(const struct check *c, const struct ruleset *rs,
				    const struct ruleset_chain *ch, const char *dev,
				    struct path_flow flow, struct path_flow *worst,
				    struct nftnl_rule **by)
{
	enum check_drops result = DROPS_NOTHING, one;
	struct nftnl_rule *rule;
	unsigned int n;
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		if (c->cone.rules[i].nat || strcmp(c->cone.rules[i].rule.oif, dev))
			continue;
		for (n = 0; n < CHECK_FLOWS; n++) {
			if (!check_flow(&c->cone.rules[i].rule, n, &flow))
				continue;
			one = check_drops(rs, ch, &flow, &rule);
			if (one <= result)
				continue;
			result = one;
			*worst = flow;
			*by = rule;
		}
	}
	return result;
}

static const char *proto(const struct path_flow *flow)
{
	return flow->l4proto == IPPROTO_UDP ? "UDP" : "TCP";
}

/*
 * Where the destination has not been translated yet, nothing tells what is for a mapping from
 * what is for the router, so there is no line that would let only the former in.
 */
static void report_blind(struct check *c, const struct ruleset_chain *ch, const char *dev,
			 const struct path_flow *flow, enum check_drops result,
			 struct nftnl_rule *by)
{
	const char *topic = ch->hook == RULESET_INGRESS ? "ingress" : "prerouting";
	const char *family = check_family_name(ch->family);
	char mend[256];

	if (result == DROPS && flow->early && check_by_state(by)) {
		check_delete_line(by, mend, sizeof(mend));
		check_add(c, CHECK_WARN, topic, mend,
			  "the chain %s %s %s drops all that comes in by %s (%s) by a state that "
			  "conntrack, which comes later, has not given it yet", family, ch->table,
			  ch->name, dev, proto(flow));
	} else if (result == DROPS) {
		check_add(c, CHECK_WARN, topic, NULL,
			  "the chain %s %s %s drops what comes in by %s (%s) before full-cone could "
			  "translate it; drop it in forward and input, and let forward accept "
			  "ct status dnat", family, ch->table, ch->name, dev, proto(flow));
	} else {
		check_add(c, CHECK_INFO, topic, NULL,
			  "the chain %s %s %s lets some of what comes in by %s (%s) pass, but "
			  "perhaps not all that is for mappings", family, ch->table, ch->name, dev,
			  proto(flow));
	}
}

static void report(struct check *c, const struct ruleset_chain *ch, const char *topic,
		   enum check_drops result, const char *what, const struct path_flow *flow,
		   const char *way, const char *dev, const char *to, const char *mend)
{
	const char *family = check_family_name(ch->family);

	if (result == DROPS)
		check_add(c, CHECK_WARN, topic, mend,
			  "the chain %s %s %s drops %s (%s) %s %s%s; accept them there", family,
			  ch->table, ch->name, what, proto(flow), way, dev, to);
	else
		check_add(c, CHECK_INFO, topic, mend,
			  "the chain %s %s %s lets some %s (%s) %s %s%s pass, but perhaps not all",
			  family, ch->table, ch->name, what, proto(flow), way, dev, to);
}

static void check_in(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
		     const char *dev)
{
	struct path_flow flow = { .iif = dev }, worst;
	struct nftnl_rule *by = NULL;
	enum check_drops result;
	char mend[256];

	flow.early = ch->hook == RULESET_INGRESS || ch->priority < NF_IP_PRI_CONNTRACK;
	flow.dnat = ch->hook == NF_INET_PRE_ROUTING && ch->priority > NF_IP_PRI_NAT_DST;
	result = drops_worst(c, rs, ch, dev, flow, &worst, &by);
	check_accept_line(ch, dev, NULL, NULL, 0, ACCEPT_DNAT, mend, sizeof(mend));
	if (result != DROPS_NOTHING && !flow.dnat)
		report_blind(c, ch, dev, &worst, result, by);
	else if (result != DROPS_NOTHING)
		report(c, ch, "prerouting", result, "new flows", &worst, "from", dev,
		       " to a mapping", mend);
	if (flow.early)
		return;		/* answers are to it what the first packets are */
	flow.dnat = false;
	flow.reply = true;
	if (drops_worst(c, rs, ch, dev, flow, &worst, &by) != DROPS)
		return;
	check_accept_line(ch, dev, NULL, NULL, 0, ACCEPT_ANSWERS, mend, sizeof(mend));
	report(c, ch, "prerouting", DROPS, "answers", &worst, "from", dev, "", mend);
}

static void check_out(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
		      const char *dev)
{
	const struct path_flow flow = { .oif = dev };
	struct nftnl_rule *by = NULL;
	struct path_flow worst;
	char mend[256];

	if (drops_worst(c, rs, ch, dev, flow, &worst, &by) != DROPS)
		return;
	check_accept_line(ch, NULL, dev, NULL, 0, ACCEPT_ALL, mend, sizeof(mend));
	report(c, ch, "egress", DROPS, "new flows", &worst, "that leave by", dev, "", mend);
}

void check_early(struct check *c, const struct ruleset *rs)
{
	size_t i, k;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		for (k = 0; k < c->cone.count && ch->base && !ch->nat; k++) {
			const char *dev = c->cone.rules[k].rule.oif;

			if (!check_is_first(c, k))
				continue;
			if (ch->hook == NF_INET_PRE_ROUTING ||
			    (ch->hook == RULESET_INGRESS && ruleset_at_device(ch, dev)))
				check_in(c, rs, ch, dev);
			else if (ch->hook == RULESET_EGRESS && ruleset_at_device(ch, dev))
				check_out(c, rs, ch, dev);
		}
	}
}
