// SPDX-License-Identifier: GPL-2.0
/*
 * The processes of a laboratory:
 *
 *	the caller's: waits, and passes signals on
 *	  process 1 of the laboratory: builds it, waits for the command
 *	    the STUN server, the command, and whatever these start
 *
 * When process 1 ends, the kernel kills all that is left of the laboratory, and the
 * namespaces go with the last process in them.
 */
#include "cmd.h"
#include "array.h"
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long the command may take to end once it has been told to. */
#define GRACE_S 2

/* Signals that end a laboratory, except those that the caller ignores, as under nohup. */
static const int ends[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
static bool ignored[ARRAY_SIZE(ends)];
static sigset_t awaited, unblocked;

static void take_signals(void)
{
	struct sigaction sa;
	size_t i;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGALRM);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaction(ends[i], NULL, &sa);
		ignored[i] = sa.sa_handler == SIG_IGN;
		/* a shell's "&" ignores SIGINT for the terminal's sake only */
		if (ends[i] != SIGHUP || !ignored[i])
			sigaddset(&awaited, ends[i]);
	}
	sigprocmask(SIG_BLOCK, &awaited, &unblocked);
}

/* Restores the caller's signals, for a program that is to be run. */
static void give_signals_back(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		signal(ends[i], ignored[i] ? SIG_IGN : SIG_DFL);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
}

/* The terminal sends its signals to the command, too, which handles them itself. */
static bool from_terminal(int sig, const siginfo_t *info)
{
	return info->si_code == SI_KERNEL && (sig == SIGINT || sig == SIGQUIT);
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- the command --- */

/* A shell wants to be the terminal's foreground group, and stops itself if it is not. */
static void take_terminal(void)
{
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
}

static int run_command(const void *data)
{
	const struct lab *lab = data;
	const char *shell = getenv("SHELL");
	int err;

	if (!shell || access(shell, X_OK))
		shell = access("/bin/bash", X_OK) ? "/bin/sh" : "/bin/bash";
	/* its name in the prompt, its interfaces in /sys */
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) || sethostname(lab->host, strlen(lab->host)) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		return fail("lab %s: %s", lab->host, strerror(errno));
	if (!lab->command)
		take_terminal();
	give_signals_back();
	if (lab->command)
		execvp(lab->command[0], lab->command);
	else
		execl(shell, shell, NULL);
	err = errno;
	fail("lab: %s: %s", lab->command ? lab->command[0] : shell, strerror(err));
	/* as the shell has it */
	return err == ENOENT ? 127 : 126;
}

/*
 * A shell with the terminal to itself that stops ("suspend") has nobody to give it to, and would
 * keep it. A command that shares the caller's group stops and goes on together with the caller.
 */
static void wake(pid_t command)
{
	if (getpgid(command) == command)
		kill(command, SIGCONT);
}

/* Waits for the command, and reaps whatever else ends here. */
static int wait_command(pid_t command)
{
	int status, sig, told = 0;
	siginfo_t info;
	pid_t pid;

	for (;;) {
		sig = sigwaitinfo(&awaited, &info);
		if (sig == SIGALRM)
			return 128 + told;
		if (sig == SIGCHLD) {
			while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
				if (pid != command)
					continue;
				if (!WIFSTOPPED(status))
					return told ? 128 + told : exit_status(status);
				wake(command);
			}
		} else if (sig > 0 && !from_terminal(sig, &info)) {
			told = sig;
			kill(command, sig);
			alarm(GRACE_S);
		}
	}
}

static int run_in_host(const struct lab *lab)
{
	pid_t pid = lab_start(lab->host, run_command, lab);

	return pid < 0 ? fail("lab: %s", strerror(errno)) : wait_command(pid);
}

/* --- process 1 of the laboratory --- */

static void end_building(int sig)
{
	_exit(128 + sig);
}

/* While it is built, a signal just ends it. */
static void let_signals_end(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (sigismember(&awaited, ends[i]))
			signal(ends[i], end_building);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
}

