// SPDX-License-Identifier: GPL-2.0
/* The one place that reads attributes of the family; sizes are checked, unknown ones ignored. */
#include "model.h"
#include "array.h"
#include "attr.h"
#include "profile.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

static int remote_attr(const struct nlattr *attr, struct endpoint *ep, unsigned int *len)
{
	switch (mnl_attr_get_type(attr)) {
	case FULLCONE_REMOTE_A_ADDR:
		return attr_addr(attr, &ep->addr, len);
	case FULLCONE_REMOTE_A_PREFIX_LEN:
		ep->has_len = true;
		return attr_u8(attr, &ep->len);
	case FULLCONE_REMOTE_A_PORT:
		ep->has_port = true;
		return attr_port(attr, &ep->port);
	}
	return 0;
}

static int remote_entry(const struct nlattr *entry, struct endpoint *ep)
{
	const struct nlattr *attr;
	unsigned int len = 0;
	int ret;

	memset(ep, 0, sizeof(*ep));
	mnl_attr_for_each_nested(attr, entry) {
		ret = remote_attr(attr, ep, &len);
		if (ret)
			return ret;
	}
	ep->family = len == sizeof(ep->addr.in6) ? NFPROTO_IPV6 : NFPROTO_IPV4;
	if (ep->has_len && ep->len == len * 8)
		ep->has_len = false;
	if (!ep->has_len)
		ep->len = len * 8;
	return len && ep->len <= len * 8 ? 0 : -EBADMSG;
}

static int remote_list(const struct nlattr *list, struct mapping *m)
{
	const struct nlattr *entry;
	int ret;

	m->remote_count = 0;
	mnl_attr_for_each_nested(entry, list) {
		if (mnl_attr_get_type(entry) != FULLCONE_REMOTE_A_ENTRY)
			continue;
		if (m->remote_count == FULLCONE_REMOTES_MAX)
			return -EBADMSG;
		ret = remote_entry(entry, &m->remotes[m->remote_count++]);
		if (ret)
			return ret;
	}
	return 0;
}

static int mapping_attr(const struct nlattr *attr, struct mapping *m, unsigned int *len)
{
	switch (mnl_attr_get_type(attr)) {
	case FULLCONE_MAPPING_A_FAMILY:
		return attr_u8(attr, &m->family);
	case FULLCONE_MAPPING_A_PROTO:
		return attr_u8(attr, &m->proto);
	case FULLCONE_MAPPING_A_ZONE:
		return attr_u16(attr, &m->zone);
	case FULLCONE_MAPPING_A_INT_ADDR:
		return attr_addr(attr, &m->int_addr, &len[0]);
	case FULLCONE_MAPPING_A_INT_PORT:
		return attr_port(attr, &m->int_port);
	case FULLCONE_MAPPING_A_EXT_ADDR:
		return attr_addr(attr, &m->ext_addr, &len[1]);
	case FULLCONE_MAPPING_A_EXT_PORT:
		return attr_port(attr, &m->ext_port);
	case FULLCONE_MAPPING_A_REMOTE_ADDR:
		return attr_addr(attr, &m->remote_addr, &len[2]);
	case FULLCONE_MAPPING_A_REMOTE_PORT:
		return attr_port(attr, &m->remote_port);
	case FULLCONE_MAPPING_A_REALM:
		return attr_name(attr, m->realm);
	case FULLCONE_MAPPING_A_IFINDEX:
		return attr_u32(attr, &m->ifindex);
	case FULLCONE_MAPPING_A_PROFILE:
		return attr_name(attr, m->profile);
	case FULLCONE_MAPPING_A_STATE:
		return attr_u8(attr, &m->state);
	case FULLCONE_MAPPING_A_SESSIONS:
		return attr_u32(attr, &m->sessions);
	case FULLCONE_MAPPING_A_EXPIRES:
		return attr_u64(attr, &m->expires_ms);
	case FULLCONE_MAPPING_A_AGE:
		return attr_u64(attr, &m->age_ms);
	case FULLCONE_MAPPING_A_FLAGS:
		return attr_u32(attr, &m->flags);
	case FULLCONE_MAPPING_A_COUNT:
		return attr_u32(attr, &m->count);
	case FULLCONE_MAPPING_A_LEFT_OUT:
		return attr_u32(attr, &m->left_out);
	case FULLCONE_MAPPING_A_MAP:
		return attr_u8(attr, &m->map);
	case FULLCONE_MAPPING_A_FILTER:
		return attr_u8(attr, &m->filter);
	case FULLCONE_MAPPING_A_REMOTES:
		return remote_list(attr, m);
	}
	return 0;
}

