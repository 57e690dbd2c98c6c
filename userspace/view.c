// SPDX-License-Identifier: GPL-2.0
/* How a mapping is shown, by list, get and add. */
#include "view.h"
#include "array.h"
#include "model.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

enum {
	C_FAMILY, C_PROTO, C_INT_ADDR, C_INT_PORT, C_EXT_ADDR, C_EXT_PORT, C_REMOTE_ADDR,
	C_REMOTE_PORT, C_REALM, C_PROFILE, C_STATE, C_SESSIONS, C_EXPIRES_MS, C_AGE_MS, C_ZONE,
	C_IFINDEX, C_FLAGS, C_MAP, C_FILTER, C_REMOTES, C_INTERNAL, C_EXTERNAL, C_REMOTE,
	C_EXPIRES, C_AGE, C_OIF, C_MODE,
};

/*
 * The names with COL_JSON are the contract of "list -j". The others are for people,
 * who read endpoints and times more easily in one piece; view_mappings() has the order
 * of the table.
 */
static const struct column columns[] = {
	[C_FAMILY] = { "family", COL_STRING, COL_JSON },
	[C_PROTO] = { "proto", COL_STRING, COL_JSON },
	[C_INT_ADDR] = { "int_addr", COL_STRING, COL_JSON },
	[C_INT_PORT] = { "int_port", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_EXT_ADDR] = { "ext_addr", COL_STRING, COL_JSON },
	[C_EXT_PORT] = { "ext_port", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_REMOTE_ADDR] = { "remote_addr", COL_STRING, COL_JSON },
	[C_REMOTE_PORT] = { "remote_port", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_REALM] = { "realm", COL_STRING, COL_JSON },
	[C_PROFILE] = { "profile", COL_STRING, COL_JSON },
	[C_STATE] = { "state", COL_STRING, COL_JSON | COL_STATE },
	[C_SESSIONS] = { "sessions", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_EXPIRES_MS] = { "expires_ms", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_AGE_MS] = { "age_ms", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_ZONE] = { "zone", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_IFINDEX] = { "ifindex", COL_NUMBER, COL_JSON | COL_RIGHT },
	[C_FLAGS] = { "flags", COL_LIST, COL_JSON },
	[C_MAP] = { "map", COL_STRING, COL_JSON },
	[C_FILTER] = { "filter", COL_STRING, COL_JSON },
	[C_REMOTES] = { "remotes", COL_LIST, COL_JSON },
	[C_INTERNAL] = { "internal", COL_STRING, 0 },
	[C_EXTERNAL] = { "external", COL_STRING, 0 },
	[C_EXPIRES] = { "expires", COL_STRING, COL_RIGHT },
	[C_AGE] = { "age", COL_STRING, COL_RIGHT },
	[C_OIF] = { "oif", COL_STRING, 0 },
	[C_REMOTE] = { "remote", COL_STRING, COL_SPARSE },
	[C_MODE] = { "mode", COL_STRING, COL_SPARSE },
};

static bool number(char *buf, size_t size, uint64_t value)
{
	snprintf(buf, size, "%" PRIu64, value);
	return true;
}

static bool string(char *buf, size_t size, const char *s)
{
	snprintf(buf, size, "%s", s);
	return true;
}

static bool address(char *buf, size_t size, const struct mapping *m, const union addr *addr)
{
	format_addr(m->family, addr, buf, size);
	return true;
}

/* "ADDR:PORT", or "ADDR" if there is no port. */
static bool endpoint(char *buf, size_t size, const struct mapping *m, const union addr *addr,
		     uint16_t port, bool has_port)
{
	struct endpoint ep = {
		.family = m->family, .has_port = has_port, .port = port, .addr = *addr,
	};

	format_endpoint(&ep, buf, size);
	return true;
}

/* 9s, 4m59s, 2h05m, 3d04h. A started second counts: 0s would mean that it is over. */
static bool duration(char *buf, size_t size, uint64_t ms)
{
	uint64_t s = (ms + 999) / 1000;

	if (s < 60)
		snprintf(buf, size, "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(buf, size, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		snprintf(buf, size, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
	return true;
}

/* Listing 60 000 mappings should not ask the kernel 60 000 times for one name. */
void view_device(char *buf, size_t size, uint32_t ifindex)
{
	static char name[IF_NAMESIZE];
	static uint32_t known;

	if (ifindex != known && !if_indextoname(ifindex, name)) {
		known = 0;
		snprintf(buf, size, "#%u", ifindex);
		return;
	}
	known = ifindex;
	snprintf(buf, size, "%s", name);
}

static bool has(const struct mapping *m, unsigned int attr)
{
	return m->have & BIT(attr);
}

static bool time_cell(const struct mapping *m, size_t column, char *buf, size_t size)
{
	switch (column) {
	case C_EXPIRES_MS:
		return has(m, FULLCONE_MAPPING_A_EXPIRES) && number(buf, size, m->expires_ms);
	case C_EXPIRES:
		return has(m, FULLCONE_MAPPING_A_EXPIRES) && duration(buf, size, m->expires_ms);
	case C_AGE_MS:
		return has(m, FULLCONE_MAPPING_A_AGE) && number(buf, size, m->age_ms);
	case C_AGE:
		return has(m, FULLCONE_MAPPING_A_AGE) && duration(buf, size, m->age_ms);
	}
	return false;
}

/* The remotes that may begin sessions with an explicit mapping; none: the filter decides. */
static bool remotes(char *buf, size_t size, const struct mapping *m)
{
	char text[ENDPOINT_STRLEN];
	size_t used = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < m->remote_count; i++) {
		format_endpoint(&m->remotes[i], text, sizeof(text));
		used += snprintf(buf + used, size - used, "%s%s", i ? "," : "", text);
	}
	return true;
}

