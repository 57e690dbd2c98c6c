// SPDX-License-Identifier: GPL-2.0
/* A netlink socket: requests, dumps, and the kernel's words on a refusal. */
#include "nl.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NLMSGERR_ATTR_MISS_TYPE, which Debian 11's headers do not have. */
#define ATTR_MISS_TYPE	5

/* Where in the request the kernel points to: the outermost attribute there, by name. */
static const char *attribute_at(const struct nl *nl, uint32_t offset)
{
	const struct nlmsghdr *req = (const struct nlmsghdr *)nl->req;
	const struct nlattr *attr;

	if (offset >= req->nlmsg_len)
		return NULL;
	mnl_attr_for_each(attr, req, nl->hdrlen) {
		uint32_t start = (const char *)attr - (const char *)req;

		if (offset >= start && offset < start + MNL_ALIGN(attr->nla_len))
			return nl->attr_name(req, mnl_attr_get_type(attr));
	}
	return NULL;
}

/* The range that the kernel's policy has for the attribute, as ", 0 to 86400". */
static void policy_range(const struct nlattr *policy, char *buf, size_t size)
{
	uint64_t min = 0, max = 0;
	const struct nlattr *attr;
	bool has_max = false;

	mnl_attr_for_each_nested(attr, policy) {
		if (mnl_attr_get_payload_len(attr) != sizeof(uint64_t))
			continue;
		if (mnl_attr_get_type(attr) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U)
			min = mnl_attr_get_u64(attr);
		if (mnl_attr_get_type(attr) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U) {
			max = mnl_attr_get_u64(attr);
			has_max = true;
		}
	}
	if (has_max)
		snprintf(buf, size, ", %" PRIu64 " to %" PRIu64, min, max);
}

/* extack as "TEXT (ATTRIBUTE, RANGE)"; empty if there is none. */
static void extack(const struct nl *nl, const struct nlmsghdr *nlh, char *buf, size_t size)
{
	const struct nlmsghdr *req = (const struct nlmsghdr *)nl->req;
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const char *text = NULL, *name = NULL;
	unsigned int skip = sizeof(*err);
	const struct nlattr *attr;
	char range[64] = "";

	*buf = '\0';
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_DONE)
		skip = sizeof(int);
	else if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len >= sizeof(err->msg))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	if (skip > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, skip) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type == NLMSGERR_ATTR_MSG && !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			text = mnl_attr_get_str(attr);
		if (type == NLMSGERR_ATTR_POLICY)
			policy_range(attr, range, sizeof(range));
		if (!nl->attr_name || mnl_attr_validate(attr, MNL_TYPE_U32))
			continue;
		if (type == NLMSGERR_ATTR_OFFS)
			name = attribute_at(nl, mnl_attr_get_u32(attr));
		else if (type == ATTR_MISS_TYPE)
			name = nl->attr_name(req, mnl_attr_get_u32(attr));
	}
	/* A sentence that begins with the attribute's name needs no second mention of it. */
	if (text && name && strncmp(text, name, strlen(name)))
		snprintf(buf, size, "%s (%s%s)", text, name, range);
	else if (text || name)
		snprintf(buf, size, "%s%s", text ? text : name, range);
}

int nl_error(struct nl *nl, const struct nlmsghdr *nlh, int err)
{
	char text[384] = "";

	if (nlh)
		extack(nl, nlh, text, sizeof(text));
	if (text[0])
		snprintf(nl->error, sizeof(nl->error), "%s", text);
	else if (err == -EPERM)
		snprintf(nl->error, sizeof(nl->error),
			 "not permitted: needs CAP_NET_ADMIN in this network namespace");
	else
		snprintf(nl->error, sizeof(nl->error), "%s", strerror(-err));
	return err;
}

/* One message of an answer. 1: more to come, 0: the last one, negative: refused. */
static int one_message(struct nl *nl, const struct nlmsghdr *nlh, nl_cb cb, void *data)
{
	int err;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->changed = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return 1;
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nlmsgerr))
			return nl_error(nl, NULL, -EBADMSG);
		err = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
		return err ? nl_error(nl, nlh, err) : 0;
	case NLMSG_DONE:
		/* The result of a dump; some kernels send none. */
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(int))
			return 0;
		err = *(const int *)mnl_nlmsg_get_payload(nlh);
		return err < 0 ? nl_error(nl, nlh, err) : 0;
	case NLMSG_OVERRUN:
		return nl_error(nl, NULL, -ENOBUFS);
	}
	if (mnl_nlmsg_get_payload_len(nlh) < nl->hdrlen)
		return nl_error(nl, NULL, -EBADMSG);
	err = cb ? cb(nlh, data) : 0;
	return err ? nl_error(nl, NULL, err) : 1;
}

int nl_receive(struct nl *nl)
{
	ssize_t got;

	do {
		got = mnl_socket_recvfrom(nl->sock, nl->reply, NL_REPLY_SIZE);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? nl_error(nl, NULL, -errno) : got;
}

int nl_transact(struct nl *nl, uint16_t flags, nl_cb cb, void *data)
{
	unsigned int portid = mnl_socket_get_portid(nl->sock);
	struct nlmsghdr *req = (struct nlmsghdr *)nl->req;
	int ret = 1;

	req->nlmsg_flags = NLM_F_REQUEST | flags;
	req->nlmsg_seq = ++nl->seq;
	nl->changed = false;
	if (mnl_socket_sendto(nl->sock, req, req->nlmsg_len) < 0)
		return nl_error(nl, NULL, -errno);
	while (ret > 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->reply;
		int len = nl_receive(nl);

		if (len < 0)
			return len;
		for (; ret > 0 && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			if (mnl_nlmsg_portid_ok(nlh, portid) && mnl_nlmsg_seq_ok(nlh, nl->seq))
				ret = one_message(nl, nlh, cb, data);
	}
	return ret;
}

int nl_open(struct nl *nl, int bus)
{
	int one = 1;
	int ret;

	memset(nl, 0, sizeof(*nl));
	nl->req = calloc(1, NL_REQUEST_SIZE);
	nl->reply = malloc(NL_REPLY_SIZE);
	if (!nl->req || !nl->reply) {
		ret = nl_error(nl, NULL, -ENOMEM);
		nl_close(nl);
		return ret;
	}
	nl->sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = nl_error(nl, NULL, -errno);
		nl_close(nl);
		return ret;
	}
	/* Kernels without these two send less; nothing depends on them. */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &one, sizeof(one));
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->req);
	free(nl->reply);
	nl->sock = NULL;
	nl->req = NULL;
	nl->reply = NULL;
}
