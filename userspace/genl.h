/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family "fullcone": finding it, loading it, asking it. */
#ifndef _FULLCONE_GENL_H
#define _FULLCONE_GENL_H

#include "nl.h"

struct genl {
	struct nl nl;
	uint16_t family;
	uint32_t group;		/* of the events; 0: the module has none */
};

/*
 * 0 or a negative errno value, with a sentence in g->nl.error. -ENOENT of the first
 * two: the family is not there, that is, the module is not loaded.
 */
int genl_open(struct genl *g);
/* The same for what changes state: runs modprobe first if the family is not there. */
int genl_open_loading(struct genl *g);
void genl_close(struct genl *g);

/* Begins a request; the caller adds attributes, and one of the next two sends it. */
struct nlmsghdr *genl_request(struct genl *g, uint8_t cmd);
int genl_do(struct genl *g, nl_cb cb, void *data);
/* One attempt; who knows whether what came can be taken back looks at g->nl.changed. */
int genl_dump(struct genl *g, nl_cb cb, void *data);

#endif /* _FULLCONE_GENL_H */
