/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listings. A verb describes its columns once and formats a cell as text once;
 * here that becomes a table for people or JSON for programs, so that the two
 * cannot drift apart. JSON is written row by row, a table is laid out at the end.
 */
#ifndef _FULLCONE_OUTPUT_H
#define _FULLCONE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd.h"

enum column_kind {
	COL_STRING,
	COL_NUMBER,	/* the text is a JSON number already */
	COL_LIST,	/* words between commas; never absent, possibly empty */
	COL_RAW,	/* JSON as it is; in a table, as it is */
};

enum {
	COL_JSON = 1 << 0,	/* in JSON unless columns are chosen */
	COL_TEXT = 1 << 1,	/* in the table unless columns are chosen */
	COL_RIGHT = 1 << 2,	/* aligned to the right */
	COL_STATE = 1 << 3,	/* coloured by its word */
	COL_SPARSE = 1 << 4,	/* see listing_leave_out_empty() */
};

struct column {
	const char *name;
	enum column_kind kind;
	unsigned int flags;
};

/* Writes the cell's text; false: there is nothing to show (null, "-"). */
typedef bool (*cell_fn)(const void *row, size_t column, char *buf, size_t size);

struct listing;

/* The longest cell is a list of 64 ranges of IPv6 addresses. */
#define CELL_SIZE 6144

/* NULL after a message: an unknown column, or no memory; @status is what to return. */
struct listing *listing_begin(const struct options *opt, const char *name,
			      const struct column *columns, size_t count, cell_fn cell,
			      int *status);
/* Columns with COL_SPARSE are not in the table if nothing is in them. */
void listing_leave_out_empty(struct listing *l);
int listing_row(struct listing *l, const void *row);
/* Forgets all rows; false if some are out already and cannot be taken back. */
bool listing_reset(struct listing *l);
/* Prints what is to be printed and frees; @complete false: something failed on the way. */
int listing_end(struct listing *l, bool complete);

void json_string(FILE *out, const char *s);
bool output_colours(void);

/* The exit status once everything was written: STATUS_FAILED if the disk was full. */
int output_finish(int status);

#endif /* _FULLCONE_OUTPUT_H */
