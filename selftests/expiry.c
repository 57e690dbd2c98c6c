// SPDX-License-Identifier: GPL-2.0
/* Datagrams at the moment when a mapping expires, or is freed. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

#define MAX_ENDPOINTS	4096
#define LATE_MS		2000

struct endpoint {
	union addr sa;
	int64_t stamp_us;		/* when its mapping was made */
	union addr old, new;	/* external endpoints */
	uint32_t id, old_id, new_id;	/* of the last datagrams to it */
	bool arrived, reached;
};

static struct endpoint eps[MAX_ENDPOINTS];
static int n_eps, eps_ns;

/* Reads a tap until @want endpoints have had theirs: how many had. */
static int collect_out(int tap, int want)
{
	int64_t deadline = now_ms() + LATE_MS;
	struct tapped t;
	int i, n = 0;

	do {
		while (tap_read(tap, &t)) {
			for (i = 0; t.id && i < n_eps; i++) {
				if (eps[i].id != t.id || eps[i].arrived)
					continue;
				eps[i].arrived = true;
				eps[i].new = t.src;
				n++;
				break;
			}
		}
	} while (n < want && tap_wait(tap, deadline));
	return n;
}

/*
 * expire open COUNT HOST:PORT DST GAP-US: COUNT mappings, one every GAP-US, by datagrams
 * to DST from PORT on.
 */
static int expire_open(int argc, char **argv)
{
	struct ep src, dst;
	struct shot shot;
	int count, i, fd, tap, n;
	int64_t gap, at;

	if (argc != 6 || parse_ep(argv[3], &src) || src.ns < 0 || parse_ep(argv[4], &dst) ||
	    dst.ns < 0)
		return reply(false, "usage: expire open COUNT HOST:PORT DST GAP-US");
	count = atoi(argv[2]);
	gap = atoi(argv[5]);
	fd = raw_open(src.ns, src.sa.sa.sa_family);
	tap = tap_open(dst.ns);
	if (count < 1 || count > MAX_ENDPOINTS || fd < 0 || tap < 0)
		return reply(false, "expire: count or sockets: %s", strerror(errno));
	n_eps = count;
	eps_ns = src.ns;
	at = now_us();
	for (i = 0; i < count; i++) {
		struct endpoint *e = &eps[i];

		memset(e, 0, sizeof(*e));
		e->sa = src.sa;
		e->sa.v4.sin_port = htons(ntohs(src.sa.v4.sin_port) + i);
		shot_load(&shot, fd, &e->sa, &dst.sa);
		shot.at_us = at += gap;
		e->id = shot.id;
		shot_fire(&shot);
		e->stamp_us = now_us();
	}
	n = collect_out(tap, count);
	for (i = 0; i < count; i++)
		eps[i].old = eps[i].new;
	close(fd);
	close(tap);
	return reply(n == count, "%d of %d", n, count);
}

static int by_time(const void *a, const void *b)
{
	int64_t x = ((const struct shot *)a)->at_us, y = ((const struct shot *)b)->at_us;

	return x < y ? -1 : x > y;
}

static int64_t spread(int64_t us)
{
	return random() % (2 * us + 1) - us;
}

/*
 * A stranger sends to the external endpoints afterwards: to the old one of an endpoint
 * that has a new one, which must not reach it, and to the one in use, which must.
 */
static int expire_verify(int fd, int tap, union addr from)
{
	int64_t deadline;
	int i, wrong = 0, want = 0, n = 0;
	struct tapped t;
	struct shot shot;

	tap_forget(tap);
	from.v4.sin_port = htons(ntohs(from.v4.sin_port) + 1);
	for (i = 0; i < n_eps; i++) {
		eps[i].reached = false;
		if (!eps[i].arrived)
			continue;
		want++;
		eps[i].old_id = 0;
		if (!addr_equal(&eps[i].old, &eps[i].new)) {
			shot_load(&shot, fd, &from, &eps[i].old);
			eps[i].old_id = shot.id;
			shot_fire(&shot);
		}
		shot_load(&shot, fd, &from, &eps[i].new);
		eps[i].new_id = shot.id;
		shot_fire(&shot);
	}
	deadline = now_ms() + LATE_MS;
	do {
		while (tap_read(tap, &t)) {
			for (i = 0; t.id && i < n_eps; i++) {
				if (!addr_equal(&t.dst, &eps[i].sa))
					continue;
				if (t.id == eps[i].old_id) {
					wrong++;
				} else if (t.id == eps[i].new_id && !eps[i].reached) {
					eps[i].reached = true;
					n++;
				}
			}
		}
	} while (n < want && tap_wait(tap, deadline));
	return wrong + want - n;
}

static int expire_report(int lost, int wrong, int on_time, int inward)
{
	static uint8_t used[65536];
	int i, old = 0, new = 0, equal = 0;

	memset(used, 0, sizeof(used));
	for (i = 0; i < n_eps; i++) {
		if (!eps[i].arrived)
			continue;
		if (addr_equal(&eps[i].old, &eps[i].new))
			old++;
		else
			new++;
		if (used[ntohs(eps[i].new.v4.sin_port)]++)
			equal++;
	}
	return reply(!lost && !wrong && !equal,
		     "old %d new %d ontime %d inward %d lost %d equal %d wrong %d", old, new,
		     on_time, inward, lost, equal, wrong);
}

