// SPDX-License-Identifier: GPL-2.0
/* The counters of the engine, in all and by profile. */
#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int keep(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_stats(nlh, data);
}

int stats_get(struct genl *g, struct stats *s)
{
	memset(s, 0, sizeof(*s));
	genl_request(g, FULLCONE_CMD_STATS_GET);
	return genl_do(g, keep, s);
}

static int keep_one(const struct nlmsghdr *nlh, void *data)
{
	struct stats_list *all = data;
	struct stats *grown;

	grown = realloc(all->stats, (all->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	all->stats = grown;
	return model_parse_stats(nlh, &grown[all->count++]);
}

int stats_get_profiles(struct genl *g, struct stats_list *all)
{
	unsigned int tries = 0;
	int ret;

	all->stats = NULL;
	do {
		all->count = 0;
		genl_request(g, FULLCONE_CMD_STATS_GET);
		ret = genl_dump(g, keep_one, all);
	} while ((ret == -EINTR || (!ret && g->nl.changed)) && ++tries < NL_DUMP_TRIES);
	return ret;
}

void stats_list_free(struct stats_list *all)
{
	free(all->stats);
	all->stats = NULL;
	all->count = 0;
}

const struct stats *stats_of(const struct stats_list *all, const char *profile)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (!strcmp(all->stats[i].profile, profile))
			return &all->stats[i];
	return NULL;
}
