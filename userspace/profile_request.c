// SPDX-License-Identifier: GPL-2.0
/* Asking the kernel for profiles, and changing them. */
#include "profile.h"

#include <errno.h>
#include <stdlib.h>

static int keep(const struct nlmsghdr *nlh, void *data)
{
	return profile_parse(nlh, data);
}

int profile_get(struct genl *g, const char *name, struct profile *p)
{
	mnl_attr_put_strz(genl_request(g, FULLCONE_CMD_PROFILE_GET), FULLCONE_PROFILE_A_NAME,
			  name);
	return genl_do(g, keep, p);
}

int profile_set(struct genl *g, const struct profile *p)
{
	profile_put(genl_request(g, FULLCONE_CMD_PROFILE_SET), p);
	return genl_do(g, NULL, NULL);
}

static int keep_one(const struct nlmsghdr *nlh, void *data)
{
	struct profiles *all = data;
	struct profile *grown;

	grown = realloc(all->profile, (all->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	all->profile = grown;
	return profile_parse(nlh, &grown[all->count++]);
}

static void begin(void *data)
{
	struct profiles *all = data;

	all->count = 0;
}

int profiles_get(struct genl *g, struct profiles *all)
{
	all->profile = NULL;
	return genl_dump_whole(g, FULLCONE_CMD_PROFILE_GET, begin, keep_one, all);
}

void profiles_free(struct profiles *all)
{
	free(all->profile);
	all->profile = NULL;
	all->count = 0;
}
