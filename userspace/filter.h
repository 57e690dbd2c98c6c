/* SPDX-License-Identifier: GPL-2.0 */
/* Which mappings: the FILTER words of list, flush and monitor. */
#ifndef _FULLCONE_FILTER_H
#define _FULLCONE_FILTER_H

#include <libmnl/libmnl.h>
#include <linux/fullcone.h>

#include "cmd.h"
#include "model.h"

/* The verbs differ in some words. */
enum filter_use { FILTER_LIST, FILTER_FLUSH, FILTER_MONITOR };

struct filter {
	bool all;
	bool has_proto, has_state, has_zone, has_int, has_ext, has_oif, has_profile;
	uint8_t family;		/* NFPROTO_*, or 0: both */
	uint8_t proto;
	uint8_t state;
	uint16_t zone;
	uint32_t ifindex;
	uint32_t flags;		/* FULLCONE_FLAG_*, all of which a mapping must have */
	struct endpoint internal;
	struct endpoint external;
	char profile[FULLCONE_NAME_SIZE];
};

/* The words accepted, for usage texts. */
#define FILTER_COMMON "[udp|tcp|icmp] [int ADDR[/LEN][:PORT]] [ext ADDR[:PORT]] [zone N] " \
	"[profile NAME] [oif DEV] [-4|-6]"
#define FILTER_LIST_ARGS "[state STATE] [static] [explicit] [adopted] " FILTER_COMMON
#define FILTER_FLUSH_ARGS "[state STATE] [static] " FILTER_COMMON

/* An exit status. In a flush "all" is a filter, too, and "static" accompanies others. */
int filter_parse(const struct options *opt, int argc, char **argv, enum filter_use use,
		 struct filter *f);

/*
 * "icmp" is two protocols in the kernel, one in each family, so that a filter with it
 * and without a family takes two requests. @n counts from 0; false: there is no @n-th.
 */
bool filter_put(const struct filter *f, unsigned int n, struct nlmsghdr *nlh);

/* Applies the whole filter in the tool; an attribute that @m lacks matches nothing. */
bool filter_match(const struct filter *f, const struct mapping *m);

void filter_put_endpoint(struct nlmsghdr *nlh, bool internal, const struct endpoint *ep);

/* The number of a device; an exit status. */
int filter_ifindex(const char *dev, uint32_t *ifindex);

#endif /* _FULLCONE_FILTER_H */