/*
 * expire shoot T-US SPREAD-US DST STRANGER:PORT: T-US +- SPREAD-US after its mapping was
 * made every endpoint of "open" sends to DST, and every other one gets a datagram from
 * STRANGER, the other CPU's. Those to DST must arrive, from different sources.
 */
static int expire_shoot(int argc, char **argv)
{
	static struct shot list[2][2 * MAX_ENDPOINTS];
	int i, k, fd, in_fd, tap, in_tap, lost, wrong, on_time = 0, inward = 0, n[2] = { 0, 0 };
	struct ep dst, stranger;
	int64_t t_us, spread_us;
	struct tapped t;
	struct shot *s;

	if (argc != 6 || parse_ep(argv[4], &dst) || dst.ns < 0 || parse_ep(argv[5], &stranger) ||
	    stranger.ns < 0 || !n_eps)
		return reply(false, "usage: expire shoot T-US SPREAD-US DST STRANGER:PORT");
	t_us = atoll(argv[2]);
	spread_us = atoll(argv[3]);
	fd = raw_open(eps_ns, eps[0].sa.sa.sa_family);
	in_fd = raw_open(stranger.ns, stranger.sa.sa.sa_family);
	tap = tap_open(dst.ns);
	in_tap = tap_open(eps_ns);
	if (fd < 0 || in_fd < 0 || tap < 0 || in_tap < 0)
		return reply(false, "expire: sockets: %s", strerror(errno));
	for (i = 0; i < n_eps; i++) {
		k = i >> 1 & 1;
		s = &list[k][n[k]++];
		shot_load(s, fd, &eps[i].sa, &dst.sa);
		s->at_us = eps[i].stamp_us + t_us + spread(spread_us);
		eps[i].id = s->id;
		eps[i].arrived = false;
		if (!(i & 1))
			continue;
		s = &list[!k][n[!k]++];
		shot_load(s, in_fd, &stranger.sa, &eps[i].old);
		s->at_us = eps[i].stamp_us + t_us + spread(spread_us);
	}
	for (k = 0; k < 2; k++)
		qsort(list[k], n[k], sizeof(list[0][0]), by_time);
	twin_fire(list[0], n[0], list[1], n[1]);
	for (k = 0; k < 2; k++)
		for (i = 0; i < n[k]; i++)
			on_time += list[k][i].fd == fd &&
				   list[k][i].sent_us - list[k][i].at_us <= spread_us;
	lost = n_eps - collect_out(tap, n_eps);
	while (tap_read(in_tap, &t))
		inward++;
	wrong = expire_verify(in_fd, in_tap, stranger.sa);
	close(fd);
	close(in_fd);
	close(tap);
	close(in_tap);
	return expire_report(lost, wrong, on_time, inward);
}

int cmd_expire(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "open"))
		return expire_open(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "shoot"))
		return expire_shoot(argc, argv);
	return reply(false, "usage: expire open|shoot ...");
}

/* --- beat ---------------------------------------------------------------------- */

struct beat {
	pthread_t thread;
	int cpu, fd, count;
	unsigned int seed;
	int64_t period_us, jitter_us, end_us;
	union addr src, dst;
	int sent;
};

static void *beat_thread(void *arg)
{
	struct beat *b = arg;
	uint8_t buf[SHOT_SIZE] = "beat";
	int64_t due = now_us(), at;
	int i = 0;

	twin_pin(b->cpu);
	while (due < b->end_us) {
		union addr src = b->src;

		src.v4.sin_port = htons(ntohs(b->src.v4.sin_port) + 2 * i + b->cpu);
		at = due + rand_r(&b->seed) % (2 * b->jitter_us + 1) - b->jitter_us;
		if (at > now_us())
			wait_us(at);
		b->sent += !raw_udp(b->fd, &src, &b->dst, buf, SHOT_SIZE, NULL);
		due += b->period_us / b->count;
		i = (i + 1) % b->count;
	}
	return NULL;
}

/*
 * beat SECONDS PERIOD-MS JITTER-MS COUNT HOST:PORT DST: each of two CPUs has COUNT
 * endpoints of HOST send to DST every PERIOD-MS +- JITTER-MS: "ok SENT"
 */
int cmd_beat(int argc, char **argv)
{
	struct beat b[2];
	struct ep src, dst;
	int i;

	if (argc != 7 || parse_ep(argv[5], &src) || src.ns < 0 || parse_ep(argv[6], &dst))
		return reply(false, "usage: beat SECONDS PERIOD-MS JITTER-MS COUNT HOST:PORT DST");
	for (i = 0; i < 2; i++) {
		b[i] = (struct beat){
			.cpu = i, .fd = raw_open(src.ns, src.sa.sa.sa_family),
			.count = atoi(argv[4]),
			.seed = i + 1,
			.period_us = atoll(argv[2]) * 1000, .jitter_us = atoll(argv[3]) * 1000,
			.end_us = now_us() + atoll(argv[1]) * 1000000,
			.src = src.sa, .dst = dst.sa,
		};
		if (b[i].fd < 0 || b[i].count < 1)
			return reply(false, "beat: sockets or count: %s", strerror(errno));
	}
	for (i = 0; i < 2; i++)
		pthread_create(&b[i].thread, NULL, beat_thread, &b[i]);
	for (i = 0; i < 2; i++) {
		pthread_join(b[i].thread, NULL);
		close(b[i].fd);
	}
	return reply(true, "%d", b[0].sent + b[1].sent);
}
