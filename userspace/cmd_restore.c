// SPDX-License-Identifier: GPL-2.0
/* restore: reads what save has printed, and does it, once all of it is understood. */
#include "cmd.h"
#include "array.h"
#include "parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

/* The verbs that save prints. */
static const struct {
	const char *words[2];
	int (*run)(const struct options *opt, int argc, char **argv);
} verbs[] = {
	{ { "profile", "set" }, cmd_profile_set },
	{ { "rule", "add" }, cmd_rule_add },
	{ { "add", NULL }, cmd_add },
};

struct command {
	unsigned int line;
	int (*run)(const struct options *opt, int argc, char **argv);
	int argc;
	char *argv[WORDS_MAX];
	char *text;		/* in which the words are */
};

struct commands {
	struct command *command;
	size_t count;
};

/* Finds the verb, and the words after it. */
static int find_verb(struct command *c, int argc, char **argv)
{
	size_t i;

	if (argc && !strcmp(argv[0], "fullcone")) {
		argc--;
		argv++;
	}
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		int words = verbs[i].words[1] ? 2 : 1;

		if (argc < words || strcmp(argv[0], verbs[i].words[0]) ||
		    (words == 2 && strcmp(argv[1], verbs[i].words[1])))
			continue;
		c->run = verbs[i].run;
		c->argc = argc - words;
		memcpy(c->argv, argv + words, c->argc * sizeof(*argv));
		return STATUS_DONE;
	}
	return usage_error("\"%s\": expected profile set, rule add or add", argc ? argv[0] : "");
}

/* One line, whose text then belongs to @all. */
static int add_line(struct commands *all, unsigned int line, char *text)
{
	const struct options look = { .parse_only = true };
	struct command *c, *grown;
	char *words[WORDS_MAX];
	int count, status;

	grown = realloc(all->command, (all->count + 1) * sizeof(*grown));
	if (!grown)
		return fail("no memory");
	all->command = grown;
	c = &grown[all->count];
	memset(c, 0, sizeof(*c));
	c->line = line;
	c->text = text;
	all->count++;

	message_context("line %u: ", line);
	count = parse_line(text, words, WORDS_MAX);
	if (count < 0)
		return usage_error("expected at most %d words, quoted as a whole or not at all",
				   WORDS_MAX);
	if (!count) {
		all->count--;
		free(text);
		return STATUS_DONE;
	}
	status = find_verb(c, count, words);
	return status ? status : c->run(&look, c->argc, c->argv);
}

static int read_lines(FILE *f, struct commands *all)
{
	unsigned int line = 0;
	int status = STATUS_DONE;

	while (!status) {
		char *text = NULL;
		size_t size = 0;
		ssize_t len = getline(&text, &size, f);

		if (len < 0) {
			free(text);
			break;
		}
		line++;
		if (strlen(text) != (size_t)len) {
			message_context("line %u: ", line);
			status = usage_error("there is a NUL byte in it");
			free(text);
			break;
		}
		status = add_line(all, line, text);
	}
	message_context("%s", "");
	if (!status && ferror(f))
		status = fail("cannot be read: %s", strerror(errno));
	return status;
}

/*
 * Each command is done whole or not at all; the whole file cannot be, since the engine and
 * nf_tables share no transaction. So what was done before a refusal stays, and is named. The
 * rules are added all the same: without them a router whose module cannot be loaded, as after
 * an upgrade of the kernel, would have no NAT at all.
 */
static int apply(const struct commands *all)
{
	const struct options quiet = { .quiet = true };
	int status = STATUS_DONE;
	bool before = false;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct command *c = &all->command[i];
		int ret;

		if (status && c->run != cmd_rule_add)
			continue;
		message_context("line %u: ", c->line);
		ret = c->run(&quiet, c->argc, (char **)c->argv);
		before |= !status && !ret;
		status = status ? status : ret;
	}
	message_context("%s", "");
	if (status && before)
		warn("the lines before it are in force");
	return status;
}

int cmd_restore(const struct options *opt, int argc, char **argv)
{
	struct commands all = { 0 };
	FILE *f = stdin;
	int status;
	size_t i;

	(void)opt;
	if (argc > 1)
		return usage_error("restore \"%s\": takes one file", argv[1]);
	if (argc && strcmp(argv[0], "-"))
		f = fopen(argv[0], "re");
	if (!f)
		return fail("%s: %s", argv[0], strerror(errno));
	status = read_lines(f, &all);
	if (f != stdin)
		fclose(f);
	if (!status)
		status = apply(&all);
	for (i = 0; i < all.count; i++)
		free(all.command[i].text);
	free(all.command);
	return status;
}
