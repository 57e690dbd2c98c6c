/* SPDX-License-Identifier: GPL-2.0 */
/*
 * probe - the hosts of a test topology in one process.
 *
 * The agent opens its sockets in the network namespaces of the topology (a
 * socket stays in the namespace it was made in), so one process plays every
 * host and sees what left one of them arrive at another. Each datagram carries
 * a number of its own: "arrived" always means that very datagram.
 */
#ifndef PROBE_H
#define PROBE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_SOCKS	1024
#define MAX_ERRORS	16
#define MAX_PAYLOAD	65507

/* ADDR:PORT of either family; family and port lie at the same place in all of them */
union addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* ADDR:PORT, and for the address of a named host the namespace it lives in */
struct ep {
	union addr sa;
	int ns;			/* -1: an address only */
};

struct icmp_seen {
	uint8_t type, code;
	union addr offender;
};

struct sock {
	int fd;
	int ns;
	union addr sa;
	struct icmp_seen errors[MAX_ERRORS];
	int n_errors;
};

/* A datagram that came in. @id is 0 if it is not one of ours. */
struct arrival {
	struct sock *at;
	union addr from;
	uint32_t id;
	size_t len;
	bool intact;
};

/* How a datagram is put on the wire; all zero: through its socket. */
struct how {
	int via;		/* raw, from this namespace; -1: not raw */
	char frag[8];		/* raw: order of the fragments, such as "321" */
	int gap;		/* raw: ms between fragments */
	bool badsum;		/* raw: wrong UDP checksum */
	size_t size;		/* length of the payload */
	int wait;		/* ms to wait for it */
};

/* addr.c */
int addr_parse(const char *text, union addr *a);
socklen_t addr_len(const union addr *a);
const void *addr_bytes(const union addr *a);
size_t addr_size(int family);
void addr_set(union addr *a, int family, const void *bytes, in_port_t port);
void addr_next(union addr *a);
bool addr_same_host(const union addr *a, const union addr *b);
bool addr_equal(const union addr *a, const union addr *b);
const char *addr_text(const union addr *a);
const char *sa_text(const union addr *a);

/* probe.c: the commands */
int reply(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int64_t now_ms(void);
void note_arrival(const struct arrival *a);

/* host.c: names, sockets, arrivals */
int ns_get(const char *name);
int ns_enter(int ns);
int ns_forget(const char *name);
int ns_ready(const char *name, int ms);
int host_add(const char *name, const char *addr, const char *netns);
int host_ns(const char *name);
int parse_ep(const char *text, struct ep *ep);
struct sock *sock_find(const struct ep *ep);
struct sock *sock_open(const struct ep *ep, const char *dev);
struct sock *sock_get(const struct ep *ep);
void sock_close(struct sock *s);
struct cmsghdr;
struct sock_extended_err;
bool is_icmp_error(const struct cmsghdr *c, const struct sock_extended_err *e);
void sock_errors(struct sock *s);
uint32_t payload_fill(void *buf, size_t size);
uint32_t payload_id(const void *buf, size_t len, bool *intact);
int collect(int ms, bool (*one)(const struct arrival *a, void *arg), void *arg);

/* raw.c: packets no socket would send */
#define MAX_HEADERS	128	/* of a packet, IP and what follows */
uint32_t sum(const void *data, size_t len, uint32_t acc);
uint16_t fold(uint32_t acc);
uint16_t l4_sum(const union addr *src, const union addr *dst, int proto, const void *l4,
		size_t len);
size_t ip_fill(void *packet, const union addr *src, const union addr *dst, int proto,
	       size_t payload);
void udp_fill(void *packet, const union addr *src, const union addr *dst, const void *payload,
	      size_t len);
int raw_open(int ns, int family);
int raw_send(int fd, const void *packet, size_t len, const union addr *dst);
int raw_udp(int fd, const union addr *src, const union addr *dst, const void *payload,
	    size_t len, const struct how *how);

/* sniff.c: any packet that comes to a host */
struct sniffed {
	union addr src, dst;	/* without ports */
	int proto;
	uint8_t tos, ttl;
	const uint8_t *l4;
	size_t len;
};

int sniff_open(int ns);
bool sniff_expect(int fd, int ms, bool (*one)(const struct sniffed *s, void *arg), void *arg);
bool sniff_inner(const uint8_t *packet, size_t len, struct sniffed *s);

/* icmp.c: echo and errors; segment.c: raw TCP and other protocols; tcp.c, stream.c: connections */
int cmd_icmp(int argc, char **argv);
int cmd_ping(int argc, char **argv);
int cmd_segment(int argc, char **argv);
int cmd_protocol(int argc, char **argv);
int cmd_tcp(int argc, char **argv);
int cmd_conn(int argc, char **argv);
int cmd_noconn(int argc, char **argv);
int cmd_try(int argc, char **argv);
int cmd_talk(int argc, char **argv);
int cmd_shut(int argc, char **argv);
int cmd_hang(int argc, char **argv);
int cmd_end(int argc, char **argv);
int cmd_cross(int argc, char **argv);
int cmd_listen(int argc, char **argv);
int cmd_deafen(int argc, char **argv);

/* steer.c: a socket that gets what comes to another port */
int cmd_steer(int argc, char **argv);

/* mroute.c: forwarding of multicast */
int cmd_mroute(int argc, char **argv);

/* load.c: many flows, and two at the same instant */
int cmd_flood(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_race(int argc, char **argv);
int cmd_spray(int argc, char **argv);
int cmd_steady(int argc, char **argv);

/* refusal.c: what a program whose packet was refused is told */
int cmd_refusal(int argc, char **argv);

/* twin.c, expiry.c, storm.c: two CPUs at once */
int cmd_fan(int argc, char **argv);
int cmd_meet(int argc, char **argv);
int cmd_expire(int argc, char **argv);
int cmd_beat(int argc, char **argv);
int cmd_storm(int argc, char **argv);

#endif
