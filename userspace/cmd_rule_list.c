// SPDX-License-Identifier: GPL-2.0
/* rule list: the rules in the tables "fullcone", in the words of rule add. */
#include "cmd.h"
#include "array.h"
#include "cone.h"
#include "genl.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		rule_proto_words(rule, buf, size);
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

/* Without the module the one profile that every module begins with is assumed. */
static void read_profiles(struct profiles *all)
{
	struct genl g;

	memset(all, 0, sizeof(*all));
	if (!genl_open(&g)) {
		if (profiles_get(&g, all))
			profiles_free(all);
		genl_close(&g);
	}
	if (all->count)
		return;
	all->profile = calloc(1, sizeof(*all->profile));
	if (!all->profile)
		return;
	strcpy(all->profile->name, "default");
	all->profile->label = FULLCONE_LABEL_DEFAULT;
	all->count = 1;
}

int cmd_rule_list(const struct options *opt, int argc, char **argv)
{
	struct profiles all;
	struct listing *l;
	struct cone c;
	struct nft n;
	int status;
	size_t i;
	int ret;

	if (argc)
		return usage_error("rule list \"%s\": takes no words", argv[0]);
	l = listing_begin(opt, "rules", columns, ARRAY_SIZE(columns), rule_cell,
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
		const struct rule *rule = &c.rules[i].rule;
		const struct profile *p = rule_profile(rule, &all);
		struct rule_row row = { rule, p ? p->name : NULL };

		if (!c.rules[i].nat)
			ret = listing_row(l, &row);
	}
	status = listing_end(l, !ret);
	if (c.foreign)
		warn("%u rule%s of the table %s %s not from \"fullcone rule add\" and not shown",
		     c.foreign, c.foreign == 1 ? "" : "s", RULE_TABLE,
		     c.foreign == 1 ? "is" : "are");
	cone_free(&c);
	profiles_free(&all);
	return status;
}
