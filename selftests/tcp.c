// SPDX-License-Identifier: GPL-2.0
/*
 * TCP connections between hosts. Each begins with a number from the client, so that
 * "accepted" always means that very connection. Listeners stay open, and share their port
 * with the host's connections from there, as those of a peer-to-peer program do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp.h"

#define MAX_CONNS	64
#define MAX_LISTENERS	256
#define HELLO		16
#define WAIT_MS		3000
#define QUIET_MS	700	/* a SYN in vain: and one time over again is a second later */

struct listener {
	int fd;
	struct ep ep;
};

static struct listener listeners[MAX_LISTENERS];
static struct conn conns[MAX_CONNS];
static int n_listeners, n_conns;

static void listener_close(struct listener *l)
{
	close(l->fd);
	*l = listeners[--n_listeners];
}

static struct listener *listener_find(const struct ep *ep)
{
	int i;

	for (i = 0; i < n_listeners; i++)
		if (listeners[i].ep.ns == ep->ns && addr_equal(&listeners[i].ep.sa, &ep->sa))
			return &listeners[i];
	return NULL;
}

/* The socket that listens there, -1: none. */
int tcp_listener(const struct ep *ep)
{
	struct listener *l = listener_find(ep);

	return l ? l->fd : -1;
}

static int tcp_socket(const struct ep *ep)
{
	int one = 1, fd, err;

	if (ep->ns < 0 || ns_enter(ep->ns)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(ep->sa.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (ep->sa.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (!bind(fd, &ep->sa.sa, addr_len(&ep->sa)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int listener_get(const struct ep *ep)
{
	int fd;

	if (listener_find(ep))
		return 0;
	if (n_listeners == MAX_LISTENERS) {
		errno = ENFILE;
		return -1;
	}
	fd = tcp_socket(ep);
	if (fd < 0)
		return -1;
	if (listen(fd, 16)) {
		close(fd);
		return -1;
	}
	listeners[n_listeners++] = (struct listener){ .fd = fd, .ep = *ep };
	return 0;
}

/* Ends it with a reset, so that its ports can be used again at once. */
static void abort_fd(int *fd)
{
	struct linger linger = { 1, 0 };

	if (*fd < 0)
		return;
	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(*fd);
	*fd = -1;
}

static int wait_fd(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int64_t left = deadline - now_ms();

	return poll(&pfd, 1, left > 0 ? left : 0) == 1 ? pfd.revents : 0;
}

static bool read_all(int fd, void *buf, size_t len, int64_t deadline)
{
	size_t n = 0;
	ssize_t rc;

	while (n < len) {
		if (!wait_fd(fd, POLLIN, deadline))
			return false;
		rc = read(fd, (char *)buf + n, len - n);
		if (rc <= 0)
			return false;
		n += rc;
	}
	return true;
}

/* A listener has somebody: is it the client that says @hello? */
static bool conn_take(struct conn *c, struct listener *l, const uint8_t *hello, int64_t deadline)
{
	socklen_t sl = sizeof(c->seen);
	uint8_t buf[HELLO];

	c->server = accept4(l->fd, &c->seen.sa, &sl, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c->server < 0)
		return false;
	c->at = l->ep;
	if (read_all(c->server, buf, sizeof(buf), deadline) && !memcmp(buf, hello, sizeof(buf)) &&
	    write(c->server, buf, sizeof(buf)) == sizeof(buf))
		return true;
	abort_fd(&c->server);	/* of an earlier try */
	return false;
}

static int so_error(int fd)
{
	int err = 0;
	socklen_t sl = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &sl);
	return err;
}

/*
 * Connects and waits until a listener of the topology has taken it, and its answer is
 * back. 0: done; ETIMEDOUT: nothing came; else what the client was told.
 */
static int conn_open(struct conn *c, const struct ep *src, const struct ep *dst, int ms)
{
	struct pollfd pfd[MAX_LISTENERS + 1];
	int64_t deadline = now_ms() + ms, left;
	uint8_t hello[HELLO], back[HELLO];
	bool said = false;
	int i, n;

	c->server = -1;
	c->client = tcp_socket(src);
	if (c->client < 0)
		return errno;
	payload_fill(hello, sizeof(hello));
	if (connect(c->client, &dst->sa.sa, addr_len(&dst->sa)) && errno != EINPROGRESS)
		return errno;
	while ((left = deadline - now_ms()) > 0) {
		n = n_listeners;
		for (i = 0; i < n; i++)
			pfd[i] = (struct pollfd){ .fd = listeners[i].fd, .events = POLLIN };
		pfd[n] = (struct pollfd){ .fd = c->client, .events = said ? 0 : POLLOUT };
		if (poll(pfd, n + 1, left) <= 0)
			break;
		if (pfd[n].revents & (POLLERR | POLLHUP))
			return so_error(c->client) ?: ECONNRESET;
		if (pfd[n].revents & POLLOUT)
			said = write(c->client, hello, sizeof(hello)) == sizeof(hello);
		for (i = 0; i < n; i++)
			if (pfd[i].revents & POLLIN &&
			    conn_take(c, &listeners[i], hello, deadline))
				return read_all(c->client, back, sizeof(back), deadline) &&
				       !memcmp(back, hello, sizeof(back)) ? 0 : EPROTO;
	}
	return ETIMEDOUT;
}

/* conn, but for its name */
static int conn_pass(struct conn *c, int argc, char **argv)
{
	struct ep src, dst, rcv;
	int wait = WAIT_MS, i, err;

	c->client = c->server = -1;
	if (argc < 3 || parse_ep(argv[0], &src) || parse_ep(argv[1], &dst) ||
	    parse_ep(argv[2], &rcv)) {
		reply(false, "usage: SRC DST RCV [wait=MS]");
		return -1;
	}
	for (i = 3; i < argc; i++) {
		if (strncmp(argv[i], "wait=", 5)) {
			reply(false, "do not know how: %s", argv[i]);
			return -1;
		}
		wait = atoi(argv[i] + 5);
	}
	if (listener_get(&rcv)) {
		reply(false, "listen %s: %s", argv[2], strerror(errno));
		return -1;
	}
	err = conn_open(c, &src, &dst, wait);
	if (err) {
		reply(false, "no connection %s > %s: %s", argv[0], argv[1], strerror(err));
		return -1;
	}
	if (c->at.ns != rcv.ns || !addr_equal(&c->at.sa, &rcv.sa)) {
		reply(false, "%s > %s was taken by %s, not %s", argv[0], argv[1],
		      sa_text(&c->at.sa), argv[2]);
		return -1;
	}
	reply(true, "%s", sa_text(&c->seen));
	return 0;
}

/*
 * tcp SRC DST [RCV [wait=MS]]: a connection that must be accepted at RCV: "ok SEEN-SOURCE".
 * Without RCV at DST, whose listener does not stay.
 */
int cmd_tcp(int argc, char **argv)
{
	int listening = n_listeners;
	struct conn c;

	if (argc == 3) {
		char *brief[3] = { argv[1], argv[2], argv[2] };

		conn_pass(&c, 3, brief);
		if (n_listeners > listening)
			listener_close(&listeners[listening]);
	} else {
		conn_pass(&c, argc - 1, argv + 1);
	}
	/* the client's reset goes first; the other's finds nothing left */
	abort_fd(&c.client);
	abort_fd(&c.server);
	return 0;
}

/* conn NAME SRC DST RCV [wait=MS]: the same, and it stays */
int cmd_conn(int argc, char **argv)
{
	struct conn *c = &conns[n_conns];

	if (argc < 2 || n_conns == MAX_CONNS || strlen(argv[1]) >= sizeof(c->name))
		return reply(false, "usage: conn NAME SRC DST RCV [wait=MS]");
	if (conn_pass(c, argc - 2, argv + 2)) {
		abort_fd(&c->client);
		abort_fd(&c->server);
		return 0;
	}
	strcpy(c->name, argv[1]);
	n_conns++;
	return 0;
}

/*
 * noconn SRC DST [wait=MS]: must be accepted nowhere.
 * try SRC DST [wait=MS]: whatever becomes of it: "ok connected|silent|EXPLANATION MS"
 */
static int conn_try(int argc, char **argv, bool forbidden)
{
	int wait = QUIET_MS, err;
	int64_t began = now_ms();
	struct ep src, dst;
	struct conn c;
	const char *what;

	if (argc < 3 || argc > 4 || parse_ep(argv[1], &src) || parse_ep(argv[2], &dst) ||
	    (argc == 4 && strncmp(argv[3], "wait=", 5)))
		return reply(false, "usage: %s SRC DST [wait=MS]", argv[0]);
	if (argc == 4)
		wait = atoi(argv[3] + 5);
	c.client = c.server = -1;
	err = conn_open(&c, &src, &dst, wait);
	what = err == ETIMEDOUT ? "silent" : !err ? "connected" : strerrorname_np(err);
	if (forbidden && !err)
		reply(false, "%s > %s was taken by %s, from %s", argv[1], argv[2],
		      sa_text(&c.at.sa), sa_text(&c.seen));
	else if (c.client < 0)
		reply(false, "socket %s: %s", argv[1], strerror(err));
	else
		reply(true, "%s %lld", what, (long long)(now_ms() - began));
	abort_fd(&c.client);
	abort_fd(&c.server);
	return 0;
}

int cmd_noconn(int argc, char **argv)
{
	return conn_try(argc, argv, true);
}

int cmd_try(int argc, char **argv)
{
	return conn_try(argc, argv, false);
}

struct conn *conn_find(const char *name)
{
	int i;

	for (i = 0; i < n_conns; i++)
		if (!strcmp(conns[i].name, name))
			return &conns[i];
	return NULL;
}

/* shut NAME client|server: no more data from there; the other side must see the end */
int cmd_shut(int argc, char **argv)
{
	struct conn *c = argc == 3 ? conn_find(argv[1]) : NULL;
	int from, to, ready;
	char byte;

	if (!c)
		return reply(false, "usage: shut NAME client|server");
	from = strcmp(argv[2], "server") ? c->client : c->server;
	to = from == c->client ? c->server : c->client;
	if (shutdown(from, SHUT_WR))
		return reply(false, "%s: %s", argv[1], strerror(errno));
	ready = wait_fd(to, POLLIN, now_ms() + WAIT_MS);
	if (!ready || read(to, &byte, 1) != 0)
		return reply(false, "%s: no end is seen", argv[1]);
	return reply(true, "-");
}

/*
 * hang NAME client|server: a reset from there, which the other side must see. Of a
 * connection that both have shut, nothing is left to be seen.
 */
int cmd_hang(int argc, char **argv)
{
	struct conn *c = argc == 3 ? conn_find(argv[1]) : NULL;
	int *from, *to;
	bool seen;

	if (!c)
		return reply(false, "usage: hang NAME client|server");
	from = strcmp(argv[2], "server") ? &c->client : &c->server;
	to = from == &c->client ? &c->server : &c->client;
	abort_fd(from);
	seen = wait_fd(*to, POLLIN, now_ms() + WAIT_MS) & (POLLERR | POLLHUP);
	abort_fd(to);
	*c = conns[--n_conns];
	return reply(seen, "%s", seen ? "-" : "no reset is seen");
}

/* end NAME: closes what is left of a connection that both have shut */
int cmd_end(int argc, char **argv)
{
	struct conn *c = argc == 2 ? conn_find(argv[1]) : NULL;

	if (!c)
		return reply(false, "usage: end NAME");
	abort_fd(&c->client);
	abort_fd(&c->server);
	*c = conns[--n_conns];
	return reply(true, "-");
}

/*
 * cross NAME SRC1 DST1 SRC2 DST2 GAP [wait=MS]: both connect, the second one GAP ms later, to
 * where the other one is seen; both must come to be connected with each other. It stays,
 * as a connection whose client is SRC1.
 */
int cmd_cross(int argc, char **argv)
{
	struct conn *c = &conns[n_conns];
	uint8_t hello[HELLO], back[HELLO];
	struct ep src[2], dst[2];
	int64_t deadline;
	int i, fd[2];

	if (argc < 7 || n_conns == MAX_CONNS || strlen(argv[1]) >= sizeof(c->name) ||
	    parse_ep(argv[2], &src[0]) || parse_ep(argv[3], &dst[0]) ||
	    parse_ep(argv[4], &src[1]) || parse_ep(argv[5], &dst[1]))
		return reply(false, "usage: cross NAME SRC1 DST1 SRC2 DST2 GAP [wait=MS]");
	deadline = now_ms() + (argc > 7 ? atoi(argv[7] + 5) : 10000);
	for (i = 0; i < 2; i++) {
		fd[i] = tcp_socket(&src[i]);
		if (fd[i] < 0)
			return reply(false, "socket %s: %s", argv[2 + 2 * i], strerror(errno));
		if (connect(fd[i], &dst[i].sa.sa, addr_len(&dst[i].sa)) && errno != EINPROGRESS)
			return reply(false, "connect %s: %s", argv[3 + 2 * i], strerror(errno));
		if (!i)
			poll(NULL, 0, atoi(argv[6]));
	}
	c->client = fd[0];
	c->server = fd[1];
	payload_fill(hello, sizeof(hello));
	for (i = 0; i < 2; i++) {
		if (!(wait_fd(fd[i], POLLOUT, deadline) & POLLOUT) || so_error(fd[i]) ||
		    write(fd[i], hello, sizeof(hello)) != sizeof(hello) ||
		    !read_all(fd[!i], back, sizeof(back), deadline) ||
		    memcmp(back, hello, sizeof(hello))) {
			reply(false, "%s and %s do not meet", argv[2], argv[4]);
			abort_fd(&c->client);
			abort_fd(&c->server);
			return 0;
		}
	}
	strcpy(c->name, argv[1]);
	n_conns++;
	return reply(true, "-");
}

/* listen EP, deafen EP: a listener for itself */
int cmd_listen(int argc, char **argv)
{
	struct ep ep;

	if (argc != 2 || parse_ep(argv[1], &ep))
		return reply(false, "usage: listen EP");
	if (listener_get(&ep))
		return reply(false, "listen %s: %s", argv[1], strerror(errno));
	return reply(true, "-");
}

int cmd_deafen(int argc, char **argv)
{
	struct listener *l = NULL;
	struct ep ep;

	if (argc == 2 && !parse_ep(argv[1], &ep))
		l = listener_find(&ep);
	if (!l)
		return reply(false, "usage: deafen LISTENING-EP");
	listener_close(l);
	return reply(true, "-");
}
