// SPDX-License-Identifier: GPL-2.0
/* lab: hosts behind routers with any kind of NAT, for trying peer-to-peer programs. */
#include "cmd.h"
#include "array.h"
#include "lab.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct lab_topology topologies[] = {
	{ "t1", { { "r", { "h1", "h2", "h3" } } }, { "s1", "s2" } },
	{ "t2", { { "r1", { "h1" } }, { "r2", { "h2" } } }, { "s1" } },
};

static const char NAT_EXPECTED[] =
	"fullcone, restricted, port-restricted, symmetric, masquerade or none; "
	"or settings of \"profile set\" such as map=eim|adm|apdm,filter=eif|adf|apdf";
static const char WORD_EXPECTED[] =
	"t1, t2, ROUTER=NAT, host HOST, family ip|ip6, quiet, or -- COMMAND";

/* A setting of the kind's makes room for the user's, once. */
static int add_setting(struct lab_nat *nat, const char *router, char *word)
{
	size_t len = strcspn(word, "=") + 1;
	int i;

	for (i = 1; i <= nat->of_kind; i++) {
		if (strncmp(nat->words[i], word, len))
			continue;
		memmove(&nat->words[i], &nat->words[i + 1],
			(--nat->count - i) * sizeof(*nat->words));
		nat->of_kind--;
		break;
	}
	if (nat->count > LAB_SETTINGS)
		return usage_error("lab %s=: at most %d settings", router, LAB_SETTINGS);
	nat->words[nat->count++] = word;
	return STATUS_DONE;
}

/* @text is taken apart in place; a part without "=" belongs to the one before. */
static int parse_settings(struct lab_nat *nat, const char *router, char *text)
{
	char *word;
	int status;

	while ((word = strsep(&text, ","))) {
		if (strchr(word, '=')) {
			status = add_setting(nat, router, word);
			if (status)
				return status;
		} else if (nat->count > 1) {
			/* the 443 of reserve=80,443 */
			word[-1] = ',';
		} else {
			return usage_error("lab %s=%s: expected %s", router, word, NAT_EXPECTED);
		}
	}
	return STATUS_DONE;
}

/*
 * The cones of RFC 3489, and what is a symmetric NAT to those who have to get through one: its
 * ports cannot be guessed.
 */
static const struct {
	const char *name;
	enum lab_nat_kind kind;
	char *settings[3];
} kinds[] = {
	{ "fullcone", LAB_NAT_ENGINE },
	{ "restricted", LAB_NAT_ENGINE, { "map=eim", "filter=adf" } },
	{ "port-restricted", LAB_NAT_ENGINE, { "map=eim", "filter=apdf" } },
	{ "symmetric", LAB_NAT_ENGINE, { "map=apdm", "filter=apdf", "alloc=random" } },
	{ "masquerade", LAB_NAT_MASQUERADE },
	{ "none", LAB_NAT_NONE },
};

static int parse_nat(struct lab_nat *nat, const char *router, char *text)
{
	const struct options look = { .parse_only = true };
	size_t len = strcspn(text, ",");
	int status = STATUS_DONE;
	size_t i, n;

	if (!*text)
		return usage_error("lab %s=: expected %s", router, NAT_EXPECTED);
	nat->kind = LAB_NAT_ENGINE;
	nat->name = strdup(text);
	nat->count = 0;
	nat->words[nat->count++] = "default";
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].name) != len || strncmp(text, kinds[i].name, len))
			continue;
		nat->kind = kinds[i].kind;
		text += len + !!text[len];
		if (nat->kind != LAB_NAT_ENGINE && *text)
			return usage_error("lab %s=%s \"%s\": has no settings", router,
					   kinds[i].name, text);
		for (n = 0; n < ARRAY_SIZE(kinds[i].settings) && kinds[i].settings[n]; n++)
			nat->words[nat->count++] = kinds[i].settings[n];
		nat->of_kind = n;
		break;
	}
	if (!status && *text)
		status = parse_settings(nat, router, text);
	if (status)
		return status;
	message_context("lab %s: ", router);
	status = cmd_profile_set(&look, nat->count, nat->words);
	message_context("%s", "");
	return status;
}

