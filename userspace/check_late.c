// SPDX-License-Identifier: GPL-2.0
/* check: source NAT of the user's that comes after the engine, so that its address is not shown. */
#include "check.h"
#include "device.h"
#include "path.h"

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <string.h>

#define REGISTERS 32

/* The address of "snat to", or the first one of a range. */
struct late {
	uint8_t family;
	bool found;
	union addr addr;
	struct {
		union addr data;
		uint32_t len;
	} reg[REGISTERS];
};

static void late_xt(struct late *l, struct nftnl_expr *e)
{
	const struct nf_nat_ipv4_multi_range_compat *old;
	const struct nf_nat_range *new;
	const void *info;
	uint32_t len;

	info = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &len);
	if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME), "SNAT") || !info)
		return;
	old = info;
	new = info;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_TG_REV)) {
		l->found = len >= sizeof(*new) && new->flags & NF_NAT_RANGE_MAP_IPS;
		if (l->found)
			memcpy(&l->addr, &new->min_addr, sizeof(l->addr));
	} else if (l->family == NFPROTO_IPV4) {
		l->found = len >= sizeof(*old) && old->range[0].flags & NF_NAT_RANGE_MAP_IPS;
		if (l->found)
			memcpy(&l->addr, &old->range[0].min_ip, sizeof(l->addr.in));
	}
}

static int late_expr(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	struct late *l = data;
	const void *bytes;
	uint32_t n, len;

	if (!strcmp(name, "immediate")) {
		n = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG);
		bytes = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &len);
		if (n < REGISTERS && bytes && len <= sizeof(l->addr)) {
			memcpy(&l->reg[n].data, bytes, len);
			l->reg[n].len = len;
		}
	} else if (!strcmp(name, "nat") && nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_ADDR_MIN)) {
		n = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN);
		/* not out of a map */
		l->found = n < REGISTERS && l->reg[n].len == addr_size(l->family);
		if (l->found)
			l->addr = l->reg[n].data;
	} else if (!strcmp(name, "target")) {
		late_xt(l, e);
	}
	return 0;
}

/* Whether that is what masquerade gives: one of the interface's addresses, in IPv4 the best. */
static bool is_masquerade(const struct check *c, const char *dev, const struct late *l)
{
	const struct ifaddrs *i;
	union addr addr;

	if (l->family != NFPROTO_IPV6)
		return !device_address(if_nametoindex(dev), l->family, &addr) &&
		       !memcmp(&addr, &l->addr, addr_size(l->family));
	/* of several in IPv6, masquerade takes the one that suits the destination */
	for (i = c->links; i; i = i->ifa_next) {
		const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)i->ifa_addr;

		if (sin6 && sin6->sin6_family == AF_INET6 && !strcmp(i->ifa_name, dev) &&
		    !memcmp(&sin6->sin6_addr, &l->addr, addr_size(l->family)))
			return true;
	}
	return false;
}

static bool is_source(const struct check *c, const struct late *l)
{
	size_t i;

	for (i = 0; i < c->profiles.count; i++)
		if (check_in_use(c, &c->profiles.profile[i]) &&
		    profile_has_source(&c->profiles.profile[i], l->family, &l->addr))
			return true;
	return false;
}

static bool translates(const struct path_step *step)
{
	return step->nat_source;
}

void check_late(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
		const struct rule *rule, uint8_t family)
{
	const struct path_flow flow = { .oif = rule->oif, .family = family };
	const struct profile *p = rule_profile(rule, &c->profiles);
	struct late late = { .family = family };
	char addr[INET6_ADDRSTRLEN], mend[128];
	struct nftnl_rule *by = NULL;
	enum path_match match;

	match = path_find(rs, ch, &flow, translates, &by);
	if (match == PATH_NO || !p || profile_source(p, family))
		return;
	nftnl_expr_foreach(by, late_expr, &late);
	if (!late.found || is_masquerade(c, rule->oif, &late) || is_source(c, &late))
		return;
	format_addr(family, &late.addr, addr, sizeof(addr));
	snprintf(mend, sizeof(mend), "fullcone profile set %s source=%s", p->name, addr);
	check_add(c, CHECK_WARN, "late-nat", match == PATH_YES ? mend : NULL,
		  "the chain %s %s %s translates to %s, but only after full-cone has translated to "
		  "another address; %s, or give that chain a priority before srcnat - 5",
		  rule_family_name(ch->family), ch->table, ch->name, addr,
		  match == PATH_YES ? "make it the source of the profile" :
				      "make it the source of a profile for those hosts");
}
