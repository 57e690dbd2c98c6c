/* SPDX-License-Identifier: GPL-2.0 */
/* One mapping, named by either of its endpoints: the words of get and del. */
#ifndef _FULLCONE_WHICH_H
#define _FULLCONE_WHICH_H

#include <libmnl/libmnl.h>

#include "cmd.h"
#include "parse.h"

struct which {
	uint8_t proto;
	bool internal;
	bool has_zone, has_oif;
	uint16_t zone;
	uint32_t ifindex;
	struct endpoint ep;
};

#define WHICH_ARGS "udp|tcp|icmp int|ext ADDR:PORT [zone N] [oif DEV]"

/* An exit status. */
int which_parse(const char *verb, const struct options *opt, int argc, char **argv,
		struct which *w);
void which_put(struct nlmsghdr *nlh, const struct which *w);

#endif /* _FULLCONE_WHICH_H */
