// SPDX-License-Identifier: GPL-2.0
/* list: the mapping table, as it arrives. */
#include "cmd.h"
#include "filter.h"
#include "genl.h"
#include "model.h"
#include "view.h"

#include <errno.h>

struct show {
	const struct filter *f;
	struct listing *l;
};

/* The kernel does not filter by flags. */
static int show_one(const struct nlmsghdr *nlh, void *data)
{
	const struct show *show = data;
	struct mapping m;
	int ret = model_parse_mapping(nlh, &m);

	if (ret || (m.flags & show->f->flags) != show->f->flags)
		return ret;
	return listing_row(show->l, &m);
}

/*
 * The kernel's cursor survives changes of the table, so dumps marked as inconsistent are
 * rare. A text table can then begin again; JSON has been printed already.
 */
static int dump(struct genl *g, const struct filter *f, struct listing *l)
{
	struct show show = { f, l };
	unsigned int tries = 0, n = 0;
	struct nlmsghdr *nlh;
	int ret;

	for (;;) {
		nlh = genl_request(g, FULLCONE_CMD_MAPPING_GET);
		if (!filter_put(f, n, nlh))
			return 0;
		ret = genl_dump(g, show_one, &show);
		if (ret && ret != -EINTR)
			return ret;
		n++;
		if (!ret && !g->nl.changed)
			continue;
		if (++tries < NL_DUMP_TRIES && listing_reset(l)) {
			n = 0;
			continue;
		}
		if (ret)
			return ret;
		warn("the table changed while it was read; the listing may miss entries");
		tries = 0;
	}
}

int cmd_list(const struct options *opt, int argc, char **argv)
{
	struct listing *l;
	struct filter f;
	struct genl g;
	int status;
	int ret;

	status = filter_parse(opt, argc, argv, FILTER_LIST, &f);
	if (status)
		return status;
	l = view_mappings(opt, &status);
	if (!l)
		return status;
	ret = genl_open(&g);
	if (!ret) {
		ret = dump(&g, &f, l);
		genl_close(&g);
	}
	status = listing_end(l, !ret);
	if (ret)
		return fail("%s", g.nl.error);
	return status;
}
