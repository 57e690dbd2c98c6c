// SPDX-License-Identifier: GPL-2.0
/* check: the nf_tables rules, ours and what the user's do to our flows. */
#include "check.h"
#include "array.h"
#include "path.h"
#include "rule_words.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The engine's place in POSTROUTING; what comes later decides only what it leaves. */
#define ENGINE_PRIORITY (100 - 5)

static bool is_ours(const struct ruleset_chain *ch)
{
	return !strcmp(ch->table, RULE_TABLE);
}

static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };

/* Whether a flow that a rule is for may pass the chain. */
static bool concerns_us(const struct check *c, const struct ruleset_chain *ch)
{
	return (ruleset_sees(ch, NFPROTO_IPV4) && check_has_family(c, NFPROTO_IPV4)) ||
	       (ruleset_sees(ch, NFPROTO_IPV6) && check_has_family(c, NFPROTO_IPV6));
}

/* --- input: accepting translated flows there opens the router's own services --- */

/* firewalld's serves its own forwards to the router, and comes back with each reload. */
static bool is_input(const struct ruleset_chain *ch)
{
	return ch->base && !ch->nat && ch->hook == NF_INET_LOCAL_IN &&
	       strcmp(ch->table, "firewalld");
}

/* What comes in by @dev; what hosts inside are redirected to is their owner's affair. */
static void check_input_chain(struct check *c, const struct ruleset *rs,
			      const struct ruleset_chain *ch, const char *dev, unsigned int depth)
{
	const struct path_flow dnat = { .iif = dev, .dnat = true }, plain = { .iif = dev };
	size_t i;

	for (i = 0; ch && depth < 8 && i < rs->rule_count; i++) {
		struct path_step with, without;
		char mend[256];

		if (!ruleset_in_chain(rs->rules[i], ch))
			continue;
		path_rule(rs, rs->rules[i], &dnat, &with);
		if (with.match == PATH_NO)
			continue;
		if (with.verdict == PATH_JUMP || with.verdict == PATH_GOTO)
			check_input_chain(c, rs, ruleset_chain(rs, ch->family, ch->table,
							       with.chain), dev, depth + 1);
		path_rule(rs, rs->rules[i], &plain, &without);
		/* nothing gets to the rules that follow */
		if (with.match == PATH_YES && without.match == PATH_YES &&
		    (with.verdict == PATH_DROP || with.verdict == PATH_ACCEPT))
			return;
		if (with.verdict != PATH_ACCEPT || without.match != PATH_NO)
			continue;
		snprintf(mend, sizeof(mend), "nft delete rule %s %s %s handle %llu",
			 rule_family_name(ch->family), ch->table, ch->name,
			 (unsigned long long)nftnl_rule_get_u64(rs->rules[i], NFTNL_RULE_HANDLE));
		if (check_has_line(c, mend))
			continue;
		check_add(c, CHECK_WARN, "input", mend,
			  "the chain %s %s %s accepts flows with ct status dnat to the router itself: "
			  "that opens every redirected service to the outside, and full-cone does "
			  "not need it", rule_family_name(ch->family), ch->table, ch->name);
	}
}

/* --- exemptions from NAT that come after the engine --- */

struct daddr_finder {
	bool loaded, negated, found;
	struct endpoint ep;
};

static int find_daddr(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	struct daddr_finder *d = data;
	const void *bytes;
	uint32_t len;

	if (!strcmp(name, "payload")) {
		len = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
		d->loaded = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) ==
			    NFT_PAYLOAD_NETWORK_HEADER &&
			    nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET) ==
			    (d->ep.family == NFPROTO_IPV6 ? 24 : 16);
		d->ep.len = len * 8;
	} else if (!strcmp(name, "bitwise") && d->loaded) {
		const uint8_t *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &len);
		uint32_t bit = 0;

		while (mask && bit < len * 8 && mask[bit / 8] & (0x80 >> (bit % 8)))
			bit++;
		d->ep.len = bit;
	} else if (!strcmp(name, "cmp") && d->loaded) {
		bytes = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &len);
		d->found = bytes && len <= addr_size(d->ep.family) &&
			   nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP) == NFT_CMP_EQ;
		if (d->found)
			memcpy(&d->ep.addr, bytes, len);
		d->loaded = false;
	}
	return 0;
}

static struct daddr_finder daddr_of(struct nftnl_rule *r, uint8_t family)
{
	struct daddr_finder d = { .ep.family = family, .ep.has_len = true };

	nftnl_expr_foreach(r, find_daddr, &d);
	return d;
}

/* Multicast and broadcast are never translated. */
static bool is_group(const struct daddr_finder *d)
{
	const uint8_t *a = d->ep.addr.bytes;

	if (!d->found)
		return false;
	return d->ep.family == NFPROTO_IPV6 ? a[0] == 0xff && d->ep.len >= 8 :
					      a[0] >= 224 && d->ep.len >= 4;
}

