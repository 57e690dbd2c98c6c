// SPDX-License-Identifier: GPL-2.0
/* rule add: makes the engine active here and puts the nft rules in place. */
#include "cmd.h"
#include "cone.h"
#include "genl.h"
#include "rule_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Sends the settings that the rule needs; even without any, this makes the engine active. */
static int touch_profile(struct genl *g, const char *name, const struct mark *mark, bool ip6)
{
	struct profile p = { .have = BIT64(FULLCONE_PROFILE_A_NAME) };

	strcpy(p.name, name);
	if (mark) {
		p.mark = *mark;
		p.have |= BIT64(FULLCONE_PROFILE_A_MARK) | BIT64(FULLCONE_PROFILE_A_MARK_MASK);
	}
	if (ip6) {
		p.ip6 = true;
		p.have |= BIT64(FULLCONE_PROFILE_A_IP6);
	}
	return profile_set(g, &p);
}

/*
 * The rule sets what the engine compares: the profile's label, or its mark if one was
 * asked for or it has no label. *@set_mark: the profile has no mark yet and must get
 * the rule's, or no flow would ever be taken.
 */
static int choose_selector(struct rule_words *w, const struct profile *p, bool *set_mark)
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

/* Without the module, only the defaults of a fresh one are known. */
static int choose_selector_blind(struct rule_words *w)
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

/* Reads the profile first: changing a setting would make a profile that does not exist. */
static int ask_engine(struct genl *g, struct rule_words *w, bool dry_run, struct profiles *all)
{
	struct profile p = { 0 };
	bool set_mark;
	int status;
	int ret;

	ret = profile_get(g, w->profile, &p);
	if (ret == -ENOENT)
		return fail("profile %s: %s; \"fullcone profile set %s\" makes it", w->profile,
			    g->nl.error, w->profile);
	if (ret)
		return fail("profile %s: %s", w->profile, g->nl.error);
	status = choose_selector(w, &p, &set_mark);
	if (status)
		return status;
	rule_set_fallback(&w->rule, &p);
	if (dry_run)
		return STATUS_DONE;
	ret = touch_profile(g, w->profile, set_mark ? &w->rule.mark : NULL,
			    rule_has_family(&w->rule, NFPROTO_IPV6));
	if (ret && set_mark)
		return fail("profile %s: %s", w->profile, g->nl.error);
	if (ret)
		return fail("the engine cannot be made active here: %s", g->nl.error);
	ret = profiles_get(g, all);
	return ret ? fail("%s", g->nl.error) : STATUS_DONE;
}

/*
 * Sets *@engine if the module is loaded and active, so that the rule takes effect; @all then
 * has its profiles.
 */
static int select_profile(struct rule_words *w, bool dry_run, bool *engine, struct profiles *all)
{
	struct genl g;
	int status;
	int ret;

	*engine = false;
	ret = dry_run ? genl_open(&g) : genl_open_loading(&g, NULL);
	if (ret == -ENOENT) {
		if (!dry_run)
			warn("%s", g.nl.error);
		return choose_selector_blind(w);
	}
	if (ret)
		return fail("%s", g.nl.error);
	status = ask_engine(&g, w, dry_run, all);
	genl_close(&g);
	*engine = !status;
	return status;
}

/* Also prints, as a comment, the settings that a ruleset file cannot hold. */
static void print_dry_run(const struct rule_words *w)
{
	const struct mark *mark = &w->rule.mark;
	bool ip6 = rule_has_family(&w->rule, NFPROTO_IPV6);

	if (mark->mask || ip6)
		printf("# once the module is loaded: fullcone profile set %s", w->profile);
	if (mark->mask)
		printf(" mark=0x%x/0x%x", mark->value, mark->mask);
	if (ip6)
		printf(" ip6=on");
	if (mark->mask || ip6)
		putchar('\n');
	rule_print_nft(&w->rule, stdout);
}

int cmd_rule_add(const struct options *opt, int argc, char **argv)
{
	bool dry_run = opt->given & OPT_DRY_RUN;
	struct profiles all = { 0 };
	bool changed, engine = false;
	struct rule_words w;
	struct nft n;
	int status;
	int ret;

	status = rule_words_parse("rule add", false, argc, argv, &w);
	if (!status && opt->parse_only)
		return STATUS_DONE;
	if (!status)
		status = select_profile(&w, dry_run, &engine, &all);
	if (!status && dry_run)
		print_dry_run(&w);
	if (status || dry_run) {
		profiles_free(&all);
		return status;
	}
	ret = nft_open(&n);
	if (!ret) {
		ret = cone_add(&n, &w.rule, &all, &changed);
		nft_close(&n);
	}
	profiles_free(&all);
	/* the latter of a chain that is none of a hook */
	if (ret == -EEXIST || ret == -EOPNOTSUPP)
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
