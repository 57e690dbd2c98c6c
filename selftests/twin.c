// SPDX-License-Identifier: GPL-2.0
/*
 * Two CPUs send at the same instant. What a CPU sends, it also takes through the
 * router: the links of the topology are veths.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define LATE_MS		2000
#define MAX_FAN		4096

static atomic_int ready;

int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

void wait_us(int64_t until)
{
	struct timespec ts = { until / 1000000, until % 1000000 * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

void twin_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

/* Not in a twin: two threads cannot take numbers of datagrams at once. */
void shot_load(struct shot *s, int fd, const union addr *src,
	       const union addr *dst)
{
	*s = (struct shot){ .fd = fd, .src = *src, .dst = *dst };
	s->id = payload_fill(s->buf, SHOT_SIZE);
}

int shot_fire(struct shot *s)
{
	if (s->at_us > now_us())
		wait_us(s->at_us);
	s->sent_us = now_us();
	return raw_udp(s->fd, &s->src, &s->dst, s->buf, SHOT_SIZE, NULL);
}

struct twin {
	pthread_t thread;
	int cpu, n;
	struct shot *shots;
};

static void *twin_thread(void *arg)
{
	struct twin *t = arg;
	int i;

	twin_pin(t->cpu);
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < 2)
		;
	for (i = 0; i < t->n; i++)
		shot_fire(&t->shots[i]);
	return NULL;
}

/* Each list in its order, one on the first CPU and one on the second. */
void twin_fire(struct shot *first, int n_first, struct shot *second, int n_second)
{
	struct twin t[2] = { { .cpu = 0, .n = n_first, .shots = first },
			     { .cpu = 1, .n = n_second, .shots = second } };
	int i;

	atomic_store(&ready, 0);
	for (i = 0; i < 2; i++)
		pthread_create(&t[i].thread, NULL, twin_thread, &t[i]);
	for (i = 0; i < 2; i++)
		pthread_join(t[i].thread, NULL);
}

/* One round of a fan; -1: some are lost, else the number of sources seen. */
static int fan_round(int tap, struct shot *shots[2], int n)
{
	static union addr seen[8];
	uint32_t first = shots[0][0].id;
	static uint8_t got[MAX_FAN];
	int arrived = 0, distinct = 0, i;
	int64_t deadline;
	struct tapped t;

	memset(got, 0, sizeof(got));
	tap_forget(tap);
	twin_fire(shots[0], (n + 1) / 2, shots[1], n / 2);
	deadline = now_ms() + LATE_MS;
	do {
		while (tap_read(tap, &t)) {
			if (t.id < first || t.id >= first + n || got[t.id - first])
				continue;
			got[t.id - first] = 1;
			arrived++;
			for (i = 0; i < distinct && !addr_equal(&seen[i], &t.src); i++)
				;
			if (i == distinct && distinct < 8)
				seen[distinct++] = t.src;
		}
	} while (arrived < n && tap_wait(tap, deadline));
	return arrived < n ? -1 : distinct;
}

/*
 * fan ROUNDS HOST:PORT DST LO HI: in round n, two CPUs at once send from PORT + n to every
 * port LO-HI of the host DST. All must arrive, from one source.
 */
int cmd_fan(int argc, char **argv)
{
	int rounds, lo, hi, n, i, k, fd, tap, rc, lost = 0, split = 0;
	static struct shot list[2][MAX_FAN / 2 + 1];
	struct shot *shots[2] = { list[0], list[1] };
	struct ep src, dst;

	if (argc != 6 || parse_ep(argv[2], &src) || src.ns < 0 || parse_ep(argv[3], &dst) ||
	    dst.ns < 0)
		return reply(false, "usage: fan ROUNDS HOST:PORT DST:0 LO HI");
	rounds = atoi(argv[1]);
	lo = atoi(argv[4]);
	hi = atoi(argv[5]);
	fd = raw_open(src.ns, src.sa.sa.sa_family);
	tap = tap_open(dst.ns);
	if (fd < 0 || tap < 0 || lo < 1 || hi > 65535 || hi <= lo || hi - lo >= MAX_FAN)
		return reply(false, "fan: sockets or ports: %s", strerror(errno));
	for (n = 0; n < rounds; n++) {
		for (i = 0; i <= hi - lo; i++) {
			k = i & 1;
			dst.sa.v4.sin_port = htons(lo + i);
			shot_load(&list[k][i / 2], fd, &src.sa, &dst.sa);
		}
		rc = fan_round(tap, shots, hi - lo + 1);
		lost += rc < 0;
		split += rc > 1;
		src.sa.v4.sin_port = htons(ntohs(src.sa.v4.sin_port) + 1);
	}
	close(fd);
	close(tap);
	return reply(!lost && !split, "%d rounds, %d with a loss, %d with several sources",
		     rounds, lost, split);
}

/* --- meet -------------------------------------------------------------------- */

