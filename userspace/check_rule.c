// SPDX-License-Identifier: GPL-2.0
/* check: is there any rule that gives the engine flows? */
#include "check.h"
#include "device.h"
#include "rule_words.h"

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_connmark.h>
#include <stdio.h>
#include <string.h>

/* The device of the default route, so that the printed line works as it is; else "DEV". */
static void default_device(char *dev)
{
	char line[256], name[IFNAMSIZ];
	unsigned int destination;
	FILE *f;

	strcpy(dev, "DEV");
	f = fopen("/proc/net/route", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %x", name, &destination) == 2 && !destination) {
			strcpy(dev, name);
			break;
		}
	}
	fclose(f);
}

/* iptables-nft has its targets as they are; of CONNMARK's actions, "restore" sets no mark. */
static bool is_connmark(const struct nftnl_expr *e)
{
	const struct xt_connmark_tginfo1 *v1;
	const struct xt_connmark_tginfo2 *v2;
	const void *info;
	uint32_t size;

	if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME), "CONNMARK"))
		return false;
	info = nftnl_expr_get(e, NFTNL_EXPR_TG_INFO, &size);
	v1 = info;
	v2 = info;
	switch (nftnl_expr_get_u32(e, NFTNL_EXPR_TG_REV)) {
	case 1:
		return info && size >= sizeof(*v1) && v1->mode != XT_CONNMARK_RESTORE;
	case 2:
		return info && size >= sizeof(*v2) && v2->mode != XT_CONNMARK_RESTORE;
	}
	return false;
}

static int find_selector(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	bool *found = data;
	uint32_t key;

	if (!strcmp(name, "target"))
		*found |= is_connmark(e);
	if (strcmp(name, "ct") || !nftnl_expr_is_set(e, NFTNL_EXPR_CT_SREG))
		return 0;
	key = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY);
	*found |= key == NFT_CT_LABELS || key == NFT_CT_MARK;
	return 0;
}

/* The addresses of the NAT rule are those that the profile had when it was made. */
static void check_fallback(struct check *c, const struct rule *rule, const struct profile *p)
{
	struct rule wanted = *rule, half;
	char words[512], mend[544];
	size_t i;

	rule_set_fallback(&wanted, p);
	half = rule_nat_half(&wanted);
	for (i = 0; i < c->cone.count; i++)
		if (c->cone.rules[i].nat && rule_equal(&c->cone.rules[i].rule, &half))
			return;
	rule_words_format(rule, p->name, false, words, sizeof(words));
	snprintf(mend, sizeof(mend), "fullcone rule add %s", words);
	check_add(c, CHECK_WARN, "fallback", mend,
		  "what full-cone leaves alone on %s, such as %s, does not get an address of the "
		  "profile %s: its rule is older than its source", rule->oif,
		  rule->protos & RULE_ANY ? "what the router sends" :
		  rule->protos & RULE_TCP ? "GRE" : "TCP", p->name);
}

/* The rule before ours in its chain after which the flow does not come to ours, or NULL. */
static struct nftnl_rule *find_end(const struct ruleset *rs, const struct found_rule *ours,
				   const struct path_flow *flow)
{
	const struct ruleset_chain *ch = ruleset_chain(rs, ours->rule.family, RULE_TABLE,
						       RULE_LABEL_CHAIN);
	struct path_step step;
	size_t i;

	for (i = 0; ch && i < rs->rule_count; i++) {
		if (!ruleset_in_chain(rs->rules[i], ch))
			continue;
		if (nftnl_rule_get_u64(rs->rules[i], NFTNL_RULE_HANDLE) == ours->handle)
			break;
		path_rule(rs, rs->rules[i], flow, &step);
		if (step.match == PATH_YES &&
		    (step.nat_source || (step.verdict != PATH_NONE && step.verdict != PATH_JUMP)))
			return rs->rules[i];
	}
	return NULL;
}

/*
 * In the chain of our rule the user's may exempt some flows, but not all. In another nat chain
 * they may end what they like: nf_nat asks the chains one after the other, until one translates.
 */
static void check_label_chain(struct check *c, const struct ruleset *rs,
			      const struct found_rule *ours)
{
	const char *family = rule_family_name(ours->rule.family);
	struct path_flow flow = { .oif = ours->rule.oif };
	struct nftnl_rule *end;
	unsigned int n;
	char mend[128];

	for (n = 0; n < CHECK_FLOWS; n++) {
		end = check_flow(&ours->rule, n, &flow) ? find_end(rs, ours, &flow) : NULL;
		if (!end)
			continue;
		snprintf(mend, sizeof(mend), "nft delete rule %s %s %s handle %llu", family,
			 RULE_TABLE, RULE_LABEL_CHAIN,
			 (unsigned long long)nftnl_rule_get_u64(end, NFTNL_RULE_HANDLE));
		check_add(c, CHECK_WARN, "label-chain", mend,
			  "in the chain %s %s %s a rule that stands before the one for %s takes "
			  "all its flows (%s) out, so they get no mappings", family, RULE_TABLE,
			  RULE_LABEL_CHAIN, ours->rule.oif,
			  flow.l4proto == IPPROTO_UDP ? "UDP" : "TCP");
		return;
	}
}

/* "rule add" sets ip6; but rules may come from a file, and the module have its defaults. */
static void check_ip6(struct check *c, const struct rule *rule, const struct profile *p)
{
	char mend[96];

	snprintf(mend, sizeof(mend), "fullcone profile set %s ip6=on", p->name);
	check_add(c, CHECK_FAIL, "ip6", mend,
		  "the rule for %s is for IPv6 too, but its profile %s is not; its IPv6 is translated "
		  "without mappings", rule->oif, p->name);
}

