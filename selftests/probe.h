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

/* ADDR:PORT, and for the address of a named host the namespace it lives in */
struct ep {
	struct sockaddr_in sa;
	int ns;			/* -1: an address only */
};

struct icmp_seen {
	uint8_t type, code;
	struct in_addr offender;
};

struct sock {
	int fd;
	int ns;
	struct sockaddr_in sa;
	struct icmp_seen errors[MAX_ERRORS];
	int n_errors;
};

/* A datagram that came in. @id is 0 if it is not one of ours. */
struct arrival {
	struct sock *at;
	struct sockaddr_in from;
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

/* probe.c: the commands */
int reply(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int64_t now_ms(void);
const char *sa_text(const struct sockaddr_in *sa);
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
void sock_errors(struct sock *s);
uint32_t payload_fill(void *buf, size_t size);
uint32_t payload_id(const void *buf, size_t len, bool *intact);
int collect(int ms, bool (*one)(const struct arrival *a, void *arg), void *arg);

/* raw.c: packets no socket would send */
int raw_open(int ns);
int raw_udp(int fd, const struct sockaddr_in *src, const struct sockaddr_in *dst,
	    const void *payload, size_t len, const struct how *how);
int cmd_icmp(int argc, char **argv);

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
