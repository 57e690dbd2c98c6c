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
#include <stdint.h>

#include "parse.h"

#define BIT(n) (UINT32_C(1) << (n))

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
	uint32_t count;
	uint64_t expires_ms;
	uint64_t age_ms;
	char realm[FULLCONE_NAME_SIZE];
	char profile[FULLCONE_NAME_SIZE];
};

struct profile {
	uint32_t have;
	char name[FULLCONE_NAME_SIZE];
	uint16_t port_min;
	uint16_t port_max;
	uint8_t alloc;
	uint8_t parity;
	uint8_t unsafe_timeouts;
	uint32_t udp;
	uint32_t udp_hold;
	uint32_t label;
	struct mark mark;
	unsigned int short_count;
	struct short_timer udp_short[FULLCONE_UDP_SHORT_MAX];
};

struct stats {
	uint32_t have;
	uint64_t value[__FULLCONE_STATS_A_MAX];
};

/* 0, or -EBADMSG when an attribute has not the size or form the protocol gives it. */
int model_parse_mapping(const struct nlmsghdr *nlh, struct mapping *m);
int model_parse_profile(const struct nlmsghdr *nlh, struct profile *p);
int model_parse_stats(const struct nlmsghdr *nlh, struct stats *s);

/* The other direction: what is present in @have becomes attributes of a request. */
void model_put_profile(struct nlmsghdr *nlh, const struct profile *p);

/* "ext_port" for an attribute of a command's request; NULL if there is no such one. */
const char *model_attr_name(uint8_t cmd, uint16_t type);

/* Words of the tool for numbers of the protocol, "?" for those it does not know. */
const char *model_family_name(uint8_t family);
const char *model_proto_name(uint8_t proto);
const char *model_state_name(uint8_t state);
const char *model_alloc_name(uint8_t alloc);
const char *model_parse_alloc(const char *s, uint8_t *alloc);
/* "local-conflict,offloaded"; unknown bits as "0x..". */
void model_flag_names(uint32_t flags, char *buf, size_t size);

#endif /* _FULLCONE_MODEL_H */
