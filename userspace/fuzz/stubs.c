// SPDX-License-Identifier: GPL-2.0
/* What the parsers call of the rest of the tool: messages go nowhere. */
#include "cmd.h"
#include "output.h"
#include "view.h"

int fail(const char *fmt, ...)
{
	(void)fmt;
	return STATUS_FAILED;
}

int usage_error(const char *fmt, ...)
{
	(void)fmt;
	return STATUS_USAGE;
}

void view_device(char *buf, size_t size, uint32_t ifindex)
{
	snprintf(buf, size, "#%u", ifindex);
}

void json_string(FILE *out, const char *s)
{
	fputs(s, out);
}
