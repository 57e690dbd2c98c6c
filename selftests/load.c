// SPDX-License-Identifier: GPL-2.0
/* Many flows in one go, and two flows at the same instant on two CPUs. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define SIZE		16
#define DRAIN_EVERY	64
#define LATE_MS		2000

struct flood {
	struct sock *at;
	uint32_t first, last;	/* numbers of the datagrams */
	uint32_t got, distinct, foreign;
	uint8_t seen[65536 / 8];
	union addr addr;
	uint32_t us[65536];	/* the time it took to send each of the first ones */
	uint32_t n;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static bool flood_one(const struct arrival *a, void *arg)
{
	struct flood *f = arg;
	uint16_t port = ntohs(a->from.v4.sin_port);

	if (a->at != f->at || a->id < f->first || a->id > f->last)
		return false;
	if (!f->got++)
		f->addr = a->from;
	if (!addr_same_host(&a->from, &f->addr))
		f->foreign++;
	else if (!(f->seen[port / 8] & 1 << port % 8))
		f->distinct++;
	f->seen[port / 8] |= 1 << port % 8;
	return f->got == f->last - f->first + 1;
}

/*
 * One datagram of the flood. With one CPU, sending it takes as long as all that the
 * router does with it.
 */
static int flood_send(struct flood *f, int fd, const struct ep *src, const struct ep *dst)
{
	uint8_t buf[SIZE];
	int64_t began;
	int rc;

	f->last = payload_fill(buf, sizeof(buf));
	if (!f->first)
		f->first = f->last;
	began = now_us();
	rc = raw_udp(fd, &src->sa, &dst->sa, buf, sizeof(buf), NULL);
	if (f->n < sizeof(f->us) / sizeof(f->us[0]))
		f->us[f->n++] = now_us() - began;
	return rc;
}

static int flood_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The longest time but for one in a hundred: an emulated machine stands still at times. */
static uint32_t flood_p99(struct flood *f)
{
	qsort(f->us, f->n, sizeof(f->us[0]), flood_compare);
	return f->n ? f->us[f->n - 1 - f->n / 100] : 0;
}

/*
 * flood HOST ADDR LO HI DST [RCV]: one datagram to DST from every port LO-HI of ADDR,
 * raw, from the namespace of HOST, to arrive at RCV (DST itself):
 * "ok SENT ARRIVED DISTINCT-SOURCES MS P99-US". Sources of a second address count as arrived,
 * not as distinct. If nobody of the topology is there to receive it, that is not asked.
 */
int cmd_flood(int argc, char **argv)
{
	static struct flood f;
	struct ep src, dst, rcv;
	int64_t began;
	int lo, hi, port, fd, ns;
	bool heard;

	memset(&f, 0, sizeof(f));
	if (argc < 6 || argc > 7 || (ns = host_ns(argv[1])) < 0 || parse_ep(argv[2], &src) ||
	    parse_ep(argv[5], &dst) || parse_ep(argv[argc - 1], &rcv))
		return reply(false, "usage: flood HOST ADDR LO HI DST [RCV]");
	lo = atoi(argv[3]);
	hi = atoi(argv[4]);
	heard = rcv.ns >= 0;
	f.at = heard ? sock_get(&rcv) : NULL;
	fd = raw_open(ns, src.sa.sa.sa_family);
	if ((heard && !f.at) || fd < 0 || lo < 0 || hi > 65535 || lo > hi)
		return reply(false, "flood: sockets or ports: %s", strerror(errno));
	collect(0, NULL, NULL);
	began = now_ms();
	for (port = lo; port <= hi; port++) {
		src.sa.v4.sin_port = htons(port);
		if (flood_send(&f, fd, &src, &dst)) {
			close(fd);
			return reply(false, "flood at port %d: %s", port, strerror(errno));
		}
		if (port % DRAIN_EVERY == 0 && port != hi)
			collect(0, flood_one, &f);
	}
	if (heard && f.got < f.last - f.first + 1)
		collect(LATE_MS, flood_one, &f);
	close(fd);
	began = now_ms() - began;
	return reply(true, "%d %u %u %lld %u", hi - lo + 1, f.got, f.distinct, (long long)began,
		     flood_p99(&f));
}

/*
 * spray HOST ADDR:PORT COUNT DST [RCV]: one datagram to DST from each of COUNT addresses
 * from ADDR on, raw, from the namespace of HOST: "ok SENT ARRIVED MS", where ARRIVED is
 * how many arrived at RCV (DST itself).
 */
