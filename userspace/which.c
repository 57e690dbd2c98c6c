// SPDX-License-Identifier: GPL-2.0
/* One mapping, named by either of its endpoints: the words of get and del. */
#include "which.h"
#include "filter.h"

#include <linux/fullcone.h>
#include <string.h>

static int parse_more(const char *verb, int argc, char **argv, struct which *w)
{
	const char *expected;
	uint32_t zone;
	int status, i;

	for (i = 0; i < argc; i += 2) {
		bool is_zone = !strcmp(argv[i], "zone");

		if (!is_zone && strcmp(argv[i], "oif"))
			return usage_error("%s \"%s\": expected zone N or oif DEV", verb, argv[i]);
		if (i + 1 == argc)
			return usage_error("%s: a word is missing after it", argv[i]);
		if (is_zone ? w->has_zone : w->has_oif)
			return usage_error("%s: %s is given twice", verb, argv[i]);
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

int which_parse(const char *verb, const struct options *opt, int argc, char **argv,
		struct which *w)
{
	const char *expected;

	memset(w, 0, sizeof(*w));
	if (argc < 3)
		return usage_error("%s: expected udp|tcp|icmp, int or ext, and ADDRESS:PORT", verb);
	expected = parse_proto(argv[0], &w->proto);
	if (expected)
		return usage_error("%s \"%s\": expected %s", verb, argv[0], expected);
	w->internal = !strcmp(argv[1], "int");
	if (!w->internal && strcmp(argv[1], "ext"))
		return usage_error("%s \"%s\": expected int or ext", verb, argv[1]);
	expected = parse_endpoint(argv[2], EP_PORT_NEEDED, &w->ep);
	if (expected)
		return usage_error("%s \"%s\": expected %s", argv[1], argv[2], expected);
	if (opt->given & OPT_FAMILY && opt->family != w->ep.family)
		return usage_error("\"%s\" is not of the address family asked for", argv[2]);
	if (!proto_of_family(&w->proto, w->ep.family))
		return usage_error("\"%s\" is not of the address family of icmpv6", argv[2]);
	return parse_more(verb, argc - 3, argv + 3, w);
}

void which_put(struct nlmsghdr *nlh, const struct which *w)
{
	mnl_attr_put_u8(nlh, FULLCONE_MAPPING_A_PROTO, w->proto);
	filter_put_endpoint(nlh, w->internal, &w->ep);
	if (w->has_zone)
		mnl_attr_put_u16(nlh, FULLCONE_MAPPING_A_ZONE, w->zone);
	if (w->has_oif)
		mnl_attr_put_u32(nlh, FULLCONE_MAPPING_A_IFINDEX, w->ifindex);
}
