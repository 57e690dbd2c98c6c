// SPDX-License-Identifier: GPL-2.0
/* check: port forwards on ports that the engine may hand out (they win, and it would not know). */
#include "check.h"
#include "array.h"
#include "path.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS 65536
#define PORT_FIRST 1024	/* those below are for internal ports below it only */

/* A set of ports. */
struct ports {
	uint8_t has[PORTS];
};

static void set_ports(struct ports *p, unsigned int first, unsigned int last)
{
	if (first <= last && last < PORTS)
		memset(p->has + first, 1, last - first + 1);
}

/* "80,443,1000-1010"; false: they do not fit, or are more ranges than a profile takes. */
static bool format_ports(const struct ports *p, char *buf, size_t size)
{
	unsigned int first, last, count = 0;
	size_t used = 0;

	*buf = '\0';
	for (first = 1; first < PORTS; first = last + 1) {
		last = first;
		if (!p->has[first])
			continue;
		while (last + 1 < PORTS && p->has[last + 1])
			last++;
		if (used < size)
			used += snprintf(buf + used, size - used, "%s%u", used ? "," : "", first);
		if (used < size && last != first)
			used += snprintf(buf + used, size - used, "-%u", last);
		count++;
	}
	return used < size && count <= FULLCONE_RESERVE_MAX;
}

/* --- what is forwarded --- */

struct bound {
	unsigned int port;
	bool end;		/* the first one that is not in the interval */
};

static int compare(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return y->end - x->end;
}

/* Ports or intervals of them, in whichever order the kernel has listed them. */
static void add_bounds(struct ports *found, struct bound *b, size_t count, bool intervals)
{
	size_t i;

	qsort(b, count, sizeof(*b), compare);
	for (i = 0; i < count; i++) {
		unsigned int last = b[i].port;

		if (b[i].end)
			continue;
		if (intervals)
			last = i + 1 < count ? b[i + 1].port - 1 : PORTS - 1;
		set_ports(found, b[i].port, last);
	}
}

/* The key's port is @at bytes from its begin: there may be an address or a protocol as well. */
static void add_set(struct ports *found, struct nftnl_set *s, uint32_t at)
{
	struct nftnl_set_elems_iter *iter = nftnl_set_elems_iter_create(s);
	struct bound *b = NULL, *grown;
	bool intervals = false;
	struct nftnl_set_elem *e;
	size_t count = 0;

	while (iter && (e = nftnl_set_elems_iter_next(iter))) {
		bool flags = nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS);
		const uint8_t *key, *end;
		uint32_t len, end_len;

		key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);
		end = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY_END, &end_len);
		if (!key || len < at + 2)
			continue;
		key += at;
		if (end && end_len == len) {
			set_ports(found, key[0] << 8 | key[1], end[at] << 8 | end[at + 1]);
			continue;
		}
		grown = realloc(b, (count + 1) * sizeof(*b));
		if (!grown)
			break;
		b = grown;
		b[count].port = key[0] << 8 | key[1];
		b[count].end = flags && nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS) &
			       NFT_SET_ELEM_INTERVAL_END;
		intervals |= b[count++].end;
	}
	nftnl_set_elems_iter_destroy(iter);
	add_bounds(found, b, count, intervals);
	free(b);
}

struct finder {
	const struct ruleset *rs;
	struct nftnl_rule *rule;
	struct ports *found;
	uint32_t at;		/* the byte among the registers where the destination port is */
	bool loaded;		/* it is there */
	unsigned int low;	/* of a range, whose other end comes next */
};

/* Registers are numbered by sixteen bytes or, from NFT_REG32_00 on, by four. */
static uint32_t register_at(uint32_t number)
{
	return number < NFT_REG32_00 ? (number - NFT_REG_1) * NFT_REG_SIZE :
				       (number - NFT_REG32_00) * NFT_REG32_SIZE;
}

