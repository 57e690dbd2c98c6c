// SPDX-License-Identifier: GPL-2.0
/* add: a mapping that is open without traffic, for ever or for a lifetime. */
#include "cmd.h"
#include "cone.h"
#include "device.h"
#include "filter.h"
#include "genl.h"
#include "profile.h"
#include "view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

struct wish {
	uint8_t proto;
	bool has_ext_addr, has_ext_port, has_oif, has_zone, has_lifetime, has_parity;
	bool prefer, exact, anybody;
	bool parse_only;		/* the interface may be there later */
	uint8_t parity;			/* 0: even, 1: odd */
	uint16_t zone;
	uint32_t ifindex, lifetime;
	struct endpoint internal, external;
	unsigned int remote_count;
	struct endpoint remotes[FULLCONE_REMOTES_MAX];
	char profile[FULLCONE_NAME_SIZE];
};

/* "ADDR", "ADDR:PORT", or ":PORT" if another word gives the address. */
static const char *parse_external(const char *s, struct wish *w)
{
	const char *expected;
	uint32_t port;

	if (s[0] == ':' && s[1] != ':') {
		if (parse_u32(s + 1, 0, 65535, &port))
			return "a port from 0 to 65535";
		w->external.port = port;
		w->has_ext_port = true;
		return NULL;
	}
	expected = parse_endpoint(s, EP_PORT, &w->external);
	if (expected)
		return expected;
	if (w->external.family != w->internal.family)
		return "an address of the family of the internal one";
	w->has_ext_addr = true;
	w->has_ext_port = w->external.has_port;
	return NULL;
}

static const char *parse_parity(const char *s, struct wish *w)
{
	w->has_parity = true;
	w->parity = !strcmp(s, "odd");
	return w->parity || !strcmp(s, "even") ? NULL : "odd or even";
}

/* Adds one "ADDR[/LEN][:PORT]"; or "any", alone: there are to be no remotes any more. */
static const char *parse_remote(const char *s, struct wish *w)
{
	struct endpoint *ep = &w->remotes[w->remote_count];
	const char *expected;

	if (!strcmp(s, "any")) {
		w->anybody = true;
		return w->remote_count ? "either any, or addresses" : NULL;
	}
	if (w->anybody)
		return "either any, or addresses";
	if (w->remote_count == FULLCONE_REMOTES_MAX)
		return "at most 16 of them";
	expected = parse_endpoint(s, EP_LEN | EP_PORT, ep);
	if (expected)
		return expected;
	if (ep->family != w->internal.family)
		return "an address of the family of the internal one";
	if (ep->has_port && !ep->port)
		return "a port from 1 to 65535, or none, which is any";
	w->remote_count++;
	return NULL;
}

static bool given_before(const struct wish *w, const char *key)
{
	return (!strcmp(key, "ext") && (w->has_ext_addr || w->has_ext_port)) ||
	       (!strcmp(key, "oif") && w->has_oif) || (!strcmp(key, "zone") && w->has_zone) ||
	       (!strcmp(key, "lifetime") && w->has_lifetime) ||
	       (!strcmp(key, "parity") && w->has_parity) ||
	       (!strcmp(key, "profile") && *w->profile);
}

static int parse_pair(const char *key, const char *value, struct wish *w)
{
	const char *expected = NULL;
	uint32_t zone;

	if (!strcmp(key, "oif")) {
		w->has_oif = true;
		if (!w->parse_only)
			return filter_ifindex(value, &w->ifindex);
		expected = parse_ifname(value);
	} else if (!strcmp(key, "ext")) {
		expected = parse_external(value, w);
	} else if (!strcmp(key, "zone")) {
		expected = parse_u32(value, 0, 65535, &zone);
		w->has_zone = true;
		w->zone = expected ? 0 : zone;
	} else if (!strcmp(key, "lifetime")) {
		expected = parse_u32(value, 1, 86400, &w->lifetime);
		w->has_lifetime = true;
	} else if (!strcmp(key, "parity")) {
		expected = parse_parity(value, w);
	} else if (!strcmp(key, "remote")) {
		expected = parse_remote(value, w);
	} else {
		expected = parse_profile_name(value);
		if (!expected)
			strcpy(w->profile, value);
	}
	return expected ? usage_error("%s \"%s\": expected %s", key, value, expected) :
			  STATUS_DONE;
}

