// SPDX-License-Identifier: GPL-2.0
/* rule del: the rules of an interface go, and on request its mappings. */
#include "cmd.h"
#include "cone.h"
#include "genl.h"
#include "rule_words.h"

#include <errno.h>

static int flush_interface(const char *oif, const char *profile)
{
	char *words[] = { "oif", (char *)oif, "profile", (char *)profile };
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
	return cmd_flush(&none, profile ? 4 : 2, words);
}

/* A rule is found by the label or mark of its profile, which only the module knows. */
static int ask_profile(const char *name, struct profile *p)
{
	struct genl g;
	int ret;

	ret = genl_open(&g);
	if (!ret) {
		ret = profile_get(&g, name, p);
		genl_close(&g);
	}
	return ret ? fail("profile %s: %s", name, g.nl.error) : STATUS_DONE;
}

int cmd_rule_del(const struct options *opt, int argc, char **argv)
{
	const struct profile *only = NULL;
	struct profile p = { 0 };
	unsigned int count;
	struct rule_words w;
	struct nft n;
	int status;
	int ret;

	status = rule_words_parse("rule del", true, argc, argv, &w);
	if (!status && w.has_profile) {
		status = ask_profile(w.profile, &p);
		only = &p;
	}
	if (status)
		return status;
	ret = nft_open(&n);
	if (!ret) {
		ret = cone_del(&n, w.has_family ? w.rule.family : 0, w.rule.oif, only, &count);
		nft_close(&n);
	}
	if (ret)
		return fail("the rules cannot be removed from nf_tables: %s", n.nl.error);
	if (!count)
		status = fail("there is no rule for oif %s%s%s; "
			      "\"fullcone rule list\" shows what there is", w.rule.oif,
			      only ? " and the profile " : "", only ? only->name : "");
	if (opt->given & OPT_FLUSH) {
		ret = flush_interface(w.rule.oif, only ? only->name : NULL);
		status = status ? status : ret;
	}
	return status;
}