/* ROUTER=NAT, the routers of @lab being known. */
static int parse_router(struct lab *lab, char *word)
{
	const struct lab_side *side = lab->topology->side;
	char *text;
	int i;

	/* ps shows the words as they were */
	word = strdup(word);
	text = strchr(word, '=');
	*text++ = '\0';
	for (i = 0; i < LAB_SIDES && side[i].router; i++) {
		if (strcmp(word, side[i].router))
			continue;
		if (lab->nat[i].given)
			return usage_error("lab: %s= is given twice", word);
		lab->nat[i].given = true;
		return parse_nat(&lab->nat[i], word, text);
	}
	if (side[1].router)
		return usage_error("lab %s: there is no router \"%s\", but %s and %s",
				   lab->topology->name, word, side[0].router, side[1].router);
	return usage_error("lab %s: there is no router \"%s\", but %s", lab->topology->name, word,
			   side[0].router);
}

static bool has_node(const struct lab_topology *t, const char *name)
{
	int i, n;

	for (i = 0; i < LAB_SIDES && t->side[i].router; i++) {
		if (!strcmp(name, t->side[i].router))
			return true;
		for (n = 0; n < LAB_HOSTS && t->side[i].hosts[n]; n++)
			if (!strcmp(name, t->side[i].hosts[n]))
				return true;
	}
	for (n = 0; n < LAB_SERVERS && t->servers[n]; n++)
		if (!strcmp(name, t->servers[n]))
			return true;
	return false;
}

static const struct lab_topology *find_topology(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(topologies); i++)
		if (!strcasecmp(name, topologies[i].name))
			return &topologies[i];
	return NULL;
}

static int parse(struct lab *lab, int argc, char **argv)
{
	int status = STATUS_DONE;
	int i = 0;

	lab->topology = argc ? find_topology(argv[0]) : NULL;
	if (lab->topology)
		i++;
	else
		lab->topology = &topologies[0];
	for (; !status && i < argc; i++) {
		if (!strcmp(argv[i], "quiet")) {
			lab->quiet = true;
		} else if (!strcmp(argv[i], "host")) {
			if (++i == argc)
				return usage_error("lab host: expected h1, s1 or the like");
			lab->host = argv[i];
		} else if (!strcmp(argv[i], "family")) {
			lab->family = ++i < argc ? lab_addr_family(argv[i]) : NULL;
			if (!lab->family)
				return usage_error("lab family%s%s: expected ip or ip6",
						   i < argc ? " " : "", i < argc ? argv[i] : "");
		} else if (strchr(argv[i], '=')) {
			status = parse_router(lab, argv[i]);
		} else if (find_topology(argv[i])) {
			/* what the routers are called depends on it */
			return usage_error("lab \"%s\": expected as the first word", argv[i]);
		} else {
			return usage_error("lab \"%s\": expected %s", argv[i], WORD_EXPECTED);
		}
	}
	if (!status && !has_node(lab->topology, lab->host))
		return usage_error("lab %s: there is no host \"%s\"", lab->topology->name,
				   lab->host);
	return status;
}

int cmd_lab(const struct options *opt, int argc, char **argv)
{
	struct lab lab = {
		.host = "h1", .command = opt->command, .family = lab_addr_family("ip"),
	};
	char fullcone[] = "fullcone";
	int status;
	int i;

	if (opt->command) {
		if (!*opt->command)
			return usage_error("lab --: expected a command after it");
		argc = opt->command - argv;
	}
	for (i = 0; i < LAB_SIDES; i++)
		parse_nat(&lab.nat[i], "router", fullcone);
	status = parse(&lab, argc, argv);
	if (status)
		return status;
	if (geteuid())
		return fail("lab: needs root, for it makes network namespaces");
	return lab_run(&lab);
}
