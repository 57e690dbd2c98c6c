// SPDX-License-Identifier: GPL-2.0
/* Traffic in both directions on two CPUs, in the background of other commands. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

#define MAX_STORM_HOSTS	4
#define RING		1024
#define PORTS		2000	/* of each host, and of the server towards each */
#define OUT_PORT	10000
#define SERVER_PORT	7000
#define SERVER_PORTS	16
#define STRANGER_PORT	30000

struct stormer {
	pthread_t thread;
	int cpu, tap, server_fd, host_tap[MAX_STORM_HOSTS], host_fd[MAX_STORM_HOSTS];
	unsigned int seed;
	/* external endpoints that were seen lately */
	union addr seen[RING];
	unsigned int n_seen;
	long sent, out, in;
};

static struct {
	atomic_bool stop;
	bool on;
	int pace_us, n_hosts;
	struct ep server, host[MAX_STORM_HOSTS];
	struct stormer s[2];
} storm;

static void storm_listen(struct stormer *s)
{
	struct tapped t;
	int i;

	while (tap_read(s->tap, &t)) {
		s->out++;
		s->seen[s->n_seen++ % RING] = t.src;
	}
	for (i = 0; i < storm.n_hosts; i++)
		while (tap_read(s->host_tap[i], &t))
			s->in++;
}

static int storm_random(struct stormer *s, int n)
{
	return rand_r(&s->seed) % n;
}

/* From a host to the server, or to another host's external endpoint. */
static int storm_out(struct stormer *s, const uint8_t *buf)
{
	int h = storm_random(s, storm.n_hosts);
	union addr src = storm.host[h].sa, dst = storm.server.sa;

	src.v4.sin_port = htons(OUT_PORT + storm_random(s, PORTS));
	dst.v4.sin_port = htons(SERVER_PORT + storm_random(s, SERVER_PORTS));
	if (s->n_seen > RING && !storm_random(s, 8))
		dst = s->seen[storm_random(s, RING)];
	return raw_udp(s->host_fd[h], &src, &dst, buf, SHOT_SIZE, NULL);
}

/* From the server, as an answer or as a stranger. */
static int storm_in(struct stormer *s, const uint8_t *buf)
{
	union addr src = storm.server.sa;

	if (s->n_seen <= RING)
		return -1;
	if (storm_random(s, 2))
		src.v4.sin_port = htons(SERVER_PORT + storm_random(s, SERVER_PORTS));
	else
		src.v4.sin_port = htons(STRANGER_PORT + storm_random(s, PORTS));
	return raw_udp(s->server_fd, &src, &s->seen[storm_random(s, RING)], buf, SHOT_SIZE, NULL);
}

/* These datagrams have no numbers: the agent may send numbered ones meanwhile. */
static void *storm_thread(void *arg)
{
	uint8_t buf[SHOT_SIZE] = "storm";
	struct stormer *s = arg;
	long i;

	twin_pin(s->cpu);
	for (i = 0; !atomic_load(&storm.stop); i++) {
		s->sent += !(i & 1 ? storm_in(s, buf) : storm_out(s, buf));
		if (!(i % 16))
			storm_listen(s);
		wait_us(now_us() + storm.pace_us);
	}
	return NULL;
}

static void storm_close(struct stormer *s)
{
	int i;

	close(s->tap);
	close(s->server_fd);
	for (i = 0; i < storm.n_hosts; i++) {
		close(s->host_tap[i]);
		close(s->host_fd[i]);
	}
}

static int storm_open(struct stormer *s, int cpu)
{
	bool ok;
	int i;

	*s = (struct stormer){ .cpu = cpu, .seed = cpu + 1 };
	s->tap = tap_open(storm.server.ns);
	s->server_fd = raw_open(storm.server.ns, AF_INET);
	ok = s->tap >= 0 && s->server_fd >= 0;
	for (i = 0; i < storm.n_hosts; i++) {
		s->host_tap[i] = tap_open(storm.host[i].ns);
		s->host_fd[i] = raw_open(storm.host[i].ns, AF_INET);
		ok = ok && s->host_tap[i] >= 0 && s->host_fd[i] >= 0;
	}
	return ok ? 0 : -1;
}

/*
 * storm start PACE-US SERVER:0 HOST:0... | storm stop: until it is stopped, each of two
 * CPUs sends one datagram every PACE-US, outbound, inbound and between hosts by turns;
 * "ok SENT OUT IN": how many were sent without an error, came to the server, to a host
 */
int cmd_storm(int argc, char **argv)
{
	int i;

	if (argc == 2 && !strcmp(argv[1], "stop") && storm.on) {
		atomic_store(&storm.stop, true);
		for (i = 0; i < 2; i++) {
			pthread_join(storm.s[i].thread, NULL);
			storm_close(&storm.s[i]);
		}
		storm.on = false;
		/* both taps of a host see the same */
		return reply(true, "%ld %ld %ld", storm.s[0].sent + storm.s[1].sent,
			     storm.s[0].out, storm.s[0].in);
	}
	if (argc < 5 || argc > 4 + MAX_STORM_HOSTS || strcmp(argv[1], "start") || storm.on ||
	    parse_ep(argv[3], &storm.server) || storm.server.ns < 0)
		return reply(false, "usage: storm start PACE-US SERVER:0 HOST:0... | storm stop");
	storm.pace_us = atoi(argv[2]);
	storm.n_hosts = argc - 4;
	for (i = 0; i < storm.n_hosts; i++)
		if (parse_ep(argv[4 + i], &storm.host[i]) || storm.host[i].ns < 0)
			return reply(false, "storm: no host %s", argv[4 + i]);
	atomic_store(&storm.stop, false);
	for (i = 0; i < 2; i++)
		if (storm_open(&storm.s[i], i))
			return reply(false, "storm: sockets: %s", strerror(errno));
	for (i = 0; i < 2; i++)
		pthread_create(&storm.s[i].thread, NULL, storm_thread, &storm.s[i]);
	storm.on = true;
	return reply(true, "-");
}
