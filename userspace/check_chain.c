// SPDX-License-Identifier: GPL-2.0
/* check: what a base chain does with a flow, and the line that mends it. */
#include "check.h"

#include <libnftnl/expr.h>
#include <stdio.h>
#include <string.h>

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
		       const char *to, uint8_t l4proto, enum check_accept what, char *mend,
		       size_t size)
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
	if (to && iptables)
		used += snprintf(mend + used, size - used, " -d %s", to);
	else if (to)
		used += snprintf(mend + used, size - used, " %s daddr %s",
				 strchr(to, ':') ? "ip6" : "ip", to);
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
