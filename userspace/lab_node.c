// SPDX-License-Identifier: GPL-2.0
/* The nodes of a laboratory: processes in the network namespace of one. */
#include "cmd.h"
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool lab_again(unsigned int *tries)
{
	const struct timespec ms50 = { .tv_nsec = 50 * 1000 * 1000 };

	if (!*tries)
		return false;
	--*tries;
	nanosleep(&ms50, NULL);
	return true;
}

static int enter(const char *node)
{
	char path[64];
	int ret;
	int fd;

	snprintf(path, sizeof(path), LAB_NODES "/%s", node);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	return ret;
}

pid_t lab_start(const char *node, int (*work)(const void *data), const void *data)
{
	pid_t pid;
	int ret;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	if (enter(node))
		_exit(fail("lab: %s cannot be entered: %s", node, strerror(errno)));
	ret = work(data);
	fflush(stdout);
	_exit(ret);
}

int lab_wait(pid_t pid)
{
	int status;

	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool lab_ended(pid_t pid)
{
	return pid < 0 || waitpid(pid, NULL, WNOHANG) != 0;
}

int lab_in(const char *node, int (*work)(const void *data), const void *data)
{
	return lab_wait(lab_start(node, work, data));
}
