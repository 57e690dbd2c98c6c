// SPDX-License-Identifier: GPL-2.0
/* Events: from attributes of the protocol to a line of text or of JSON. */
#include "event.h"
#include "array.h"
#include "attr.h"
#include "output.h"
#include "view.h"

#include <inttypes.h>
#include <linux/genetlink.h>
#include <string.h>
#include <time.h>

int event_parse(const struct nlmsghdr *nlh, struct event *e)
{
	const struct nlattr *attr;
	int ret = 0;

	memset(e, 0, sizeof(*e));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case FULLCONE_EVENT_A_TYPE:
			ret = attr_u8(attr, &e->type);
			break;
		case FULLCONE_EVENT_A_TIME:
			ret = attr_u64(attr, &e->time_ms);
			break;
		case FULLCONE_EVENT_A_REASON:
			ret = attr_u8(attr, &e->reason);
			break;
		case FULLCONE_EVENT_A_MAPPING:
			ret = model_parse_mapping_attrs(mnl_attr_get_payload(attr),
							mnl_attr_get_payload_len(attr),
							&e->mapping);
			break;
		}
		if (ret)
			return ret;
	}
	return 0;
}

/* The names of RFC 8158, in words. */
static const char *event_name(uint8_t type)
{
	static const char *const names[] = {
		[FULLCONE_EVENT_ADDRESSES_EXHAUSTED] = "addresses-exhausted",
		[FULLCONE_EVENT_MAPPING_CREATE] = "mapping-create",
		[FULLCONE_EVENT_MAPPING_DELETE] = "mapping-delete",
		[FULLCONE_EVENT_PORTS_EXHAUSTED] = "ports-exhausted",
		[FULLCONE_EVENT_QUOTA_EXCEEDED] = "quota-exceeded",
		[FULLCONE_EVENT_ADDRESS_BIND] = "address-bind",
		[FULLCONE_EVENT_ADDRESS_UNBIND] = "address-unbind",
		[FULLCONE_EVENT_PORT_BLOCK_BIND] = "port-block-bind",
		[FULLCONE_EVENT_PORT_BLOCK_UNBIND] = "port-block-unbind",
		[FULLCONE_EVENT_THRESHOLD] = "threshold",
	};

	return type < ARRAY_SIZE(names) && names[type] ? names[type] : "unknown";
}

static const char *reason_name(uint8_t reason)
{
	static const char *const names[__FULLCONE_REASON_MAX] = {
		[FULLCONE_REASON_EXPIRED] = "expired",
		[FULLCONE_REASON_FLUSHED] = "flushed",
		[FULLCONE_REASON_ADDR_GONE] = "addr-gone",
		[FULLCONE_REASON_DELETED] = "deleted",
		[FULLCONE_REASON_REUSED] = "reused",
		[FULLCONE_REASON_MAX_MAPPINGS] = "max-mappings",
		[FULLCONE_REASON_HOST_MAX] = "host-max",
		[FULLCONE_REASON_HOST_RATE] = "host-rate",
	};

	return reason <= FULLCONE_REASON_MAX && names[reason] ? names[reason] : "unknown";
}

/* 2026-01-31T13:05:09.123, in local time. */
static void format_time(uint64_t ms, char *buf, size_t size)
{
	time_t seconds = ms / 1000;
	struct tm tm;
	size_t used;

	if (!localtime_r(&seconds, &tm)) {
		snprintf(buf, size, "?");
		return;
	}
	used = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + used, size - used, ".%03u", (unsigned int)(ms % 1000));
}

/* "ADDR:PORT", or "ADDR" where no port is known, as of a host. */
static bool format_side(const struct mapping *m, unsigned int addr_attr, unsigned int port_attr,
			const union addr *addr, uint16_t port, char *buf, size_t size)
{
	struct endpoint ep = {
		.family = m->family, .addr = *addr, .port = port,
		.has_port = m->have & BIT(port_attr),
	};

	if (!(m->have & BIT(addr_attr)))
		return false;
	format_endpoint(&ep, buf, size);
	return true;
}

