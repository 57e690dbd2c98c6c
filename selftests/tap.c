// SPDX-License-Identifier: GPL-2.0
/*
 * A tap sees every UDP datagram that comes to a host, whatever its port, and whether or
 * not somebody listens. For thousands of endpoints at once.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"

#define ROOM	(32 << 20)

int tap_open(int ns)
{
	int fd, room = ROOM;

	if (ns < 0 || ns_enter(ns))
		return -1;
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

/* Whose and for whom a packet is, if it is a whole datagram of UDP. Returns where that begins. */
static size_t tap_headers(const void *packet, size_t len, struct tapped *t)
{
	const struct ip6_hdr *ip6 = packet;
	const struct iphdr *ip = packet;
	const struct udphdr *udp;

	if (len >= sizeof(*ip) + sizeof(*udp) && ip->version == 4) {
		if (ip->ihl != 5 || ip->protocol != IPPROTO_UDP || ip->frag_off & htons(0x3fff))
			return 0;
		udp = (const void *)(ip + 1);
		addr_set(&t->src, AF_INET, &ip->saddr, udp->source);
		addr_set(&t->dst, AF_INET, &ip->daddr, udp->dest);
		return sizeof(*ip);
	}
	if (len < sizeof(*ip6) + sizeof(*udp) || ip->version != 6 || ip6->ip6_nxt != IPPROTO_UDP)
		return 0;
	udp = (const void *)(ip6 + 1);
	addr_set(&t->src, AF_INET6, &ip6->ip6_src, udp->source);
	addr_set(&t->dst, AF_INET6, &ip6->ip6_dst, udp->dest);
	return sizeof(*ip6);
}

/* The next one that has come: true. */
bool tap_read(int fd, struct tapped *t)
{
	_Alignas(struct ip6_hdr) uint8_t packet[MAX_HEADERS];
	struct sockaddr_ll from;
	socklen_t sl;
	ssize_t len;
	size_t head;
	bool intact;

	for (;;) {
		sl = sizeof(from);
		len = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &sl);
		if (len < 0)
			return false;
		head = tap_headers(packet, len, t);
		if (!head || from.sll_pkttype == PACKET_OUTGOING)
			continue;
		head += sizeof(struct udphdr);
		t->id = payload_id(packet + head, len - head, &intact);
		return true;
	}
}

void tap_forget(int fd)
{
	struct tapped t;

	while (tap_read(fd, &t))
		;
}

/* Waits until something has come, or until then. */
bool tap_wait(int fd, int64_t deadline_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left = deadline_ms - now_ms();

	return poll(&pfd, 1, left > 0 ? left : 0) == 1;
}

/* Waits for a datagram; others are lost. */
bool tap_expect(int fd, uint32_t id, int ms, struct tapped *t)
{
	int64_t deadline = now_ms() + ms;

	do {
		while (tap_read(fd, t))
			if (t->id == id)
				return true;
	} while (tap_wait(fd, deadline));
	return false;
}
