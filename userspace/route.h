/* SPDX-License-Identifier: GPL-2.0 */
/* Routes of IPv4, as the kernel chooses them. */
#ifndef _FULLCONE_ROUTE_H
#define _FULLCONE_ROUTE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Where a route leads. */
struct route {
	uint32_t ifindex;	/* by this interface, or the first of several; 0: nowhere */
	bool by;		/* by the one that was asked about */
};

/*
 * The default route of what a host sends that comes in by an interface and has no mark. @by: the
 * interface that is asked about.
 */
struct route route_of_host(struct in_addr host, uint32_t iif, uint32_t by);

/* Whether a rule for a mark leads to a table whose default route is by that interface. */
bool route_is_marked(uint32_t by);

#endif /* _FULLCONE_ROUTE_H */