static void find_in_set(struct finder *f, struct nftnl_expr *e)
{
	const uint32_t from = register_at(nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SREG));
	struct nftnl_set *s;

	if (nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV || f->at < from)
		return;
	s = nft_read_set(f->rs->nft, nftnl_rule_get_u32(f->rule, NFTNL_RULE_FAMILY),
			 nftnl_rule_get_str(f->rule, NFTNL_RULE_TABLE),
			 nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET));
	if (!s)
		return;
	add_set(f->found, s, f->at - from);
	nftnl_set_free(s);
}

static void find_cmp(struct finder *f, struct nftnl_expr *e)
{
	uint32_t len;
	const uint8_t *bytes = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &len);
	unsigned int port = bytes && len == 2 ? bytes[0] << 8 | bytes[1] : 0;

	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP)) {
	case NFT_CMP_EQ:
		set_ports(f->found, port, port);
		break;
	case NFT_CMP_GTE:
		f->low = port;
		return;
	case NFT_CMP_LTE:
		set_ports(f->found, f->low, port);
		break;
	}
	f->loaded = false;
}

/* As iptables-nft has "--dport 5000:5100", where nft compares twice. */
static void find_range(struct finder *f, struct nftnl_expr *e)
{
	uint32_t from_len, to_len;
	const uint8_t *from = nftnl_expr_get(e, NFTNL_EXPR_RANGE_FROM_DATA, &from_len);
	const uint8_t *to = nftnl_expr_get(e, NFTNL_EXPR_RANGE_TO_DATA, &to_len);

	if (register_at(nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG)) != f->at || !from || !to ||
	    from_len != 2 || to_len != 2 ||
	    nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP) != NFT_RANGE_EQ)
		return;
	set_ports(f->found, from[0] << 8 | from[1], to[0] << 8 | to[1]);
}

/* "--dports 80,5000:5100"; the first revision has no ranges, and is not used by iptables-nft. */
static void find_multiport(struct finder *f, const struct xt_multiport_v1 *m)
{
	unsigned int i, first;

	if (m->invert || m->flags == XT_MULTIPORT_SOURCE)
		return;
	for (i = 0; i < m->count && i < XT_MULTI_PORTS; i++) {
		first = m->ports[i];
		if (m->pflags[i] && i + 1 < XT_MULTI_PORTS)
			i++;
		set_ports(f->found, first, m->ports[i]);
	}
}

/* What iptables-nft leaves to matches of iptables. Every port is what these say of none. */
static void find_xt(struct finder *f, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME);
	const uint16_t *dports = NULL;
	const void *info;
	uint32_t len;

	info = nftnl_expr_get(e, NFTNL_EXPR_MT_INFO, &len);
	if (!info)
		return;
	if (!strcmp(name, "multiport") && len >= sizeof(struct xt_multiport_v1) &&
	    nftnl_expr_get_u32(e, NFTNL_EXPR_MT_REV) == 1)
		find_multiport(f, info);
	else if (!strcmp(name, "udp") && len >= sizeof(struct xt_udp) &&
		 !(((const struct xt_udp *)info)->invflags & XT_UDP_INV_DSTPT))
		dports = ((const struct xt_udp *)info)->dpts;
	else if (!strcmp(name, "tcp") && len >= sizeof(struct xt_tcp) &&
		 !(((const struct xt_tcp *)info)->invflags & XT_TCP_INV_DSTPT))
		dports = ((const struct xt_tcp *)info)->dpts;
	if (dports && (dports[0] || dports[1] != PORTS - 1))
		set_ports(f->found, dports[0], dports[1]);
}

/* "udp dport" or "th dport": two bytes at offset 2 of the transport header. */
static int find_dport(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	struct finder *f = data;

	if (!strcmp(name, "payload")) {
		uint32_t at = register_at(nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG));
		bool dport = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) ==
			     NFT_PAYLOAD_TRANSPORT_HEADER &&
			     nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET) == 2 &&
			     nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN) == 2;

		if (dport)
			f->at = at;
		f->loaded = dport || (f->loaded && at != f->at);
	} else if (f->loaded && !strcmp(name, "cmp") &&
		   register_at(nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG)) == f->at) {
		find_cmp(f, e);
	} else if (f->loaded && !strcmp(name, "lookup")) {
		find_in_set(f, e);
	} else if (f->loaded && !strcmp(name, "range")) {
		find_range(f, e);
	} else if (!strcmp(name, "match")) {
		find_xt(f, e);
	}
	return 0;
}

