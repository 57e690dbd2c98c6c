// SPDX-License-Identifier: GPL-2.0
/* The one place that reads attributes of the family; sizes are checked, unknown ones ignored. */
#include "model.h"
#include "array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

static int get_u8(const struct nlattr *attr, uint8_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u8(attr);
	return 0;
}

static int get_u16(const struct nlattr *attr, uint16_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u16(attr);
	return 0;
}

static int get_port(const struct nlattr *attr, uint16_t *out)
{
	int ret = get_u16(attr, out);

	*out = ntohs(*out);
	return ret;
}

static int get_u32(const struct nlattr *attr, uint32_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u32(attr);
	return 0;
}

static int get_u64(const struct nlattr *attr, uint64_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return -EBADMSG;
	*out = mnl_attr_get_u64(attr);
	return 0;
}

static int get_name(const struct nlattr *attr, char *out)
{
	uint16_t len = mnl_attr_get_payload_len(attr);
	const char *s = mnl_attr_get_payload(attr);

	if (!len || len > FULLCONE_NAME_SIZE || !memchr(s, '\0', len))
		return -EBADMSG;
	memcpy(out, s, len);
	return 0;
}

/* 4 or 16 bytes; that it fits the family is checked when all attributes are read. */
static int get_addr(const struct nlattr *attr, union addr *out, unsigned int *len)
{
	*len = mnl_attr_get_payload_len(attr);
	if (*len != sizeof(out->in) && *len != sizeof(out->in6))
		return -EBADMSG;
	memcpy(out, mnl_attr_get_payload(attr), *len);
	return 0;
}

static int mapping_attr(const struct nlattr *attr, struct mapping *m, unsigned int *len)
{
	switch (mnl_attr_get_type(attr)) {
	case FULLCONE_MAPPING_A_FAMILY:
		return get_u8(attr, &m->family);
	case FULLCONE_MAPPING_A_PROTO:
		return get_u8(attr, &m->proto);
	case FULLCONE_MAPPING_A_ZONE:
		return get_u16(attr, &m->zone);
	case FULLCONE_MAPPING_A_INT_ADDR:
		return get_addr(attr, &m->int_addr, &len[0]);
	case FULLCONE_MAPPING_A_INT_PORT:
		return get_port(attr, &m->int_port);
	case FULLCONE_MAPPING_A_EXT_ADDR:
		return get_addr(attr, &m->ext_addr, &len[1]);
	case FULLCONE_MAPPING_A_EXT_PORT:
		return get_port(attr, &m->ext_port);
	case FULLCONE_MAPPING_A_REMOTE_ADDR:
		return get_addr(attr, &m->remote_addr, &len[2]);
	case FULLCONE_MAPPING_A_REMOTE_PORT:
		return get_port(attr, &m->remote_port);
	case FULLCONE_MAPPING_A_REALM:
		return get_name(attr, m->realm);
	case FULLCONE_MAPPING_A_IFINDEX:
		return get_u32(attr, &m->ifindex);
	case FULLCONE_MAPPING_A_PROFILE:
		return get_name(attr, m->profile);
	case FULLCONE_MAPPING_A_STATE:
		return get_u8(attr, &m->state);
	case FULLCONE_MAPPING_A_SESSIONS:
		return get_u32(attr, &m->sessions);
	case FULLCONE_MAPPING_A_EXPIRES:
		return get_u64(attr, &m->expires_ms);
	case FULLCONE_MAPPING_A_AGE:
		return get_u64(attr, &m->age_ms);
	case FULLCONE_MAPPING_A_FLAGS:
		return get_u32(attr, &m->flags);
	case FULLCONE_MAPPING_A_COUNT:
		return get_u32(attr, &m->count);
	}
	return 0;
}

int model_parse_mapping(const struct nlmsghdr *nlh, struct mapping *m)
{
	unsigned int len[3] = { 0 };
	const struct nlattr *attr;
	unsigned int i;

	memset(m, 0, sizeof(*m));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		uint16_t type = mnl_attr_get_type(attr);
		int ret = mapping_attr(attr, m, len);

		if (ret)
			return ret;
		if (type <= FULLCONE_MAPPING_A_MAX)
			m->have |= BIT(type);
	}
	for (i = 0; i < 3; i++)
		if (len[i] && len[i] != (m->family == NFPROTO_IPV6 ? 16 : 4))
			return -EBADMSG;
	return 0;
}

static int short_entry(const struct nlattr *entry, struct profile *p)
{
	struct short_timer *t = &p->udp_short[p->short_count];
	const struct nlattr *attr;
	int ret = 0;

	if (mnl_attr_get_type(entry) != FULLCONE_UDP_SHORT_A_ENTRY)
		return 0;
	if (p->short_count == FULLCONE_UDP_SHORT_MAX)
		return -EBADMSG;
	mnl_attr_for_each_nested(attr, entry) {
		if (mnl_attr_get_type(attr) == FULLCONE_UDP_SHORT_A_PORT)
			ret = get_u16(attr, &t->port);
		else if (mnl_attr_get_type(attr) == FULLCONE_UDP_SHORT_A_SECONDS)
			ret = get_u32(attr, &t->seconds);
		if (ret)
			return ret;
	}
	p->short_count++;
	return 0;
}

