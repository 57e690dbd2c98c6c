// SPDX-License-Identifier: GPL-2.0
/* stats: state and counters of this network namespace, of its profiles and protocols. */
#include "array.h"
#include "cmd.h"
#include "output.h"
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In the order of the protocol. A counter only grows. */
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
	COUNTER(MAPPINGS_FLUSHED, "mappings_flushed", "mappings ended by flush or del"),
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
		"strangers and ended sessions that made way for a new flow"),
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
	COUNTER(FILTER_EVICTED, "filter_evicted", "remote endpoints forgotten because there were too many"),
	COUNTER(SYN_SILENCED, "syn_silenced", "SYNs to ports of nobody that were not answered"),
	STATE(LEFT_OUT, "left_out",
	      "flows that the last adoption left out, others have their external endpoints"),
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

/* A profile or a protocol: whose counters they are. */
static const char *part_name(const struct stats *s)
{
	return s->proto ? model_proto_name(s->proto) : s->profile;
}

static void json_parts(const struct stats_list *parts, const char *kind)
{
	size_t i;

	printf(",\n\"%ss\":[", kind);
	for (i = 0; i < parts->count; i++) {
		printf("%s\n{\"%s\":", i ? "," : "", kind);
		json_string(stdout, part_name(&parts->stats[i]));
		json_values(&parts->stats[i], false, ",");
		putchar('}');
	}
	fputs("\n]", stdout);
}

static void print_json(const struct stats *s, const struct stats_list *profiles,
		       const struct stats_list *protos)
{
	fputs("{\"stats\":{", stdout);
	json_values(s, true, "");
	putchar('}');
	json_parts(profiles, "profile");
	json_parts(protos, "protocol");
	puts("}");
}

static void metric_head(unsigned int i, const char *kind, const char *suffix)
{
	printf("# HELP fullcone_%s%s%s%s %s\n", kind, *kind ? "_" : "", items[i].name, suffix,
	       items[i].help);
	printf("# TYPE fullcone_%s%s%s%s %s\n", kind, *kind ? "_" : "", items[i].name, suffix,
	       items[i].counter ? "counter" : "gauge");
}

/*
 * Metrics of profiles and protocols have names of their own, so that a sum over a metric
 * counts nothing twice.
 */
static void metric_parts(unsigned int i, const struct stats_list *parts, const char *kind,
			 const char *suffix)
{
	bool any = false;
	size_t p;

	for (p = 0; p < parts->count; p++) {
		const struct stats *of = &parts->stats[p];

		if (!(of->have & BIT64(i)))
			continue;
		if (!any)
			metric_head(i, kind, suffix);
		any = true;
		printf("fullcone_%s_%s%s{%s=\"%s\"} %" PRIu64 "\n", kind, items[i].name, suffix,
		       kind, part_name(of), of->value[i]);
	}
}

static void print_prometheus(const struct stats *s, const struct stats_list *profiles,
			     const struct stats_list *protos)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++) {
		const char *suffix = items[i].counter ? "_total" : "";

		if (!items[i].name)
			continue;
		if (s->have & BIT64(i)) {
			metric_head(i, "", suffix);
			printf("fullcone_%s%s %" PRIu64 "\n", items[i].name, suffix, s->value[i]);
		}
		metric_parts(i, profiles, "profile", suffix);
		metric_parts(i, protos, "protocol", suffix);
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

static void print_parts(const struct stats_list *parts, const char *kind)
{
	size_t i;

	for (i = 0; i < parts->count; i++) {
		printf("\n%s %s\n", kind, part_name(&parts->stats[i]));
		print_values(&parts->stats[i]);
	}
}

static void print_text(const struct stats *s, const struct stats_list *profiles,
		       const struct stats_list *protos)
{
	print_values(s);
	print_parts(profiles, "profile");
	print_parts(protos, "protocol");
}

int cmd_stats(const struct options *opt, int argc, char **argv)
{
	struct stats_list profiles = { 0 }, protos = { 0 };
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
			ret = stats_get_parts(&g, &profiles, &protos);
		genl_close(&g);
	}
	if (ret)
		fail("%s", g.nl.error);
	else if (opt->given & OPT_JSON)
		print_json(&s, &profiles, &protos);
	else if (opt->given & OPT_PROMETHEUS)
		print_prometheus(&s, &profiles, &protos);
	else
		print_text(&s, &profiles, &protos);
	stats_list_free(&profiles);
	stats_list_free(&protos);
	return ret ? STATUS_FAILED : STATUS_DONE;
}
