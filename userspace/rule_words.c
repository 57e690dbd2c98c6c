// SPDX-License-Identifier: GPL-2.0
/* The words of "rule add" and "rule del". */
#include "rule_words.h"
#include "cmd.h"

#include <stdio.h>
#include <string.h>

/* The family, not known yet, decides which ICMP is meant: here, all that it may be. */
static const char *parse_protos(const char *s, unsigned int *protos)
{
	static const char *expected = "udp, tcp, icmp and icmpv6, with commas between them; or all";
	char word[8];
	uint8_t proto;

	if (!strcmp(s, "all")) {
		*protos = RULE_ANY;
		return NULL;
	}

	for (;;) {
		size_t len = strcspn(s, ",");

		if (len >= sizeof(word))
			return expected;
		memcpy(word, s, len);
		word[len] = '\0';
		if (parse_proto(word, &proto))
			return expected;
		if (proto == IPPROTO_UDP)
			*protos |= RULE_UDP;
		else if (proto == IPPROTO_TCP)
			*protos |= RULE_TCP;
		else
			*protos |= RULE_ICMPV6 | (proto == IPPROTO_ICMP ? RULE_ICMP : 0);
		if (!s[len])
			return NULL;
		s += len + 1;
	}
}

static const char *parse_cidr(const char *s, struct endpoint *ep)
{
	const char *expected = parse_endpoint(s, EP_LEN | EP_NOT, ep);

	if (!expected && !ep->len)
		return "a prefix longer than /0, which is every address: leave it out";
	/* 10.0.0.1/32 is 10.0.0.1. */
	if (!expected && ep->len == (ep->family == NFPROTO_IPV6 ? 128 : 32))
		ep->has_len = false;
	return expected;
}

/* One "KEY VALUE"; the result is what would be accepted, or NULL. @known: it is a key. */
static const char *parse_word(const char *key, const char *value, struct rule_words *w, bool *twice,
			      bool *known)
{
	struct rule *rule = &w->rule;
	const char *expected;
	bool *has = NULL;

	*known = true;
	*twice = false;
	if (!strcmp(key, "oif")) {
		*twice = *rule->oif;
		expected = parse_ifname(value);
		if (!expected)
			strcpy(rule->oif, value);
	} else if (!strcmp(key, "family")) {
		has = &w->has_family;
		expected = rule_parse_family(value, &rule->family) ? NULL : "ip, ip6 or inet";
	} else if (!strcmp(key, "proto")) {
		has = &w->has_proto;
		expected = parse_protos(value, &rule->protos);
	} else if (!strcmp(key, "saddr")) {
		has = &rule->has_saddr;
		expected = parse_cidr(value, &rule->saddr);
	} else if (!strcmp(key, "daddr")) {
		has = &rule->has_daddr;
		expected = parse_cidr(value, &rule->daddr);
	} else if (!strcmp(key, "profile")) {
		has = &w->has_profile;
		expected = parse_profile_name(value);
		if (!expected)
			strcpy(w->profile, value);
	} else if (!strcmp(key, "mark")) {
		has = &w->has_mark;
		expected = parse_mark(value, &rule->mark);
	} else {
		*known = false;
		return NULL;
	}
	if (has) {
		*twice = *has;
		*has = true;
	}
	return expected;
}

static int check_families(const struct rule_words *w)
{
	const struct rule *rule = &w->rule;
	const struct endpoint *ep = rule->has_saddr ? &rule->saddr : &rule->daddr;
	char text[ENDPOINT_STRLEN];

	if (rule->has_saddr && rule->has_daddr && rule->saddr.family != rule->daddr.family)
		return usage_error("saddr and daddr are not of one address family");
	if (!rule->has_saddr && !rule->has_daddr)
		return STATUS_DONE;
	if (rule->family == NFPROTO_INET || rule->family == ep->family)
		return STATUS_DONE;
	format_endpoint(ep, text, sizeof(text));
	return usage_error("\"%s\" is no address of family %s", text,
			   rule_family_name(rule->family));
}

int rule_words_parse(const char *verb, bool del, int argc, char **argv, struct rule_words *w)
{
	const char *expected;
	bool twice, known;
	int i;

	memset(w, 0, sizeof(*w));
	w->rule.family = NFPROTO_IPV4;
	for (i = 0; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		bool taken = !del || !strcmp(argv[i], "oif") || !strcmp(argv[i], "family") ||
			     !strcmp(argv[i], "profile");

		expected = parse_word(argv[i], value, w, &twice, &known);
		if (!known || !taken)
			return usage_error("%s \"%s\": expected %s", verb, argv[i], del ?
					   "oif, family or profile" :
					   "oif, family, proto, saddr, daddr, profile or mark");
		if (i + 1 == argc)
			return usage_error("%s: a word is missing after it", argv[i]);
		if (twice)
			return usage_error("%s: %s is given twice", verb, argv[i]);
		if (expected)
			return usage_error("%s \"%s\": expected %s", argv[i], value, expected);
	}
	if (!*w->rule.oif)
		return usage_error("%s: expected oif DEV, the interface towards the outside", verb);
	if (w->rule.family == NFPROTO_IPV4 && w->rule.protos & RULE_ICMPV6 &&
	    !(w->rule.protos & RULE_ICMP))
		return usage_error("proto \"icmpv6\": expected udp, tcp and icmp in family ip");
	if (!w->has_proto)
		w->rule.protos = RULE_ANY;
	w->rule.protos &= rule_all_protos(w->rule.family) | RULE_ANY;
	if (!w->has_profile)
		strcpy(w->profile, "default");
	return check_families(w);
}

/* In quotes, since "!" means something to an interactive shell. */
static size_t format_cidr(const char *key, bool has, const struct endpoint *ep, char *buf,
			  size_t size)
{
	char text[ENDPOINT_STRLEN];
	const char *quote = ep->negated ? "'" : "";

	if (!has)
		return 0;
	format_endpoint(ep, text, sizeof(text));
	return snprintf(buf, size, " %s %s%s%s", key, quote, text, quote);
}

/* All of it is some 250 bytes at most. */
void rule_words_format(const struct rule *rule, const char *profile, bool brief, char *buf,
		       size_t size)
{
	char protos[24];
	size_t used;

	rule_proto_words(rule, protos, sizeof(protos));
	used = snprintf(buf, size, "oif %s%s%s", word_quote(rule->oif), rule->oif,
			word_quote(rule->oif));
	if (!brief || rule->family != NFPROTO_IPV4)
		used += snprintf(buf + used, size - used, " family %s",
				 rule_family_name(rule->family));
	if (!brief || !(rule->protos & RULE_ANY))
		used += snprintf(buf + used, size - used, " proto %s", protos);
	used += format_cidr("saddr", rule->has_saddr, &rule->saddr, buf + used, size - used);
	used += format_cidr("daddr", rule->has_daddr, &rule->daddr, buf + used, size - used);
	if (!brief || strcmp(profile, "default"))
		used += snprintf(buf + used, size - used, " profile %s", profile);
	if (rule->mark.mask)
		snprintf(buf + used, size - used, " mark 0x%x/0x%x", rule->mark.value,
			 rule->mark.mask);
}
