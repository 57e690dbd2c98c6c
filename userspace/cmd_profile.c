// SPDX-License-Identifier: GPL-2.0
/* profile list, show and set: named settings, and what selects them. */
#include "cmd.h"
#include "array.h"
#include "genl.h"
#include "model.h"
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	C_NAME, C_PORTS, C_ALLOC, C_PARITY, C_UDP, C_UDP_HOLD, C_UDP_SHORT, C_UNSAFE, C_LABEL,
	C_MARK,
};

/* After the name, these are the keys of "profile set" too. */
static const struct column columns[] = {
	[C_NAME] = { "name", COL_STRING, COL_JSON | COL_TEXT },
	[C_PORTS] = { "ports", COL_STRING, COL_JSON | COL_TEXT },
	[C_ALLOC] = { "alloc", COL_STRING, COL_JSON | COL_TEXT },
	[C_PARITY] = { "parity", COL_RAW, COL_JSON | COL_TEXT },
	[C_UDP] = { "udp", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT },
	[C_UDP_HOLD] = { "udp_hold", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT },
	[C_UDP_SHORT] = { "udp_short", COL_LIST, COL_JSON | COL_TEXT },
	[C_UNSAFE] = { "unsafe_timeouts", COL_RAW, COL_JSON },
	[C_LABEL] = { "label", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT },
	[C_MARK] = { "mark", COL_STRING, COL_JSON | COL_TEXT },
};

#define COLUMN_COUNT ARRAY_SIZE(columns)

static bool short_cell(const struct profile *p, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < p->short_count; i++)
		used += snprintf(buf + used, size - used, "%s%u:%u", i ? "," : "",
				 p->udp_short[i].port, p->udp_short[i].seconds);
	return true;
}

static bool profile_cell(const void *row, size_t column, char *buf, size_t size)
{
	const struct profile *p = row;

	switch (column) {
	case C_NAME:
		snprintf(buf, size, "%s", p->name);
		return true;
	case C_PORTS:
		if (p->port_max)
			snprintf(buf, size, "%u-%u", p->port_min, p->port_max);
		else
			snprintf(buf, size, "default");
		return true;
	case C_ALLOC:
		snprintf(buf, size, "%s", model_alloc_name(p->alloc));
		return true;
	case C_PARITY:
		snprintf(buf, size, "%s", p->parity ? "true" : "false");
		return true;
	case C_UDP:
		snprintf(buf, size, "%u", p->udp);
		return true;
	case C_UDP_HOLD:
		snprintf(buf, size, "%u", p->udp_hold);
		return true;
	case C_UDP_SHORT:
		return short_cell(p, buf, size);
	case C_UNSAFE:
		snprintf(buf, size, "%s", p->unsafe_timeouts ? "true" : "false");
		return true;
	case C_LABEL:
		snprintf(buf, size, "%u", p->label);
		return p->have & BIT(FULLCONE_PROFILE_A_LABEL) && p->label != FULLCONE_LABEL_NONE;
	case C_MARK:
		snprintf(buf, size, "0x%x/0x%x", p->mark.value, p->mark.mask);
		return p->mark.mask;
	}
	return false;
}

static int list_one(const struct nlmsghdr *nlh, void *data)
{
	struct profile p;
	int ret = model_parse_profile(nlh, &p);

	return ret ? ret : listing_row(data, &p);
}

int cmd_profile_list(const struct options *opt, int argc, char **argv)
{
	struct listing *l;
	struct genl g;
	int status;
	int ret;

	if (argc)
		return usage_error("profile list \"%s\": takes no words", argv[0]);
	l = listing_begin(opt, "profiles", columns, COLUMN_COUNT, profile_cell, &status);
	if (!l)
		return status;
	ret = genl_open(&g);
	if (!ret) {
		genl_request(&g, FULLCONE_CMD_PROFILE_GET);
		ret = genl_dump(&g, list_one, l);
		genl_close(&g);
	}
	status = listing_end(l, !ret);
	return ret ? fail("%s", g.nl.error) : status;
}

static int keep(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_profile(nlh, data);
}

/* One setting a line, in the words of "profile set". */
static void print_settings(const struct profile *p)
{
	char text[CELL_SIZE];
	size_t i;

	printf("profile %s\n", p->name);
	for (i = C_NAME + 1; i < COLUMN_COUNT; i++) {
		const char *value = text;

		if (!profile_cell(p, i, text, sizeof(text)) || !*text)
			value = "none";
		else if (!strcmp(text, "true"))
			value = "on";
		else if (!strcmp(text, "false"))
			value = "off";
		printf("\t%s=%s\n", columns[i].name, value);
	}
}

