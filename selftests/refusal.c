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
	union addr offender, dst;
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

		if (!is_icmp_error(c, e))
			continue;
		t->type = e->ee_type;
		t->code = e->ee_code;
		memcpy(&t->offender, SO_EE_OFFENDER(e), addr_len(&t->dst));
		return 0;
	}
	errno = ENOMSG;
	return -1;
}

/*
 * refusal SRC DST CODE MS: a datagram by a socket that is bound to SRC and connected to DST.
 * Within MS a receive must end with EHOSTUNREACH, and an ICMP 3/CODE be there that quotes the
 * datagram as it was sent: "ok SENDER". CODE "none": nothing must come. In IPv6 it is a 1/CODE,
 * and code 1 a program is told as EACCES.
 */
int cmd_refusal(int argc, char **argv)
{
	struct pollfd pfd = { .events = POLLIN };
	int one = 1, fd = -1, err;
	struct told t = { 0 };
	struct ep src, dst;
	uint8_t buf[SIZE];
	uint32_t id;
	bool none, v6;
	int want;

	if (argc != 5 || parse_ep(argv[1], &src) || parse_ep(argv[2], &dst) || src.ns < 0)
		return reply(false, "usage: refusal SRC DST CODE MS");
	none = !strcmp(argv[3], "none");
	v6 = src.sa.sa.sa_family == AF_INET6;
	want = v6 && atoi(argv[3]) == 1 ? EACCES : EHOSTUNREACH;
	if (!ns_enter(src.ns))
		fd = socket(src.sa.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	id = payload_fill(buf, sizeof(buf));
	if (fd < 0 ||
	    setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &one,
		       sizeof(one)) ||
	    bind(fd, &src.sa.sa, addr_len(&src.sa)) ||
	    connect(fd, &dst.sa.sa, addr_len(&dst.sa)) ||
	    send(fd, buf, sizeof(buf), 0) != sizeof(buf)) {
		reply(false, "send %s > %s: %s", argv[1], argv[2], strerror(errno));
		goto out;
	}
	pfd.fd = fd;
	poll(&pfd, 1, atoi(argv[4]));
	err = recv(fd, buf, sizeof(buf), 0) < 0 ? errno : 0;
	if (none)
		reply(err == EAGAIN && told_read(fd, &t), "%s", strerror(err));
	else if (err != want)
		reply(false, "%s > %s: a receive gives: %s", argv[1], argv[2], strerror(err));
	else if (told_read(fd, &t))
		reply(false, "%s > %s: no ICMP error: %s", argv[1], argv[2], strerror(errno));
	else if (t.type != (v6 ? 1 : 3) || t.code != atoi(argv[3]))
		reply(false, "ICMP %u/%u, not %d/%s", t.type, t.code, v6 ? 1 : 3, argv[3]);
	else if (t.id != id || !t.intact || !addr_equal(&t.dst, &dst.sa))
		reply(false, "the ICMP error quotes another packet, to %s", sa_text(&t.dst));
	else
		reply(true, "%s", addr_text(&t.offender));
out:
	if (fd >= 0)
		close(fd);
	return 0;
}
