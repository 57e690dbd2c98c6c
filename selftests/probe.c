// SPDX-License-Identifier: GPL-2.0
/*
 * probe agent [MS]: reads one command a line, answers one line: "ok ..." or "fail ...".
 *
 *	host NAME ADDR NETNS		name an address of a namespace
 *	ready NETNS			wait until its links pass packets
 *	sysctl NETNS KEY VALUE		KEY as a path below /proc/sys
 *	open EP [DEV] | close EP	a UDP socket
 *	pass SRC DST RCV [HOW...]	one datagram; must arrive at RCV: "ok SEEN-SOURCE"
 *	none SRC DST [HOW...]		one datagram; must arrive nowhere
 *	settle				none of those arrived since, nor does within 2 s
 *	any EP MS			whatever comes next to EP: "ok SEEN-SOURCE"
 *	error EP TYPE CODE MS		an ICMP error reached the socket EP: "ok SENDER"
 *	errors EP			"ok COUNT"; forgets them
 *	tcp, conn, noconn, try, talk, shut, hang, end, cross, listen, deafen: see tcp.c
 *	segment, protocol		single TCP segments, other protocols: see segment.c
 *	steer				a BPF program gives a socket another port: see steer.c
 *	mroute				a router forwards multicast: see mroute.c
 *	ping, icmp			ICMP queries and errors: see icmp.c
 *	mark | at MS			a point in time | wait until MS after it
 *	forget NETNS			close what holds the namespace
 *	flood, scan, race, spray, steady, refusal	see load.c and refusal.c
 *	fan, meet, expire, beat, storm	two CPUs at once: see twin.c, expiry.c and storm.c
 *
 * EP, SRC, DST, RCV: NAME:PORT, ADDR:PORT or [ADDR]:PORT. HOW: size=N wait=MS via=NAME (raw, with
 * any source) frag=321 gap=MS badsum.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define MAX_FORBIDDEN	4096
#define QUIET_MS	2000	/* "nothing" of the specification */
#define NONE_MS		200	/* how much of it "none" itself waits; "settle" the rest */
#define READY_MS	10000

static uint32_t forbidden[MAX_FORBIDDEN];
static int n_forbidden;
static int64_t last_forbidden_ms, mark_ms;
static char violation[256];
static int pass_ms = 3000;	/* how long "pass" waits */

int reply(bool ok, const char *fmt, ...)
{
	va_list ap;

	fputs(ok ? "ok " : "fail ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return 0;
}

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void wait_until(int64_t ms)
{
	int64_t left = ms - now_ms();
	struct timespec ts = { left / 1000, left % 1000 * 1000000 };

	if (left > 0)
		nanosleep(&ts, NULL);
}

/* Every arrival passes here, asked for or not. */
void note_arrival(const struct arrival *a)
{
	int i;

	for (i = 0; i < n_forbidden; i++)
		if (a->id && forbidden[i] == a->id && !violation[0])
			snprintf(violation, sizeof(violation), "datagram %u from %s arrived at %s",
				 a->id, sa_text(&a->from), sa_text(&a->at->sa));
}

static int parse_how(int argc, char **argv, struct how *how, int wait)
{
	*how = (struct how){ .via = -1, .size = 16, .wait = wait };
	for (; argc > 0; argc--, argv++) {
		if (!strncmp(*argv, "size=", 5))
			how->size = strtoul(*argv + 5, NULL, 10);
		else if (!strncmp(*argv, "wait=", 5))
			how->wait = atoi(*argv + 5);
		else if (!strncmp(*argv, "via=", 4) && host_ns(*argv + 4) >= 0)
			how->via = host_ns(*argv + 4);
		else if (!strncmp(*argv, "frag=", 5) && strlen(*argv + 5) < sizeof(how->frag))
			strcpy(how->frag, *argv + 5);
		else if (!strncmp(*argv, "gap=", 4))
			how->gap = atoi(*argv + 4);
		else if (!strcmp(*argv, "badsum"))
			how->badsum = true;
		else
			return reply(false, "do not know how: %s", *argv), -1;
	}
	if (how->size > MAX_PAYLOAD || (how->frag[0] && how->via < 0))
		return reply(false, "size or frag without via"), -1;
	return 0;
}

static int emit(const struct ep *src, const struct ep *dst, const struct how *how, uint32_t *id)
{
	static uint8_t buf[MAX_PAYLOAD];
	struct sock *s;
	int fd, rc, tries;

	*id = payload_fill(buf, how->size);
	if (how->via >= 0) {
		fd = raw_open(how->via, src->sa.sa.sa_family);
		if (fd < 0)
			return -1;
		rc = raw_udp(fd, &src->sa, &dst->sa, buf, how->size, how);
		close(fd);
		return rc;
	}
	s = sock_get(src);
	if (!s)
		return -1;
	/* an earlier ICMP error is reported by the next send, once */
	for (tries = 0; tries < 4; tries++) {
		if (sendto(s->fd, buf, how->size, 0, &dst->sa.sa, addr_len(&dst->sa)) >= 0)
			return 0;
		if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != ENETUNREACH &&
		    errno != EPROTO && errno != EMSGSIZE && errno != ENOPROTOOPT)
			break;
		sock_errors(s);
	}
	return -1;
}