static int short_list(const struct nlattr *list, struct profile *p)
{
	const struct nlattr *entry;
	int ret;

	p->short_count = 0;
	mnl_attr_for_each_nested(entry, list) {
		ret = short_entry(entry, p);
		if (ret)
			return ret;
	}
	return 0;
}

static int profile_attr(const struct nlattr *attr, struct profile *p)
{
	switch (mnl_attr_get_type(attr)) {
	case FULLCONE_PROFILE_A_NAME:
		return get_name(attr, p->name);
	case FULLCONE_PROFILE_A_PORT_MIN:
		return get_u16(attr, &p->port_min);
	case FULLCONE_PROFILE_A_PORT_MAX:
		return get_u16(attr, &p->port_max);
	case FULLCONE_PROFILE_A_ALLOC:
		return get_u8(attr, &p->alloc);
	case FULLCONE_PROFILE_A_PARITY:
		return get_u8(attr, &p->parity);
	case FULLCONE_PROFILE_A_UDP:
		return get_u32(attr, &p->udp);
	case FULLCONE_PROFILE_A_UDP_HOLD:
		return get_u32(attr, &p->udp_hold);
	case FULLCONE_PROFILE_A_UDP_SHORT:
		return short_list(attr, p);
	case FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS:
		return get_u8(attr, &p->unsafe_timeouts);
	case FULLCONE_PROFILE_A_LABEL:
		return get_u32(attr, &p->label);
	case FULLCONE_PROFILE_A_MARK:
		return get_u32(attr, &p->mark.value);
	case FULLCONE_PROFILE_A_MARK_MASK:
		return get_u32(attr, &p->mark.mask);
	}
	return 0;
}

int model_parse_profile(const struct nlmsghdr *nlh, struct profile *p)
{
	const struct nlattr *attr;

	memset(p, 0, sizeof(*p));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		uint16_t type = mnl_attr_get_type(attr);
		int ret = profile_attr(attr, p);

		if (ret)
			return ret;
		if (type <= FULLCONE_PROFILE_A_MAX)
			p->have |= BIT(type);
	}
	return 0;
}

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

void model_put_profile(struct nlmsghdr *nlh, const struct profile *p)
{
	if (p->have & BIT(FULLCONE_PROFILE_A_NAME))
		mnl_attr_put_strz(nlh, FULLCONE_PROFILE_A_NAME, p->name);
	if (p->have & BIT(FULLCONE_PROFILE_A_PORT_MIN))
		mnl_attr_put_u16(nlh, FULLCONE_PROFILE_A_PORT_MIN, p->port_min);
	if (p->have & BIT(FULLCONE_PROFILE_A_PORT_MAX))
		mnl_attr_put_u16(nlh, FULLCONE_PROFILE_A_PORT_MAX, p->port_max);
	if (p->have & BIT(FULLCONE_PROFILE_A_ALLOC))
		mnl_attr_put_u8(nlh, FULLCONE_PROFILE_A_ALLOC, p->alloc);
	if (p->have & BIT(FULLCONE_PROFILE_A_PARITY))
		mnl_attr_put_u8(nlh, FULLCONE_PROFILE_A_PARITY, p->parity);
	if (p->have & BIT(FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS))
		mnl_attr_put_u8(nlh, FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS, p->unsafe_timeouts);
	if (p->have & BIT(FULLCONE_PROFILE_A_UDP))
		mnl_attr_put_u32(nlh, FULLCONE_PROFILE_A_UDP, p->udp);
	if (p->have & BIT(FULLCONE_PROFILE_A_UDP_HOLD))
		mnl_attr_put_u32(nlh, FULLCONE_PROFILE_A_UDP_HOLD, p->udp_hold);
	if (p->have & BIT(FULLCONE_PROFILE_A_UDP_SHORT))
		put_short_list(nlh, p);
	if (p->have & BIT(FULLCONE_PROFILE_A_LABEL))
		mnl_attr_put_u32(nlh, FULLCONE_PROFILE_A_LABEL, p->label);
	if (p->have & BIT(FULLCONE_PROFILE_A_MARK))
		mnl_attr_put_u32(nlh, FULLCONE_PROFILE_A_MARK, p->mark.value);
	if (p->have & BIT(FULLCONE_PROFILE_A_MARK_MASK))
		mnl_attr_put_u32(nlh, FULLCONE_PROFILE_A_MARK_MASK, p->mark.mask);
}

/* State is small in the protocol and counters are wide; here all are 64 bits. */
int model_parse_stats(const struct nlmsghdr *nlh, struct stats *s)
{
	const struct nlattr *attr;

	memset(s, 0, sizeof(*s));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		uint16_t type = mnl_attr_get_type(attr);
		uint32_t narrow = 0;
		uint8_t byte = 0;
		int ret;

		if (type > FULLCONE_STATS_A_MAX || type == FULLCONE_STATS_A_PAD)
			continue;
		if (type == FULLCONE_STATS_A_ACTIVE) {
			ret = get_u8(attr, &byte);
			s->value[type] = byte;
		} else if (type <= FULLCONE_STATS_A_ADDRESSES) {
			ret = get_u32(attr, &narrow);
			s->value[type] = narrow;
		} else {
			ret = get_u64(attr, &s->value[type]);
		}
		if (ret)
			return ret;
		s->have |= BIT(type);
	}
	return 0;
}

