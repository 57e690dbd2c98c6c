// SPDX-License-Identifier: GPL-2.0
/* A full-cone rule: its words, what it selects, and its nft text. */
#include "rule.h"

#include <string.h>

/* In the order in which nft lists them. */
static const uint8_t l4protos[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6 };

const char *rule_family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	}
	return NULL;
}

bool rule_parse_family(const char *s, uint8_t *family)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET };
	size_t i;

	for (i = 0; i < sizeof(families); i++) {
		if (!strcmp(s, rule_family_name(families[i]))) {
			*family = families[i];
			return true;
		}
	}
	return false;
}

static bool same_cidr(bool has_a, const struct endpoint *a, bool has_b, const struct endpoint *b)
{
	if (!has_a || !has_b)
		return has_a == has_b;
	return a->family == b->family && a->negated == b->negated && a->len == b->len &&
	       addr_equal(a->family, &a->addr, &b->addr);
}

static bool same_range(const struct addr_range *a, const struct addr_range *b)
{
	return a->family == b->family && addr_equal(a->family, &a->first, &b->first) &&
	       addr_equal(a->family, &a->last, &b->last);
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	return a->family == b->family && !strcmp(a->oif, b->oif) && a->protos == b->protos &&
	       same_cidr(a->has_saddr, &a->saddr, b->has_saddr, &b->saddr) &&
	       same_cidr(a->has_daddr, &a->daddr, b->has_daddr, &b->daddr) &&
	       a->has_label == b->has_label && a->label == b->label &&
	       a->mark.value == b->mark.value && a->mark.mask == b->mark.mask &&
	       same_range(&a->snat, &b->snat) && a->spares_own == b->spares_own;
}

bool rule_selects(const struct rule *rule, const struct profile *p)
{
	if (rule->has_label)
		return rule->label == p->label;
	/* All the bits that the profile compares are set by the rule, and as it wants them. */
	return p->mark.mask && !(p->mark.mask & ~rule->mark.mask) &&
	       (rule->mark.value & p->mark.mask) == p->mark.value;
}

const struct profile *rule_profile(const struct rule *rule, const struct profiles *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (rule_selects(rule, &all->profile[i]))
			return &all->profile[i];
	return NULL;
}

void rule_set_fallback(struct rule *rule, const struct profile *p)
{
	const struct addr_range *range = profile_source(p, rule->family);

	rule->snat = range ? *range : (struct addr_range){ 0 };
	rule->spares_own = range && (!rule->has_saddr || rule->saddr.negated);
}

struct rule rule_label_half(const struct rule *rule)
{
	struct rule half = *rule;

	memset(&half.snat, 0, sizeof(half.snat));
	half.spares_own = false;
	return half;
}

struct rule rule_nat_half(const struct rule *rule)
{
	struct rule half = *rule;

	half.protos = 0;
	half.has_label = false;
	half.label = 0;
	half.mark = (struct mark){ 0 };
	return half;
}

bool rule_has_family(const struct rule *rule, uint8_t family)
{
	return rule->family == family || rule->family == NFPROTO_INET;
}

bool rule_has_l4proto(const struct rule *rule, uint8_t l4proto)
{
	if (rule->protos & RULE_ANY)
		return true;
	switch (l4proto) {
	case IPPROTO_UDP:
		return rule->protos & RULE_UDP;
	case IPPROTO_TCP:
		return rule->protos & RULE_TCP;
	case IPPROTO_ICMP:
		return rule->protos & RULE_ICMP;
	case IPPROTO_ICMPV6:
		return rule->protos & RULE_ICMPV6;
	}
	return false;
}

unsigned int rule_l4proto_count(const struct rule *rule)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < sizeof(l4protos); i++)
		count += rule_has_l4proto(rule, l4protos[i]);
	return count;
}

bool rule_add_proto(struct rule *rule, uint8_t l4proto)
{
	if (l4proto == IPPROTO_UDP)
		rule->protos |= RULE_UDP;
	else if (l4proto == IPPROTO_TCP)
		rule->protos |= RULE_TCP;
	else if (l4proto == IPPROTO_ICMP && rule->family != NFPROTO_IPV6)
		rule->protos |= RULE_ICMP;
	else if (l4proto == IPPROTO_ICMPV6 && rule->family != NFPROTO_IPV4)
		rule->protos |= RULE_ICMPV6;
	else
		return false;
	return true;
}

