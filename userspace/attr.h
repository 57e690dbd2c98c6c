/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading single attributes. All return 0, or -EBADMSG if the attribute does not have the
 * size or form that the protocol gives it.
 */
#ifndef _FULLCONE_ATTR_H
#define _FULLCONE_ATTR_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "parse.h"

/* Of an attribute that is present, see model.h. */
#define BIT(n) (UINT32_C(1) << (n))
#define BIT64(n) (UINT64_C(1) << (n))

int attr_u8(const struct nlattr *attr, uint8_t *out);
int attr_u16(const struct nlattr *attr, uint16_t *out);
int attr_u32(const struct nlattr *attr, uint32_t *out);
int attr_u64(const struct nlattr *attr, uint64_t *out);
/* From network order. */
int attr_port(const struct nlattr *attr, uint16_t *out);
/* Into FULLCONE_NAME_SIZE bytes. */
int attr_name(const struct nlattr *attr, char *out);
/* 4 or 16 bytes; the caller checks that @len fits the family. */
int attr_addr(const struct nlattr *attr, union addr *out, unsigned int *len);

#endif /* _FULLCONE_ATTR_H */
