// SPDX-License-Identifier: GPL-2.0
/* Addresses of either family, and their text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "probe.h"

size_t addr_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

const void *addr_bytes(const union addr *a)
{
	return a->sa.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr
					   : (const void *)&a->v4.sin_addr;
}

void addr_set(union addr *a, int family, const void *bytes, in_port_t port)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = family;
	a->v4.sin_port = port;
	memcpy((void *)addr_bytes(a), bytes, addr_size(family));
}

/* An address without a port: 0 if it is one. */
int addr_parse(const char *text, union addr *a)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		addr_set(a, AF_INET, bytes, 0);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		addr_set(a, AF_INET6, bytes, 0);
	else
		return -1;
	return 0;
}

socklen_t addr_len(const union addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

/* The address after it, counting in its last four bytes. */
void addr_next(union addr *a)
{
	uint8_t *last = (uint8_t *)addr_bytes(a) + addr_size(a->sa.sa_family) - 4;
	uint32_t n;

	memcpy(&n, last, sizeof(n));
	n = htonl(ntohl(n) + 1);
	memcpy(last, &n, sizeof(n));
}

bool addr_same_host(const union addr *a, const union addr *b)
{
	return a->sa.sa_family == b->sa.sa_family &&
	       !memcmp(addr_bytes(a), addr_bytes(b), addr_size(a->sa.sa_family));
}

bool addr_equal(const union addr *a, const union addr *b)
{
	return addr_same_host(a, b) && a->v4.sin_port == b->v4.sin_port;
}

/* Good until the fourth call after it, as the text of sa_text() is. */
const char *addr_text(const union addr *a)
{
	static char text[4][INET6_ADDRSTRLEN];
	static int turn;
	char *t = text[turn++ & 3];

	if (!inet_ntop(a->sa.sa_family, addr_bytes(a), t, sizeof(text[0])))
		strcpy(t, "?");
	return t;
}

const char *sa_text(const union addr *a)
{
	static char text[4][INET6_ADDRSTRLEN + 8];
	static int turn;
	char *t = text[turn++ & 3];

	snprintf(t, sizeof(text[0]), a->sa.sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 addr_text(a), ntohs(a->v4.sin_port));
	return t;
}