static const char *const mapping_attr_names[__FULLCONE_MAPPING_A_MAX] = {
	[FULLCONE_MAPPING_A_FAMILY] = "family",
	[FULLCONE_MAPPING_A_PROTO] = "proto",
	[FULLCONE_MAPPING_A_ZONE] = "zone",
	[FULLCONE_MAPPING_A_INT_ADDR] = "int_addr",
	[FULLCONE_MAPPING_A_INT_PREFIX_LEN] = "int_addr prefix length",
	[FULLCONE_MAPPING_A_INT_PORT] = "int_port",
	[FULLCONE_MAPPING_A_EXT_ADDR] = "ext_addr",
	[FULLCONE_MAPPING_A_EXT_PORT] = "ext_port",
	[FULLCONE_MAPPING_A_IFINDEX] = "ifindex",
	[FULLCONE_MAPPING_A_PROFILE] = "profile",
	[FULLCONE_MAPPING_A_STATE] = "state",
	[FULLCONE_MAPPING_A_ALL] = "all",
};

static const char *const profile_attr_names[__FULLCONE_PROFILE_A_MAX] = {
	[FULLCONE_PROFILE_A_NAME] = "name",
	[FULLCONE_PROFILE_A_PORT_MIN] = "ports, low end",
	[FULLCONE_PROFILE_A_PORT_MAX] = "ports, high end",
	[FULLCONE_PROFILE_A_ALLOC] = "alloc",
	[FULLCONE_PROFILE_A_PARITY] = "parity",
	[FULLCONE_PROFILE_A_UDP] = "udp",
	[FULLCONE_PROFILE_A_UDP_HOLD] = "udp_hold",
	[FULLCONE_PROFILE_A_UDP_SHORT] = "udp_short",
	[FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS] = "unsafe_timeouts",
	[FULLCONE_PROFILE_A_LABEL] = "label",
	[FULLCONE_PROFILE_A_MARK] = "mark",
	[FULLCONE_PROFILE_A_MARK_MASK] = "mark mask",
};

const char *model_attr_name(uint8_t cmd, uint16_t type)
{
	switch (cmd) {
	case FULLCONE_CMD_MAPPING_GET:
	case FULLCONE_CMD_MAPPING_FLUSH:
		return type <= FULLCONE_MAPPING_A_MAX ? mapping_attr_names[type] : NULL;
	case FULLCONE_CMD_PROFILE_GET:
	case FULLCONE_CMD_PROFILE_SET:
		return type <= FULLCONE_PROFILE_A_MAX ? profile_attr_names[type] : NULL;
	}
	return NULL;
}

const char *model_family_name(uint8_t family)
{
	return family == NFPROTO_IPV4 ? "ip" : family == NFPROTO_IPV6 ? "ip6" : "?";
}

const char *model_proto_name(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	}
	return "?";
}

const char *model_state_name(uint8_t state)
{
	static const char *const names[__FULLCONE_STATE_MAX] = {
		[FULLCONE_STATE_OPEN] = "open",
		[FULLCONE_STATE_DRAIN] = "drain",
		[FULLCONE_STATE_HELD] = "held",
	};

	return state <= FULLCONE_STATE_MAX && names[state] ? names[state] : "?";
}

static const char *const alloc_names[__FULLCONE_ALLOC_MAX] = {
	[FULLCONE_ALLOC_PRESERVE] = "preserve",
	[FULLCONE_ALLOC_RANDOM] = "random",
	[FULLCONE_ALLOC_SEQUENTIAL] = "sequential",
};

const char *model_alloc_name(uint8_t alloc)
{
	return alloc <= FULLCONE_ALLOC_MAX ? alloc_names[alloc] : "?";
}

const char *model_parse_alloc(const char *s, uint8_t *alloc)
{
	uint8_t i;

	for (i = 0; i <= FULLCONE_ALLOC_MAX; i++) {
		if (!strcmp(s, alloc_names[i])) {
			*alloc = i;
			return NULL;
		}
	}
	return "preserve, random or sequential";
}

void model_flag_names(uint32_t flags, char *buf, size_t size)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ FULLCONE_FLAG_LOCAL_CONFLICT, "local-conflict" },
		{ FULLCONE_FLAG_OFFLOADED, "offloaded" },
		{ FULLCONE_FLAG_SHORT, "short" },
	};
	size_t used = 0, i;

	*buf = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].bit))
			continue;
		flags &= ~names[i].bit;
		used += snprintf(buf + used, size - used, "%s%s", used ? "," : "", names[i].name);
	}
	if (flags)
		snprintf(buf + used, size - used, "%s0x%x", used ? "," : "", flags);
}
