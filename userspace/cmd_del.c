// SPDX-License-Identifier: GPL-2.0
/* del: takes back what add made, a static or explicit mapping. */
#include "cmd.h"
#include "genl.h"
#include "model.h"
#include "which.h"

#include <errno.h>

int cmd_del(const struct options *opt, int argc, char **argv)
{
	struct which w;
	struct genl g;
	int status;
	int ret;

	status = which_parse("del", opt, argc, argv, &w);
	if (status)
		return status;
	ret = genl_open(&g);
	if (ret)
		return fail("%s", g.nl.error);
	which_put(genl_request(&g, FULLCONE_CMD_MAPPING_DEL), &w);
	ret = genl_do(&g, NULL, NULL);
	genl_close(&g);
	return ret ? fail("del %s %s %s: %s", argv[0], argv[1], argv[2], g.nl.error) :
		     STATUS_DONE;
}
