// SPDX-License-Identifier: GPL-2.0
/* Data over a connection. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp.h"

/* One direction of a talk. */
struct stream {
	int out, in;
	size_t sent, got;
	size_t due;	/* of what is to be sent, so much may have been by now */
	bool intact;
};

static uint8_t stream_byte(size_t at)
{
	return at * 7 + (at >> 8) + (at >> 16);
}

static int stream_step(struct stream *s, bool readable, bool writable)
{
	uint8_t buf[16384];
	ssize_t n;
	int i;

	if (writable && s->sent < s->due) {
		n = s->due - s->sent < sizeof(buf) ? s->due - s->sent : sizeof(buf);
		for (i = 0; i < n; i++)
			buf[i] = stream_byte(s->sent + i);
		n = send(s->out, buf, n, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return -1;
		s->sent += n > 0 ? n : 0;
	}
	if (readable) {
		n = read(s->in, buf, sizeof(buf));
		if (n == 0)
			errno = ESHUTDOWN;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return -1;
		for (i = 0; i < n; i++)
			s->intact = s->intact && buf[i] == stream_byte(s->got + i);
		s->got += n > 0 ? n : 0;
	}
	return 0;
}

#define PACE_MS	20	/* how often a stream that is spread over time goes on */

/* How much of a stream may have been sent that shall last for @spread ms, if not 0 */
static size_t stream_due(size_t len, int64_t since, int64_t spread)
{
	return since < spread ? len * since / spread : len;
}

/*
 * talk NAME up|down|both BYTES [wait=MS] [spread=MS]: so much from client to server, or back,
 * or both at the same time, all at once or evenly over so long, must arrive as it was sent:
 * "ok MS"
 */
int cmd_talk(int argc, char **argv)
{
	struct conn *c = argc >= 4 ? conn_find(argv[1]) : NULL;
	int64_t began = now_ms(), deadline, wait = 30000, spread = 0, now;
	struct stream s[2];
	struct pollfd pfd[4];
	size_t len;
	int i, n = 0;

	if (!c)
		return reply(false, "usage: talk NAME up|down|both BYTES [wait=MS] [spread=MS]");
	len = strtoul(argv[3], NULL, 10);
	for (i = 4; i < argc; i++) {
		if (!strncmp(argv[i], "wait=", 5))
			wait = atoi(argv[i] + 5);
		else if (!strncmp(argv[i], "spread=", 7))
			spread = atoi(argv[i] + 7);
		else
			return reply(false, "do not know how: %s", argv[i]);
	}
	deadline = began + spread + wait;
	if (strcmp(argv[2], "down"))
		s[n++] = (struct stream){ .out = c->client, .in = c->server, .intact = true };
	if (strcmp(argv[2], "up"))
		s[n++] = (struct stream){ .out = c->server, .in = c->client, .intact = true };
	for (;;) {
		bool done = true;

		now = now_ms();
		for (i = 0; i < n; i++) {
			done = done && s[i].got == len;
			s[i].due = stream_due(len, now - began, spread);
			pfd[2 * i] = (struct pollfd){ .fd = s[i].in, .events = POLLIN };
			pfd[2 * i + 1] = (struct pollfd){
				.fd = s[i].sent < s[i].due ? s[i].out : -1, .events = POLLOUT };
		}
		if (done)
			break;
		if (now >= deadline)
			return reply(false, "%s: %zu of %zu bytes arrived", argv[1], s[0].got, len);
		poll(pfd, 2 * n, now - began < spread ? PACE_MS : deadline - now);
		for (i = 0; i < n; i++)
			if (stream_step(&s[i], pfd[2 * i].revents, pfd[2 * i + 1].revents))
				return reply(false, "%s: after %zu bytes: %s", argv[1], s[i].got,
					     strerror(errno));
	}
	for (i = 0; i < n; i++)
		if (!s[i].intact || s[i].got != len)
			return reply(false, "%s: other bytes than were sent", argv[1]);
	return reply(true, "%lld", (long long)(now_ms() - began));
}
