// SPDX-License-Identifier: GPL-2.0
/*
 * failnth.so - an allocation fails while the kernel handles a request of generic netlink
 *
 * Preloaded into a program, it counts the allocations that the kernel makes within the
 * program's sends to generic netlink, except requests for the number of a family, and makes
 * the FAILNTH-th of them fail. It writes the outcome to the file FAILNTH_REPORT: "hit", or
 * "missed" if there were fewer. For a kernel with failslab.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int nth_fd = -1;
static char left[16];	/* allocations until the one that fails, as the kernel prints it */

/* Before main(), since opening the file allocates. */
__attribute__((constructor)) static void begin(void)
{
	const char *nth = getenv("FAILNTH");

	if (!nth)
		return;
	snprintf(left, sizeof(left), "%s", nth);
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0) {
		perror("failnth: /proc/thread-self/fail-nth");
		_exit(126);
	}
}

__attribute__((destructor)) static void end(void)
{
	const char *name = getenv("FAILNTH_REPORT");
	FILE *f = nth_fd >= 0 && name ? fopen(name, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "%s\n", atoi(left) ? "missed" : "hit");
	fclose(f);
}

static bool is_request(int fd, const void *buf, size_t len)
{
	socklen_t size = sizeof(int);
	int domain = 0, protocol = 0;
	struct nlmsghdr nlh;

	if (nth_fd < 0 || !atoi(left) || len < sizeof(nlh) ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) || domain != AF_NETLINK ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) ||
	    protocol != NETLINK_GENERIC)
		return false;
	memcpy(&nlh, buf, sizeof(nlh));
	return nlh.nlmsg_type != GENL_ID_CTRL;
}

/* What libmnl sends with. */
ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	static ssize_t (*next)(int fd, const void *buf, size_t len, int flags,
			       const struct sockaddr *to, socklen_t to_len);
	bool request = is_request(fd, buf, len);
	ssize_t ret, n;

	if (!next)
		next = dlsym(RTLD_NEXT, "sendto");
	if (request && pwrite(nth_fd, left, strlen(left), 0) < 0) {
		perror("failnth: write");
		_exit(126);
	}
	ret = next(fd, buf, len, flags, to, to_len);
	if (!request)
		return ret;
	n = pread(nth_fd, left, sizeof(left) - 1, 0);
	left[n < 0 ? 0 : n] = 0;
	if (atoi(left) && pwrite(nth_fd, "0", 1, 0) < 0)
		perror("failnth: write");
	return ret;
}