struct wanted {
	uint32_t id;
	struct sock *at;	/* an empty datagram has no number: the socket tells */
	struct arrival got;
};

static bool is_wanted(const struct arrival *a, void *arg)
{
	struct wanted *w = arg;

	if (w->id ? a->id != w->id : a->at != w->at || a->len)
		return false;
	w->got = *a;
	return true;
}

static int cmd_pass(int argc, char **argv)
{
	struct ep src, dst, rcv;
	struct wanted w = { 0 };
	struct how how;
	int64_t began;

	if (argc < 4 || parse_ep(argv[1], &src) || parse_ep(argv[2], &dst) ||
	    parse_ep(argv[3], &rcv))
		return reply(false, "usage: pass SRC DST RCV [HOW...]");
	if (parse_how(argc - 4, argv + 4, &how, pass_ms))
		return 0;
	w.at = sock_get(&rcv);
	if (!w.at)
		return reply(false, "socket %s: %s", argv[3], strerror(errno));
	collect(0, NULL, NULL);
	began = now_ms();
	if (emit(&src, &dst, &how, &w.id))
		return reply(false, "send %s > %s: %s", argv[1], argv[2], strerror(errno));
	if (!collect(how.wait, is_wanted, &w))
		return reply(false, "%s > %s did not arrive at %s", argv[1], argv[2], argv[3]);
	if (w.got.at != w.at)
		return reply(false, "%s > %s arrived at %s, not %s", argv[1], argv[2],
			     sa_text(&w.got.at->sa), argv[3]);
	if (w.got.len != how.size || !w.got.intact)
		return reply(false, "%s > %s arrived changed: %zu of %zu bytes%s", argv[1], argv[2],
			     w.got.len, how.size, w.got.intact ? "" : ", other content");
	return reply(true, "%s %lld", sa_text(&w.got.from), (long long)(now_ms() - began));
}

static int cmd_none(int argc, char **argv)
{
	struct wanted w = { 0 };
	struct ep src, dst;
	struct how how;

	if (argc < 3 || parse_ep(argv[1], &src) || parse_ep(argv[2], &dst))
		return reply(false, "usage: none SRC DST [HOW...]");
	if (parse_how(argc - 3, argv + 3, &how, NONE_MS))
		return 0;
	if (n_forbidden == MAX_FORBIDDEN || how.size < 6)
		return reply(false, "none: too many, or no room for a number");
	if (emit(&src, &dst, &how, &w.id))
		return reply(false, "send %s > %s: %s", argv[1], argv[2], strerror(errno));
	forbidden[n_forbidden++] = w.id;
	last_forbidden_ms = now_ms();
	if (collect(how.wait, is_wanted, &w)) {
		violation[0] = '\0';	/* told here, need not be told again */
		return reply(false, "%s > %s arrived at %s from %s", argv[1], argv[2],
			     sa_text(&w.got.at->sa), sa_text(&w.got.from));
	}
	return reply(true, "-");
}

