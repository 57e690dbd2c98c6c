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
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_IP));
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

/* The next one that has come: true. */
bool tap_read(int fd, struct tapped *t)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		uint8_t payload[64];
	} p;
	struct sockaddr_ll from;
	socklen_t sl;
	ssize_t len;
	bool intact;

	for (;;) {
		sl = sizeof(from);
		len = recvfrom(fd, &p, sizeof(p), 0, (struct sockaddr *)&from, &sl);
		if (len < 0)
			return false;
		if (len < (ssize_t)(sizeof(p.ip) + sizeof(p.udp)) || p.ip.ihl != 5 ||
		    p.ip.protocol != IPPROTO_UDP || p.ip.frag_off & htons(0x3fff) ||
		    from.sll_pkttype == PACKET_OUTGOING)
			continue;
		addr_set(&t->src, AF_INET, &p.ip.saddr, p.udp.source);
		addr_set(&t->dst, AF_INET, &p.ip.daddr, p.udp.dest);
		len -= sizeof(p.ip) + sizeof(p.udp);
		t->id = payload_id(p.payload, len, &intact);
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
