// SPDX-License-Identifier: GPL-2.0
/* The hosts of the topology: their names, their sockets, and what arrives at these. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "probe.h"

#define MAX_NS		64
#define MAX_HOSTS	64

struct netns {
	char name[64];
	int fd;
};

struct host {
	char name[16];
	union addr addr;
	int ns;
};

static struct netns nss[MAX_NS];
static struct host hosts[MAX_HOSTS];
static struct sock socks[MAX_SOCKS];
static int n_ns, n_hosts, n_socks;
static uint32_t last_id;

/* --- names ----------------------------------------------------------------- */

int ns_get(const char *name)
{
	char path[128];
	int fd, i;

	for (i = 0; i < n_ns; i++)
		if (nss[i].fd >= 0 && !strcmp(nss[i].name, name))
			return i;
	/* where one has been forgotten, or at the end */
	for (i = 0; i < n_ns && nss[i].fd >= 0; i++)
		;
	if (i == MAX_NS) {
		errno = ENOSPC;
		return -1;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	nss[i].fd = fd;
	snprintf(nss[i].name, sizeof(nss[0].name), "%s", name);
	if (i == n_ns)
		n_ns++;
	return i;
}

int ns_enter(int ns)
{
	return setns(nss[ns].fd, CLONE_NEWNET);
}

int host_add(const char *name, const char *addr, const char *netns)
{
	struct host *h = hosts;

	while (h < hosts + n_hosts && h->name[0])
		h++;
	if (h == hosts + MAX_HOSTS || strlen(name) >= sizeof(h->name) ||
	    addr_parse(addr, &h->addr)) {
		errno = EINVAL;
		return -1;
	}
	h->ns = ns_get(netns);
	if (h->ns < 0)
		return -1;
	strcpy(h->name, name);
	if (h == hosts + n_hosts)
		n_hosts++;
	return 0;
}

int host_ns(const char *name)
{
	int i;

	for (i = 0; i < n_hosts; i++)
		if (!strcmp(hosts[i].name, name))
			return hosts[i].ns;
	return -1;
}

/* Accepts NAME:PORT, ADDR:PORT, [ADDR]:PORT, and all of them without the port. */
int parse_ep(const char *text, struct ep *ep)
{
	char name[64], *host = name, *port, *end;
	unsigned long n = 0;
	int i;

	snprintf(name, sizeof(name), "%s", text);
	if (*name == '[') {
		host++;
		port = strchr(name, ']');
		if (!port || (port[1] && port[1] != ':'))
			return -1;
		*port++ = '\0';
	} else {
		port = strchr(name, ':');
		/* an IPv6 address alone */
		if (port && strchr(port + 1, ':'))
			port = NULL;
	}
	if (port && *port) {
		*port++ = '\0';
		n = strtoul(port, &end, 10);
		if (!*port || *end || n > 65535)
			return -1;
	}
	memset(ep, 0, sizeof(*ep));
	ep->ns = -1;
	for (i = 0; i < n_hosts; i++) {
		if (!strcmp(hosts[i].name, host)) {
			ep->ns = hosts[i].ns;
			ep->sa = hosts[i].addr;
			break;
		}
	}
	if (i == n_hosts && addr_parse(host, &ep->sa))
		return -1;
	ep->sa.v4.sin_port = htons(n);
	return 0;
}

/* --- sockets --------------------------------------------------------------- */

struct sock *sock_find(const struct ep *ep)
{
	int i;

	for (i = 0; i < n_socks; i++)
		if (socks[i].fd >= 0 && socks[i].ns == ep->ns &&
		    addr_equal(&socks[i].sa, &ep->sa))
			return &socks[i];
	return NULL;
}

struct sock *sock_open(const struct ep *ep, const char *dev)
{
	int family = ep->sa.sa.sa_family;
	int one = 1, dont = IP_PMTUDISC_DONT, buf = 4 << 20, i, fd;

	if (ep->ns < 0) {
		errno = EADDRNOTAVAIL;
		return NULL;
	}
	for (i = 0; i < n_socks && socks[i].fd >= 0; i++)
		;
	if (i == MAX_SOCKS) {
		errno = ENFILE;
		return NULL;
	}
	if (ns_enter(ep->ns))
		return NULL;
	fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	if (family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &dont, sizeof(dont));
	} else {
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont));
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buf, sizeof(buf));
	if ((dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev))) ||
	    bind(fd, &ep->sa.sa, addr_len(&ep->sa))) {
		close(fd);
		return NULL;
	}
	socks[i] = (struct sock){ .fd = fd, .ns = ep->ns, .sa = ep->sa };
	if (i == n_socks)
		n_socks++;
	return &socks[i];
}

struct sock *sock_get(const struct ep *ep)
{
	struct sock *s = sock_find(ep);

	return s ? s : sock_open(ep, NULL);
}

void sock_close(struct sock *s)
{
	close(s->fd);
	s->fd = -1;
}

