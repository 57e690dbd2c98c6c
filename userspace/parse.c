// SPDX-License-Identifier: GPL-2.0
/* Strict reading of what a user typed: no trailing bytes, no wrap-around, no guesses. */
#include "parse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/fullcone.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* strtoul() alone takes signs, blanks and values that wrap. Hex only with 0x, no octal. */
static bool read_number(const char *s, uint32_t max, uint32_t *out)
{
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	const char *digits = base == 16 ? s + 2 : s;
	unsigned long long value;
	char *end;

	if (base == 16 ? !isxdigit((unsigned char)*digits) : !isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	value = strtoull(digits, &end, base);
	if (errno || *end || value > max)
		return false;
	*out = value;
	return true;
}

bool read_decimal(const char *s, size_t len, uint32_t max, uint32_t *out)
{
	uint32_t value = 0;

	if (!len || len > 10)
		return false;
	for (; len; len--, s++) {
		if (!isdigit((unsigned char)*s))
			return false;
		if (value > (UINT32_MAX - (*s - '0')) / 10)
			return false;
		value = value * 10 + (*s - '0');
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

const char *parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *out)
{
	static char expected[64];
	uint32_t value;

	if (read_decimal(s, strlen(s), max, &value) && value >= min) {
		*out = value;
		return NULL;
	}
	snprintf(expected, sizeof(expected), "a number from %u to %u", min, max);
	return expected;
}

static const char *endpoint_expected(unsigned int accept)
{
	if (accept & EP_PORT_NEEDED)
		return "ADDRESS:PORT, or [ADDRESS]:PORT for IPv6";
	if (accept & EP_NOT)
		return "ADDRESS or ADDRESS/LENGTH, with ! before it for all others";
	if (accept & EP_LEN)
		return "ADDRESS, ADDRESS/LENGTH, ADDRESS:PORT or [ADDRESS]:PORT";
	return "ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT";
}

/* No bit may be set behind the prefix: 10.0.0.1/8 is a slip more often than a wish. */
static bool host_bits_clear(const uint8_t *addr, unsigned int size, unsigned int len)
{
	unsigned int bit;

	for (bit = len; bit < size * 8; bit++)
		if (addr[bit / 8] & (0x80 >> (bit % 8)))
			return false;
	return true;
}

const char *parse_endpoint(const char *s, unsigned int accept, struct endpoint *ep)
{
	const char *expected = endpoint_expected(accept);
	char text[INET6_ADDRSTRLEN];
	const char *rest;
	uint32_t value;
	size_t len;

	memset(ep, 0, sizeof(*ep));
	if (*s == '!' && accept & EP_NOT) {
		ep->negated = true;
		s++;
	}

	/* The address: up to "]" in brackets; with two colons up to "/"; else up to ":" or "/". */
	if (*s == '[') {
		len = strcspn(++s, "]");
		if (!s[len])
			return expected;
		rest = s + len + 1;
	} else {
		const char *colon = strchr(s, ':');

		len = strcspn(s, colon && strchr(colon + 1, ':') ? "/" : ":/");
		rest = s + len;
	}
	if (len >= sizeof(text))
		return expected;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, &ep->addr) == 1)
		ep->family = NFPROTO_IPV4;
	else if (inet_pton(AF_INET6, text, &ep->addr) == 1)
		ep->family = NFPROTO_IPV6;
	else
		return expected;
	ep->len = ep->family == NFPROTO_IPV4 ? 32 : 128;

	if (*rest == '/' && accept & EP_LEN) {
		unsigned int size = ep->len / 8;

		len = strcspn(++rest, ":");
		if (!read_decimal(rest, len, ep->len, &value))
			return ep->family == NFPROTO_IPV4 ? "a prefix length from 0 to 32" :
							    "a prefix length from 0 to 128";
		ep->has_len = true;
		ep->len = value;
		rest += len;
		if (!host_bits_clear(ep->addr.bytes, size, ep->len))
			return "a network address without bits behind the prefix";
	}
	if (*rest == ':' && accept & (EP_PORT | EP_PORT_NEEDED)) {
		rest++;
		if (!read_decimal(rest, strlen(rest), 65535, &value))
			return "a port from 0 to 65535";
		ep->has_port = true;
		ep->port = value;
		rest += strlen(rest);
	}
	if (*rest || (accept & EP_PORT_NEEDED && !ep->has_port))
		return expected;
	return NULL;
}

const char *parse_proto(const char *s, uint8_t *proto)
{
	if (!strcmp(s, "udp"))
		*proto = IPPROTO_UDP;
	else if (!strcmp(s, "tcp"))
		*proto = IPPROTO_TCP;
	else if (!strcmp(s, "icmp"))
		*proto = IPPROTO_ICMP;
	else if (!strcmp(s, "icmpv6"))
		*proto = IPPROTO_ICMPV6;
	else
		return "udp, tcp, icmp or icmpv6";
	return NULL;
}