/* A chain of destination NAT of the user's, or one that such a chain may jump to. */
static bool forwards(const struct check *c, const struct ruleset_chain *ch)
{
	return strcmp(ch->table, RULE_TABLE) &&
	       (ch->family == NFPROTO_INET || check_has_family(c, ch->family)) &&
	       (!ch->base || (ch->nat && ch->hook == NF_INET_PRE_ROUTING));
}

static bool translates(const struct path_step *step)
{
	return step->nat_destination;
}

/* An exposed host, and the like: a rule that takes all new flows from an uplink. */
static bool check_exposed(struct check *c, const struct ruleset *rs,
			  const struct ruleset_chain *ch, const struct rule *rule)
{
	struct path_flow flow = { .iif = rule->oif };
	struct nftnl_rule *by = NULL;
	char mend[256];
	unsigned int n;

	for (n = 0; n < CHECK_FLOWS; n++) {
		if (!check_flow(rule, n, &flow) || !ruleset_sees(ch, flow.family) ||
		    path_find(rs, ch, &flow, translates, &by) != PATH_YES)
			continue;
		snprintf(mend, sizeof(mend), "nft delete rule %s %s %s handle %llu",
			 rule_family_name(ch->family), ch->table,
			 nftnl_rule_get_str(by, NFTNL_RULE_CHAIN),
			 (unsigned long long)nftnl_rule_get_u64(by, NFTNL_RULE_HANDLE));
		check_add(c, CHECK_WARN, "exposed-host", mend,
			  "the chain %s %s %s forwards all new flows (%s) from %s before full-cone "
			  "sees them, so they reach no mapping; delete that rule, or let it name "
			  "its ports", rule_family_name(ch->family), ch->table, ch->name,
			  flow.l4proto == IPPROTO_UDP ? "UDP" : "TCP", rule->oif);
		return true;
	}
	return false;
}

static void check_exposed_all(struct check *c, const struct ruleset *rs)
{
	size_t i, k;

	for (i = 0; i < rs->chain_count; i++)
		for (k = 0; rs->chains[i].base && forwards(c, &rs->chains[i]) &&
		     k < c->cone.count; k++)
			if (!c->cone.rules[k].nat &&
			    check_exposed(c, rs, &rs->chains[i], &c->cone.rules[k].rule))
				break;
}

/* Does the rule forward what comes in by an uplink? What hosts inside send has other rules. */
static bool forwards_from_outside(const struct check *c, const struct ruleset *rs,
				  struct nftnl_rule *r, uint8_t l4proto)
{
	struct path_flow flow = { .l4proto = l4proto };
	struct path_step step;
	bool any = false;
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		if (c->cone.rules[i].nat)
			continue;
		any = true;
		flow.iif = c->cone.rules[i].rule.oif;
		path_rule(rs, r, &flow, &step);
		if (step.match != PATH_NO && step.nat_destination)
			return true;
	}
	if (any)
		return false;
	path_rule(rs, r, &flow, &step);
	return step.match != PATH_NO && step.nat_destination;
}

/* All of their ports. */
static void find_forwards(const struct check *c, const struct ruleset *rs, uint8_t l4proto,
			  struct ports *found)
{
	size_t i, k;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		if (!forwards(c, ch))
			continue;
		for (k = 0; k < rs->rule_count; k++) {
			struct finder f = { .rs = rs, .rule = rs->rules[k], .found = found };

			if (ruleset_in_chain(rs->rules[k], ch) &&
			    forwards_from_outside(c, rs, rs->rules[k], l4proto))
				nftnl_expr_foreach(rs->rules[k], find_dport, &f);
		}
	}
}

/* --- what the engine keeps away from --- */

