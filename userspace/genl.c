// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family "fullcone": finding it, loading it, asking it. */
#include "genl.h"
#include "model.h"

#include <errno.h>
#include <linux/fullcone.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *request_attr_name(const struct nlmsghdr *req, uint16_t type)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(req);

	return req->nlmsg_type == GENL_ID_CTRL ? NULL : model_attr_name(genl->cmd, type);
}

struct nlmsghdr *genl_request(struct genl *g, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(g->nl.req);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = g->family;
	genl->cmd = cmd;
	genl->version = FULLCONE_GENL_VERSION;
	return nlh;
}

int genl_do(struct genl *g, nl_cb cb, void *data)
{
	return nl_transact(&g->nl, NLM_F_ACK, cb, data);
}

int genl_dump(struct genl *g, nl_cb cb, void *data)
{
	return nl_transact(&g->nl, NLM_F_DUMP, cb, data);
}

int genl_dump_whole(struct genl *g, uint8_t cmd, void (*begin)(void *data), nl_cb cb, void *data)
{
	unsigned int tries = 0;
	int ret;

	do {
		begin(data);
		genl_request(g, cmd);
		ret = genl_dump(g, cb, data);
	} while ((ret == -EINTR || (!ret && g->nl.changed)) && ++tries < NL_DUMP_TRIES);
	if (!ret && g->nl.changed)
		ret = nl_error(&g->nl, NULL, -EINTR);
	return ret;
}

/* One multicast group of the family: its number, if it is the one of the events. */
static uint32_t event_group(const struct nlattr *group)
{
	const struct nlattr *attr;
	bool named = false;
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, group) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type == CTRL_ATTR_MCAST_GRP_ID && !mnl_attr_validate(attr, MNL_TYPE_U32))
			id = mnl_attr_get_u32(attr);
		else if (type == CTRL_ATTR_MCAST_GRP_NAME &&
			 !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			named = !strcmp(mnl_attr_get_str(attr), FULLCONE_GENL_GROUP);
	}
	return named ? id : 0;
}

static int family_cb(const struct nlmsghdr *nlh, void *data)
{
	struct genl *found = data;
	const struct nlattr *attr, *group;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    !mnl_attr_validate(attr, MNL_TYPE_U16))
			found->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(group, attr)
			if (!found->group)
				found->group = event_group(group);
	}
	return 0;
}

static int resolve_family(struct genl *g)
{
	struct genl found = { .family = 0 };
	struct nlmsghdr *nlh;
	int ret;

	g->family = GENL_ID_CTRL;
	nlh = genl_request(g, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, FULLCONE_GENL_NAME);
	ret = genl_do(g, family_cb, &found);
	if (!ret && !found.family)
		ret = -ENOENT;
	if (ret == -ENOENT)
		snprintf(g->nl.error, sizeof(g->nl.error),
			 "the module nf_nat_fullcone is not loaded; "
			 "\"modprobe nf_nat_fullcone\" loads it");
	g->family = found.family;
	g->group = found.group;
	return ret;
}

int genl_open(struct genl *g)
{
	int ret = nl_open(&g->nl, NETLINK_GENERIC);

	if (ret)
		return ret;
	g->nl.hdrlen = sizeof(struct genlmsghdr);
	g->nl.attr_name = request_attr_name;
	ret = resolve_family(g);
	if (ret)
		genl_close(g);
	return ret;
}

void genl_close(struct genl *g)
{
	nl_close(&g->nl);
}

/* modprobe's messages name the reason (not found, key rejected), so they are shown. */
static bool run_modprobe(const char *param)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		execl("/sbin/modprobe", "modprobe", "nf_nat_fullcone", param, (char *)NULL);
		execlp("modprobe", "modprobe", "nf_nat_fullcone", param, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

int genl_open_loading(struct genl *g, const char *param)
{
	int ret = genl_open(g);

	if (ret != -ENOENT)
		return ret;
	if (run_modprobe(param))
		return genl_open(g);
	snprintf(g->nl.error, sizeof(g->nl.error),
		 "the module nf_nat_fullcone cannot be loaded into this kernel; "
		 "\"make && make install\" in its source tree installs it");
	return -ENOENT;
}