bool proto_of_family(uint8_t *proto, uint8_t family)
{
	if (*proto == IPPROTO_ICMP && family == NFPROTO_IPV6)
		*proto = IPPROTO_ICMPV6;
	return *proto != IPPROTO_ICMPV6 || family == NFPROTO_IPV6;
}

const char *parse_state(const char *s, uint8_t *state)
{
	if (!strcmp(s, "open"))
		*state = FULLCONE_STATE_OPEN;
	else if (!strcmp(s, "drain"))
		*state = FULLCONE_STATE_DRAIN;
	else if (!strcmp(s, "held"))
		*state = FULLCONE_STATE_HELD;
	else
		return "open, drain or held";
	return NULL;
}

const char *parse_bool(const char *s, bool *out)
{
	if (!strcmp(s, "on") || !strcmp(s, "1"))
		*out = true;
	else if (!strcmp(s, "off") || !strcmp(s, "0"))
		*out = false;
	else
		return "on or off";
	return NULL;
}

const char *parse_port_range(const char *s, uint16_t *min, uint16_t *max)
{
	const char *dash = strchr(s, '-');
	uint32_t lo, hi;

	if (!strcmp(s, "default")) {
		*min = *max = 0;
		return NULL;
	}
	if (!dash || !read_decimal(s, dash - s, 65535, &lo) || !lo ||
	    !read_decimal(dash + 1, strlen(dash + 1), 65535, &hi) || hi < lo)
		return "LOW-HIGH within 1-65535, or default";
	*min = lo;
	*max = hi;
	return NULL;
}

const char *parse_mark(const char *s, struct mark *mark)
{
	static const char *expected = "VALUE/MASK, decimal or 0x hexadecimal, such as 0x100/0x100";
	const char *slash = strchr(s, '/');
	char value[16];

	if (!slash || (size_t)(slash - s) >= sizeof(value))
		return expected;
	memcpy(value, s, slash - s);
	value[slash - s] = '\0';
	if (!read_number(value, UINT32_MAX, &mark->value) ||
	    !read_number(slash + 1, UINT32_MAX, &mark->mask))
		return expected;
	if (!mark->mask)
		return "a mask that is not 0";
	if (mark->value & ~mark->mask)
		return "a value without bits outside its mask";
	return NULL;
}

/* What the kernel takes as a device name, less what nft or "save" could not write in text. */
const char *parse_ifname(const char *s)
{
	size_t len = strlen(s);
	size_t i;

	if (!len || len >= IFNAMSIZ || !strcmp(s, ".") || !strcmp(s, ".."))
		return "an interface name of 1 to 15 bytes";
	for (i = 0; i < len; i++)
		if (!isgraph((unsigned char)s[i]) || strchr("/:\"'\\*", s[i]))
			return "an interface name in ASCII without blanks and / : \" ' \\ *";
	return NULL;
}

const char *parse_profile_name(const char *s)
{
	size_t len = strlen(s);
	size_t i;

	if (!len || len >= FULLCONE_NAME_SIZE)
		return "a name of 1 to 31 bytes";
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
			return "a name of letters, digits, - _ and .";
	return NULL;
}

void format_addr(uint8_t family, const void *addr, char *buf, size_t size)
{
	if (!inet_ntop(family == NFPROTO_IPV6 ? AF_INET6 : AF_INET, addr, buf, size))
		snprintf(buf, size, "?");
}

void format_endpoint(const struct endpoint *ep, char *buf, size_t size)
{
	bool brackets = ep->family == NFPROTO_IPV6 && ep->has_port;
	char addr[INET6_ADDRSTRLEN], len[8] = "", port[8] = "";

	format_addr(ep->family, &ep->addr, addr, sizeof(addr));
	if (ep->has_len)
		snprintf(len, sizeof(len), "/%u", ep->len);
	if (ep->has_port)
		snprintf(port, sizeof(port), ":%u", ep->port);
	snprintf(buf, size, "%s%s%s%s%s%s", ep->negated ? "!" : "", brackets ? "[" : "", addr,
		 brackets ? "]" : "", len, port);
}

void format_addr_range(const struct addr_range *r, char *buf, size_t size)
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];
	bool one = addr_equal(r->family, &r->first, &r->last);

	format_addr(r->family, &r->first, first, sizeof(first));
	format_addr(r->family, &r->last, last, sizeof(last));
	snprintf(buf, size, "%s%s%s", first, one ? "" : "-", one ? "" : last);
}
