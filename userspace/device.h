/* SPDX-License-Identifier: GPL-2.0 */
/* The addresses of a network device. */
#ifndef _FULLCONE_DEVICE_H
#define _FULLCONE_DEVICE_H

#include "parse.h"

/*
 * The one that a mapping which lasts should be at: of IPv4 the first one that is not
 * secondary, of IPv6 a global one that is neither temporary nor deprecated, if there is
 * one. 0, -EADDRNOTAVAIL if there is none, or another negative errno value.
 */
int device_address(uint32_t ifindex, uint8_t family, union addr *addr);

#endif /* _FULLCONE_DEVICE_H */
