/* SPDX-License-Identifier: GPL-2.0 */
/* A netlink socket: requests, dumps, and the kernel's words on a refusal. */
#ifndef _FULLCONE_NL_H
#define _FULLCONE_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl {
	struct mnl_socket *sock;
	uint32_t seq;
	bool changed;		/* the last dump said that the table changed under it */
	char error[512];	/* of the last refusal, for people */
	char *req;		/* the request being built or sent */
	char *reply;
	unsigned int hdrlen;	/* of the family's own header, before the attributes */
	/* names an attribute of @req for people; may be NULL, may return NULL */
	const char *(*attr_name)(const struct nlmsghdr *req, uint16_t type);
};

/* The longest is a profile all of whose lists are full. */
#define NL_REQUEST_SIZE 8192
#define NL_REPLY_SIZE 65536

/* How often a dump that the kernel calls inconsistent is begun again. */
#define NL_DUMP_TRIES 5

/* Gets one message; a value other than 0 ends the request with that error. */
typedef int (*nl_cb)(const struct nlmsghdr *nlh, void *data);

/* All of them return 0 or a negative errno value and leave a sentence in nl->error. */
int nl_open(struct nl *nl, int bus);
void nl_close(struct nl *nl);
/* Sends nl->req with @flags added, and reads until its last answer. */
int nl_transact(struct nl *nl, uint16_t flags, nl_cb cb, void *data);
/* Reads one datagram into nl->reply; its length, or an error. */
int nl_receive(struct nl *nl);
int nl_error(struct nl *nl, const struct nlmsghdr *nlh, int err);

#endif /* _FULLCONE_NL_H */