int cmd_spray(int argc, char **argv)
{
	static struct flood f;
	struct ep src, dst, rcv;
	int count, i, fd, ns;
	int64_t began;

	memset(&f, 0, sizeof(f));
	if (argc < 5 || argc > 6 || (ns = host_ns(argv[1])) < 0 || parse_ep(argv[2], &src) ||
	    parse_ep(argv[4], &dst) || parse_ep(argv[argc - 1], &rcv))
		return reply(false, "usage: spray HOST ADDR:PORT COUNT DST [RCV]");
	count = atoi(argv[3]);
	f.at = rcv.ns >= 0 ? sock_get(&rcv) : NULL;
	fd = raw_open(ns, src.sa.sa.sa_family);
	if ((rcv.ns >= 0 && !f.at) || fd < 0 || count < 1)
		return reply(false, "spray: sockets or count: %s", strerror(errno));
	collect(0, NULL, NULL);
	began = now_ms();
	for (i = 0; i < count; i++) {
		if (flood_send(&f, fd, &src, &dst)) {
			close(fd);
			return reply(false, "spray from %s: %s", sa_text(&src.sa), strerror(errno));
		}
		addr_next(&src.sa);
		if (i % DRAIN_EVERY == 0)
			collect(0, flood_one, &f);
	}
	if (f.at && f.got < f.last - f.first + 1)
		collect(LATE_MS / 4, flood_one, &f);
	close(fd);
	return reply(true, "%d %u %lld", count, f.got, (long long)(now_ms() - began));
}

/*
 * steady HOST ADDR LO HI RATE SECONDS DST: RATE datagrams a second to DST, for so long,
 * raw, from the ports LO-HI of ADDR in turn: "ok SENT ARRIVED DISTINCT-SOURCES", as flood
 */
int cmd_steady(int argc, char **argv)
{
	static struct flood f;
	int lo, hi, port, rate, seconds, fd, ns, i;
	struct ep src, dst;
	int64_t began;

	memset(&f, 0, sizeof(f));
	if (argc != 8 || (ns = host_ns(argv[1])) < 0 || parse_ep(argv[2], &src) ||
	    parse_ep(argv[7], &dst))
		return reply(false, "usage: steady HOST ADDR LO HI RATE SECONDS DST");
	lo = atoi(argv[3]);
	hi = atoi(argv[4]);
	rate = atoi(argv[5]);
	seconds = atoi(argv[6]);
	f.at = sock_get(&dst);
	fd = raw_open(ns, src.sa.sa.sa_family);
	if (!f.at || fd < 0 || lo < 0 || hi > 65535 || lo > hi || rate < 1)
		return reply(false, "steady: sockets, ports or rate: %s", strerror(errno));
	collect(0, NULL, NULL);
	began = now_ms();
	for (i = 0, port = lo; i < rate * seconds; i++, port = port == hi ? lo : port + 1) {
		int64_t due = began + i * 1000LL / rate;

		/* it is done before the time is over when all that was sent has arrived */
		do {
			int64_t ahead = due - now_ms();

			collect(ahead > 0 ? ahead : 0, flood_one, &f);
		} while (now_ms() < due);
		src.sa.v4.sin_port = htons(port);
		if (flood_send(&f, fd, &src, &dst)) {
			close(fd);
			return reply(false, "steady at port %d: %s", port, strerror(errno));
		}
	}
	collect(LATE_MS, flood_one, &f);
	close(fd);
	return reply(true, "%d %u %u", i, f.got, f.distinct);
}

/* scan HOST SRC ADDR LO HI: one datagram from SRC to every port LO-HI of ADDR, raw */
int cmd_scan(int argc, char **argv)
{
	struct ep src, dst;
	uint8_t buf[SIZE];
	int lo, hi, port, fd, ns, rc = 0;

	if (argc != 6 || (ns = host_ns(argv[1])) < 0 || parse_ep(argv[2], &src) ||
	    parse_ep(argv[3], &dst))
		return reply(false, "usage: scan HOST SRC ADDR LO HI");
	lo = atoi(argv[4]);
	hi = atoi(argv[5]);
	fd = raw_open(ns, src.sa.sa.sa_family);
	if (fd < 0 || lo < 0 || hi > 65535)
		return reply(false, "scan: socket or ports: %s", strerror(errno));
	for (port = lo; port <= hi && !rc; port++) {
		dst.sa.v4.sin_port = htons(port);
		payload_fill(buf, sizeof(buf));
		rc = raw_udp(fd, &src.sa, &dst.sa, buf, sizeof(buf), NULL);
	}
	close(fd);
	return reply(!rc, "%d", hi - lo + 1);
}