/* Whether all that @d has found is in @prefix as well. */
static bool covers(const struct endpoint *prefix, const struct daddr_finder *d)
{
	uint32_t bit;

	if (!d->found || prefix->family != d->ep.family || prefix->len > d->ep.len)
		return false;
	for (bit = 0; bit < prefix->len; bit++)
		if ((prefix->addr.bytes[bit / 8] ^ d->ep.addr.bytes[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

/* Whether a rule of the user's takes the same addresses out of the chain that labels. */
static bool is_unlabelled(const struct ruleset *rs, const struct rule *rule,
			  const struct daddr_finder *d)
{
	const struct path_flow flow = { .oif = rule->oif, .family = d->ep.family };
	const struct ruleset_chain *ch;
	struct path_step step;
	size_t i;

	ch = ruleset_chain(rs, rule->family, RULE_TABLE, RULE_LABEL_CHAIN);
	for (i = 0; ch && i < rs->rule_count; i++) {
		const struct daddr_finder other = daddr_of(rs->rules[i], d->ep.family);

		if (!ruleset_in_chain(rs->rules[i], ch) || !other.found || !covers(&other.ep, d))
			continue;
		path_rule(rs, rs->rules[i], &flow, &step);
		if (step.match != PATH_NO &&
		    (step.verdict == PATH_ACCEPT || step.verdict == PATH_RETURN))
			return true;
	}
	return false;
}

/* Whether the full-cone rule itself leaves out the same addresses, or more. */
static bool is_left_out(const struct ruleset *rs, const struct rule *rule,
			struct nftnl_rule *exempting, uint8_t family)
{
	const struct daddr_finder d = daddr_of(exempting, family);

	return is_group(&d) || is_unlabelled(rs, rule, &d) ||
	       (rule->has_daddr && rule->daddr.negated && covers(&rule->daddr, &d));
}

/*
 * A full-cone rule has one daddr. Where that is taken, or the rule is for both families, the
 * addresses are taken out of both of its chains before it.
 */
static void exemption_mend(const struct check *c, const struct rule *rule,
			   const struct daddr_finder *d, char *mend, size_t size)
{
	const struct profile *p = rule_profile(rule, &c->profiles);
	const char *family = rule_family_name(rule->family);
	const char *ip = d->ep.family == NFPROTO_IPV6 ? "ip6" : "ip";
	struct rule with = *rule;
	char text[512];

	format_endpoint(&d->ep, text, sizeof(text));
	if (!d->found) {
		*mend = '\0';
	} else if (!p || rule->has_daddr || rule->family == NFPROTO_INET) {
		snprintf(mend, size, "nft 'insert rule %s %s %s %s daddr %s accept; "
			 "insert rule %s %s %s %s daddr %s accept'",
			 family, RULE_TABLE, RULE_LABEL_CHAIN, ip, text,
			 family, RULE_TABLE, RULE_NAT_CHAIN, ip, text);
	} else {
		with.has_daddr = true;
		with.daddr = d->ep;
		with.daddr.negated = true;
		rule_words_format(&with, p->name, true, text, sizeof(text));
		snprintf(mend, size, "fullcone rule add %s", text);
	}
}

static void report_exemption(struct check *c, const struct ruleset_chain *ch,
			     struct nftnl_rule *r, const struct rule *rule, uint8_t family)
{
	const struct daddr_finder d = daddr_of(r, family);
	char mend[640];

	exemption_mend(c, rule, &d, mend, sizeof(mend));
	check_add(c, CHECK_WARN, "exemption", *mend ? mend : NULL,
		  "the chain %s %s %s exempts traffic from NAT, but only after full-cone has "
		  "translated it; say it in the full-cone rule",
		  rule_family_name(ch->family), ch->table, ch->name);
}

/* An accept in a nat chain saves a flow only from the NAT rules behind it there. */
static void check_exemptions(struct check *c, const struct ruleset *rs,
			     const struct ruleset_chain *ch, const struct rule *rule,
			     uint8_t family)
{
	const struct path_flow flow = { .oif = rule->oif, .family = family };
	struct nftnl_rule *exempting = NULL;
	struct path_step step;
	size_t i;

	for (i = 0; i < rs->rule_count; i++) {
		if (!ruleset_in_chain(rs->rules[i], ch))
			continue;
		path_rule(rs, rs->rules[i], &flow, &step);
		if (step.match == PATH_NO)
			continue;
		if (step.nat_source && exempting) {
			report_exemption(c, ch, exempting, rule, family);
			return;
		}
		if (!exempting && !step.nat_source &&
		    (step.verdict == PATH_ACCEPT || step.verdict == PATH_RETURN) &&
		    !is_left_out(rs, rule, rs->rules[i], family))
			exempting = rs->rules[i];
	}
}

/* --- source NAT that comes before the engine --- */

static bool translates(const struct path_step *step)
{
	return step->nat_source;
}

/* The user's rules win, so flows that they translate have no mappings. Whether it found any. */
static bool check_earlier_nat(struct check *c, const struct ruleset *rs,
			      const struct ruleset_chain *ch, const struct rule *rule,
			      uint8_t family)
{
	const struct path_flow flow = { .oif = rule->oif, .family = family };
	struct nftnl_rule *by = NULL;
	enum path_match match;
	char mend[256];

	match = path_find(rs, ch, &flow, translates, &by);
	if (match == PATH_NO)
		return false;
	snprintf(mend, sizeof(mend), "nft delete rule %s %s %s handle %llu",
		 rule_family_name(ch->family), ch->table,
		 nftnl_rule_get_str(by, NFTNL_RULE_CHAIN),
		 (unsigned long long)nftnl_rule_get_u64(by, NFTNL_RULE_HANDLE));
	if (match == PATH_YES)
		check_add(c, CHECK_WARN, "earlier-nat", mend,
			  "the chain %s %s %s translates what leaves by %s before full-cone sees it, "
			  "so nothing there has a mapping; delete that rule, or give its chain the "
			  "priority srcnat", rule_family_name(ch->family), ch->table, ch->name,
			  rule->oif);
	else
		check_add(c, CHECK_INFO, "earlier-nat", NULL,
			  "the chain %s %s %s translates some of what leaves by %s before full-cone "
			  "sees it; those flows have no mappings", rule_family_name(ch->family),
			  ch->table, ch->name, rule->oif);
	return true;
}

/* --- */

/* For each family that both the rule and the chain are for. */
static void check_source_nat(struct check *c, const struct ruleset *rs,
			     const struct ruleset_chain *ch, const struct rule *rule)
{
	size_t f;

	for (f = 0; f < ARRAY_SIZE(families); f++) {
		if (!ruleset_sees(ch, families[f]) || !rule_has_family(rule, families[f]))
			continue;
		if (ch->priority >= ENGINE_PRIORITY) {
			check_exemptions(c, rs, ch, rule, families[f]);
			check_late(c, rs, ch, rule, families[f]);
		} else if (check_earlier_nat(c, rs, ch, rule, families[f])) {
			return;
		}
	}
}

static void check_user_chains(struct check *c, const struct ruleset *rs)
{
	size_t i, k;

	for (i = 0; i < rs->chain_count; i++) {
		const struct ruleset_chain *ch = &rs->chains[i];

		if (is_ours(ch) || !concerns_us(c, ch))
			continue;
		for (k = 0; k < c->cone.count && is_input(ch); k++)
			if (check_is_first(c, k))
				check_input_chain(c, rs, ch, c->cone.rules[k].rule.oif, 0);
		if (ch->base && ch->nat && ch->hook == NF_INET_POST_ROUTING)
			for (k = 0; k < c->cone.count; k++)
				if (!c->cone.rules[k].nat)
					check_source_nat(c, rs, ch, &c->cone.rules[k].rule);
	}
}

/* Rules that nf_tables does not hold. */
static void check_legacy(struct check *c, uint8_t family, const char *names, const char *tool)
{
	FILE *f = check_has_family(c, family) ? fopen(names, "re") : NULL;
	char mend[64];

	if (!f)
		return;
	snprintf(mend, sizeof(mend), "%s -S FORWARD", tool);
	if (getc(f) != EOF)
		check_add(c, CHECK_INFO, "iptables-legacy", mend,
			  "rules of %s are in use, which are not looked at", tool);
	fclose(f);
}

void check_nft(struct check *c)
{
	struct ruleset rs;
	struct nft n;
	int ret;

	ret = nft_open(&n);
	if (!ret)
		ret = cone_read(&n, &c->cone);
	if (!ret) {
		ret = ruleset_read(&n, &rs);
		if (ret)
			cone_free(&c->cone);
	}
	if (ret) {
		check_add(c, CHECK_FAIL, "nf_tables", NULL, "nf_tables cannot be read: %s",
			  n.nl.error);
		nft_close(&n);
		return;
	}
	check_links(c);
	check_rules(c, &rs);
	check_filters(c, &rs);
	check_early(c, &rs);
	check_inside(c, &rs);
	check_hairpin(c, &rs);
	check_reverse(c, &rs);
	check_user_chains(c, &rs);
	check_tracking(c, &rs);
	check_ports(c, &rs);
	if (rs.unreadable)
		check_add(c, CHECK_INFO, "unreadable", NULL,
			  "%u nft rule%s of a kind this tool cannot read %s not looked at",
			  rs.unreadable, rs.unreadable == 1 ? "" : "s",
			  rs.unreadable == 1 ? "was" : "were");
	check_legacy(c, NFPROTO_IPV4, "/proc/net/ip_tables_names", "iptables-legacy");
	check_legacy(c, NFPROTO_IPV6, "/proc/net/ip6_tables_names", "ip6tables-legacy");
	ruleset_free(&rs);
	nft_close(&n);
}
