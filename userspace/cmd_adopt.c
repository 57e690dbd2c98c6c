// SPDX-License-Identifier: GPL-2.0
/* adopt: mappings for the selected flows in conntrack that belong to no mapping. */
#include "cmd.h"
#include "genl.h"
#include "model.h"

#include <stdio.h>

static void print_text(const struct mapping *m)
{
	printf("%u mapping%s adopted", m->count, m->count == 1 ? "" : "s");
	if (m->left_out == 1)
		printf(", 1 flow left out: its external endpoint belongs to another mapping");
	else if (m->left_out)
		printf(", %u flows left out: their external endpoints belong to other mappings",
		       m->left_out);
	putchar('\n');
}

static int keep_counts(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_mapping(nlh, data);
}

int cmd_adopt(const struct options *opt, int argc, char **argv)
{
	struct mapping m = { 0 };
	struct genl g;
	int ret;

	if (argc)
		return usage_error("adopt \"%s\": takes no words", argv[0]);
	ret = genl_open_loading(&g, NULL);
	if (ret)
		return fail("%s", g.nl.error);
	genl_request(&g, FULLCONE_CMD_ADOPT);
	ret = genl_do(&g, keep_counts, &m);
	genl_close(&g);
	if (ret)
		return fail("%s", g.nl.error);
	if (opt->given & OPT_JSON)
		printf("{\"adopted\":%u,\"left_out\":%u}\n", m.count, m.left_out);
	else
		print_text(&m);
	return STATUS_DONE;
}
