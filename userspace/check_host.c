// SPDX-License-Identifier: GPL-2.0
/* check: the module, the engine and the kernel's settings. */
#include "check.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether modprobe would find the module; nothing is loaded. */
static bool is_installed(void)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl("/sbin/modprobe", "modprobe", "-n", "nf_nat_fullcone", (char *)NULL);
		execlp("modprobe", "modprobe", "-n", "nf_nat_fullcone", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

/* Without the module, the defaults of a fresh one are known. */
static void assume_default(struct check *c)
{
	profiles_free(&c->profiles);
	c->profiles.profile = calloc(1, sizeof(*c->profiles.profile));
	if (!c->profiles.profile) {
		c->no_memory = true;
		return;
	}
	strcpy(c->profiles.profile->name, "default");
	c->profiles.profile->label = FULLCONE_LABEL_DEFAULT;
	c->profiles.count = 1;
}

static void check_engine(struct check *c)
{
	struct stats s = { 0 };
	struct genl g;
	int ret;

	ret = genl_open(&g);
	if (ret == -ENOENT && is_installed()) {
		check_add(c, CHECK_FAIL, "module", "modprobe nf_nat_fullcone",
			  "the module nf_nat_fullcone is installed, but not loaded");
		return;
	}
	if (ret == -ENOENT) {
		check_add(c, CHECK_FAIL, "module", "make && make install",
			  "the module nf_nat_fullcone is not installed for this kernel");
		return;
	}
	if (ret) {
		check_add(c, CHECK_FAIL, "module", NULL, "the module cannot be asked: %s",
			  g.nl.error);
		return;
	}
	c->loaded = true;
	ret = stats_get(&g, &s);
	if (!ret)
		ret = profiles_get(&g, &c->profiles);
	if (ret)
		check_add(c, CHECK_FAIL, "module", NULL, "the module is loaded, but: %s",
			  g.nl.error);
	else if (!s.value[FULLCONE_STATS_A_ACTIVE])
		check_add(c, CHECK_FAIL, "active", "fullcone profile set default",
			  "the module is loaded, but inactive in this network namespace; its "
			  "first rule or setting here makes it active");
	else
		check_add(c, CHECK_OK, "active", NULL,
			  "the module is loaded, and active in this network namespace");
	if (!ret)
		check_limits(c, &g);
	genl_close(&g);
}

/* 1: built with labels, 0: without, -1: unknown. */
static int kernel_has_labels(void)
{
	char path[256], line[128];
	int has = -1;
	struct utsname u;
	FILE *f;

	if (uname(&u))
		return -1;
	snprintf(path, sizeof(path), "/boot/config-%s", u.release);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		has = 0;
		if (!strncmp(line, "CONFIG_NF_CONNTRACK_LABELS=y", 28)) {
			has = 1;
			break;
		}
	}
	fclose(f);
	return has;
}

static void check_labels(struct check *c)
{
	bool wanted = false;
	size_t i;

	for (i = 0; i < c->profiles.count; i++)
		wanted |= c->profiles.profile[i].label != FULLCONE_LABEL_NONE;
	if (!wanted || kernel_has_labels() != 0)
		return;
	check_add(c, CHECK_FAIL, "labels",
		  "fullcone profile set default label=none mark=0x1000000/0x1000000",
		  "this kernel is built without connection labels; a mark can take their place");
}

/* A full conntrack table drops the first packets of all new flows, ours included. */
static void check_conntrack_room(struct check *c)
{
	static const char dir[] = "/proc/sys/net/netfilter/nf_conntrack_";
	unsigned long max, count;
	char path[64], mend[64];

	snprintf(path, sizeof(path), "%smax", dir);
	if (!check_read_number(path, &max))
		return;
	snprintf(path, sizeof(path), "%scount", dir);
	if (!check_read_number(path, &count))
		count = 0;
	snprintf(mend, sizeof(mend), "sysctl -w net.netfilter.nf_conntrack_max=%lu",
		 max < 131072 ? 262144 : max * 2);
	if (!max)
		return;
	if (count > max / 4 * 3)
		check_add(c, CHECK_WARN, "conntrack", mend,
			  "%lu of at most %lu conntrack entries are in use", count, max);
	else if (max < 65536)
		check_add(c, CHECK_WARN, "conntrack", mend,
			  "there is room for %lu conntrack entries only", max);
	else
		check_add(c, CHECK_OK, "conntrack", NULL,
			  "%lu of at most %lu conntrack entries are in use", count, max);
}

/* Front ends of this module are listed among its users; others do its work a second time. */
static void check_other_modules(struct check *c)
{
	static const char *const names[] = { "xt_FULLCONENAT", "nft_fullcone" };
	char line[512], users[512] = ",";
	bool loaded[2] = { false };
	char mend[64], pattern[64];
	size_t i, len;
	FILE *f;

	f = fopen("/proc/modules", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		for (i = 0; i < 2; i++) {
			len = strlen(names[i]);
			if (!strncmp(line, names[i], len) && line[len] == ' ')
				loaded[i] = true;
		}
		if (!strncmp(line, "nf_nat_fullcone ", 16))
			sscanf(line, "%*s %*s %*s %510s", users + 1);
	}
	fclose(f);
	for (i = 0; i < 2; i++) {
		snprintf(pattern, sizeof(pattern), ",%s,", names[i]);
		if (!loaded[i] || strstr(users, pattern))
			continue;
		snprintf(mend, sizeof(mend), "rmmod %s", names[i]);
		check_add(c, CHECK_WARN, "other-module", mend,
			  "the module %s of another full-cone NAT is loaded; its rules and ours "
			  "would both claim ports", names[i]);
	}
}

void check_host(struct check *c)
{
	check_engine(c);
	if (!c->profiles.count)
		assume_default(c);
	check_labels(c);
	check_other_modules(c);
	check_conntrack_room(c);
}
