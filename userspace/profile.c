// SPDX-License-Identifier: GPL-2.0
/* Profiles as attributes of the protocol: reading and writing. */
#include "profile.h"
#include "array.h"
#include "attr.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

/* The attributes that are one number. The name is for people. */
static const struct scalar {
	uint16_t type;
	uint16_t size;
	size_t offset;
	const char *name;
} scalars[] = {
#define SCALAR(attr, member, text) \
	{ FULLCONE_PROFILE_A_##attr, sizeof(((struct profile *)0)->member), \
	  offsetof(struct profile, member), text }
	SCALAR(PORT_MIN, port_min, "ports, low end"),
	SCALAR(PORT_MAX, port_max, "ports, high end"),
	SCALAR(ALLOC, alloc, "alloc"),
	SCALAR(PARITY, parity, "parity"),
	SCALAR(UDP, udp, "udp"),
	SCALAR(UDP_HOLD, udp_hold, "udp_hold"),
	SCALAR(UNSAFE_TIMEOUTS, unsafe_timeouts, "unsafe_timeouts"),
	SCALAR(LABEL, label, "label"),
	SCALAR(MARK, mark.value, "mark"),
	SCALAR(MARK_MASK, mark.mask, "mark mask"),
	SCALAR(PAIRED, paired, "paired"),
	SCALAR(HAIRPIN, hairpin, "hairpin"),
	SCALAR(LOCAL_CHECK, local_check, "local_check"),
	SCALAR(HOST_MAX, host_max, "host_max"),
	SCALAR(HOST_RATE, host_rate, "host_rate"),
	SCALAR(MAX_MAPPINGS, max_mappings, "max_mappings"),
	SCALAR(IN_MAX, in_max, "in_max"),
	SCALAR(HOLD_MAX, hold_max, "hold_max"),
	SCALAR(EXHAUST_ICMP, exhaust_icmp, "exhaust_icmp"),
	SCALAR(LOG_DST, log_dst, "log_dst"),
	SCALAR(MAP_UDP, map_udp, "map.udp"),
	SCALAR(MAP_TCP, map_tcp, "map.tcp"),
	SCALAR(MAP_ICMP, map_icmp, "map.icmp"),
	SCALAR(FILTER_UDP, filter_udp, "filter.udp"),
	SCALAR(FILTER_TCP, filter_tcp, "filter.tcp"),
	SCALAR(FILTER_MAX, filter_max, "filter_max"),
	SCALAR(TCP_OPEN, tcp_open, "tcp_open"),
	SCALAR(TCP_CLOSE, tcp_close, "tcp_close"),
	SCALAR(TCP_RST, tcp_rst, "tcp_rst"),
	SCALAR(TCP_EST, tcp_est, "tcp_est"),
	SCALAR(TCP_HOLD, tcp_hold, "tcp_hold"),
	SCALAR(ICMP, icmp, "icmp"),
	SCALAR(SESSION_FLOORS, session_floors, "session_floors"),
	SCALAR(SYN_SILENT, syn_silent, "syn_silent"),
	SCALAR(IP6, ip6, "ip6"),
};

static const struct scalar *find_scalar(uint16_t type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scalars); i++)
		if (scalars[i].type == type)
			return &scalars[i];
	return NULL;
}

const char *profile_attr_name(uint16_t type)
{
	const struct scalar *s = find_scalar(type);

	switch (type) {
	case FULLCONE_PROFILE_A_NAME:
		return "name";
	case FULLCONE_PROFILE_A_UDP_SHORT:
		return "udp_short";
	case FULLCONE_PROFILE_A_SOURCE:
		return "source";
	case FULLCONE_PROFILE_A_RESERVE:
		return "reserve";
	case FULLCONE_PROFILE_A_DETERMINISTIC:
		return "deterministic";
	}
	return s ? s->name : NULL;
}

const struct addr_range *profile_source(const struct profile *p, uint8_t family)
{
	unsigned int i;

	for (i = 0; i < p->source_count; i++)
		if (p->source[i].family == family)
			return &p->source[i];
	return NULL;
}

bool profile_source_single(const struct profile *p, const struct addr_range *range)
{
	const struct addr_range *other;

	for (other = p->source; other < p->source + p->source_count; other++)
		if (other != range && other->family == range->family)
			return false;
	return !memcmp(&range->first, &range->last, addr_size(range->family));
}

bool profile_has_source(const struct profile *p, uint8_t family, const union addr *addr)
{
	size_t size = addr_size(family);
	unsigned int i;

	for (i = 0; i < p->source_count; i++)
		if (p->source[i].family == family &&
		    memcmp(&p->source[i].first, addr, size) <= 0 &&
		    memcmp(addr, &p->source[i].last, size) <= 0)
			return true;
	return false;
}

/* --- reading --- */

