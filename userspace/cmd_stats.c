// SPDX-License-Identifier: GPL-2.0
/* stats: the state and the counters of this network namespace, and of its profiles. */
#include "array.h"
#include "cmd.h"
#include "output.h"
#include "stats.h"

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
	STATE(HOSTS, "hosts", "internal hosts that have mappings now"),
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
	COUNTER(HOSTS_CREATED, "hosts_created", "internal hosts that got an external address"),
	COUNTER(HOST_LIMIT, "host_limit", "packets dropped, host_max was reached"),
	COUNTER(HOST_RATE, "host_rate", "packets dropped, host_rate was exceeded"),
	COUNTER(IN_MAX, "in_max", "packets from outside dropped, in_max was reached"),
	COUNTER(IN_PRESSURE, "in_pressure",
		"packets from outside dropped, conntrack is three quarters full"),
	COUNTER(ADOPTED, "adopted", "mappings made from flows that were there before"),
	COUNTER(JOIN_RETRY, "join_retry", "packets that met a dying mapping and looked again"),
	COUNTER(EVENTS_LOST, "events_lost", "events that did not reach every reader"),
	COUNTER(FILTERED, "filtered", "packets from outside dropped, the filter refused them"),
	COUNTER(FILTER_EVICTED, "filter_evicted", "remote endpoints forgotten for filter_max"),
	COUNTER(SYN_SILENCED, "syn_silenced", "SYNs to ports of nobody that were not answered"),
};

static void json_values(const struct stats *s, bool all, const char *sep)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++) {
		if (!items[i].name || (!all && !(s->have & BIT64(i))))
			continue;
		if (s->have & BIT64(i))
			printf("%s\"%s\":%" PRIu64, sep, items[i].name, s->value[i]);
		else
			printf("%s\"%s\":null", sep, items[i].name);
		sep = ",";
	}
}

static void print_json(const struct stats *s, const struct stats_list *profiles)
{
	size_t p;

	fputs("{\"stats\":{", stdout);
	json_values(s, true, "");
	fputs("},\n\"profiles\":[", stdout);
	for (p = 0; p < profiles->count; p++) {
		fputs(p ? ",\n{\"profile\":" : "\n{\"profile\":", stdout);
		json_string(stdout, profiles->stats[p].profile);
		json_values(&profiles->stats[p], false, ",");
		putchar('}');
	}
	puts("\n]}");
}

static void metric_head(unsigned int i, const char *of, const char *suffix)
{
	printf("# HELP fullcone_%s%s%s %s\n", of, items[i].name, suffix, items[i].help);
	printf("# TYPE fullcone_%s%s%s %s\n", of, items[i].name, suffix,
	       items[i].counter ? "counter" : "gauge");
}

/*
 * Those of the profiles have names of their own, so that a sum over a metric counts
 * nothing twice.
 */
static void print_prometheus(const struct stats *s, const struct stats_list *profiles)
{
	unsigned int i;
	size_t p;

	for (i = 0; i < ARRAY_SIZE(items); i++) {
		const char *suffix = items[i].counter ? "_total" : "";
		bool any = false;

		if (!items[i].name)
			continue;
		if (s->have & BIT64(i)) {
			metric_head(i, "", suffix);
			printf("fullcone_%s%s %" PRIu64 "\n", items[i].name, suffix, s->value[i]);
		}
		for (p = 0; p < profiles->count; p++) {
			const struct stats *of = &profiles->stats[p];

			if (!(of->have & BIT64(i)))
				continue;
			if (!any)
				metric_head(i, "profile_", suffix);
			any = true;
			printf("fullcone_profile_%s%s{profile=\"%s\"} %" PRIu64 "\n",
			       items[i].name, suffix, of->profile, of->value[i]);
		}
	}
}

static void print_values(const struct stats *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		if (s->have & BIT64(i) && items[i].name)
			printf("%-20s %12" PRIu64 "  %s\n", items[i].name, s->value[i],
			       items[i].help);
}

static void print_text(const struct stats *s, const struct stats_list *profiles)
{
	size_t p;

	print_values(s);
	for (p = 0; p < profiles->count; p++) {
		printf("\nprofile %s\n", profiles->stats[p].profile);
		print_values(&profiles->stats[p]);
	}
}

int cmd_stats(const struct options *opt, int argc, char **argv)
{
	struct stats_list profiles = { 0 };
	struct stats s = { 0 };
	struct genl g;
	int ret;

	if (argc)
		return usage_error("stats \"%s\": takes no words", argv[0]);
	if (opt->given & OPT_JSON && opt->given & OPT_PROMETHEUS)
		return usage_error("stats: either --json or --prometheus");
	ret = genl_open(&g);
	if (!ret) {
		ret = stats_get(&g, &s);
		if (!ret)
			ret = stats_get_profiles(&g, &profiles);
		genl_close(&g);
	}
	if (ret)
		fail("%s", g.nl.error);
	else if (opt->given & OPT_JSON)
		print_json(&s, &profiles);
	else if (opt->given & OPT_PROMETHEUS)
		print_prometheus(&s, &profiles);
	else
		print_text(&s, &profiles);
	stats_list_free(&profiles);
	return ret ? STATUS_FAILED : STATUS_DONE;
}
