// SPDX-License-Identifier: GPL-2.0
/* rule add, list and del: the nft rules that make a router's uplink full-cone. */
#include "cmd.h"
#include "cone.h"
#include "filter.h"
#include "genl.h"
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What the words of "rule add" and "rule del" say. */
struct words {
	struct rule rule;
	bool has_family, has_proto, has_mark;
	char profile[FULLCONE_NAME_SIZE];
};

static const char *parse_protos(const char *s, struct rule *rule)
{
	static const char *expected = "udp, tcp and icmp, with commas between them";
	char word[8];
	uint8_t proto;

	for (;;) {
		size_t len = strcspn(s, ",");

		if (len >= sizeof(word))
			return expected;
		memcpy(word, s, len);
		word[len] = '\0';
		if (parse_proto(word, &proto))
			return expected;
		rule_add_proto(rule, proto);
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
static const char *parse_word(const char *key, const char *value, struct words *w, bool *twice,
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
		expected = parse_protos(value, rule);
	} else if (!strcmp(key, "saddr")) {
		has = &rule->has_saddr;
		expected = parse_cidr(value, &rule->saddr);
	} else if (!strcmp(key, "daddr")) {
		has = &rule->has_daddr;
		expected = parse_cidr(value, &rule->daddr);
	} else if (!strcmp(key, "profile")) {
		*twice = *w->profile;
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

static int check_families(const struct words *w)
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

static int parse_words(const char *verb, bool del, int argc, char **argv, struct words *w)
{
	const char *expected;
	bool twice, known;
	int i;

	memset(w, 0, sizeof(*w));
	w->rule.family = NFPROTO_IPV4;
	for (i = 0; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		bool taken = !del || !strcmp(argv[i], "oif") || !strcmp(argv[i], "family");

		expected = parse_word(argv[i], value, w, &twice, &known);
		if (!known || !taken)
			return usage_error("%s \"%s\": expected %s", verb, argv[i], del ?
					   "oif or family" :
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
	if (!w->has_proto)
		w->rule.protos = RULE_ALL_PROTOS;
	if (!*w->profile)
		strcpy(w->profile, "default");
	return check_families(w);
}

/* --- the engine's side of a rule: active here, and what selects its profile --- */

static int keep_profile(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_profile(nlh, data);
}

static int get_profile(struct genl *g, const char *name, struct profile *p)
{
	mnl_attr_put_strz(genl_request(g, FULLCONE_CMD_PROFILE_GET), FULLCONE_PROFILE_A_NAME,
			  name);
	return genl_do(g, keep_profile, p);
}

/* A request without settings, which makes the engine active, or with the mark. */
static int set_profile(struct genl *g, const char *name, const struct mark *mark)
{
	struct profile p = { .have = BIT(FULLCONE_PROFILE_A_NAME) };

	strcpy(p.name, name);
	if (mark) {
		p.mark = *mark;
		p.have |= BIT(FULLCONE_PROFILE_A_MARK) | BIT(FULLCONE_PROFILE_A_MARK_MASK);
	}
	model_put_profile(genl_request(g, FULLCONE_CMD_PROFILE_SET), &p);
	return genl_do(g, NULL, NULL);
}

/*
 * The rule sets what the engine compares: the profile's label, or its mark if one was
 * asked for or it has no label. *@set_mark: the profile has no mark yet and must get
 * the rule's, or no flow would ever be taken.
 */
static int choose_selector(struct words *w, const struct profile *p, bool *set_mark)
{
	struct rule *rule = &w->rule;

	*set_mark = false;
	if (w->has_mark && p->mark.mask) {
		if (p->mark.value != rule->mark.value || p->mark.mask != rule->mark.mask)
			return fail("mark 0x%x/0x%x: the profile %s goes by mark 0x%x/0x%x; "
				    "\"fullcone profile set %s mark=0x%x/0x%x\" changes that",
				    rule->mark.value, rule->mark.mask, w->profile, p->mark.value,
				    p->mark.mask, w->profile, rule->mark.value, rule->mark.mask);
	} else if (w->has_mark) {
		*set_mark = true;
	} else if (p->label != FULLCONE_LABEL_NONE) {
		rule->has_label = true;
		rule->label = p->label;
	} else if (p->mark.mask) {
		rule->mark = p->mark;
	} else {
		return fail("the profile %s has neither label nor mark, so no rule can select it; "
			    "\"fullcone profile set %s label=%d\" gives it the usual label",
			    w->profile, w->profile, FULLCONE_LABEL_DEFAULT);
	}
	return STATUS_DONE;
}

/* Without the module only what a fresh one would have is known. */
static int choose_selector_blind(struct words *w)
{
	if (strcmp(w->profile, "default"))
		return fail("profile %s: only the module knows its label, and it is not loaded",
			    w->profile);
	if (!w->has_mark) {
		w->rule.has_label = true;
		w->rule.label = FULLCONE_LABEL_DEFAULT;
	}
	return STATUS_DONE;
}

static int ask_engine(struct genl *g, struct words *w, bool dry_run)
{
	struct profile p = { 0 };
	bool set_mark;
	int status;
	int ret;

	if (!dry_run) {
		ret = set_profile(g, w->profile, NULL);
		if (ret)
			return fail("the engine cannot be made active here: %s", g->nl.error);
	}
	ret = get_profile(g, w->profile, &p);
	if (ret)
		return fail("profile %s: %s", w->profile, g->nl.error);
	status = choose_selector(w, &p, &set_mark);
	if (status || !set_mark || dry_run)
		return status;
	ret = set_profile(g, w->profile, &w->rule.mark);
	return ret ? fail("profile %s: %s", w->profile, g->nl.error) : STATUS_DONE;
}

/* *@engine: the module is there and active, so that the rule does something. */
static int select_profile(struct words *w, bool dry_run, bool *engine)
{
	struct genl g;
	int status;
	int ret;

	*engine = false;
	ret = dry_run ? genl_open(&g) : genl_open_loading(&g);
	if (ret == -ENOENT) {
		if (!dry_run)
			warn("%s", g.nl.error);
		return choose_selector_blind(w);
	}
	if (ret)
		return fail("%s", g.nl.error);
	status = ask_engine(&g, w, dry_run);
	genl_close(&g);
	*engine = !status;
	return status;
}

int cmd_rule_add(const struct options *opt, int argc, char **argv)
{
	bool dry_run = opt->given & OPT_DRY_RUN;
	bool changed, engine;
	struct words w;
	struct nft n;
	int status;
	int ret;

	status = parse_words("rule add", false, argc, argv, &w);
	if (!status)
		status = select_profile(&w, dry_run, &engine);
	if (status)
		return status;
	if (dry_run) {
		rule_print_nft(&w.rule, stdout);
		return STATUS_DONE;
	}
	ret = nft_open(&n);
	if (!ret) {
		ret = cone_add(&n, &w.rule, &changed);
		nft_close(&n);
	}
	if (ret == -EEXIST)
		return fail("the table %s %s has chains of another kind; delete it with "
			    "\"nft delete table %s %s\" or rename it",
			    rule_family_name(w.rule.family), RULE_TABLE,
			    rule_family_name(w.rule.family), RULE_TABLE);
	if (ret)
		return fail("the rules cannot be added to nf_tables: %s", n.nl.error);
	if (!engine)
		warn("the rules are in place and masquerade; load nf_nat_fullcone to make them "
		     "full-cone");
	return STATUS_DONE;
}

static int flush_interface(const char *oif)
{
	char *words[] = { "oif", (char *)oif };
	struct options none = { 0 };
	struct genl g;

	/* No module, no mappings. */
	if (genl_open(&g) == -ENOENT)
		return STATUS_DONE;
	genl_close(&g);
	if (!if_nametoindex(oif)) {
		warn("there is no interface %s now; its mappings end by themselves", oif);
		return STATUS_DONE;
	}
	return cmd_flush(&none, 2, words);
}

int cmd_rule_del(const struct options *opt, int argc, char **argv)
{
	unsigned int count;
	struct words w;
	struct nft n;
	int status;
	int ret;

	status = parse_words("rule del", true, argc, argv, &w);
	if (status)
		return status;
	ret = nft_open(&n);
	if (!ret) {
		ret = cone_del(&n, w.has_family ? w.rule.family : 0, w.rule.oif, &count);
		nft_close(&n);
	}
	if (ret)
		return fail("the rules cannot be removed from nf_tables: %s", n.nl.error);
	if (!count)
		status = fail("there is no rule for oif %s; \"fullcone rule list\" shows what there is",
			      w.rule.oif);
	if (opt->given & OPT_FLUSH) {
		ret = flush_interface(w.rule.oif);
		status = status ? status : ret;
	}
	return status;
}

/* --- rule list --- */

enum { C_FAMILY, C_OIF, C_PROTO, C_SADDR, C_DADDR, C_PROFILE, C_LABEL, C_MARK };

static const struct column columns[] = {
	[C_FAMILY] = { "family", COL_STRING, COL_JSON | COL_TEXT },
	[C_OIF] = { "oif", COL_STRING, COL_JSON | COL_TEXT },
	[C_PROTO] = { "proto", COL_LIST, COL_JSON | COL_TEXT },
	[C_SADDR] = { "saddr", COL_STRING, COL_JSON | COL_TEXT },
	[C_DADDR] = { "daddr", COL_STRING, COL_JSON | COL_TEXT },
	[C_PROFILE] = { "profile", COL_STRING, COL_JSON | COL_TEXT },
	[C_LABEL] = { "label", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT },
	[C_MARK] = { "mark", COL_STRING, COL_JSON | COL_TEXT },
};

#define PROFILES_MAX 64

struct rule_row {
	const struct rule *rule;
	const char *profile;
};

static bool cidr_cell(bool has, const struct endpoint *ep, char *buf, size_t size)
{
	if (has)
		format_endpoint(ep, buf, size);
	return has;
}

static bool rule_cell(const void *data, size_t column, char *buf, size_t size)
{
	const struct rule_row *row = data;
	const struct rule *rule = row->rule;

	switch (column) {
	case C_FAMILY:
		snprintf(buf, size, "%s", rule_family_name(rule->family));
		return true;
	case C_OIF:
		snprintf(buf, size, "%s", rule->oif);
		return true;
	case C_PROTO:
		snprintf(buf, size, "%s%s%s", rule->protos & RULE_UDP ? "udp," : "",
			 rule->protos & RULE_TCP ? "tcp," : "",
			 rule->protos & RULE_ICMP ? "icmp," : "");
		buf[strlen(buf) - 1] = '\0';
		return true;
	case C_SADDR:
		return cidr_cell(rule->has_saddr, &rule->saddr, buf, size);
	case C_DADDR:
		return cidr_cell(rule->has_daddr, &rule->daddr, buf, size);
	case C_PROFILE:
		snprintf(buf, size, "%s", row->profile ? row->profile : "");
		return row->profile;
	case C_LABEL:
		snprintf(buf, size, "%u", rule->label);
		return rule->has_label;
	case C_MARK:
		snprintf(buf, size, "0x%x/0x%x", rule->mark.value, rule->mark.mask);
		return rule->mark.mask;
	}
	return false;
}

struct profiles {
	struct profile profile[PROFILES_MAX];
	size_t count;
};

static int add_profile(const struct nlmsghdr *nlh, void *data)
{
	struct profiles *all = data;

	if (all->count == PROFILES_MAX)
		return 0;
	return model_parse_profile(nlh, &all->profile[all->count++]);
}

/* Without the module the one profile that every module begins with is assumed. */
static void read_profiles(struct profiles *all)
{
	struct genl g;

	all->count = 0;
	if (!genl_open(&g)) {
		genl_request(&g, FULLCONE_CMD_PROFILE_GET);
		if (genl_dump(&g, add_profile, all))
			all->count = 0;
		genl_close(&g);
	}
	if (!all->count) {
		memset(&all->profile[0], 0, sizeof(all->profile[0]));
		strcpy(all->profile[0].name, "default");
		all->profile[0].label = FULLCONE_LABEL_DEFAULT;
		all->count = 1;
	}
}

static const char *profile_of(const struct profiles *all, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct profile *p = &all->profile[i];

		if (rule->has_label && rule->label == p->label)
			return p->name;
		if (rule->mark.mask && p->mark.mask &&
		    (rule->mark.value & p->mark.mask) == p->mark.value &&
		    !(p->mark.mask & ~rule->mark.mask))
			return p->name;
	}
	return NULL;
}

int cmd_rule_list(const struct options *opt, int argc, char **argv)
{
	static struct profiles all;
	struct listing *l;
	struct cone c;
	struct nft n;
	int status;
	size_t i;
	int ret;

	if (argc)
		return usage_error("rule list \"%s\": takes no words", argv[0]);
	l = listing_begin(opt, "rules", columns, sizeof(columns) / sizeof(columns[0]), rule_cell,
			  &status);
	if (!l)
		return status;
	ret = nft_open(&n);
	if (!ret) {
		ret = cone_read(&n, &c);
		nft_close(&n);
	}
	if (ret) {
		listing_end(l, false);
		return fail("nf_tables cannot be read: %s", n.nl.error);
	}
	read_profiles(&all);
	for (i = 0; !ret && i < c.count; i++) {
		struct rule_row row = { &c.rules[i].rule, profile_of(&all, &c.rules[i].rule) };

		if (!c.rules[i].nat)
			ret = listing_row(l, &row);
	}
	status = listing_end(l, !ret);
	if (c.foreign)
		warn("%u rule%s of the table %s %s not from \"fullcone rule add\" and not shown",
		     c.foreign, c.foreign == 1 ? "" : "s", RULE_TABLE,
		     c.foreign == 1 ? "is" : "are");
	cone_free(&c);
	return status;
}