bool is_icmp_error(const struct cmsghdr *c, const struct sock_extended_err *e)
{
	if (c->cmsg_level == IPPROTO_IPV6)
		return c->cmsg_type == IPV6_RECVERR && e->ee_origin == SO_EE_ORIGIN_ICMP6;
	return c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR &&
	       e->ee_origin == SO_EE_ORIGIN_ICMP;
}

void sock_errors(struct sock *s)
{
	char control[512], data[64];
	struct iovec iov = { data, sizeof(data) };

	for (;;) {
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };
		struct cmsghdr *c;

		if (recvmsg(s->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			struct sock_extended_err *e = (void *)CMSG_DATA(c);
			struct icmp_seen *seen = &s->errors[s->n_errors];

			if (!is_icmp_error(c, e) || s->n_errors == MAX_ERRORS)
				continue;
			*seen = (struct icmp_seen){ .type = e->ee_type, .code = e->ee_code };
			memcpy(&seen->offender, SO_EE_OFFENDER(e),
			       e->ee_origin == SO_EE_ORIGIN_ICMP6 ? sizeof(seen->offender.v6)
								  : sizeof(seen->offender.v4));
			s->n_errors++;
		}
	}
}

/* --- datagrams ------------------------------------------------------------- */

/* "FC", the number, then bytes that follow from the number and the position */
uint32_t payload_fill(void *buf, size_t size)
{
	uint8_t *p = buf;
	uint32_t id = ++last_id;
	size_t i;

	if (size < 6)
		return 0;
	p[0] = 'F';
	p[1] = 'C';
	memcpy(p + 2, &id, 4);
	for (i = 6; i < size; i++)
		p[i] = id + i * 7 + (i >> 8);
	return id;
}

uint32_t payload_id(const void *buf, size_t len, bool *intact)
{
	const uint8_t *p = buf;
	uint32_t id;
	size_t i;

	*intact = true;
	if (len < 6 || p[0] != 'F' || p[1] != 'C')
		return 0;
	memcpy(&id, p + 2, 4);
	for (i = 6; i < len; i++)
		if (p[i] != (uint8_t)(id + i * 7 + (i >> 8)))
			*intact = false;
	return id;
}

/* Hands every datagram that comes within @ms to @one, until that returns true: 1. */
int collect(int ms, bool (*one)(const struct arrival *a, void *arg), void *arg)
{
	static uint8_t buf[MAX_PAYLOAD + 1];
	static struct pollfd pfd[MAX_SOCKS];
	int64_t deadline = now_ms() + ms;
	bool done = false;

	while (!done) {
		int64_t left = deadline - now_ms();
		int i, n;

		for (i = 0; i < n_socks; i++)
			pfd[i] = (struct pollfd){ .fd = socks[i].fd, .events = POLLIN };
		n = poll(pfd, n_socks, left > 0 ? left : 0);
		for (i = 0; i < n_socks && !done; i++) {
			struct arrival a = { .at = &socks[i] };
			socklen_t sl;
			ssize_t len;

			if (pfd[i].revents & POLLERR)
				sock_errors(&socks[i]);
			while (!done && (pfd[i].revents & POLLIN)) {
				sl = sizeof(a.from);
				len = recvfrom(socks[i].fd, buf, sizeof(buf), 0, &a.from.sa, &sl);
				if (len < 0)
					break;
				a.len = len;
				a.id = payload_id(buf, len, &a.intact);
				note_arrival(&a);
				done = one && one(&a, arg);
			}
		}
		if (!n && left <= 0)
			break;
	}
	return done;
}

/* Waits until every interface of the namespace that is up can pass packets. */
int ns_ready(const char *name, int ms)
{
	int64_t deadline = now_ms() + ms;
	struct if_nameindex *ifs, *i;
	int ns = ns_get(name), fd;
	bool ready = false;

	if (ns < 0 || ns_enter(ns))
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ifs = if_nameindex();
	while (fd >= 0 && ifs && !ready && now_ms() < deadline) {
		ready = true;
		for (i = ifs; i->if_index; i++) {
			struct ifreq req = { 0 };

			snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", i->if_name);
			if (!ioctl(fd, SIOCGIFFLAGS, &req) && req.ifr_flags & IFF_UP &&
			    !(req.ifr_flags & IFF_RUNNING))
				ready = false;
		}
		if (!ready)
			usleep(5000);
	}
	if (ifs)
		if_freenameindex(ifs);
	if (fd >= 0)
		close(fd);
	errno = ETIMEDOUT;
	return ready ? 0 : -1;
}

/* Closes everything that keeps the namespace @name alive. */
int ns_forget(const char *name)
{
	int ns = ns_get(name), home, i;

	if (ns < 0)
		return -1;
	for (i = 0; i < n_socks; i++)
		if (socks[i].fd >= 0 && socks[i].ns == ns)
			sock_close(&socks[i]);
	for (i = 0; i < n_hosts; i++)
		if (hosts[i].ns == ns)
			hosts[i].name[0] = '\0';
	close(nss[ns].fd);
	nss[ns].fd = -1;
	/* nor may the agent itself stay in it */
	home = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return -1;
	i = setns(home, CLONE_NEWNET);
	close(home);
	return i;
}
