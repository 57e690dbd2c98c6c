// SPDX-License-Identifier: GPL-2.0
/* The findings of "check", and what several of its parts ask. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check_add(struct check *c, enum check_level level, const char *topic, const char *mend,
	       const char *fmt, ...)
{
	struct finding *grown, *f;
	va_list ap;

	grown = realloc(c->findings, (c->count + 1) * sizeof(*grown));
	if (!grown) {
		c->no_memory = true;
		return;
	}
	c->findings = grown;
	f = &grown[c->count++];
	memset(f, 0, sizeof(*f));
	f->level = level;
	f->topic = topic;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	if (mend)
		snprintf(f->mend, sizeof(f->mend), "%s", mend);
}

bool check_has_line(const struct check *c, const char *mend)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (!strcmp(c->findings[i].mend, mend))
			return true;
	return false;
}

bool check_in_use(const struct check *c, const struct profile *p)
{
	bool any = false;
	size_t i;

	for (i = 0; i < c->cone.count; i++) {
		if (c->cone.rules[i].nat)
			continue;
		any = true;
		if (rule_selects(&c->cone.rules[i].rule, p))
			return true;
	}
	return !any && !strcmp(p->name, "default");
}

bool check_has_family(const struct check *c, uint8_t family)
{
	size_t i;

	for (i = 0; i < c->cone.count; i++)
		if (rule_has_family(&c->cone.rules[i].rule, family))
			return true;
	return !c->cone.count && family == NFPROTO_IPV4;
}

bool check_flow(const struct rule *rule, unsigned int n, struct path_flow *flow)
{
	flow->family = n & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	flow->l4proto = n & 2 ? IPPROTO_TCP : IPPROTO_UDP;
	return rule_has_family(rule, flow->family) && rule_has_l4proto(rule, flow->l4proto);
}

/* A device has up to two rules a family; one look is enough. */
bool check_is_first(const struct check *c, size_t rule)
{
	size_t i;

	for (i = 0; i < rule; i++)
		if (!strcmp(c->cone.rules[i].rule.oif, c->cone.rules[rule].rule.oif))
			return false;
	return true;
}

bool check_read_number(const char *path, unsigned long *value)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fscanf(f, "%lu", value) == 1;
	fclose(f);
	return ok;
}
