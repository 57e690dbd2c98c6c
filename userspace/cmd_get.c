// SPDX-License-Identifier: GPL-2.0
/* get: one mapping, by its internal or its external endpoint. */
#include "cmd.h"
#include "genl.h"
#include "model.h"
#include "view.h"
#include "which.h"

#include <errno.h>
#include <string.h>

static int keep_one(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_mapping(nlh, data);
}

int cmd_get(const struct options *opt, int argc, char **argv)
{
	struct mapping m = { 0 };
	struct listing *l;
	struct which w;
	struct genl g;
	int status;
	int ret;

	if (argc && !strcmp(argv[0], "block"))
		return cmd_get_block(opt, argc - 1, argv + 1);
	status = which_parse("get", opt, argc, argv, &w);
	if (status)
		return status;
	l = view_mappings(opt, &status);
	if (!l)
		return status;
	ret = genl_open(&g);
	if (ret) {
		listing_end(l, false);
		return fail("%s", g.nl.error);
	}
	which_put(genl_request(&g, FULLCONE_CMD_MAPPING_GET), &w);
	ret = genl_do(&g, keep_one, &m);
	if (!ret && !m.have)
		ret = -ENOENT;
	if (!ret)
		ret = listing_row(l, &m);
	status = listing_end(l, !ret);
	if (ret == -ENOENT)
		status = fail("there is no %s mapping with the %s endpoint %s", argv[0],
			      w.internal ? "internal" : "external", argv[2]);
	else if (ret)
		status = fail("%s", g.nl.error);
	genl_close(&g);
	return status;
}
