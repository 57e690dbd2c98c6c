/* SPDX-License-Identifier: GPL-2.0 */
/* The addresses of a network device. */
#ifndef _FULLCONE_DEVICE_H
#define _FULLCONE_DEVICE_H

#include "parse.h"

/*
 * The best address for a static mapping: in IPv4 the first that is not secondary, if possible
 * in the network of the default route's next hop, in IPv6 a global one, if possible neither
 * temporary nor deprecated. 0, -EADDRNOTAVAIL if there is none, or another negative errno value.
 */
int device_address(uint32_t ifindex, uint8_t family, union addr *addr);

/* Whether its default route, if it has one, leads to another router. */
bool device_has_router(uint32_t ifindex, uint8_t family);

/* The VRF that it is in, or itself if it is one; 0: there is none, or it is not known. */
uint32_t device_vrf(uint32_t ifindex);

#endif /* _FULLCONE_DEVICE_H */