void event_print_text(const struct event *e, FILE *out)
{
	const struct mapping *m = &e->mapping;
	char text[ENDPOINT_STRLEN];

	format_time(e->time_ms, text, sizeof(text));
	fprintf(out, "%s %s", text, event_name(e->type));
	if (m->have & BIT(FULLCONE_MAPPING_A_PROTO))
		fprintf(out, " %s", model_proto_name(m->proto));
	if (format_side(m, FULLCONE_MAPPING_A_INT_ADDR, FULLCONE_MAPPING_A_INT_PORT,
			&m->int_addr, m->int_port, text, sizeof(text)))
		fprintf(out, " %s", text);
	if (format_side(m, FULLCONE_MAPPING_A_EXT_ADDR, FULLCONE_MAPPING_A_EXT_PORT,
			&m->ext_addr, m->ext_port, text, sizeof(text)))
		fprintf(out, " -> %s", text);
	if (format_side(m, FULLCONE_MAPPING_A_REMOTE_ADDR, FULLCONE_MAPPING_A_REMOTE_PORT,
			&m->remote_addr, m->remote_port, text, sizeof(text)))
		fprintf(out, " remote %s", text);
	if (m->zone)
		fprintf(out, " zone %u", m->zone);
	if (m->have & BIT(FULLCONE_MAPPING_A_IFINDEX) && m->ifindex) {
		view_device(text, sizeof(text), m->ifindex);
		fprintf(out, " oif %s", text);
	}
	if (m->have & BIT(FULLCONE_MAPPING_A_REALM))
		fprintf(out, " realm %s", m->realm);
	if (m->have & BIT(FULLCONE_MAPPING_A_PROFILE))
		fprintf(out, " profile %s", m->profile);
	if (e->reason)
		fprintf(out, " reason %s", reason_name(e->reason));
	putc('\n', out);
}

static void json_name(FILE *out, const char *key, bool has, const char *value)
{
	fprintf(out, ",\"%s\":", key);
	if (has)
		json_string(out, value);
	else
		fputs("null", out);
}

static void json_number(FILE *out, const char *key, bool has, uint32_t value)
{
	if (has)
		fprintf(out, ",\"%s\":%u", key, value);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void json_addr(FILE *out, const char *key, const struct mapping *m, bool has,
		      const union addr *addr)
{
	char text[ENDPOINT_STRLEN];

	format_addr(m->family, addr, text, sizeof(text));
	json_name(out, key, has, text);
}

/* The keys are those of "list", as far as an event has them. */
void event_print_json(const struct event *e, FILE *out)
{
	const struct mapping *m = &e->mapping;

#define HAS(attr) (m->have & BIT(FULLCONE_MAPPING_A_##attr))
	fprintf(out, "{\"event\":%u,\"name\":\"%s\",\"time_ms\":%" PRIu64, e->type,
		event_name(e->type), e->time_ms);
	json_name(out, "reason", e->reason, reason_name(e->reason));
	json_name(out, "family", HAS(FAMILY), model_family_name(m->family));
	json_name(out, "proto", HAS(PROTO), model_proto_name(m->proto));
	json_addr(out, "int_addr", m, HAS(INT_ADDR), &m->int_addr);
	json_number(out, "int_port", HAS(INT_PORT), m->int_port);
	json_addr(out, "ext_addr", m, HAS(EXT_ADDR), &m->ext_addr);
	json_number(out, "ext_port", HAS(EXT_PORT), m->ext_port);
	json_addr(out, "remote_addr", m, HAS(REMOTE_ADDR), &m->remote_addr);
	json_number(out, "remote_port", HAS(REMOTE_PORT), m->remote_port);
	json_name(out, "realm", HAS(REALM), m->realm);
	json_name(out, "profile", HAS(PROFILE), m->profile);
	json_number(out, "zone", HAS(ZONE), m->zone);
	json_number(out, "ifindex", HAS(IFINDEX), m->ifindex);
	fputs("}\n", out);
#undef HAS
}