static int short_entry(const struct nlattr *entry, struct profile *p)
{
	struct short_timer *t = &p->udp_short[p->short_count];
	const struct nlattr *attr;
	int ret = 0;

	if (p->short_count++ == FULLCONE_UDP_SHORT_MAX)
		return -EBADMSG;
	mnl_attr_for_each_nested(attr, entry) {
		if (mnl_attr_get_type(attr) == FULLCONE_UDP_SHORT_A_PORT)
			ret = attr_u16(attr, &t->port);
		else if (mnl_attr_get_type(attr) == FULLCONE_UDP_SHORT_A_SECONDS)
			ret = attr_u32(attr, &t->seconds);
		if (ret)
			return ret;
	}
	return 0;
}

static int source_entry(const struct nlattr *entry, struct profile *p)
{
	struct addr_range *r = &p->source[p->source_count];
	unsigned int first_len = 0, last_len = 0;
	const struct nlattr *attr;
	int ret = 0;

	if (p->source_count++ == FULLCONE_SOURCE_MAX)
		return -EBADMSG;
	mnl_attr_for_each_nested(attr, entry) {
		if (mnl_attr_get_type(attr) == FULLCONE_SOURCE_A_FIRST)
			ret = attr_addr(attr, &r->first, &first_len);
		else if (mnl_attr_get_type(attr) == FULLCONE_SOURCE_A_LAST)
			ret = attr_addr(attr, &r->last, &last_len);
		if (ret)
			return ret;
	}
	if (!first_len || (last_len && last_len != first_len))
		return -EBADMSG;
	r->family = first_len == sizeof(r->first.in6) ? NFPROTO_IPV6 : NFPROTO_IPV4;
	if (!last_len)
		r->last = r->first;
	return 0;
}

static int reserve_entry(const struct nlattr *entry, struct profile *p)
{
	struct port_range *r = &p->reserve[p->reserve_count];
	const struct nlattr *attr;
	bool has_last = false;
	int ret = 0;

	if (p->reserve_count++ == FULLCONE_RESERVE_MAX)
		return -EBADMSG;
	mnl_attr_for_each_nested(attr, entry) {
		if (mnl_attr_get_type(attr) == FULLCONE_RESERVE_A_FIRST) {
			ret = attr_u16(attr, &r->first);
		} else if (mnl_attr_get_type(attr) == FULLCONE_RESERVE_A_LAST) {
			ret = attr_u16(attr, &r->last);
			has_last = true;
		}
		if (ret)
			return ret;
	}
	if (!has_last)
		r->last = r->first;
	return 0;
}

static int blocks_parse(const struct nlattr *nest, struct blocks *b)
{
	const struct nlattr *attr;
	int ret = 0;

	*b = (struct blocks){ 0 };
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case FULLCONE_BLOCK_A_INSIDE:
			if (mnl_attr_get_payload_len(attr) != sizeof(b->inside))
				return -EBADMSG;
			memcpy(&b->inside, mnl_attr_get_payload(attr), sizeof(b->inside));
			break;
		case FULLCONE_BLOCK_A_PREFIX_LEN:
			ret = attr_u8(attr, &b->len);
			break;
		case FULLCONE_BLOCK_A_FACTOR:
			ret = attr_u16(attr, &b->factor);
			break;
		case FULLCONE_BLOCK_A_HOST_PORTS:
			ret = attr_u16(attr, &b->host_ports);
			break;
		}
		if (ret)
			return ret;
	}
	return 0;
}

static int each_entry(const struct nlattr *list, uint16_t type, struct profile *p,
		      int (*cb)(const struct nlattr *entry, struct profile *p))
{
	const struct nlattr *entry;
	int ret = 0;

	mnl_attr_for_each_nested(entry, list) {
		if (mnl_attr_get_type(entry) == type)
			ret = cb(entry, p);
		if (ret)
			return ret;
	}
	return 0;
}

static int profile_attr(const struct nlattr *attr, struct profile *p)
{
	const struct scalar *s = find_scalar(mnl_attr_get_type(attr));

	if (s) {
		if (mnl_attr_get_payload_len(attr) != s->size)
			return -EBADMSG;
		memcpy((char *)p + s->offset, mnl_attr_get_payload(attr), s->size);
		return 0;
	}
	switch (mnl_attr_get_type(attr)) {
	case FULLCONE_PROFILE_A_NAME:
		return attr_name(attr, p->name);
	case FULLCONE_PROFILE_A_UDP_SHORT:
		p->short_count = 0;
		return each_entry(attr, FULLCONE_UDP_SHORT_A_ENTRY, p, short_entry);
	case FULLCONE_PROFILE_A_SOURCE:
		p->source_count = 0;
		return each_entry(attr, FULLCONE_SOURCE_A_ENTRY, p, source_entry);
	case FULLCONE_PROFILE_A_RESERVE:
		p->reserve_count = 0;
		return each_entry(attr, FULLCONE_RESERVE_A_ENTRY, p, reserve_entry);
	case FULLCONE_PROFILE_A_DETERMINISTIC:
		return blocks_parse(attr, &p->blocks);
	}
	return 0;
}

