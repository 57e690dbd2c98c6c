/* SPDX-License-Identifier: GPL-2.0 */
/* What "check" finds: a level, a sentence, and the line that mends it. */
#ifndef _FULLCONE_CHECK_H
#define _FULLCONE_CHECK_H

#include "cone.h"
#include "path.h"

#include <ifaddrs.h>

enum check_level { CHECK_OK, CHECK_INFO, CHECK_WARN, CHECK_FAIL };

struct finding {
	enum check_level level;
	const char *topic;	/* one word that stays the same, for programs */
	char text[512];
	char mend[1024];	/* empty: nothing to mend */
};

struct check {
	struct finding *findings;
	size_t count;
	bool no_memory;

	/* what one part learns and another needs */
	bool loaded;		/* the module is there */
	struct profiles profiles;	/* at least "default", as it is or as it would be */
	struct cone cone;
	struct ifaddrs *links;	/* with their addresses; NULL: not known */
};

/* @mend: the line, or NULL. The sentence is @fmt. */
void check_add(struct check *c, enum check_level level, const char *topic, const char *mend,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Whether a finding has that line already. */
bool check_has_line(const struct check *c, const char *mend);
/* Whether a rule puts flows into this profile; without any rule, true of "default". */
bool check_in_use(const struct check *c, const struct profile *p);
/* Whether a rule is for this family; without any rule, true of IPv4. */
bool check_has_family(const struct check *c, uint8_t family);
/* The flows of UDP and TCP, number 0 to 3, of both families; whether the rule is for that one. */
#define CHECK_FLOWS 4
bool check_flow(const struct rule *rule, unsigned int n, struct path_flow *flow);
/* Whether it is the first rule of ours for its interface. */
bool check_is_first(const struct check *c, size_t rule);
/* False: there is no such file, or it holds no number. */
bool check_read_number(const char *path, unsigned long *value);

/* The module, the engine and the kernel's settings. */
void check_host(struct check *c);
/* Reads the interfaces; whether they forward what rules are for, and those that rules name. */
void check_links(struct check *c);
/* The nf_tables rules: ours, and what the user's do to our flows. */
void check_nft(struct check *c);
/* Of those rules, filters on the way of our flows. */
void check_filters(struct check *c, const struct ruleset *rs);
/* The same of what goes to and from each network inside, and of filters before routing. */
void check_inside(struct check *c, const struct ruleset *rs);
void check_early(struct check *c, const struct ruleset *rs);
/* And before routing, of what hosts send to the external address. */
void check_hairpin(struct check *c, const struct ruleset *rs);
/* Of those rules, source NAT of the user's in a chain that comes after the engine. */
void check_late(struct check *c, const struct ruleset *rs, const struct ruleset_chain *ch,
		const struct rule *rule, uint8_t family);
/* Whether the kernel drops what comes in by an uplink because its route back leads elsewhere. */
void check_reverse(struct check *c, const struct ruleset *rs);
/* Of those rules, the ones that give the engine its flows. */
void check_rules(struct check *c, const struct ruleset *rs);
/* Of those rules, those that keep flows from being tracked. */
void check_tracking(struct check *c, const struct ruleset *rs);
/* Of those rules, port forwards on ports that the engine may hand out. */
void check_ports(struct check *c, const struct ruleset *rs);
/* The addresses of profiles: do packets for them end here? */
void check_sources(struct check *c);
/* The counters that say that something was refused. */
void check_limits(struct check *c, struct genl *g);

/* What a base chain does with a flow; @by: the rule that drops it, NULL if the policy does. */
enum check_drops { DROPS_NOTHING, DROPS_PERHAPS, DROPS };
enum check_drops check_drops(const struct ruleset *rs, const struct ruleset_chain *ch,
			     const struct path_flow *flow, struct nftnl_rule **by);
/*
 * Whether a rule asks for what conntrack knows of the packet. Before conntrack that is a
 * mistake: there everything is invalid to it.
 */
bool check_by_state(struct nftnl_rule *by);
/* The line that accepts that in the chain; @iif, @oif, the address @to may be NULL, @l4proto 0. */
enum check_accept { ACCEPT_ALL, ACCEPT_ANSWERS, ACCEPT_DNAT };
void check_accept_line(const struct ruleset_chain *ch, const char *iif, const char *oif,
		       const char *to, uint8_t l4proto, enum check_accept what, char *mend,
		       size_t size);
/* As nft has it; chains at a device have a family of their own. */
const char *check_family_name(uint8_t family);
/* The line that takes the rule away. */
void check_delete_line(struct nftnl_rule *r, char *mend, size_t size);

/* Of an entry of @links: an interface that a rule is for, or one that hosts may be behind. */
bool check_is_uplink(const struct check *c, const struct ifaddrs *link, uint8_t family);
bool check_is_inside(const struct check *c, const struct ifaddrs *link, uint8_t family);
/* An IPv4 address that a host behind it may have. */
bool check_host_behind(const struct check *c, const struct ifaddrs *link, struct in_addr *host);
/* The line that changes a setting of IPv4 of a device. */
void check_sysctl_line(const char *dev, const char *name, unsigned int value, char *mend,
		       size_t size);

#endif /* _FULLCONE_CHECK_H */
