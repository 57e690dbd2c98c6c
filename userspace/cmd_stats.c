// SPDX-License-Identifier: GPL-2.0
/* stats: the state and the counters of this network namespace. */
#include "cmd.h"
#include "genl.h"
#include "model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In the order of the protocol; state first, then what only grows. */
static const struct {
	const char *name;
	const char *help;
	bool counter;
} items[__FULLCONE_STATS_A_MAX] = {
#define STATE(attr, name, help) \
	[FULLCONE_STATS_A_##attr] = { name, help, false }
#define COUNTER(attr, name, help) \
	[FULLCONE_STATS_A_##attr] = { name, help, true }
	STATE(ACTIVE, "active", "1 if the engine is active in this network namespace"),
	STATE(MAPPINGS, "mappings", "mappings now, in any state"),
	STATE(MAPPINGS_MAX, "mappings_max", "the most mappings there may be"),
	STATE(ADDRESSES, "addresses", "external addresses in use now"),
	COUNTER(MAPPINGS_CREATED, "mappings_created", "mappings made"),
	COUNTER(MAPPINGS_EXPIRED, "mappings_expired", "mappings ended by their timers"),
	COUNTER(MAPPINGS_FLUSHED, "mappings_flushed", "mappings ended by a flush"),
	COUNTER(MAPPINGS_ADDR_GONE, "mappings_addr_gone",
		"mappings whose external address went away"),
	COUNTER(FLOWS_OUT, "flows_out", "flows begun inside and bound"),
	COUNTER(FLOWS_IN, "flows_in", "flows begun outside and bound"),
	COUNTER(FLOWS_HAIRPIN, "flows_hairpin", "flows between two internal hosts and bound"),
	COUNTER(DECLINED, "declined", "labelled flows left to the user's own NAT rules"),
	COUNTER(LOOKUPS_IN, "lookups_in", "new flows whose destination is a mapping"),
	COUNTER(LOCAL_SERVICE, "local_service", "of those, left to a socket of the router"),
	COUNTER(NOT_OPEN, "not_open", "of those, dropped because the mapping was not open"),
	COUNTER(CLASH_DROP, "clash_drop", "packets dropped, the wanted reply tuple is in use"),
	COUNTER(CLASH_KILLED, "clash_killed",
		"unreplied strangers removed from a wanted reply tuple"),
	COUNTER(UNREPLIED_KILLED, "unreplied_killed",
		"unanswered flows begun outside, ended with their mapping's timer"),
	COUNTER(HOLD_REUSE, "hold_reuse", "ports taken from the reuse hold, none was free"),
	COUNTER(NO_PORT, "no_port", "packets dropped, no external port was free"),
	COUNTER(NO_ADDRESS, "no_address", "packets dropped, the interface has no address"),
	COUNTER(TABLE_FULL, "table_full", "packets dropped, mappings_max was reached"),
	COUNTER(NOMEM, "nomem", "packets dropped, no memory"),
};

static int keep(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_stats(nlh, data);
}

static void print_json(const struct stats *s)
{
	const char *sep = "";
	unsigned int i;

	fputs("{\"stats\":{", stdout);
	for (i = 0; i < __FULLCONE_STATS_A_MAX; i++) {
		if (!items[i].name)
			continue;
		if (s->have & BIT(i))
			printf("%s\"%s\":%" PRIu64, sep, items[i].name, s->value[i]);
		else
			printf("%s\"%s\":null", sep, items[i].name);
		sep = ",";
	}
	puts("}}");
}

static void print_prometheus(const struct stats *s)
{
	unsigned int i;

	for (i = 0; i < __FULLCONE_STATS_A_MAX; i++) {
		const char *suffix = items[i].counter ? "_total" : "";
		const char *name = items[i].name;

		if (!(s->have & BIT(i)) || !name)
			continue;
		printf("# HELP fullcone_%s%s %s\n", name, suffix, items[i].help);
		printf("# TYPE fullcone_%s%s %s\n", name, suffix,
		       items[i].counter ? "counter" : "gauge");
		printf("fullcone_%s%s %" PRIu64 "\n", name, suffix, s->value[i]);
	}
}

static void print_text(const struct stats *s)
{
	unsigned int i;

	for (i = 0; i < __FULLCONE_STATS_A_MAX; i++)
		if (s->have & BIT(i) && items[i].name)
			printf("%-20s %12" PRIu64 "  %s\n", items[i].name, s->value[i],
			       items[i].help);
}

int cmd_stats(const struct options *opt, int argc, char **argv)
{
	struct stats s = { 0 };
	struct genl g;
	int ret;

	if (argc)
		return usage_error("stats \"%s\": takes no words", argv[0]);
	if (opt->given & OPT_JSON && opt->given & OPT_PROMETHEUS)
		return usage_error("stats: either --json or --prometheus");
	ret = genl_open(&g);
	if (!ret) {
		genl_request(&g, FULLCONE_CMD_STATS_GET);
		ret = genl_do(&g, keep, &s);
		genl_close(&g);
	}
	if (ret)
		return fail("%s", g.nl.error);
	if (opt->given & OPT_JSON)
		print_json(&s);
	else if (opt->given & OPT_PROMETHEUS)
		print_prometheus(&s);
	else
		print_text(&s);
	return STATUS_DONE;
}
