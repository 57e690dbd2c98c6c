// SPDX-License-Identifier: GPL-2.0
/* save: profiles, rules and static mappings as the commands that make them again. */
#include "cmd.h"
#include "array.h"
#include "cone.h"
#include "device.h"
#include "genl.h"
#include "profile.h"
#include "rule_words.h"
#include "view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct saved {
	struct profiles profiles;
	struct cone cone;
	struct mapping *mappings;	/* static ones */
	size_t count;
};

static int keep_static(const struct nlmsghdr *nlh, void *data)
{
	struct saved *s = data;
	struct mapping m, *grown;
	int ret = model_parse_mapping(nlh, &m);

	if (ret || !(m.flags & FULLCONE_FLAG_STATIC))
		return ret;
	grown = realloc(s->mappings, (s->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->mappings = grown;
	grown[s->count++] = m;
	return 0;
}

static void begin(void *data)
{
	struct saved *s = data;

	s->count = 0;
}

/* Reads everything before printing: a file must not lack what could not be read. */
static int read_all(struct saved *s)
{
	struct genl g;
	struct nft n;
	int ret;

	ret = genl_open(&g);
	if (ret)
		return fail("%s", g.nl.error);
	ret = profiles_get(&g, &s->profiles);
	if (!ret)
		ret = genl_dump_whole(&g, FULLCONE_CMD_MAPPING_GET, begin, keep_static, s);
	genl_close(&g);
	if (ret)
		return fail("%s", g.nl.error);
	ret = nft_open(&n);
	if (!ret) {
		ret = cone_read(&n, &s->cone);
		nft_close(&n);
	}
	return ret ? fail("nf_tables cannot be read: %s", n.nl.error) : STATUS_DONE;
}

static void print_profile(const struct profile *p)
{
	size_t i;

	printf("fullcone profile set %s", p->name);
	for (i = 0; i < profile_setting_count; i++) {
		putchar(' ');
		profile_setting_print(p, &profile_settings[i], stdout);
	}
	putchar('\n');
}

static void print_rule(const struct rule *rule, const struct profiles *all)
{
	const struct profile *p = rule_profile(rule, all);
	char words[512];

	if (!p) {
		warn("the rule for oif %s sets a label or mark that selects no profile, and is not "
		     "saved", rule->oif);
		return;
	}
	if (parse_ifname(rule->oif)) {
		warn("the rule for oif \"%s\" names an interface that \"rule add\" does not take, and is "
		     "not saved", rule->oif);
		return;
	}
	rule_words_format(rule, p->name, false, words, sizeof(words));
	printf("fullcone rule add %s\n", words);
}

/* Whether the settings of a profile, which may be others than at its making, allow a mapping. */
static bool can_make(const struct profile *p, const struct mapping *m, bool masquerade)
{
	unsigned int i;

	for (i = 0; i < p->reserve_count; i++)
		if (m->ext_port >= p->reserve[i].first && m->ext_port <= p->reserve[i].last)
			return false;
	if (masquerade)
		return !profile_source(p, m->family);
	return profile_has_source(p, m->family, &m->ext_addr);
}

static const struct profile *find(const struct profiles *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (!strcmp(all->profile[i].name, name))
			return &all->profile[i];
	return NULL;
}

/*
 * The profile that could make the mapping today, or NULL: its own may have been deleted or
 * changed. A line that restore refuses would keep it from those after it.
 */
static const char *maker(const struct mapping *m, const struct profiles *all, bool masquerade)
{
	const char *const names[] = { m->profile, masquerade ? "default" : m->realm };
	const struct profile *p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		p = find(all, names[i]);
		if (p && can_make(p, m, masquerade))
			return names[i];
	}
	return NULL;
}

/* Whether the port and the interface alone would get the same address now. */
static bool follows_device(const struct mapping *m)
{
	union addr addr;

	return !device_address(m->ifindex, m->family, &addr) &&
	       !memcmp(&addr, &m->ext_addr, addr_size(m->family));
}

/*
 * The address of an interface may differ next time, so the interface is saved in its place,
 * and the address too where the interface has several or borrows one.
 * An address of a profile's sources is saved itself.
 */
static void print_mapping(const struct mapping *m, const struct profiles *all)
{
	bool masquerade = !strcmp(m->realm, "masquerade");
	const char *profile = maker(m, all, masquerade);
	const char *why = find(all, m->profile) ? "would not allow it now" : "is no more";
	struct endpoint ep = { .family = m->family, .has_port = true };
	char internal[ENDPOINT_STRLEN], external[ENDPOINT_STRLEN];
	char dev[IF_NAMESIZE + 8];
	unsigned int i;

	ep.addr = m->int_addr;
	ep.port = m->int_port;
	format_endpoint(&ep, internal, sizeof(internal));
	ep.addr = m->ext_addr;
	ep.port = m->ext_port;
	format_endpoint(&ep, external, sizeof(external));
	if (!profile) {
		warn("the mapping of %s to %s is of the profile %s, which %s, and is not saved",
		     internal, external, m->profile, why);
		return;
	}
	if (strcmp(profile, m->profile))
		warn("the mapping of %s to %s is of the profile %s, which %s; it is saved with %s",
		     internal, external, m->profile, why, profile);
	printf("fullcone add %s int %s ext ", model_proto_name(m->proto), internal);
	if (masquerade && m->ifindex) {
		view_device(dev, sizeof(dev), m->ifindex);
		/* a name that no command takes: then the address, which tells the interface */
		if (parse_ifname(dev))
			fputs(external, stdout);
		else if (follows_device(m))
			printf(":%u oif %s%s%s", m->ext_port, word_quote(dev), dev, word_quote(dev));
		else
			printf("%s oif %s%s%s", external, word_quote(dev), dev, word_quote(dev));
	} else {
		fputs(external, stdout);
	}
	if (m->zone)
		printf(" zone %u", m->zone);
	for (i = 0; i < m->remote_count; i++) {
		format_endpoint(&m->remotes[i], external, sizeof(external));
		printf(" remote %s", external);
	}
	printf(" profile %s\n", profile);
}

int cmd_save(const struct options *opt, int argc, char **argv)
{
	struct saved s = { 0 };
	int status;
	size_t i;

	(void)opt;
	if (argc)
		return usage_error("save \"%s\": takes no words", argv[0]);
	status = read_all(&s);
	if (!status) {
		puts("# made by \"fullcone save\"; \"fullcone restore\" reads it");
		/* The listing begins with the profile that was made last. */
		for (i = s.profiles.count; i; i--)
			print_profile(&s.profiles.profile[i - 1]);
		for (i = 0; i < s.cone.count; i++)
			if (!s.cone.rules[i].nat)
				print_rule(&s.cone.rules[i].rule, &s.profiles);
		for (i = 0; i < s.count; i++)
			print_mapping(&s.mappings[i], &s.profiles);
	}
	profiles_free(&s.profiles);
	cone_free(&s.cone);
	free(s.mappings);
	return status;
}