static bool is_key(const char *word)
{
	return !strcmp(word, "ext") || !strcmp(word, "oif") || !strcmp(word, "zone") ||
	       !strcmp(word, "lifetime") || !strcmp(word, "profile") ||
	       !strcmp(word, "parity") || !strcmp(word, "remote");
}

static int parse_more(int argc, char **argv, struct wish *w)
{
	int status, i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "prefer") || !strcmp(argv[i], "exact")) {
			w->prefer |= argv[i][0] == 'p';
			w->exact |= argv[i][0] == 'e';
			continue;
		}
		if (!is_key(argv[i]))
			return usage_error("add \"%s\": expected ext, oif, profile, zone, lifetime, "
					   "parity, remote, prefer or exact", argv[i]);
		if (given_before(w, argv[i]))
			return usage_error("add: %s is given twice", argv[i]);
		if (i + 1 == argc)
			return usage_error("%s: a word is missing after it", argv[i]);
		status = parse_pair(argv[i], argv[i + 1], w);
		if (status)
			return status;
		i++;
	}
	return STATUS_DONE;
}

static int parse_words(const struct options *opt, int argc, char **argv, struct wish *w)
{
	const char *expected;
	int status;

	memset(w, 0, sizeof(*w));
	w->parse_only = opt->parse_only;
	if (argc < 3)
		return usage_error("add: expected udp|tcp, int, and ADDRESS:PORT");
	expected = parse_proto(argv[0], &w->proto);
	if (expected)
		return usage_error("add \"%s\": expected %s", argv[0], expected);
	if (strcmp(argv[1], "int"))
		return usage_error("add \"%s\": expected int", argv[1]);
	expected = parse_endpoint(argv[2], EP_PORT_NEEDED, &w->internal);
	if (expected)
		return usage_error("int \"%s\": expected %s", argv[2], expected);
	if (!proto_of_family(&w->proto, w->internal.family))
		return usage_error("\"%s\" is not of the address family of icmpv6", argv[2]);
	status = parse_more(argc - 3, argv + 3, w);
	if (status)
		return status;
	if (!*w->profile)
		strcpy(w->profile, "default");
	if (w->prefer && w->exact)
		return usage_error("add: either prefer or exact");
	if ((w->prefer || w->exact) && !w->has_ext_port)
		return usage_error("add: %s is about the port of ext, and there is none",
				   w->prefer ? "prefer" : "exact");
	if (w->has_parity && w->has_ext_port)
		return usage_error("add: parity is about a port that is not said in ext");
	return STATUS_DONE;
}

/* The one device whose rules select the profile; NULL if there is none or several. */
static const char *only_device(const struct cone *c, const struct profile *p, uint8_t family)
{
	const char *dev = NULL;
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct rule *rule = &c->rules[i].rule;

		if (c->rules[i].nat || !rule_selects(rule, p) ||
		    !rule_has_family(rule, family))
			continue;
		if (dev && strcmp(dev, rule->oif))
			return NULL;
		dev = rule->oif;
	}
	return dev;
}

/* Chooses the device whose address it will be, if the words do not name one. */
static int choose_device(const struct profile *p, struct wish *w)
{
	const char *dev;
	struct cone c;
	struct nft n;
	int status;
	int ret;

	ret = nft_open(&n);
	if (!ret) {
		ret = cone_read(&n, &c);
		nft_close(&n);
	}
	if (ret)
		return fail("nf_tables cannot be read: %s; say ext ADDR or oif DEV", n.nl.error);
	dev = only_device(&c, p, w->internal.family);
	if (dev)
		status = filter_ifindex(dev, &w->ifindex);
	else
		status = usage_error("add: say ext ADDR or oif DEV; the rules of this namespace do "
				     "not name one device for the profile %s", p->name);
	w->has_oif = true;
	cone_free(&c);
	return status;
}

/* An exact port needs an address: one that the device has now. */
static int choose_address(struct wish *w)
{
	uint8_t family = w->internal.family;
	char dev[IF_NAMESIZE];
	int ret;

	if (!if_indextoname(w->ifindex, dev))
		return fail("the interface has gone");
	ret = device_address(w->ifindex, family, &w->external.addr);
	if (ret == -EADDRNOTAVAIL)
		return fail("oif %s has no IPv%d address now", dev, family == NFPROTO_IPV6 ? 6 : 4);
	if (ret)
		return fail("oif %s: its addresses cannot be read: %s", dev, strerror(-ret));
	w->external.family = family;
	w->external.has_port = true;
	w->has_ext_addr = true;
	return STATUS_DONE;
}

