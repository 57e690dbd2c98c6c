/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strict reading of what a user typed. Every function returns NULL when the word
 * is good, or a constant string that says what would be accepted.
 */
#ifndef _FULLCONE_PARSE_H
#define _FULLCONE_PARSE_H

#include <netinet/in.h>
/* after the C library's, whose definitions it then leaves alone */
#include <linux/netfilter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

union addr {
	struct in_addr in;
	struct in6_addr in6;
	uint8_t bytes[16];
};

/* An address, possibly with a prefix length and a port, possibly negated. */
struct endpoint {
	uint8_t family;		/* NFPROTO_IPV4 or NFPROTO_IPV6 */
	bool negated;		/* "!" stood before it */
	bool has_len;
	bool has_port;
	uint8_t len;		/* prefix length; all bits if not given */
	uint16_t port;		/* host order */
	union addr addr;
};

/* What a user may put around the address. */
enum {
	EP_LEN = 1 << 0,	/* /LEN */
	EP_PORT = 1 << 1,	/* :PORT */
	EP_PORT_NEEDED = 1 << 2,
	EP_NOT = 1 << 3,	/* a leading "!" */
};

struct mark {
	uint32_t value;
	uint32_t mask;
};

struct short_timer {
	uint16_t port;
	uint32_t seconds;
};

struct port_range {
	uint16_t first;
	uint16_t last;
};

/* "ADDR/LEN:FACTOR[:PORTS]", see "deterministic" in the manual. */
struct blocks {
	struct in_addr inside;
	uint8_t len;		/* 0: none */
	uint16_t factor;
	uint16_t host_ports;
};

struct addr_range {
	uint8_t family;		/* NFPROTO_IPV4 or NFPROTO_IPV6; 0: there is none */
	union addr first;
	union addr last;
};

/* Bytes of an address. */
static inline size_t addr_size(uint8_t family)
{
	return family == NFPROTO_IPV6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static inline bool addr_equal(uint8_t family, const union addr *a, const union addr *b)
{
	return !memcmp(a, b, addr_size(family));
}

/* The @len bytes at @s are a decimal number, not above @max. */
bool read_decimal(const char *s, size_t len, uint32_t max, uint32_t *out);

const char *parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *out);
const char *parse_endpoint(const char *s, unsigned int accept, struct endpoint *ep);
/* "icmp" is IPPROTO_ICMP, until another word says that the family is IPv6. */
const char *parse_proto(const char *s, uint8_t *proto);
/* Fits the protocol to an endpoint's family; false for "icmpv6" with IPv4. */
bool proto_of_family(uint8_t *proto, uint8_t family);
const char *parse_state(const char *s, uint8_t *state);
const char *parse_bool(const char *s, bool *out);
const char *parse_port_range(const char *s, uint16_t *min, uint16_t *max);
const char *parse_mark(const char *s, struct mark *mark);
/* Lists: "PORT:SECONDS,...", "PORT[-PORT],...", "ADDR[-ADDR],..."; or the word for none. */
const char *parse_short_timers(const char *s, struct short_timer *t, unsigned int *count);
const char *parse_reserve(const char *s, struct port_range *r, unsigned int *count);
const char *parse_blocks(const char *s, struct blocks *b);
const char *parse_source(const char *s, struct addr_range *r, unsigned int *count);
/*
 * Splits @text in place, as a shell would split the lines that "save" prints: at blanks,
 * with single quotes around a word, and a comment after "#". The number of words, or -1.
 */
int parse_line(char *text, char **words, int max);
/* What is to stand around a word without single quotes in such a line: a quote, or nothing. */
const char *word_quote(const char *s);
const char *parse_ifname(const char *s);
const char *parse_profile_name(const char *s);

/* The inverse of parse_endpoint(): "ADDR", "ADDR/LEN", "ADDR:PORT", "[ADDR]:PORT". */
void format_addr(uint8_t family, const void *addr, char *buf, size_t size);
void format_endpoint(const struct endpoint *ep, char *buf, size_t size);

/* "ADDR" or "ADDR-ADDR". */
void format_addr_range(const struct addr_range *r, char *buf, size_t size);

#define ENDPOINT_STRLEN 64
#define ADDR_RANGE_STRLEN (2 * INET6_ADDRSTRLEN)

#endif /* _FULLCONE_PARSE_H */
