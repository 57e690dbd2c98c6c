// SPDX-License-Identifier: GPL-2.0
/* Whatever comes to a host, of any protocol, before its own stack has seen it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

int sniff_open(int ns)
{
	if (ns < 0 || ns_enter(ns))
		return -1;
	return socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
}

/* An IP packet, or the beginning of one that an ICMP error quotes. */
bool sniff_inner(const uint8_t *packet, size_t len, struct sniffed *s)
{
	const struct ip6_hdr *ip6 = (const void *)packet;
	const struct iphdr *ip = (const void *)packet;
	size_t head;

	if (len >= sizeof(*ip) && ip->version == 4) {
		addr_set(&s->src, AF_INET, &ip->saddr, 0);
		addr_set(&s->dst, AF_INET, &ip->daddr, 0);
		s->proto = ip->protocol;
		s->tos = ip->tos;
		s->ttl = ip->ttl;
		head = ip->ihl * 4;
	} else if (len >= sizeof(*ip6) && ip->version == 6) {
		addr_set(&s->src, AF_INET6, &ip6->ip6_src, 0);
		addr_set(&s->dst, AF_INET6, &ip6->ip6_dst, 0);
		s->proto = ip6->ip6_nxt;
		s->tos = ntohl(ip6->ip6_flow) >> 20;
		s->ttl = ip6->ip6_hlim;
		head = sizeof(*ip6);
	} else {
		return false;
	}
	if (len < head)
		return false;
	s->l4 = packet + head;
	s->len = len - head;
	return true;
}

/* Hands what comes within @ms to @one, until that returns true. */
bool sniff_expect(int fd, int ms, bool (*one)(const struct sniffed *s, void *arg), void *arg)
{
	static uint8_t buf[65536];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t deadline = now_ms() + ms, left;
	struct sockaddr_ll from;
	struct sniffed s;
	socklen_t sl;
	ssize_t len;

	do {
		for (;;) {
			sl = sizeof(from);
			len = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &sl);
			if (len < 0)
				break;
			if (from.sll_pkttype != PACKET_OUTGOING && sniff_inner(buf, len, &s) &&
			    one(&s, arg))
				return true;
		}
		left = deadline - now_ms();
	} while (poll(&pfd, 1, left > 0 ? left : 0) == 1);
	return false;
}