static int cmd_settle(int argc, char **argv)
{
	int64_t left = last_forbidden_ms + QUIET_MS - now_ms();

	(void)argc, (void)argv;
	collect(n_forbidden && left > 0 ? left : 0, NULL, NULL);
	n_forbidden = 0;
	if (violation[0]) {
		reply(false, "late: %s", violation);
		violation[0] = '\0';
		return 0;
	}
	return reply(true, "-");
}

static bool is_at(const struct arrival *a, void *arg)
{
	struct wanted *w = arg;

	w->got = *a;
	return a->at == w->at;
}

static int cmd_any(int argc, char **argv)
{
	struct wanted w = { 0 };
	struct ep ep;

	if (argc != 3 || parse_ep(argv[1], &ep))
		return reply(false, "usage: any EP MS");
	w.at = sock_get(&ep);
	if (!w.at)
		return reply(false, "socket %s: %s", argv[1], strerror(errno));
	if (!collect(atoi(argv[2]), is_at, &w))
		return reply(false, "nothing came to %s", argv[1]);
	return reply(true, "%s", sa_text(&w.got.from));
}

static int cmd_error(int argc, char **argv)
{
	int64_t deadline;
	struct sock *s;
	struct ep ep;
	int i;

	if (argc != 5 || parse_ep(argv[1], &ep) || !(s = sock_find(&ep)))
		return reply(false, "usage: error OPEN-EP TYPE CODE MS");
	deadline = now_ms() + atoi(argv[4]);
	do {
		collect(10, NULL, NULL);
		for (i = 0; i < s->n_errors; i++)
			if (s->errors[i].type == atoi(argv[2]) && s->errors[i].code == atoi(argv[3]))
				return reply(true, "%s", addr_text(&s->errors[i].offender));
	} while (now_ms() < deadline);
	return reply(false, "%s got no ICMP %s/%s (%d others)", argv[1], argv[2], argv[3],
		     s->n_errors);
}

static int cmd_errors(int argc, char **argv)
{
	struct sock *s;
	struct ep ep;
	int n;

	if (argc != 2 || parse_ep(argv[1], &ep) || !(s = sock_find(&ep)))
		return reply(false, "usage: errors OPEN-EP");
	collect(0, NULL, NULL);
	n = s->n_errors;
	s->n_errors = 0;
	return reply(true, "%d", n);
}

/* --- setting up ------------------------------------------------------------ */

static int cmd_host(int argc, char **argv)
{
	if (argc != 4 || host_add(argv[1], argv[2], argv[3]))
		return reply(false, "usage: host NAME ADDR NETNS: %s", strerror(errno));
	return reply(true, "-");
}

static int cmd_sysctl(int argc, char **argv)
{
	char path[256];
	int ns, fd;
	bool ok;

	if (argc != 4)
		return reply(false, "usage: sysctl NETNS KEY VALUE");
	ns = ns_get(argv[1]);
	snprintf(path, sizeof(path), "/proc/sys/%s", argv[2]);
	if (ns < 0 || ns_enter(ns))
		return reply(false, "namespace %s: %s", argv[1], strerror(errno));
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, argv[3], strlen(argv[3])) > 0;
	reply(ok, "%s %s", argv[2], ok ? "set" : strerror(errno));
	if (fd >= 0)
		close(fd);
	return 0;
}

static int cmd_open(int argc, char **argv)
{
	struct ep ep;

	if (argc < 2 || argc > 3 || parse_ep(argv[1], &ep))
		return reply(false, "usage: open EP [DEV]");
	if (!sock_find(&ep) && !sock_open(&ep, argv[2]))
		return reply(false, "socket %s: %s", argv[1], strerror(errno));
	return reply(true, "-");
}

