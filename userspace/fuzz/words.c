// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a line as "restore" splits it, taken as the words of "profile set"; settings
 * that are taken must print, and read back as the same.
 */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct profile *p)
{
	static struct profile again;
	char text[CELL_SIZE + 64], before[CELL_SIZE], after[CELL_SIZE];
	char *argv[2] = { (char *)p->name, text };
	size_t i;
	FILE *f;

	for (i = 0; i < profile_setting_count; i++) {
		const struct setting *s = &profile_settings[i];

		if (!(p->have & s->attrs))
			continue;
		memset(text, 0, sizeof(text));
		f = fmemopen(text, sizeof(text), "w");
		if (!f)
			return;
		profile_setting_print(p, s, f);
		fclose(f);
		if (profile_words_parse(2, argv, &again))
			abort();
		if (profile_setting_cell(p, s, before, sizeof(before)) !=
		    profile_setting_cell(&again, s, after, sizeof(after)) ||
		    strcmp(before, after))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct profile p;
	char *argv[WORDS_MAX];
	char *text;
	int argc;

	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	argc = parse_line(text, argv, WORDS_MAX);
	if (argc > WORDS_MAX)
		abort();
	if (argc > 0 && !profile_words_parse(argc, argv, &p))
		check_round_trip(&p);
	free(text);
	return 0;
}
