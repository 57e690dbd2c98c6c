/* SPDX-License-Identifier: GPL-2.0 */
/* How a mapping is shown, by list, get and add. */
#ifndef _FULLCONE_VIEW_H
#define _FULLCONE_VIEW_H

#include "output.h"

/* Rows are struct mapping. */
struct listing *view_mappings(const struct options *opt, int *status);

/* The name of a device, or "#7" when it has gone. */
void view_device(char *buf, size_t size, uint32_t ifindex);

#endif /* _FULLCONE_VIEW_H */