static int cmd_close(int argc, char **argv)
{
	struct sock *s;
	struct ep ep;

	if (argc != 2 || parse_ep(argv[1], &ep) || !(s = sock_find(&ep)))
		return reply(false, "usage: close OPEN-EP");
	sock_close(s);
	return reply(true, "-");
}

static int cmd_forget(int argc, char **argv)
{
	if (argc != 2 || ns_forget(argv[1]))
		return reply(false, "usage: forget NETNS");
	return reply(true, "-");
}

static int cmd_ready(int argc, char **argv)
{
	if (argc != 2 || ns_ready(argv[1], READY_MS))
		return reply(false, "%s: %s", argc == 2 ? argv[1] : "ready", strerror(errno));
	return reply(true, "-");
}

static int cmd_mark(int argc, char **argv)
{
	(void)argc, (void)argv;
	mark_ms = now_ms();
	return reply(true, "-");
}

static int cmd_at(int argc, char **argv)
{
	if (argc != 2)
		return reply(false, "usage: at MS");
	wait_until(mark_ms + atoi(argv[1]));
	return reply(true, "%lld", (long long)(now_ms() - mark_ms));
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "host", cmd_host },	{ "sysctl", cmd_sysctl }, { "open", cmd_open },
	{ "close", cmd_close },	{ "pass", cmd_pass },	  { "none", cmd_none },
	{ "any", cmd_any },	{ "settle", cmd_settle }, { "error", cmd_error },
	{ "tcp", cmd_tcp },	{ "errors", cmd_errors }, { "forget", cmd_forget },
	{ "ready", cmd_ready },	{ "mark", cmd_mark },	{ "at", cmd_at },	  { "icmp", cmd_icmp },
	{ "flood", cmd_flood },	{ "scan", cmd_scan },	  { "race", cmd_race },
	{ "spray", cmd_spray },	{ "steady", cmd_steady }, { "refusal", cmd_refusal },
	{ "fan", cmd_fan },	{ "meet", cmd_meet },	  { "expire", cmd_expire },
	{ "beat", cmd_beat },	{ "storm", cmd_storm },	  { "ping", cmd_ping },
	{ "conn", cmd_conn },	{ "noconn", cmd_noconn }, { "try", cmd_try },
	{ "talk", cmd_talk },	{ "shut", cmd_shut },	  { "hang", cmd_hang },
	{ "end", cmd_end },	{ "cross", cmd_cross },
	{ "listen", cmd_listen }, { "deafen", cmd_deafen },
	{ "segment", cmd_segment }, { "protocol", cmd_protocol },
	{ "steer", cmd_steer },	{ "mroute", cmd_mroute },
};

/* probe in NETNS COMMAND...: what nsenter does, but quicker to start */
static int run_in(int argc, char **argv)
{
	int ns = argc > 3 ? ns_get(argv[2]) : -1;

	if (ns < 0 || ns_enter(ns)) {
		fprintf(stderr, "probe in NETNS COMMAND...: %s\n", strerror(errno));
		return 126;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}

int main(int argc, char **argv)
{
	char line[1024], *word[16], *save;
	size_t i;

	if (argc > 1 && !strcmp(argv[1], "in"))
		return run_in(argc, argv);
	if (argc < 2 || argc > 3 || strcmp(argv[1], "agent")) {
		fputs("usage: probe agent [MS] (commands on standard input, see probe.c)\n", stderr);
		return 2;
	}
	if (argc == 3)
		pass_ms = atoi(argv[2]);
	srand(getpid());
	while (fgets(line, sizeof(line), stdin)) {
		int n = 0;

		for (char *w = strtok_r(line, " \n", &save); w && n < 15;
		     w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		word[n] = NULL;
		if (!n)
			continue;
		for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			if (!strcmp(commands[i].name, word[0]))
				break;
		if (i == sizeof(commands) / sizeof(commands[0]))
			reply(false, "no command %s", word[0]);
		else
			commands[i].run(n, word);
	}
	return 0;
}
