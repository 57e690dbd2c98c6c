// SPDX-License-Identifier: GPL-2.0
/* The counters of the engine, in all, by profile and by protocol. */
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

static int stats_list_add(struct stats_list *all, const struct stats *s)
{
	struct stats *grown;

	grown = realloc(all->stats, (all->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	all->stats = grown;
	grown[all->count++] = *s;
	return 0;
}

struct parts {
	struct stats_list *profiles, *protos;
};

static int keep_part(const struct nlmsghdr *nlh, void *data)
{
	const struct parts *parts = data;
	struct stats s;
	int ret;

	ret = model_parse_stats(nlh, &s);
	if (!ret && s.have & BIT64(FULLCONE_STATS_A_PROFILE))
		return stats_list_add(parts->profiles, &s);
	if (!ret && parts->protos && s.have & BIT64(FULLCONE_STATS_A_PROTO))
		return stats_list_add(parts->protos, &s);
	return ret;
}

static void begin(void *data)
{
	const struct parts *parts = data;

	parts->profiles->count = 0;
	if (parts->protos)
		parts->protos->count = 0;
}

int stats_get_parts(struct genl *g, struct stats_list *profiles, struct stats_list *protos)
{
	struct parts parts = { profiles, protos };

	profiles->stats = NULL;
	if (protos)
		protos->stats = NULL;
	return genl_dump_whole(g, FULLCONE_CMD_STATS_GET, begin, keep_part, &parts);
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