static void remove_system_reserved(struct ports *p)
{
	char text[4096] = "";
	char *word, *save;
	FILE *f;

	f = fopen("/proc/sys/net/ipv4/ip_local_reserved_ports", "re");
	if (!f)
		return;
	if (!fgets(text, sizeof(text), f))
		*text = '\0';
	fclose(f);
	for (word = strtok_r(text, ",\n", &save); word; word = strtok_r(NULL, ",\n", &save)) {
		unsigned int lo, hi;
		int n = sscanf(word, "%u-%u", &lo, &hi);

		if (n == 1)
			hi = lo;
		if (n > 0 && lo <= hi && hi < PORTS)
			memset(p->has + lo, 0, hi - lo + 1);
	}
}

static void check_profile(struct check *c, const struct profile *p, const struct ports *forwarded)
{
	const unsigned int lo = p->port_max ? p->port_min : 1;
	const unsigned int hi = p->port_max ? p->port_max : PORTS - 1;
	struct ports open = { { 0 } }, reserve = { { 0 } };
	char list[256], all[960], mend[1024] = "";
	unsigned int i, left = 0;

	for (i = 0; i < p->reserve_count; i++)
		set_ports(&reserve, p->reserve[i].first, p->reserve[i].last);
	for (i = lo; i <= hi; i++)
		open.has[i] = forwarded->has[i] && !reserve.has[i];
	if (!memchr(open.has, 1, PORTS))
		return;
	for (i = 0; i < PORTS; i++)
		reserve.has[i] |= open.has[i];
	for (i = p->port_max ? lo : PORT_FIRST; i <= hi; i++)
		left += !reserve.has[i];
	if (left <= (hi - lo) / 4) {
		format_ports(&open, list, sizeof(list));
		check_add(c, CHECK_WARN, "forwarded-port", NULL,
			  "rules of the user's forward port %s, so mappings of the profile %s on "
			  "these hear nothing; but if they are reserved, few ports are left to it",
			  list, p->name);
		return;
	}
	if (format_ports(&reserve, all, sizeof(all)))
		snprintf(mend, sizeof(mend), "fullcone profile set %s reserve=%s", p->name, all);
	format_ports(&open, list, sizeof(list));
	check_add(c, CHECK_WARN, "forwarded-port", mend,
		  "rules of the user's forward port %s, but a mapping of the profile %s may get it "
		  "too and would then hear nothing; reserve it", list, p->name);
}

/* Whether a rule puts flows of the protocol into the profile; without any rule, it will. */
static bool has_proto(const struct check *c, const struct profile *p, uint8_t l4proto)
{
	bool any = false;
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;

		if (c->cone.rules[i].nat || !rule_selects(rule, p))
			continue;
		any = true;
		if (rule_has_l4proto(rule, l4proto))
			return true;
	}
	return !any;
}

void check_ports(struct check *c, const struct ruleset *rs)
{
	static const uint8_t l4protos[] = { IPPROTO_UDP, IPPROTO_TCP };
	/* by protocol, and those of them that concern a profile */
	struct ports *forwarded = calloc(ARRAY_SIZE(l4protos) + 1, sizeof(*forwarded));
	struct ports *these = forwarded + ARRAY_SIZE(l4protos);
	size_t i, k, port;

	if (!forwarded) {
		c->no_memory = true;
		return;
	}
	check_exposed_all(c, rs);
	for (k = 0; k < ARRAY_SIZE(l4protos); k++) {
		find_forwards(c, rs, l4protos[k], &forwarded[k]);
		remove_system_reserved(&forwarded[k]);
	}
	for (i = 0; i < c->profiles.count; i++) {
		const struct profile *p = &c->profiles.profile[i];

		if (!check_in_use(c, p))
			continue;
		memset(these, 0, sizeof(*these));
		for (k = 0; k < ARRAY_SIZE(l4protos); k++)
			for (port = 0; has_proto(c, p, l4protos[k]) && port < PORTS; port++)
				these->has[port] |= forwarded[k].has[port];
		check_profile(c, p, these);
	}
	free(forwarded);
}
