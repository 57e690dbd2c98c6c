/* SPDX-License-Identifier: GPL-2.0 */
/* The verbs of the tool, and what every one of them gets from main.c. */
#ifndef _FULLCONE_CMD_H
#define _FULLCONE_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses; the man page promises them. */
enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
};

/* Options a verb may take; one that it does not take is refused. */
enum {
	OPT_JSON = 1 << 0,
	OPT_COLUMNS = 1 << 1,
	OPT_NOHEADINGS = 1 << 2,
	OPT_FAMILY = 1 << 3,
	OPT_PROMETHEUS = 1 << 4,
	OPT_DRY_RUN = 1 << 5,
	OPT_FLUSH = 1 << 6,
	OPT_VERBOSE = 1 << 7,
};

#define OPT_LISTING (OPT_JSON | OPT_COLUMNS | OPT_NOHEADINGS)

struct options {
	unsigned int given;	/* OPT_* bits */
	const char *columns;	/* with OPT_COLUMNS */
	uint8_t family;		/* with OPT_FAMILY: NFPROTO_* */
	char **command;		/* the words after "--", or NULL */
	/* from "restore": only parse the words; print no result */
	bool parse_only, quiet;
};

/**
 * struct cmd - one verb
 * @name: one word, or two for a verb with a noun ("rule add")
 * @run: gets the words after the name, returns an exit status
 * @options: OPT_* it takes
 * @args: its words, for the usage text
 * @summary: one line
 * @detail: further lines for "help VERB", or NULL
 */
struct cmd {
	const char *name;
	int (*run)(const struct options *opt, int argc, char **argv);
	unsigned int options;
	const char *args;
	const char *summary;
	const char *detail;
};

int cmd_add(const struct options *opt, int argc, char **argv);
int cmd_adopt(const struct options *opt, int argc, char **argv);
int cmd_check(const struct options *opt, int argc, char **argv);
int cmd_del(const struct options *opt, int argc, char **argv);
int cmd_flush(const struct options *opt, int argc, char **argv);
int cmd_get(const struct options *opt, int argc, char **argv);
int cmd_get_block(const struct options *opt, int argc, char **argv);
int cmd_lab(const struct options *opt, int argc, char **argv);
int cmd_list(const struct options *opt, int argc, char **argv);
int cmd_monitor(const struct options *opt, int argc, char **argv);
int cmd_profile_del(const struct options *opt, int argc, char **argv);
int cmd_profile_list(const struct options *opt, int argc, char **argv);
int cmd_profile_set(const struct options *opt, int argc, char **argv);
int cmd_profile_show(const struct options *opt, int argc, char **argv);
int cmd_restore(const struct options *opt, int argc, char **argv);
int cmd_rule_add(const struct options *opt, int argc, char **argv);
int cmd_rule_del(const struct options *opt, int argc, char **argv);
int cmd_rule_list(const struct options *opt, int argc, char **argv);
int cmd_save(const struct options *opt, int argc, char **argv);
int cmd_stats(const struct options *opt, int argc, char **argv);

/* A message on standard error; the result is the exit status to return. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Sets what later messages begin with, such as "line 7: "; an empty string: nothing. */
void message_context(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* _FULLCONE_CMD_H */
