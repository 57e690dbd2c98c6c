// SPDX-License-Identifier: GPL-2.0
/* A multicast group can be for administrators only (6.7, and stable kernels). */
#include <net/genetlink.h>

struct genl_multicast_group probe = { .flags = GENL_UNS_ADMIN_PERM };
