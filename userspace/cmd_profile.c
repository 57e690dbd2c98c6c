// SPDX-License-Identifier: GPL-2.0
/* profile list, show, set and del: named settings, and what selects them. */
#include "cmd.h"
#include "profile.h"
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The name, the settings, and in a list the number of mappings. */
#define COLUMNS_MAX 64

static struct column columns[COLUMNS_MAX];

struct profile_row {
	const struct profile *p;
	const struct stats *s;		/* NULL: not known */
};

static bool profile_cell(const void *data, size_t column, char *buf, size_t size)
{
	const struct profile_row *row = data;

	if (!column) {
		snprintf(buf, size, "%s", row->p->name);
		return true;
	}
	if (column <= profile_setting_count)
		return profile_setting_cell(row->p, &profile_settings[column - 1], buf, size);
	if (!row->s)
		return false;
	snprintf(buf, size, "%" PRIu64, row->s->value[FULLCONE_STATS_A_MAPPINGS]);
	return true;
}

static struct listing *begin(const struct options *opt, bool mappings, int *status)
{
	size_t count = 0, i;

	columns[count++] = (struct column){ "name", COL_STRING, COL_JSON | COL_TEXT };
	for (i = 0; i < profile_setting_count; i++) {
		const struct setting *s = &profile_settings[i];

		columns[count++] = (struct column){ s->key, s->kind, s->flags };
	}
	if (mappings)
		columns[count++] = (struct column){
			"mappings", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT,
		};
	return listing_begin(opt, "profiles", columns, count, profile_cell, status);
}

int cmd_profile_list(const struct options *opt, int argc, char **argv)
{
	struct profiles all = { 0 };
	struct stats_list stats = { 0 };
	struct listing *l;
	struct genl g;
	int status;
	size_t i;
	int ret;

	if (argc)
		return usage_error("profile list \"%s\": takes no words", argv[0]);
	l = begin(opt, true, &status);
	if (!l)
		return status;
	ret = genl_open(&g);
	if (!ret) {
		ret = profiles_get(&g, &all);
		if (!ret)
			ret = stats_get_parts(&g, &stats, NULL);
		genl_close(&g);
	}
	for (i = 0; !ret && i < all.count; i++) {
		const char *name = all.profile[i].name;
		struct profile_row row = { &all.profile[i], stats_of(&stats, name) };

		ret = listing_row(l, &row);
	}
	status = listing_end(l, !ret);
	profiles_free(&all);
	stats_list_free(&stats);
	return ret ? fail("%s", g.nl.error) : status;
}

/* One setting a line, in the words of "profile set". */
static void print_settings(const struct profile *p)
{
	size_t i;

	for (i = 0; i < profile_setting_count; i++) {
		profile_setting_print(p, &profile_settings[i], stdout);
		putchar('\n');
	}
}

int cmd_profile_show(const struct options *opt, int argc, char **argv)
{
	const char *name = argc ? argv[0] : "default";
	struct profile p = { 0 };
	struct profile_row row = { &p, NULL };
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
		ret = profile_get(&g, name, &p);
		genl_close(&g);
	}
	if (ret)
		return fail("profile %s: %s", name, g.nl.error);
	if (!(opt->given & (OPT_JSON | OPT_COLUMNS))) {
		print_settings(&p);
		return STATUS_DONE;
	}
	l = begin(opt, false, &status);
	if (!l)
		return status;
	ret = listing_row(l, &row);
	return listing_end(l, !ret);
}

/* Without settings the request still makes the engine active here. */
int cmd_profile_set(const struct options *opt, int argc, char **argv)
{
	struct profile p;
	struct genl g;
	int status;
	int ret;

	status = profile_words_parse(argc, argv, &p);
	if (status || opt->parse_only)
		return status;
	ret = genl_open_loading(&g, NULL);
	if (!ret) {
		ret = profile_set(&g, &p);
		genl_close(&g);
	}
	return ret ? fail("profile %s: %s", p.name, g.nl.error) : STATUS_DONE;
}

int cmd_profile_del(const struct options *opt, int argc, char **argv)
{
	const char *expected;
	struct genl g;
	int ret;

	(void)opt;
	if (argc != 1)
		return usage_error("profile del: expected one name");
	expected = parse_profile_name(argv[0]);
	if (expected)
		return usage_error("profile \"%s\": expected %s", argv[0], expected);
	ret = genl_open(&g);
	if (!ret) {
		mnl_attr_put_strz(genl_request(&g, FULLCONE_CMD_PROFILE_DEL),
				  FULLCONE_PROFILE_A_NAME, argv[0]);
		ret = genl_do(&g, NULL, NULL);
		genl_close(&g);
	}
	return ret ? fail("profile %s: %s", argv[0], g.nl.error) : STATUS_DONE;
}