int model_parse_mapping_attrs(const void *attrs, size_t size, struct mapping *m)
{
	unsigned int len[3] = { 0 };
	const struct nlattr *attr;
	unsigned int i;

	memset(m, 0, sizeof(*m));
	mnl_attr_for_each_payload(attrs, size) {
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

int model_parse_mapping(const struct nlmsghdr *nlh, struct mapping *m)
{
	return model_parse_mapping_attrs(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
					 mnl_nlmsg_get_payload_len(nlh) - GENL_HDRLEN, m);
}

/* State is small in the protocol and counters are wide; here all are 64 bits. */
static int stats_attr(const struct nlattr *attr, struct stats *s)
{
	uint16_t type = mnl_attr_get_type(attr);
	uint32_t narrow = 0;
	uint8_t byte = 0;
	int ret;

	switch (type) {
	case FULLCONE_STATS_A_PAD:
		return 0;
	case FULLCONE_STATS_A_PROFILE:
		return attr_name(attr, s->profile);
	case FULLCONE_STATS_A_PROTO:
		return attr_u8(attr, &s->proto);
	case FULLCONE_STATS_A_ACTIVE:
		ret = attr_u8(attr, &byte);
		s->value[type] = byte;
		return ret;
	case FULLCONE_STATS_A_MAPPINGS:
	case FULLCONE_STATS_A_MAPPINGS_MAX:
	case FULLCONE_STATS_A_ADDRESSES:
	case FULLCONE_STATS_A_HOSTS:
	case FULLCONE_STATS_A_LEFT_OUT:
		ret = attr_u32(attr, &narrow);
		s->value[type] = narrow;
		return ret;
	}
	return attr_u64(attr, &s->value[type]);
}

int model_parse_stats(const struct nlmsghdr *nlh, struct stats *s)
{
	const struct nlattr *attr;
	int ret;

	memset(s, 0, sizeof(*s));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type > FULLCONE_STATS_A_MAX)
			continue;
		ret = stats_attr(attr, s);
		if (ret)
			return ret;
		s->have |= BIT64(type);
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
	[FULLCONE_MAPPING_A_LIFETIME] = "lifetime",
	[FULLCONE_MAPPING_A_EXACT] = "exact",
	[FULLCONE_MAPPING_A_STATIC] = "static",
	[FULLCONE_MAPPING_A_PARITY] = "parity",
	[FULLCONE_MAPPING_A_REMOTES] = "remote",
};

const char *model_attr_name(uint8_t cmd, uint16_t type)
{
	switch (cmd) {
	case FULLCONE_CMD_MAPPING_GET:
	case FULLCONE_CMD_MAPPING_FLUSH:
	case FULLCONE_CMD_MAPPING_ADD:
	case FULLCONE_CMD_MAPPING_DEL:
		return type <= FULLCONE_MAPPING_A_MAX ? mapping_attr_names[type] : NULL;
	case FULLCONE_CMD_PROFILE_GET:
	case FULLCONE_CMD_PROFILE_SET:
	case FULLCONE_CMD_PROFILE_DEL:
		return profile_attr_name(type);
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

const char *model_map_name(uint8_t depend)
{
	static const char *const names[] = { "eim", "adm", "apdm" };

	return depend < ARRAY_SIZE(names) ? names[depend] : "?";
}

const char *model_filter_name(uint8_t depend)
{
	static const char *const names[] = { "eif", "adf", "apdf" };

	return depend < ARRAY_SIZE(names) ? names[depend] : "?";
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
		{ FULLCONE_FLAG_STATIC, "static" },
		{ FULLCONE_FLAG_EXPLICIT, "explicit" },
		{ FULLCONE_FLAG_ADOPTED, "adopted" },
		{ FULLCONE_FLAG_ZONE_DIR, "zone-dir" },
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
