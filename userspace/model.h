/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink attributes to plain structs, once. @have has the bit of every attribute
 * that was present (1 << FULLCONE_*_A_*); a member without its bit is 0.
 */
#ifndef _FULLCONE_MODEL_H
#define _FULLCONE_MODEL_H

#include <libmnl/libmnl.h>
#include <linux/fullcone.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "parse.h"

struct mapping {
	uint32_t have;
	uint8_t family;
	uint8_t proto;
	uint8_t state;
	uint16_t zone;
	union addr int_addr;
	union addr ext_addr;
	union addr remote_addr;
	uint16_t int_port;		/* ports in host order */
	uint16_t ext_port;
	uint16_t remote_port;
	uint32_t ifindex;
	uint32_t sessions;
	uint32_t flags;
	uint32_t count, left_out;	/* of a reply */
	uint8_t map, filter;		/* enum fullcone_depend */
	unsigned int remote_count;
	struct endpoint remotes[FULLCONE_REMOTES_MAX];
	uint64_t expires_ms;
	uint64_t age_ms;
	char realm[FULLCONE_NAME_SIZE];
	char profile[FULLCONE_NAME_SIZE];
};

struct stats {
	uint64_t have;			/* as BIT64() */
	char profile[FULLCONE_NAME_SIZE];
	uint8_t proto;
	uint64_t value[__FULLCONE_STATS_A_MAX];
};

/* 0, or -EBADMSG if an attribute does not have the size or form the protocol gives it. */
int model_parse_mapping(const struct nlmsghdr *nlh, struct mapping *m);
/* The same for attributes nested in another one. */
int model_parse_mapping_attrs(const void *attrs, size_t size, struct mapping *m);
int model_parse_stats(const struct nlmsghdr *nlh, struct stats *s);

/* "ext_port" for an attribute of a command's request; NULL if there is no such one. */
const char *model_attr_name(uint8_t cmd, uint16_t type);

/* Words of the tool for numbers of the protocol, "?" for those it does not know. */
const char *model_family_name(uint8_t family);
const char *model_proto_name(uint8_t proto);
const char *model_state_name(uint8_t state);
const char *model_map_name(uint8_t depend);
const char *model_filter_name(uint8_t depend);
/* "local-conflict,offloaded"; unknown bits as "0x..". */
void model_flag_names(uint32_t flags, char *buf, size_t size);

#endif /* _FULLCONE_MODEL_H */