struct side {
	struct ep ep;		/* whose port moves on */
	int fd, tap;
	union addr e;	/* how the other side knows it */
};

static struct {
	int none, one, both;	/* rounds by the datagrams lost */
	int changed;		/* from another source than expected */
	int deaf;		/* afterwards one does not reach the other */
	char what[128];		/* the first that was changed */
} meet;

/* A mapping of its own for the endpoint, and its external endpoint. */
static int meet_learn(struct side *s, const struct ep *server, int tap)
{
	struct tapped t;
	struct shot shot;

	shot_load(&shot, s->fd, &s->ep.sa, &server->sa);
	if (shot_fire(&shot) || !tap_expect(tap, shot.id, LATE_MS, &t))
		return -1;
	s->e = t.src;
	return 0;
}

static bool meet_arrived(const struct shot *shot, const struct side *from,
			 const struct side *to, int ms)
{
	struct tapped t;

	if (!tap_expect(to->tap, shot->id, ms, &t))
		return false;
	if ((!addr_equal(&t.src, &from->e) || !addr_equal(&t.dst, &to->ep.sa)) && !meet.changed++)
		snprintf(meet.what, sizeof(meet.what), "; %s as %s, seen from %s to %s",
			 sa_text(&from->ep.sa), sa_text(&from->e), sa_text(&t.src),
			 sa_text(&t.dst));
	return true;
}

static void meet_round(struct side *a, struct side *b)
{
	struct shot there, back;
	int arrived;

	shot_load(&there, a->fd, &a->ep.sa, &b->e);
	shot_load(&back, b->fd, &b->ep.sa, &a->e);
	twin_fire(&there, 1, &back, 1);
	/* all has been through the router when sending returns, but for its backlog */
	arrived = meet_arrived(&there, a, b, 20);
	arrived += meet_arrived(&back, b, a, arrived ? 20 : LATE_MS);
	meet.none += arrived == 2;
	meet.one += arrived == 1;
	meet.both += arrived == 0;

	shot_load(&there, a->fd, &a->ep.sa, &b->e);
	shot_fire(&there);
	shot_load(&back, b->fd, &b->ep.sa, &a->e);
	shot_fire(&back);
	if (!meet_arrived(&there, a, b, LATE_MS) || !meet_arrived(&back, b, a, LATE_MS))
		meet.deaf++;
}

/*
 * meet ROUNDS in|hairpin HOST1:PORT HOST2:PORT SERVER:PORT: in round n, HOST1 from PORT + n
 * and HOST2 from its PORT + n send to each other at the same instant, on two CPUs.
 * Before, HOST1 (hairpin: and HOST2) has got a mapping by a datagram to SERVER. At most
 * one is lost; sent again, both arrive; all are from the endpoints known before.
 */
int cmd_meet(int argc, char **argv)
{
	struct side a = { .fd = -1 }, b = { .fd = -1 };
	struct ep server;
	int rounds, n, tap;
	bool hairpin;

	if (argc != 6 || parse_ep(argv[3], &a.ep) || a.ep.ns < 0 || parse_ep(argv[4], &b.ep) ||
	    b.ep.ns < 0 || parse_ep(argv[5], &server) || server.ns < 0)
		return reply(false, "usage: meet ROUNDS in|hairpin HOST:PORT HOST:PORT SERVER:PORT");
	rounds = atoi(argv[1]);
	hairpin = !strcmp(argv[2], "hairpin");
	memset(&meet, 0, sizeof(meet));
	a.fd = raw_open(a.ep.ns, a.ep.sa.sa.sa_family);
	b.fd = raw_open(b.ep.ns, b.ep.sa.sa.sa_family);
	a.tap = tap_open(a.ep.ns);
	b.tap = tap_open(b.ep.ns);
	tap = tap_open(server.ns);
	if (a.fd < 0 || b.fd < 0 || a.tap < 0 || b.tap < 0 || tap < 0)
		return reply(false, "meet: sockets: %s", strerror(errno));
	for (n = 0; n < rounds; n++) {
		b.e = b.ep.sa;
		if (meet_learn(&a, &server, tap) || (hairpin && meet_learn(&b, &server, tap)))
			return reply(false, "meet: round %d: no mapping", n);
		meet_round(&a, &b);
		a.ep.sa.v4.sin_port = htons(ntohs(a.ep.sa.v4.sin_port) + 1);
		b.ep.sa.v4.sin_port = htons(ntohs(b.ep.sa.v4.sin_port) + 1);
	}
	close(a.fd);
	close(b.fd);
	close(a.tap);
	close(b.tap);
	close(tap);
	return reply(!meet.both && !meet.changed && !meet.deaf,
		     "%d rounds: %d without a loss, %d with one, %d with two, %d from elsewhere, %d deaf%s",
		     rounds, meet.none, meet.one, meet.both, meet.changed, meet.deaf, meet.what);
}
