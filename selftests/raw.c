// SPDX-License-Identifier: GPL-2.0
/* Packets no socket would send: foreign sources, fragments, wrong checksums. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define FRAGMENTS	3

uint32_t sum(const void *data, size_t len, uint32_t acc)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		acc += p[0] << 8 | p[1];
	if (len)
		acc += p[0] << 8;
	return acc;
}

uint16_t fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return htons(~acc & 0xffff);
}

/* The checksum of what stands over IP, the pseudo header included. */
uint16_t l4_sum(const union addr *src, const union addr *dst, int proto, const void *l4,
		size_t len)
{
	size_t size = addr_size(src->sa.sa_family);
	uint32_t acc = proto + len;

	acc = sum(addr_bytes(src), size, acc);
	acc = sum(addr_bytes(dst), size, acc);
	return fold(sum(l4, len, acc));
}

/* Writes the IP header of a packet: its length. */
size_t ip_fill(void *packet, const union addr *src, const union addr *dst, int proto,
	       size_t payload)
{
	struct ip6_hdr *ip6 = packet;
	struct iphdr *ip = packet;

	if (src->sa.sa_family == AF_INET6) {
		memset(ip6, 0, sizeof(*ip6));
		ip6->ip6_vfc = 6 << 4;
		ip6->ip6_hlim = 64;
		ip6->ip6_nxt = proto;
		ip6->ip6_plen = htons(payload);
		ip6->ip6_src = src->v6.sin6_addr;
		ip6->ip6_dst = dst->v6.sin6_addr;
		return sizeof(*ip6);
	}
	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = proto;
	ip->tot_len = htons(sizeof(*ip) + payload);
	ip->id = htons(rand() & 0xffff);
	ip->saddr = src->v4.sin_addr.s_addr;
	ip->daddr = dst->v4.sin_addr.s_addr;
	ip->check = fold(sum(ip, sizeof(*ip), 0));
	return sizeof(*ip);
}

void udp_fill(void *packet, const union addr *src, const union addr *dst, const void *payload,
	      size_t len)
{
	struct udphdr *udp = packet;

	udp->source = src->v4.sin_port;
	udp->dest = dst->v4.sin_port;
	udp->len = htons(sizeof(*udp) + len);
	udp->check = 0;
	memcpy(udp + 1, payload, len);
	udp->check = l4_sum(src, dst, IPPROTO_UDP, udp, sizeof(*udp) + len);
	if (!udp->check)
		udp->check = 0xffff;
}

int raw_open(int ns, int family)
{
	int fd, one = 1;

	if (ns_enter(ns))
		return -1;
	fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	return fd;
}

int raw_send(int fd, const void *packet, size_t len, const union addr *dst)
{
	union addr to = *dst;

	to.v4.sin_port = 0;	/* a raw socket of IPv6 takes it for a protocol */
	return sendto(fd, packet, len, 0, &to.sa, addr_len(&to)) == (ssize_t)len ? 0 : -1;
}

/* The headers of the fragment at @off, which has @n bytes of @len: their length. */
static size_t fragment_fill(void *packet, const union addr *src, const union addr *dst,
			    uint32_t id, size_t off, size_t n, size_t len)
{
	bool more = off + n < len;
	struct ip6_frag *frag;
	struct iphdr *ip;
	size_t head;

	if (src->sa.sa_family == AF_INET6) {
		head = ip_fill(packet, src, dst, IPPROTO_FRAGMENT, sizeof(*frag) + n);
		frag = (struct ip6_frag *)((uint8_t *)packet + head);
		*frag = (struct ip6_frag){ .ip6f_nxt = IPPROTO_UDP, .ip6f_ident = htonl(id),
					   .ip6f_offlg = htons(off | more) };
		return head + sizeof(*frag);
	}
	head = ip_fill(packet, src, dst, IPPROTO_UDP, n);
	ip = packet;
	ip->id = htons(id);
	ip->frag_off = htons(off / 8 | (more ? IP_MF : 0));
	ip->check = 0;
	ip->check = fold(sum(ip, sizeof(*ip), 0));
	return head;
}

/* Each of its own: the fragments of several datagrams may be waiting for the rest. */
static uint16_t fragments_id(void)
{
	static uint16_t id;

	if (!id)
		id = rand();
	return ++id;
}

static int raw_fragments(int fd, const union addr *src, const union addr *dst,
			 const uint8_t *data, size_t len, const struct how *how)
{
	/* every fragment but the last carries a multiple of eight bytes */
	size_t step = (len / FRAGMENTS + 7) & ~(size_t)7, off, n, head;
	struct timespec gap = { how->gap / 1000, how->gap % 1000 * 1000000L };
	uint8_t packet[MAX_HEADERS + len];
	uint16_t id = fragments_id();
	const char *which;

	for (which = how->frag; *which; which++) {
		if (*which < '1' || *which > '0' + FRAGMENTS) {
			errno = EINVAL;
			return -1;
		}
		off = (*which - '1') * step;
		n = off + step < len ? step : len - off;
		head = fragment_fill(packet, src, dst, id, off, n, len);
		memcpy(packet + head, data + off, n);
		if (raw_send(fd, packet, head + n, dst))
			return -1;
		if (how->gap && which[1])
			nanosleep(&gap, NULL);
	}
	return 0;
}

int raw_udp(int fd, const union addr *src, const union addr *dst, const void *payload,
	    size_t len, const struct how *how)
{
	/* races send from two threads */
	static __thread uint8_t packet[MAX_HEADERS + MAX_PAYLOAD];
	struct udphdr *udp;
	size_t head;

	if (src->sa.sa_family != dst->sa.sa_family) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	len += sizeof(*udp);
	head = ip_fill(packet, src, dst, IPPROTO_UDP, len);
	udp = (struct udphdr *)(packet + head);
	udp_fill(udp, src, dst, payload, len - sizeof(*udp));
	if (how && how->badsum)
		udp->check ^= htons(0x0101);
	if (how && how->frag[0])
		return raw_fragments(fd, src, dst, (uint8_t *)udp, len, how);
	return raw_send(fd, packet, head + len, dst);
}