bool rule_protos_ok(const struct rule *rule)
{
	return rule->protos && (rule->family != NFPROTO_INET || !(rule->protos & RULE_ICMP) ||
				rule->protos & RULE_ICMPV6);
}

unsigned int rule_all_protos(uint8_t family)
{
	return RULE_UDP | RULE_TCP | (family == NFPROTO_IPV6 ? 0 : RULE_ICMP) |
	       (family == NFPROTO_IPV4 ? 0 : RULE_ICMPV6);
}

void rule_proto_words(const struct rule *rule, char *buf, size_t size)
{
	unsigned int icmp = rule->protos & (RULE_ICMP | RULE_ICMPV6);

	snprintf(buf, size, "%s%s%s%s", rule->protos & RULE_ANY ? ",all" : "",
		 rule->protos & RULE_UDP ? ",udp" : "",
		 rule->protos & RULE_TCP ? ",tcp" : "",
		 !icmp ? "" : icmp == RULE_ICMPV6 ? ",icmpv6" : ",icmp");
	memmove(buf, buf + 1, strlen(buf));
}

static void print_cidr(const struct endpoint *ep, const char *side, FILE *out)
{
	char addr[ENDPOINT_STRLEN];

	format_addr(ep->family, &ep->addr, addr, sizeof(addr));
	fprintf(out, " %s %s%s %s", ep->family == NFPROTO_IPV6 ? "ip6" : "ip", side,
		ep->negated ? " !=" : "", addr);
	if (ep->len != (ep->family == NFPROTO_IPV6 ? 128 : 32))
		fprintf(out, "/%u", ep->len);
}

static void print_protos(const struct rule *rule, FILE *out)
{
	static const char *const names[] = { "icmp", "tcp", "udp", "ipv6-icmp" };
	bool many = rule_l4proto_count(rule) > 1;
	const char *sep = "";
	size_t i;

	if (rule->protos & RULE_ANY)
		return;
	fprintf(out, " meta l4proto %s", many ? "{ " : "");
	for (i = 0; i < sizeof(l4protos); i++) {
		if (rule_has_l4proto(rule, l4protos[i])) {
			fprintf(out, "%s%s", sep, names[i]);
			sep = ", ";
		}
	}
	fputs(many ? " }" : "", out);
}

static void print_mark(const struct mark *mark, FILE *out)
{
	uint32_t keep = ~mark->mask;

	if (!keep)
		fprintf(out, " ct mark set 0x%08x", mark->value);
	else if (mark->value == mark->mask)
		fprintf(out, " ct mark set ct mark | 0x%08x", mark->value);
	else if (!mark->value)
		fprintf(out, " ct mark set ct mark & 0x%08x", keep);
	else
		/* nft lists it so: the bits that are set afterwards count as kept, too */
		fprintf(out, " ct mark set ct mark & 0x%08x | 0x%08x", keep | mark->value,
			mark->value);
}

static void print_fallback(const struct rule *rule, FILE *out)
{
	char range[ADDR_RANGE_STRLEN];

	if (!rule->snat.family) {
		fputs(" masquerade", out);
		return;
	}
	format_addr_range(&rule->snat, range, sizeof(range));
	fprintf(out, " snat to %s", range);
}

void rule_print_nft(const struct rule *rule, FILE *out)
{
	fprintf(out, "table %s %s {\n\tchain %s {\n"
		"\t\ttype nat hook postrouting priority srcnat - 10; policy accept;\n"
		"\t\toifname \"%s\"", rule_family_name(rule->family), RULE_TABLE,
		RULE_LABEL_CHAIN, rule->oif);
	print_protos(rule, out);
	if (rule->has_saddr)
		print_cidr(&rule->saddr, "saddr", out);
	if (rule->has_daddr)
		print_cidr(&rule->daddr, "daddr", out);
	if (rule->mark.mask)
		print_mark(&rule->mark, out);
	else
		fprintf(out, " ct label set %u", rule->label);
	fprintf(out, "\n\t}\n\n\tchain %s {\n"
		"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		"\t\toifname \"%s\"", RULE_NAT_CHAIN, rule->oif);
	if (rule->has_saddr)
		print_cidr(&rule->saddr, "saddr", out);
	if (rule->has_daddr)
		print_cidr(&rule->daddr, "daddr", out);
	if (rule->spares_own)
		fputs(" fib saddr . oif type != local", out);
	print_fallback(rule, out);
	fputs("\n\t}\n}\n", out);
}
