// SPDX-License-Identifier: GPL-2.0
/* A generic netlink family says from which command on reserved fields must be zero (6.1). */
#include <net/genetlink.h>

struct genl_family probe = { .resv_start_op = 1 };
