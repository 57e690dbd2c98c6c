/* SPDX-License-Identifier: GPL-2.0 */
/* Events: from attributes of the protocol to a line of text or of JSON. */
#ifndef _FULLCONE_EVENT_H
#define _FULLCONE_EVENT_H

#include <stdio.h>

#include "model.h"

struct event {
	uint8_t type;		/* enum fullcone_event */
	uint8_t reason;		/* enum fullcone_reason; 0: none */
	uint64_t time_ms;	/* since 1970 */
	struct mapping mapping;	/* what is known of it, see its @have */
};

/* 0, or -EBADMSG when an attribute has not the size or form the protocol gives it. */
int event_parse(const struct nlmsghdr *nlh, struct event *e);

void event_print_text(const struct event *e, FILE *out);
void event_print_json(const struct event *e, FILE *out);

#endif /* _FULLCONE_EVENT_H */