static void put_remotes(struct nlmsghdr *nlh, const struct wish *w)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, FULLCONE_MAPPING_A_REMOTES);
	unsigned int i;

	for (i = 0; i < w->remote_count; i++) {
		const struct endpoint *ep = &w->remotes[i];
		struct nlattr *entry = mnl_attr_nest_start(nlh, FULLCONE_REMOTE_A_ENTRY);

		mnl_attr_put(nlh, FULLCONE_REMOTE_A_ADDR, addr_size(ep->family), &ep->addr);
		if (ep->has_len)
			mnl_attr_put_u8(nlh, FULLCONE_REMOTE_A_PREFIX_LEN, ep->len);
		if (ep->has_port)
			mnl_attr_put_u16(nlh, FULLCONE_REMOTE_A_PORT, htons(ep->port));
		mnl_attr_nest_end(nlh, entry);
	}
	mnl_attr_nest_end(nlh, list);
}

static void put(struct nlmsghdr *nlh, const struct wish *w)
{
	mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_PROTO, w->proto);
	filter_put_endpoint(nlh, true, &w->internal);
	if (w->has_ext_addr)
		filter_put_endpoint(nlh, false, &w->external);
	else if (w->has_ext_port)
		mnl_attr_put_u16(nlh, FULLCONE_MAPPING_A_EXT_PORT, htons(w->external.port));
	if (w->has_ext_port && !w->prefer)
		mnl_attr_put(nlh, FULLCONE_MAPPING_A_EXACT, 0, NULL);
	if (w->has_lifetime)
		mnl_attr_put_u32(nlh, FULLCONE_MAPPING_A_LIFETIME, w->lifetime);
	if (w->has_parity)
		mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_PARITY, w->parity);
	if (w->remote_count || w->anybody)
		put_remotes(nlh, w);
	if (w->has_zone)
		mnl_attr_put_u16(nlh, FULLCONE_MAPPING_A_ZONE, w->zone);
	if (w->has_oif)
		mnl_attr_put_u32(nlh, FULLCONE_MAPPING_A_IFINDEX, w->ifindex);
	mnl_attr_put_strz(nlh, FULLCONE_MAPPING_A_PROFILE, w->profile);
}

static int keep_one(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_mapping(nlh, data);
}

/* The same for a profile with sources. */
static int choose_source(const struct profile *p, const struct addr_range *source, struct wish *w)
{
	if (!profile_source_single(p, source))
		return usage_error("ext \":%u\": the profile %s has several addresses; expected "
				   "ADDR:PORT, or prefer", w->external.port, p->name);
	w->external.addr = source->first;
	w->external.family = source->family;
	w->external.has_port = true;
	w->has_ext_addr = true;
	return STATUS_DONE;
}

static int request(struct genl *g, struct wish *w, struct mapping *m)
{
	const struct addr_range *pool;
	struct profile p;
	int status;
	int ret;

	ret = profile_get(g, w->profile, &p);
	if (ret)
		return fail("profile %s: %s", w->profile, g->nl.error);
	pool = profile_source(&p, w->internal.family);
	if (!w->has_ext_addr && !w->has_oif && !pool) {
		status = choose_device(&p, w);
		if (status)
			return status;
	}
	if (!w->has_ext_addr && w->has_ext_port && !w->prefer) {
		status = pool ? choose_source(&p, pool, w) : choose_address(w);
		if (status)
			return status;
	}
	put(genl_request(g, FULLCONE_CMD_MAPPING_ADD), w);
	ret = genl_do(g, keep_one, m);
	return ret ? fail("add: %s", g->nl.error) : STATUS_DONE;
}

int cmd_add(const struct options *opt, int argc, char **argv)
{
	struct mapping m = { 0 };
	struct listing *l;
	struct wish w;
	struct genl g;
	int status;
	int ret;

	status = parse_words(opt, argc, argv, &w);
	if (status || opt->parse_only)
		return status;
	ret = genl_open_loading(&g, NULL);
	if (ret)
		return fail("%s", g.nl.error);
	status = request(&g, &w, &m);
	genl_close(&g);
	if (status || opt->quiet)
		return status;
	l = view_mappings(opt, &status);
	if (!l)
		return status;
	return listing_end(l, !listing_row(l, &m));
}
