// SPDX-License-Identifier: GPL-2.0
/* The settings of a profile as words: KEY=VALUE in both directions. */
#include "profile.h"
#include "array.h"

#include <stdio.h>
#include <string.h>

static const char *const alloc_names[] = {
	[FULLCONE_ALLOC_PRESERVE] = "preserve",
	[FULLCONE_ALLOC_RANDOM] = "random",
	[FULLCONE_ALLOC_SEQUENTIAL] = "sequential",
	NULL,
};

static const char *const paired_names[] = {
	[FULLCONE_PAIRED_STRICT] = "strict",
	[FULLCONE_PAIRED_SOFT] = "soft",
	NULL,
};

static bool parse_choice(const char *s, const char *const *names, uint8_t *out)
{
	uint8_t i;

	for (i = 0; names[i]; i++) {
		if (!strcmp(s, names[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

static void format_choice(char *buf, size_t size, const char *const *names, uint8_t value)
{
	uint8_t i;

	for (i = 0; i < value && names[i]; i++)
		;
	snprintf(buf, size, "%s", names[i] ? names[i] : "?");
}

static const char *set_ports(const char *s, struct profile *p)
{
	return parse_port_range(s, &p->port_min, &p->port_max);
}

static bool format_ports(const struct profile *p, char *buf, size_t size)
{
	if (p->port_max)
		snprintf(buf, size, "%u-%u", p->port_min, p->port_max);
	else
		snprintf(buf, size, "default");
	return true;
}

static const char *set_paired(const char *s, struct profile *p)
{
	bool on;

	if (!parse_bool(s, &on)) {
		p->paired = on ? FULLCONE_PAIRED_STRICT : FULLCONE_PAIRED_SOFT;
		return NULL;
	}
	return parse_choice(s, paired_names, &p->paired) ? NULL : "strict or soft";
}

static bool format_paired(const struct profile *p, char *buf, size_t size)
{
	format_choice(buf, size, paired_names, p->paired);
	return true;
}

static const char *set_exhaust_icmp(const char *s, struct profile *p)
{
	uint32_t code;

	if (!strcmp(s, "off"))
		s = "0";
	if (parse_u32(s, 0, 13, &code) || (code > 1 && code != 13))
		return "13, 1 or off";
	p->exhaust_icmp = code;
	return NULL;
}

static bool format_exhaust_icmp(const struct profile *p, char *buf, size_t size)
{
	snprintf(buf, size, "%u", p->exhaust_icmp);
	return p->exhaust_icmp;
}

static const char *set_udp_short(const char *s, struct profile *p)
{
	return parse_short_timers(s, p->udp_short, &p->short_count);
}

static bool format_udp_short(const struct profile *p, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < p->short_count; i++)
		used += snprintf(buf + used, size - used, "%s%u:%u", i ? "," : "",
				 p->udp_short[i].port, p->udp_short[i].seconds);
	return true;
}

static const char *set_source(const char *s, struct profile *p)
{
	return parse_source(s, p->source, &p->source_count);
}

static bool format_source(const struct profile *p, char *buf, size_t size)
{
	char range[ADDR_RANGE_STRLEN];
	size_t used = 0;
	unsigned int i;

	snprintf(buf, size, "masquerade");
	for (i = 0; i < p->source_count; i++) {
		format_addr_range(&p->source[i], range, sizeof(range));
		used += snprintf(buf + used, size - used, "%s%s", i ? "," : "", range);
	}
	return true;
}

static const char *set_reserve(const char *s, struct profile *p)
{
	return parse_reserve(s, p->reserve, &p->reserve_count);
}

static bool format_reserve(const struct profile *p, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < p->reserve_count; i++) {
		const struct port_range *r = &p->reserve[i];

		used += snprintf(buf + used, size - used, "%s%u", i ? "," : "", r->first);
		if (r->last != r->first)
			used += snprintf(buf + used, size - used, "-%u", r->last);
	}
	return true;
}

static const char *set_deterministic(const char *s, struct profile *p)
{
	return parse_blocks(s, &p->blocks);
}

static bool format_deterministic(const struct profile *p, char *buf, size_t size)
{
	const struct blocks *b = &p->blocks;
	char addr[ENDPOINT_STRLEN];
	int used;

	format_addr(NFPROTO_IPV4, &b->inside, addr, sizeof(addr));
	used = snprintf(buf, size, "%s/%u:%u", addr, b->len, b->factor);
	if (b->host_ports)
		snprintf(buf + used, size - used, ":%u", b->host_ports);
	return b->len;
}

static const char *set_label(const char *s, struct profile *p)
{
	p->label = FULLCONE_LABEL_NONE;
	if (strcmp(s, "none") && parse_u32(s, 0, 127, &p->label))
		return "a number from 0 to 127, or none";
	return NULL;
}

static bool format_label(const struct profile *p, char *buf, size_t size)
{
	snprintf(buf, size, "%u", p->label);
	return p->have & BIT64(FULLCONE_PROFILE_A_LABEL) && p->label != FULLCONE_LABEL_NONE;
}

static const char *set_mark(const char *s, struct profile *p)
{
	p->mark = (struct mark){ 0 };
	return strcmp(s, "none") ? parse_mark(s, &p->mark) : NULL;
}

static bool format_mark(const struct profile *p, char *buf, size_t size)
{
	snprintf(buf, size, "0x%x/0x%x", p->mark.value, p->mark.mask);
	return p->mark.mask;
}

#define MAP_EXPECTED "eim, adm or apdm"
#define FILTER_EXPECTED "eif, adf or apdf"

/* Of enum fullcone_depend. */
static const char *const map_names[] = { "eim", "adm", "apdm", NULL };
static const char *const filter_names[] = { "eif", "adf", "apdf", NULL };

/* Settings are shown in this order, too. */
const struct setting profile_settings[] = {
#define ATTR(name) BIT64(FULLCONE_PROFILE_A_##name)
#define TEXT COL_JSON | COL_TEXT
#define WORDS(key, attrs, kind, flags, nothing, fn) \
	{ key, kind, flags, nothing, attrs, 0, NULL, NULL, set_##fn, format_##fn }
#define SWITCH(key, attr) \
	{ #key, COL_RAW, COL_JSON, NULL, ATTR(attr), offsetof(struct profile, key) }
#define NUMBER(key, attr, flags, expected) \
	{ #key, COL_NUMBER, (flags) | COL_RIGHT, NULL, ATTR(attr), offsetof(struct profile, key), \
	  expected }
#define CHOICE(key, attr, flags, member, names, expected) \
	{ key, COL_STRING, flags, NULL, ATTR(attr), offsetof(struct profile, member), expected, \
	  names }
#define SECONDS(key, attr, flags) NUMBER(key, attr, flags, "a number of seconds up to 86400")
	WORDS("label", ATTR(LABEL), COL_NUMBER, TEXT | COL_RIGHT, "none", label),
	WORDS("mark", ATTR(MARK) | ATTR(MARK_MASK), COL_STRING, TEXT, "none", mark),
	WORDS("source", ATTR(SOURCE), COL_LIST, TEXT, NULL, source),
	WORDS("paired", ATTR(PAIRED), COL_STRING, COL_JSON, NULL, paired),
	WORDS("ports", ATTR(PORT_MIN) | ATTR(PORT_MAX), COL_STRING, TEXT, NULL, ports),
	WORDS("deterministic", ATTR(DETERMINISTIC), COL_STRING, COL_JSON, "off", deterministic),
	WORDS("reserve", ATTR(RESERVE), COL_LIST, COL_JSON, "none", reserve),
	CHOICE("alloc", ALLOC, TEXT, alloc, alloc_names, "preserve, random or sequential"),
	CHOICE("map.udp", MAP_UDP, TEXT, map_udp, map_names, MAP_EXPECTED),
	CHOICE("map.tcp", MAP_TCP, COL_JSON, map_tcp, map_names, MAP_EXPECTED),
	CHOICE("map.icmp", MAP_ICMP, COL_JSON, map_icmp, map_names, MAP_EXPECTED),
	CHOICE("filter.udp", FILTER_UDP, TEXT, filter_udp, filter_names, FILTER_EXPECTED),
	CHOICE("filter.tcp", FILTER_TCP, COL_JSON, filter_tcp, filter_names, FILTER_EXPECTED),
	SWITCH(parity, PARITY),
	SWITCH(hairpin, HAIRPIN),
	SWITCH(local_check, LOCAL_CHECK),
	NUMBER(host_max, HOST_MAX, TEXT, "a number from 0, no limit, to 4194304"),
	NUMBER(host_rate, HOST_RATE, COL_JSON, "a number from 0, no limit, to 1000000"),
	NUMBER(max_mappings, MAX_MAPPINGS, TEXT, "a number from 1 to 4194304"),
	NUMBER(in_max, IN_MAX, COL_JSON, "a number from 0, no limit, to 4194304"),
	NUMBER(filter_max, FILTER_MAX, COL_JSON, "a number from 1 to 65536"),
	NUMBER(hold_max, HOLD_MAX, COL_JSON, "a number from 0, no hold, to 65535"),
	SECONDS(udp, UDP, TEXT),
	SECONDS(udp_hold, UDP_HOLD, TEXT),
	WORDS("udp_short", ATTR(UDP_SHORT), COL_LIST, COL_JSON, "none", udp_short),
	SECONDS(tcp_open, TCP_OPEN, COL_JSON),
	SECONDS(tcp_close, TCP_CLOSE, COL_JSON),
	SECONDS(tcp_rst, TCP_RST, COL_JSON),
	SECONDS(tcp_est, TCP_EST, COL_JSON),
	SECONDS(tcp_hold, TCP_HOLD, COL_JSON),
	SECONDS(icmp, ICMP, COL_JSON),
	SWITCH(session_floors, SESSION_FLOORS),
	SWITCH(syn_silent, SYN_SILENT),
	SWITCH(ip6, IP6),
	WORDS("exhaust_icmp", ATTR(EXHAUST_ICMP), COL_NUMBER, COL_JSON | COL_RIGHT, "off",
	      exhaust_icmp),
	SWITCH(log_dst, LOG_DST),
	SWITCH(unsafe_timeouts, UNSAFE_TIMEOUTS),
};

const size_t profile_setting_count = sizeof(profile_settings) / sizeof(profile_settings[0]);

bool profile_setting_cell(const struct profile *p, const struct setting *s, char *buf,
			  size_t size)
{
	const void *member = (const char *)p + s->offset;

	if (s->format)
		return s->format(p, buf, size);
	if (s->kind == COL_RAW)
		snprintf(buf, size, "%s", *(const uint8_t *)member ? "true" : "false");
	else if (s->choices)
		format_choice(buf, size, s->choices, *(const uint8_t *)member);
	else
		snprintf(buf, size, "%u", *(const uint32_t *)member);
	return true;
}

void profile_setting_print(const struct profile *p, const struct setting *s, FILE *out)
{
	char text[CELL_SIZE];
	const char *value = text;

	if (!profile_setting_cell(p, s, text, sizeof(text)))
		*text = '\0';
	if (!*text)
		value = s->nothing;
	if (s->kind == COL_RAW)
		value = !strcmp(text, "true") ? "on" : "off";
	fprintf(out, "%s=%s", s->key, value);
}

/* --- reading words --- */

/* Keys for several protocols at once; a key for a single protocol overrides them. */
static const struct group {
	const char *key;
	uint64_t attrs;
} groups[] = {
	{ "map", ATTR(MAP_UDP) | ATTR(MAP_TCP) | ATTR(MAP_ICMP) },
	{ "filter", ATTR(FILTER_UDP) | ATTR(FILTER_TCP) },
};

/* What was said so far. */
struct words {
	struct profile *p;
	uint64_t by_group;	/* of p->have, what may still be said for one protocol */
	unsigned int groups;	/* that were said, a bit each */
};

static int unknown_key(const char *word)
{
	char known[1024];
	size_t used = 0, i;

	for (i = 0; i < profile_setting_count; i++)
		used += snprintf(known + used, sizeof(known) - used, " %s",
				 profile_settings[i].key);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		used += snprintf(known + used, sizeof(known) - used, " %s", groups[i].key);
	return usage_error("profile set \"%s\": expected one of the keys%s", word, known);
}

static const char *parse_value(const struct setting *s, const char *value, struct profile *p)
{
	void *member = (char *)p + s->offset;
	const char *expected;
	bool on = false;

	if (s->set)
		return s->set(value, p);
	if (s->choices)
		return parse_choice(value, s->choices, member) ? NULL : s->expected;
	if (s->kind != COL_RAW)
		return parse_u32(value, 0, UINT32_MAX, member) ? s->expected : NULL;
	expected = parse_bool(value, &on);
	*(uint8_t *)member = on;
	return expected;
}

static bool is_key(const char *key, const char *word, size_t len)
{
	return strlen(key) == len && !strncmp(word, key, len);
}

static const char *parse_group(const struct group *group, const char *value, struct words *w)
{
	struct profile unused;
	const char *expected = NULL;
	size_t i;

	for (i = 0; !expected && i < profile_setting_count; i++) {
		const struct setting *s = &profile_settings[i];

		if (!(s->attrs & group->attrs))
			continue;
		/* what was set for one protocol stays, but a bad value is still refused */
		if (s->attrs & w->p->have) {
			expected = parse_value(s, value, &unused);
			continue;
		}
		expected = parse_value(s, value, w->p);
		w->p->have |= s->attrs;
		w->by_group |= s->attrs;
	}
	return expected;
}

static int parse_word(const char *word, struct words *w)
{
	size_t len = strcspn(word, "=");
	const struct group *group = NULL;
	const struct setting *s = NULL;
	const char *expected;
	bool twice;
	size_t i;

	if (!word[len])
		return usage_error("profile set \"%s\": expected KEY=VALUE", word);
	for (i = 0; i < profile_setting_count; i++)
		if (is_key(profile_settings[i].key, word, len))
			s = &profile_settings[i];
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (is_key(groups[i].key, word, len))
			group = &groups[i];
	if (!s && !group)
		return unknown_key(word);
	if (s)
		twice = w->p->have & s->attrs & ~w->by_group;
	else
		twice = w->groups & 1 << (group - groups);
	if (twice)
		return usage_error("profile set: %.*s is given twice", (int)len, word);
	if (s) {
		expected = parse_value(s, word + len + 1, w->p);
		w->p->have |= s->attrs;
		w->by_group &= ~s->attrs;
	} else {
		expected = parse_group(group, word + len + 1, w);
		w->groups |= 1 << (group - groups);
	}
	if (expected)
		return usage_error("profile set \"%s\": expected %s", word, expected);
	return STATUS_DONE;
}

int profile_words_parse(int argc, char **argv, struct profile *p)
{
	struct words w = { .p = p };
	const char *expected;
	int status, i;

	memset(p, 0, sizeof(*p));
	if (!argc)
		return usage_error("profile set: expected a name, and KEY=VALUE...");
	expected = parse_profile_name(argv[0]);
	if (expected)
		return usage_error("profile \"%s\": expected %s", argv[0], expected);
	strcpy(p->name, argv[0]);
	p->have = BIT64(FULLCONE_PROFILE_A_NAME);
	for (i = 1; i < argc; i++) {
		status = parse_word(argv[i], &w);
		if (status)
			return status;
	}
	return STATUS_DONE;
}
