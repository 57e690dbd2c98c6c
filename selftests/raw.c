// SPDX-License-Identifier: GPL-2.0
/* Packets no socket would send: foreign sources, fragments, forged ICMP errors. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define FRAGMENTS	3

static uint32_t sum(const void *data, size_t len, uint32_t acc)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		acc += p[0] << 8 | p[1];
	if (len)
		acc += p[0] << 8;
	return acc;
}

static uint16_t fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return htons(~acc & 0xffff);
}

static void ip_fill(struct iphdr *ip, struct in_addr src, struct in_addr dst, int proto,
		    size_t payload)
{
	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = proto;
	ip->tot_len = htons(sizeof(*ip) + payload);
	ip->id = htons(rand() & 0xffff);
	ip->saddr = src.s_addr;
	ip->daddr = dst.s_addr;
	ip->check = fold(sum(ip, sizeof(*ip), 0));
}

static void udp_fill(struct udphdr *udp, const struct sockaddr_in *src,
		     const struct sockaddr_in *dst, const void *payload, size_t len)
{
	uint32_t acc;

	udp->source = src->sin_port;
	udp->dest = dst->sin_port;
	udp->len = htons(sizeof(*udp) + len);
	udp->check = 0;
	acc = sum(&src->sin_addr, 4, IPPROTO_UDP + sizeof(*udp) + len);
	acc = sum(&dst->sin_addr, 4, acc);
	acc = sum(udp, sizeof(*udp), acc);
	udp->check = fold(sum(payload, len, acc));
	if (!udp->check)
		udp->check = 0xffff;
}

int raw_open(int ns)
{
	int fd, one = 1;

	if (ns_enter(ns))
		return -1;
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	return fd;
}

static int raw_send(int fd, const void *packet, size_t len, struct in_addr dst)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = dst };

	return sendto(fd, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)len
	       ? 0 : -1;
}

static int raw_fragments(int fd, const struct sockaddr_in *src, const struct sockaddr_in *dst,
			 const uint8_t *data, size_t len, const struct how *how)
{
	/* every fragment but the last carries a multiple of eight bytes */
	size_t step = (len / FRAGMENTS + 7) & ~(size_t)7, off, n;
	struct timespec gap = { how->gap / 1000, how->gap % 1000 * 1000000L };
	uint8_t packet[sizeof(struct iphdr) + len];
	struct iphdr *ip = (struct iphdr *)packet;
	uint16_t id = htons(1 + (rand() & 0x7fff));
	const char *which;

	for (which = how->frag; *which; which++) {
		if (*which < '1' || *which > '0' + FRAGMENTS) {
			errno = EINVAL;
			return -1;
		}
		off = (*which - '1') * step;
		n = off + step < len ? step : len - off;
		ip_fill(ip, src->sin_addr, dst->sin_addr, IPPROTO_UDP, n);
		ip->id = id;
		ip->frag_off = htons(off / 8 | (off + n < len ? IP_MF : 0));
		ip->check = 0;
		ip->check = fold(sum(ip, sizeof(*ip), 0));
		memcpy(ip + 1, data + off, n);
		if (raw_send(fd, packet, sizeof(*ip) + n, dst->sin_addr))
			return -1;
		if (how->gap && which[1])
			nanosleep(&gap, NULL);
	}
	return 0;
}

int raw_udp(int fd, const struct sockaddr_in *src, const struct sockaddr_in *dst,
	    const void *payload, size_t len, const struct how *how)
{
	/* races send from two threads */
	static __thread uint8_t packet[sizeof(struct iphdr) + sizeof(struct udphdr) + MAX_PAYLOAD];
	struct iphdr *ip = (struct iphdr *)packet;
	struct udphdr *udp = (struct udphdr *)(ip + 1);

	ip_fill(ip, src->sin_addr, dst->sin_addr, IPPROTO_UDP, sizeof(*udp) + len);
	udp_fill(udp, src, dst, payload, len);
	if (how && how->badsum)
		udp->check ^= htons(0x0101);
	memcpy(udp + 1, payload, len);
	if (how && how->frag[0])
		return raw_fragments(fd, src, dst, (uint8_t *)udp, sizeof(*udp) + len, how);
	return raw_send(fd, packet, sizeof(*ip) + sizeof(*udp) + len, dst->sin_addr);
}

/*
 * icmp HOST OUTER-SRC OUTER-DST TYPE CODE INNER-SRC:PORT INNER-DST:PORT
 * An ICMP error that quotes the UDP datagram INNER-SRC -> INNER-DST.
 */
int cmd_icmp(int argc, char **argv)
{
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
		struct iphdr quoted;
		struct udphdr udp;
	} p;
	struct ep outer_src, outer_dst, src, dst;
	int ns, fd, rc;

	if (argc != 8)
		return reply(false, "usage: icmp HOST SRC DST TYPE CODE QUOTED-SRC QUOTED-DST");
	ns = host_ns(argv[1]);
	if (ns < 0 || parse_ep(argv[2], &outer_src) || parse_ep(argv[3], &outer_dst) ||
	    parse_ep(argv[6], &src) || parse_ep(argv[7], &dst))
		return reply(false, "icmp: bad host or address");

	memset(&p, 0, sizeof(p));
	ip_fill(&p.ip, outer_src.sa.sin_addr, outer_dst.sa.sin_addr, IPPROTO_ICMP,
		sizeof(p) - sizeof(p.ip));
	ip_fill(&p.quoted, src.sa.sin_addr, dst.sa.sin_addr, IPPROTO_UDP, sizeof(p.udp));
	udp_fill(&p.udp, &src.sa, &dst.sa, "", 0);
	p.icmp.type = atoi(argv[4]);
	p.icmp.code = atoi(argv[5]);
	if (p.icmp.type == ICMP_DEST_UNREACH && p.icmp.code == ICMP_FRAG_NEEDED)
		p.icmp.un.frag.mtu = htons(1400);
	p.icmp.checksum = fold(sum(&p.icmp, sizeof(p) - sizeof(p.ip), 0));

	fd = raw_open(ns);
	if (fd < 0)
		return reply(false, "icmp: raw socket: %s", strerror(errno));
	rc = raw_send(fd, &p, sizeof(p), outer_dst.sa.sin_addr);
	close(fd);
	return reply(!rc, "%s", rc ? strerror(errno) : "");
}
