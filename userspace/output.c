// SPDX-License-Identifier: GPL-2.0
/* Tables through libsmartcols, JSON by hand (libsmartcols would hold it all in memory). */
#include "output.h"
#include "array.h"

#include <ctype.h>
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX 64

struct listing {
	const char *name;
	const struct column *columns;
	cell_fn cell;
	struct libscols_table *table;	/* NULL: JSON */
	bool colours;
	bool sparse;
	size_t rows;
	bool filled[COLUMNS_MAX];	/* something is in that column */
	size_t chosen_count;
	size_t chosen[COLUMNS_MAX];
	char key[COLUMNS_MAX][48];	/* of a JSON object: comma, name, colon */
};

bool output_colours(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no && *no);
}

/* Bytes of the character of UTF-8 at @s, which is not ASCII; 0: there is none. */
static size_t utf8_length(const char *s)
{
	unsigned char c = s[0], next = s[1];
	size_t length, i;

	if (c >= 0xc2 && c <= 0xdf)
		length = 2;
	else if (c >= 0xe0 && c <= 0xef)
		length = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		length = 4;
	else
		return 0;
	for (i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* longer than need be, halves of UTF-16, beyond the last one */
	if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next >= 0xa0) ||
	    (c == 0xf0 && next < 0x90) || (c == 0xf4 && next >= 0x90))
		return 0;
	return length;
}

/* The kernel takes any bytes in an interface's name, JSON none that are not UTF-8. */
static const char *json_other(FILE *out, const char *s)
{
	size_t length = utf8_length(s);

	if (!length) {
		fputs("\\ufffd", out);
		return s;
	}
	fwrite(s, 1, length, out);
	return s + length - 1;
}

/* The stream has one user; its lock would cost more than the bytes. */
void json_string(FILE *out, const char *s)
{
	putc_unlocked('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else if ((unsigned char)*s >= 0x80)
			s = json_other(out, s);
		else
			putc_unlocked(*s, out);
	}
	putc_unlocked('"', out);
}

static int unknown_column(const char *word, size_t len, const struct column *columns,
			  size_t count)
{
	char known[1024];
	size_t used = 0, i;

	for (i = 0; i < count; i++)
		used += snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
				 columns[i].name);
	return usage_error("\"%.*s\" is no column; there are: %s", (int)len, word, known);
}

static int choose_columns(struct listing *l, const struct options *opt,
			  const struct column *columns, size_t count)
{
	unsigned int wanted = opt->given & OPT_JSON ? COL_JSON : COL_TEXT;
	const char *s = opt->columns;
	size_t i, len;

	if (!(opt->given & OPT_COLUMNS)) {
		for (i = 0; i < count; i++)
			if (columns[i].flags & wanted)
				l->chosen[l->chosen_count++] = i;
		return STATUS_DONE;
	}
	for (;;) {
		len = strcspn(s, ",");
		for (i = 0; i < count; i++)
			if (strlen(columns[i].name) == len &&
			    !strncasecmp(columns[i].name, s, len))
				break;
		if (i == count)
			return unknown_column(s, len, columns, count);
		if (l->chosen_count == COLUMNS_MAX)
			return usage_error("more than %d columns", COLUMNS_MAX);
		l->chosen[l->chosen_count++] = i;
		if (!s[len])
			return STATUS_DONE;
		s += len + 1;
	}
}

static bool make_table(struct listing *l, const struct options *opt)
{
	char heading[64];
	size_t i, c;

	l->table = scols_new_table();
	if (!l->table)
		return false;
	scols_table_enable_noheadings(l->table, !!(opt->given & OPT_NOHEADINGS));
	scols_table_enable_colors(l->table, l->colours);
	/* Nearly all cells are ASCII; table_row() sees the others. */
	scols_table_enable_noencoding(l->table, 1);
	for (i = 0; i < l->chosen_count; i++) {
		const struct column *col = &l->columns[l->chosen[i]];

		for (c = 0; col->name[c] && c < sizeof(heading) - 1; c++)
			heading[c] = toupper((unsigned char)col->name[c]);
		heading[c] = '\0';
		if (!scols_table_new_column(l->table, heading, 0,
					    col->flags & COL_RIGHT ? SCOLS_FL_RIGHT : 0))
			return false;
	}
	return true;
}

