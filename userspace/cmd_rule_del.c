// SPDX-License-Identifier: GPL-2.0
/* rule del: the rules of an interface go, and on request its mappings. */
#include "cmd.h"
#include "cone.h"
#include "genl.h"
#include "rule_words.h"

#include <errno.h>

static int flush_interface(const char *oif)
{
	struct options none = { 0 };
	char *words[2];
	struct genl g;

	/* No module, no mappings. */
	if (genl_open(&g) == -ENOENT)
		return STATUS_DONE;
	genl_close(&g);
	if (!if_nametoindex(oif)) {
		warn("there is no interface %s now; its mappings end by themselves", oif);
		return STATUS_DONE;
	}
	words[0] = "oif";
	words[1] = (char *)oif;
	return cmd_flush(&none, 2, words);
}

int cmd_rule_del(const struct options *opt, int argc, char **argv)
{
	unsigned int count;
	struct rule_words w;
	struct nft n;
	int status;
	int ret;

	status = rule_words_parse("rule del", true, argc, argv, &w);
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
		status = fail("there is no rule for oif %s; "
			      "\"fullcone rule list\" shows what there is", w.rule.oif);
	if (opt->given & OPT_FLUSH) {
		ret = flush_interface(w.rule.oif);
		status = status ? status : ret;
	}
	return status;
}
