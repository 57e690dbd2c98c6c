// SPDX-License-Identifier: GPL-2.0
/* monitor: events as they happen, a line each. */
#include "attr.h"
#include "cmd.h"
#include "event.h"
#include "filter.h"
#include "genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Bytes of events that may wait while the reader of our output is busy: some thousand. */
#define BACKLOG (1 << 20)

static volatile sig_atomic_t ending;

static void on_signal(int sig)
{
	(void)sig;
	ending = 1;
}

/* Signals are unblocked only while we wait, so that none comes between check and wait. */
static void catch_signals(sigset_t *waiting)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, waiting);
	sigdelset(waiting, SIGINT);
	sigdelset(waiting, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static int join(struct genl *g)
{
	int group = g->group, controller = GENL_ID_CTRL, size = BACKLOG, one = 1;

	if (!group)
		return nl_error(&g->nl, NULL, -EOPNOTSUPP);
	/* Beyond the system's limit if we may; the default is as good as any if we may not. */
	setsockopt(mnl_socket_get_fd(g->nl.sock), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
	/* Then the module learns of events that we lose, and counts them. */
	mnl_socket_setsockopt(g->nl.sock, NETLINK_BROADCAST_ERROR, &one, sizeof(one));
	if (mnl_socket_setsockopt(g->nl.sock, NETLINK_ADD_MEMBERSHIP, &controller,
				  sizeof(controller)) ||
	    mnl_socket_setsockopt(g->nl.sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return nl_error(&g->nl, NULL, -errno);
	return 0;
}

static int show(const struct options *opt, const struct filter *f, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct event e;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) || genl->cmd != FULLCONE_CMD_EVENT)
		return 0;
	if (event_parse(nlh, &e))
		return -EBADMSG;
	if (!filter_match(f, &e.mapping))
		return 0;
	if (opt->given & OPT_JSON)
		event_print_json(&e, stdout);
	else
		event_print_text(&e, stdout);
	return fflush(stdout) ? -errno : 0;
}

/* With the module its group goes, silently; but the controller says that the family has gone. */
static bool is_unload(const struct genl *g, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	uint16_t family;

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*genl))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID && !attr_u16(attr, &family))
			return family == g->family;
	return false;
}

static int module_gone(struct genl *g)
{
	snprintf(g->nl.error, sizeof(g->nl.error), "the module has been unloaded");
	return -ENODEV;
}

/*
 * The news that the family has gone may be among those that were lost. Once all that waited has
 * been read, the next such news gets through; the number of a family that returns is another.
 */
static int check_family(struct genl *g)
{
	struct genl now;
	int ret;

	ret = genl_open(&now);
	if (ret == -ENOENT)
		return module_gone(g);
	if (ret)
		return nl_error(&g->nl, NULL, ret);
	ret = now.family == g->family ? 0 : module_gone(g);
	genl_close(&now);
	return ret;
}

/* One datagram; the family's number tells its messages from the others. */
static int receive(struct genl *g, const struct options *opt, const struct filter *f, bool *lost)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)g->nl.reply;
	int len = nl_receive(&g->nl);
	int ret = 0;

	if (len == -ENOBUFS) {
		warn("events were lost: they came faster than they could be written");
		*lost = true;
		return 0;
	}
	if (len < 0)
		return len;
	for (; !ret && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (is_unload(g, nlh))
			return module_gone(g);
		if (nlh->nlmsg_type == g->family)
			ret = show(opt, f, nlh);
	}
	return ret ? nl_error(&g->nl, NULL, ret) : 0;
}

static int follow(struct genl *g, const struct options *opt, const struct filter *f,
		  const sigset_t *waiting)
{
	struct pollfd pfd = { .fd = mnl_socket_get_fd(g->nl.sock), .events = POLLIN };
	const struct timespec at_once = { 0 };
	bool lost = false;
	int ret = 0;

	while (!ret && !ending) {
		int ready = ppoll(&pfd, 1, lost ? &at_once : NULL, waiting);

		if (ready > 0) {
			ret = receive(g, opt, f, &lost);
		} else if (!ready) {
			lost = false;
			ret = check_family(g);
		} else if (errno != EINTR) {
			ret = nl_error(&g->nl, NULL, -errno);
		}
	}
	return ret;
}

int cmd_monitor(const struct options *opt, int argc, char **argv)
{
	sigset_t waiting;
	struct filter f;
	struct genl g;
	int status;
	int ret;

	status = filter_parse(opt, argc, argv, FILTER_MONITOR, &f);
	if (status)
		return status;
	ret = genl_open(&g);
	if (ret)
		return fail("%s", g.nl.error);
	catch_signals(&waiting);
	ret = join(&g);
	if (!ret && opt->given & OPT_VERBOSE)
		fputs("fullcone: listening\n", stderr);
	if (!ret)
		ret = follow(&g, opt, &f, &waiting);
	genl_close(&g);
	return ret ? fail("%s", g.nl.error) : STATUS_DONE;
}
