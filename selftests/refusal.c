// SPDX-License-Identifier: GPL-2.0
/* What a program with a connected socket is told when the router refuses its packet. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#define SIZE	32

/* The ICMP error in the socket's queue, and what of the packet it quotes. */
struct told {
	uint8_t type, code;
	struct in_addr offender;
	struct sockaddr_in dst;
	uint32_t id;
	bool intact;
};

static int told_read(int fd, struct told *t)
{
	char control[512], data[SIZE + 1];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_name = &t->dst, .msg_namelen = sizeof(t->dst),
			      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	struct cmsghdr *c;

	if (len < 0)
		return -1;
	t->id = payload_id(data, len, &t->intact);
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err *e = (void *)CMSG_DATA(c);

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR ||
		    e->ee_origin != SO_EE_ORIGIN_ICMP)
			continue;
		t->type = e->ee_type;
		t->code = e->ee_code;
		t->offender = ((struct sockaddr_in *)SO_EE_OFFENDER(e))->sin_addr;
		return 0;
	}
	errno = ENOMSG;
	return -1;
}

/*
 * refusal SRC DST CODE MS: a datagram by a socket that is bound to SRC and connected to DST.
 * Within MS a receive must end with EHOSTUNREACH, and an ICMP 3/CODE be there that quotes the
 * datagram as it was sent: "ok SENDER". CODE "none": nothing must come.
 */
int cmd_refusal(int argc, char **argv)
{
	struct pollfd pfd = { .events = POLLIN };
	int one = 1, fd = -1, err;
	struct told t = { 0 };
	struct ep src, dst;
	uint8_t buf[SIZE];
	uint32_t id;
	bool none;

	if (argc != 5 || parse_ep(argv[1], &src) || parse_ep(argv[2], &dst) || src.ns < 0)
		return reply(false, "usage: refusal SRC DST CODE MS");
	none = !strcmp(argv[3], "none");
	if (!ns_enter(src.ns))
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	id = payload_fill(buf, sizeof(buf));
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&src.sa, sizeof(src.sa)) ||
	    connect(fd, (struct sockaddr *)&dst.sa, sizeof(dst.sa)) ||
	    send(fd, buf, sizeof(buf), 0) != sizeof(buf)) {
		reply(false, "send %s > %s: %s", argv[1], argv[2], strerror(errno));
		goto out;
	}
	pfd.fd = fd;
	poll(&pfd, 1, atoi(argv[4]));
	err = recv(fd, buf, sizeof(buf), 0) < 0 ? errno : 0;
	if (none)
		reply(err == EAGAIN && told_read(fd, &t), "%s", strerror(err));
	else if (err != EHOSTUNREACH)
		reply(false, "%s > %s: a receive gives: %s", argv[1], argv[2], strerror(err));
	else if (told_read(fd, &t))
		reply(false, "%s > %s: no ICMP error: %s", argv[1], argv[2], strerror(errno));
	else if (t.type != 3 || t.code != atoi(argv[3]))
		reply(false, "ICMP %u/%u, not 3/%s", t.type, t.code, argv[3]);
	else if (t.id != id || !t.intact || t.dst.sin_addr.s_addr != dst.sa.sin_addr.s_addr ||
		 t.dst.sin_port != dst.sa.sin_port)
		reply(false, "the ICMP error quotes another packet, to %s", sa_text(&t.dst));
	else
		reply(true, "%s", inet_ntoa(t.offender));
out:
	if (fd >= 0)
		close(fd);
	return 0;
}
