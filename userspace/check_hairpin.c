// SPDX-License-Identifier: GPL-2.0
/*
 * check: filters that see what a host sends to an external address before it is translated to
 * another host. wg-quick has one: it drops what comes in elsewhere for the address of its tunnel.
 */
#include "check.h"
#include "device.h"

#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define DROPS_UDP 1U
#define DROPS_TCP 2U

struct external {
	bool known;
	uint8_t family;
	union addr addr;
	char text[INET6_ADDRSTRLEN];
};

/*
 * Hosts hear of it from others, so not of a private one: another NAT follows, and who calls
 * the address that this one shows is sent outside.
 */
static bool is_public(uint8_t family, const union addr *addr)
{
	uint32_t a = ntohl(addr->in.s_addr);

	if (family == NFPROTO_IPV6)
		return (addr->bytes[0] & 0xe0) == 0x20;
	return a >> 24 && a >> 24 != 10 && a >> 24 != 127 && a >> 22 != 0x191 &&
	       a >> 16 != 0xa9fe && a >> 20 != 0xac1 && a >> 16 != 0xc0a8;
}

/* What the mappings have that are made by @rule. */
static void external_find(const struct check *c, const struct rule *rule, uint8_t family,
			  struct external *ext)
{
	const struct profile *p = rule_profile(rule, &c->profiles);
	const struct addr_range *source = p ? profile_source(p, family) : NULL;

	memset(ext, 0, sizeof(*ext));
	ext->family = family;
	if (!p || !p->hairpin)
		return;
	if (source)
		ext->addr = source->first;
	else if (device_address(if_nametoindex(rule->oif), family, &ext->addr))
		return;
	ext->known = is_public(family, &ext->addr);
	format_addr(family, &ext->addr, ext->text, sizeof(ext->text));
}

/* Before the destination is translated. */
static bool is_before(const struct ruleset_chain *ch)
{
	return ch->base && !ch->nat &&
	       (ch->hook == RULESET_INGRESS ||
		(ch->hook == NF_INET_PRE_ROUTING && ch->priority < NF_IP_PRI_NAT_DST));
}

/*
 * Of the protocols that the rule is for, those that the chain drops for this address only:
 * others are check_inside()'s.
 */
static unsigned int drops(const struct ruleset *rs, const struct ruleset_chain *ch,
			  const struct rule *rule, const struct external *ext, const char *dev,
			  unsigned int *asked)
{
	struct path_flow flow = {
		.iif = dev,
		.early = ch->hook == RULESET_INGRESS || ch->priority < NF_IP_PRI_CONNTRACK,
	};
	unsigned int dropped = 0, n;
	struct nftnl_rule *by;

	*asked = 0;
	for (n = 0; n < CHECK_FLOWS; n++) {
		unsigned int proto = n & 2 ? DROPS_TCP : DROPS_UDP;

		if (!check_flow(rule, n, &flow) || flow.family != ext->family)
			continue;
		*asked |= proto;
		flow.daddr = NULL;
		if (check_drops(rs, ch, &flow, &by) == DROPS)
			continue;
		flow.daddr = &ext->addr;
		if (check_drops(rs, ch, &flow, &by) == DROPS)
			dropped |= proto;
	}
	return dropped;
}

/*
 * Hosts are behind it. Where another router is, so may be strangers, whom such filters are for,
 * and a tunnel that is not an uplink of ours may lead anywhere.
 */
static bool has_hosts(const struct check *c, const struct ifaddrs *link, uint8_t family)
{
	return check_is_inside(c, link, family) && !(link->ifa_flags & IFF_POINTOPOINT) &&
	       !device_has_router(if_nametoindex(link->ifa_name), family);
}

static void check_network(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
			  const struct rule *rule, const struct external *ext,
			  const struct ifaddrs *link)
{
	unsigned int asked, dropped = drops(rs, ch, rule, ext, link->ifa_name, &asked);
	char mend[256];

	if (!dropped || !has_hosts(c, link, ext->family))
		return;
	check_accept_line(ch, link->ifa_name, NULL, ext->text,
			  dropped == asked ? 0 : dropped == DROPS_UDP ? IPPROTO_UDP : IPPROTO_TCP,
			  ACCEPT_ALL, mend, sizeof(mend));
	if (check_has_line(c, mend))
		return;		/* two rules for one interface */
	check_add(c, CHECK_INFO, "hairpin", mend,
		  "the chain %s %s %s drops what is for %s (%s) from %s, so hosts there do not "
		  "reach others by their external endpoints; accept it there",
		  check_family_name(ch->family), ch->table, ch->name, ext->text,
		  dropped == DROPS_UDP ? "UDP" : dropped == DROPS_TCP ? "TCP" : "UDP, TCP",
		  link->ifa_name);
}

static void check_rule(struct check *c, const struct ruleset *rs, const struct rule *rule,
		       uint8_t family)
{
	const struct ifaddrs *link;
	struct external ext;
	size_t i;

	external_find(c, rule, family, &ext);
	for (i = 0; ext.known && i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		for (link = c->links; is_before(ch) && link; link = link->ifa_next)
			if (ch->hook != RULESET_INGRESS || ruleset_at_device(ch, link->ifa_name))
				check_network(c, rs, ch, rule, &ext, link);
	}
}

void check_hairpin(struct check *c, const struct ruleset *rs)
{
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;

		if (c->cone.rules[i].nat)
			continue;
		if (rule_has_family(rule, NFPROTO_IPV4))
			check_rule(c, rs, rule, NFPROTO_IPV4);
		if (rule_has_family(rule, NFPROTO_IPV6))
			check_rule(c, rs, rule, NFPROTO_IPV6);
	}
}
