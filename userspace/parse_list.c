// SPDX-License-Identifier: GPL-2.0
/* Lists with commas in them, which settings of profiles are, and lines of words. */
#include "parse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/fullcone.h>
#include <string.h>

const char *parse_short_timers(const char *s, struct short_timer *t, unsigned int *count)
{
	static const char *expected = "PORT:SECONDS[,PORT:SECONDS...] with at most 16, or none";
	unsigned int n, i;
	uint32_t value;

	*count = 0;
	if (!strcmp(s, "none"))
		return NULL;
	for (n = 0; n < FULLCONE_UDP_SHORT_MAX; n++) {
		size_t len = strcspn(s, ":");

		if (!s[len] || !read_decimal(s, len, 65535, &value) || !value)
			return expected;
		t[n].port = value;
		s += len + 1;
		len = strcspn(s, ",");
		if (!read_decimal(s, len, 86400, &value) || !value)
			return "a timer from 1 to 86400 seconds";
		t[n].seconds = value;
		for (i = 0; i < n; i++)
			if (t[i].port == t[n].port)
				return "each port once";
		s += len;
		if (!*s) {
			*count = n + 1;
			return NULL;
		}
		s++;
	}
	return expected;
}

/* "FIRST" or "FIRST-LAST" up to the next comma; @rest is what is behind it. */
static bool split_range(const char *s, size_t *first, const char **second, size_t *second_len,
			const char **rest)
{
	size_t len = strcspn(s, ",");
	const char *dash = memchr(s, '-', len);

	*rest = s[len] ? s + len + 1 : NULL;
	*first = dash ? (size_t)(dash - s) : len;
	*second = dash ? dash + 1 : s;
	*second_len = dash ? len - *first - 1 : len;
	return *first && *second_len;
}

const char *parse_reserve(const char *s, struct port_range *r, unsigned int *count)
{
	static const char *expected = "PORT[-PORT],... within 1-65535, at most 64 of them, or none";
	const char *second, *rest;
	size_t first, second_len;
	uint32_t lo, hi;
	unsigned int n;

	*count = 0;
	if (!strcmp(s, "none"))
		return NULL;
	for (n = 0; n < FULLCONE_RESERVE_MAX; n++) {
		if (!split_range(s, &first, &second, &second_len, &rest) ||
		    !read_decimal(s, first, 65535, &lo) || !lo ||
		    !read_decimal(second, second_len, 65535, &hi) || hi < lo)
			return expected;
		r[n] = (struct port_range){ lo, hi };
		if (!rest) {
			*count = n + 1;
			return NULL;
		}
		s = rest;
	}
	return expected;
}

static bool read_addr(const char *s, size_t len, uint8_t *family, union addr *out)
{
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	*family = memchr(text, ':', len) ? NFPROTO_IPV6 : NFPROTO_IPV4;
	return inet_pton(*family == NFPROTO_IPV6 ? AF_INET6 : AF_INET, text, out) == 1;
}

const char *parse_blocks(const char *s, struct blocks *b)
{
	static const char *expected = "ADDR/LEN:FACTOR[:PORTS], IPv4, or off";
	size_t addr = strcspn(s, "/"), len, factor;
	union addr inside;
	uint32_t value;
	uint8_t family;

	*b = (struct blocks){ 0 };
	if (!strcmp(s, "off"))
		return NULL;
	if (!s[addr] || !read_addr(s, addr, &family, &inside) || family != NFPROTO_IPV4)
		return expected;
	b->inside = inside.in;
	s += addr + 1;
	len = strcspn(s, ":");
	if (!s[len] || !read_decimal(s, len, 32, &value) || value < 8)
		return "a prefix length from 8 to 32, and a factor behind a colon";
	b->len = value;
	s += len + 1;
	factor = strcspn(s, ":");
	if (!read_decimal(s, factor, 4096, &value))
		return "a factor from 0 to 4096";
	b->factor = value;
	if (!s[factor])
		return NULL;
	s += factor + 1;
	if (!read_decimal(s, strlen(s), 65535, &value))
		return "at most 65535 ports of a host";
	b->host_ports = value;
	return NULL;
}

const char *parse_source(const char *s, struct addr_range *r, unsigned int *count)
{
	static const char *expected =
		"masquerade, or addresses ADDR[-ADDR],..., at most 64 of them";
	const char *second, *rest;
	size_t first, second_len;
	unsigned int n;
	uint8_t family;

	*count = 0;
	if (!strcmp(s, "masquerade"))
		return NULL;
	for (n = 0; n < FULLCONE_SOURCE_MAX; n++) {
		memset(&r[n], 0, sizeof(r[n]));
		if (!split_range(s, &first, &second, &second_len, &rest) ||
		    !read_addr(s, first, &r[n].family, &r[n].first) ||
		    !read_addr(second, second_len, &family, &r[n].last) ||
		    family != r[n].family)
			return expected;
		if (memcmp(&r[n].last, &r[n].first, addr_size(family)) < 0)
			return "ranges of addresses from the lower to the higher one";
		if (!rest) {
			*count = n + 1;
			return NULL;
		}
		s = rest;
	}
	return expected;
}

const char *word_quote(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.,:/@%+=", *s))
			return "'";
	return "";
}

int parse_line(char *text, char **words, int max)
{
	int count = 0;
	char *s = text;

	for (;;) {
		s += strspn(s, " \t\r\n");
		if (!*s || *s == '#')
			return count;
		if (count == max)
			return -1;
		if (*s == '\'') {
			words[count++] = ++s;
			s = strchr(s, '\'');
			if (!s || (s[1] && !strchr(" \t\r\n", s[1])))
				return -1;
			*s++ = '\0';
			continue;
		}
		words[count++] = s;
		s += strcspn(s, " \t\r\n'");
		if (*s == '\'')
			return -1;
		if (*s)
			*s++ = '\0';
	}
}
