// SPDX-License-Identifier: GPL-2.0
/*
 * Sends a burst of TCP segments through a packet socket, like the kernel's packet generator,
 * which knows only UDP:
 *
 *	generator DEV DST_MAC COUNT SRC SPORT NSPORTS DST DPORT NDPORTS FLAGS SEQ ACK LEN
 *
 * FLAGS is some of S, A and P. The ports of both sides step together with every segment.
 * When all have had theirs, what they send next goes on where LEN bytes ended.
 *
 * Prints how many were sent, and the nanoseconds from the first to the last. All frames are
 * made before that. No queueing discipline is in between, so that a segment's way ends,
 * in the softirq that it raises, before the next one is sent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <assert.h>
#include <err.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_DATA	64
#define MAX_COUNT	100000
#define BATCH		1024	/* the most that the kernel takes at once */
#define WINDOW		65535

/* The checksum of the segment is left to the device, as the kernel's generator does. */
struct frame {
	struct virtio_net_hdr vnet;
	struct ether_header eth;
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t data[MAX_DATA];
};

static_assert(offsetof(struct frame, data) == 10 + 14 + 20 + 20, "no gaps in a frame");

#define WITHOUT_DATA	offsetof(struct frame, data)
#define BEFORE_TCP	offsetof(struct frame, tcp)
/* what the virtio header counts from */
#define START		offsetof(struct frame, eth)

struct burst {
	struct ether_addr mac;
	struct in_addr src, dst;
	uint32_t sport, n_sports, dport, n_dports, seq, ack, len;
	const char *flags;
};

static uint32_t parse_number(const char *what, const char *text, uint32_t max)
{
	unsigned long long value;
	char *end;

	value = strtoull(text, &end, 10);
	if (end == text || *end || value > max)
		errx(2, "%s is a number up to %u, not '%s'", what, max, text);
	return value;
}

static void parse_address(const char *text, struct in_addr *addr)
{
	if (inet_pton(AF_INET, text, addr) != 1)
		errx(2, "'%s' is no IPv4 address", text);
}

static uint16_t folded(const void *data, size_t len, uint32_t acc)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += p[i] << 8 | p[i + 1];
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

/* The sum of the pseudo header, to which the device adds the rest. */
static uint16_t pseudo(const struct burst *b, uint32_t len)
{
	struct in_addr both[2] = { b->src, b->dst };

	return folded(both, sizeof(both), IPPROTO_TCP + len);
}

static void fill(struct frame *f, const struct burst *b, uint32_t n)
{
	uint32_t flows = b->n_sports > b->n_dports ? b->n_sports : b->n_dports;
	uint32_t l4 = sizeof(f->tcp) + b->len;
	struct tcphdr tcp = {
		.source = htons(b->sport + n % b->n_sports),
		.dest = htons(b->dport + n % b->n_dports),
		.seq = htonl(b->seq + n / flows * b->len),
		.ack_seq = htonl(b->ack),
		.doff = sizeof(tcp) / 4,
		.syn = !!strchr(b->flags, 'S'),
		.ack = !!strchr(b->flags, 'A'),
		.psh = !!strchr(b->flags, 'P'),
		.window = htons(WINDOW),
		.check = htons(pseudo(b, l4)),
	};
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = htons(sizeof(ip) + l4),
		.id = htons(n),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		.saddr = b->src.s_addr,
		.daddr = b->dst.s_addr,
	};

	ip.check = htons(~folded(&ip, sizeof(ip), 0));
	*f = (struct frame){
		.vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.vnet.csum_start = BEFORE_TCP - START,
		.vnet.csum_offset = offsetof(struct tcphdr, check),
		.eth.ether_type = htons(ETHERTYPE_IP),
		.ip = ip,
		.tcp = tcp,
	};
	memcpy(f->eth.ether_dhost, &b->mac, ETH_ALEN);
}

static int packet_socket(const char *dev)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd, on = 1;

	if (!ll.sll_ifindex)
		err(1, "%s", dev);
	/* protocol 0: to send only */
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		err(1, "packet socket");
	return fd;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void send_all(int fd, struct mmsghdr *messages, uint32_t count)
{
	uint32_t i;
	int n;

	for (i = 0; i < count; i += n) {
		n = sendmmsg(fd, messages + i, count - i < BATCH ? count - i : BATCH, 0);
		if (n < 0)
			err(1, "segment %u", i);
	}
}

int main(int argc, char **argv)
{
	struct mmsghdr *messages;
	struct frame *frames;
	struct burst b = { 0 };
	struct iovec *parts;
	uint32_t count, i;
	int64_t begun;
	int fd;

	if (argc != 14)
		errx(2, "DEV DST_MAC COUNT SRC SPORT NSPORTS DST DPORT NDPORTS FLAGS SEQ ACK LEN");
	if (!ether_aton_r(argv[2], &b.mac))
		errx(2, "'%s' is no MAC address", argv[2]);
	count = parse_number("COUNT", argv[3], MAX_COUNT);
	parse_address(argv[4], &b.src);
	b.sport = parse_number("SPORT", argv[5], UINT16_MAX);
	b.n_sports = parse_number("NSPORTS", argv[6], UINT16_MAX);
	parse_address(argv[7], &b.dst);
	b.dport = parse_number("DPORT", argv[8], UINT16_MAX);
	b.n_dports = parse_number("NDPORTS", argv[9], UINT16_MAX);
	b.flags = argv[10];
	b.seq = parse_number("SEQ", argv[11], UINT32_MAX);
	b.ack = parse_number("ACK", argv[12], UINT32_MAX);
	b.len = parse_number("LEN", argv[13], MAX_DATA);
	if (!count || !b.n_sports || !b.n_dports)
		errx(2, "COUNT, NSPORTS and NDPORTS are above 0");

	fd = packet_socket(argv[1]);
	frames = calloc(count, sizeof(*frames));
	messages = calloc(count, sizeof(*messages));
	parts = calloc(count, sizeof(*parts));
	if (!frames || !messages || !parts)
		err(1, "memory");
	for (i = 0; i < count; i++) {
		fill(&frames[i], &b, i);
		parts[i].iov_base = &frames[i];
		parts[i].iov_len = WITHOUT_DATA + b.len;
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	begun = now_ns();
	send_all(fd, messages, count);
	printf("%u %lld\n", count, (long long)(now_ns() - begun));
	return 0;
}
