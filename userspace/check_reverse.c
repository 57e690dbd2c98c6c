// SPDX-License-Identifier: GPL-2.0
/*
 * check: reverse path filtering of IPv4. If it is strict, the kernel drops what comes in by an
 * interface that the route back does not lead to. Where marks choose among several uplinks, that
 * is all that comes in by those which marked packets leave by, since it has no mark yet, and
 * where the route back is asked for with the mark (src_valid_mark), what strangers send first. What
 * a rule chooses by where a host is goes back the same way, and is not dropped.
 */
#include "check.h"
#include "device.h"
#include "route.h"

#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <stdio.h>

#define STRICT 1

/* The setting of all interfaces or that of the device, whichever is higher. */
static unsigned long setting(const char *dev, const char *name)
{
	unsigned long all = 0, own = 0;
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/all/%s", name);
	check_read_number(path, &all);
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", dev, name);
	check_read_number(path, &own);
	return all > own ? all : own;
}

/* The interface that hosts are routed to without a mark; 0 if it is this one, or not known. */
static uint32_t leads_elsewhere(const struct check *c, uint32_t uplink)
{
	const struct ifaddrs *i;
	uint32_t other = 0;
	struct in_addr host;
	struct route r;

	for (i = c->links; i; i = i->ifa_next) {
		if (!check_is_inside(c, i, NFPROTO_IPV4) || !check_host_behind(c, i, &host))
			continue;
		r = route_of_host(host, if_nametoindex(i->ifa_name), uplink);
		if (r.by)
			return 0;
		if (r.ifindex)
			other = r.ifindex;
	}
	return other;
}

static bool step_marks(const struct path_step *step)
{
	return step->marks;
}

/* Does a new packet get a mark before it is routed? */
static bool is_marked_in(const struct ruleset *rs, const char *dev)
{
	struct path_flow flow = { .family = NFPROTO_IPV4, .iif = dev };
	struct nftnl_rule *by;
	size_t i;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		flow.early = ch->hook == RULESET_INGRESS || ch->priority < NF_IP_PRI_CONNTRACK;
		if (ch->base && (ch->hook == NF_INET_PRE_ROUTING || ch->hook == RULESET_INGRESS) &&
		    ruleset_sees(ch, flow.family) && path_find(rs, ch, &flow, step_marks, &by))
			return true;
	}
	return false;
}

static void check_uplink(struct check *c, const struct ruleset *rs, const char *dev)
{
	bool with_mark = setting(dev, "src_valid_mark");
	uint32_t ifindex = if_nametoindex(dev), other;
	char name[IFNAMSIZ] = "", mend[64];

	/* a VRF has routes of its own */
	if (!ifindex || setting(dev, "rp_filter") != STRICT || device_vrf(ifindex) ||
	    !route_is_marked(ifindex) || (with_mark && is_marked_in(rs, dev)))
		return;
	other = leads_elsewhere(c, ifindex);
	if (!other)
		return;
	check_sysctl_line(dev, "rp_filter", 2, mend, sizeof(mend));
	if (check_has_line(c, mend))
		return;		/* two rules for one interface */
	check_add(c, CHECK_WARN, "rp_filter", mend,
		  "what %s by %s is dropped by rp_filter=1 (strict): without the mark that leads "
		  "there, its route back is by %s", with_mark ? "strangers send" : "comes in", dev,
		  if_indextoname(other, name) ? name : "another interface");
}

void check_reverse(struct check *c, const struct ruleset *rs)
{
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;

		if (!c->cone.rules[i].nat && rule_has_family(rule, NFPROTO_IPV4))
			check_uplink(c, rs, rule->oif);
	}
}