static bool mode_cell(const struct mapping *m, size_t column, char *buf, size_t size)
{
	switch (column) {
	case C_MAP:
		return has(m, FULLCONE_MAPPING_A_MAP) && string(buf, size, model_map_name(m->map));
	case C_FILTER:
		return has(m, FULLCONE_MAPPING_A_FILTER) &&
		       string(buf, size, model_filter_name(m->filter));
	case C_REMOTES:
		return remotes(buf, size, m);
	case C_MODE:
		/* Nothing is shown of the full cone. */
		snprintf(buf, size, "%s/%s", model_map_name(m->map),
			 m->remote_count ? "remotes" : model_filter_name(m->filter));
		return m->map || m->filter || m->remote_count;
	}
	return false;
}

static bool endpoint_cell(const struct mapping *m, size_t column, char *buf, size_t size)
{
	switch (column) {
	case C_INT_ADDR:
		return has(m, FULLCONE_MAPPING_A_INT_ADDR) && address(buf, size, m, &m->int_addr);
	case C_INT_PORT:
		return has(m, FULLCONE_MAPPING_A_INT_PORT) && number(buf, size, m->int_port);
	case C_INTERNAL:
		return has(m, FULLCONE_MAPPING_A_INT_ADDR) &&
		       endpoint(buf, size, m, &m->int_addr, m->int_port, true);
	case C_EXT_ADDR:
		return has(m, FULLCONE_MAPPING_A_EXT_ADDR) && address(buf, size, m, &m->ext_addr);
	case C_EXT_PORT:
		return has(m, FULLCONE_MAPPING_A_EXT_PORT) && number(buf, size, m->ext_port);
	case C_EXTERNAL:
		return has(m, FULLCONE_MAPPING_A_EXT_ADDR) &&
		       endpoint(buf, size, m, &m->ext_addr, m->ext_port, true);
	case C_REMOTE_ADDR:
		return has(m, FULLCONE_MAPPING_A_REMOTE_ADDR) &&
		       address(buf, size, m, &m->remote_addr);
	case C_REMOTE_PORT:
		return has(m, FULLCONE_MAPPING_A_REMOTE_PORT) && number(buf, size, m->remote_port);
	case C_REMOTE:
		return has(m, FULLCONE_MAPPING_A_REMOTE_ADDR) &&
		       endpoint(buf, size, m, &m->remote_addr, m->remote_port,
				has(m, FULLCONE_MAPPING_A_REMOTE_PORT));
	}
	return time_cell(m, column, buf, size);
}

static bool mapping_cell(const void *row, size_t column, char *buf, size_t size)
{
	const struct mapping *m = row;

	switch (column) {
	case C_FAMILY:
		return has(m, FULLCONE_MAPPING_A_FAMILY) &&
		       string(buf, size, model_family_name(m->family));
	case C_PROTO:
		return has(m, FULLCONE_MAPPING_A_PROTO) &&
		       string(buf, size, model_proto_name(m->proto));
	case C_REALM:
		return has(m, FULLCONE_MAPPING_A_REALM) && string(buf, size, m->realm);
	case C_PROFILE:
		return has(m, FULLCONE_MAPPING_A_PROFILE) && string(buf, size, m->profile);
	case C_STATE:
		return has(m, FULLCONE_MAPPING_A_STATE) &&
		       string(buf, size, model_state_name(m->state));
	case C_SESSIONS:
		return has(m, FULLCONE_MAPPING_A_SESSIONS) && number(buf, size, m->sessions);
	case C_ZONE:
		return number(buf, size, m->zone);
	case C_IFINDEX:
		return has(m, FULLCONE_MAPPING_A_IFINDEX) && number(buf, size, m->ifindex);
	case C_OIF:
		view_device(buf, size, m->ifindex);
		return has(m, FULLCONE_MAPPING_A_IFINDEX);
	case C_FLAGS:
		model_flag_names(m->flags, buf, size);
		return true;
	case C_MAP:
	case C_FILTER:
	case C_REMOTES:
	case C_MODE:
		return mode_cell(m, column, buf, size);
	}
	return endpoint_cell(m, column, buf, size);
}

struct listing *view_mappings(const struct options *opt, int *status)
{
	static const char table_order[] =
		"proto,internal,external,remote,mode,state,sessions,expires,age,oif,profile,flags";
	struct options with_columns = *opt;
	struct listing *l;
	bool usual = !(opt->given & (OPT_JSON | OPT_COLUMNS));

	if (usual) {
		with_columns.given |= OPT_COLUMNS;
		with_columns.columns = table_order;
	}
	l = listing_begin(&with_columns, "mappings", columns,
			  ARRAY_SIZE(columns), mapping_cell, status);
	if (l && usual)
		listing_leave_out_empty(l);
	return l;
}
