/* SPDX-License-Identifier: GPL-2.0 */
/* What "check" finds: a level, a sentence, and the line that mends it. */
#ifndef _FULLCONE_CHECK_H
#define _FULLCONE_CHECK_H

#include "cone.h"
#include "ruleset.h"

enum check_level { CHECK_OK, CHECK_INFO, CHECK_WARN, CHECK_FAIL };

struct finding {
	enum check_level level;
	const char *topic;	/* one word that stays the same, for programs */
	char text[512];
	char mend[256];		/* empty: nothing to mend */
};

struct check {
	struct finding *findings;
	size_t count;
	bool no_memory;

	/* what the one part learns and another needs */
	bool loaded;		/* the module is there */
	struct profile profile;	/* "default", as it is or as it would be */
	struct cone cone;
};

/* @mend: the line, or NULL. The sentence is @fmt. */
void check_add(struct check *c, enum check_level level, const char *topic, const char *mend,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The module, the engine and the kernel's settings. */
void check_host(struct check *c);
/* The nf_tables rules: ours, and what the user's do to our flows. */
void check_nft(struct check *c);

#endif /* _FULLCONE_CHECK_H */
