// SPDX-License-Identifier: GPL-2.0
/*
 * get block: the ports of a host, or the host that has a port, where these follow from the
 * addresses (RFC 7422). For an address with a port, the host; for one without, its ports.
 */
#include "attr.h"
#include "cmd.h"
#include "genl.h"
#include "model.h"
#include "output.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

struct block {
	union addr int_addr, ext_addr;
	uint16_t first, last;
	char profile[FULLCONE_NAME_SIZE];
};

enum { C_INT_ADDR, C_EXT_ADDR, C_PORT_MIN, C_PORT_MAX, C_PROFILE, C_COUNT };

static const struct column columns[] = {
	[C_INT_ADDR] = { "int_addr", COL_STRING, COL_JSON | COL_TEXT },
	[C_EXT_ADDR] = { "ext_addr", COL_STRING, COL_JSON | COL_TEXT },
	[C_PORT_MIN] = { "port_min", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT },
	[C_PORT_MAX] = { "port_max", COL_NUMBER, COL_JSON | COL_TEXT | COL_RIGHT },
	[C_PROFILE] = { "profile", COL_STRING, COL_JSON | COL_TEXT },
};

static bool cell(const void *row, size_t column, char *buf, size_t size)
{
	const struct block *b = row;

	switch (column) {
	case C_INT_ADDR:
		format_addr(NFPROTO_IPV4, &b->int_addr, buf, size);
		break;
	case C_EXT_ADDR:
		format_addr(NFPROTO_IPV4, &b->ext_addr, buf, size);
		break;
	case C_PORT_MIN:
		snprintf(buf, size, "%u", b->first);
		break;
	case C_PORT_MAX:
		snprintf(buf, size, "%u", b->last);
		break;
	default:
		snprintf(buf, size, "%s", b->profile);
	}
	return true;
}

static int keep(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	struct block *b = data;
	unsigned int len;
	int ret = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case FULLCONE_MAPPING_A_INT_ADDR:
			ret = attr_addr(attr, &b->int_addr, &len);
			break;
		case FULLCONE_MAPPING_A_EXT_ADDR:
			ret = attr_addr(attr, &b->ext_addr, &len);
			break;
		case FULLCONE_MAPPING_A_EXT_PORT:
			ret = attr_port(attr, &b->first);
			break;
		case FULLCONE_MAPPING_A_EXT_PORT_MAX:
			ret = attr_port(attr, &b->last);
			break;
		case FULLCONE_MAPPING_A_PROFILE:
			ret = attr_name(attr, b->profile);
			break;
		}
		if (ret)
			return ret;
	}
	return 0;
}

static void put(struct nlmsghdr *nlh, const struct endpoint *ep, const char *profile)
{
	if (ep->has_port) {
		mnl_attr_put(nlh, FULLCONE_MAPPING_A_EXT_ADDR, sizeof(ep->addr.in), &ep->addr.in);
		mnl_attr_put_u16(nlh, FULLCONE_MAPPING_A_EXT_PORT, htons(ep->port));
	} else {
		mnl_attr_put(nlh, FULLCONE_MAPPING_A_INT_ADDR, sizeof(ep->addr.in), &ep->addr.in);
	}
	if (profile)
		mnl_attr_put_strz(nlh, FULLCONE_MAPPING_A_PROFILE, profile);
}

static int request(const struct endpoint *ep, const char *profile, struct block *b)
{
	int status = STATUS_DONE;
	struct genl g;

	if (genl_open(&g))
		return fail("%s", g.nl.error);
	put(genl_request(&g, FULLCONE_CMD_BLOCK_GET), ep, profile);
	if (genl_do(&g, keep, b))
		status = fail("%s", g.nl.error);
	genl_close(&g);
	return status;
}

int cmd_get_block(const struct options *opt, int argc, char **argv)
{
	const char *expected, *profile = NULL;
	struct block b = { .profile = "" };
	struct endpoint ep;
	struct listing *l;
	int status;

	if (argc != 1 && argc != 3)
		return usage_error("get block: expected ADDR or ADDR:PORT [profile NAME]");
	expected = parse_endpoint(argv[0], EP_PORT, &ep);
	if (!expected && ep.family != NFPROTO_IPV4)
		expected = "an IPv4 address, of a host or with a port of an external one";
	if (expected)
		return usage_error("get block \"%s\": expected %s", argv[0], expected);
	if (argc == 3) {
		if (strcmp(argv[1], "profile"))
			return usage_error("get block \"%s\": expected profile NAME", argv[1]);
		profile = argv[2];
		expected = parse_profile_name(profile);
		if (expected)
			return usage_error("profile \"%s\": expected %s", profile, expected);
	}
	l = listing_begin(opt, "blocks", columns, C_COUNT, cell, &status);
	if (!l)
		return status;
	status = request(&ep, profile, &b);
	if (!status && listing_row(l, &b))
		status = fail("no memory");
	return listing_end(l, !status);
}
