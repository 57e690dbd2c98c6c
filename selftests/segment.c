// SPDX-License-Identifier: GPL-2.0
/*
 * Single TCP segments, and packets of other protocols. The hosts' own TCP must not meddle:
 * see `deaf` in lib.sh.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define WAIT_MS		3000
#define MAX_DATA	1024

struct segment {
	struct tcphdr tcp;
	uint8_t data[MAX_DATA];
	size_t len;
	bool badsum;
	/* what came */
	union addr src, dst;
};

static int segment_flags(const char *text, struct tcphdr *tcp)
{
	for (; *text; text++) {
		if (!strchr("SAFRP", *text))
			return -1;
		tcp->syn |= *text == 'S';
		tcp->ack |= *text == 'A';
		tcp->fin |= *text == 'F';
		tcp->rst |= *text == 'R';
		tcp->psh |= *text == 'P';
	}
	return 0;
}

/* The same flags and numbers: NAT changes neither. */
static bool segment_is(const struct sniffed *s, void *arg)
{
	const struct tcphdr *tcp = (const struct tcphdr *)s->l4;
	struct segment *g = arg;

	if (s->proto != IPPROTO_TCP || s->len != sizeof(*tcp) + g->len ||
	    tcp->seq != g->tcp.seq || tcp->ack_seq != g->tcp.ack_seq || tcp->syn != g->tcp.syn ||
	    tcp->ack != g->tcp.ack || tcp->fin != g->tcp.fin || tcp->rst != g->tcp.rst ||
	    memcmp(tcp + 1, g->data, g->len))
		return false;
	g->src = s->src;
	g->src.v4.sin_port = tcp->source;
	g->dst = s->dst;
	g->dst.v4.sin_port = tcp->dest;
	return true;
}

static int segment_send(int ns, const struct ep *src, const struct ep *dst, struct segment *g)
{
	uint8_t packet[MAX_HEADERS + sizeof(g->tcp) + MAX_DATA];
	size_t len = sizeof(g->tcp) + g->len, head;
	int fd, rc;

	g->tcp.source = src->sa.v4.sin_port;
	g->tcp.dest = dst->sa.v4.sin_port;
	g->tcp.doff = 5;
	g->tcp.window = htons(16384);
	g->tcp.check = l4_sum(&src->sa, &dst->sa, IPPROTO_TCP, &g->tcp, len) ^
		       (g->badsum ? htons(0x0101) : 0);
	head = ip_fill(packet, &src->sa, &dst->sa, IPPROTO_TCP, len);
	memcpy(packet + head, &g->tcp, len);
	fd = raw_open(ns, src->sa.sa.sa_family);
	if (fd < 0)
		return -1;
	rc = raw_send(fd, packet, head + len, &dst->sa);
	close(fd);
	return rc;
}

/*
 * segment SRC DST AT FLAGS [seq=N] [ack=N] [len=N] [via=HOST] [wait=MS] [badsum]: a TCP segment
 * that must come to the host AT: "ok SEEN-SOURCE SEEN-DESTINATION". FLAGS: of the letters SAFRP.
 */
int cmd_segment(int argc, char **argv)
{
	int wait = WAIT_MS, via, i, fd;
	struct segment g = { 0 };
	struct ep src, dst, at;

	if (argc < 5 || parse_ep(argv[1], &src) || parse_ep(argv[2], &dst) ||
	    parse_ep(argv[3], &at) || segment_flags(argv[4], &g.tcp))
		return reply(false, "usage: segment SRC DST AT FLAGS [seq=N] [ack=N] [len=N]");
	via = src.ns;
	for (i = 5; i < argc; i++) {
		if (!strncmp(argv[i], "seq=", 4))
			g.tcp.seq = htonl(strtoul(argv[i] + 4, NULL, 10));
		else if (!strncmp(argv[i], "ack=", 4))
			g.tcp.ack_seq = htonl(strtoul(argv[i] + 4, NULL, 10));
		else if (!strncmp(argv[i], "len=", 4))
			g.len = strtoul(argv[i] + 4, NULL, 10);
		else if (!strncmp(argv[i], "via=", 4))
			via = host_ns(argv[i] + 4);
		else if (!strncmp(argv[i], "wait=", 5))
			wait = atoi(argv[i] + 5);
		else if (!strcmp(argv[i], "badsum"))
			g.badsum = true;
		else
			return reply(false, "do not know how: %s", argv[i]);
	}
	if (via < 0 || at.ns < 0 || g.len > MAX_DATA)
		return reply(false, "segment: no such host, or too long");
	payload_fill(g.data, g.len);
	fd = sniff_open(at.ns);
	if (fd < 0 || segment_send(via, &src, &dst, &g))
		reply(false, "segment: %s", strerror(errno));
	else if (!sniff_expect(fd, wait, segment_is, &g))
		reply(false, "%s > %s %s did not arrive at %s", argv[1], argv[2], argv[4], argv[3]);
	else
		reply(true, "%s %s", sa_text(&g.src), sa_text(&g.dst));
	if (fd >= 0)
		close(fd);
	return 0;
}

/* --- other protocols --------------------------------------------------------------- */

#define BODY	16

struct other {
	int proto;
	uint8_t body[8 + BODY];
	size_t head;		/* what stands before the number */
	struct sniffed seen;
};

static bool other_is(const struct sniffed *s, void *arg)
{
	struct other *o = arg;

	if (s->proto != o->proto || s->len != o->head + BODY ||
	    memcmp(s->l4 + o->head, o->body + o->head, BODY))
		return false;
	o->seen = *s;
	return true;
}

/*
 * protocol SRC DST AT PROTO: a packet of that IP protocol, which must come to the host AT:
 * "ok SEEN-SOURCE", without a port.
 */
int cmd_protocol(int argc, char **argv)
{
	struct other o = { .head = 8 };
	uint8_t packet[MAX_HEADERS];
	struct ep src, dst, at;
	size_t ip, len;
	int fd, raw;

	if (argc != 5 || parse_ep(argv[1], &src) || src.ns < 0 || parse_ep(argv[2], &dst) ||
	    parse_ep(argv[3], &at) || at.ns < 0)
		return reply(false, "usage: protocol SRC DST AT PROTO");
	o.proto = atoi(argv[4]);
	len = o.head + BODY;
	payload_fill(o.body + o.head, BODY);
	if (o.proto == IPPROTO_GRE)
		o.body[2] = 0x08;	/* it carries IPv4 */
	ip = ip_fill(packet, &src.sa, &dst.sa, o.proto, len);
	memcpy(packet + ip, o.body, len);
	fd = sniff_open(at.ns);
	raw = raw_open(src.ns, src.sa.sa.sa_family);
	if (fd < 0 || raw < 0 || raw_send(raw, packet, ip + len, &dst.sa))
		reply(false, "protocol: %s", strerror(errno));
	else if (!sniff_expect(fd, WAIT_MS, other_is, &o))
		reply(false, "%s > %s did not arrive at %s", argv[1], argv[2], argv[3]);
	else
		reply(true, "%s", addr_text(&o.seen.src));
	if (fd >= 0)
		close(fd);
	if (raw >= 0)
		close(raw);
	return 0;
}
