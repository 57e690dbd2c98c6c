// SPDX-License-Identifier: GPL-2.0
/*
 * A socket that gets what comes to another port than its own: a program of
 * BPF_PROG_TYPE_SK_LOOKUP chooses it, in the namespace of the socket.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tcp.h"

#define INSN(op, dst, src, offset, value) \
	((struct bpf_insn){ .code = (op), .dst_reg = (dst), .src_reg = (src), \
			    .off = (offset), .imm = (value) })
#define MOV(dst, src)		INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD(dst, value)		INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define LOAD(dst, src, offset)	INSN(BPF_LDX | BPF_W | BPF_MEM, dst, src, offset, 0)
#define STORE(dst, offset, value) INSN(BPF_ST | BPF_W | BPF_MEM, dst, 0, offset, value)
#define UNLESS(dst, value, n)	INSN(BPF_JMP | BPF_JNE | BPF_K, dst, 0, n, value)
#define IF(dst, value, n)	INSN(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, n, value)
#define CALL(function)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define RETURN			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* two instructions: the value has 64 bits */
#define SET_MAP(dst, fd)	INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd), \
				INSN(0, 0, 0, 0, 0)

static int steering = -1;	/* the link: the program is attached while it is open */

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* A map that holds one socket. */
static int steer_map(int sock)
{
	union bpf_attr make = { .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4,
				.value_size = 4, .max_entries = 1 };
	union bpf_attr put = { 0 };
	int map, key = 0, err;

	map = bpf(BPF_MAP_CREATE, &make);
	if (map < 0)
		return -1;
	put.map_fd = map;
	put.key = (uintptr_t)&key;
	put.value = (uintptr_t)&sock;
	if (!bpf(BPF_MAP_UPDATE_ELEM, &put))
		return map;
	err = errno;
	close(map);
	errno = err;
	return -1;
}

/* Assigns the socket in @map to packets for @port, and lets all others pass. */
static int steer_program(int map, int proto, int port)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_6, BPF_REG_1),
		LOAD(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sk_lookup, protocol)),
		UNLESS(BPF_REG_2, proto, 16),
		LOAD(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sk_lookup, local_port)),
		UNLESS(BPF_REG_2, port, 14),
		STORE(BPF_REG_10, -4, 0),
		MOV(BPF_REG_2, BPF_REG_10),
		ADD(BPF_REG_2, -4),
		SET_MAP(BPF_REG_1, map),
		CALL(BPF_FUNC_map_lookup_elem),
		IF(BPF_REG_0, 0, 7),
		MOV(BPF_REG_7, BPF_REG_0),
		MOV(BPF_REG_1, BPF_REG_6),
		MOV(BPF_REG_2, BPF_REG_0),
		SET(BPF_REG_3, 0),
		CALL(BPF_FUNC_sk_assign),
		MOV(BPF_REG_1, BPF_REG_7),
		CALL(BPF_FUNC_sk_release),
		SET(BPF_REG_0, SK_PASS),
		RETURN,
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SK_LOOKUP,
				.expected_attach_type = BPF_SK_LOOKUP,
				.insns = (uintptr_t)insns,
				.insn_cnt = sizeof(insns) / sizeof(insns[0]),
				.license = (uintptr_t)"GPL" };

	return bpf(BPF_PROG_LOAD, &attr);
}

/* To the namespace that we are in. */
static int steer_attach(int program)
{
	union bpf_attr attr = { 0 };
	int ns, link, err;

	ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return -1;
	attr.link_create.prog_fd = program;
	attr.link_create.target_fd = ns;
	attr.link_create.attach_type = BPF_SK_LOOKUP;
	link = bpf(BPF_LINK_CREATE, &attr);
	err = errno;
	close(ns);
	errno = err;
	return link;
}

static int steer(int sock, int ns, int proto, int port)
{
	const struct rlimit locked = { RLIM_INFINITY, RLIM_INFINITY };
	int map, program = -1, link = -1, err;

	/* before Linux 5.11, maps count as locked memory */
	setrlimit(RLIMIT_MEMLOCK, &locked);
	map = steer_map(sock);
	if (map >= 0)
		program = steer_program(map, proto, port);
	if (program >= 0 && !ns_enter(ns))
		link = steer_attach(program);
	err = errno;
	/* the link holds the program, and that its map */
	if (program >= 0)
		close(program);
	if (map >= 0)
		close(map);
	errno = err;
	return link;
}

/*
 * steer udp|tcp OPEN-EP PORT: what comes to PORT, on any address of its namespace, is for that
 * socket; "fail no BPF" if the kernel has none.
 * steer off: no more.
 */
int cmd_steer(int argc, char **argv)
{
	bool tcp = argc == 4 && !strcmp(argv[1], "tcp");
	struct sock *s = NULL;
	struct ep ep;
	int fd = -1;

	if (argc == 2 && !strcmp(argv[1], "off") && steering >= 0) {
		close(steering);
		steering = -1;
		return reply(true, "-");
	}
	if (argc == 4 && (tcp || !strcmp(argv[1], "udp")) && !parse_ep(argv[2], &ep)) {
		if (tcp)
			fd = tcp_listener(&ep);
		else if ((s = sock_find(&ep)))
			fd = s->fd;
	}
	if (fd < 0 || steering >= 0)
		return reply(false, "usage: steer udp|tcp OPEN-EP PORT, then steer off");
	steering = steer(fd, ep.ns, tcp ? IPPROTO_TCP : IPPROTO_UDP, atoi(argv[3]));
	if (steering >= 0)
		return reply(true, "-");
	return reply(false, "%s", errno == ENOSYS ? "no BPF" : strerror(errno));
}
