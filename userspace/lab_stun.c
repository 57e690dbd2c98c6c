// SPDX-License-Identifier: GPL-2.0
/*
 * What kind of NAT a STUN client behind it finds (RFC 5780): coturn's server on s1, which
 * answers from two addresses and two ports, and its client on each side.
 */
#include "cmd.h"
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVER "turnserver"
#define CLIENT "turnutils_natdiscovery"

/* Seconds; it waits three for each answer that does not come. */
#define CLIENT_LIMIT 60

static bool installed(const char *program)
{
	const char *path = getenv("PATH");
	char list[4096], file[4200];
	char *dir, *save;

	snprintf(list, sizeof(list), "%s", path ? path : "");
	for (dir = strtok_r(list, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/%s", dir, program);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

/* --- the server --- */

static int serve(const void *data)
{
	const char *const *addr = ((const struct lab *)data)->family->s1;

	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		return STATUS_FAILED;
	/* its keys and users are not needed, so it keeps them in no file */
	execlp(SERVER, SERVER, "-n", "-L", addr[0], "-L", addr[1], "-p", "3478",
	       "--alt-listening-port", "3479", "--no-auth", "--stun-only", "--no-tcp", "--no-tls",
	       "--no-dtls", "--no-cli", "--userdb", ":memory:", "--pidfile", "/dev/null",
	       "--log-file", "stdout", "--simple-log", (char *)NULL);
	return 127;
}

/* Whether the server listens on all of its addresses and ports, by the process's /proc. */
static bool listens(const struct lab *lab, pid_t pid)
{
	static const char *const port[] = { ":0D96 ", ":0D97 " };	/* 3478, 3479 */
	char path[64], line[256], *at;
	unsigned int found = 0;
	int i, n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, lab->family->proc);
	f = fopen(path, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		for (i = 0; i < 2; i++) {
			at = strstr(line, lab->family->proc_s1[i]);
			for (n = 0; at && n < 2; n++)
				if (strstr(at, port[n]))
					found |= 1 << (2 * i + n);
		}
	fclose(f);
	return found == 15;
}

bool lab_stun_serve(const struct lab *lab)
{
	unsigned int tries = 1200;
	pid_t pid;

	if (!installed(SERVER) || !installed(CLIENT)) {
		if (!lab->quiet)
			printf("STUN: nothing to ask it with, " SERVER " and " CLIENT
			       " are not installed (Debian: apt install coturn)\n");
		return false;
	}
	pid = lab_start("s1", serve, lab);
	while (!listens(lab, pid))
		if (!lab_again(&tries) || lab_ended(pid)) {
			warn("lab: " SERVER " does not listen");
			return false;
		}
	return true;
}

/* --- the clients --- */

struct client {
	const char *server;
	char addr[32];		/* of the host; with it the client knows whether that was changed */
	const char *test;	/* the option that asks for it */
	const char *what;	/* the word for it in the answer */
	int out;		/* where the answer goes */
	FILE *answer;
};

static int ask(const void *data)
{
	const struct client *c = data;

	dup2(c->out, STDOUT_FILENO);
	dup2(c->out, STDERR_FILENO);
	alarm(CLIENT_LIMIT);
	execlp(CLIENT, CLIENT, c->test, "-L", c->addr, c->server,
	       (char *)NULL);
	return 127;
}

static void begin(struct client *c, const struct lab *lab, int side)
{
	int fd[2];

	if (pipe(fd))
		return;
	c->server = lab->family->s1[0];
	snprintf(c->addr, sizeof(c->addr), "%s1", lab_addr_lan(lab, side));
	c->out = fd[1];
	/* it is reaped with the rest of the laboratory's processes */
	if (lab_start(lab->topology->side[side].hosts[0], ask, c) > 0)
		c->answer = fdopen(fd[0], "r");
	else
		close(fd[0]);
	close(fd[1]);
}

/*
 * "NAT with Endpoint Independent Mapping!", less the words that all answers share; perhaps
 * after "No NAT! (Endpoint Independent Mapping)".
 */
static void conclude(struct client *c, char *found, size_t size)
{
	char line[512], *word, *end;
	bool no_nat = false;

	snprintf(found, size, "no answer about %s", c->what);
	while (c->answer && fgets(line, sizeof(line), c->answer)) {
		if (!strstr(line, c->what))
			continue;
		no_nat |= !!strstr(line, "No NAT!");
		word = strstr(line, "NAT with ");
		end = word ? strchr(word, '!') : NULL;
		if (!end)
			continue;
		*end = '\0';
		snprintf(found, size, "%s", no_nat ? "No NAT" : word + strlen("NAT with "));
	}
	if (c->answer)
		fclose(c->answer);
}

/* Each test has a client, and so a port, of its own: what one sends opens no filter to another. */
void lab_stun_ask(const struct lab *lab)
{
	const struct lab_side *side = lab->topology->side;
	struct client mapping[LAB_SIDES] = { 0 }, filtering[LAB_SIDES] = { 0 };
	char first[128], second[128];
	int i;

	for (i = 0; i < LAB_SIDES && side[i].router; i++) {
		mapping[i].test = "-m";
		mapping[i].what = "Mapping";
		begin(&mapping[i], lab, i);
		filtering[i].test = "-f";
		filtering[i].what = "Filtering";
		begin(&filtering[i], lab, i);
	}
	for (i = 0; i < LAB_SIDES && side[i].router; i++) {
		conclude(&mapping[i], first, sizeof(first));
		conclude(&filtering[i], second, sizeof(second));
		printf("STUN on %s: %s, %s\n", side[i].hosts[0], first, second);
	}
}
