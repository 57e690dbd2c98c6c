// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: every parser of parse.c on the same word; what is taken must print and read back. */
#include "parse.h"

#include <linux/fullcone.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_endpoint(const char *word, unsigned int accept)
{
	struct endpoint ep, again;
	char text[ENDPOINT_STRLEN];

	if (parse_endpoint(word, accept, &ep))
		return;
	format_endpoint(&ep, text, sizeof(text));
	if (parse_endpoint(text, accept, &again) || memcmp(&ep, &again, sizeof(ep)))
		abort();
}

/* What is taken is ranges that begin before they end, and prints as what reads as the same. */
static void check_source(const char *word)
{
	struct addr_range r[FULLCONE_SOURCE_MAX], again[FULLCONE_SOURCE_MAX];
	char text[ADDR_RANGE_STRLEN];
	unsigned int count, one, i;

	if (parse_source(word, r, &count))
		return;
	if (count > FULLCONE_SOURCE_MAX)
		abort();
	for (i = 0; i < count; i++) {
		if (memcmp(&r[i].first, &r[i].last, addr_size(r[i].family)) > 0)
			abort();
		format_addr_range(&r[i], text, sizeof(text));
		if (parse_source(text, again, &one) || one != 1 ||
		    memcmp(&r[i], &again[0], sizeof(r[i])))
			abort();
	}
}

static void check_proto(const char *word)
{
	uint8_t proto = 0, four, six;

	if (parse_proto(word, &proto))
		return;
	four = six = proto;
	if (!proto_of_family(&six, NFPROTO_IPV6) || six == IPPROTO_ICMP)
		abort();
	if (proto_of_family(&four, NFPROTO_IPV4) ? four == IPPROTO_ICMPV6 : four != IPPROTO_ICMPV6)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct short_timer timers[FULLCONE_UDP_SHORT_MAX];
	struct port_range ports[FULLCONE_RESERVE_MAX];
	struct mark mark = { 0 };
	unsigned int count = 0;
	uint16_t min, max;
	uint32_t number;
	uint8_t byte;
	char *word;
	bool on;

	word = malloc(size + 1);
	if (!word)
		return 0;
	memcpy(word, data, size);
	word[size] = '\0';

	check_endpoint(word, EP_LEN | EP_PORT);
	check_endpoint(word, EP_PORT);
	check_endpoint(word, EP_PORT_NEEDED);
	check_endpoint(word, EP_LEN | EP_NOT);
	if (!parse_u32(word, 1, 86400, &number) && (!number || number > 86400))
		abort();
	if (!parse_port_range(word, &min, &max) && (min > max || (max && !min)))
		abort();
	if (!parse_mark(word, &mark) && (!mark.mask || mark.value & ~mark.mask))
		abort();
	if (!parse_short_timers(word, timers, &count) && count > FULLCONE_UDP_SHORT_MAX)
		abort();
	check_source(word);
	if (!parse_reserve(word, ports, &count)) {
		if (count > FULLCONE_RESERVE_MAX)
			abort();
		while (count--)
			if (!ports[count].first || ports[count].first > ports[count].last)
				abort();
	}
	check_proto(word);
	parse_state(word, &byte);
	parse_bool(word, &on);
	if (!parse_ifname(word) && strlen(word) > 15)
		abort();
	parse_profile_name(word);
	free(word);
	return 0;
}
