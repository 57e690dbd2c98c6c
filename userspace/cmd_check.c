// SPDX-License-Identifier: GPL-2.0
/* check: what on this machine would stop full-cone from working, and the line that mends it. */
#include "check.h"
#include "array.h"
#include "cmd.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const level_names[] = {
	[CHECK_OK] = "ok", [CHECK_INFO] = "info", [CHECK_WARN] = "warn", [CHECK_FAIL] = "fail",
};

static void print_text(const struct check *c)
{
	static const char *const colours[] = {
		[CHECK_OK] = "32", [CHECK_INFO] = "36", [CHECK_WARN] = "33", [CHECK_FAIL] = "31",
	};
	bool colour = output_colours();
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct finding *f = &c->findings[i];

		if (colour)
			printf("\033[%sm%-4s\033[0m", colours[f->level], level_names[f->level]);
		else
			printf("%-4s", level_names[f->level]);
		printf("  %s\n", f->text);
		if (*f->mend)
			printf("        %s\n", f->mend);
	}
}

enum { C_LEVEL, C_TOPIC, C_TEXT, C_MEND };

static const struct column columns[] = {
	[C_LEVEL] = { "level", COL_STRING, COL_JSON },
	[C_TOPIC] = { "topic", COL_STRING, COL_JSON },
	[C_TEXT] = { "text", COL_STRING, COL_JSON },
	[C_MEND] = { "mend", COL_STRING, COL_JSON },
};

static bool finding_cell(const void *row, size_t column, char *buf, size_t size)
{
	const struct finding *f = row;

	switch (column) {
	case C_LEVEL:
		snprintf(buf, size, "%s", level_names[f->level]);
		return true;
	case C_TOPIC:
		snprintf(buf, size, "%s", f->topic);
		return true;
	case C_TEXT:
		snprintf(buf, size, "%s", f->text);
		return true;
	case C_MEND:
		snprintf(buf, size, "%s", f->mend);
		return *f->mend;
	}
	return false;
}

static int print_json(const struct check *c, const struct options *opt)
{
	struct listing *l;
	int status;
	size_t i;

	l = listing_begin(opt, "findings", columns, ARRAY_SIZE(columns),
			  finding_cell, &status);
	if (!l)
		return status;
	for (i = 0; i < c->count; i++)
		listing_row(l, &c->findings[i]);
	return listing_end(l, true);
}

int cmd_check(const struct options *opt, int argc, char **argv)
{
	struct check c = { 0 };
	int status = STATUS_DONE;
	size_t i;

	if (argc)
		return usage_error("check \"%s\": takes no words", argv[0]);
	check_host(&c);
	check_nft(&c);
	check_sources(&c);
	if (c.no_memory)
		status = fail("no memory");
	else if (opt->given & OPT_JSON)
		status = print_json(&c, opt);
	else
		print_text(&c);
	for (i = 0; i < c.count; i++)
		if (c.findings[i].level == CHECK_FAIL)
			status = STATUS_FAILED;
	freeifaddrs(c.links);
	cone_free(&c.cone);
	profiles_free(&c.profiles);
	free(c.findings);
	return status;
}