int profile_parse(const struct nlmsghdr *nlh, struct profile *p)
{
	const struct nlattr *attr;

	memset(p, 0, sizeof(*p));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		uint16_t type = mnl_attr_get_type(attr);
		int ret = profile_attr(attr, p);

		if (ret)
			return ret;
		if (type <= FULLCONE_PROFILE_A_MAX)
			p->have |= BIT64(type);
	}
	return 0;
}

/* --- writing --- */

static void put_short_list(struct nlmsghdr *nlh, const struct profile *p)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, FULLCONE_PROFILE_A_UDP_SHORT);
	unsigned int i;

	for (i = 0; i < p->short_count; i++) {
		struct nlattr *entry = mnl_attr_nest_start(nlh, FULLCONE_UDP_SHORT_A_ENTRY);

		mnl_attr_put_u16(nlh, FULLCONE_UDP_SHORT_A_PORT, p->udp_short[i].port);
		mnl_attr_put_u32(nlh, FULLCONE_UDP_SHORT_A_SECONDS, p->udp_short[i].seconds);
		mnl_attr_nest_end(nlh, entry);
	}
	mnl_attr_nest_end(nlh, list);
}

static void put_source(struct nlmsghdr *nlh, const struct profile *p)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, FULLCONE_PROFILE_A_SOURCE);
	unsigned int i;

	for (i = 0; i < p->source_count; i++) {
		const struct addr_range *r = &p->source[i];
		struct nlattr *entry = mnl_attr_nest_start(nlh, FULLCONE_SOURCE_A_ENTRY);

		mnl_attr_put(nlh, FULLCONE_SOURCE_A_FIRST, addr_size(r->family), &r->first);
		if (!addr_equal(r->family, &r->first, &r->last))
			mnl_attr_put(nlh, FULLCONE_SOURCE_A_LAST, addr_size(r->family), &r->last);
		mnl_attr_nest_end(nlh, entry);
	}
	mnl_attr_nest_end(nlh, list);
}

static void put_reserve(struct nlmsghdr *nlh, const struct profile *p)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, FULLCONE_PROFILE_A_RESERVE);
	unsigned int i;

	for (i = 0; i < p->reserve_count; i++) {
		const struct port_range *r = &p->reserve[i];
		struct nlattr *entry = mnl_attr_nest_start(nlh, FULLCONE_RESERVE_A_ENTRY);

		mnl_attr_put_u16(nlh, FULLCONE_RESERVE_A_FIRST, r->first);
		if (r->last != r->first)
			mnl_attr_put_u16(nlh, FULLCONE_RESERVE_A_LAST, r->last);
		mnl_attr_nest_end(nlh, entry);
	}
	mnl_attr_nest_end(nlh, list);
}

static void put_blocks(struct nlmsghdr *nlh, const struct blocks *b)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FULLCONE_PROFILE_A_DETERMINISTIC);

	if (b->len) {
		mnl_attr_put(nlh, FULLCONE_BLOCK_A_INSIDE, sizeof(b->inside), &b->inside);
		mnl_attr_put_u8(nlh, FULLCONE_BLOCK_A_PREFIX_LEN, b->len);
		mnl_attr_put_u16(nlh, FULLCONE_BLOCK_A_FACTOR, b->factor);
		mnl_attr_put_u16(nlh, FULLCONE_BLOCK_A_HOST_PORTS, b->host_ports);
	}
	mnl_attr_nest_end(nlh, nest);
}

void profile_put(struct nlmsghdr *nlh, const struct profile *p)
{
	size_t i;

	if (p->have & BIT64(FULLCONE_PROFILE_A_NAME))
		mnl_attr_put_strz(nlh, FULLCONE_PROFILE_A_NAME, p->name);
	for (i = 0; i < ARRAY_SIZE(scalars); i++)
		if (p->have & BIT64(scalars[i].type))
			mnl_attr_put(nlh, scalars[i].type, scalars[i].size,
				     (const char *)p + scalars[i].offset);
	if (p->have & BIT64(FULLCONE_PROFILE_A_UDP_SHORT))
		put_short_list(nlh, p);
	if (p->have & BIT64(FULLCONE_PROFILE_A_SOURCE))
		put_source(nlh, p);
	if (p->have & BIT64(FULLCONE_PROFILE_A_RESERVE))
		put_reserve(nlh, p);
	if (p->have & BIT64(FULLCONE_PROFILE_A_DETERMINISTIC))
		put_blocks(nlh, &p->blocks);
}
