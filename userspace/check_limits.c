// SPDX-License-Identifier: GPL-2.0
/* check: the counters that say that something was refused, and what to raise. */
#include "check.h"
#include "array.h"
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* @setting: the setting of the profile that may be raised, or NULL. */
static const struct limit {
	unsigned int counter;
	const char *what;
	const char *setting;
	size_t offset;
	const char *advice;	/* without a setting: the line that mends it, or NULL */
} limits[] = {
#define SETTING(key) #key, offsetof(struct profile, key), NULL
	{ FULLCONE_STATS_A_NO_PORT, "dropped: no external port was free; more addresses in "
	  "source= or a wider ports= would help", NULL, 0, NULL },
	{ FULLCONE_STATS_A_TABLE_FULL, "dropped: there were as many mappings as may be, of the "
	  "profile, of this namespace or, by the module's parameter max_mappings, in all",
	  SETTING(max_mappings) },
	{ FULLCONE_STATS_A_HOST_LIMIT, "dropped: their hosts had as many mappings as they may, which "
	  "is never more than a quarter of the profile's ports", SETTING(host_max) },
	{ FULLCONE_STATS_A_HOST_RATE, "dropped: their hosts made mappings faster than they may",
	  SETTING(host_rate) },
	{ FULLCONE_STATS_A_IN_MAX, "from outside dropped: their mappings had as many sessions as "
	  "they may", SETTING(in_max) },
	{ FULLCONE_STATS_A_IN_PRESSURE, "from outside dropped: conntrack was three quarters full",
	  NULL, 0, "sysctl -w net.netfilter.nf_conntrack_max=..." },
	{ FULLCONE_STATS_A_NO_ADDRESS, "dropped: the external interface had no address", NULL, 0,
	  NULL },
	{ FULLCONE_STATS_A_NOMEM, "dropped: there was no memory", NULL, 0, NULL },
};

/* Need not be exact beyond the number of addresses that the engine accepts in all. */
static uint64_t range_count(const struct addr_range *r)
{
	const size_t size = addr_size(r->family);
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		count = count * 256 + r->last.bytes[i] - r->first.bytes[i];
		if (count > FULLCONE_SOURCE_ADDRS_MAX)
			count = FULLCONE_SOURCE_ADDRS_MAX;
	}
	return count + 1;
}

/* The share of the ports that a host may have, whatever host_max is. */
static uint64_t quarter(const struct profile *p)
{
	uint64_t ports = p->port_max ? p->port_max - p->port_min + 1 : 64512;
	uint64_t addrs = 1, addrs4 = 0, addrs6 = 0;
	unsigned int i;

	/* each family has a quarter of its own; the larger is the one to compare with */
	for (i = 0; i < p->source_count; i++) {
		if (p->source[i].family == NFPROTO_IPV6)
			addrs6 += range_count(&p->source[i]);
		else
			addrs4 += range_count(&p->source[i]);
	}
	if (addrs < addrs4)
		addrs = addrs4;
	if (addrs < addrs6)
		addrs = addrs6;
	return ports * addrs / 4;
}

static const struct profile *find_profile(const struct check *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->profiles.count; i++)
		if (!strcmp(c->profiles.profile[i].name, name))
			return &c->profiles.profile[i];
	return NULL;
}

/* @p: the profile whose counter it is, or NULL if the counter is not per profile. */
static void check_limit(struct check *c, const struct limit *l, uint64_t count,
			const struct profile *p)
{
	char mend[128] = "";
	uint32_t now;

	if (l->setting && p) {
		memcpy(&now, (const char *)p + l->offset, sizeof(now));
		if (l->counter != FULLCONE_STATS_A_HOST_LIMIT || now < quarter(p))
			snprintf(mend, sizeof(mend), "fullcone profile set %s %s=%" PRIu64,
				 p->name, l->setting, (uint64_t)now * 2);
	} else if (l->advice) {
		snprintf(mend, sizeof(mend), "%s", l->advice);
	}
	check_add(c, CHECK_INFO, "limit", mend, "%s%s%s%" PRIu64 " packet%s so far %s",
		  p ? "profile " : "", p ? p->name : "", p ? ": " : "", count,
		  count == 1 ? " was" : "s were", l->what);
}

void check_limits(struct check *c, struct genl *g)
{
	struct stats_list profiles = { 0 };
	struct stats all;
	size_t i, k;

	if (stats_get(g, &all) || stats_get_parts(g, &profiles, NULL)) {
		stats_list_free(&profiles);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned int counter = limits[i].counter;
		bool told = false;

		for (k = 0; k < profiles.count; k++) {
			const struct stats *s = &profiles.stats[k];

			if (!s->value[counter])
				continue;
			told = true;
			check_limit(c, &limits[i], s->value[counter], find_profile(c, s->profile));
		}
		if (!told && all.value[counter])
			check_limit(c, &limits[i], all.value[counter], NULL);
	}
	stats_list_free(&profiles);
}
