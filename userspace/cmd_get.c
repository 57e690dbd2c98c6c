// SPDX-License-Identifier: GPL-2.0
/* get: one mapping, by its internal or its external endpoint. */
#include "cmd.h"
#include "filter.h"
#include "genl.h"
#include "model.h"
#include "view.h"

#include <errno.h>
#include <string.h>

struct wanted {
	uint8_t proto;
	bool internal;
	bool has_zone;
	bool has_oif;
	uint16_t zone;
	uint32_t ifindex;
	struct endpoint ep;
};

static int parse_words(const struct options *opt, int argc, char **argv, struct wanted *w)
{
	const char *expected;
	uint32_t zone;
	int status, i;

	memset(w, 0, sizeof(*w));
	if (argc < 3)
		return usage_error("get: expected udp|tcp|icmp, int or ext, and ADDRESS:PORT");
	expected = parse_proto(argv[0], &w->proto);
	if (expected)
		return usage_error("get \"%s\": expected %s", argv[0], expected);
	w->internal = !strcmp(argv[1], "int");
	if (!w->internal && strcmp(argv[1], "ext"))
		return usage_error("get \"%s\": expected int or ext", argv[1]);
	expected = parse_endpoint(argv[2], EP_PORT_NEEDED, &w->ep);
	if (expected)
		return usage_error("%s \"%s\": expected %s", argv[1], argv[2], expected);
	if (opt->given & OPT_FAMILY && opt->family != w->ep.family)
		return usage_error("\"%s\" is not of the address family asked for", argv[2]);
	if (w->proto == IPPROTO_ICMP && w->ep.family == NFPROTO_IPV6)
		w->proto = IPPROTO_ICMPV6;

	for (i = 3; i < argc; i += 2) {
		bool is_zone = !strcmp(argv[i], "zone");

		if (!is_zone && strcmp(argv[i], "oif"))
			return usage_error("get \"%s\": expected zone N or oif DEV", argv[i]);
		if (i + 1 == argc)
			return usage_error("%s: a word is missing after it", argv[i]);
		if (is_zone) {
			expected = parse_u32(argv[i + 1], 0, 65535, &zone);
			if (expected)
				return usage_error("zone \"%s\": expected %s", argv[i + 1],
						   expected);
			w->zone = zone;
			w->has_zone = true;
		} else {
			status = filter_ifindex(argv[i + 1], &w->ifindex);
			if (status)
				return status;
			w->has_oif = true;
		}
	}
	return STATUS_DONE;
}

static int keep_one(const struct nlmsghdr *nlh, void *data)
{
	return model_parse_mapping(nlh, data);
}

static int request(struct genl *g, const struct wanted *w, struct mapping *m)
{
	struct nlmsghdr *nlh = genl_request(g, FULLCONE_CMD_MAPPING_GET);

	mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_PROTO, w->proto);
	filter_put_endpoint(nlh, w->internal, &w->ep);
	if (w->has_zone)
		mnl_attr_put_u16(nlh, FULLCONE_MAPPING_A_ZONE, w->zone);
	if (w->has_oif)
		mnl_attr_put_u32(nlh, FULLCONE_MAPPING_A_IFINDEX, w->ifindex);
	return genl_do(g, keep_one, m);
}

int cmd_get(const struct options *opt, int argc, char **argv)
{
	struct mapping m = { 0 };
	struct listing *l;
	struct wanted w;
	struct genl g;
	int status;
	int ret;

	status = parse_words(opt, argc, argv, &w);
	if (status)
		return status;
	l = view_mappings(opt, &status);
	if (!l)
		return status;
	ret = genl_open(&g);
	if (ret) {
		listing_end(l, false);
		return fail("%s", g.nl.error);
	}
	ret = request(&g, &w, &m);
	if (!ret && !m.have)
		ret = -ENOENT;
	if (!ret)
		ret = listing_row(l, &m);
	status = listing_end(l, !ret);
	if (ret == -ENOENT)
		status = fail("there is no %s mapping with the %s endpoint %s", argv[0],
			      w.internal ? "internal" : "external", argv[2]);
	else if (ret)
		status = fail("%s", g.nl.error);
	genl_close(&g);
	return status;
}
