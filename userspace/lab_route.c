// SPDX-License-Identifier: GPL-2.0
/*
 * The routes of a laboratory that a default route does not make: to hosts that have public
 * addresses, and to the addresses of pools, as lines for "ip -batch".
 */
#include "cmd.h"
#include "lab.h"
#include "profile.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Routes to the LANs that are not translated, for nodes outside other than @own's router. */
static void put_public_routes(FILE *f, const struct lab *lab, int own)
{
	int i;

	for (i = 0; i < LAB_SIDES && lab->topology->side[i].router; i++)
		if (i != own && lab->nat[i].kind == LAB_NAT_NONE)
			fprintf(f, "route add %s%s/%d via %s%d\n", lab_addr_lan(lab, i),
				lab->family->zero, lab->family->len, lab->family->wan, i + 1);
}

/* An address as a number; of IPv6, the half behind the /64. */
static uint64_t number_of(const union addr *addr, size_t size)
{
	uint64_t n = 0;
	size_t i;

	for (i = size > 8 ? 8 : 0; i < size; i++)
		n = n << 8 | addr->bytes[i];
	return n;
}

/* To the prefix of that length which begins with @number in the network of @addr. */
static void put_pool_route(FILE *f, const struct lab_family *family, const union addr *addr,
			   uint64_t number, int len, int side, bool own)
{
	size_t i = addr_size(family->nfproto), begin = i > 8 ? 8 : 0;
	char text[INET6_ADDRSTRLEN];
	union addr prefix = *addr;

	for (; i-- > begin; number >>= 8)
		prefix.bytes[i] = number;
	inet_ntop(begin ? AF_INET6 : AF_INET, &prefix, text, sizeof(text));
	if (own)
		fprintf(f, "route add blackhole %s/%d\n", text, len);
	else
		fprintf(f, "route add %s/%d via %s%d\n", text, len, family->wan, side + 1);
}

/* The prefixes that make up a range of addresses; of IPv6, one within a /64. */
static void put_range_routes(FILE *f, const struct lab_family *family,
			     const struct addr_range *range, int side, bool own)
{
	size_t bytes = addr_size(range->family);
	uint64_t first = number_of(&range->first, bytes);
	uint64_t last = number_of(&range->last, bytes);
	int shortest = bytes > 8 ? 64 : 0;
	uint64_t size;
	int len;

	for (;; first += size) {
		size = 1;
		len = 8 * bytes;
		while (len > shortest && !(first & size) && last - first >= 2 * size - 1) {
			size *= 2;
			len--;
		}
		put_pool_route(f, family, &range->first, first, len, side, own);
		if (last - first == size - 1)
			break;
	}
}

/* Routes to the addresses of source=, which a router has not: there is nobody's ARP for them. */
static void put_pool_routes(FILE *f, const struct lab *lab, int own)
{
	const struct lab_nat *nat;
	struct profile p;
	unsigned int n;
	int i;

	for (i = 0; i < LAB_SIDES && lab->topology->side[i].router; i++) {
		nat = &lab->nat[i];
		if (nat->kind != LAB_NAT_ENGINE ||
		    profile_words_parse(nat->count, (char **)nat->words, &p))
			continue;
		for (n = 0; n < p.source_count; n++)
			if (p.source[n].family == lab->family->nfproto)
				put_range_routes(f, lab->family, &p.source[n], i, i == own);
	}
}

void lab_route_put(FILE *f, const struct lab *lab, int own)
{
	put_public_routes(f, lab, own);
	put_pool_routes(f, lab, own);
}
