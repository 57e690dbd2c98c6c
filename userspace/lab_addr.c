// SPDX-License-Identifier: GPL-2.0
/* The addresses of a laboratory, in each family. */
#include "array.h"
#include "lab.h"

#include <linux/netfilter.h>
#include <string.h>

static const struct lab_family families[] = {
	{
		.name = "ip",
		.nfproto = NFPROTO_IPV4,
		.lan = "192.168.1.",
		.wan = "203.0.113.",
		.public_lan = { "198.51.100.", "192.0.2." },
		.zero = "0",
		.len = 24,
		.width = 13,
		.s1 = { "203.0.113.11", "203.0.113.12" },
		.proc = "udp",
		.proc_s1 = { "0B7100CB", "0C7100CB" },
	}, {
		.name = "ip6",
		.nfproto = NFPROTO_IPV6,
		.lan = "fd00:1::",
		.wan = "2001:db8:f::",
		.public_lan = { "2001:db8:1::", "2001:db8:2::" },
		.zero = "",
		.len = 64,
		.width = 15,
		.s1 = { "2001:db8:f::11", "2001:db8:f::12" },
		.proc = "udp6",
		.proc_s1 = {
			"B80D012000000F000000000011000000", "B80D012000000F000000000012000000",
		},
	},
};

const struct lab_family *lab_addr_family(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(name, families[i].name))
			return &families[i];
	return NULL;
}

const char *lab_addr_lan(const struct lab *lab, int side)
{
	if (lab->nat[side].kind == LAB_NAT_NONE)
		return lab->family->public_lan[side];
	return lab->family->lan;
}