static int private_mounts(void)
{
	if (mkdir(LAB_NODES, 0755) && errno != EEXIST)
		return -1;
	if (unshare(CLONE_NEWNS) || mount("", "/", "none", MS_SLAVE | MS_REC, NULL))
		return -1;
	if (mount("tmpfs", LAB_NODES, "tmpfs", 0, "mode=755"))
		return -1;
	return mount("proc", "/proc", "proc", 0, NULL);
}

static void print_node(const struct lab *lab, const char *name, const char *net, int host,
		       const char *what)
{
	char addr[32];

	snprintf(addr, sizeof(addr), "%s%d", net, host);
	printf("%-3s %-*s %s\n", name, lab->family->width, addr, what);
}

static void print_layout(const struct lab *lab, const char *pid)
{
	const struct lab_topology *t = lab->topology;
	char what[32];
	int i, n;

	for (i = 0; i < LAB_SIDES && t->side[i].router; i++) {
		snprintf(what, sizeof(what), "behind %s", t->side[i].router);
		for (n = 0; n < LAB_HOSTS && t->side[i].hosts[n]; n++)
			print_node(lab, t->side[i].hosts[n], lab_addr_lan(lab, i), n + 1, what);
		print_node(lab, t->side[i].router, lab->family->wan, i + 1, lab->nat[i].name);
	}
	for (n = 0; n < LAB_SERVERS && t->servers[n]; n++) {
		snprintf(what, sizeof(what), "%s%d", lab->family->wan, 10 * n + 12);
		print_node(lab, t->servers[n], lab->family->wan, 10 * n + 11, what);
	}
	printf("On another of them: ip netns exec NAME COMMAND\n"
	       "From another terminal: nsenter -t %s -m -p ip netns exec NAME COMMAND\n", pid);
	fflush(stdout);
}

/*
 * The caller's death, however it comes, is that of the laboratory. Of a caller that has died
 * already no signal comes; getppid() is 0 either way, but @caller is a pipe that it alone can write
 * to.
 */
static void end_with_caller(const int caller[2])
{
	struct pollfd died = { .fd = caller[0], .events = POLLIN };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(caller[1]);
	if (poll(&died, 1, 0) > 0)
		_exit(STATUS_FAILED);
	close(caller[0]);
}

static int first_process(const struct lab *lab)
{
	char pid[16] = "";
	int status;

	let_signals_end();
	/* this process's PID outside, readable as long as /proc is the machine's */
	if (readlink("/proc/self", pid, sizeof(pid) - 1) < 0 || private_mounts())
		return fail("lab: cannot make namespaces: %s", strerror(errno));
	if (!lab->quiet)
		print_layout(lab, pid);
	status = lab_net_build(lab);
	if (status)
		return status;
	if (lab_stun_serve(lab) && !lab->quiet)
		lab_stun_ask(lab);
	fflush(stdout);
	sigprocmask(SIG_BLOCK, &awaited, NULL);
	return run_in_host(lab);
}

int lab_run(const struct lab *lab)
{
	bool foreground = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
	int status, sig, told = 0, caller[2];
	siginfo_t info;
	pid_t pid;

	take_signals();
	if (unshare(CLONE_NEWPID))
		return fail("lab: cannot make a PID namespace: %s", strerror(errno));
	if (pipe2(caller, O_CLOEXEC))
		return fail("lab: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return fail("lab: %s", strerror(errno));
	if (!pid) {
		end_with_caller(caller);
		status = first_process(lab);
		fflush(stdout);
		_exit(status);
	}
	do {
		sig = sigwaitinfo(&awaited, &info);
		if (sig > 0 && sig != SIGCHLD && !from_terminal(sig, &info)) {
			told = sig;
			kill(pid, sig);
		}
	} while (sig != SIGCHLD || waitpid(pid, &status, WNOHANG) != pid);

	if (foreground) {
		/* the shell had it */
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDIN_FILENO, getpgrp());
	}
	return told ? 128 + told : exit_status(status);
}
