// SPDX-License-Identifier: GPL-2.0
/* struct genl_dumpit_info has the attributes itself (< 6.7; later inside .info). */
#include <net/genetlink.h>

struct nlattr **probe(const struct genl_dumpit_info *info);
struct nlattr **probe(const struct genl_dumpit_info *info)
{
	return info->attrs;
}