/* Whether @p has a rule for the interface and family, which a new rule would replace. */
static bool has_rule(const struct check *c, const struct rule *like, const struct profile *p)
{
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;

		if (!c->cone.rules[i].nat && rule->family == like->family &&
		    !strcmp(rule->oif, like->oif) && rule_selects(rule, p))
			return true;
	}
	return false;
}

/*
 * No profile selects the rule's flows. If nothing selects "default", the line gives it what
 * the rule sets; else it makes the rule anew. If "default" has a rule there already, the line
 * must not replace that one: another profile is missing.
 */
static void check_unselected(struct check *c, const struct rule *rule)
{
	const struct profile *p = NULL;
	char words[512], mend[544];
	struct rule plain = *rule;
	size_t i;

	for (i = 0; i < c->profiles.count; i++)
		if (!strcmp(c->profiles.profile[i].name, "default"))
			p = &c->profiles.profile[i];
	if (rule->has_label)
		snprintf(words, sizeof(words), "label=%u", rule->label);
	else
		snprintf(words, sizeof(words), "mark=0x%x/0x%x", rule->mark.value,
			 rule->mark.mask);
	if (p && p->label == FULLCONE_LABEL_NONE && !p->mark.mask) {
		snprintf(mend, sizeof(mend), "fullcone profile set default %s", words);
	} else if (p && has_rule(c, rule, p)) {
		snprintf(mend, sizeof(mend), "fullcone profile set NAME %s", words);
	} else {
		plain.mark = (struct mark){ 0 };
		rule_words_format(&plain, "default", false, words, sizeof(words));
		snprintf(mend, sizeof(mend), "fullcone rule add %s", words);
	}
	check_add(c, CHECK_FAIL, "rule", mend,
		  "the rule for %s sets a label or mark that selects no profile", rule->oif);
}

/* A table that sleeps keeps its rules, and is loaded and listed with them; "add" wakes it. */
static void check_dormant(struct check *c, const struct ruleset *rs)
{
	char mend[64];
	size_t i;

	for (i = 0; i < rs->dormant_count; i++) {
		const char *family = rule_family_name(rs->dormant[i].family);

		if (!family || strcmp(rs->dormant[i].name, RULE_TABLE))
			continue;
		snprintf(mend, sizeof(mend), "nft add table %s %s", family, RULE_TABLE);
		check_add(c, CHECK_FAIL, "dormant", mend,
			  "the table %s %s is dormant: no packet passes its rules", family,
			  RULE_TABLE);
	}
}

/* The half of a rule that masquerades knows all but the protocols and the profile. */
static void check_lone_fallbacks(struct check *c)
{
	char words[512], mend[544];
	struct rule rule;
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		rule = c->cone.rules[i].rule;
		rule.protos = RULE_ANY;
		rule_words_format(&rule, "default", true, words, sizeof(words));
		snprintf(mend, sizeof(mend), "fullcone rule add %s", words);
		check_add(c, CHECK_FAIL, "rule", mend,
			  "the rule for %s that labels flows is gone, and only the one that "
			  "masquerades is left", rule.oif);
	}
}

/* What is forwarded leaves by an interface of the VRF, and only the router's own by the VRF. */
static void check_vrf(struct check *c, const struct rule *rule)
{
	uint32_t ifindex = if_nametoindex(rule->oif);

	if (ifindex && device_vrf(ifindex) == ifindex)
		check_add(c, CHECK_WARN, "vrf", NULL,
			  "%s is a VRF: a rule for it sees nothing of what is forwarded; name the "
			  "interface in it that leads outside", rule->oif);
}

void check_rules(struct check *c, const struct ruleset *rs)
{
	char dev[IFNAMSIZ], mend[544];
	bool found = false;
	size_t i;

	check_dormant(c, rs);
	for (i = 0; i < c->cone.count; i++) {
		const struct rule *rule = &c->cone.rules[i].rule;
		const struct profile *p = rule_profile(rule, &c->profiles);

		if (c->cone.rules[i].nat)
			continue;
		found = true;
		if (c->loaded && !p) {
			check_unselected(c, rule);
		} else if (if_nametoindex(rule->oif)) {
			check_vrf(c, rule);
			check_add(c, CHECK_OK, "rule", NULL, "there is a rule for %s%s%s",
				  rule->oif, p ? " and the profile " : "", p ? p->name : "");
			check_label_chain(c, rs, &c->cone.rules[i]);
			if (c->loaded && p)
				check_fallback(c, rule, p);
			if (c->loaded && p && rule_has_family(rule, NFPROTO_IPV6) && !p->ip6)
				check_ip6(c, rule, p);
		} else {
			check_add(c, CHECK_WARN, "rule", NULL,
				  "there is a rule for %s, but no such interface", rule->oif);
		}
	}
	if (found)
		return;
	for (i = 0; !found && i < rs->rule_count; i++)
		nftnl_expr_foreach(rs->rules[i], find_selector, &found);
	if (found) {
		check_add(c, CHECK_OK, "rule", NULL,
			  "a rule of the user's own sets a connection label or mark");
		return;
	}
	check_lone_fallbacks(c);
	if (c->cone.count)
		return;
	default_device(dev);
	snprintf(mend, sizeof(mend), "fullcone rule add oif %s", dev);
	check_add(c, CHECK_FAIL, "rule", mend, "no rule labels or marks flows for full-cone");
}