/* --- race ------------------------------------------------------------------- */

struct racer {
	pthread_t thread;
	int cpu, fd;
	union addr src;
	const union addr *dst;
	uint8_t buf[SIZE];
	uint32_t id;
	union addr seen;
	bool arrived;
};

static struct {
	pthread_barrier_t start, sent;
	atomic_int ready;
	bool stop;
	struct racer r[2];
	/* external ports the losers of earlier rounds have got */
	uint8_t taken[65536 / 8];
} race;

static bool race_taken(in_port_t port)
{
	return race.taken[ntohs(port) / 8] & 1 << ntohs(port) % 8;
}

static void race_take(in_port_t port)
{
	race.taken[ntohs(port) / 8] |= 1 << ntohs(port) % 8;
}

static void *race_thread(void *arg)
{
	struct racer *r = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(r->cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	for (;;) {
		pthread_barrier_wait(&race.start);
		if (race.stop)
			return NULL;
		/* both are awake now: leave together */
		atomic_fetch_add(&race.ready, 1);
		while (atomic_load(&race.ready) < 2)
			;
		raw_udp(r->fd, &r->src, r->dst, r->buf, SIZE, NULL);
		pthread_barrier_wait(&race.sent);
	}
}

static bool race_one(const struct arrival *a, void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 2; i++) {
		if (a->id == race.r[i].id) {
			race.r[i].arrived = true;
			race.r[i].seen = a->from;
		}
	}
	return race.r[0].arrived && race.r[1].arrived;
}

/*
 * race ROUNDS PORT HOST1 HOST2 DST [RCV]: in round n both hosts send to DST from port
 * PORT + n at the same instant. Both must arrive at RCV (DST itself), from two
 * different sources, one of which has kept the port unless a loser has had it before:
 * "ok ROUNDS".
 */
int cmd_race(int argc, char **argv)
{
	int rounds, port, n, i, lost = 0, equal = 0, unkept = 0;
	const union addr *e1 = &race.r[0].seen, *e2 = &race.r[1].seen;
	struct ep dst, rcv, host;

	if (argc < 6 || argc > 7 || parse_ep(argv[5], &dst) || parse_ep(argv[argc - 1], &rcv))
		return reply(false, "usage: race ROUNDS PORT HOST1 HOST2 DST [RCV]");
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return reply(false, "a race needs two CPUs");
	rounds = atoi(argv[1]);
	port = atoi(argv[2]);
	if (!sock_get(&rcv))
		return reply(false, "socket %s: %s", argv[argc - 1], strerror(errno));
	race.stop = false;
	pthread_barrier_init(&race.start, NULL, 3);
	pthread_barrier_init(&race.sent, NULL, 3);
	for (i = 0; i < 2; i++) {
		struct racer *r = &race.r[i];

		if (parse_ep(argv[3 + i], &host) || host.ns < 0 ||
		    (r->fd = raw_open(host.ns, host.sa.sa.sa_family)) < 0)
			return reply(false, "host %s: %s", argv[3 + i], strerror(errno));
		r->src = host.sa;
		r->dst = &dst.sa;
		r->cpu = i;
		pthread_create(&r->thread, NULL, race_thread, r);
	}
	for (n = 0; n < rounds; n++) {
		for (i = 0; i < 2; i++) {
			race.r[i].src.v4.sin_port = htons(port + n);
			race.r[i].id = payload_fill(race.r[i].buf, SIZE);
			race.r[i].arrived = false;
		}
		atomic_store(&race.ready, 0);
		pthread_barrier_wait(&race.start);
		pthread_barrier_wait(&race.sent);
		if (!collect(LATE_MS, race_one, NULL)) {
			lost++;
			continue;
		}
		if (addr_equal(e1, e2))
			equal++;
		if (e1->v4.sin_port != htons(port + n) && e2->v4.sin_port != htons(port + n) &&
		    !race_taken(htons(port + n)))
			unkept++;
		race_take(e1->v4.sin_port);
		race_take(e2->v4.sin_port);
	}
	race.stop = true;
	pthread_barrier_wait(&race.start);
	for (i = 0; i < 2; i++) {
		pthread_join(race.r[i].thread, NULL);
		close(race.r[i].fd);
	}
	pthread_barrier_destroy(&race.start);
	pthread_barrier_destroy(&race.sent);
	return reply(!lost && !equal && !unkept, "%d rounds, %d lost, %d equal, %d not kept",
		     rounds, lost, equal, unkept);
}
