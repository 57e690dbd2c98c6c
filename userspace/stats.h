/* SPDX-License-Identifier: GPL-2.0 */
/* The counters of the engine, in all, by profile and by protocol. */
#ifndef _FULLCONE_STATS_H
#define _FULLCONE_STATS_H

#include "genl.h"
#include "model.h"

struct stats_list {
	struct stats *stats;
	size_t count;
};

/* Requests; 0 or a negative errno value, with a sentence in g->nl.error. */
int stats_get(struct genl *g, struct stats *s);
/*
 * One entry a profile, and one a protocol unless @protos is NULL; to be freed with
 * stats_list_free(), also after an error.
 */
int stats_get_parts(struct genl *g, struct stats_list *profiles, struct stats_list *protos);
void stats_list_free(struct stats_list *all);

/* The entry of a profile, or NULL. */
const struct stats *stats_of(const struct stats_list *all, const char *profile);

#endif /* _FULLCONE_STATS_H */
