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
 * Return 0 or a negative errno value, with a sentence in g->nl.error. -ENOENT: the family
 * does not exist, that is, the module is not loaded.
 */
int genl_open(struct genl *g);
/*
 * The same for requests that change state: runs modprobe first if the family is missing, with
 * a parameter of the module, such as "netns=none", or NULL.
 */
int genl_open_loading(struct genl *g, const char *param);
void genl_close(struct genl *g);

/* Begins a request; the caller adds attributes, and one of the next two sends it. */
struct nlmsghdr *genl_request(struct genl *g, uint8_t cmd);
int genl_do(struct genl *g, nl_cb cb, void *data);
/* One attempt: a caller that can discard what came checks g->nl.changed and tries again. */
int genl_dump(struct genl *g, nl_cb cb, void *data);
/*
 * A request without attributes, until nothing has changed meanwhile: else something could be in
 * what came twice, or not at all, and after some tries that is an error. @begin discards it.
 */
int genl_dump_whole(struct genl *g, uint8_t cmd, void (*begin)(void *data), nl_cb cb, void *data);

#endif /* _FULLCONE_GENL_H */
