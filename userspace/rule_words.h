/* SPDX-License-Identifier: GPL-2.0 */
/* The words of "rule add" and "rule del". */
#ifndef _FULLCONE_RULE_WORDS_H
#define _FULLCONE_RULE_WORDS_H

#include "rule.h"

struct rule_words {
	struct rule rule;
	bool has_family, has_proto, has_mark, has_profile;
	char profile[FULLCONE_NAME_SIZE];
};

/* An exit status. @del: only what says which rule. */
int rule_words_parse(const char *verb, bool del, int argc, char **argv, struct rule_words *w);

/* The words of "rule add" that make the rule again. @brief: without those that are the default. */
void rule_words_format(const struct rule *rule, const char *profile, bool brief, char *buf,
		       size_t size);

#endif /* _FULLCONE_RULE_WORDS_H */