int cmd_profile_show(const struct options *opt, int argc, char **argv)
{
	const char *name = argc ? argv[0] : "default";
	struct profile p = { 0 };
	const char *expected;
	struct listing *l;
	struct genl g;
	int status;
	int ret;

	if (argc > 1)
		return usage_error("profile show \"%s\": takes one name", argv[1]);
	expected = parse_profile_name(name);
	if (expected)
		return usage_error("profile \"%s\": expected %s", name, expected);
	ret = genl_open(&g);
	if (!ret) {
		mnl_attr_put_strz(genl_request(&g, FULLCONE_CMD_PROFILE_GET),
				  FULLCONE_PROFILE_A_NAME, name);
		ret = genl_do(&g, keep, &p);
		genl_close(&g);
	}
	if (ret)
		return fail("profile %s: %s", name, g.nl.error);
	if (!(opt->given & (OPT_JSON | OPT_COLUMNS))) {
		print_settings(&p);
		return STATUS_DONE;
	}
	l = listing_begin(opt, "profiles", columns, COLUMN_COUNT, profile_cell, &status);
	if (!l)
		return status;
	ret = listing_row(l, &p);
	return listing_end(l, !ret);
}

/* One KEY=VALUE; the result is what would be accepted, or NULL. */
static const char *set_key(struct profile *p, const char *key, const char *value)
{
	const char *expected = NULL;
	bool on = false;

	if (!strcmp(key, "ports")) {
		expected = parse_port_range(value, &p->port_min, &p->port_max);
		p->have |= BIT(FULLCONE_PROFILE_A_PORT_MIN) | BIT(FULLCONE_PROFILE_A_PORT_MAX);
	} else if (!strcmp(key, "alloc")) {
		expected = model_parse_alloc(value, &p->alloc);
		p->have |= BIT(FULLCONE_PROFILE_A_ALLOC);
	} else if (!strcmp(key, "parity")) {
		expected = parse_bool(value, &on);
		p->parity = on;
		p->have |= BIT(FULLCONE_PROFILE_A_PARITY);
	} else if (!strcmp(key, "udp")) {
		expected = parse_u32(value, 1, UINT32_MAX, &p->udp);
		p->have |= BIT(FULLCONE_PROFILE_A_UDP);
	} else if (!strcmp(key, "udp_hold")) {
		expected = parse_u32(value, 0, UINT32_MAX, &p->udp_hold);
		p->have |= BIT(FULLCONE_PROFILE_A_UDP_HOLD);
	} else if (!strcmp(key, "udp_short")) {
		expected = parse_short_timers(value, p->udp_short, &p->short_count);
		p->have |= BIT(FULLCONE_PROFILE_A_UDP_SHORT);
	} else if (!strcmp(key, "unsafe_timeouts")) {
		expected = parse_bool(value, &on);
		p->unsafe_timeouts = on;
		p->have |= BIT(FULLCONE_PROFILE_A_UNSAFE_TIMEOUTS);
	} else if (!strcmp(key, "label")) {
		p->label = FULLCONE_LABEL_NONE;
		if (strcmp(value, "none") && parse_u32(value, 0, 127, &p->label))
			expected = "a number from 0 to 127, or none";
		p->have |= BIT(FULLCONE_PROFILE_A_LABEL);
	} else if (!strcmp(key, "mark")) {
		p->mark = (struct mark){ 0 };
		if (strcmp(value, "none"))
			expected = parse_mark(value, &p->mark);
		p->have |= BIT(FULLCONE_PROFILE_A_MARK) | BIT(FULLCONE_PROFILE_A_MARK_MASK);
	} else {
		return "one of the keys ports alloc parity udp udp_hold udp_short "
		       "unsafe_timeouts label mark";
	}
	return expected;
}

static int set_word(struct profile *p, const char *word)
{
	uint32_t before = p->have;
	const char *expected;
	char key[32];
	size_t len = strcspn(word, "=");

	if (!word[len] || len >= sizeof(key))
		return usage_error("profile set \"%s\": expected KEY=VALUE", word);
	memcpy(key, word, len);
	key[len] = '\0';
	p->have = 0;
	expected = set_key(p, key, word + len + 1);
	if (expected)
		return usage_error("profile set \"%s\": expected %s", word, expected);
	if (p->have & before)
		return usage_error("profile set: %s is given twice", key);
	p->have |= before;
	return STATUS_DONE;
}

/* Without settings the request still makes the engine active here. */
int cmd_profile_set(const struct options *opt, int argc, char **argv)
{
	struct profile p = { 0 };
	const char *expected;
	struct genl g;
	int status, i;
	int ret;

	(void)opt;
	if (!argc)
		return usage_error("profile set: expected a name, and KEY=VALUE...");
	expected = parse_profile_name(argv[0]);
	if (expected)
		return usage_error("profile \"%s\": expected %s", argv[0], expected);
	strcpy(p.name, argv[0]);
	p.have = BIT(FULLCONE_PROFILE_A_NAME);
	for (i = 1; i < argc; i++) {
		status = set_word(&p, argv[i]);
		if (status)
			return status;
	}
	ret = genl_open_loading(&g);
	if (!ret) {
		model_put_profile(genl_request(&g, FULLCONE_CMD_PROFILE_SET), &p);
		ret = genl_do(&g, NULL, NULL);
		genl_close(&g);
	}
	return ret ? fail("profile %s: %s", p.name, g.nl.error) : STATUS_DONE;
}
