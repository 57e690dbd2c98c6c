// SPDX-License-Identifier: GPL-2.0
/* flush: ends mappings, their sessions, and the reuse hold of their ports. */
#include "cmd.h"
#include "filter.h"
#include "genl.h"
#include "model.h"

#include <stdio.h>

static int add_count(const struct nlmsghdr *nlh, void *data)
{
	uint64_t *count = data;
	struct mapping m;
	int ret = model_parse_mapping(nlh, &m);

	*count += m.count;
	return ret;
}

int cmd_flush(const struct options *opt, int argc, char **argv)
{
	uint64_t count = 0;
	struct filter f;
	unsigned int n;
	struct genl g;
	int status;
	int ret;

	status = filter_parse(opt, argc, argv, FILTER_FLUSH, &f);
	if (status)
		return status;
	ret = genl_open(&g);
	if (ret)
		return fail("%s", g.nl.error);
	for (n = 0; !ret; n++) {
		struct nlmsghdr *nlh = genl_request(&g, FULLCONE_CMD_MAPPING_FLUSH);

		if (!filter_put(&f, n, nlh))
			break;
		if (f.flags & FULLCONE_FLAG_STATIC)
			mnl_attr_put(nlh, FULLCONE_MAPPING_A_STATIC, 0, NULL);
		ret = genl_do(&g, add_count, &count);
	}
	if (ret)
		status = fail("%s", g.nl.error);
	else if (opt->given & OPT_JSON)
		printf("{\"flushed\":%llu}\n", (unsigned long long)count);
	else
		printf("%llu mapping%s flushed\n", (unsigned long long)count,
		       count == 1 ? "" : "s");
	genl_close(&g);
	return status;
}
