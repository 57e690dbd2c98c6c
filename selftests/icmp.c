// SPDX-License-Identifier: GPL-2.0
/* ICMP, as raw packets: queries, their answers, and errors that nobody has made. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define BODY		16
#define QUOTED		(20 + BODY)	/* of the quoted packet, behind its IP header */
#define MIN_RFC4884	128
#define WAIT_MS		3000

static int icmp_proto(const union addr *a)
{
	return a->sa.sa_family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static uint16_t icmp_sum(const union addr *src, const union addr *dst, const void *icmp,
			 size_t len)
{
	if (src->sa.sa_family == AF_INET6)
		return l4_sum(src, dst, IPPROTO_ICMPV6, icmp, len);
	return fold(sum(icmp, len, 0));
}

static int icmp_send(int ns, const union addr *src, const union addr *dst, struct icmphdr *icmp,
		     size_t len, bool badsum)
{
	uint8_t packet[MAX_HEADERS + len];
	size_t head = ip_fill(packet, src, dst, icmp_proto(src), len);
	int fd, rc;

	icmp->checksum = 0;
	icmp->checksum = icmp_sum(src, dst, icmp, len) ^ (badsum ? htons(0x0101) : 0);
	memcpy(packet + head, icmp, len);
	fd = raw_open(ns, src->sa.sa_family);
	if (fd < 0)
		return -1;
	rc = raw_send(fd, packet, head + len, dst);
	close(fd);
	return rc;
}

/* --- errors ------------------------------------------------------------------ */

struct error {
	struct icmphdr icmp;
	uint8_t quoted[256];	/* an IP packet's beginning, and extensions */
	size_t len;
	uint32_t id;		/* in the body of the quoted packet */
	/* what came */
	struct sniffed outer, inner;
	in_port_t sport, dport;
};

struct error_how {
	int proto;
	bool options;		/* a record-route option in the quoted header */
	bool extension;		/* an RFC 4884 extension behind the quoted packet */
	bool badsum;
	int at, wait;
};

/* The header of a protocol and a body with a number: the length. */
static size_t quoted_l4(uint8_t *l4, const union addr *src, const union addr *dst, int proto,
			uint32_t *id)
{
	uint8_t body[BODY];
	struct icmphdr *icmp = (struct icmphdr *)l4;
	struct udphdr *udp = (struct udphdr *)l4;
	size_t len;

	*id = payload_fill(body, sizeof(body));
	memset(l4, 0, QUOTED);
	switch (proto) {
	case IPPROTO_UDP:
		udp_fill(udp, src, dst, body, sizeof(body));
		return sizeof(*udp) + sizeof(body);
	case IPPROTO_TCP:
		udp->source = src->v4.sin_port;
		udp->dest = dst->v4.sin_port;
		l4[12] = 5 << 4;
		len = 20;
		break;
	default:	/* an echo request: the source's port is its identifier */
		icmp->type = proto == IPPROTO_ICMPV6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
		icmp->un.echo.id = src->v4.sin_port;
		len = sizeof(*icmp);
		break;
	}
	memcpy(l4 + len, body, sizeof(body));
	return len + sizeof(body);
}

static void error_fill(struct error *e, const union addr *src, const union addr *dst,
		       const struct error_how *how)
{
	static const uint8_t route[8] = { 7, 7, 4 };	/* record route, and the end */
	static const uint8_t mpls[12] = { 0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 1, 64 };
	size_t head = src->sa.sa_family == AF_INET6 ? 40 : 20, opt, n;
	uint8_t l4[QUOTED];
	uint16_t check;

	opt = how->options ? sizeof(route) : 0;
	n = quoted_l4(l4, src, dst, how->proto, &e->id);
	ip_fill(e->quoted, src, dst, how->proto, n + opt);
	if (opt) {
		e->quoted[0] += opt / 4;
		memcpy(e->quoted + head, route, opt);
		memset(e->quoted + 10, 0, 2);
		check = fold(sum(e->quoted, head + opt, 0));
		memcpy(e->quoted + 10, &check, 2);
	}
	memcpy(e->quoted + head + opt, l4, n);
	e->len = head + opt + n;
	if (how->extension) {
		memset(e->quoted + e->len, 0, MIN_RFC4884 - e->len);
		e->len = MIN_RFC4884;
		/* the length in words, of eight bytes in IPv6 */
		((uint8_t *)&e->icmp)[head == 40 ? 4 : 5] = MIN_RFC4884 / (head == 40 ? 8 : 4);
		memcpy(e->quoted + e->len, mpls, sizeof(mpls));
		check = fold(sum(mpls, sizeof(mpls), 0));
		memcpy(e->quoted + e->len + 2, &check, 2);
		e->len += sizeof(mpls);
	}
}

static bool error_is(const struct sniffed *s, void *arg)
{
	const struct icmphdr *icmp = (const struct icmphdr *)s->l4;
	struct error *e = arg;
	struct sniffed in;
	bool intact;
	size_t head;

	if (s->proto != icmp_proto(&s->src) || s->len < sizeof(*icmp) ||
	    icmp->type != e->icmp.type || icmp->code != e->icmp.code ||
	    !sniff_inner(s->l4 + sizeof(*icmp), s->len - sizeof(*icmp), &in))
		return false;
	head = in.proto == IPPROTO_TCP ? 20 : 8;
	if (in.len < head + BODY || payload_id(in.l4 + head, BODY, &intact) != e->id)
		return false;
	e->outer = *s;
	e->inner = in;
	/* an echo has its identifier where the others have a checksum */
	memcpy(&e->sport, in.l4 + (in.proto == icmp_proto(&s->src) ? 4 : 0), 2);
	memcpy(&e->dport, in.l4 + 2, 2);
	if (in.proto == icmp_proto(&s->src))
		e->dport = 0;
	e->inner.src.v4.sin_port = e->sport;
	e->inner.dst.v4.sin_port = e->dport;
	return true;
}

static int error_how(int argc, char **argv, const union addr *a, struct error_how *how)
{
	*how = (struct error_how){ .proto = IPPROTO_UDP, .at = -1, .wait = WAIT_MS };
	for (; argc > 0; argc--, argv++) {
		if (!strcmp(*argv, "proto=tcp"))
			how->proto = IPPROTO_TCP;
		else if (!strcmp(*argv, "proto=icmp"))
			how->proto = icmp_proto(a);
		else if (!strcmp(*argv, "options"))
			how->options = true;
		else if (!strcmp(*argv, "extension"))
			how->extension = true;
		else if (!strcmp(*argv, "badsum"))
			how->badsum = true;
		else if (!strncmp(*argv, "wait=", 5))
			how->wait = atoi(*argv + 5);
		else if (!strncmp(*argv, "at=", 3) && host_ns(*argv + 3) >= 0)
			how->at = host_ns(*argv + 3);
		else
			return -1;
	}
	return 0;
}

/*
 * icmp HOST OUTER-SRC OUTER-DST TYPE CODE INNER-SRC:PORT INNER-DST:PORT [HOW...]
 * An ICMP error that quotes the datagram INNER-SRC -> INNER-DST: proto=tcp, or proto=icmp (an
 * echo request, PORT its identifier), options, extension, badsum. With at=HOST it must come
 * there within wait=MS: "ok OUTER-SRC OUTER-DST INNER-SRC INNER-DST", as seen there.
 */
int cmd_icmp(int argc, char **argv)
{
	struct ep outer_src, outer_dst, src, dst;
	struct error e = { 0 };
	struct error_how how;
	int ns, sniff = -1;

	if (argc < 8)
		return reply(false, "usage: icmp HOST SRC DST TYPE CODE QUOTED-SRC QUOTED-DST");
	ns = host_ns(argv[1]);
	if (ns < 0 || parse_ep(argv[2], &outer_src) || parse_ep(argv[3], &outer_dst) ||
	    parse_ep(argv[6], &src) || parse_ep(argv[7], &dst) ||
	    error_how(argc - 8, argv + 8, &src.sa, &how))
		return reply(false, "icmp: bad host, address or manner");

	e.icmp.type = atoi(argv[4]);
	e.icmp.code = atoi(argv[5]);
	error_fill(&e, &src.sa, &dst.sa, &how);
	if (src.sa.sa.sa_family == AF_INET6 && e.icmp.type == ICMP6_PACKET_TOO_BIG)
		e.icmp.un.gateway = htonl(1400);
	else if (e.icmp.type == ICMP_DEST_UNREACH && e.icmp.code == ICMP_FRAG_NEEDED)
		e.icmp.un.frag.mtu = htons(1400);
	if (how.at >= 0)
		sniff = sniff_open(how.at);
	if (icmp_send(ns, &outer_src.sa, &outer_dst.sa, &e.icmp, sizeof(e.icmp) + e.len,
		      how.badsum))
		reply(false, "icmp: %s", strerror(errno));
	else if (how.at < 0)
		reply(true, "-");
	else if (!sniff_expect(sniff, how.wait, error_is, &e))
		reply(false, "the ICMP error %s/%s did not come", argv[4], argv[5]);
	else
		reply(true, "%s %s %s %s", addr_text(&e.outer.src), addr_text(&e.outer.dst),
		      sa_text(&e.inner.src), sa_text(&e.inner.dst));
	if (sniff >= 0)
		close(sniff);
	return 0;
}

/* --- queries ------------------------------------------------------------------- */

struct query {
	struct icmphdr icmp;
	uint8_t body[BODY];
	int want;		/* the type to look for */
	struct sniffed seen;
};

/* The answer to a time stamp brings the first four bytes of the body back, and the number. */
static bool query_is(const struct sniffed *s, void *arg)
{
	const struct icmphdr *icmp = (const struct icmphdr *)s->l4;
	struct query *q = arg;

	if (s->proto != icmp_proto(&s->src) || s->len < sizeof(*icmp) + 4 ||
	    icmp->type != q->want ||
	    icmp->un.echo.sequence != q->icmp.un.echo.sequence ||
	    memcmp(icmp + 1, q->body, 4))
		return false;
	q->seen = *s;
	q->seen.src.v4.sin_port = icmp->un.echo.id;
	return true;
}

static int answer_type(int type)
{
	switch (type) {
	case ICMP_ECHO:			return ICMP_ECHOREPLY;
	case ICMP_TIMESTAMP:		return ICMP_TIMESTAMPREPLY;
	case ICMP6_ECHO_REQUEST:	return ICMP6_ECHO_REPLY;
	}
	return -1;
}

/*
 * ping SRC:ID DST AT [type=N] [oneway] [wait=MS]: an ICMP query from SRC with that identifier.
 * It must come to the host AT ("-": not asked), and the answer back to SRC with the same
 * identifier, unless oneway: "ok SEEN-SOURCE:SEEN-ID ANSWERED-BY". type=N: 8 is an echo
 * request, 0 a reply (oneway, of course), 13 a time stamp; 128 and 129 in IPv6.
 */
int cmd_ping(int argc, char **argv)
{
	int wait = WAIT_MS, at_fd = -1, back_fd = -1, type, i;
	struct query q = { 0 };
	bool oneway = false;
	struct ep src, dst, at = { .ns = -1 };
	union addr seen;
	uint32_t id;

	if (argc < 4 || parse_ep(argv[1], &src) || src.ns < 0 || parse_ep(argv[2], &dst) ||
	    (strcmp(argv[3], "-") && (parse_ep(argv[3], &at) || at.ns < 0)))
		return reply(false, "usage: ping SRC:ID DST AT [type=N] [oneway] [wait=MS]");
	type = src.sa.sa.sa_family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	for (i = 4; i < argc; i++) {
		if (!strncmp(argv[i], "type=", 5))
			type = atoi(argv[i] + 5);
		else if (!strncmp(argv[i], "wait=", 5))
			wait = atoi(argv[i] + 5);
		else if (!strcmp(argv[i], "oneway"))
			oneway = true;
		else
			return reply(false, "do not know how: %s", argv[i]);
	}
	id = payload_fill(q.body, sizeof(q.body));
	memcpy(q.body, &id, sizeof(id));
	q.icmp.type = type;
	q.icmp.un.echo.id = src.sa.v4.sin_port;
	q.icmp.un.echo.sequence = htons(id & 0xffff);
	back_fd = sniff_open(src.ns);
	if (at.ns >= 0)
		at_fd = sniff_open(at.ns);
	/* a time stamp message has a body of twelve bytes */
	if (icmp_send(src.ns, &src.sa, &dst.sa, &q.icmp,
		      sizeof(q.icmp) + (type == ICMP_TIMESTAMP ? 12 : BODY), false)) {
		reply(false, "ping: %s", strerror(errno));
		goto out;
	}
	q.want = type;
	if (at.ns >= 0 && !sniff_expect(at_fd, wait, query_is, &q)) {
		reply(false, "%s > %s did not arrive at %s", argv[1], argv[2], argv[3]);
		goto out;
	}
	seen = q.seen.src;
	if (oneway) {
		reply(true, "%s -", at.ns >= 0 ? sa_text(&seen) : "-");
		goto out;
	}
	q.want = answer_type(type);
	if (!sniff_expect(back_fd, wait, query_is, &q))
		reply(false, "%s > %s: no answer came back", argv[1], argv[2]);
	else if (q.seen.src.v4.sin_port != src.sa.v4.sin_port)
		reply(false, "%s > %s: the answer has identifier %u", argv[1], argv[2],
		      ntohs(q.seen.src.v4.sin_port));
	else
		reply(true, "%s %s", at.ns >= 0 ? sa_text(&seen) : "-", addr_text(&q.seen.src));
out:
	if (at_fd >= 0)
		close(at_fd);
	if (back_fd >= 0)
		close(back_fd);
	return 0;
}
