/* SPDX-License-Identifier: GPL-2.0 */
/* How a mapping is shown, by list and by get. */
#ifndef _FULLCONE_VIEW_H
#define _FULLCONE_VIEW_H

#include "output.h"

/* Rows are struct mapping. */
struct listing *view_mappings(const struct options *opt, int *status);

#endif /* _FULLCONE_VIEW_H */