struct listing *listing_begin(const struct options *opt, const char *name,
			      const struct column *columns, size_t count, cell_fn cell,
			      int *status)
{
	struct listing *l = calloc(1, sizeof(*l));
	size_t i;

	if (!l) {
		*status = fail("no memory");
		return NULL;
	}
	l->name = name;
	l->columns = columns;
	l->cell = cell;
	l->colours = output_colours();
	*status = choose_columns(l, opt, columns, count);
	for (i = 0; i < l->chosen_count; i++)
		snprintf(l->key[i], sizeof(l->key[i]), "%s\"%s\":", i ? "," : "",
			 columns[l->chosen[i]].name);
	if (*status == STATUS_DONE && !(opt->given & OPT_JSON) && !make_table(l, opt))
		*status = fail("no memory");
	if (*status == STATUS_DONE)
		return l;
	scols_unref_table(l->table);
	free(l);
	return NULL;
}

static void json_list(const char *words)
{
	char word[CELL_SIZE];
	bool first = true;

	putchar('[');
	while (*words) {
		size_t len = strcspn(words, ",");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (!first)
			putchar(',');
		first = false;
		json_string(stdout, word);
		words += len + !!words[len];
	}
	putchar(']');
}

static void json_row(struct listing *l, const void *row)
{
	char text[CELL_SIZE];
	size_t i;

	if (l->rows)
		puts(",");
	else
		printf("{\"%s\":[\n", l->name);
	putchar_unlocked('{');
	for (i = 0; i < l->chosen_count; i++) {
		const struct column *col = &l->columns[l->chosen[i]];

		fputs_unlocked(l->key[i], stdout);
		if (!l->cell(row, l->chosen[i], text, sizeof(text)))
			fputs_unlocked("null", stdout);
		else if (col->kind == COL_STRING)
			json_string(stdout, text);
		else if (col->kind == COL_LIST)
			json_list(text);
		else
			fputs_unlocked(text, stdout);
	}
	putchar_unlocked('}');
}

static const char *word_colour(const char *word)
{
	static const char *const words[][2] = {
		{ "open", "green" }, { "drain", "yellow" }, { "held", "cyan" },
		{ "ok", "green" }, { "info", "cyan" }, { "warn", "yellow" }, { "fail", "red" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(word, words[i][0]))
			return words[i][1];
	return NULL;
}

/* Without regard to the encoding, libsmartcols would look for the end of such a cell for ever. */
static bool is_plain(const char *s)
{
	while (*s >= 0x20 && *s < 0x7f)
		s++;
	return !*s;
}

static int table_row(struct listing *l, const void *row)
{
	struct libscols_line *line = scols_table_new_line(l->table, NULL);
	char text[CELL_SIZE];
	size_t i;

	if (!line)
		return -ENOMEM;
	for (i = 0; i < l->chosen_count; i++) {
		const struct column *col = &l->columns[l->chosen[i]];

		if (l->cell(row, l->chosen[i], text, sizeof(text)) && *text)
			l->filled[i] = true;
		else
			strcpy(text, "-");
		if (!is_plain(text))
			scols_table_enable_noencoding(l->table, 0);
		if (scols_line_set_data(line, i, text))
			return -ENOMEM;
		if (l->colours && col->flags & COL_STATE)
			scols_cell_set_color(scols_line_get_cell(line, i), word_colour(text));
	}
	return 0;
}

int listing_row(struct listing *l, const void *row)
{
	int ret = 0;

	if (l->table)
		ret = table_row(l, row);
	else
		json_row(l, row);
	l->rows++;
	return ret;
}

bool listing_reset(struct listing *l)
{
	if (!l->rows)
		return true;
	if (!l->table)
		return false;
	scols_table_remove_lines(l->table);
	l->rows = 0;
	return true;
}

void listing_leave_out_empty(struct listing *l)
{
	l->sparse = true;
}

static void hide_empty_columns(struct listing *l)
{
	size_t i;

	for (i = 0; l->sparse && i < l->chosen_count; i++)
		if (l->columns[l->chosen[i]].flags & COL_SPARSE && !l->filled[i])
			scols_column_set_flags(scols_table_get_column(l->table, i),
					       SCOLS_FL_HIDDEN);
}

/*
 * A listing that failed half-way leaves its JSON open: what is out must not read as
 * a complete answer.
 */
int listing_end(struct listing *l, bool complete)
{
	int status = complete ? STATUS_DONE : STATUS_FAILED;

	if (complete && l->table) {
		hide_empty_columns(l);
		if (l->rows && scols_print_table(l->table))
			status = fail("the table cannot be printed");
	} else if (complete) {
		if (l->rows)
			puts("\n]}");
		else
			printf("{\"%s\":[]}\n", l->name);
	}
	scols_unref_table(l->table);
	free(l);
	return status;
}

int output_finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		return fail("standard output: %s", strerror(errno));
	return status;
}
