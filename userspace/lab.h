/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The laboratory of "fullcone lab": hosts, routers and servers, each a network namespace.
 *
 *  t1  h1 192.168.1.1 --+                                          +-- s1 203.0.113.11, .12
 *      h2 192.168.1.2 --+- 192.168.1.254 [ r ] 203.0.113.1 --[ w ]-+
 *      h3 192.168.1.3 --+                                          +-- s2 203.0.113.21, .22
 *
 *  t2  h1 192.168.1.1 -- 192.168.1.254 [ r1 ] 203.0.113.1 --+
 *                                                           +-[ w ]-- s1 203.0.113.11, .12
 *      h2 192.168.1.1 -- 192.168.1.254 [ r2 ] 203.0.113.2 --+
 *
 * In IPv6 the prefixes are fd00:1:: and 2001:db8:f::, and what follows them is the same.
 *
 * It lives in a PID and a mount namespace of its own. Its network namespaces exist only
 * in there: they have short names in a /run/netns that nobody else sees, and when the first
 * process ends, however that happens, the kernel removes everything. So nothing is left behind,
 * no name clashes with another laboratory's or the machine's, and laboratories can be nested.
 */
#ifndef _FULLCONE_LAB_H
#define _FULLCONE_LAB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define LAB_SIDES 2
#define LAB_HOSTS 3
#define LAB_SERVERS 2
#define LAB_SETTINGS 32

#define LAB_SWITCH "w"
#define LAB_STUN_PORT 3478

/* The addresses of a family; what follows the prefix is the same in both. */
struct lab_family {
	const char *name;	/* as nft and "rule add" call it */
	uint8_t nfproto;
	const char *lan, *wan;	/* prefixes */
	/* without NAT a host needs an address that others have a route to */
	const char *public_lan[LAB_SIDES];
	const char *zero;	/* what makes an address of a prefix a network's */
	int len;		/* of the prefixes */
	int width;		/* of what is printed */
	const char *s1[2];
	/* the same as /proc/net/udp or udp6 has them */
	const char *proc, *proc_s1[2];
};

/* A router and what is behind it. Host n of a LAN has the address n + 1. */
struct lab_side {
	const char *router;
	const char *hosts[LAB_HOSTS];
};

/* On the WAN the router of side n has n + 1; server n has 10n + 11 and 10n + 12. */
struct lab_topology {
	const char *name;
	struct lab_side side[LAB_SIDES];
	const char *servers[LAB_SERVERS];
};

enum lab_nat_kind {
	LAB_NAT_ENGINE,		/* the module's, with the settings */
	LAB_NAT_MASQUERADE,	/* that of nf_tables alone */
	LAB_NAT_NONE,		/* forwards only; its LAN has public addresses */
};

struct lab_nat {
	enum lab_nat_kind kind;
	const char *name;	/* as the user typed it */
	bool given;
	int count;
	int of_kind;		/* of the words behind "default": those that the name stands for */
	char *words[LAB_SETTINGS + 1];	/* of "profile set": "default", KEY=VALUE... */
};

/* Where "ip netns" has its names: those of the laboratory, for what runs in it. */
#define LAB_NODES "/var/run/netns"

struct lab {
	const struct lab_topology *topology;
	const struct lab_family *family;
	struct lab_nat nat[LAB_SIDES];
	const char *host;	/* where the command runs */
	char **command;		/* NULL: a shell */
	bool quiet;		/* no STUN client is run, and nothing is printed */
};

/* lab_run.c: builds the laboratory, runs the command in it, removes it; the exit status */
int lab_run(const struct lab *lab);

/*
 * lab_node.c: lab_start() starts a process in the network namespace @node that does @work and ends with
 * its result; lab_wait() waits for it. -1: it could not be started, or a signal ended it.
 */
pid_t lab_start(const char *node, int (*work)(const void *data), const void *data);
int lab_wait(pid_t pid);
/* Without waiting: whether it has ended; if so, it is reaped. */
bool lab_ended(pid_t pid);
int lab_in(const char *node, int (*work)(const void *data), const void *data);
/* Sleeps for 50 ms; false: @tries, which counts down, is at 0. */
bool lab_again(unsigned int *tries);

/* lab_addr.c: "ip" or "ip6", NULL: another word */
const struct lab_family *lab_addr_family(const char *name);
/* "192.168.1.", or a public prefix if nothing is translated there */
const char *lab_addr_lan(const struct lab *lab, int side);

/* lab_net.c: 0, or an exit status when the reason has been said */
int lab_net_build(const struct lab *lab);

/* lab_route.c: routes of a node outside, or of the router of the side @own; -1: of neither */
void lab_route_put(FILE *f, const struct lab *lab, int own);

/* lab_stun.c: a server on s1, and what clients conclude; false when there can be neither */
bool lab_stun_serve(const struct lab *lab);
void lab_stun_ask(const struct lab *lab);

#endif /* _FULLCONE_LAB_H */
