/* SPDX-License-Identifier: GPL-2.0 */
/* Profiles: as attributes of the protocol, and as the words KEY=VALUE of the tool. */
#ifndef _FULLCONE_PROFILE_H
#define _FULLCONE_PROFILE_H

#include "genl.h"
#include "model.h"
#include "output.h"

struct profile {
	uint64_t have;			/* BIT64(FULLCONE_PROFILE_A_*) */
	char name[FULLCONE_NAME_SIZE];
	uint16_t port_min, port_max;	/* 0: the default range */
	uint8_t alloc, paired, exhaust_icmp;
	uint8_t map_udp, map_tcp, map_icmp, filter_udp, filter_tcp;	/* enum fullcone_depend */
	uint8_t parity, hairpin, local_check, session_floors, syn_silent, ip6,
		log_dst, unsafe_timeouts;	/* 0 or 1 */
	uint32_t udp, udp_hold;
	uint32_t tcp_open, tcp_close, tcp_rst, tcp_est, tcp_hold, icmp;
	uint32_t host_max, host_rate, max_mappings, in_max, filter_max, hold_max;
	uint32_t label;
	struct mark mark;		/* mask 0: none */
	struct blocks blocks;
	unsigned int short_count, source_count, reserve_count;
	struct short_timer udp_short[FULLCONE_UDP_SHORT_MAX];
	struct addr_range source[FULLCONE_SOURCE_MAX];
	struct port_range reserve[FULLCONE_RESERVE_MAX];
};

/* The first range of a family among the sources, or NULL. */
const struct addr_range *profile_source(const struct profile *p, uint8_t family);
/* Whether the sources of a family, of which @range is the first, are one address. */
bool profile_source_single(const struct profile *p, const struct addr_range *range);
/* Whether an address is among the sources. */
bool profile_has_source(const struct profile *p, uint8_t family, const union addr *addr);

/* 0, or -EBADMSG if an attribute does not have the size or form the protocol gives it. */
int profile_parse(const struct nlmsghdr *nlh, struct profile *p);
/* What is present in @have becomes attributes of a request. */
void profile_put(struct nlmsghdr *nlh, const struct profile *p);
/* "udp_hold" for an attribute; NULL if there is no such one. */
const char *profile_attr_name(uint16_t type);

/* Requests; 0 or a negative errno value, with a sentence in g->nl.error. */
int profile_get(struct genl *g, const char *name, struct profile *p);
int profile_set(struct genl *g, const struct profile *p);

struct profiles {
	struct profile *profile;
	size_t count;
};

/* All profiles; to be freed with profiles_free(), also after an error. */
int profiles_get(struct genl *g, struct profiles *all);
void profiles_free(struct profiles *all);

/**
 * struct setting - one key of "profile set"
 * @key: its name, which is that of the JSON, too
 * @kind: what it is in JSON; COL_RAW is a switch, COL_NUMBER without @set a plain number
 *	and COL_STRING without @set one of @choices
 * @flags: of its column
 * @nothing: the text for an empty list or a null, if there can be one
 * @attrs: the attributes it sets
 * @offset: of the member, if it has no @set
 * @choices: the words for 0, 1, ...; NULL is the last one
 * @expected: the range of a plain number, which the kernel checks, since its refusal names
 *	the reason; or the words for a choice
 * @set: the inverse of @format; NULL or what would be accepted
 * @format: writes the text of a cell; false: null
 */
struct setting {
	const char *key;
	enum column_kind kind;
	unsigned int flags;
	const char *nothing;
	uint64_t attrs;
	size_t offset;
	const char *expected;
	const char *const *choices;
	const char *(*set)(const char *value, struct profile *p);
	bool (*format)(const struct profile *p, char *buf, size_t size);
};

extern const struct setting profile_settings[];
extern const size_t profile_setting_count;

/* "NAME KEY=VALUE..." into @p; an exit status. */
int profile_words_parse(int argc, char **argv, struct profile *p);
/* The cell of a listing or of JSON, and "KEY=VALUE" as profile_words_parse() takes it. */
bool profile_setting_cell(const struct profile *p, const struct setting *s, char *buf,
			  size_t size);
void profile_setting_print(const struct profile *p, const struct setting *s, FILE *out);

#endif /* _FULLCONE_PROFILE_H */
