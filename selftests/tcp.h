/* SPDX-License-Identifier: GPL-2.0 */
/* The connections of tcp.c. */
#ifndef TCP_H
#define TCP_H

#include "probe.h"

struct conn {
	char name[16];
	int client, server;	/* -1: closed */
	union addr seen;
	struct ep at;		/* who took it */
};

struct conn *conn_find(const char *name);
int tcp_listener(const struct ep *ep);

#endif
